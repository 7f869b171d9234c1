//! One native app: what it keeps in folders, and the logins that wait for their responses.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use mock_idp::Issuer;
use parking_lot::Mutex;
use url::Url;

use super::hand_off::HandOff;
use super::last_words::last_words;
use super::loopback::{self, NoPage, Page};
use crate::config::{CommandConfig, Placeholders, Template};
use crate::driver::common::descendants::Descendants;
use crate::driver::common::process::{ClientProcess, Program};
use crate::driver::common::{SetupError, Trust, host_alone, placeholders};
use crate::driver::contract::Driver;
use crate::resources::are_exhausted;
use crate::terms::{
    Answer, AuthorizationResponse, BrowserId, Capability, Enrolment, Failure, Hop, Media, Outlet, Provider, Refusal,
    Registration, Reply, ResponseMode, Said, Span, Told, Whoami,
};
use crate::text::redacted;

/// How long an app that has shown an error page may take to end; it may also go on waiting for a better response.
const LAST_BREATH: Duration = Duration::from_secs(1);

/// A client that is made of commands.
pub(super) struct CommandClient {
    config: CommandConfig,
    /// What it keeps: a folder for each user agent, and one for each login.
    folder: PathBuf,
    values: Placeholders,
    first: Enrolment,
    second: Option<Enrolment>,
    /// Every redirect URI that has been seen, each registered.
    redirect_uris: Mutex<Vec<String>>,
    logins: Mutex<HashMap<BrowserId, Vec<Arc<Login>>>>,
    next: AtomicU64,
    trace: Mutex<Vec<Hop>>,
    output: Mutex<String>,
    told: Mutex<Vec<Told>>,
    /// A daemon that one command starts serves the others.
    descendants: Arc<Descendants>,
}

/// A login that waits for its authorization response.
struct Login {
    process: ClientProcess,
    redirect_uri: String,
    /// Whether the harness has ended it because nothing came of it.
    given_up: AtomicBool,
}

/// A command that has ended.
struct Ran {
    /// Whether its exit code was 0.
    succeeded: bool,
    /// What it printed on standard output.
    printed: String,
    /// Its last words, or how it ended.
    words: String,
}

impl CommandClient {
    pub(super) fn new(
        config: &CommandConfig,
        folder: PathBuf,
        (issuer, registration): (&Issuer, &Registration),
        second: Option<&Enrolment>,
        trust: Option<&Trust>,
    ) -> Self {
        let mut values = placeholders((issuer, registration), second);
        if let Some(trust) = trust {
            trust.tell(&mut values);
        }
        let client = Self {
            config: config.clone(),
            folder,
            values,
            first: Enrolment { issuer: issuer.clone(), registration: registration.clone() },
            second: second.cloned(),
            redirect_uris: Mutex::default(),
            logins: Mutex::default(),
            next: AtomicU64::new(1),
            trace: Mutex::default(),
            output: Mutex::default(),
            told: Mutex::default(),
            descendants: Arc::new(Descendants::new()),
        };
        client.register(config.command.redirect_uri.as_str());
        client
    }

    /// A native app may listen on any port (RFC 8252 §7.3); everything else of its redirect URI is registered.
    fn register(&self, redirect_uri: &str) {
        let but_for_its_port = |uri: &str| {
            let mut uri = Url::parse(uri).ok()?;
            uri.set_port(None).ok()?;
            Some(uri)
        };
        if but_for_its_port(redirect_uri) != but_for_its_port(self.redirect_uri()) {
            return;
        }
        let mut known = self.redirect_uris.lock();
        if known.iter().any(|known| known == redirect_uri) {
            return;
        }
        known.push(redirect_uri.to_owned());
        for Enrolment { issuer, registration } in [Some(&self.first), self.second.as_ref()].into_iter().flatten() {
            let mut client = registration.client(redirect_uri);
            client.redirect_uris.clone_from(&known);
            issuer.register_client(client);
        }
    }

