//! One tab: what is done in it, one visit at a time, and what the browser reports of it.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared, pending};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{OwnedMutexGuard, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use url::Url;

use super::events::{EventHandler, Springboard};
use super::pipe::{CallError, Pipe};
use super::progress::{Progress, Stage};
use crate::driver::web_app::user_agent::agent::{Followed, LARGEST_PAGE, Page, Setting, Visit, VisitError};
use crate::terms::Media;

/// A page that has been loaded and has waited for no answer for so long does nothing more: the measure of Chromium's own
/// `networkIdle`. `[browser] settled` does without it.
const QUIET: Duration = Duration::from_millis(500);

const PRESS: &str = include_str!("press.js");
const SETTLED: &str = include_str!("settled.js");
const SHOWN: &str = include_str!("shown.js");

/// A tab of a browser context.
pub(super) struct Tab {
    pipe: Arc<Pipe>,
    session: String,
    setting: Setting,
    settled: Option<String>,
    progress: Arc<watch::Sender<Progress>>,
    springboard: Arc<Springboard>,
    handler: JoinHandle<()>,
    used: Arc<tokio::sync::Mutex<()>>,
}

/// A tab that nobody else uses meanwhile.
pub(super) struct Use {
    tab: Arc<Tab>,
    _guard: OwnedMutexGuard<()>,
}

impl Deref for Use {
    type Target = Tab;

    fn deref(&self) -> &Tab {
        &self.tab
    }
}

/// A press on the page that is shown, and its result: whether there was anything to press.
type Press<'a> = Shared<BoxFuture<'a, Result<Value, CallError>>>;

/// What to think of a page that has no scripts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inert {
    /// It has come to rest when it is loaded.
    Settled,
    /// Somebody has pressed on it.
    MayStir,
}

/// What a page that is shown comes to.
enum Settles {
    At(Result<Followed, VisitError>),
    Not,
    NothingToPress,
    Pressed,
}

/// What the page says of itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    url: Url,
    body: String,
    is_whole: bool,
    is_inert: bool,
}

impl Tab {
    /// Opens a tab in a browser context.
    pub(super) async fn open(
        pipe: Arc<Pipe>,
        context: &str,
        setting: Setting,
        settled: Option<String>,
    ) -> Result<Self, CallError> {
        let blank = json!({ "url": "about:blank", "browserContextId": context });
        let made = pipe.call(None, "Target.createTarget", blank).await?;
        let target = made["targetId"].as_str().unwrap_or_default().to_owned();
        let attach = json!({ "targetId": &target, "flatten": true });
        let attached = pipe.call(None, "Target.attachToTarget", attach).await?;
        let session = attached["sessionId"].as_str().unwrap_or_default().to_owned();

        let progress = Arc::new(watch::Sender::default());
        let springboard = Arc::new(Springboard::default());
        let handler = EventHandler {
            pipe: Arc::clone(&pipe),
            session: session.clone(),
            // A tab's main frame goes by the name of the tab.
            frame: target,
            setting: setting.clone(),
            progress: Arc::clone(&progress),
            springboard: Arc::clone(&springboard),
            sent: Mutex::default(),
        };
        let handler = tokio::spawn(handler.handle(pipe.events_of(&session)));
        let used = Arc::default();
        let tab = Self { pipe, session, setting, settled, progress, springboard, handler, used };
        let patterns = json!([
            { "urlPattern": "*", "requestStage": "Request", "resourceType": "Document" },
            { "urlPattern": "*", "requestStage": "Response", "resourceType": "Document" },
            { "urlPattern": "*", "requestStage": "Response", "resourceType": "XHR" },
            { "urlPattern": "*", "requestStage": "Response", "resourceType": "Fetch" },
        ]);
        for (method, params) in [
            ("Page.enable", json!({})),
            ("Network.enable", json!({})),
            ("Network.setCacheDisabled", json!({ "cacheDisabled": true })),
            ("Network.setBypassServiceWorker", json!({ "bypass": true })),
            ("Runtime.enable", json!({})),
            ("Inspector.enable", json!({})),
            ("Fetch.enable", json!({ "patterns": patterns })),
        ] {
            tab.call(method, params).await?;
        }
        Ok(tab)
    }

    /// The tab, if nobody uses it and it still answers.
    pub(super) fn take(self: &Arc<Self>) -> Option<Use> {
        let guard = Arc::clone(&self.used).try_lock_owned().ok()?;
        (!self.handler.is_finished()).then(|| Use { tab: Arc::clone(self), _guard: guard })
    }

    /// Visits a page, and follows it to its end.
    pub(super) async fn follow(&self, visit: Visit) -> Result<Followed, VisitError> {
        let (method, url) = match &visit {
            Visit::Open(url) | Visit::Look(url) | Visit::Redirected(url) => ("GET", url),
            Visit::Posted(url, _) => ("POST", url),
        };
        if let Some(outside) = self.setting.outside(url) {
            return Ok(outside);
        }
        let address = match &visit {
            Visit::Open(url) | Visit::Look(url) => url.clone(),
            Visit::Redirected(url) => self.springboard.to(url, None),
            Visit::Posted(url, form) => self.springboard.to(url, Some(form)),
        };
        self.progress.send_modify(Progress::begin);
        // Its answer comes with the page, or never; the events say more.
        self.pipe.tell(Some(&self.session), "Page.navigate", json!({ "url": address.as_str() }));
        let end = self.to_the_end(method, url, None).await?;
        Ok(end.expect("there was nothing to press"))
    }

