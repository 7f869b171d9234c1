//! The web app driver: the harness is the browser.

mod form;
mod jar;
mod port;
mod user_agent;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use mock_idp::{Authority, Issuer};
use parking_lot::Mutex;
use tokio::time::Instant;
use url::Url;

use self::port::{Lease, occupied};
use self::user_agent::{Followed, UserAgent, Visit, VisitError};
use super::process::ClientProcess;
use super::text::redacted;
use super::trust::{Trust, no_files};
use super::{
    Answer, AuthorizationResponse, BrowserId, Capabilities, Capability, Cost, Driver, Enrolment, Failure, Launcher,
    Registration, Reply, ResponseMode, Said, SetupError, placeholders,
};
use crate::config::{Operated, Placeholders, Start, Template, WebAppConfig};
use crate::evidence::{Hop, Refusal, Session};
use crate::suite::{Profile, Provider};

/// Starts web apps as a `quintain.toml` says.
pub struct WebAppLauncher {
    config: WebAppConfig,
    capabilities: Capabilities,
    /// Where somebody serves https.
    trust: Option<std::io::Result<Trust>>,
}

impl WebAppLauncher {
    /// A launcher for this configuration.
    #[must_use]
    pub fn new(config: WebAppConfig) -> Self {
        let capabilities = capabilities(&config);
        let trust = config.uses_tls().then(Trust::new);
        Self { config, capabilities, trust }
    }
}

/// Declared, or evident from the configuration.
fn capabilities(config: &WebAppConfig) -> Capabilities {
    let mut capabilities: Capabilities = config.declares.iter().copied().collect();
    let mut add = |capability, holds: bool| holds.then(|| capabilities.insert(capability));
    let asks_for = |scope: &str| config.registration.scope.split(' ').any(|token| token == scope);
    add(Capability::ApiCall, config.app.api.is_some());
    add(Capability::ForcedRefresh, config.app.refresh.is_some());
    add(Capability::Logout, config.app.logout.is_some());
    add(Capability::MultipleIssuers, config.app.login_second.is_some());
    add(Capability::Openid, asks_for("openid"));
    add(Capability::OfflineAccess, asks_for("offline_access"));
    let templates = || {
        let start = match &config.operated {
            Operated::Started(start) => Some(start),
            Operated::Running(_) => None,
        };
        start.into_iter().flat_map(|start| start.env.values().chain(&start.command))
    };
    let mentions = |name: &str| templates().any(|template| template.mentions(name));
    add(Capability::ConfigurableCredentials, mentions("client_id") && mentions("client_secret"));
    add(Capability::ConfigurableScope, mentions("scope"));
    add(Capability::ConfigurableAudience, mentions("audience"));
    add(Capability::ConfigurableAuthMethod, mentions("token_endpoint_auth_method"));
    capabilities
}

#[async_trait]
impl Launcher for WebAppLauncher {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn driver(&self) -> &'static str {
        "web-app"
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn cost(&self) -> Cost {
        match &self.config.operated {
            Operated::Started(_) => Cost::Process,
            Operated::Running(provider) => Cost::Unaffordable { provider_port: provider.port.get() },
        }
    }

    fn profile(&self) -> Profile {
        self.config.profile
    }

    fn authority(&self) -> Option<&Authority> {
        let trust = self.trust.as_ref().and_then(|trust| trust.as_ref().ok());
        trust.map(|trust| &trust.authority).filter(|_| self.config.tls.provider)
    }

    fn registration(&self) -> Registration {
        let registration = Registration::of_a_run(&self.config.registration);
        match &self.config.operated {
            Operated::Started(_) => registration,
            Operated::Running(provider) => Registration {
                client_id: provider.client_id.clone(),
                client_secret: provider.client_secret.clone(),
                ..registration
            },
        }
    }