    /// Before anybody has logged in.
    pub(super) async fn nobody_is_logged_in(&self) -> Result<(), SetupError> {
        let advice = "let [command] session end with an exit code other than 0 when nobody is logged in";
        let attempted = "ask the app who is logged in";
        let error = |found: String| SetupError { output: self.output(), ..SetupError::new(attempted, found, advice) };
        match self.run("session", &self.config.command.session, BrowserId(0)).await {
            Ok(ran) if ran.succeeded => {
                Err(error("`session` ends with exit code 0 although nobody has logged in".to_owned()))
            }
            Ok(_) => Ok(()),
            Err(Failure::Crashed(what) | Failure::TimedOut(what) | Failure::DriverBroken(what)) => Err(error(what)),
            Err(other) => Err(error(format!("{other:?}"))),
        }
    }

    /// A command for one user agent.
    fn program(&self, words: &[Template], browser: BrowserId) -> Result<Program, Failure> {
        let state = self.folder.join(format!("ua-{}", browser.0));
        fs::create_dir_all(&state).map_err(|error| lost("the folder {state_dir} cannot be made", &error))?;
        let values = Placeholders { state_dir: state.to_string_lossy().into_owned(), ..self.values.clone() };
        let config = &self.config;
        let program = Program::new(words, &config.command.env, &config.folder, &values).map_err(not_started)?;
        Ok(program.among(&self.descendants))
    }

    /// Runs a command to its end.
    async fn run(&self, name: &str, words: &[Template], browser: BrowserId) -> Reply<Ran> {
        let began = Instant::now();
        let process = ClientProcess::run(&self.program(words, browser)?).map_err(not_started)?;
        let ran = self.end_of(name, &process, self.config.command.answers_within).await;
        self.trace(name, browser, began, &ran);
        ran
    }

    /// Waits for the end of a command; nothing of it is left then.
    async fn end_of(&self, name: &str, process: &ClientProcess, limit: Duration) -> Reply<Ran> {
        let ended = process.ended_within(limit).await;
        process.stop().await;
        let (printed, errors) = (process.result(), process.output());
        self.keep(&errors);
        self.told.lock().push(Told { outlet: Outlet::Output, at: name.to_owned(), text: printed.clone() });
        let Some(how) = ended else {
            return Err(Failure::TimedOut(format!("`{name}` did not end within {limit:?}")));
        };
        match process.status().and_then(|status| status.code()) {
            Some(code) => {
                let last = last_words(&errors).or_else(|| last_words(&printed));
                let words = last.map_or_else(|| format!("`{name}` {how}"), |words| self.fit(&words));
                Ok(Ran { succeeded: code == 0, printed, words })
            }
            None => Err(Failure::Crashed(format!("`{name}` {how}"))),
        }
    }

    /// The end of what all the commands have printed as errors.
    fn keep(&self, errors: &str) {
        const KEPT: usize = 16 << 10;
        let mut output = self.output.lock();
        output.push_str(errors);
        let surplus = output.len().saturating_sub(KEPT);
        let cut = output.char_indices().map(|(at, _)| at).find(|at| *at >= surplus).unwrap_or(0);
        output.drain(..cut);
    }

    fn trace(&self, name: &str, browser: BrowserId, began: Instant, ran: &Reply<Ran>) {
        let request = format!("{name} ua-{}", browser.0);
        let response = match ran {
            Ok(ran) if ran.succeeded => "exit code 0".to_owned(),
            Ok(ran) => format!("refused: {}", ran.words),
            Err(failure) => format!("{failure:?}"),
        };
        let response = self.fit(&response);
        self.trace.lock().push(Hop {
            browser,
            when: Span::since(began),
            request,
            response,
            urls: Vec::new(),
            media: Media::Words,
        });
    }

