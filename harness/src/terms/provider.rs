//! The providers that a client knows.

use std::fmt;

/// Which of the providers that a client knows. Most clients know one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provider {
    /// The one that most scenarios are about.
    First,
    /// The other one, at another host and with other keys; it has users with the same subjects.
    Second,
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "first provider",
            Self::Second => "second provider",
        })
    }
}

/// The URLs of a provider that its metadata name, and that a client can be told instead.
pub const URLS_IN_METADATA: [&str; 6] = [
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "revocation_endpoint",
    "end_session_endpoint",
];
