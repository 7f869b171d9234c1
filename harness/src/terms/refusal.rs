//! Refusals, and the steps of the flow at which a client refuses.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Owner;

/// A client's refusal, as far as it can be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Whose code said no, if the driver can tell.
    pub by: Option<Owner>,
    /// Where the client says that it refused.
    pub phase: Option<Phase>,
    /// The client's own name for the reason.
    pub reason: Option<String>,
    /// In words: the client's message, or the status of its page.
    pub detail: String,
}

/// The step of the flow at which a client refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Metadata or keys.
    Discovery,
    /// Building the authorization request.
    Authorize,
    /// The authorization response.
    Callback,
    /// The token response.
    Token,
    /// The ID token.
    IdToken,
    /// The UserInfo response.
    Userinfo,
    /// The API call.
    Api,
    /// The refresh.
    Refresh,
    /// The client's own session.
    Session,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Discovery => "discovery",
            Self::Authorize => "authorize",
            Self::Callback => "callback",
            Self::Token => "token",
            Self::IdToken => "ID token",
            Self::Userinfo => "UserInfo",
            Self::Api => "API",
            Self::Refresh => "refresh",
            Self::Session => "session",
        })
    }
}
