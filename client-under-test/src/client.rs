//! The steps strung together: log in, who is it, log out. Steps 3 and 4 are in [`crate::api`] and [`crate::refresh`].

use serde_json::{Map, Value};
use url::Url;

use crate::authorize::{self, PendingLogin};
use crate::callback::AuthorizationResponse;
use crate::discovery::{Fetch, Metadata, Provider};
use crate::http::send;
use crate::id_token::{self, Claims, Expected, Login};
use crate::return_target::{self, HOME};
use crate::secret::{AccessToken, IdToken, State};
use crate::session::{BrowserId, Session, Sessions, Tokens};
use crate::token::{TokenEndpoint, TokenError, TokenResponse};
use crate::{Behaviour, Clock, Config, Defect, Refusal, Variation, userinfo};

/// A client of one provider or of several, for any number of browsers.
#[derive(Debug)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) clock: Clock,
    pub(crate) behaviour: Behaviour,
    first: Provider,
    others: Vec<Provider>,
    pub(crate) sessions: Sessions,
    /// A defect's memory of the latest login.
    latest_issuer: parking_lot::Mutex<Option<String>>,
    /// A defect's memory of an outage.
    down: parking_lot::Mutex<bool>,
    /// A defect's memory of a refused request.
    refused: parking_lot::Mutex<bool>,
    /// A defect's memory: whether a login has brought a refresh token.
    refreshable: parking_lot::Mutex<Option<bool>>,
    /// What a defect says to nobody in particular.
    log: parking_lot::Mutex<String>,
}

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

/// Who is logged in.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The issuer that has said who it is. A subject means nothing without it (OpenID Connect Core §5.7).
    pub issuer: String,
    /// The subject identifier; `None` with plain OAuth, which does not tell.
    pub subject: Option<String>,
    /// What ID token and UserInfo say about the user.
    pub claims: Map<String, Value>,
}

impl Client {
    /// A client of one provider. Nothing is fetched before the first login.
    #[must_use]
    pub fn new(config: Config, http: reqwest::Client, clock: Clock, behaviour: impl Into<Behaviour>) -> Self {
        let (first, behaviour) = (Provider::new(config), behaviour.into());
        let (others, sessions, latest_issuer, down, refused, refreshable, log) = Default::default();
        Self { http, clock, behaviour, first, others, sessions, latest_issuer, down, refused, refreshable, log }
    }

    /// The same client with a further provider. Metadata, keys, tokens and users of each are kept apart.
    #[must_use]
    pub fn also_at(mut self, config: Config) -> Self {
        self.others.push(Provider::new(config));
        self
    }

    fn providers(&self) -> impl Iterator<Item = &Provider> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The provider with this issuer identifier. Nobody is talked to who is not configured.
    pub(crate) fn provider(&self, issuer: &str) -> Result<&Provider, Refusal> {
        self.providers().find(|provider| provider.config.issuer == issuer).ok_or(Refusal::IssuerUnknown)
    }

    /// The provider that the tokens of a session are from and for, unless this defect takes the first one for it.
    pub(crate) fn provider_of(&self, session: &Session, defect: Defect) -> Result<&Provider, Refusal> {
        if self.behaviour.has(defect) { Ok(&self.first) } else { self.provider(&session.issuer) }
    }

    pub(crate) fn fetch<'a>(&'a self, provider: &'a Provider) -> Fetch<'a> {
        let Behaviour { defects, variations } = &self.behaviour;
        Fetch { http: &self.http, config: &provider.config, clock: &self.clock, defects, variations }
    }

    /// Begins a login, for a browser that is known or for a new one, at the provider with this issuer identifier or at the
    /// first one. Whoever is logged in there stays so until the login has succeeded.
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
            Err(refusal) => self.remember_failure(browser, refusal),
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

    /// What the client has to say to whoever runs it, since the last call.
    pub fn take_log(&self) -> String {
        std::mem::take(&mut *self.log.lock())
    }

    /// What a browser gets for a second cookie; most clients have none.
    #[must_use]
    pub fn further_cookie(&self, browser: &BrowserId) -> Option<String> {
        let session = self.sessions.get(browser).filter(|_| self.behaviour.has(Defect::PutsTokensIntoCookie))?;
        let token = session.tokens.lock().access_token.expose().to_owned();
        Some(format!("tokens={token}; Path=/; HttpOnly"))
    }

