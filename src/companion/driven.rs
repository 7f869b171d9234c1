//! The explorer page beside a client of the user's own, which its driver operates.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use mock_idp::{
    App, AppRefusal, AppSettings, Companion, Deed, Described, Issuer, Operating, Operation, Recording, Request,
    Response, Starting, Visit,
};
use tokio::sync::Mutex;

use super::refusal::{LAST, told};
use super::scenario;
use crate::driver::{Driver, Launcher};
use crate::lab::{follow, name_each_other};
use crate::terms::{Answer, BrowserId, Enrolment, Failure, Provider, Reply, Said, Whoami};
use crate::text::{cut, plain};

/// A client that is started at the served provider, or at the two that it knows, and operated from their pages.
pub struct DrivenClient {
    launcher: Box<dyn Launcher>,
    /// The first one, and the second one if there is one.
    issuers: parking_lot::Mutex<Vec<Issuer>>,
    /// Held while something is done with the client: one thing at a time.
    running: Mutex<Option<Running>>,
    /// What the pages are told of it.
    app: parking_lot::Mutex<Option<App>>,
    browsers: AtomicU64,
}

struct Running {
    driver: Box<dyn Driver>,
    browser: BrowserId,
}

impl fmt::Debug for DrivenClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrivenClient").field("name", &self.launcher.name()).finish_non_exhaustive()
    }
}

impl DrivenClient {
    /// Nothing is started before the page asks for it.
    #[must_use]
    pub fn new(launcher: Box<dyn Launcher>) -> Self {
        Self {
            launcher,
            issuers: parking_lot::Mutex::default(),
            running: Mutex::default(),
            app: parking_lot::Mutex::default(),
            browsers: AtomicU64::new(0),
        }
    }

    /// Ends the client; nothing of it is left afterwards.
    pub async fn stop(&self) {
        self.app.lock().take();
        if let Some(running) = self.running.lock().await.take() {
            running.driver.stop().await;
        }
    }

    fn next_browser(&self) -> BrowserId {
        BrowserId(self.browsers.fetch_add(1, Ordering::Relaxed))
    }

    /// Which of its providers this is.
    fn place(&self, issuer: &Issuer) -> Provider {
        match self.issuers.lock().get(1) {
            Some(second) if second.identifier() == issuer.identifier() => Provider::Second,
            _ => Provider::First,
        }
    }

    /// The app as it is registered at this issuer.
    fn registered(&self, issuer: &Issuer, app: App) -> App {
        match self.place(issuer) {
            Provider::First => app,
            Provider::Second => App { client_id: self.launcher.registration().elsewhere().client_id, ..app },
        }
    }

    async fn launch(&self, issuer: &Issuer) -> Result<App, String> {
        let mut running = self.running.lock().await;
        if let Some(running) = running.take() {
            running.driver.stop().await;
        }
        let registration = self.launcher.registration();
        let (first, second) = {
            let issuers = self.issuers.lock();
            let second = issuers.get(1).cloned();
            let second = second.map(|issuer| Enrolment { issuer, registration: registration.clone().elsewhere() });
            (issuers.first().unwrap_or(issuer).clone(), second)
        };
        let launched = self.launcher.launch(&first, &registration, second.as_ref()).await;
        let driver = launched.map_err(|error| error.to_string())?;
        let is_web_app = self.launcher.driver() == "web-app";
        let home =
            url::Url::parse(driver.redirect_uri()).ok().map(|url| format!("{}/", url.origin().ascii_serialization()));
        let app = App {
            name: self.launcher.name().to_owned(),
            url: home.filter(|_| is_web_app),
            client_id: registration.client_id,
            defects: Vec::new(),
            is_operated: true,
        };
        *self.app.lock() = Some(app.clone());
        *running = Some(Running { driver, browser: self.next_browser() });
        Ok(self.registered(issuer, app))
    }

    async fn operate(&self, issuer: &Issuer, operation: Operation) -> Result<String, String> {
        let mut running = self.running.lock().await;
        let Some(client) = running.as_mut() else {
            return Err("the client does not run: load the page again".to_owned());
        };
        let told = Told { issuer, driver: self.launcher.driver() };
        let Running { driver, browser, .. } = client;
        Ok(match operation {
            Operation::LogIn { sub } => log_in(&told, &**driver, (*browser, self.place(issuer)), &sub).await,
            Operation::CallApi => told.of("call-api", driver.call_api(*browser)).await,
            Operation::Refresh => told.of("refresh", driver.refresh(*browser)).await,
            Operation::LogOut => told.of("log-out", driver.log_out(*browser)).await,
            Operation::AskWho => who(driver.session(*browser).await),
            Operation::ChangeBrowser => {
                driver.close(*browser);
                *browser = self.next_browser();
                "From here on it is a new browser.".to_owned()
            }
            other => return Err(format!("no driver can do {other:?}")),
        })
    }
}

impl Companion for DrivenClient {
    fn serves(&self, issuers: &[Issuer]) {
        if let [first, second, ..] = issuers {
            name_each_other(first, second);
        }
        *self.issuers.lock() = issuers.to_vec();
    }

    fn defects(&self) -> Vec<Described> {
        Vec::new()
    }

    fn app(&self, issuer: &Issuer) -> Option<App> {
        let app = self.app.lock().clone();
        app.map(|app| self.registered(issuer, app))
    }

