//! Credentials and where they turned up.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

/// A secret that this issuer handed out, with its pedigree.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Credential {
    /// The secret itself. `Debug` does not print it.
    pub value: String,
    /// What it is.
    pub kind: CredentialKind,
    /// The span of the login that it descends from.
    #[serde(rename = "chapter", serialize_with = "shared_text")]
    #[schemars(with = "String")]
    pub span: Arc<str>,
    /// The user it stands for; empty for a client secret.
    pub subject: String,
    /// The client it was minted for.
    pub client_id: String,
    /// The API it is meant for, if one was named.
    pub audience: Option<String>,
    /// Number of the authorization request it descends from, from 1; 0 for a client secret.
    pub flow: u64,
    /// The journal entry in which it was minted; 0 for a client secret.
    pub seq: u64,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("value", &"[redacted]")
            .field("kind", &self.kind)
            .field("span", &self.span)
            .field("subject", &self.subject)
            .field("client_id", &self.client_id)
            .field("audience", &self.audience)
            .field("flow", &self.flow)
            .field("seq", &self.seq)
            .finish()
    }
}

/// What a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CredentialKind {
    /// An access token.
    AccessToken,
    /// A client secret.
    ClientSecret,
    /// An authorization code.
    Code,
    /// An ID token.
    IdToken,
    /// A refresh token.
    RefreshToken,
}

/// A known credential in a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Presented {
    /// Which one.
    pub credential: Credential,
    /// Where it stood.
    pub place: Place,
}

/// Where in a request a credential stood.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Place {
    /// The `Authorization` header.
    AuthorizationHeader,
    /// The body parameter of this name.
    Body(String),
    /// A segment of the path.
    Path,
    /// The query parameter of this name.
    Query(String),
    /// The query parameter of this name in the URL of the `Referer` header (RFC 9700 §4.2).
    Referer(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AuthorizationHeader => write!(f, "the Authorization header"),
            Self::Body(name) => write!(f, "the body, as {name}"),
            Self::Path => write!(f, "the path"),
            Self::Query(name) => write!(f, "the query, as {name}"),
            Self::Referer(name) => write!(f, "the Referer header, in a URL with {name}"),
        }
    }
}

pub(super) fn shared_text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}
