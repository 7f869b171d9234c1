//! The user logs out, here and at the provider.

use url::Url;

use super::Client;
use crate::discovery::{Metadata, Provider};
use crate::session::{BrowserId, Session};
use crate::token::TokenEndpoint;
use crate::{Defect, Variation};

impl Client {
    /// Ends the session here, and says where to send the browser to end it at the provider, too (OpenID Connect
    /// RP-Initiated Logout 1.0 §2).
    pub async fn logout(&self, browser: &BrowserId) -> Option<Url> {
        if self.behaviour.has(Defect::KeepsSessionOnLogout) {
            return None;
        }
        let session = if self.behaviour.has(Defect::KeepsSessionForOldCookies) {
            self.sessions.get(browser)?
        } else {
            self.sessions.end(browser)?
        };
        if self.behaviour.has(Defect::KeepsTokensOnLogout) {
            self.keep(browser, session.clone());
        }
        let provider = self.provider(&session.issuer).ok()?;
        let metadata = provider.metadata(&self.fetch(provider)).await.ok()?;
        if self.behaviour.does(Variation::RevokesOnLogout) {
            self.revoke(provider, &metadata, &session).await;
        }
        if self.behaviour.does(Variation::LogsOutLocally) {
            return None;
        }
        let mut url = Url::parse(metadata.end_session_endpoint.as_ref()?).ok()?;
        url.query_pairs_mut().append_pair("client_id", &provider.config.client_id);
        if let Some(id_token) = &session.tokens.lock().id_token {
            url.query_pairs_mut().append_pair("id_token_hint", id_token.expose());
        }
        if let Some(target) = &provider.config.post_logout_redirect_uri {
            url.query_pairs_mut().append_pair("post_logout_redirect_uri", target);
        }
        Some(url)
    }

    /// RFC 7009 §2.1. The session is over even if this fails.
    async fn revoke(&self, provider: &Provider, metadata: &Metadata, session: &Session) {
        let token = session.tokens.lock().refresh_token.clone();
        if let (Some(url), Some(token)) = (&metadata.revocation_endpoint, token) {
            let endpoint = TokenEndpoint { url, ..self.token_endpoint(provider, metadata) };
            endpoint.revoke(&token).await;
        }
    }

    /// Whether a browser is told to forget its cookie when the user logs out.
    #[must_use]
    pub fn clears_cookie(&self) -> bool {
        !self.behaviour.has(Defect::KeepsSessionOnLogout) && !self.behaviour.has(Defect::KeepsTokensOnLogout)
    }
}
