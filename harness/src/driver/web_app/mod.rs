//! The web app driver: the harness is the browser, or operates one.

mod landings;
mod launcher;
mod port;
mod ready;
mod user_agent;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use mock_idp::Issuer;
use parking_lot::Mutex;
use url::Url;

use self::landings::Landings;
pub use self::launcher::WebAppLauncher;
use self::port::Lease;
use self::user_agent::{Browsers, Followed, Page, Setting, UserAgent, Visit, VisitError};
use crate::config::WebAppConfig;
use crate::driver::common::host_alone;
use crate::driver::common::process::ClientProcess;
use crate::driver::contract::{Driver, Renamed};
use crate::terms::{
    Answer, AuthorizationResponse, BrowserId, Capability, Failure, Hop, Outlet, Provider, Refusal, Reply, ResponseMode,
    Said, Tab, Told, Whoami,
};
use crate::text::redacted;

/// A running web app.
struct WebApp {
    config: WebAppConfig,
    whereabouts: Whereabouts,
    process: Option<ClientProcess>,
    /// Dropped after the process.
    _leases: Vec<Lease>,
    browsers: Browsers,
    agents: Mutex<HashMap<BrowserId, Arc<dyn UserAgent>>>,
    setting: Setting,
    landings: Arc<Landings>,
    /// Whether a visit had no end: such a client may be stuck for ever.
    left_unanswered: AtomicBool,
}

/// Where an instance is, and whom it knows.
struct Whereabouts {
    base: Url,
    redirect_uri: String,
    second_redirect_uri: String,
    issuer: Issuer,
    /// The second provider, and the route that starts a login there.
    second: Option<(Issuer, String)>,
    client_secret: String,
}

/// More pages than any login has before it comes to the provider.
const MOST_LOGIN_PAGES: usize = 5;
/// How long a process may take to end after it has closed its connections.
const LAST_BREATH: Duration = Duration::from_secs(1);

impl WebApp {
    fn new(
        config: WebAppConfig,
        whereabouts: Whereabouts,
        browsers: Browsers,
        process: Option<ClientProcess>,
        leases: Vec<Lease>,
        landings: Arc<Landings>,
    ) -> Self {
        let (trace, told, console) = Default::default();
        let (client, limit) = (whereabouts.base.origin(), config.app.answers_within);
        let setting = Setting { browser: BrowserId(0), client, limit, trace, told, console };
        let (agents, left_unanswered) = Default::default();
        Self { config, whereabouts, process, _leases: leases, browsers, agents, setting, landings, left_unanswered }
    }

    fn agent(&self, browser: BrowserId) -> Arc<dyn UserAgent> {
        let mut agents = self.agents.lock();
        let new = || self.browsers.user_agent(Setting { browser, ..self.setting.clone() });
        agents.entry(browser).or_insert_with(new).clone()
    }

    fn route(&self, path: &str) -> Url {
        self.whereabouts.base.join(path).unwrap_or_else(|_| self.whereabouts.base.clone())
    }

    /// Visits a page of the client and follows it as long as it stays with the client.
    async fn visit(&self, browser: BrowserId, visit: Visit) -> Reply<Followed> {
        let followed = self.reply(self.agent(browser).follow(visit).await).await?;
        self.tell(&followed);
        Ok(followed)
    }

    /// Keeps what a page says, for judging.
    fn tell(&self, followed: &Followed) {
        if let Followed::Page(page) = followed {
            self.setting.put_down_told(Outlet::Page, page.url.path().to_owned(), page.body.clone());
        }
    }

    async fn reply<T>(&self, end: Result<T, VisitError>) -> Reply<T> {
        match end {
            Ok(value) => Ok(value),
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
            VisitError::NoBrowser(what) => Failure::DriverBroken(what),
        }
    }

    /// Opens the login route, and presses the button on every page in between.
    async fn log_in_at(&self, browser: BrowserId, login: Url) -> Reply<Followed> {
        let app = &self.config.app;
        let mut followed = self.visit(browser, Visit::Open(login)).await?;
        for _ in 0..MOST_LOGIN_PAGES {
            match self.press(browser, &followed, app.login_form.as_ref(), &app.login_fields).await? {
                Some(next) => followed = next,
                None => break,
            }
        }
        Ok(followed)
    }

