//! What kind of message an exchange is, and where credentials belong.

use mock_idp::{Credential, CredentialKind, Endpoint, Entry};
use url::Url;

use crate::plan::Message;
use crate::text::resolved;

/// Whether an exchange is a message of this kind.
#[must_use]
pub fn is(message: Message, entry: &Entry) -> bool {
    let grant = entry.request.param("grant_type");
    let refresh = grant == Some("refresh_token");
    // A client that makes up an endpoint sends it a token request all the same.
    let for_tokens = entry.endpoint == Endpoint::Token || (entry.endpoint == Endpoint::Other && grant.is_some());
    match message {
        Message::AuthorizationRequest => entry.endpoint == Endpoint::Authorize,
        Message::TokenRequest => for_tokens && !refresh,
        Message::RefreshRequest => for_tokens && refresh,
        Message::ApiRequest => entry.endpoint == Endpoint::Api,
        Message::UserinfoRequest => entry.endpoint == Endpoint::Userinfo,
        Message::DiscoveryRequest => entry.endpoint == Endpoint::Discovery,
        Message::JwksRequest => entry.endpoint == Endpoint::Jwks,
    }
}

/// The credentials in a request that tell of which login it is.
pub(super) fn logins(entry: &Entry) -> impl Iterator<Item = &Credential> {
    let presented = entry.presented.iter().map(|presented| &presented.credential);
    presented.filter(|credential| credential.kind != CredentialKind::ClientSecret)
}

/// The credentials of this kind in a request.
pub(crate) fn presented(entry: &Entry, kind: CredentialKind) -> impl Iterator<Item = &Credential> {
    entry.presented.iter().map(|presented| &presented.credential).filter(move |credential| credential.kind == kind)
}

/// Whether a client that presents such a credential there does what it is for.
pub(super) fn is_for(kind: CredentialKind, endpoint: Endpoint) -> bool {
    match kind {
        CredentialKind::AccessToken => matches!(endpoint, Endpoint::Api | Endpoint::Userinfo | Endpoint::Revoke),
        CredentialKind::RefreshToken => matches!(endpoint, Endpoint::Token | Endpoint::Revoke),
        CredentialKind::Code => endpoint == Endpoint::Token,
        CredentialKind::IdToken => matches!(endpoint, Endpoint::Authorize | Endpoint::EndSession | Endpoint::Logout),
        _ => true,
    }
}

/// Which other site a target leads to from a page, as a browser reads it; or which its path leads to, if it leads to none.
#[must_use]
pub fn foreign_site(page: &Url, target: &str) -> Option<Url> {
    let url = resolved(page, target)?;
    let by_path = resolved(page, url.path());
    [Some(url), by_path].into_iter().flatten().find(|site| site.origin() != page.origin())
}
