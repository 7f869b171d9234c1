//! The app: one login per browser, after "Getting started: Authorization Code Grant w/ PKCE" of the crate's
//! documentation, at the crate's defaults.
//!
//! What the documentation leaves to the application is done here in the plainest way: logins in progress and sessions
//! are kept in memory, one of each per browser; the authorization response is read as in the crate's `examples/`.

use std::collections::HashMap;

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreIdTokenClaims, CoreProviderMetadata,
    CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    ConfigurationError, CsrfToken, DiscoveryError, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpClientError,
    IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, Scope, SignatureVerificationError, SigningError, StandardErrorResponse, TokenResponse as _,
    UserInfoError, reqwest,
};
use parking_lot::Mutex;
use url::Url;

/// What the app is configured with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The provider.
    pub issuer: String,
    /// `client_id`
    pub client_id: String,
    /// `client_secret`; none for a public client.
    pub client_secret: Option<String>,
    /// Where the credentials go; `BasicAuth` is the crate's default.
    pub auth_type: AuthType,
    /// Where the provider sends the browser.
    pub redirect_uri: String,
    /// Beside `openid`, which the crate adds.
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

/// What comes of the metadata: an authorization endpoint, and perhaps the token and `UserInfo` endpoints.
type Provider =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// What the app keeps for a browser.
#[derive(Default)]
struct Browser {
    pending: Option<Pending>,
    session: Option<Session>,
}