    async fn launch(
        &self,
        issuer: &Issuer,
        registration: &Registration,
        second: Option<&Enrolment>,
    ) -> Result<Box<dyn Driver>, SetupError> {
        let app = &self.config.app;
        let lease = self.lease()?;
        let mut values = Placeholders {
            port: lease.as_ref().map_or(String::new(), |lease| lease.port().to_string()),
            ..placeholders((issuer, registration), second)
        };
        if let Some(trust) = &self.trust {
            trust.as_ref().map_err(no_files)?.tell(&mut values);
        }
        let filled = |template: &Template, values: &Placeholders| {
            template
                .fill(values)
                .map_err(|error| SetupError::new("fill in the configuration", error.to_string(), "mend quintain.toml"))
        };
        values.base_url = filled(&app.base_url, &values)?;
        values.redirect_uri = format!("{}{}", values.base_url, app.callback);
        issuer.register_client(registration.client(&values.redirect_uri));
        if let Some(Enrolment { issuer, registration }) = second {
            issuer.register_client(registration.client(&values.redirect_uri));
        }
        let login_second = app.login_second.as_ref().map(|template| filled(template, &values)).transpose()?;

        let base = Url::parse(&values.base_url).map_err(|error| {
            SetupError::new("read [app] base_url", error.to_string(), "write http://127.0.0.1:{port}")
        })?;
        let process = match &self.config.operated {
            Operated::Started(start) => Some(self.start(start, &base, &values)?),
            Operated::Running(_) => None,
        };
        let web_app = WebApp {
            config: self.config.clone(),
            origin: base.origin(),
            base,
            issuer: issuer.clone(),
            second: second.map(|second| second.issuer.clone()).zip(login_second),
            client_secret: registration.client_secret.clone(),
            redirect_uri: values.redirect_uri,
            process,
            _lease: lease,
            agents: Mutex::new(HashMap::new()),
            trace: Arc::default(),
            left_unanswered: AtomicBool::new(false),
        };
        if let Err(error) = web_app.ready().await {
            web_app.stop().await;
            return Err(error);
        }
        Ok(Box::new(web_app))
    }
}

impl WebAppLauncher {
    /// The port of a client that we start; a client that runs already has its own.
    fn lease(&self) -> Result<Option<Lease>, SetupError> {
        if let Operated::Running(_) = self.config.operated {
            return Ok(None);
        }
        if !self.config.has_fixed_port() {
            let lease = Lease::of_a_free_port().ok_or_else(|| {
                SetupError::new(
                    "find a free port",
                    "none of 1000 tries was free".to_owned(),
                    "free some ports of the loopback interface",
                )
            })?;
            return Ok(Some(lease));
        }
        let fixed =
            self.config.app.base_url.fill(&Placeholders::default()).ok().and_then(|base| Url::parse(&base).ok());
        let Some(port) = fixed.and_then(|base| base.port_or_known_default()) else { return Ok(None) };
        let lease = Lease::of(port).ok_or_else(|| {
            SetupError::new(
                "start another client",
                format!(
                    "the one that runs already has the fixed port {port}, and some scenarios need a client of their own"
                ),
                CHOOSE_PORT,
            )
        })?;
        Ok(Some(lease))
    }

    fn start(&self, start: &Start, base: &Url, values: &Placeholders) -> Result<ClientProcess, SetupError> {
        if let Some(address) = occupied(base) {
            let found = format!("something else listens on {address} already");
            return Err(SetupError::new("start the client", found, &format!("stop it, or {CHOOSE_PORT}")));
        }
        ClientProcess::start(start, &self.config.folder, values)
    }
}

const CHOOSE_PORT: &str =
    "let the harness choose a free port: base_url = \"http://127.0.0.1:{port}\", and PORT = \"{port}\" in [start.env]";

/// A running web app.
struct WebApp {
    config: WebAppConfig,
    base: Url,
    origin: url::Origin,
    issuer: Issuer,
    /// The second provider, and the route that starts a login there.
    second: Option<(Issuer, String)>,
    client_secret: String,
    redirect_uri: String,
    process: Option<ClientProcess>,
    /// Dropped after the process.
    _lease: Option<Lease>,
    agents: Mutex<HashMap<BrowserId, Arc<UserAgent>>>,
    trace: Arc<Mutex<Vec<Hop>>>,
    /// Whether a visit had no end: such a client may be stuck for ever.
    left_unanswered: AtomicBool,
}