    /// Starts a login and waits for the browser that it opens.
    async fn open(&self, words: &[Template], browser: BrowserId) -> Reply<(ClientProcess, String)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let hand_off = HandOff::new(self.folder.join(format!("login-{number}")))
            .map_err(|error| lost("no browser can be made for the app", &error))?;
        let program = self.program(words, browser)?;
        let program = program.env("BROWSER", hand_off.browser()).env("PATH", hand_off.path());
        let process = ClientProcess::run(&program).map_err(not_started)?;
        let limit = self.config.command.answers_within;
        let opened = tokio::select! {
            biased;
            url = hand_off.url() => Some(url),
            _ = process.ended_within(limit) => None,
        };
        match opened {
            Some(Ok(url)) => Ok((process, url)),
            Some(Err(error)) => Err(lost("the app's browser cannot be heard", &error)),
            None => match self.end_of("login", &process, Duration::ZERO).await {
                Ok(ran) => Err(refused(format!("it opened no browser: {}", ran.words))),
                Err(Failure::TimedOut(_)) => {
                    Err(Failure::TimedOut(format!("`login` opened no browser within {limit:?}")))
                }
                Err(failure) => Err(failure),
            },
        }
    }

    /// The login of this user agent that listens where the response goes; or the newest one, which somebody else's
    /// response is sent to.
    fn waiting(&self, browser: BrowserId, redirect_uri: &str) -> Option<Arc<Login>> {
        let logins = self.logins.lock();
        let waiting = logins.get(&browser)?;
        waiting.iter().find(|login| is_same_url(&login.redirect_uri, redirect_uri)).or(waiting.last()).cloned()
    }

    fn forget(&self, browser: BrowserId, login: &Arc<Login>) {
        if let Some(waiting) = self.logins.lock().get_mut(&browser) {
            waiting.retain(|other| !Arc::ptr_eq(other, login));
        }
    }

    /// What became of a login, by the page that it showed and by its end.
    async fn outcome(&self, browser: BrowserId, login: &Arc<Login>, page: Result<Page, NoPage>) -> Reply<Answer> {
        let limit = self.config.command.answers_within;
        let patience = match &page {
            Ok(page) if page.status.as_u16() < 400 => limit,
            _ => LAST_BREATH,
        };
        let goes_on = login.process.ended_within(patience).await.is_none();
        match page {
            // It has said no, and waits for a better response.
            Ok(page) if goes_on && page.status.as_u16() >= 400 => {
                return Ok(Answer { said: Said::Page(page.status.as_u16()), shown: page.body });
            }
            Err(NoPage::NobodyListens) if goes_on => return Ok(Answer::refused(nobody_listens(&login.redirect_uri))),
            Err(NoPage::Closed(how)) if goes_on => {
                return Err(Failure::Crashed(format!("the app closed the connection and goes on running: {how}")));
            }
            _ if goes_on => {
                self.forget(browser, login);
                login.given_up.store(true, Ordering::Relaxed);
                login.process.stop().await;
                let what = if page.is_ok() { "`login` did not end" } else { "the redirect URI was not answered" };
                return Err(Failure::TimedOut(format!("{what} within {limit:?}")));
            }
            // Two responses are delivered at once, and the other one has waited for long enough.
            _ if login.given_up.load(Ordering::Relaxed) => {
                return Err(Failure::TimedOut(format!("`login` did not end within {limit:?}")));
            }
            _ => {}
        }
        let ran = self.end_of("login", &login.process, Duration::ZERO).await;
        self.forget(browser, login);
        let shown = page.map_or(String::new(), |page| page.body);
        match ran? {
            Ran { succeeded: true, .. } => Ok(Answer { said: Said::Done, shown }),
            Ran { words, .. } => Ok(Answer { said: Said::Refused(refusal(words)), shown }),
        }
    }

    /// A command that ends with yes or no.
    async fn answer(
        &self,
        name: &str,
        words: Option<&Vec<Template>>,
        browser: BrowserId,
        capability: Capability,
    ) -> Reply<Answer> {
        let ran = self.run(name, words.ok_or(Failure::Unsupported(capability))?, browser).await?;
        let said = if ran.succeeded { Said::Done } else { Said::Refused(refusal(ran.words)) };
        Ok(Answer { said, shown: ran.printed })
    }

    /// A text without the credentials of this run.
    fn fit(&self, text: &str) -> String {
        let enrolments = [Some(&self.first), self.second.as_ref()].into_iter().flatten();
        enrolments.fold(text.to_owned(), |text, Enrolment { issuer, registration }| {
            redacted(&text, issuer, &registration.client_secret)
        })
    }
}

