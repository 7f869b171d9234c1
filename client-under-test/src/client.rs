//! The steps strung together: log in, who is it, log out. Steps 3 and 4 are in [`crate::api`] and [`crate::refresh`].

use serde_json::{Map, Value};
use url::Url;

use crate::authorize::PendingLogin;
use crate::callback::AuthorizationResponse;
use crate::discovery::{Fetch, Metadata, Provider};
use crate::id_token::{self, Expected, Login};
use crate::secret::{AccessToken, IdToken, State};
use crate::session::{BrowserId, Session, Sessions, Tokens};
use crate::token::{TokenEndpoint, TokenError, TokenResponse};
use crate::{Clock, Config, Defect, Habits, Refusal, Variation, userinfo};

/// A client of one provider, for any number of browsers.
#[derive(Debug)]
pub struct Client {
    pub(crate) config: Config,
    pub(crate) http: reqwest::Client,
    pub(crate) clock: Clock,
    pub(crate) habits: Habits,
    pub(crate) provider: Provider,
    pub(crate) sessions: Sessions,
    /// A defect's memory of an outage.
    down: parking_lot::Mutex<bool>,
    /// A defect's memory of a refused request.
    refused: parking_lot::Mutex<bool>,
}

/// A login has begun.
#[derive(Debug)]
pub struct Begun {
    /// For the browser's cookie.
    pub browser: BrowserId,
    /// Where to send the browser.
    pub authorization_request: Url,
}

/// Somebody has logged in.
#[derive(Debug)]
pub struct LoggedIn {
    /// For the browser's cookie: another value than before.
    pub browser: BrowserId,
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The subject identifier; `None` with plain OAuth, which does not tell.
    pub subject: Option<String>,
    /// What ID token and UserInfo say about the user.
    pub claims: Map<String, Value>,
}

impl Client {
    /// A client. Nothing is fetched before the first login.
    #[must_use]
    pub fn new(config: Config, http: reqwest::Client, clock: Clock, habits: impl Into<Habits>) -> Self {
        let (provider, sessions) = (Provider::default(), Sessions::default());
        let (down, refused) = Default::default();
        Self { config, http, clock, habits: habits.into(), provider, sessions, down, refused }
    }

