//! The app: one authorization per browser, after "Getting started: Authorization Code Grant w/ PKCE" of the crate's
//! documentation, at the crate's defaults.
//!
//! What the documentation leaves to the application is done here in the plainest way: authorizations in progress and
//! sessions are kept in memory, one of each per browser; the authorization response is read as in the crate's
//! `examples/`. OAuth says nothing of who the user is: the app asks the API, once, with the new access token.

use std::collections::HashMap;

use oauth2::basic::{BasicClient, BasicRequestTokenError};
use oauth2::{
    AccessToken, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    HttpClientError, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, Scope, TokenResponse as _,
    TokenUrl, reqwest,
};
use parking_lot::Mutex;
use url::Url;

/// What the app is configured with: the crate reads no metadata, so the endpoints are part of it.
#[derive(Debug, Clone)]
pub struct Config {
    /// The authorization endpoint.
    pub auth_url: String,
    /// The token endpoint.
    pub token_url: String,
    /// `client_id`
    pub client_id: String,
    /// `client_secret`; none for a public client.
    pub client_secret: Option<String>,
    /// Where the credentials go; `BasicAuth` is the crate's default.
    pub auth_type: AuthType,
    /// Where the provider sends the browser.
    pub redirect_uri: String,
    /// What the app asks for.
    pub scopes: Vec<String>,
    /// The API that the access token is for.
    pub audience: Option<String>,
    /// Where that API is.
    pub api_url: String,
}

/// The app.
pub struct Client {
    http: reqwest::Client,
    provider: Provider,
    scopes: Vec<Scope>,
    audience: Option<String>,
    api_url: String,
    browsers: Mutex<HashMap<u64, Browser>>,
}

/// With authorization and token endpoints.
type Provider = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// What the app keeps for a browser.
#[derive(Default)]
struct Browser {
    pending: Option<Pending>,
    session: Option<Session>,
}

/// An authorization in progress.
struct Pending {
    state: CsrfToken,
    verifier: PkceCodeVerifier,
}

/// An authorization.
struct Session {
    access_token: AccessToken,
    refresh_token: Option<RefreshToken>,
    user: User,
}

/// Who has authorized the app, as far as the API says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// `sub` of the API's answer; none if the API did not tell.
    pub subject: Option<String>,
    /// The page that shows what the API said.
    pub page: String,
}

/// The API's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiAnswer {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: String,
}

/// Why something did not go through. The display is what the browser gets to see.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
#[non_exhaustive]
pub enum Error {
    #[error("the API gave no answer")]
    Api(#[source] reqwest::Error),
    #[error("the provider answered without a code")]
    NoCode,
    #[error("no login was started in this browser")]
    NoPendingLogin,
    #[error("there is no refresh token")]
    NoRefreshToken,
    #[error("nobody is logged in, in this browser")]
    NotLoggedIn,
    #[error("the provider answered with an error")]
    Provider,
    #[error(transparent)]
    Refresh(TokenError),
    #[error("the answer is not the one to the login of this browser")]
    State,
    #[error(transparent)]
    Token(TokenError),
}

/// What the crate says of a token request that failed.
pub type TokenError = BasicRequestTokenError<HttpClientError<reqwest::Error>>;

impl Client {
    /// An HTTP client, made as the crate's documentation asks for, that trusts these authorities, too.
    ///
    /// # Errors
    ///
    /// If the system has no random numbers or no certificates.
    pub fn http(trusted: Vec<reqwest::Certificate>) -> reqwest::Result<reqwest::Client> {
        let builder = reqwest::ClientBuilder::new();
        trusted
            .into_iter()
            .fold(builder, reqwest::ClientBuilder::add_root_certificate)
            // Following redirects opens the client up to SSRF vulnerabilities.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
    }

    /// Sets up the client.
    ///
    /// # Errors
    ///
    /// If one of the URLs is none.
    pub fn new(config: Config, http: reqwest::Client) -> Result<Self, oauth2::url::ParseError> {
        let mut provider = BasicClient::new(ClientId::new(config.client_id))
            .set_auth_uri(AuthUrl::new(config.auth_url)?)
            .set_token_uri(TokenUrl::new(config.token_url)?)
            .set_redirect_uri(RedirectUrl::new(config.redirect_uri)?)
            .set_auth_type(config.auth_type);
        if let Some(secret) = config.client_secret {
            provider = provider.set_client_secret(ClientSecret::new(secret));
        }
        Ok(Self {
            http,
            provider,
            scopes: config.scopes.into_iter().map(Scope::new).collect(),
            audience: config.audience,
            api_url: config.api_url,
            browsers: Mutex::default(),
        })
    }