/// More pages than any login has before it comes to the provider.
const MOST_LOGIN_PAGES: usize = 5;
/// How long a process may take to end after it has closed its connections.
const LAST_BREATH: Duration = Duration::from_secs(1);

impl WebApp {
    fn agent(&self, browser: BrowserId) -> Arc<UserAgent> {
        let mut agents = self.agents.lock();
        let new = || Arc::new(UserAgent::new(browser, self.config.app.answers_within, self.trace.clone()));
        agents.entry(browser).or_insert_with(new).clone()
    }

    fn route(&self, path: &str) -> Url {
        self.base.join(path).unwrap_or_else(|_| self.base.clone())
    }

    /// Visits a page of the client and follows it as long as it stays with the client.
    async fn visit(&self, browser: BrowserId, visit: Visit) -> Reply<Followed> {
        match self.agent(browser).follow(visit, &self.origin).await {
            Ok(followed) => Ok(followed),
            Err(error) => Err(self.failure(error).await),
        }
    }

    async fn failure(&self, error: VisitError) -> Failure {
        match error {
            VisitError::TimedOut(what) => {
                self.left_unanswered.store(true, Ordering::Relaxed);
                Failure::TimedOut(what)
            }
            VisitError::NoAnswer(what) => {
                let ended = match &self.process {
                    Some(process) => process.ended_within(LAST_BREATH).await,
                    None => None,
                };
                Failure::Crashed(match ended {
                    Some(how) => format!("the client's process {how} ({what})"),
                    None => what,
                })
            }
            VisitError::TooManyRedirects(what) => Failure::Refused(Refusal {
                reason: Some("redirect-loop".to_owned()),
                detail: what,
                ..Refusal::default()
            }),
            VisitError::TooLarge(what) => Failure::Crashed(what),
        }
    }

    /// Opens the login route, and presses the button on every page in between.
    async fn log_in_at(&self, browser: BrowserId, login: Url) -> Reply<Followed> {
        let app = &self.config.app;
        let mut followed = self.visit(browser, Visit::Open(login)).await?;
        for _ in 0..MOST_LOGIN_PAGES {
            let pressed = match (&followed, &app.login_form) {
                (Followed::Page(page), Some(selector)) => form::submitted(page, selector, &app.login_fields),
                _ => None,
            };
            let Some(visit) = pressed else { break };
            followed = self.visit(browser, visit).await?;
        }
        Ok(followed)
    }

    async fn page(&self, browser: BrowserId, path: &str) -> Reply<Answer> {
        let followed = self.visit(browser, Visit::Open(self.route(path))).await?;
        Ok(answer(followed))
    }

    fn fell_over(&self, page: &user_agent::Page) -> Failure {
        let what = format!("{} answered with status {}", page.url.path(), page.status);
        let words = self.words(page);
        Failure::ServerError(if words.is_empty() { what } else { format!("{what}: {words}") })
    }

    /// What a page says to a person, without what is nobody's business.
    fn words(&self, page: &user_agent::Page) -> String {
        self.fit(&page.words())
    }

    /// A text without the credentials of this run.
    fn fit(&self, text: &str) -> String {
        let text = redacted(text, &self.issuer, &self.client_secret);
        self.second.iter().fold(text, |text, (issuer, _)| redacted(&text, issuer, ""))
    }