    /// Submits the form that the selector finds, or presses what it finds; nothing if there is no such thing.
    async fn press(
        &self,
        browser: BrowserId,
        at: &Followed,
        selector: Option<&String>,
        filled_in: &BTreeMap<String, String>,
    ) -> Reply<Option<Followed>> {
        let (Followed::Page(page), Some(selector)) = (at, selector) else { return Ok(None) };
        let Some(end) = self.agent(browser).press(page, selector, filled_in).await else { return Ok(None) };
        let followed = self.reply(end).await?;
        self.tell(&followed);
        Ok(Some(followed))
    }

    async fn page(&self, browser: BrowserId, path: &str) -> Reply<Answer> {
        let followed = self.visit(browser, Visit::Open(self.route(path))).await?;
        Ok(self.answer(followed))
    }

    /// A login by this URL of the login route, up to the authorization request.
    async fn begin_at(&self, browser: BrowserId, issuer: &Issuer, login: Url) -> Reply<Url> {
        let refused = |detail| Err(Failure::Refused(Refusal { detail, ..Refusal::default() }));
        match self.log_in_at(browser, login.clone()).await? {
            Followed::Provider(url) if url.as_str().starts_with(issuer.base_url()) => Ok(url),
            Followed::Provider(url) | Followed::Elsewhere(url) => {
                let place = format!("{}{}", url.origin().ascii_serialization(), url.path());
                // Two names of this machine are two hosts to a browser, each with its own cookies.
                let alias = if url.port_or_known_default() == self.whereabouts.base.port_or_known_default() {
                    "; it is the client by another name: its own base URL and [app] base_url have to name the same host"
                } else {
                    host_alone(&url, issuer)
                };
                let issuer = issuer.identifier();
                refused(format!("{login} leads to {place}, which is not at the issuer of this run, {issuer}{alias}"))
            }
            Followed::Page(page) => {
                let scripts = match self.browsers {
                    Browsers::Plain if page.has_scripts() => {
                        " (it has scripts; if it is for them to go on, [browser] in quintain.toml has them run)"
                    }
                    _ => "",
                };
                let words = self.words(&page);
                refused(format!("{login} answers {} and leads to no provider{scripts}: {words}", page.status))
            }
        }
    }

    /// Whether this is how the session route answers while somebody is logged in.
    fn is_somebodys(&self, page: &Page) -> bool {
        let logged_in = self.config.app.logged_in.as_ref();
        (200..300).contains(&page.status) && logged_in.is_none_or(|selector| page.words_of(selector).is_some())
    }

    fn answer(&self, followed: Followed) -> Answer {
        match followed {
            // The client asks for a new login: it has ended this attempt without success.
            Followed::Provider(url) if self.is_authorization_request(&url) => {
                let shown = format!("(redirected to {})", url.path());
                Answer { said: Said::BeginsAgain(url), shown }
            }
            Followed::Provider(url) => {
                Answer { said: Said::Page(401), shown: format!("(redirected to {})", url.path()) }
            }
            Followed::Elsewhere(url) => Answer { said: Said::Page(302), shown: format!("(redirected to {url})") },
            Followed::Page(page) => {
                let error = self.config.app.error.as_ref().and_then(|selector| page.words_of(selector));
                let said = match error {
                    Some(words) => Said::Refused(Refusal { detail: self.fit(&words), ..Refusal::default() }),
                    None => Said::Page(page.status),
                };
                Answer { said, shown: page.body }
            }
        }
    }

    /// Whether a URL is what a client sends a browser to a provider of this run with, to have somebody log in.
    fn is_authorization_request(&self, url: &Url) -> bool {
        let mut providers =
            std::iter::once(&self.whereabouts.issuer).chain(self.whereabouts.second.iter().map(|it| &it.0));
        let mut names = url.query_pairs().map(|(name, _)| name);
        providers.any(|issuer| url.as_str().starts_with(issuer.base_url()))
            && names.any(|name| ["response_type", "request_uri", "request"].contains(&&*name))
    }

    fn fell_over(&self, page: &Page) -> Failure {
        let what = format!("{} answered with status {}", page.url.path(), page.status);
        let words = self.words(page);
        Failure::ServerError(if words.is_empty() { what } else { format!("{what}: {words}") })
    }

