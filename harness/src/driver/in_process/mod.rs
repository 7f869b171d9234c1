//! The in-process driver: the reference client, operated by function calls, with real HTTP on loopback.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use client_under_test::{
    Behaviour, BrowserId as ClientBrowser, Client, Clock, Config, CookieName, Defect, Secret, TokenEndpointAuthMethod,
    Variation,
};
use mock_idp::{Authority, ClientAuthMethod, Endpoint, Issuer};
use parking_lot::Mutex;
use reqwest::Certificate;
use url::Url;

use crate::driver::common::SetupError;
use crate::driver::contract::{Driver, Launcher, Renamed};
use crate::terms::{
    Answer, AuthorizationResponse, BrowserId, Capabilities, Capability, Enrolment, Failure, Outlet, Phase, Provider,
    Refusal, Registration, Reply, Said, Told, Whoami,
};
use crate::text::resolved;

/// Where the reference client would be served; nobody listens there, the responses are handed over by function calls.
const REDIRECT_URI: &str = "http://127.0.0.1/callback";

/// Starts reference clients, all of which behave the same.
pub struct InProcessLauncher {
    name: String,
    behaviour: Behaviour,
    /// Trusted by the clients, which costs a lab no more than a certificate: its providers speak plain http.
    authority: Authority,
    http: reqwest::Client,
    capabilities: Capabilities,
}

impl InProcessLauncher {
    /// A launcher; without defects the client is correct.
    #[must_use]
    pub fn new(defects: &[Defect]) -> Self {
        Self::with(defects, &[])
    }

    /// A launcher of correct clients that do some things otherwise than usual.
    #[must_use]
    pub fn varied(variations: &[Variation]) -> Self {
        Self::with(&[], variations)
    }

    /// A launcher of clients with defects and lawful variations.
    #[must_use]
    pub fn with(defects: &[Defect], variations: &[Variation]) -> Self {
        let defective = defects.iter().map(|defect| defect.name());
        let names: Vec<_> = defective.chain(variations.iter().map(|variation| variation.name())).collect();
        let behaviour =
            Behaviour { defects: defects.iter().copied().collect(), variations: variations.iter().copied().collect() };
        let authority = Authority::new();
        let trusted = Certificate::from_pem(authority.certificate_pem().as_bytes()).expect("the authority has made it");
        Self {
            name: if names.is_empty() {
                "reference client".to_owned()
            } else {
                format!("reference client that {}", names.join(", "))
            },
            http: behaviour.http(vec![trusted]).no_proxy().build().expect("an HTTP client that trusts one authority"),
            behaviour,
            authority,
            capabilities: Capabilities::from([
                Capability::ApiCall,
                Capability::ConfigurableAudience,
                Capability::ConfigurableAuthMethod,
                Capability::ConfigurableCredentials,
                Capability::ConfigurableScope,
                Capability::Cookies,
                Capability::ForcedRefresh,
                Capability::Logout,
                Capability::MovableClock,
                Capability::MultipleIssuers,
                Capability::OfflineAccess,
                Capability::Openid,
                Capability::ReactiveRefresh,
                Capability::ReturnTarget,
                Capability::Rfc9207,
                Capability::ShowsClaims,
            ]),
        }
    }
}

#[async_trait]
impl Launcher for InProcessLauncher {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn trusted_authority(&self) -> Option<&Authority> {
        Some(&self.authority)
    }

    fn registration(&self) -> Registration {
        Registration {
            client_id: "reference-client".to_owned(),
            client_secret: format!("secret-{:032x}", rand::random::<u128>()),
            token_endpoint_auth_method: match self.behaviour.variations.token_endpoint_auth_method() {
                TokenEndpointAuthMethod::ClientSecretBasic => ClientAuthMethod::ClientSecretBasic,
                TokenEndpointAuthMethod::ClientSecretPost => ClientAuthMethod::ClientSecretPost,
                TokenEndpointAuthMethod::None => ClientAuthMethod::None,
            },
            scope: "openid profile offline_access read:appointments".to_owned(),
            audience: Some("https://api.example/".to_owned()),
        }
    }

    async fn launch(
        &self,
        issuer: &Issuer,
        registration: &Registration,
        second: Option<&Enrolment>,
    ) -> Result<Box<dyn Driver>, SetupError> {
        let clock = Clock::system();
        let first = config(issuer, registration);
        let mut client = Client::new(first, self.http.clone(), clock.clone(), self.behaviour.clone());
        if let Some(Enrolment { issuer, registration }) = second {
            client = client.also_at(config(issuer, registration));
        }
        let second = second.map(|second| second.issuer.identifier().to_owned());
        Ok(Box::new(InProcess {
            client,
            clock,
            second,
            browsers: Mutex::default(),
            led: Mutex::default(),
            told: Mutex::default(),
        }))
    }
}

