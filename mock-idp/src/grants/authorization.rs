//! What a resource owner allowed a client to do.

use std::sync::OnceLock;

use super::Challenge;

/// An authorization, with everything that the request said (RFC 6749 §4.1.1; OpenID Connect Core §3.1.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Authorization {
    /// Number of the authorization request, from 1.
    pub(crate) flow: u64,
    pub(crate) client_id: String,
    /// What the issuer called itself when it gave the first tokens for it: all later ones name the same issuer (OpenID
    /// Connect Core §12.2).
    pub(crate) issuer: OnceLock<String>,
    /// Where the code was sent.
    pub(crate) redirect_uri: String,
    /// Whether the request named it: then the token request has to, too (RFC 6749 §4.1.3).
    pub(crate) redirect_uri_sent: bool,
    /// The granted scope.
    pub(crate) scope: Vec<String>,
    /// Whether the request asked for a refresh token by `access_type=offline`.
    pub(crate) offline: bool,
    pub(crate) audience: Option<String>,
    /// Other APIs that the same token is for (RFC 8693 §2.1).
    pub(crate) further_audiences: Vec<String>,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) subject: String,
    /// When the user logged in; stays the same over refreshes (OpenID Connect Core §12.2).
    pub(crate) auth_time: i64,
    /// The session at the provider.
    pub(crate) sid: String,
    /// The claims of UserInfo and of the ID token that the client asked for by name (OpenID Connect Core §5.5).
    pub(crate) userinfo_claims: Vec<String>,
    pub(crate) id_token_claims: Vec<String>,
    /// Who acts for the user, if it is not the client itself (RFC 8693 §4.1): the value of the claim `act`.
    pub(crate) actor: Option<serde_json::Value>,
}

impl Authorization {
    /// The APIs that an access token is for; none: no API in particular.
    pub(crate) fn audiences(&self) -> impl Iterator<Item = &str> {
        self.audience.iter().chain(&self.further_audiences).map(String::as_str)
    }

    pub(crate) fn grants(&self, scope: &str) -> bool {
        self.scope.iter().any(|granted| granted == scope)
    }
}
