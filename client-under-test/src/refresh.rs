//! Step 4: a new access token (RFC 6749 §6; OpenID Connect Core §12; RFC 9700 §4.14).

use crate::client::Client;
use crate::discovery::Provider;
use crate::secret::{AccessToken, RefreshToken};
use crate::session::{BrowserId, Session, Tokens};
use crate::token::{TokenError, TokenResponse};
use crate::{Defect, Refusal, Variation};

/// For how many seconds a client that pauses does not refresh after a refresh that failed.
const PAUSE_AFTER_TROUBLE: i64 = 30;

impl Client {
    /// Refreshes the access token, whether that is due or not.
    ///
    /// # Errors
    ///
    /// If nobody is logged in, there is no refresh token, or the provider does not give new tokens.
    pub async fn refresh(&self, browser: &BrowserId) -> Result<(), Refusal> {
        let session = match self.sessions.get(browser) {
            None if self.behaviour.has(Defect::HidesRefreshFailures) => return Ok(()),
            found => found.ok_or(Refusal::NotLoggedIn)?,
        };
        let current = session.tokens.lock().access_token.clone();
        self.replace(browser, &session, &current).await
    }

    /// Replaces the access token of a session, if it still is the one that the caller wants to replace.
    ///
    /// One refresh is under way at a time: refresh tokens rotate, and presenting one twice looks like theft to the
    /// provider. A call that has waited finds the new token there.
    pub(crate) async fn replace(
        &self,
        browser: &BrowserId,
        session: &Session,
        stale: &AccessToken,
    ) -> Result<(), Refusal> {
        if self.behaviour.has(Defect::RefreshesInParallel) {
            return self.refresh_session(browser, session).await;
        }
        let _one_at_a_time = session.refreshing.lock().await;
        if session.tokens.lock().access_token != *stale {
            return Ok(());
        }
        self.refresh_session(browser, session).await
    }

    async fn refresh_session(&self, browser: &BrowserId, session: &Session) -> Result<(), Refusal> {
        let Tokens { refresh_token, scope, .. } = session.tokens.lock().clone();
        let refresh_token = match refresh_token {
            None if self.behaviour.has(Defect::RefreshesWithoutRefreshToken) => RefreshToken::new("null"),
            found => found.ok_or(Refusal::RefreshTokenMissing)?,
        };
        let failed = *session.refresh_failed.lock();
        if failed.is_some_and(|at| self.clock.now() < at.saturating_add(PAUSE_AFTER_TROUBLE))
            && self.behaviour.does(Variation::PausesRefreshesAfterOutage)
        {
            return Err(Refusal::RefreshUnavailable("the provider was in trouble a moment ago".to_owned()));
        }
        // The refresh token is for the provider that has issued it.
        let provider = self.provider_of(session, Defect::RefreshesAtFirstIssuer)?;
        let metadata = provider.metadata(&self.fetch(provider)).await?;
        let mut endpoint = self.token_endpoint(provider, &metadata);
        endpoint.authenticates_twice |=
            self.behaviour.has(Defect::AuthenticatesTwiceAfterFailedRefresh) && failed.is_some();
        let refreshed = match endpoint.refresh(&refresh_token, &scope).await {
            Ok(response) => self.accept(provider, session, response).await,
            Err(TokenError::Refused { status: 403, .. })
                if self.behaviour.has(Defect::KnowsInvalidGrantByStatus400Only) =>
            {
                Err(Refusal::RefreshUnavailable("the status is 403".to_owned()))
            }
            Err(error) => Err(error.at_refresh()),
        };
        *session.refresh_failed.lock() = refreshed.as_ref().err().map(|_| self.clock.now());
        if let Err(Refusal::RefreshTokenDead) = &refreshed
            && self.behaviour.does(Variation::KeepsSessionWithoutRefreshToken)
        {
            session.tokens.lock().refresh_token = None;
        } else if let Err(refusal) = &refreshed
            && self.ends_session(refusal)
        {
            self.sessions.end(browser);
        }
        if self.behaviour.has(Defect::HidesRefreshFailures) { Ok(()) } else { refreshed }
    }

    /// A dead refresh token, or an ID token that is not to be believed, ends the session. An outage does not.
    fn ends_session(&self, refusal: &Refusal) -> bool {
        match refusal {
            Refusal::RefreshTokenDead => !self.behaviour.has(Defect::RetriesDeadRefreshToken),
            Refusal::RefreshUnavailable(_) => self.behaviour.has(Defect::EndsSessionOnRefreshOutage),
            Refusal::RefreshRefused { error } => {
                error == "too_many_requests" && self.behaviour.has(Defect::EndsSessionWhenThrottled)
            }
            Refusal::RefreshTokenMissing => false,
            _ => true,
        }
    }

    /// Takes the new tokens over, all of them or none.
    async fn accept(&self, provider: &Provider, session: &Session, response: TokenResponse) -> Result<(), Refusal> {
        let now = self.clock.now();
        let identity = session.identity.lock().clone();
        let id_token = response.id_token.as_ref().filter(|_| !self.behaviour.has(Defect::ReadsNoIdToken));
        if let (Some(mut login), Some(id_token)) = (identity, id_token) {
            let claims = self.verified(provider, id_token).await?;
            let expected = self.expected(&provider.config, &response.access_token);
            login.subject = claims.check_refreshed(&expected, &login, &self.behaviour.defects)?;
            *session.identity.lock() = Some(login);
        } else if self.behaviour.has(Defect::DemandsIdTokenOnRefresh) && response.id_token.is_none() {
            return Err(Refusal::IdTokenMissing);
        }
        let mut tokens = session.tokens.lock();
        let new = Tokens::new(response, &tokens.scope, now);
        let has = |defect| self.behaviour.has(defect);
        *tokens = Tokens {
            access_token: if has(Defect::KeepsOldAccessToken) { tokens.access_token.clone() } else { new.access_token },
            expires: if has(Defect::RefreshesAlwaysAfterRefresh) { Some(0) } else { new.expires },
            // RFC 6749 §6: without a new refresh token the old one stays good.
            refresh_token: match new.refresh_token {
                Some(_) if has(Defect::KeepsOldRefreshToken) => tokens.refresh_token.clone(),
                None if has(Defect::DropsRefreshTokenWithoutSuccessor) => None,
                new => new.or_else(|| tokens.refresh_token.clone()),
            },
            id_token: new.id_token.or_else(|| tokens.id_token.clone()),
            // The refresh token keeps the scope of the grant, however little of it the access token has now.
            scope: tokens.scope.clone(),
        };
        Ok(())
    }
}
