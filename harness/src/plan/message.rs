//! The messages that a client sends, and how many of them.

use std::fmt;

/// A message that a client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Message {
    /// Seen by the user agent, at the authorization endpoint.
    AuthorizationRequest,
    /// `grant_type=authorization_code`, or anything at the token endpoint that is no refresh.
    TokenRequest,
    /// `grant_type=refresh_token`.
    RefreshRequest,
    /// At the protected API.
    ApiRequest,
    /// At the UserInfo endpoint.
    UserinfoRequest,
    /// For the metadata.
    DiscoveryRequest,
    /// For the keys.
    JwksRequest,
}

impl Message {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::AuthorizationRequest,
        Self::TokenRequest,
        Self::RefreshRequest,
        Self::ApiRequest,
        Self::UserinfoRequest,
        Self::DiscoveryRequest,
        Self::JwksRequest,
    ];

    /// The member of the metadata that says where it goes.
    #[must_use]
    pub fn url_in_metadata(self) -> Option<&'static str> {
        match self {
            Self::AuthorizationRequest => Some("authorization_endpoint"),
            Self::TokenRequest | Self::RefreshRequest => Some("token_endpoint"),
            Self::UserinfoRequest => Some("userinfo_endpoint"),
            Self::JwksRequest => Some("jwks_uri"),
            Self::ApiRequest | Self::DiscoveryRequest => None,
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AuthorizationRequest => "authorization request",
            Self::TokenRequest => "token request",
            Self::RefreshRequest => "refresh request",
            Self::ApiRequest => "API request",
            Self::UserinfoRequest => "UserInfo request",
            Self::DiscoveryRequest => "metadata request",
            Self::JwksRequest => "key set request",
        })
    }
}

/// How many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// No more and no fewer.
    Exactly(usize),
    /// No fewer.
    AtLeast(usize),
    /// No more.
    AtMost(usize),
}

impl Count {
    /// Whether `n` is as many.
    #[must_use]
    pub fn holds(self, n: usize) -> bool {
        match self {
            Self::Exactly(wanted) => n == wanted,
            Self::AtLeast(wanted) => n >= wanted,
            Self::AtMost(wanted) => n <= wanted,
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(0) => f.write_str("none"),
            Self::Exactly(n) => write!(f, "exactly {n}"),
            Self::AtLeast(n) => write!(f, "at least {n}"),
            Self::AtMost(n) => write!(f, "at most {n}"),
        }
    }
}
