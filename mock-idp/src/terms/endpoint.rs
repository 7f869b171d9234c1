//! The endpoints.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An endpoint of an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
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
    /// Token introspection (RFC 7662).
    Introspect,
    /// Auth0's own log-out.
    Logout,
    /// OpenID Connect RP-Initiated Logout.
    EndSession,
    /// Where a device asks for a code (RFC 8628 §3.1).
    DeviceAuthorization,
    /// The page on which a user enters the code of a device (RFC 8628 §3.3).
    DeviceVerification,
    /// The protected API, which is no part of a real provider.
    Api,
    /// What the protected API says of itself: which authorization servers it takes tokens from (RFC 9728 §3).
    ResourceMetadata,
    /// Anything else.
    Other,
}

impl Endpoint {
    /// Whether a browser opens it, and no program calls it.
    pub(crate) fn is_for_browsers(self) -> bool {
        matches!(self, Self::Authorize | Self::EndSession | Self::Logout | Self::DeviceVerification)
    }
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
            Self::Introspect => "introspection",
            Self::Logout => "log-out",
            Self::EndSession => "end-session",
            Self::DeviceAuthorization => "device authorization",
            Self::DeviceVerification => "device verification",
            Self::Api => "API",
            Self::ResourceMetadata => "protected resource metadata",
            Self::Other => "unknown",
        })
    }
}

impl Endpoint {
    /// All with a path of their own.
    pub const ALL: [Self; 13] = [
        Self::Authorize,
        Self::Token,
        Self::Userinfo,
        Self::Discovery,
        Self::Jwks,
        Self::Certificate,
        Self::Revoke,
        Self::Introspect,
        Self::Logout,
        Self::EndSession,
        Self::DeviceAuthorization,
        Self::DeviceVerification,
        Self::Api,
    ];
}