    /// Waits until the session route says that nobody is logged in.
    async fn ready(&self) -> Result<(), SetupError> {
        let limit = match &self.config.operated {
            Operated::Started(start) => start.ready_within,
            Operated::Running(_) => self.config.app.answers_within,
        };
        let deadline = Instant::now() + limit;
        let url = self.route(&self.config.app.session);
        let mut found = String::new();
        let mut interval = tokio::time::interval(Duration::from_millis(20));
        loop {
            interval.tick().await;
            if let Some((process, how)) = self.process.as_ref().and_then(|process| Some((process, process.ended()?))) {
                process.last_words().await;
                let advice = "see what it printed, or run the command by hand; it has to go on running, and not in the background";
                return Err(self.not_ready(&format!("the command {how} before the client answered"), advice));
            }
            let browser = UserAgent::new(BrowserId(0), self.config.app.answers_within, Arc::default());
            let asked = Instant::now();
            match tokio::time::timeout_at(deadline, browser.follow(Visit::Open(url.clone()), &self.origin)).await {
                Ok(Ok(followed)) => match self.answers_for_nobody(&url, followed) {
                    Ok(()) => return Ok(()),
                    Err(NotReady::Yet(why)) => found = why,
                    Err(NotReady::Ever(error)) => return Err(*error),
                },
                Ok(Err(VisitError::TooManyRedirects(what))) => {
                    return Err(self
                        .not_ready(&what, "see that [app] session is not the login route and that it ends somewhere"));
                }
                Ok(Err(VisitError::TimedOut(what) | VisitError::NoAnswer(what) | VisitError::TooLarge(what))) => {
                    found = what;
                }
                // A visit that has only just begun says nothing.
                Err(_) if found.is_empty() || asked.elapsed() > LAST_BREATH => found = format!("{url} is not answered"),
                Err(_) => {}
            }
            if Instant::now() >= deadline {
                let advice = match self.process {
                    Some(_) => {
                        "see that the client listens on {port} of the host in [app] base_url, that [app] session names a route \
                         that works without a login, and that [start] ready_within_seconds is long enough"
                    }
                    None => "start the client, or add a [start] section so that the harness does",
                };
                return Err(self.not_ready(&format!("not ready within {limit:?}; at last: {found}"), advice));
            }
        }
    }

    /// Whether this is how the session route answers while nobody is logged in.
    fn answers_for_nobody(&self, url: &Url, followed: Followed) -> Result<(), NotReady> {
        let never = |found: &str, advice: &str| Err(NotReady::Ever(Box::new(self.not_ready(found, advice))));
        match followed {
            Followed::Page(page) if page.status == 404 => never(
                &format!("{url} answers 404"),
                "see that [app] session names a route that exists: 2xx with the subject when logged in, another status when not",
            ),
            Followed::Page(page) if (200..300).contains(&page.status) => never(
                &format!("{url} answers {} although nobody has logged in", page.status),
                "let [app] session answer with 401 (or a redirect to the login) when nobody is logged in",
            ),
            Followed::Page(page) if page.status >= 500 => {
                Err(NotReady::Yet(format!("{url} answers {}: {}", page.status, self.words(&page))))
            }
            Followed::Page(_) | Followed::Provider(_) | Followed::Elsewhere(_) => Ok(()),
        }
    }

    fn not_ready(&self, found: &str, advice: &str) -> SetupError {
        SetupError { output: self.output(), ..SetupError::new("start the client", found.to_owned(), advice) }
    }
}

/// Why a client is not ready.
enum NotReady {
    /// It may come to be.
    Yet(String),
    /// Waiting changes nothing.
    Ever(Box<SetupError>),
}

fn answer(followed: Followed) -> Answer {
    match followed {
        // The client asks for a new login: it has ended this attempt without success.
        Followed::Provider(url) => Answer { said: Said::Page(401), shown: format!("(redirected to {})", url.path()) },
        Followed::Elsewhere(url) => Answer { said: Said::Page(302), shown: format!("(redirected to {url})") },
        Followed::Page(page) => Answer { said: Said::Page(page.status), shown: page.body },
    }
}

