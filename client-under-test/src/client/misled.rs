//! What only a defective client remembers of earlier logins, or takes for a login.

use std::sync::Arc;

use serde_json::Map;

use super::{Client, LoggedIn, Profile};
use crate::callback::AuthorizationResponse;
use crate::discovery::{Metadata, Provider};
use crate::return_target::HOME;
use crate::secret::{AccessToken, State};
use crate::session::{BrowserId, CookieName, Exchanged, Session, Tokens};
use crate::token::TokenResponse;
use crate::{Config, Defect, Phase, Refusal};

impl Client {
    /// Somebody without name or tokens: a defect.
    pub(super) fn log_in_guest(&self, browser: Option<&BrowserId>) -> LoggedIn {
        let nothing = Tokens {
            access_token: AccessToken::new(""),
            expires: None,
            refresh_token: None,
            id_token: None,
            scope: String::new(),
        };
        let guest = Session::new(&self.first.config.issuer, None, Map::new(), nothing);
        let browser = self.sessions.log_in(browser, guest, &State::new(""), &self.behaviour);
        LoggedIn { browser, target: HOME.to_owned() }
    }

    /// Somebody without a name, by the cookie of a login in progress under the name of the session's: a defect.
    pub(super) fn mistaken_for_session(&self, browser: &BrowserId) -> Option<Profile> {
        let mistaken = self.behaviour.has(Defect::TakesLoginCookieForSession)
            && browser.name() == CookieName::Session
            && self.sessions.is_pending(&browser.under(CookieName::Login));
        mistaken.then(|| Profile { issuer: self.first.config.issuer.clone(), subject: None, claims: Map::new() })
    }

    /// What only a defective client remembers of earlier logins.
    pub(super) fn remember_refresh_token(&self, tokens: &mut TokenResponse) -> Result<(), Refusal> {
        let earlier = self.refreshable.lock().replace(tokens.refresh_token.is_some());
        if earlier == Some(true)
            && tokens.refresh_token.is_none()
            && self.behaviour.has(Defect::StumblesOverEarlierRefreshToken)
        {
            *self.refreshable.lock() = earlier;
            return Err(Refusal::Unhandled);
        }
        if earlier == Some(false) && self.behaviour.has(Defect::MissesRefreshTokensForGood) {
            *self.refreshable.lock() = earlier;
            tokens.refresh_token = None;
        }
        Ok(())
    }

    /// Tokens that stand in the authorization response, in place of a code: for defects.
    pub(super) fn tokens_without_code(&self, response: &AuthorizationResponse) -> Option<TokenResponse> {
        let has = |defect| self.behaviour.has(defect);
        let access_token = response.access_token().filter(|_| has(Defect::TakesAccessTokenOfCallback));
        let id_token = response.id_token().filter(|_| has(Defect::TakesIdTokenOfCallback));
        if access_token.is_none() && id_token.is_none() {
            return None;
        }
        let salvaged = id_token.is_none();
        let access_token = access_token.unwrap_or_else(|| AccessToken::new(""));
        Some(TokenResponse { access_token, expires_in: None, refresh_token: None, id_token, scope: None, salvaged })
    }

    /// What the login gets that is under way, this one or another: a defect.
    pub(super) async fn shared(
        &self,
        exchange: impl Future<Output = Result<Exchanged, Refusal>>,
    ) -> Result<Exchanged, Refusal> {
        let under_way = self.exchange.lock().clone();
        let exchanged = under_way.get_or_try_init(|| exchange).await.cloned();
        *self.exchange.lock() = Arc::default();
        exchanged
    }

    /// Whether a login fails because UserInfo is down: a defect.
    pub(super) fn needs_userinfo(&self) -> bool {
        [Defect::KeepsTokensWithoutUserinfo, Defect::ReplacesTokensWithoutUserinfo]
            .iter()
            .any(|it| self.behaviour.has(*it))
    }

    /// Asks for other tokens than those of a login that is refused, by the refresh token among them: a defect.
    pub(super) async fn refresh_refused(&self, provider: &Provider, metadata: &Metadata, tokens: &TokenResponse) {
        if let Some(token) = &tokens.refresh_token
            && self.behaviour.has(Defect::RefreshesRefusedLogin)
        {
            drop(self.token_endpoint(provider, metadata).refresh(token, &provider.config.scope).await);
        }
    }

