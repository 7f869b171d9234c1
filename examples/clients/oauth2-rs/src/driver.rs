//! How Quintain operates the app: by function calls, with real HTTP on loopback.

use async_trait::async_trait;
use oauth2::{AuthType, reqwest};
use quintain::driver::{
    Answer, AuthorizationResponse, BrowserId, Capabilities, Capability, Driver, Enrolment, Launcher, Registration,
    Reply, Said, SetupError, Whoami,
};
use quintain::mock_idp::{Authority, ClientAuthMethod, Endpoint, Issuer};
use quintain::terms::{Phase, Profile, Provider, Refusal};
use url::Url;

use crate::client::{Client, Config, Error};

/// Nobody listens there: the responses are handed over by function calls.
const REDIRECT_URI: &str = "http://127.0.0.1/callback";

/// Starts apps on the crate `oauth2`.
pub struct Oauth2Launcher {
    http: reqwest::Client,
    /// Trusted by the apps; their providers speak plain http all the same.
    authority: Authority,
    capabilities: Capabilities,
}

impl Default for Oauth2Launcher {
    fn default() -> Self {
        let authority = Authority::new();
        let trusted = reqwest::Certificate::from_pem(authority.certificate_pem().as_bytes());
        let trusted = vec![trusted.expect("the authority has made it")];
        Self {
            http: Client::http(trusted).expect("an HTTP client can be made"),
            authority,
            capabilities: Capabilities::from([
                Capability::ApiCall,
                Capability::ConfigurableAudience,
                Capability::ConfigurableAuthMethod,
                Capability::ConfigurableCredentials,
                Capability::ConfigurableEndpoints,
                Capability::ConfigurableScope,
                Capability::ForcedRefresh,
                Capability::Logout,
                Capability::OfflineAccess,
            ]),
        }
    }
}

#[async_trait]
impl Launcher for Oauth2Launcher {
    fn name(&self) -> &'static str {
        "oauth2-rs"
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn profile(&self) -> Profile {
        Profile::Oauth
    }

    fn trusted_authority(&self) -> Option<&Authority> {
        Some(&self.authority)
    }

    fn registration(&self) -> Registration {
        Registration {
            client_id: "oauth2-rs".to_owned(),
            client_secret: format!("secret-{:032x}", rand::random::<u128>()),
            token_endpoint_auth_method: ClientAuthMethod::ClientSecretBasic,
            scope: "offline_access read:appointments".to_owned(),
            audience: Some("https://api.example/".to_owned()),
        }
    }

    async fn launch(
        &self,
        issuer: &Issuer,
        registration: &Registration,
        _: Option<&Enrolment>,
    ) -> Result<Box<dyn Driver>, SetupError> {
        issuer.register_client(registration.client(REDIRECT_URI));
        let method = registration.token_endpoint_auth_method;
        let config = Config {
            auth_url: issuer.url(Endpoint::Authorize),
            token_url: issuer.url(Endpoint::Token),
            client_id: registration.client_id.clone(),
            client_secret: (method != ClientAuthMethod::None).then(|| registration.client_secret.clone()),
            auth_type: match method {
                ClientAuthMethod::ClientSecretBasic => AuthType::BasicAuth,
                _ => AuthType::RequestBody,
            },
            redirect_uri: REDIRECT_URI.to_owned(),
            scopes: registration.scope.split(' ').map(str::to_owned).collect(),
            audience: registration.audience.clone(),
            api_url: issuer.url(Endpoint::Api),
        };
        match Client::new(config, self.http.clone()) {
            Ok(client) => Ok(Box::new(App(client))),
            Err(error) => {
                Err(SetupError::new("set up the client", error.to_string(), "see that every endpoint is a URL"))
            }
        }
    }
}

/// One app.
struct App(Client);

/// The step at which the app was when it stopped.
fn phase(error: &Error) -> Phase {
    match error {
        Error::NoCode | Error::NoPendingLogin | Error::Provider | Error::State => Phase::Callback,
        Error::Token(_) => Phase::Token,
        Error::Api(_) => Phase::Api,
        Error::NoRefreshToken | Error::Refresh(_) => Phase::Refresh,
        Error::NotLoggedIn => Phase::Session,
    }
}

fn with_causes(error: &Error) -> String {
    let first: &dyn std::error::Error = error;
    let chain = std::iter::successors(Some(first), |error| error.source()).map(ToString::to_string);
    chain.collect::<Vec<_>>().join(": ")
}

/// The browser sees the error as it displays itself; the report has its causes, too.
fn refused(error: &Error) -> Answer {
    let refusal = Refusal { phase: Some(phase(error)), detail: with_causes(error), ..Refusal::default() };
    Answer { said: Said::Refused(refusal), shown: error.to_string() }
}

fn ended(result: Result<(), Error>) -> Answer {
    result.map_or_else(|error| refused(&error), |()| Answer::done())
}

#[async_trait]
impl Driver for App {
    fn redirect_uri(&self) -> &'static str {
        REDIRECT_URI
    }

    async fn begin(&self, browser: BrowserId, _: Provider) -> Reply<Url> {
        Ok(self.0.begin(browser.0))
    }

    async fn callback(&self, browser: BrowserId, response: &AuthorizationResponse) -> Reply<Answer> {
        Ok(ended(self.0.callback(browser.0, &response.params).await))
    }

    async fn session(&self, browser: BrowserId) -> Reply<Whoami> {
        let user = self.0.user(browser.0);
        Ok(user.map_or(Whoami::Nobody, |user| Whoami::Somebody { subject: user.subject, shown: user.page }))
    }

    async fn call_api(&self, browser: BrowserId) -> Reply<Answer> {
        Ok(match self.0.call_api(browser.0).await {
            Ok(answer) => Answer { said: Said::Page(answer.status), shown: answer.body },
            Err(error) => refused(&error),
        })
    }

    async fn refresh(&self, browser: BrowserId) -> Reply<Answer> {
        Ok(ended(self.0.refresh(browser.0).await))
    }

    async fn log_out(&self, browser: BrowserId) -> Reply<Answer> {
        self.0.log_out(browser.0);
        Ok(Answer::done())
    }
}