/// Registers the client, and tells it what its operator would.
fn config(issuer: &Issuer, registration: &Registration) -> Config {
    issuer.register_client(registration.client(REDIRECT_URI));
    Config {
        issuer: issuer.identifier().to_owned(),
        client_id: registration.client_id.clone(),
        client_secret: Secret::new(registration.client_secret.clone()),
        token_endpoint_auth_method: match registration.token_endpoint_auth_method {
            ClientAuthMethod::ClientSecretPost => TokenEndpointAuthMethod::ClientSecretPost,
            ClientAuthMethod::None => TokenEndpointAuthMethod::None,
            ClientAuthMethod::ClientSecretBasic => TokenEndpointAuthMethod::ClientSecretBasic,
        },
        redirect_uri: REDIRECT_URI.to_owned(),
        post_logout_redirect_uri: None,
        scope: registration.scope.clone(),
        audience: registration.audience.clone(),
        api_url: issuer.url(Endpoint::Api),
        time_limit: Duration::from_secs(10),
    }
}

/// One reference client.
struct InProcess {
    client: Client,
    clock: Clock,
    /// The issuer identifier of the second provider.
    second: Option<String>,
    /// Which cookie each browser holds.
    browsers: Mutex<HashMap<BrowserId, ClientBrowser>>,
    /// Where each browser was sent last, until somebody asks.
    led: Mutex<HashMap<BrowserId, String>>,
    /// What a browser would have been told beside that.
    told: Mutex<Vec<Told>>,
}

impl InProcess {
    fn cookie(&self, browser: BrowserId) -> Option<ClientBrowser> {
        self.browsers.lock().get(&browser).cloned()
    }

    fn set_cookie(&self, browser: BrowserId, cookie: ClientBrowser) {
        self.browsers.lock().insert(browser, cookie);
    }

    async fn begin_at(&self, browser: BrowserId, provider: Provider, target: Option<&str>) -> Reply<Url> {
        let issuer = match (provider, &self.second) {
            (Provider::First, _) => None,
            (Provider::Second, Some(issuer)) => Some(issuer.as_str()),
            (Provider::Second, None) => return Err(Failure::Unsupported(Capability::MultipleIssuers)),
        };
        match self.client.begin_returning(self.cookie(browser).as_ref(), issuer, target).await {
            Ok(begun) => {
                self.set_cookie(browser, begun.browser);
                self.led.lock().insert(browser, begun.location);
                Ok(begun.authorization_request)
            }
            Err(error) if error.is_crash() => Err(Failure::ServerError(error.to_string())),
            Err(error) => Err(Failure::Refused(refusal(&error))),
        }
    }

    /// What needs a session is refused without a cookie, as the client's web module does.
    fn known(&self, browser: BrowserId) -> Result<ClientBrowser, Refusal> {
        self.cookie(browser).ok_or_else(|| Refusal {
            by: None,
            phase: Some(Phase::Session),
            reason: Some("not-logged-in".to_owned()),
            detail: "nobody is logged in, in this browser".to_owned(),
        })
    }
}

/// A URL of the client, as a browser makes one of a location.
fn own_url(location: &str) -> Option<Url> {
    resolved(&Url::parse(REDIRECT_URI).ok()?, location)
}

/// A refusal of the reference client in the words that all clients share.
#[must_use]
pub fn refusal(refusal: &client_under_test::Refusal) -> Refusal {
    use client_under_test::Phase as Theirs;
    let phase = match refusal.phase() {
        Theirs::Discovery => Phase::Discovery,
        Theirs::Authorize => Phase::Authorize,
        Theirs::Callback => Phase::Callback,
        Theirs::Token => Phase::Token,
        Theirs::IdToken => Phase::IdToken,
        Theirs::Userinfo => Phase::Userinfo,
        Theirs::Api => Phase::Api,
        Theirs::Refresh => Phase::Refresh,
        Theirs::Session => Phase::Session,
    };
    Refusal { by: None, phase: Some(phase), reason: Some(refusal.name().to_owned()), detail: refusal.to_string() }
}

/// A refusal as an answer; a client that would answer 500 to it has crashed.
fn refused(theirs: &client_under_test::Refusal) -> Reply<Answer> {
    let ours = refusal(theirs);
    if theirs.is_crash() {
        return Err(Failure::ServerError(ours.detail));
    }
    Ok(Answer::refused(ours))
}