    /// Tokens of a login that was refused, for calls of the API: for defects.
    pub(super) fn keep_refused(
        &self,
        browser: Option<&BrowserId>,
        refusal: &Refusal,
        tokens: TokenResponse,
        config: &Config,
    ) {
        let has = |of_all, of_userinfo| match refusal.phase() {
            Phase::Userinfo => self.behaviour.has(of_userinfo),
            _ => self.behaviour.has(of_all),
        };
        let Some(browser) = browser else { return };
        let tokens = Tokens::new(tokens, &config.scope, self.clock.now());
        match self.sessions.get(browser) {
            Some(session) if has(Defect::ReplacesTokensByRefusedLogin, Defect::ReplacesTokensWithoutUserinfo) => {
                *session.tokens.lock() = tokens;
            }
            _ if has(Defect::KeepsTokensOfRefusedLogin, Defect::KeepsTokensWithoutUserinfo) => {
                self.keep(browser, Arc::new(Session::new(&config.issuer, None, Map::new(), tokens)));
            }
            _ => {}
        }
    }

    /// A session that is no session of this browser, for calls of the API: for defects.
    pub(super) fn keep(&self, browser: &BrowserId, session: Arc<Session>) {
        *self.kept.lock() = Some((browser.clone(), session));
    }

    /// The session for a call of the API: that of the browser, or what a defect has kept for it.
    pub(crate) fn session_for_call(&self, browser: &BrowserId) -> Option<Arc<Session>> {
        let kept = || self.kept.lock().as_ref().filter(|(of, _)| of == browser).map(|(_, session)| session.clone());
        self.sessions.get(browser).or_else(kept)
    }

    /// The access token for a call that begins: its own, or for a defect that of the call that is under way.
    pub(crate) fn enter_call(&self, own: AccessToken) -> AccessToken {
        if !self.behaviour.has(Defect::UsesTokenOfCallUnderWay) {
            return own;
        }
        let mut under_way = self.under_way.lock();
        let (token, calls) = under_way.get_or_insert((own, 0));
        *calls += 1;
        token.clone()
    }

    /// A call has ended.
    pub(crate) fn leave_call(&self) {
        let mut under_way = self.under_way.lock();
        if let Some((_, calls)) = under_way.as_mut() {
            *calls -= 1;
        }
        if under_way.as_ref().is_some_and(|(_, calls)| *calls == 0) {
            *under_way = None;
        }
    }

    /// Whether a defect lets an error pass for a login.
    pub(super) fn takes_for_success(&self, error: &str) -> bool {
        const REGISTERED: [&str; 9] = [
            "access_denied",
            "consent_required",
            "interaction_required",
            "invalid_request",
            "invalid_scope",
            "login_required",
            "server_error",
            "unauthorized_client",
            "unsupported_response_type",
        ];
        let has = |defect| self.behaviour.has(defect);
        (has(Defect::TakesUnknownErrorForSuccess) && !REGISTERED.contains(&error))
            || (has(Defect::TakesLoginRequiredForGuest) && error == "login_required")
    }

    /// What only a defective client remembers of a login that failed.
    pub(super) fn remember_failure(&self, browser: Option<&BrowserId>, refusal: &Refusal) {
        if self.behaviour.has(Defect::LocksBrowserAfterFailure) {
            self.sessions.lock_out(browser);
        }
        if *refusal == (Refusal::AuthorizationDenied { error: "invalid_request".to_owned() }) {
            *self.refused.lock() = self.behaviour.has(Defect::DowngradesAfterRefusal);
        }
        if *refusal == (Refusal::AuthorizationDenied { error: "temporarily_unavailable".to_owned() }) {
            *self.down.lock() = self.behaviour.has(Defect::RemembersTemporaryUnavailability);
        }
        if matches!(refusal, Refusal::TokenUnavailable(_)) && self.behaviour.has(Defect::GivesUpAfterOutage) {
            *self.down.lock() = true;
        }
    }
}