/// The harness has made these folders for the app, and nobody but the app was there since.
fn lost(what: &str, error: &std::io::Error) -> Failure {
    if are_exhausted(error) {
        return Failure::DriverBroken(format!("{what}: {error}"));
    }
    Failure::Crashed(format!("{what}, so the app has done away with what it was given: {error}"))
}

fn not_started(error: SetupError) -> Failure {
    Failure::DriverBroken(error.found)
}

fn refusal(detail: String) -> Refusal {
    Refusal { detail, ..Refusal::default() }
}

fn refused(detail: String) -> Failure {
    Failure::Refused(refusal(detail))
}

/// Whether two texts are the same URL: a browser writes one without a path with a slash at its end.
fn is_same_url(a: &str, b: &str) -> bool {
    a == b || matches!((Url::parse(a), Url::parse(b)), (Ok(a), Ok(b)) if a == b)
}

fn nobody_listens(redirect_uri: &str) -> Refusal {
    refusal(format!("nobody listens at {redirect_uri}"))
}

#[async_trait]
impl Driver for CommandClient {
    fn redirect_uri(&self) -> &str {
        self.config.command.redirect_uri.as_str()
    }

    fn loopback_redirect_uris(&self) -> Vec<String> {
        self.redirect_uris.lock().clone()
    }

    async fn begin(&self, browser: BrowserId, provider: Provider) -> Reply<Url> {
        let command = &self.config.command;
        let (words, issuer) = match (provider, &command.login_second, &self.second) {
            (Provider::First, ..) => (&command.login, &self.first.issuer),
            (Provider::Second, Some(words), Some(second)) => (words, &second.issuer),
            (Provider::Second, ..) => return Err(Failure::Unsupported(Capability::MultipleIssuers)),
        };
        let began = Instant::now();
        let (process, opened) = self.open(words, browser).await?;
        let url = match Url::parse(opened.trim()) {
            Ok(url) if url.as_str().starts_with(issuer.base_url()) => url,
            _ => {
                process.stop().await;
                let request = format!("login ua-{}", browser.0);
                let (response, urls) = ("opens another page".to_owned(), vec![opened.clone()]);
                self.trace.lock().push(Hop {
                    browser,
                    when: Span::since(began),
                    request,
                    response,
                    urls,
                    media: Media::Words,
                });
                let hint = Url::parse(&opened).map_or("", |url| host_alone(&url, issuer));
                let issuer = issuer.identifier();
                return Err(refused(format!(
                    "`login` opens {opened:?}, which is not at the issuer of this run, {issuer}{hint}"
                )));
            }
        };
        let redirect_uri = url.query_pairs().find(|(name, _)| name == "redirect_uri");
        let redirect_uri = redirect_uri.map_or(String::new(), |(_, uri)| uri.into_owned());
        self.register(&redirect_uri);
        let response = format!("opens {}", issuer.identifier());
        self.trace.lock().push(Hop {
            browser,
            when: Span::since(began),
            request: format!("login ua-{}", browser.0),
            response,
            // To the byte: the program that opens it may read it differently than a parser of URLs.
            urls: vec![opened],
            media: Media::Words,
        });
        self.logins.lock().entry(browser).or_default().push(Arc::new(Login {
            process,
            redirect_uri,
            given_up: AtomicBool::new(false),
        }));
        Ok(url)
    }

