//! What a person does by hand: on the explorer page, in the browser, by the control API.

use serde::{Deserialize, Serialize};

use crate::Fault;

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Deed {
    /// A user logged in, or tried to.
    LogIn {
        /// Who, if it came so far.
        sub: Option<String>,
    },
    /// The provider answered the authorization request with an error, and no fault made it do so.
    Decline {
        /// The error (RFC 6749 §4.1.2.1).
        error: String,
    },
    /// The client called the API.
    CallApi,
    /// The client refreshed its access token.
    Refresh,
    /// The user logged out.
    LogOut,
    /// A fault was armed.
    Arm {
        /// Which one.
        fault: Box<Fault>,
    },
    /// All faults were disarmed.
    Disarm,
    /// The clock was moved.
    PassTime {
        /// By so many seconds.
        seconds: i64,
    },
    /// The keys were rotated.
    RotateKeys,
    /// The access tokens were revoked.
    RevokeAccessTokens,
    /// The refresh tokens were revoked.
    RevokeRefreshTokens,
}
