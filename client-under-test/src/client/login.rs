//! Somebody logs in: from the link to the answer of the provider, and on to a session.

use url::Url;

use super::Client;
use crate::authorize::{self, PendingLogin};
use crate::callback::AuthorizationResponse;
use crate::discovery::{Metadata, Provider};
use crate::http::send;
use crate::return_target::{self, HOME};
use crate::secret::AuthorizationCode;
use crate::session::{BrowserId, Exchanged, Session, Tokens};
use crate::token::{TokenError, TokenResponse};
use crate::{Defect, Refusal, Variation};

/// A login has begun.
#[derive(Debug)]
pub struct Begun {
    /// For the browser's cookie.
    pub browser: BrowserId,
    /// Where to send the browser.
    pub authorization_request: Url,
    /// The same as a text, for a program that opens it.
    pub location: String,
}

/// Somebody has logged in.
#[derive(Debug)]
pub struct LoggedIn {
    /// For the browser's cookie: another value than before.
    pub browser: BrowserId,
    /// Where to send the browser: a page of this client.
    pub target: String,
}

impl Client {
    /// Begins a login, for a browser that is known or for a new one, at the provider with this issuer identifier or at the
    /// first one. A user who is logged in there stays logged in until the login has succeeded.
    ///
    /// # Errors
    ///
    /// If the provider is none of those that are configured, cannot be found, or is another one than configured.
    pub async fn begin(&self, browser: Option<&BrowserId>, issuer: Option<&str>) -> Result<Begun, Refusal> {
        self.begin_returning(browser, issuer, None).await
    }

    /// As [`Self::begin`], by a link that names where the browser is to go after the login. Anybody can have made the
    /// link: it leads to a page of this client or to its home page (RFC 9700 §4.11.1).
    ///
    /// # Errors
    ///
    /// Those of [`Self::begin`].
    pub async fn begin_returning(
        &self,
        browser: Option<&BrowserId>,
        issuer: Option<&str>,
        target: Option<&str>,
    ) -> Result<Begun, Refusal> {
        let provider = issuer.map_or(Ok(&self.first), |issuer| self.provider(issuer))?;
        if self.behaviour.has(Defect::BlocksLoginsWhilePending)
            && browser.is_some_and(|id| self.sessions.is_pending(id))
        {
            return Err(Refusal::StateUnknown);
        }
        if self.behaviour.does(Variation::FetchesMetadataForEveryLogin) {
            provider.forget_metadata();
        }
        let metadata = provider.metadata(&self.fetch(provider)).await?;
        let at_start_only = self.behaviour.has(Defect::FetchesKeysOnlyWhenLoginStarts);
        if at_start_only {
            provider.forget_keys();
        }
        let fetches_early = self.behaviour.does(Variation::FetchesKeysEarly) || at_start_only;
        if fetches_early && provider.config.uses_openid() {
            provider.keys(&self.fetch(provider), None).await?;
        }
        let login = PendingLogin::new(&provider.config, &metadata, &self.behaviour, self.clock.now());
        let login = if *self.refused.lock() { login.without_challenge() } else { login };
        let target =
            target.map(|it| return_target::checked(it, &provider.config.redirect_uri, &self.behaviour.defects));
        let login = login.returning_to(target.unwrap_or_else(|| HOME.to_owned()));
        let authorization_request = login.request(&provider.config, &metadata, &self.behaviour)?;
        let location = authorize::location(&authorization_request, &metadata, &self.behaviour.defects);
        *self.latest_issuer.lock() = Some(login.issuer.clone());
        if self.behaviour.has(Defect::PrefetchesAuthorizationRequest) {
            let _ = send(self.http.get(authorization_request.clone()), provider.config.time_limit).await;
        }
        let browser = self.sessions.begin(browser, login, &self.behaviour);
        Ok(Begun { browser, authorization_request, location })
    }

    /// Completes a login with what has arrived at the redirect URI.
    ///
    /// # Errors
    ///
    /// Says what was wrong. Nobody is logged in then who was not before.
    pub async fn callback(
        &self,
        browser: Option<&BrowserId>,
        response: AuthorizationResponse,
    ) -> Result<LoggedIn, Refusal> {
        let takes_last = self.behaviour.has(Defect::TakesLastOfRepeatedParameters);
        let response = if takes_last { response.last_of_each() } else { response };
        if self.behaviour.has(Defect::RemembersSessionsByState)
            && let Some(browser) = self.sessions.recall(&response)
        {
            return Ok(LoggedIn { browser, target: HOME.to_owned() });
        }
        if response.is_error() && self.behaviour.has(Defect::LogsInDespiteError) {
            return Ok(self.log_in_guest(browser));
        }
        let result = self.log_in(browser, &response).await;
        match &result {
            Err(Refusal::StateMissing)
                if response.is_error() && self.behaviour.has(Defect::TakesErrorWithoutStateForSuccess) =>
            {
                return Ok(self.log_in_guest(browser));
            }
            Err(Refusal::AuthorizationDenied { error }) if self.takes_for_success(error) => {
                return Ok(self.log_in_guest(browser));
            }
            Err(refusal) => {
                self.remember_failure(browser, refusal);
                if let Some(browser) = browser.filter(|_| self.behaviour.has(Defect::EndsSessionOnRefusal)) {
                    self.sessions.end(browser);
                }
            }
            Ok(_) => {}
        }
        result
    }