    pub(crate) fn fetch(&self) -> Fetch<'_> {
        Fetch {
            http: &self.http,
            config: &self.config,
            defects: &self.habits.defects,
            variations: &self.habits.variations,
        }
    }

    /// Begins a login, for a browser that is known or for a new one. Whoever is logged in there stays so until the login
    /// has succeeded.
    ///
    /// # Errors
    ///
    /// If the provider cannot be found, or is another one than configured.
    pub async fn begin(&self, browser: Option<&BrowserId>) -> Result<Begun, Refusal> {
        if self.habits.does(Variation::FetchesMetadataForEveryLogin) {
            self.provider.forget_metadata();
        }
        let metadata = self.provider.metadata(&self.fetch()).await?;
        if self.habits.does(Variation::FetchesKeysEarly) && self.config.uses_openid() {
            self.provider.keys(&self.fetch(), None).await?;
        }
        let login = PendingLogin::new(&self.config, &metadata, &self.habits, self.clock.now());
        let login = if *self.refused.lock() { login.without_challenge() } else { login };
        let authorization_request = login.request(&self.config, &metadata, &self.habits)?;
        let browser = self.sessions.begin(browser, login, &self.habits);
        Ok(Begun { browser, authorization_request })
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
        if self.habits.has(Defect::RemembersSessionsByState)
            && let Some(browser) = self.sessions.recall(&response)
        {
            return Ok(LoggedIn { browser });
        }
        if response.is_error() && self.habits.has(Defect::LogsInDespiteError) {
            return Ok(self.log_in_guest(browser));
        }
        let result = self.log_in(browser, &response).await;
        match &result {
            Err(Refusal::AuthorizationDenied { error }) if self.takes_for_success(error) => {
                return Ok(self.log_in_guest(browser));
            }
            Err(refusal) => self.remember_failure(browser, refusal),
            Ok(_) => {}
        }
        result
    }

    /// Somebody without name or tokens: a defect.
    fn log_in_guest(&self, browser: Option<&BrowserId>) -> LoggedIn {
        let nothing = Tokens {
            access_token: AccessToken::new(""),
            expires: None,
            refresh_token: None,
            id_token: None,
            scope: String::new(),
        };
        let guest = Session::new(None, Map::new(), nothing);
        LoggedIn { browser: self.sessions.log_in(browser, guest, &State::new(""), &self.habits.defects) }
    }

    async fn log_in(&self, browser: Option<&BrowserId>, response: &AuthorizationResponse) -> Result<LoggedIn, Refusal> {
        response.is_well_formed(&self.habits.defects)?;
        let login = self.sessions.take(
            browser,
            response,
            (&self.config.redirect_uri, self.clock.now()),
            &self.habits.defects,
        )?;
        let metadata = self.provider.metadata(&self.fetch()).await?;
        let code = response.code(&metadata, &self.habits.defects)?;
        if *self.down.lock() {
            return Err(Refusal::TokenUnavailable("it was down before".to_owned()));
        }
        let mut tokens = self.token_endpoint(&metadata).redeem(&code, &login).await.map_err(TokenError::at_login)?;
        let (identity, claims) = self.identify(&metadata, &login, &tokens).await?;
        if self.habits.has(Defect::PrefersTokensOfCallback) {
            tokens.access_token = response.access_token().unwrap_or(tokens.access_token);
        }
        let session = Session::new(identity, claims, Tokens::new(tokens, &self.config.scope, self.clock.now()));
        let browser = self.sessions.log_in(browser, session, &login.state, &self.habits.defects);
        Ok(LoggedIn { browser })
    }

    pub(crate) fn token_endpoint<'a>(&'a self, metadata: &'a Metadata) -> TokenEndpoint<'a> {
        TokenEndpoint { fetch: self.fetch(), url: &metadata.token_endpoint }
    }

    /// Who has logged in, and what is known of them. With plain OAuth nobody asks.
    async fn identify(
        &self,
        metadata: &Metadata,
        login: &PendingLogin,
        tokens: &TokenResponse,
    ) -> Result<(Option<Login>, Map<String, Value>), Refusal> {
        let Some(id_token) = self.demanded_id_token(tokens)? else { return Ok((None, Map::new())) };
        if self.habits.does(Variation::FetchesKeysForEveryLogin) {
            self.provider.forget_keys();
        }
        let claims = match id_token::verified(id_token, &self.provider, &self.fetch()).await {
            Err(Refusal::IdTokenMalformed) if self.habits.has(Defect::DoesWithoutUnreadableIdToken) => {
                return Ok((None, Map::new()));
            }
            verified => verified?,
        };
        let subject = claims.check(&self.expected(&tokens.access_token), login.nonce.as_ref(), &self.habits.defects)?;
        let mut profile = claims.profile(&self.habits.defects);
        let more = userinfo::claims(&self.fetch(), metadata, &tokens.access_token, &subject).await?;
        if more.is_none() && self.habits.has(Defect::GivesUpAfterUserinfoOutage) {
            *self.down.lock() = true;
        }
        let more = more.filter(|_| !self.habits.has(Defect::DropsUserinfoClaims));
        if self.habits.has(Defect::ShowsTokens) {
            profile.insert("access_token".to_owned(), tokens.access_token.expose().into());
        }
        // What is signed is not overwritten by what is not.
        for (name, value) in more.unwrap_or_default() {
            profile.entry(name).or_insert(value);
        }
        Ok((Some(claims.login(subject, login.nonce.clone())), profile))
    }

    pub(crate) fn expected<'a>(&'a self, access_token: &'a AccessToken) -> Expected<'a> {
        let Config { issuer, client_id, .. } = &self.config;
        Expected { issuer, client_id, now: self.clock.now(), access_token }
    }

    /// The ID token, which is missed only where one was asked for.
    fn demanded_id_token<'a>(&self, tokens: &'a TokenResponse) -> Result<Option<&'a IdToken>, Refusal> {
        let has = |defect| self.habits.has(defect);
        let asked = self.config.uses_openid() && !has(Defect::DropsOpenid);
        match &tokens.id_token {
            None if has(Defect::DemandsIdTokenAlways) => Err(Refusal::IdTokenMissing),
            None if asked => self
                .habits
                .defects
                .enforce(Defect::DoesWithoutIdToken, tokens.salvaged, Refusal::IdTokenMissing)
                .map(|()| None),
            Some(id_token) if asked => Ok(Some(id_token)),
            _ => Ok(None),
        }
    }

    /// Who is logged in, in this browser.
    #[must_use]
    pub fn session(&self, browser: &BrowserId) -> Option<Profile> {
        let session = self.sessions.get(browser)?;
        let expires = session.identity.lock().as_ref().and_then(|login| login.id_token_expires);
        if self.habits.has(Defect::EndsSessionWithIdToken) && expires.is_some_and(|expires| expires < self.clock.now())
        {
            return None;
        }
        let subject = session.identity.lock().as_ref().map(|login| login.subject.clone());
        let mut claims = session.claims.clone();
        if let Some(subject) = &subject {
            claims.insert("sub".to_owned(), subject.clone().into());
        }
        Some(Profile { subject, claims })
    }

    /// Refreshes the access token, whether that is due or not.
    ///
    /// # Errors
    ///
    /// If nobody is logged in, there is no refresh token, or the provider does not give new tokens.
    pub async fn refresh(&self, browser: &BrowserId) -> Result<(), Refusal> {
        let session = match self.sessions.get(browser) {
            None if self.habits.has(Defect::HidesRefreshFailures) => return Ok(()),
            found => found.ok_or(Refusal::NotLoggedIn)?,
        };
        let current = session.tokens.lock().access_token.clone();
        self.replace(browser, &session, &current).await
    }

    /// Ends the session here, and says where to send the browser to end it at the provider, too (OpenID Connect
    /// RP-Initiated Logout 1.0 §2).
    pub async fn logout(&self, browser: &BrowserId) -> Option<Url> {
        if self.habits.has(Defect::KeepsSessionOnLogout) {
            return None;
        }
        let session = self.sessions.end(browser)?;
        let metadata = self.provider.metadata(&self.fetch()).await.ok()?;
        if self.habits.does(Variation::RevokesOnLogout) {
            self.revoke(&metadata, &session).await;
        }
        if self.habits.does(Variation::LogsOutLocally) {
            return None;
        }
        let mut url = Url::parse(metadata.end_session_endpoint.as_ref()?).ok()?;
        url.query_pairs_mut().append_pair("client_id", &self.config.client_id);
        if let Some(id_token) = &session.tokens.lock().id_token {
            url.query_pairs_mut().append_pair("id_token_hint", id_token.expose());
        }
        if let Some(target) = &self.config.post_logout_redirect_uri {
            url.query_pairs_mut().append_pair("post_logout_redirect_uri", target);
        }
        Some(url)
    }

    /// RFC 7009 §2.1. The session is over whatever comes of it.
    async fn revoke(&self, metadata: &Metadata, session: &Session) {
        let token = session.tokens.lock().refresh_token.clone();
        if let (Some(url), Some(token)) = (&metadata.revocation_endpoint, token) {
            TokenEndpoint { fetch: self.fetch(), url }.revoke(&token).await;
        }
    }

    /// Whether browsers reach this client over TLS: then its cookies stay there.
    pub(crate) fn is_served_over_tls(&self) -> bool {
        self.config.redirect_uri.starts_with("https:")
    }

    /// Whether a defect lets an error pass for a login.
    fn takes_for_success(&self, error: &str) -> bool {
        const REGISTERED: [&str; 8] = [
            "access_denied",
            "interaction_required",
            "invalid_request",
            "invalid_scope",
            "login_required",
            "server_error",
            "unauthorized_client",
            "unsupported_response_type",
        ];
        let has = |defect| self.habits.has(defect);
        has(Defect::TakesUnknownErrorForSuccess) && !REGISTERED.contains(&error)
    }

    /// What only a defective client remembers of a login that failed.
    fn remember_failure(&self, browser: Option<&BrowserId>, refusal: &Refusal) {
        if self.habits.has(Defect::LocksBrowserAfterFailure) {
            self.sessions.lock_out(browser);
        }
        if *refusal == (Refusal::AuthorizationDenied { error: "invalid_request".to_owned() }) {
            *self.refused.lock() = self.habits.has(Defect::DowngradesAfterRefusal);
        }
        if matches!(refusal, Refusal::TokenUnavailable(_)) && self.habits.has(Defect::GivesUpAfterOutage) {
            *self.down.lock() = true;
        }
    }
}
