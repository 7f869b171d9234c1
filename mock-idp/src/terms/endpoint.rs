//! The endpoints and their paths.

use serde::{Deserialize, Serialize};

/// An endpoint of an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Endpoint {
    /// The authorization endpoint (RFC 6749 §3.1).
    Authorize,
    /// The token endpoint (RFC 6749 §3.2).
    Token,
    /// The userinfo endpoint (OpenID Connect Core §5.3).
    Userinfo,
    /// The provider metadata (OpenID Connect Discovery §4; RFC 8414 §3).
    Discovery,
    /// The JWK set (RFC 7517 §5).
    Jwks,
    /// The certificate of the key that signs, as Auth0 has it: what `x5u` may point to (RFC 7515 §4.1.5).
    Certificate,
    /// Token revocation (RFC 7009).
    Revoke,
    /// Auth0's own log-out.
    Logout,
    /// OpenID Connect RP-Initiated Logout.
    EndSession,
    /// The protected API, which is no part of a real provider.
    Api,
    /// Anything else.
    Other,
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Authorize => "authorization",
            Self::Token => "token",
            Self::Userinfo => "userinfo",
            Self::Discovery => "metadata",
            Self::Jwks => "key set",
            Self::Certificate => "certificate",
            Self::Revoke => "revocation",
            Self::Logout => "log-out",
            Self::EndSession => "end-session",
            Self::Api => "API",
            Self::Other => "unknown",
        })
    }
}

impl Endpoint {
    /// All with a path of their own.
    pub const ALL: [Self; 10] = [
        Self::Authorize,
        Self::Token,
        Self::Userinfo,
        Self::Discovery,
        Self::Jwks,
        Self::Certificate,
        Self::Revoke,
        Self::Logout,
        Self::EndSession,
        Self::Api,
    ];

    /// The path below the issuer; empty for [`Endpoint::Other`].
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Token => "oauth/token",
            Self::Userinfo => "userinfo",
            Self::Discovery => ".well-known/openid-configuration",
            Self::Jwks => ".well-known/jwks.json",
            Self::Certificate => "pem",
            Self::Revoke => "oauth/revoke",
            Self::Logout => "v2/logout",
            Self::EndSession => "oidc/logout",
            Self::Api => "api",
            Self::Other => "",
        }
    }

    /// The endpoint at a path below the issuer. What follows `/~` is not looked at, so that metadata can publish paths
    /// that nobody can guess: `oauth/token/~3f9a`.
    pub(crate) fn at(path: &str) -> Self {
        match path.split_once("/~").map_or(path, |(path, _)| path) {
            ".well-known/oauth-authorization-server" => Self::Discovery,
            path if path.starts_with("api/") => Self::Api,
            path => Self::ALL.into_iter().find(|endpoint| endpoint.path() == path).unwrap_or(Self::Other),
        }
    }
}