#[async_trait]
impl Driver for InProcess {
    fn redirect_uri(&self) -> &str {
        REDIRECT_URI
    }

    async fn begin(&self, browser: BrowserId, provider: Provider) -> Reply<Url> {
        self.begin_at(browser, provider, None).await
    }

    async fn begin_returning(&self, browser: BrowserId, target: &str) -> Reply<Url> {
        self.begin_at(browser, Provider::First, Some(target)).await
    }

    fn page(&self) -> Option<Url> {
        own_url("/me")
    }

    fn led_to(&self, browser: BrowserId) -> Option<String> {
        self.led.lock().remove(&browser)
    }

    async fn callback(&self, browser: BrowserId, response: &AuthorizationResponse) -> Reply<Answer> {
        let pairs = client_under_test::AuthorizationResponse::from_pairs(response.params.clone());
        match self.client.callback(self.cookie(browser).as_ref(), pairs).await {
            Ok(logged_in) => {
                if let Some(text) = self.client.further_cookie(&logged_in.browser) {
                    let at = "set-cookie of the callback".to_owned();
                    self.told.lock().push(Told { outlet: Outlet::Header, at, text });
                }
                self.set_cookie(browser, logged_in.browser);
                if let Some(url) = own_url(&logged_in.target) {
                    self.led.lock().insert(browser, url.into());
                }
                Ok(Answer::done())
            }
            Err(error) => match self.client.begin_again(self.cookie(browser).as_ref(), &error).await {
                Some(begun) => {
                    self.set_cookie(browser, begun.browser);
                    Ok(Answer { said: Said::BeginsAgain(begun.authorization_request), shown: String::new() })
                }
                None => refused(&error),
            },
        }
    }

    async fn session(&self, browser: BrowserId) -> Reply<Whoami> {
        let Some(profile) = self.cookie(browser).and_then(|cookie| self.client.session(&cookie)) else {
            return Ok(Whoami::Nobody);
        };
        let shown = serde_json::to_string(&profile.claims).unwrap_or_default();
        Ok(Whoami::Somebody { subject: profile.subject, shown })
    }

    async fn call_api(&self, browser: BrowserId) -> Reply<Answer> {
        let cookie = match self.known(browser) {
            Ok(cookie) => cookie,
            Err(refusal) => return Ok(Answer { said: Said::Refused(refusal), shown: String::new() }),
        };
        match self.client.call_api(&cookie).await {
            Ok(answer) => Ok(Answer { said: Said::Page(answer.status), shown: answer.body }),
            Err(error) => refused(&error),
        }
    }

    async fn refresh(&self, browser: BrowserId) -> Reply<Answer> {
        let cookie = match self.known(browser) {
            Ok(cookie) => cookie,
            Err(refusal) => return Ok(Answer { said: Said::Refused(refusal), shown: String::new() }),
        };
        match self.client.refresh(&cookie).await {
            Ok(()) => Ok(Answer::done()),
            Err(error) => refused(&error),
        }
    }

    async fn log_out(&self, browser: BrowserId) -> Reply<Answer> {
        if let Some(cookie) = self.cookie(browser) {
            self.client.logout(&cookie).await;
            if self.client.clears_cookie() {
                self.browsers.lock().remove(&browser);
            }
        }
        Ok(Answer::done())
    }

    async fn plant_cookies(&self, of: BrowserId, to: BrowserId) -> Reply<usize> {
        let Some(cookie) = self.cookie(of) else { return Ok(0) };
        self.set_cookie(to, cookie);
        Ok(1)
    }

    async fn cookie_names(&self, browser: BrowserId) -> Reply<Vec<String>> {
        Ok(self.cookie(browser).map(|cookie| cookie.name().as_str().to_owned()).into_iter().collect())
    }

    async fn plant_renamed(&self, cookie: Renamed<'_>, to: BrowserId) -> Reply<()> {
        let name = CookieName::ALL.into_iter().find(|name| name.as_str() == cookie.name);
        if let (Some(value), Some(name)) = (self.cookie(cookie.of), name) {
            self.set_cookie(to, value.under(name));
        }
        Ok(())
    }

    fn take_told(&self) -> Vec<Told> {
        let mut told = std::mem::take(&mut *self.told.lock());
        told.push(Told { outlet: Outlet::Output, at: "the client's log".to_owned(), text: self.client.take_log() });
        told
    }

    async fn advance(&self, seconds: i64) -> bool {
        self.clock.advance(seconds);
        true
    }
}
