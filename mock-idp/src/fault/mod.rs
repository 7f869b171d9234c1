//! Faults: named changes to single messages of an otherwise honest exchange.
//!
//! A [`Fault`] is data. In JSON:
//!
//! ```
//! use mock_idp::Fault;
//!
//! let fault = Fault::from_json(r#"{
//!     "at": "id-token-claims",
//!     "change": { "merge": { "iss": "https://attacker.example/", "exp": "{now-3600}" } },
//!     "times": "once"
//! }"#)?;
//! # Ok::<(), mock_idp::FaultError>(())
//! ```

mod armed;
mod check;
mod date;
mod named;
mod patch;
mod placeholder;
mod table;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::GrantType;
use crate::terms::PublicKeyForm;
pub(crate) use armed::{Armed, Firing, Scope};
pub use check::FaultError;
pub use named::{named, names};
pub(crate) use patch::{merge, patched, patched_parameters};
pub(crate) use placeholder::Placeholders;
pub use placeholder::{PLACEHOLDER_FORMS, PLACEHOLDERS};

/// One change to one message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fault {
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which message.
    pub at: Point,
    /// Only messages of this grant; for the points of the token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantType>,
    /// What is done to it.
    pub change: Change,
    /// How often.
    #[serde(default)]
    pub times: Times,
}

/// How many characters of a change stand for its name: it is read by people, in messages and reports.
const SHOWN: usize = 160;

/// Its name; without one, where it applies and the beginning of what it does, in JSON.
impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(name) = &self.name {
            return f.write_str(name);
        }
        let change = serde_json::to_string(&self.change).map_err(|_| std::fmt::Error)?;
        match change.char_indices().nth(SHOWN) {
            Some((end, _)) => write!(f, "{}: {}…", self.at, &change[..end]),
            None => write!(f, "{}: {change}", self.at),
        }
    }
}

/// A message, or a part of one, that can be changed; in the order of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Point {
    /// The provider metadata.
    Discovery,
    /// The published keys.
    Jwks,
    /// The authorization response, successful or not, in whatever response mode.
    AuthorizationResponse,
    /// The token response.
    TokenResponse,
    /// The JOSE header of the ID token, before signing.
    IdTokenHeader,
    /// The claims of the ID token, before signing.
    IdTokenClaims,
    /// The signature of the ID token.
    IdTokenSignature,
    /// The claims of a JWT access token, before signing.
    AccessTokenClaims,
    /// The userinfo response.
    Userinfo,
    /// The answer of the protected API.
    ApiResponse,
}

/// What is done to a message.
///
/// Strings may contain placeholders that are filled in from the exchange: `{issuer}`, `{base_url}` (with a slash at its
/// end), `{authorization_path}`, `{token_path}`, `{userinfo_path}` and `{jwks_path}` (where these are below it),
/// `{client_id}`, `{subject}`, `{nonce}`, `{state}`, `{code}`, `{access_token}`, `{id_token}`, `{redirect_uri}`,
/// `{first_scope}`, `{now}`, `{now+300}`, `{now-3600}`, and what [`Issuer::set_placeholder`](crate::Issuer::set_placeholder) adds. `{issuer:upper}` is
/// one in capitals, `:shorter` one less its last character, `:slash` one with a slash at the end more or less, `:scheme` one
/// with http for https or the other way about. A string in a JSON value that is nothing but one of the times becomes a
/// number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Change {
    /// Applies a JSON merge patch (RFC 7396): to a successful JSON body, to claims, to a header, or to the parameters
    /// of an authorization response. `null` removes a member.
    Merge(Value),
    /// Sets members to null, which a merge patch cannot: of a successful JSON body, of claims, or of a header. A member that
    /// is not there is added.
    SetNull(Vec<String>),
    /// Removes members or parameters: what `null` does in a merge patch, for formats that have no null.
    Remove(Vec<String>),
    /// Gives members or parameters other names, by their names. One that is not there stays away.
    Rename(BTreeMap<String, String>),
    /// Writes the values of members in another way, by their names. One that is not there stays away, and so does a value
    /// that cannot be written so.
    Retype(BTreeMap<String, ValueForm>),
    /// Puts values in front of those that an array has: of a successful JSON body, or of claims.
    Insert {
        /// Where the array is, as a JSON pointer (RFC 6901): `/keys`, for instance.
        path: String,
        /// What becomes its first elements.
        values: Vec<Value>,
    },
    /// Puts values behind those that an array has.
    InsertLast {
        /// Where the array is.
        path: String,
        /// What becomes its last elements.
        values: Vec<Value>,
    },
    /// Adds a further parameter to an authorization response, even if there is one of that name.
    Append {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// The same, in front of all others.
    Prepend {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// Replaces parts of the HTTP response, successful or not.
    Respond {
        /// The status code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// Header fields that take the place of those with the same names.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        headers: Vec<(String, String)>,
        /// The body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
    },
    /// Signs in another way.
    Sign(Signing),
    /// Holds the response back.
    Delay {
        /// For how long.
        milliseconds: u64,
    },
    /// Holds the response back until another request arrives at the same endpoint or
    /// [`Issuer::release_held`](crate::Issuer::release_held) is called, whichever comes first.
    Hold {
        /// How long at most.
        at_most_milliseconds: u64,
    },
    /// Closes the connection (TCP RST) instead of answering.
    Reset,
    /// Never answers, and keeps the connection open.
    Hang,
}

/// A way to write a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ValueForm {
    /// A text: `"true"` and `"3600"` for `true` and 3600.
    Text,
    /// A time in seconds as a text in ISO 8601.
    Date,
    /// The words of a text, a space between two of them, as a list.
    List,
    /// The same, a comma between two of them.
    Commas,
}