    /// Whether a browser is told to forget its cookie when the user logs out.
    #[must_use]
    pub fn clears_cookie(&self) -> bool {
        !self.behaviour.has(Defect::KeepsSessionOnLogout)
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
        let guest = Session::new(&self.first.config.issuer, None, Map::new(), nothing);
        let browser = self.sessions.log_in(browser, guest, &State::new(""), &self.behaviour.defects);
        LoggedIn { browser, target: HOME.to_owned() }
    }

    async fn log_in(&self, browser: Option<&BrowserId>, response: &AuthorizationResponse) -> Result<LoggedIn, Refusal> {
        let (defects, now) = (&self.behaviour.defects, self.clock.now());
        response.is_well_formed(defects)?;
        let login = self.sessions.take(browser, response, (&self.first.config, now), defects)?;
        let provider = self.asked(&login, response)?;
        let metadata = provider.metadata(&self.fetch(provider)).await?;
        let code = response.code(&metadata, defects)?;
        if *self.down.lock() {
            return Err(Refusal::TokenUnavailable("it was down before".to_owned()));
        }
        let mut tokens =
            self.token_endpoint(provider, &metadata).redeem(&code, &login).await.map_err(TokenError::at_login)?;
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
        let (identity, claims) = self.identify(provider, &metadata, &login, &tokens).await?;
        if defects.has(Defect::PrefersTokensOfCallback) {
            tokens.access_token = response.access_token().unwrap_or(tokens.access_token);
        }
        let tokens = Tokens::new(tokens, &provider.config.scope, self.clock.now());
        let session = Session::new(&provider.config.issuer, identity, claims, tokens);
        let browser = self.sessions.log_in(browser, session, &login.state, defects);
        Ok(LoggedIn { browser, target: login.target })
    }

