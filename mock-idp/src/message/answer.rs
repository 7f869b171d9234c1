//! What an endpoint decides, before it is signed, falsified and written as HTTP.

use std::sync::Arc;

use serde_json::Value;

use super::AuthorizationResponse;
use crate::fault::Placeholders;
use crate::grants::Authorization;
use crate::{CredentialKind, Note};

/// The answer of an endpoint and what is to be written down about it.
pub(crate) struct Outcome {
    pub(crate) answer: Answer,
    pub(crate) notes: Vec<Note>,
    pub(crate) minted: Vec<Minted>,
    /// What the exchange is about, as far as the endpoint knows.
    pub(crate) about: Placeholders,
    /// A `Set-Cookie` field for the browser.
    pub(crate) set_cookie: Option<String>,
}

/// The answer of an endpoint.
pub(crate) enum Answer {
    /// A JSON document.
    Json { status: u16, headers: Vec<(&'static str, String)>, body: Value },
    /// An error in JSON, whatever its status is.
    Error { status: u16, headers: Vec<(&'static str, String)>, body: Value },
    /// An authorization response, on its way through the user agent; with tokens that have to be signed, if the provider
    /// gives them in place of a code.
    Authorization(AuthorizationResponse, Option<Box<Tokens>>),
    /// Tokens that have to be signed.
    Tokens(Box<Tokens>),
    /// A page for people.
    Page { status: u16, markup: String },
    /// Text for a program.
    Text { media_type: &'static str, body: String },
    /// A redirect that is not an authorization response.
    Redirect(String),
    /// A status and nothing else.
    Empty { status: u16, headers: Vec<(&'static str, String)> },
}

/// A successful token response whose tokens are not signed yet (RFC 6749 §5.1; OpenID Connect Core §3.1.3.3).
pub(crate) struct Tokens {
    pub(crate) authorization: Arc<Authorization>,
    pub(crate) scope: Vec<String>,
    pub(crate) access_token: TokenValue,
    pub(crate) expires_in: i64,
    pub(crate) issued_at: i64,
    /// The claims; `at_hash` is added when the access token is final.
    pub(crate) id_token: Option<Value>,
    pub(crate) refresh_token: Option<String>,
    /// What the access token is, in the answer to a token exchange.
    pub(crate) issued: Option<IssuedTokenType>,
}

/// What a token exchange has issued (RFC 8693 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IssuedTokenType {
    AccessToken,
    Jwt,
}

impl IssuedTokenType {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "urn:ietf:params:oauth:token-type:access_token",
            Self::Jwt => "urn:ietf:params:oauth:token-type:jwt",
        }
    }
}

/// An access token.
pub(crate) enum TokenValue {
    /// A JWT, with the value of the header parameter `typ`.
    Jwt { claims: Value, typ: &'static str },
    /// A reference.
    Opaque(String),
}

/// A secret that was handed out.
pub(crate) struct Minted {
    pub(crate) value: String,
    pub(crate) kind: CredentialKind,
    pub(crate) authorization: Arc<Authorization>,
}

impl Outcome {
    pub(crate) fn new(answer: Answer) -> Self {
        Self { answer, notes: Vec::new(), minted: Vec::new(), about: Placeholders::default(), set_cookie: None }
    }

    pub(crate) fn noting(mut self, notes: impl IntoIterator<Item = Note>) -> Self {
        self.notes.extend(notes);
        self
    }
}
