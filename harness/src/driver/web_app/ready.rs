//! When a web app that has been started is ready.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::user_agent::{Followed, Setting, Visit, VisitError};
use super::{LAST_BREATH, WebApp};
use crate::config::Operated;
use crate::driver::common::SetupError;
use crate::driver::contract::Driver as _;

/// How much longer than twice its usual time an app may answer that it is in trouble, before that is how it starts.
const PATIENCE: Duration = Duration::from_secs(1);

/// How an app has started.
pub(super) enum Ready {
    /// It says that nobody is logged in. For so long it did not.
    ForNobody(Duration),
    /// It answers, and has trouble with its provider.
    InTrouble,
}

/// Why a client is not ready.
enum NotReady {
    /// It may come to be.
    Yet(String),
    /// It answers that it has no such page. There are apps that listen before their routes are there.
    NoSuchPage(String),
    /// It answers that something is wrong on its side.
    InTrouble(String),
    /// Waiting changes nothing.
    Ever(Box<SetupError>),
}

impl WebApp {
    /// Waits until the session route says that nobody is logged in. `usual`: how long that has taken where it came to be; an
    /// app that answers with an error of its own for much longer has started, and has trouble with its provider.
    pub(super) async fn ready(&self, usual: Option<Duration>) -> Result<Ready, SetupError> {
        let began = Instant::now();
        let limit = match &self.config.operated {
            Operated::Started(start) => start.ready_within,
            Operated::Running(_) => self.config.app.answers_within,
        };
        let deadline = Instant::now() + limit;
        let url = self.route(&self.config.app.session);
        // What is seen on the way is nobody's evidence.
        let browser =
            self.browsers.user_agent(Setting { trace: Arc::default(), told: Arc::default(), ..self.setting.clone() });
        let mut found = NotReady::Yet(format!("{url} is not answered"));
        let mut interval = tokio::time::interval(Duration::from_millis(20));
        loop {
            interval.tick().await;
            if let Some((process, how)) = self.process.as_ref().and_then(|process| Some((process, process.ended()?))) {
                process.last_words().await;
                let advice = "see what it printed, or run the command by hand; it has to go on running, and not in the background";
                return Err(self.not_ready(&format!("the command {how} before the client answered"), advice));
            }
            let asked = Instant::now();
            match tokio::time::timeout_at(deadline, browser.follow(Visit::Open(url.clone()))).await {
                Ok(Ok(followed)) => match self.answers_for_nobody(&url, followed) {
                    Ok(()) => return Ok(Ready::ForNobody(began.elapsed())),
                    Err(NotReady::InTrouble(_))
                        if usual.is_some_and(|usual| began.elapsed() > usual * 2 + PATIENCE) =>
                    {
                        return Ok(Ready::InTrouble);
                    }
                    Err(NotReady::Ever(error)) => return Err(*error),
                    Err(not_ready) => found = not_ready,
                },
                // At a provider in trouble, it may lead from one of its pages to the other without end. It runs.
                Ok(Err(VisitError::TooManyRedirects(_))) if usual.is_some() => return Ok(Ready::InTrouble),
                Ok(Err(VisitError::TooManyRedirects(what))) => {
                    return Err(self
                        .not_ready(&what, "see that [app] session is not the login route and that it ends somewhere"));
                }
                Ok(Err(VisitError::NoBrowser(what))) => {
                    return Err(self.not_ready(
                        &what,
                        "see that [browser] command starts a browser that stays, and that settled is a CSS selector",
                    ));
                }
                Ok(Err(VisitError::TimedOut(what) | VisitError::NoAnswer(what) | VisitError::TooLarge(what))) => {
                    found = NotReady::Yet(what);
                }
                // A visit that has only just begun says nothing.
                Err(_) if asked.elapsed() > LAST_BREATH => found = NotReady::Yet(format!("{url} is not answered")),
                Err(_) => {}
            }
            if Instant::now() >= deadline {
                return Err(self.not_ready_in_time(limit, found));
            }
        }
    }

    /// Whether this is how the session route answers while nobody is logged in.
    fn answers_for_nobody(&self, url: &Url, followed: Followed) -> Result<(), NotReady> {
        let never = |found: &str, advice: &str| Err(NotReady::Ever(Box::new(self.not_ready(found, advice))));
        match followed {
            // Where it leads to another page, its routes are there.
            Followed::Page(page) if page.status == 404 && page.url.path() == url.path() => {
                Err(NotReady::NoSuchPage(format!("{url} answers 404")))
            }
            Followed::Page(page) if self.is_somebodys(&page) => {
                let (what, advice) = match &self.config.app.logged_in {
                    Some(selector) => (
                        format!("shows what [app] logged_in finds, {selector:?},"),
                        "let the selector find what is there only if somebody is logged in",
                    ),
                    None if page.url.path() != url.path() => (
                        format!("leads to {}, which answers {},", page.url.path(), page.status),
                        "name by [app] logged_in, a CSS selector, an element that is there only if somebody is logged in; or let \
                         [app] session answer with 401, or redirect to the provider",
                    ),
                    None => (
                        format!("answers {}", page.status),
                        "let [app] session answer with 401 (or a redirect to the provider) when nobody is logged in, or name \
                         by [app] logged_in an element that is there only if somebody is",
                    ),
                };
                let shown = match self.words(&page) {
                    words if words.is_empty() => String::new(),
                    words => format!(": {words}"),
                };
                never(&format!("{url} {what} although nobody has logged in{shown}"), advice)
            }
            Followed::Page(page) if page.status >= 500 => {
                Err(NotReady::InTrouble(format!("{url} answers {}: {}", page.status, self.words(&page))))
            }
            Followed::Page(_) | Followed::Provider(_) | Followed::Elsewhere(_) => Ok(()),
        }
    }

    fn not_ready_in_time(&self, limit: Duration, last: NotReady) -> SetupError {
        let (found, advice) = match last {
            NotReady::Ever(error) => return *error,
            NotReady::NoSuchPage(found) => (
                found,
                "see that [app] session names a route that exists: 2xx with the subject when logged in, another status when not",
            ),
            NotReady::InTrouble(found) if self.process.is_some() => (
                found,
                "read what the client printed or logged, which is below: an app that fails before anybody logs in often \
                 cannot read the metadata of its provider, wants https ([tls] provider = true) or does not trust {ca_file}",
            ),
            NotReady::Yet(found) if self.process.is_some() => (
                found,
                "see that the client listens on {port} of the host in [app] base_url, that [app] session names a route \
                 that works without a login, and that [start] ready_within_seconds is long enough",
            ),
            NotReady::Yet(found) | NotReady::InTrouble(found) => {
                (found, "start the client, or add a [start] section so that the harness does")
            }
        };
        self.not_ready(&format!("not ready within {limit:?}; at last: {found}"), advice)
    }

    fn not_ready(&self, found: &str, advice: &str) -> SetupError {
        let still_runs = self.process.as_ref().is_some_and(|process| process.ended().is_none());
        SetupError {
            output: self.output(),
            told: self.take_told().into(),
            still_runs,
            ..SetupError::new("start the client", found.to_owned(), advice)
        }
    }
}