    fn start<'a>(&'a self, issuer: &'a Issuer, _settings: AppSettings) -> Starting<'a> {
        Box::pin(self.launch(issuer))
    }

    fn operate<'a>(&'a self, issuer: &'a Issuer, operation: Operation) -> Operating<'a> {
        Box::pin(self.operate(issuer, operation))
    }

    fn meaning(&self, visit: &Visit) -> (String, Option<Deed>) {
        let (words, deed) = match visit.request.path.as_str() {
            // A login that gets as far as the provider is known from there.
            "log-in" => ("Log in", visit.refusal.as_ref().map(|_| Deed::LogIn { sub: None })),
            "callback" => ("Authorization response", None),
            "call-api" => ("Call the API", Some(Deed::CallApi)),
            "refresh" => ("Refresh", Some(Deed::Refresh)),
            "log-out" => ("Log out", Some(Deed::LogOut)),
            other => (other, None),
        };
        (words.to_owned(), deed)
    }

    fn scenario(&self, issuer: &Issuer, recording: &Recording) -> Result<String, String> {
        scenario::feature(self.place(issuer), recording)
    }
}

/// As a person does it: a login is begun, somebody signs in, the response arrives.
async fn log_in(told: &Told<'_>, driver: &dyn Driver, (browser, provider): (BrowserId, Provider), sub: &str) -> String {
    let began = Instant::now();
    let request = match driver.begin(browser, provider).await {
        Ok(url) => url,
        Err(failure) => return told.failed("log-in", began, Vec::new(), failure),
    };
    told.went_on("log-in", began, Vec::new(), &format!("to {}", request.origin().ascii_serialization()));
    let response = match follow(request, sub).await {
        Ok(response) => response,
        Err(why) => return format!("The provider answers with no authorization response: {why}."),
    };
    let began = Instant::now();
    let said = told.answered("callback", began, response.params.clone(), driver.callback(browser, &response).await);
    format!("{said} {}", who(driver.session(browser).await))
}

/// Tells the issuer, and with it the page, what was done with the client.
struct Told<'a> {
    issuer: &'a Issuer,
    driver: &'static str,
}

impl Told<'_> {
    async fn of(&self, what: &str, answer: impl Future<Output = Reply<Answer>>) -> String {
        let began = Instant::now();
        let answer = answer.await;
        self.answered(what, began, Vec::new(), answer)
    }

    fn answered(&self, what: &str, began: Instant, params: Vec<(String, String)>, answer: Reply<Answer>) -> String {
        match answer {
            Ok(Answer { said: Said::Refused(refusal), .. }) => {
                self.failed(what, began, params, Failure::Refused(refusal))
            }
            Ok(Answer { shown, said }) => {
                self.went_on(what, began, params, &shown);
                match said {
                    Said::BeginsAgain(_) => "The client begins another login.".to_owned(),
                    Said::Page(status) => format!("The client answers with status {status}."),
                    _ => "Done.".to_owned(),
                }
            }
            Err(failure) => self.failed(what, began, params, failure),
        }
    }

    fn went_on(&self, what: &str, began: Instant, params: Vec<(String, String)>, shown: &str) {
        self.visit(what, began, params, shown, None);
    }

    fn failed(&self, what: &str, began: Instant, params: Vec<(String, String)>, failure: Failure) -> String {
        let (said, refusal) = match failure {
            Failure::Refused(refusal) => {
                let said = format!("Refused: {}.", plain(&refusal.detail).trim_end_matches('.'));
                (said, told(&refusal))
            }
            Failure::Unsupported(capability) => return format!("The client does not declare {capability}."),
            other => {
                let said = words(&other);
                (said.clone(), AppRefusal { phase: LAST.to_owned(), reason: "failed".to_owned(), detail: said })
            }
        };
        self.visit(what, began, params, "", Some(refusal));
        said
    }

    fn visit(
        &self,
        what: &str,
        began: Instant,
        params: Vec<(String, String)>,
        shown: &str,
        refusal: Option<AppRefusal>,
    ) {
        self.issuer.record_visit(Visit {
            began,
            ended: Instant::now(),
            request: Request {
                method: self.driver.to_owned(),
                path: what.to_owned(),
                params: params.clone(),
                query: params,
                ..Request::default()
            },
            // What a driver hears is no HTTP.
            response: Response { status: 0, headers: Vec::new(), body: cut(&plain(shown)).into_owned() },
            refusal,
        });
    }
}

fn words(failure: &Failure) -> String {
    let text = match failure {
        Failure::Refused(refusal) => &refusal.detail,
        Failure::Crashed(how) | Failure::ServerError(how) => how,
        Failure::TimedOut(what) | Failure::DriverBroken(what) | Failure::Broken(what) => what,
        Failure::Unsupported(_) => "it cannot do that",
    };
    cut(&plain(text)).into_owned()
}

fn who(session: Reply<Whoami>) -> String {
    match session {
        Ok(Whoami::Nobody) => "Nobody is logged in.".to_owned(),
        Ok(Whoami::Somebody { subject: Some(subject), .. }) => format!("{} is logged in.", plain(&subject)),
        Ok(Whoami::Somebody { subject: None, shown } | Whoami::Page(shown)) => {
            format!("Somebody is logged in: {}", beginning(&plain(&shown)))
        }
        Err(failure) => words(&failure),
    }
}

/// As much of a page as fits into a line or two.
fn beginning(page: &str) -> String {
    const LONGEST: usize = 160;
    let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}