    /// What a page says to a person, without what is nobody's business.
    fn words(&self, page: &Page) -> String {
        self.fit(&page.words())
    }

    /// A text without the credentials of this run.
    fn fit(&self, text: &str) -> String {
        let text = redacted(text, &self.whereabouts.issuer, &self.whereabouts.client_secret);
        self.whereabouts.second.iter().fold(text, |text, (issuer, _)| redacted(&text, issuer, ""))
    }
}

#[async_trait]
impl Driver for WebApp {
    fn redirect_uri(&self) -> &str {
        &self.whereabouts.redirect_uri
    }

    fn redirect_uri_at(&self, provider: Provider) -> &str {
        match provider {
            Provider::First => &self.whereabouts.redirect_uri,
            Provider::Second => &self.whereabouts.second_redirect_uri,
        }
    }

    async fn begin(&self, browser: BrowserId, provider: Provider) -> Reply<Url> {
        let (issuer, login) = match (provider, &self.whereabouts.second) {
            (Provider::First, _) => (&self.whereabouts.issuer, self.route(&self.config.app.login)),
            (Provider::Second, Some((issuer, login))) => (issuer, self.route(login)),
            (Provider::Second, None) => return Err(Failure::Unsupported(Capability::MultipleIssuers)),
        };
        self.begin_at(browser, issuer, login).await
    }

    async fn begin_returning(&self, browser: BrowserId, target: &str) -> Reply<Url> {
        let Some(parameter) = &self.config.app.return_parameter else {
            return Err(Failure::Unsupported(Capability::ReturnTarget));
        };
        let mut login = self.route(&self.config.app.login);
        login.query_pairs_mut().append_pair(parameter, target);
        self.begin_at(browser, &self.whereabouts.issuer, login).await
    }

    fn page(&self) -> Option<Url> {
        Some(self.route(&self.config.app.session))
    }

    /// The sender of an authorization response chooses what it holds: a client that answers it with 500 did not refuse,
    /// it failed. So did one that goes on to the page at which logins end, and answers there with 500. Elsewhere 500 may
    /// well be the word for a provider or an API that is down, and an error page that the callback redirects to was
    /// arrived at on purpose, whatever its status.
    async fn callback(&self, browser: BrowserId, response: &AuthorizationResponse) -> Reply<Answer> {
        let broken = |error: url::ParseError| Failure::Broken(format!("the redirect URI is no URL: {error}"));
        let mut url = Url::parse(&response.redirect_uri).map_err(broken)?;
        let callback = url.path().to_owned();
        let visit = match response.mode {
            ResponseMode::Query => {
                // RFC 6749 §3.1.2: a query that the redirect URI has stays. One that the provider has answered to is among
                // the parameters already.
                let parts = [url.query().unwrap_or_default(), &response.encoded()];
                let query = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&");
                // Without parameters there is no question mark, either.
                url.set_query(Some(query.as_str()).filter(|query| !query.is_empty()));
                Visit::Redirected(url)
            }
            ResponseMode::Fragment => {
                url.set_fragment(Some(&response.encoded()).filter(|it| !it.is_empty()).map(String::as_str));
                Visit::Redirected(url)
            }
            ResponseMode::FormPost => Visit::Posted(url, response.encoded()),
        };
        let followed = self.visit(browser, visit).await?;
        if let Followed::Page(page) = &followed
            && page.status < 400
        {
            self.landings.arrived(browser, &page.url);
        }
        let goes_on = |path: &str| path == callback || self.landings.has(path);
        match followed {
            Followed::Page(page) if page.status == 500 && goes_on(page.url.path()) => Err(self.fell_over(&page)),
            // Its own answer, not that of a page that it leads to.
            Followed::Page(page) if page.status >= 400 && page.url.path() == callback => {
                let status = page.status;
                let answer = self.answer(Followed::Page(page));
                Ok(match answer.said {
                    Said::Page(_) => {
                        let detail = format!("it answered with status {status}");
                        Answer { said: Said::Refused(Refusal { detail, ..Refusal::default() }), ..answer }
                    }
                    _ => answer,
                })
            }
            followed => Ok(self.answer(followed)),
        }
    }