    async fn callback(&self, browser: BrowserId, response: &AuthorizationResponse) -> Reply<Answer> {
        let Some(login) = self.waiting(browser, &response.redirect_uri) else {
            return Ok(Answer::refused(nobody_listens(&response.redirect_uri)));
        };
        let Ok(mut url) = Url::parse(&login.redirect_uri) else {
            let detail = format!("the app has asked for a response at {:?}, which is no URL", login.redirect_uri);
            return Ok(Answer::refused(refusal(detail)));
        };
        let form = match response.mode {
            ResponseMode::Query => {
                url.set_query(Some(&response.encoded()));
                None
            }
            // The browser keeps it to itself.
            ResponseMode::Fragment => None,
            ResponseMode::FormPost => Some(response.encoded()),
        };
        let request = format!("{} {}", if form.is_some() { "POST" } else { "GET" }, url.path());
        let began = Instant::now();
        let page = loopback::deliver(url, form, self.config.command.answers_within).await;
        if let Ok(page) = &page {
            let told = Told { outlet: Outlet::Page, at: "the redirect URI".to_owned(), text: page.body.clone() };
            self.told.lock().push(told);
        }
        let (response, urls) = match &page {
            Ok(page) => (page.status.to_string(), page.redirects.clone()),
            Err(why) => (format!("{why:?}"), Vec::new()),
        };
        self.trace.lock().push(Hop { browser, when: Span::since(began), request, response, urls, media: Media::Words });
        self.outcome(browser, &login, page).await
    }

    async fn stray_requests(&self, browser: BrowserId) -> Reply<bool> {
        let newest = self.logins.lock().get(&browser).and_then(|waiting| waiting.last().cloned());
        let Some(login) = newest else { return Ok(false) };
        let redirect_uri = Url::parse(&login.redirect_uri)
            .map_err(|error| Failure::Broken(format!("the redirect URI is no URL: {error}")))?;
        let began = Instant::now();
        loopback::stray(&redirect_uri).await;
        let request = format!("GET /favicon.ico, HEAD {0}, GET {0}", redirect_uri.path());
        let response = "whatever it was".to_owned();
        self.trace.lock().push(Hop {
            browser,
            when: Span::since(began),
            request,
            response,
            urls: Vec::new(),
            media: Media::Words,
        });
        Ok(false)
    }

    async fn session(&self, browser: BrowserId) -> Reply<Whoami> {
        let ran = self.run("session", &self.config.command.session, browser).await?;
        if !ran.succeeded {
            return Ok(Whoami::Nobody);
        }
        Ok(Whoami::Page(ran.printed))
    }

    async fn call_api(&self, browser: BrowserId) -> Reply<Answer> {
        self.answer("api", self.config.command.api.as_ref(), browser, Capability::ApiCall).await
    }

    async fn refresh(&self, browser: BrowserId) -> Reply<Answer> {
        self.answer("refresh", self.config.command.refresh.as_ref(), browser, Capability::ForcedRefresh).await
    }

    async fn log_out(&self, browser: BrowserId) -> Reply<Answer> {
        self.answer("logout", self.config.command.logout.as_ref(), browser, Capability::Logout).await
    }

    fn take_trace(&self) -> Vec<Hop> {
        std::mem::take(&mut *self.trace.lock())
    }

    fn take_told(&self) -> Vec<Told> {
        let mut told = std::mem::take(&mut *self.told.lock());
        told.push(Told {
            outlet: Outlet::Output,
            at: "the client's standard error".to_owned(),
            text: self.output.lock().clone(),
        });
        told
    }

    fn output(&self) -> String {
        self.fit(&self.output.lock())
    }

    fn forget_output(&self) {
        self.output.lock().clear();
    }

    /// Logins that nobody has answered still wait.
    async fn stop(&self) {
        let logins: Vec<_> = self.logins.lock().drain().flat_map(|(_, logins)| logins).collect();
        for login in logins {
            login.process.stop().await;
        }
        self.descendants.end();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