    /// Where to send a browser whose authorization response was refused: to a new login. Most clients show a page instead.
    pub async fn begin_again(&self, browser: Option<&BrowserId>, refusal: &Refusal) -> Option<Begun> {
        let has = |defect| self.behaviour.has(defect);
        let (again, weaker) = match refusal {
            Refusal::AuthorizationDenied { error } => {
                let weaker = error == "invalid_request" && has(Defect::RetriesWithoutChallenge);
                (weaker || has(Defect::RetriesDeniedLogin), weaker)
            }
            Refusal::StateMissing | Refusal::StateUnknown => {
                (self.behaviour.does(Variation::BeginsAgainAfterStrayResponse), false)
            }
            _ => (false, false),
        };
        if !again {
            return None;
        }
        let refused = std::mem::replace(&mut *self.refused.lock(), weaker);
        let begun = self.begin(browser, None).await;
        *self.refused.lock() = refused;
        begun.ok()
    }

    async fn log_in(&self, browser: Option<&BrowserId>, response: &AuthorizationResponse) -> Result<LoggedIn, Refusal> {
        let (defects, now) = (&self.behaviour.defects, self.clock.now());
        response.is_well_formed(defects)?;
        let mut login = self.sessions.take(browser, response, (&self.first.config, now), defects)?;
        if !response.is_where(&login.redirect_uri) {
            return Err(Refusal::StateUnknown);
        }
        if defects.has(Defect::TakesNonceFromResponse) {
            login.nonce = response.nonce().or(login.nonce);
        }
        let provider = self.asked(&login, response)?;
        let metadata = provider.metadata(&self.fetch(provider)).await?;
        if defects.has(Defect::ComparesIssuerOfMetadataLate) && metadata.issuer != provider.config.issuer {
            return Err(Refusal::MetadataOfAnotherIssuer);
        }
        let exchange = Box::pin(self.exchange(browser, response, (provider, &metadata), &login));
        let Exchanged { tokens, identity, claims } = match defects.has(Defect::SharesExchangeUnderWay) {
            true => self.shared(exchange).await?,
            false => exchange.await?,
        };
        let tokens = Tokens::new(tokens, &provider.config.scope, self.clock.now());
        let access_token = tokens.access_token.clone();
        let session = Session::new(&provider.config.issuer, identity, claims, tokens);
        if self.behaviour.does(Variation::CallsApiInLogin) {
            let answer = self.call_once(&session, &access_token).await?;
            if !answer.status.is_success() {
                return Err(Refusal::ApiUnreachable(format!("the status is {}", answer.status.as_u16())));
            }
        }
        let browser = self.sessions.log_in(browser, session, &login.state, &self.behaviour);
        Ok(LoggedIn { browser, target: login.target })
    }

    /// Redeems the code, and learns who has logged in.
    async fn exchange(
        &self,
        browser: Option<&BrowserId>,
        response: &AuthorizationResponse,
        (provider, metadata): (&Provider, &Metadata),
        login: &PendingLogin,
    ) -> Result<Exchanged, Refusal> {
        let defects = &self.behaviour.defects;
        let mut tokens = match (response.code(metadata, defects), self.tokens_without_code(response)) {
            (Err(Refusal::CodeMissing), Some(tokens)) => tokens,
            (code, _) => self.redeem(provider, metadata, (&code?, login)).await?,
        };
        if defects.has(Defect::TakesRefreshTokenOfCallback) {
            tokens.refresh_token = tokens.refresh_token.or_else(|| response.refresh_token());
        }
        self.remember_refresh_token(&mut tokens)?;
        if defects.has(Defect::PrintsTokens) {
            let mut log = self.log.lock();
            ["logged in, access_token=", tokens.access_token.expose(), "\n"]
                .into_iter()
                .for_each(|it| log.push_str(it));
        }
        if defects.has(Defect::ForgetsLoginAfterExchange) {
            self.sessions.forget(browser, &login.state);
        }
        let (identity, claims) = match self.identify(provider, metadata, login, &tokens).await {
            Ok(identified) => identified,
            Err(refusal) => {
                self.refresh_refused(provider, metadata, &tokens).await;
                self.keep_refused(browser, &refusal, tokens, &provider.config);
                return Err(refusal);
            }
        };
        if defects.has(Defect::PrefersTokensOfCallback) {
            tokens.access_token = response.access_token().unwrap_or(tokens.access_token);
        }
        Ok(Exchanged { tokens, identity, claims })
    }

    async fn redeem(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        (code, login): (&AuthorizationCode, &PendingLogin),
    ) -> Result<TokenResponse, Refusal> {
        if *self.down.lock() {
            return Err(Refusal::TokenUnavailable("it was down before".to_owned()));
        }
        self.token_endpoint(provider, metadata).redeem(code, login).await.map_err(TokenError::at_login)
    }

    /// The provider that this login was begun at, no matter who has sent the response: code, verifier and secret are for
    /// its token endpoint alone (RFC 9700 §4.4.2).
    fn asked(&self, login: &PendingLogin, response: &AuthorizationResponse) -> Result<&Provider, Refusal> {
        let answering = response.issuer().and_then(|issuer| self.provider(issuer).ok());
        let latest = self.latest_issuer.lock().clone().filter(|_| self.behaviour.has(Defect::ForgetsIssuerOfLogin));
        match (answering, latest) {
            (Some(answering), _) if self.behaviour.has(Defect::TakesIssuerFromResponse) => Ok(answering),
            (_, Some(latest)) => self.provider(&latest),
            _ => self.provider(&login.issuer),
        }
    }
}