    async fn session(&self, browser: BrowserId) -> Reply<Whoami> {
        let url = self.route(&self.config.app.session);
        let Followed::Page(page) = self.visit(browser, Visit::Look(url)).await? else {
            self.landings.looked(browser, false);
            return Ok(Whoami::Nobody);
        };
        // It crashed instead of saying who is logged in.
        if page.status == 500 {
            return Err(self.fell_over(&page));
        }
        let somebody = self.is_somebodys(&page);
        self.landings.looked(browser, somebody);
        Ok(if somebody { Whoami::Page(page.body) } else { Whoami::Nobody })
    }

    fn is_led_elsewhere(&self, browser: BrowserId) -> bool {
        self.landings.is_elsewhere(browser)
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
        let app = &self.config.app;
        let Some(path) = &app.logout else { return Err(Failure::Unsupported(Capability::Logout)) };
        let page = self.visit(browser, Visit::Open(self.route(path))).await?;
        let pressed = self.press(browser, &page, app.logout_form.as_ref(), &BTreeMap::new()).await?;
        if let (Followed::Page(Page { status: 200..300, .. }), Some(selector), None) =
            (&page, &app.logout_form, &pressed)
        {
            let detail = format!("[app] logout_form, {selector:?}, finds nothing on the page {path}");
            return Err(Failure::Refused(Refusal { detail, ..Refusal::default() }));
        }
        match pressed.unwrap_or(page) {
            // A page that it leads to is another one's answer: there are apps without a home page.
            Followed::Page(page) if page.url.path() != self.route(path).path() && page.status == 404 => {
                Ok(Answer { said: Said::Page(200), shown: page.body })
            }
            followed @ Followed::Page(_) => Ok(self.answer(followed)),
            // Logging out ends at the provider, or wherever the client sends the browser.
            Followed::Provider(_) | Followed::Elsewhere(_) => Ok(Answer { said: Said::Done, shown: String::new() }),
        }
    }

    async fn plant_cookies(&self, of: BrowserId, to: BrowserId) -> Reply<usize> {
        let (of, to) = (self.agent(of), self.agent(to));
        let planted = async {
            let cookies = of.cookies().await?;
            to.plant(&cookies).await?;
            Ok(cookies.len())
        };
        self.reply(planted.await).await
    }

    async fn cookie_names(&self, browser: BrowserId) -> Reply<Vec<String>> {
        let cookies = self.agent(browser).cookies().await;
        let mut names = self.reply(cookies).await?.iter().map(|cookie| cookie.name().to_owned()).collect::<Vec<_>>();
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    async fn plant_renamed(&self, cookie: Renamed<'_>, to: BrowserId) -> Reply<()> {
        let planted = async {
            let (with_value, with_name) =
                (self.agent(cookie.of).cookies().await?, self.agent(cookie.like).cookies().await?);
            let Some(value) = with_value.iter().find(|it| it.name() == cookie.value_of) else { return Ok(()) };
            // One name may stand at several paths: there is no telling which of them counts.
            let mut renamed: Vec<_> = with_name.into_iter().filter(|it| it.name() == cookie.name).collect();
            renamed.iter_mut().for_each(|it| it.set_value(value.value().to_owned()));
            self.agent(to).plant(&renamed).await
        };
        self.reply(planted.await).await
    }

    fn turn_to(&self, browser: BrowserId, tab: Tab) {
        self.agent(browser).turn_to(tab);
    }

    fn close(&self, browser: BrowserId) {
        self.agents.lock().remove(&browser);
        self.landings.forget(browser);
    }

    fn take_trace(&self) -> Vec<Hop> {
        std::mem::take(&mut *self.setting.trace.lock())
    }

    fn take_told(&self) -> Vec<Told> {
        let mut told = std::mem::take(&mut *self.setting.told.lock());
        let printed = self.process.as_ref().map_or(String::new(), ClientProcess::output);
        let console = self.setting.console.text();
        for (at, text) in
            [("what the client prints", printed), ("what its pages write to the browser's console", console)]
        {
            told.push(Told { outlet: Outlet::Output, at: at.to_owned(), text });
        }
        told
    }

    fn output(&self) -> String {
        let printed = self.process.as_ref().map_or(String::new(), ClientProcess::output);
        self.fit(&format!("{printed}{}", self.setting.console.text()))
    }

    fn forget_output(&self) {
        self.process.iter().for_each(ClientProcess::forget_output);
        self.setting.console.forget();
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