    /// Presses what the selector finds on the page that is shown, and follows that to its end; nothing if it finds nothing.
    pub(super) async fn press(
        &self,
        page: &Page,
        selector: &str,
        filled_in: &BTreeMap<String, String>,
    ) -> Result<Option<Followed>, VisitError> {
        self.progress.send_modify(Progress::go_on);
        let arguments = [json!(selector), json!(filled_in), json!(self.settled)];
        let press = async move { self.evaluate(PRESS, &arguments).await };
        self.to_the_end("GET", &page.url, Some(press.boxed().shared())).await
    }

    async fn to_the_end(
        &self,
        method: &str,
        url: &Url,
        press: Option<Press<'_>>,
    ) -> Result<Option<Followed>, VisitError> {
        let limit = self.setting.limit;
        let began = std::time::Instant::now();
        let end = timeout(limit, self.arrive(press)).await.unwrap_or_else(|_| {
            let response = ("no end in time".to_owned(), Media::Words);
            self.setting.put_down(began, (method, url), response, None);
            let shows_page = self.progress.borrow().shows_page();
            let what = match &self.settled {
                Some(selector) if shows_page => {
                    format!(
                        "was shown, and nothing there came to match [browser] settled, {selector:?}, within {limit:?}"
                    )
                }
                None if shows_page => format!("was shown, and did not come to rest within {limit:?}"),
                _ => format!("was not answered within {limit:?}"),
            };
            Err(VisitError::TimedOut(format!("{method} {} {what}", url.path())))
        });
        if !matches!(end, Ok(None | Some(Followed::Page(_)))) {
            // Now somebody else's page would be shown, and this one end: it has to, here, too.
            let _ = timeout(limit, self.call("Page.navigate", json!({ "url": "about:blank" }))).await;
        }
        end
    }

    /// Waits for the end of what has begun; for nothing if there was nothing to press.
    async fn arrive(&self, mut press: Option<Press<'_>>) -> Result<Option<Followed>, VisitError> {
        let mut progress = self.progress.subscribe();
        let mut inert = Inert::Settled;
        loop {
            let stage = {
                let progress = progress.borrow_and_update();
                if progress.has_moved() {
                    (press, inert) = (None, Inert::Settled);
                }
                progress.stage()
            };
            let settles = async {
                match (stage, &press) {
                    (Stage::Over(end), _) => Settles::At(end),
                    (Stage::UnderWay, _) => pending().await,
                    (Stage::Leaving(until), _) => {
                        sleep_until(until).await;
                        Settles::Not
                    }
                    (Stage::There { status, .. }, Some(press)) => match press.clone().await {
                        Ok(Value::Bool(false)) => Settles::NothingToPress,
                        Ok(_) if self.settled.is_some() => Settles::At(self.page(status).await),
                        Ok(_) => Settles::Pressed,
                        // The page that was pressed on is left.
                        Err(_) => pending().await,
                    },
                    (Stage::There { status, idle_since }, None) => match self.rest(idle_since, inert).await {
                        Ok(()) => Settles::At(self.page(status).await),
                        Err(error) => Settles::At(Err(error)),
                    },
                }
            };
            tokio::select! {
                biased;
                changed = progress.changed() => changed.expect("the tab keeps the sender"),
                settles = settles => match settles {
                    Settles::At(end) => return end.map(Some),
                    Settles::Not => {}
                    Settles::NothingToPress => return Ok(None),
                    Settles::Pressed => (press, inert) = (None, Inert::MayStir),
                },
            }
        }
    }

    /// Waits until the page that is shown does nothing more. For ever if it is left: then there is news of that.
    async fn rest(&self, idle_since: Option<Instant>, inert: Inert) -> Result<(), VisitError> {
        match (&self.settled, idle_since) {
            (Some(selector), _) => match self.evaluate(SETTLED, &[json!(selector)]).await {
                Ok(_) => {}
                Err(CallError::Refused(why)) if why.contains("is not a valid selector") => {
                    let what = format!("[browser] settled = {selector:?} is no CSS selector, says the browser");
                    return Err(VisitError::NoBrowser(what));
                }
                Err(_) => pending().await,
            },
            (None, Some(idle_since)) => {
                let is_inert = inert == Inert::Settled && self.shown().await.is_ok_and(|shown| shown.is_inert);
                if !is_inert {
                    sleep_until(idle_since + QUIET).await;
                }
            }
            (None, None) => pending().await,
        }
        Ok(())
    }

    /// The page that is shown.
    async fn page(&self, status: u16) -> Result<Followed, VisitError> {
        let Ok(Shown { url, body, is_whole, .. }) = self.shown().await else { pending().await };
        if !is_whole {
            let what = format!("{} shows more than {} MiB", url.path(), LARGEST_PAGE >> 20);
            return Err(VisitError::TooLarge(what));
        }
        Ok(Followed::Page(Page { status, url, body }))
    }

    async fn shown(&self) -> Result<Shown, CallError> {
        let shown = self.evaluate(SHOWN, &[json!(LARGEST_PAGE)]).await?;
        serde_json::from_value(shown).map_err(|error| CallError::Refused(error.to_string()))
    }

    /// Calls a function in the page; its result is waited for.
    async fn evaluate(&self, function: &str, arguments: &[Value]) -> Result<Value, CallError> {
        let arguments: Vec<_> = arguments.iter().map(Value::to_string).collect();
        // A comment at the beginning of a script is no part of its function.
        let expression = format!("(\n{function})({})", arguments.join(", "));
        let params = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut evaluated = self.call("Runtime.evaluate", params).await?;
        match evaluated.get("exceptionDetails") {
            Some(exception) => Err(CallError::Refused(exception.to_string())),
            None => Ok(evaluated["result"]["value"].take()),
        }
    }

    async fn call(&self, method: &str, params: Value) -> Result<Value, CallError> {
        self.pipe.call(Some(&self.session), method, params).await
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        self.handler.abort();
    }
}
