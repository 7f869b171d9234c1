//! What a resource owner allowed a client to do.

use super::Challenge;

/// An authorization, with everything that the request said (RFC 6749 §4.1.1; OpenID Connect Core §3.1.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authorization {
    /// Number of the authorization request, from 1.
    pub(crate) flow: u64,
    pub(crate) client_id: String,
    /// Where the code was sent.
    pub(crate) redirect_uri: String,
    /// Whether the request named it: then the token request has to, too (RFC 6749 §4.1.3).
    pub(crate) redirect_uri_sent: bool,
    /// The granted scope.
    pub(crate) scope: Vec<String>,
    /// Whether the request asked for a refresh token by `access_type=offline`.
    pub(crate) offline: bool,
    pub(crate) audience: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) subject: String,
    /// When the user logged in; stays the same over refreshes (OpenID Connect Core §12.2).
    pub(crate) auth_time: i64,
    /// The session at the provider.
    pub(crate) sid: String,
}

impl Authorization {
    pub(crate) fn grants(&self, scope: &str) -> bool {
        self.scope.iter().any(|granted| granted == scope)
    }
}
