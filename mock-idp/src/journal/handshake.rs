//! TLS handshakes: a connection that ends in one never becomes a request.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::credential::shared_text;

/// A TLS handshake that a client has begun, whatever came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Handshake {
    /// Running number, from 1, without gaps. Entries are counted apart.
    pub seq: u64,
    /// The label that was current when the client began.
    #[serde(rename = "chapter", serialize_with = "shared_text")]
    #[schemars(with = "String")]
    pub span: Arc<str>,
    /// When the client began, by the issuer's clock.
    pub time: i64,
    /// The base URL of the issuer on the port that was asked, `https://127.0.0.1:4456/`.
    #[serde(serialize_with = "shared_text")]
    #[schemars(with = "String")]
    pub at: Arc<str>,
    /// The host that the client asked for (RFC 6066 §3), which it does not do by address.
    pub server_name: Option<String>,
    /// How it ended; `None` while it goes on.
    pub end: Option<HandshakeEnd>,
}

/// How a TLS handshake ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum HandshakeEnd {
    /// The client broke it off and said why: the alert's name, `unknown_ca` (RFC 8446 §6.2).
    Alert(String),
    /// The client hung up without a word.
    Closed,
    /// It succeeded. A client that looks at the certificate only now may still hang up.
    Established,
    /// The server broke it off, and this is why: no version in common, say. No certificate was shown.
    Refused(String),
}

impl fmt::Display for HandshakeEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert(name) => write!(f, "the client broke it off by the alert {name}"),
            Self::Closed => f.write_str("the client hung up"),
            Self::Established => f.write_str("it succeeded"),
            Self::Refused(why) => write!(f, "the server broke it off: {why}"),
        }
    }
}

/// The handshakes that a journal holds: as many as entries, and the oldest make room for the newest, too.
#[derive(Default)]
pub(super) struct Handshakes {
    pub(super) begun: u64,
    pub(super) held: VecDeque<Arc<Handshake>>,
}