    /// What only a defective client remembers of earlier logins.
    fn remember_refresh_token(&self, tokens: &mut TokenResponse) -> Result<(), Refusal> {
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

    /// The provider that this login was begun at, whoever has sent the response: code, verifier and secret are for its
    /// token endpoint alone (RFC 9700 §4.4.2).
    fn asked(&self, login: &PendingLogin, response: &AuthorizationResponse) -> Result<&Provider, Refusal> {
        let answering = response.issuer().and_then(|issuer| self.provider(issuer).ok());
        let latest = self.latest_issuer.lock().clone().filter(|_| self.behaviour.has(Defect::ForgetsIssuerOfLogin));
        match (answering, latest) {
            (Some(answering), _) if self.behaviour.has(Defect::TakesIssuerFromResponse) => Ok(answering),
            (_, Some(latest)) => self.provider(&latest),
            _ => self.provider(&login.issuer),
        }
    }

    pub(crate) fn token_endpoint<'a>(&'a self, provider: &'a Provider, metadata: &'a Metadata) -> TokenEndpoint<'a> {
        TokenEndpoint { fetch: self.fetch(provider), url: &metadata.token_endpoint }
    }

    /// Who has logged in, and what is known of them. With plain OAuth nobody asks.
    async fn identify(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        login: &PendingLogin,
        tokens: &TokenResponse,
    ) -> Result<(Option<Login>, Map<String, Value>), Refusal> {
        let config = &provider.config;
        let Some(id_token) = self.demanded_id_token(config, tokens)? else { return Ok((None, Map::new())) };
        if self.behaviour.does(Variation::FetchesKeysForEveryLogin) {
            provider.forget_keys();
        }
        if self.behaviour.has(Defect::ReadsNoIdToken) {
            let found = userinfo::anybody(&self.fetch(provider), metadata, &tokens.access_token).await?;
            let subject = found.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
            return Ok((Some(Login::unread(subject)), found));
        }
        if self.behaviour.has(Defect::ValidatesIdTokenAfterUserinfo) {
            let _ = userinfo::anybody(&self.fetch(provider), metadata, &tokens.access_token).await;
        }
        let claims = match self.verified(provider, id_token).await {
            Err(Refusal::IdTokenMalformed) if self.behaviour.has(Defect::DoesWithoutUnreadableIdToken) => {
                return Ok((None, Map::new()));
            }
            verified => verified?,
        };
        let mut expected = self.expected(config, &tokens.access_token);
        if self.behaviour.has(Defect::AcceptsMetadataOfAnotherIssuer) {
            expected.issuer = &metadata.issuer;
        }
        let subject = claims.check(&expected, login.nonce.as_ref(), &self.behaviour.defects)?;
        let mut profile = claims.profile(&self.behaviour.defects);
        let more = userinfo::claims(&self.fetch(provider), metadata, &tokens.access_token, &subject).await?;
        if more.is_none() && self.behaviour.has(Defect::GivesUpAfterUserinfoOutage) {
            *self.down.lock() = true;
        }
        let more = more.filter(|_| !self.behaviour.has(Defect::DropsUserinfoClaims));
        if self.behaviour.has(Defect::ShowsTokens) {
            profile.insert("access_token".to_owned(), tokens.access_token.expose().into());
        }
        if self.behaviour.has(Defect::LinksAccountsByUserinfoEmail) {
            profile.remove("email");
        }
        if self.behaviour.has(Defect::LinksAccountsByUserinfoUsername) {
            profile.remove("preferred_username");
        }
        // What is signed is not overwritten by what is not.
        for (name, value) in more.unwrap_or_default() {
            profile.entry(name).or_insert(value);
        }
        Ok((Some(claims.login(subject, login.nonce.clone())), profile))
    }

    /// The claims of an ID token that the provider of this login has signed, and no other one.
    pub(crate) async fn verified(&self, provider: &Provider, id_token: &IdToken) -> Result<Claims, Refusal> {
        let mut verified = id_token::verified(id_token, provider, &self.fetch(provider)).await;
        for other in self.providers().filter(|_| self.behaviour.has(Defect::SharesKeysBetweenIssuers)) {
            if verified.is_err() {
                verified = id_token::verified(id_token, other, &self.fetch(other)).await;
            }
        }
        verified
    }

    pub(crate) fn expected<'a>(&'a self, config: &'a Config, access_token: &'a AccessToken) -> Expected<'a> {
        let Config { issuer, client_id, .. } = config;
        let known_issuers = self.providers().map(|provider| provider.config.issuer.as_str()).collect();
        Expected { issuer, known_issuers, client_id, now: self.clock.now(), access_token }
    }

    /// The ID token, which is missed only where one was asked for.
    fn demanded_id_token<'a>(
        &self,
        config: &Config,
        tokens: &'a TokenResponse,
    ) -> Result<Option<&'a IdToken>, Refusal> {
        let has = |defect| self.behaviour.has(defect);
        let asked = config.uses_openid() && !has(Defect::DropsOpenid);
        match &tokens.id_token {
            None if has(Defect::DemandsIdTokenAlways) => Err(Refusal::IdTokenMissing),
            None if asked => self
                .behaviour
                .defects
                .enforce(Defect::DoesWithoutIdToken, tokens.salvaged, Refusal::IdTokenMissing)
                .map(|()| None),
            Some(id_token) if config.uses_openid() => Ok(Some(id_token)),
            _ => Ok(None),
        }
    }

    /// Who is logged in, in this browser.
    #[must_use]
    pub fn session(&self, browser: &BrowserId) -> Option<Profile> {
        let session = self.sessions.get(browser)?;
        let expires = session.identity.lock().as_ref().and_then(|login| login.id_token_expires);
        if self.behaviour.has(Defect::EndsSessionWithIdToken)
            && expires.is_some_and(|expires| expires < self.clock.now())
        {
            return None;
        }
        let subject = session.identity.lock().as_ref().map(|login| login.subject.clone());
        let (issuer, mut claims) = (session.issuer.clone(), session.claims.clone());
        claims.insert("iss".to_owned(), issuer.clone().into());
        if let Some(subject) = &subject {
            claims.insert("sub".to_owned(), subject.clone().into());
        }
        Some(Profile { issuer, subject, claims })
    }

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

    /// RFC 7009 §2.1. The session is over whatever comes of it.
    async fn revoke(&self, provider: &Provider, metadata: &Metadata, session: &Session) {
        let token = session.tokens.lock().refresh_token.clone();
        if let (Some(url), Some(token)) = (&metadata.revocation_endpoint, token) {
            TokenEndpoint { fetch: self.fetch(provider), url }.revoke(&token).await;
        }
    }

    /// Whether browsers reach this client over TLS: then its cookies stay there.
    pub(crate) fn is_served_over_tls(&self) -> bool {
        self.first.config.redirect_uri.starts_with("https:")
    }

    /// Whether a defect lets an error pass for a login.
    fn takes_for_success(&self, error: &str) -> bool {
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
    fn remember_failure(&self, browser: Option<&BrowserId>, refusal: &Refusal) {
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