    /// Starts an authorization; where to send the browser.
    pub fn begin(&self, browser: u64) -> Url {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = self
            .provider
            .authorize_url(CsrfToken::new_random)
            .add_scopes(self.scopes.iter().cloned())
            .set_pkce_challenge(challenge);
        if let Some(audience) = &self.audience {
            request = request.add_extra_param("audience", audience);
        }
        let (url, state) = request.url();
        self.browsers.lock().entry(browser).or_default().pending = Some(Pending { state, verifier });
        url
    }

    /// Reads the authorization response, trades the code for an access token, and asks the API whose it is.
    ///
    /// # Errors
    ///
    /// If the response is an error or not the one to this browser's request, or if the crate refuses what follows.
    pub async fn callback(&self, browser: u64, response: &[(String, String)]) -> Result<(), Error> {
        let param = |name| response.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let state = param("state").map(CsrfToken::new).ok_or(Error::State)?;
        let pending = self.take_pending(browser, &state)?;
        if param("error").is_some() {
            return Err(Error::Provider);
        }
        let code = param("code").map(AuthorizationCode::new).ok_or(Error::NoCode)?;

        // Now you can trade it for an access token.
        let token = self
            .provider
            .exchange_code(code)
            .set_pkce_verifier(pending.verifier)
            .request_async(&self.http)
            .await
            .map_err(Error::Token)?;

        let user = self.who_is(token.access_token()).await;
        let session =
            Session { access_token: token.access_token().clone(), refresh_token: token.refresh_token().cloned(), user };
        self.browsers.lock().entry(browser).or_default().session = Some(session);
        Ok(())
    }

    /// "For security reasons, your code should verify that the `state` parameter returned by the server matches".
    fn take_pending(&self, browser: u64, state: &CsrfToken) -> Result<Pending, Error> {
        let mut browsers = self.browsers.lock();
        let pending = &mut browsers.get_mut(&browser).ok_or(Error::NoPendingLogin)?.pending;
        if pending.as_ref().ok_or(Error::NoPendingLogin)?.state != *state {
            return Err(Error::State);
        }
        pending.take().ok_or(Error::NoPendingLogin)
    }

    /// The authorization stands, whether or not the API tells whose it is.
    async fn who_is(&self, token: &AccessToken) -> User {
        match self.request_api(token).await {
            Ok(ApiAnswer { status: 200, body }) => {
                let answer = serde_json::from_str::<serde_json::Value>(&body).ok();
                let subject = answer.and_then(|answer| Some(answer.get("sub")?.as_str()?.to_owned()));
                User { subject, page: body }
            }
            _ => User { subject: None, page: "somebody, but the API does not say who".to_owned() },
        }
    }

    async fn request_api(&self, token: &AccessToken) -> Result<ApiAnswer, Error> {
        let response = self.http.get(&self.api_url).bearer_auth(token.secret()).send().await.map_err(Error::Api)?;
        let status = response.status().as_u16();
        Ok(ApiAnswer { status, body: response.text().await.map_err(Error::Api)? })
    }

    /// Who has authorized the app in this browser.
    pub fn user(&self, browser: u64) -> Option<User> {
        self.of_session(browser, |session| session.user.clone()).ok()
    }

    /// Calls the API for the user of this browser.
    ///
    /// # Errors
    ///
    /// If nobody is logged in or the API gives no answer. An error status is an answer.
    pub async fn call_api(&self, browser: u64) -> Result<ApiAnswer, Error> {
        let token = self.of_session(browser, |session| session.access_token.clone())?;
        self.request_api(&token).await
    }

    /// Uses the refresh token.
    ///
    /// # Errors
    ///
    /// If nobody is logged in, there is no refresh token, or the crate reports an error.
    pub async fn refresh(&self, browser: u64) -> Result<(), Error> {
        let token = self.of_session(browser, |session| session.refresh_token.clone())?.ok_or(Error::NoRefreshToken)?;
        let response =
            self.provider.exchange_refresh_token(&token).request_async(&self.http).await.map_err(Error::Refresh)?;
        if let Some(session) = self.browsers.lock().get_mut(&browser).and_then(|browser| browser.session.as_mut()) {
            session.access_token = response.access_token().clone();
            if let Some(next) = response.refresh_token() {
                session.refresh_token = Some(next.clone());
            }
        }
        Ok(())
    }

    /// Forgets the user of this browser.
    pub fn log_out(&self, browser: u64) {
        self.browsers.lock().remove(&browser);
    }

    fn of_session<T>(&self, browser: u64, read: impl FnOnce(&Session) -> T) -> Result<T, Error> {
        let browsers = self.browsers.lock();
        let session = browsers.get(&browser).and_then(|browser| browser.session.as_ref());
        session.map(read).ok_or(Error::NotLoggedIn)
    }
}