/// A login in progress.
struct Pending {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

/// A login.
struct Session {
    access_token: AccessToken,
    refresh_token: Option<RefreshToken>,
    claims: CoreIdTokenClaims,
    user_info: Option<CoreUserInfoClaims>,
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// `sub` of the ID token.
    pub subject: String,
    /// The page that shows the claims of ID token and `UserInfo`.
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
    #[error("the access token does not belong to the ID token")]
    AccessTokenHash,
    #[error("the API gave no answer")]
    Api(#[source] reqwest::Error),
    #[error(transparent)]
    Claims(#[from] ClaimsVerificationError),
    #[error("the configuration is wrong: {0}")]
    Configuration(#[from] openidconnect::url::ParseError),
    #[error(transparent)]
    Discovery(#[from] DiscoveryError<HttpClientError<reqwest::Error>>),
    #[error("the metadata lack an endpoint: {0}")]
    Endpoint(#[from] ConfigurationError),
    #[error("the provider answered without a code")]
    NoCode,
    #[error("the provider returned no ID token")]
    NoIdToken,
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
    #[error(transparent)]
    Signature(#[from] SignatureVerificationError),
    #[error(transparent)]
    Signing(#[from] SigningError),
    #[error("the answer is not the one to the login of this browser")]
    State,
    #[error(transparent)]
    Token(TokenError),
    #[error(transparent)]
    UserInfo(#[from] UserInfoError<HttpClientError<reqwest::Error>>),
}

/// What the crate says of a token request that failed.
pub type TokenError = RequestTokenError<HttpClientError<reqwest::Error>, StandardErrorResponse<CoreErrorResponseType>>;

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

    /// Reads the provider's metadata and keys, once, and sets up the client.
    ///
    /// # Errors
    ///
    /// If the provider cannot be reached, or the crate does not accept its metadata.
    pub async fn discover(config: Config, http: reqwest::Client) -> Result<Self, Error> {
        let metadata = CoreProviderMetadata::discover_async(IssuerUrl::new(config.issuer)?, &http).await?;
        let secret = config.client_secret.map(ClientSecret::new);
        let provider = CoreClient::from_provider_metadata(metadata, ClientId::new(config.client_id), secret)
            .set_redirect_uri(RedirectUrl::new(config.redirect_uri)?)
            .set_auth_type(config.auth_type);
        Ok(Self {
            http,
            provider,
            scopes: config.scopes.into_iter().map(Scope::new).collect(),
            audience: config.audience,
            api_url: config.api_url,
            browsers: Mutex::default(),
        })
    }

    /// Starts a login; where to send the browser.
    pub fn begin(&self, browser: u64) -> Url {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = self
            .provider
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(self.scopes.iter().cloned())
            .set_pkce_challenge(challenge);
        if let Some(audience) = &self.audience {
            request = request.add_extra_param("audience", audience);
        }
        let (url, state, nonce) = request.url();
        self.browsers.lock().entry(browser).or_default().pending = Some(Pending { state, nonce, verifier });
        url
    }

    /// Reads the authorization response and completes the login.
    ///
    /// # Errors
    ///
    /// If the response is an error or not the one to this browser's login, or if the crate refuses what follows.
    pub async fn callback(&self, browser: u64, response: &[(String, String)]) -> Result<(), Error> {
        let param = |name| response.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let state = param("state").map(CsrfToken::new).ok_or(Error::State)?;
        let pending = self.take_pending(browser, &state)?;
        if param("error").is_some() {
            return Err(Error::Provider);
        }
        let code = param("code").map(AuthorizationCode::new).ok_or(Error::NoCode)?;

        // Now you can exchange it for an access token and ID token.
        let token_response = self
            .provider
            .exchange_code(code)?
            .set_pkce_verifier(pending.verifier)
            .request_async(&self.http)
            .await
            .map_err(Error::Token)?;

        // Extract the ID token claims after verifying its authenticity and nonce.
        let id_token = token_response.id_token().ok_or(Error::NoIdToken)?;
        let id_token_verifier = self.provider.id_token_verifier();
        let claims = id_token.claims(&id_token_verifier, &pending.nonce)?.clone();

        // Verify the access token hash to ensure that the access token hasn't been substituted for another user's.
        if let Some(expected) = claims.access_token_hash() {
            let actual = AccessTokenHash::from_token(
                token_response.access_token(),
                id_token.signing_alg()?,
                id_token.signing_key(&id_token_verifier)?,
            )?;
            if actual != *expected {
                return Err(Error::AccessTokenHash);
            }
        }

        // If available, we can use the user info endpoint to request additional information.
        let user_info = match self.provider.user_info(token_response.access_token().clone(), None) {
            Ok(request) => Some(request.request_async(&self.http).await?),
            Err(_) => None,
        };

        let session = Session {
            access_token: token_response.access_token().clone(),
            refresh_token: token_response.refresh_token().cloned(),
            claims,
            user_info,
        };
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

    /// Who is logged in, in this browser.
    pub fn user(&self, browser: u64) -> Option<User> {
        let browsers = self.browsers.lock();
        let session = browsers.get(&browser)?.session.as_ref()?;
        let page = serde_json::json!({ "id_token": session.claims, "userinfo": session.user_info });
        Some(User { subject: session.claims.subject().to_string(), page: page.to_string() })
    }

    /// Calls the API for the user of this browser.
    ///
    /// # Errors
    ///
    /// If nobody is logged in or the API gives no answer. An error status is an answer.
    pub async fn call_api(&self, browser: u64) -> Result<ApiAnswer, Error> {
        let token = self.of_session(browser, |session| session.access_token.clone())?;
        let response = self.http.get(&self.api_url).bearer_auth(token.secret()).send().await.map_err(Error::Api)?;
        let status = response.status().as_u16();
        Ok(ApiAnswer { status, body: response.text().await.map_err(Error::Api)? })
    }

    /// Uses the refresh token.
    ///
    /// # Errors
    ///
    /// If nobody is logged in, there is no refresh token, or the crate reports an error.
    pub async fn refresh(&self, browser: u64) -> Result<(), Error> {
        let token = self.of_session(browser, |session| session.refresh_token.clone())?.ok_or(Error::NoRefreshToken)?;
        let response =
            self.provider.exchange_refresh_token(&token)?.request_async(&self.http).await.map_err(Error::Refresh)?;
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