#[async_trait]
impl Driver for WebApp {
    fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    async fn begin(&self, browser: BrowserId, provider: Provider) -> Reply<Url> {
        let (issuer, login) = match (provider, &self.second) {
            (Provider::First, _) => (&self.issuer, self.route(&self.config.app.login)),
            (Provider::Second, Some((issuer, login))) => (issuer, self.route(login)),
            (Provider::Second, None) => return Err(Failure::Unsupported(Capability::MultipleIssuers)),
        };
        let refused = |detail| Err(Failure::Refused(Refusal { detail, ..Refusal::default() }));
        match self.log_in_at(browser, login.clone()).await? {
            Followed::Provider(url) if url.as_str().starts_with(issuer.identifier()) => Ok(url),
            Followed::Provider(url) | Followed::Elsewhere(url) => {
                let issuer = issuer.identifier();
                let place = format!("{}{}", url.origin().ascii_serialization(), url.path());
                // Two names of this machine are two hosts to a browser, with cookies of their own.
                let alias = if url.port_or_known_default() == self.base.port_or_known_default() {
                    "; it is the client by another name: its own base URL and [app] base_url have to name the same host"
                } else {
                    ""
                };
                refused(format!("{login} leads to {place}, which is not at the issuer of this run, {issuer}{alias}"))
            }
            Followed::Page(page) => {
                refused(format!("{login} answers {} and leads to no provider: {}", page.status, self.words(&page)))
            }
        }
    }

    /// What an authorization response holds is chosen by whoever sends it: a client that answers it with 500 did not
    /// refuse, it fell over. Elsewhere 500 may well be the word for a provider or an API that is down, and an error page
    /// that the callback redirects to was arrived at on purpose, whatever its status.
    async fn callback(&self, browser: BrowserId, response: &AuthorizationResponse) -> Reply<Answer> {
        let broken = |error: url::ParseError| Failure::Broken(format!("the redirect URI is no URL: {error}"));
        let mut url = Url::parse(&response.redirect_uri).map_err(broken)?;
        let callback = url.path().to_owned();
        let visit = match response.mode {
            ResponseMode::Query => {
                url.set_query(Some(&response.encoded()));
                Visit::Redirected(url)
            }
            ResponseMode::FormPost => Visit::Posted(url, response.encoded()),
        };
        match self.visit(browser, visit).await? {
            Followed::Page(page) if page.status == 500 && page.url.path() == callback => Err(self.fell_over(&page)),
            followed => Ok(answer(followed)),
        }
    }

    async fn session(&self, browser: BrowserId) -> Reply<Session> {
        let url = self.route(&self.config.app.session);
        let Followed::Page(page) = self.visit(browser, Visit::Open(url)).await? else { return Ok(Session::Nobody) };
        // It fell over instead of saying who is logged in.
        if page.status == 500 {
            return Err(self.fell_over(&page));
        }
        if !(200..300).contains(&page.status) {
            return Ok(Session::Nobody);
        }
        Ok(Session::shown(page.body))
    }

    async fn call_api(&self, browser: BrowserId) -> Reply<Answer> {
        match &self.config.app.api {
            Some(path) => self.page(browser, path).await,
            None => Err(Failure::Unsupported(Capability::ApiCall)),
        }
    }

    async fn refresh(&self, browser: BrowserId) -> Reply<Answer> {
        match &self.config.app.refresh {
            Some(path) => self.page(browser, path).await,
            None => Err(Failure::Unsupported(Capability::ForcedRefresh)),
        }
    }

    async fn log_out(&self, browser: BrowserId) -> Reply<Answer> {
        match &self.config.app.logout {
            // Logging out ends at the provider, or wherever the client sends the browser.
            Some(path) => match self.visit(browser, Visit::Open(self.route(path))).await? {
                followed @ Followed::Page(_) => Ok(answer(followed)),
                Followed::Provider(_) | Followed::Elsewhere(_) => Ok(Answer { said: Said::Done, shown: String::new() }),
            },
            None => Err(Failure::Unsupported(Capability::Logout)),
        }
    }

    fn take_trace(&self) -> Vec<Hop> {
        std::mem::take(&mut *self.trace.lock())
    }

    fn output(&self) -> String {
        let printed = self.process.as_ref().map_or(String::new(), ClientProcess::output);
        self.fit(&printed)
    }

    /// A client that was stuck once is not trusted with another scenario: a new one can be started.
    fn is_alive(&self) -> bool {
        self.process
            .as_ref()
            .is_none_or(|process| process.ended().is_none() && !self.left_unanswered.load(Ordering::Relaxed))
    }

    async fn stop(&self) {
        if let Some(process) = &self.process {
            process.stop().await;
        }
    }
}