/// What of a message a change is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    /// Its members or parameters.
    Content,
    /// The HTTP response that carries it.
    Response,
    /// The signature below it.
    Signature,
    /// The connection.
    Transport,
}

impl Change {
    pub(crate) fn layer(&self) -> Layer {
        match self {
            Self::Merge(_)
            | Self::SetNull(_)
            | Self::Remove(_)
            | Self::Rename(_)
            | Self::Retype(_)
            | Self::Insert { .. }
            | Self::InsertLast { .. }
            | Self::Append { .. }
            | Self::Prepend { .. } => Layer::Content,
            Self::Respond { .. } => Layer::Response,
            Self::Sign(_) => Layer::Signature,
            Self::Delay { .. } | Self::Hold { .. } | Self::Reset | Self::Hang => Layer::Transport,
        }
    }
}

/// Another way to sign an ID token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Signing {
    /// With a key that was never published, under the `kid` of the published one.
    UnknownKey,
    /// Not at all (RFC 7515 §3.6, an unsecured JWS).
    None {
        /// How `alg` is spelled: `none`, `None`, `nOnE`, …
        spelling: String,
    },
    /// HS256 with the public RSA key as the secret: algorithm confusion (RFC 8725 §2.1).
    HmacWithPublicKey {
        /// Which bytes are the secret.
        form: PublicKeyForm,
    },
    /// HS256 with the secret of the client, which has registered for RS256.
    HmacWithClientSecret,
    /// HS256 with a secret of no octets.
    HmacWithEmptyKey,
    /// Not at all, under the honest header: the part for the signature is empty.
    Stripped,
    /// Not at all, under the honest header: header and claims are all there is, and one dot between them.
    TwoParts,
    /// Honestly, over claims that hold one name twice (RFC 7519 §4): this value of it comes first, the honest one last.
    RepeatedClaim {
        /// The name.
        name: String,
        /// The value that comes first.
        first: Value,
    },
    /// With one bit of the signature turned over.
    Corrupted,
    /// With an unpublished key that the header itself brings along as `jwk` (RFC 8725 §3.10).
    EmbeddedJwk,
    /// Honestly, and then the claims are replaced by the result of this merge patch.
    AfterSigning(Value),
}

/// How often a fault fires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "TimesForm", into = "TimesForm")]
#[schemars(with = "TimesForm")]
pub enum Times {
    /// Whenever there is something to change.
    #[default]
    Always,
    /// The first time only.
    Once,
    /// So many times.
    N(u64),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected \"always\", \"once\" or a number")]
enum TimesForm {
    Word(TimesWord),
    Number(u64),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum TimesWord {
    Always,
    Once,
}

impl From<TimesForm> for Times {
    fn from(form: TimesForm) -> Self {
        match form {
            TimesForm::Word(TimesWord::Always) => Self::Always,
            TimesForm::Word(TimesWord::Once) => Self::Once,
            TimesForm::Number(number) => Self::N(number),
        }
    }
}

impl From<Times> for TimesForm {
    fn from(times: Times) -> Self {
        match times {
            Times::Always => Self::Word(TimesWord::Always),
            Times::Once => Self::Word(TimesWord::Once),
            Times::N(number) => Self::Number(number),
        }
    }
}
