//! The events of a tab as long as it is open: each request for a page is allowed or stopped, and what happens is recorded.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, PreEscaped, html};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use url::Url;

use super::pipe::{Event, Pipe};
use super::progress::Progress;
use crate::driver::web_app::user_agent::agent::{Setting, VisitError, answered, redirects};
use crate::terms::Media;
use crate::text::resolved;

/// Handles the events of one tab.
pub(super) struct EventHandler {
    pub(super) pipe: Arc<Pipe>,
    pub(super) session: String,
    /// The tab's main frame.
    pub(super) frame: String,
    pub(super) setting: Setting,
    pub(super) progress: Arc<watch::Sender<Progress>>,
    pub(super) springboard: Arc<Springboard>,
    /// When each request that has no answer yet was sent.
    pub(super) sent: Mutex<HashMap<String, Instant>>,
}

/// A page of another site, from which the browser comes to the client as it does from a provider's: there is none on
/// loopback, where ports make no site.
#[derive(Default)]
pub(super) struct Springboard(Mutex<String>);

const SPRINGBOARD: &str = "provider.invalid";

impl Springboard {
    /// Where to find the page that sends the browser to a URL, by a redirect or by a form that it posts.
    pub(super) fn to(&self, url: &Url, form: Option<&String>) -> Url {
        let page = match form {
            // In a string of JSON nothing but `<` could end the script.
            None => html! {
                (DOCTYPE) script { (PreEscaped(format!("location.replace({})", json!(url).to_string().replace('<', "\\u003c")))) }
            },
            Some(form) => html! {
                (DOCTYPE)
                form method="post" action=(url) {
                    @for (name, value) in url::form_urlencoded::parse(form.as_bytes()) {
                        input type="hidden" name=(name) value=(value);
                    }
                }
                // A field may be called "submit".
                script { "HTMLFormElement.prototype.submit.call(document.forms[0])" }
            },
        };
        *self.0.lock() = page.into_string();
        let mut springboard = url.clone();
        springboard.set_host(Some(SPRINGBOARD)).expect("a URL of the client has a host, and this is one");
        springboard.set_port(None).expect("a URL with a host may have no port");
        springboard.set_path("/");
        springboard.set_query(None);
        springboard.set_fragment(None);
        springboard
    }
}

/// A request that waits for our word, before it is sent or when it has an answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Paused {
    request_id: String,
    /// What the events about the network call it.
    network_id: Option<String>,
    request: Request,
    frame_id: String,
    resource_type: String,
    response_error_reason: Option<String>,
    response_status_code: Option<u16>,
    #[serde(default)]
    response_headers: Vec<Header>,
}

#[derive(Deserialize)]
struct Request {
    url: Url,
    method: String,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

impl Paused {
    fn header(&self, name: &str) -> Option<&str> {
        self.response_headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|it| it.value.as_str())
    }
}

/// What becomes of a request.
enum Word {
    GoOn,
    Stop(&'static str),
    Answer,
}

impl EventHandler {
    /// Until the tab is closed or crashes, or the browser ends.
    pub(super) async fn handle(self, mut events: mpsc::UnboundedReceiver<Event>) {
        // The last request for a page.
        let mut navigation = String::new();
        while let Some(Event { method, params }) = events.recv().await {
            match method.as_str() {
                "Fetch.requestPaused" => self.requested(params),
                "Page.frameNavigated" => self.navigated(&params["frame"]),
                // Chromium says so of every navigation that a page begins, of those that it refuses and of scripts, too.
                "Page.frameScheduledNavigation" if params["frameId"] == self.frame.as_str() => {
                    self.opened(&params);
                    let goes_to_page = params["url"].as_str().is_some_and(|url| url.starts_with("http"));
                    if goes_to_page && params["delay"] == 0 {
                        self.progress.send_modify(Progress::begin_to_leave);
                    }
                }
                "Page.navigatedWithinDocument" if params["frameId"] == self.frame.as_str() => {
                    self.progress.send_modify(Progress::stay);
                }
                "Page.windowOpen" => self.opened(&params),
                "Page.loadEventFired" => self.progress.send_modify(Progress::load),
                "Page.javascriptDialogOpening" => self.tell("Page.handleJavaScriptDialog", json!({ "accept": true })),
                // A stream of events has no end, and nobody waits for one.
                "Network.requestWillBeSent" if params["type"] != "EventSource" => {
                    let text = |name: &str| params[name].as_str().unwrap_or_default();
                    self.sent.lock().insert(text("requestId").to_owned(), Instant::now());
                    if params["type"] == "Document" && text("frameId") == self.frame {
                        text("requestId").clone_into(&mut navigation);
                    }
                    self.progress.send_modify(|progress| progress.send(text("requestId"), text("loaderId")));
                }
                "Network.loadingFinished" | "Network.loadingFailed" => {
                    let request = params["requestId"].as_str().unwrap_or_default();
                    self.sent.lock().remove(request);
                    self.progress.send_modify(|progress| progress.receive(request));
                    if let (true, Some(reason)) = (request == navigation, params["errorText"].as_str()) {
                        self.page_failed(reason);
                    }
                }
                "Runtime.exceptionThrown" => {
                    let details = &params["exceptionDetails"];
                    let thrown = details["exception"]["description"].as_str().or(details["text"].as_str());
                    self.setting.console.note(thrown.unwrap_or("an exception"));
                }
                "Runtime.consoleAPICalled" if ["error", "warning"].iter().any(|kind| params["type"] == *kind) => {
                    let arguments = params["args"].as_array().into_iter().flatten().map(said);
                    self.setting.console.note(&arguments.collect::<Vec<_>>().join(" "));
                }
                "Inspector.targetCrashed" => {
                    let error = VisitError::NoAnswer("the page crashed in the browser".to_owned());
                    self.progress.send_modify(|progress| progress.fail(error));
                    return;
                }
                _ => {}
            }
        }
        self.progress.send_modify(|progress| {
            progress.fail(VisitError::NoBrowser("the browser has ended".to_owned()));
        });
    }

    fn requested(&self, params: Value) {
        // A URL that is none is nothing that could be sent.
        let id = params["requestId"].clone();
        let Ok(paused) = serde_json::from_value::<Paused>(params) else {
            return self.tell("Fetch.failRequest", json!({ "requestId": id, "errorReason": "BlockedByClient" }));
        };
        let is_page = paused.resource_type == "Document" && paused.frame_id == self.frame;
        let is_answered = paused.response_status_code.is_some() || paused.response_error_reason.is_some();
        let word = match (is_page, is_answered) {
            (true, false) => self.page_wanted(&paused.request),
            (true, true) => self.page_answered(&paused),
            (false, false) => self.frame_wanted(&paused.request),
            (false, true) => self.part_answered(&paused),
        };
        let id = paused.request_id;
        match word {
            Word::GoOn => self.tell("Fetch.continueRequest", json!({ "requestId": id })),
            Word::Stop(reason) => self.tell("Fetch.failRequest", json!({ "requestId": id, "errorReason": reason })),
            Word::Answer => {
                let body = STANDARD.encode(&*self.springboard.0.lock());
                let headers = json!([{ "name": "Content-Type", "value": "text/html; charset=utf-8" }]);
                let answer = json!({ "requestId": id, "responseCode": 200, "responseHeaders": headers, "body": body });
                self.tell("Fetch.fulfillRequest", answer);
            }
        }
    }

    fn page_wanted(&self, request: &Request) -> Word {
        if request.url.host_str() == Some(SPRINGBOARD) {
            return Word::Answer;
        }
        if let Some(outside) = self.setting.outside(&request.url) {
            self.progress.send_modify(|progress| progress.leave(outside));
            return Word::Stop("Aborted");
        }
        self.progress.send_modify(|progress| progress.request(&request.url));
        if self.progress.borrow().is_over() { Word::Stop("Aborted") } else { Word::GoOn }
    }

    fn page_answered(&self, paused: &Paused) -> Word {
        let Request { url, method } = &paused.request;
        let Some(status) = paused.response_status_code else {
            let reason = paused.response_error_reason.as_deref().unwrap_or_default();
            // Another one has taken its place.
            if reason != "Aborted" {
                self.write_down(paused, "no answer".to_owned(), None);
                let what = format!("{method} {} gave no proper answer: {reason}", url.path());
                self.progress.send_modify(|progress| progress.fail(VisitError::NoAnswer(what)));
            }
            return Word::GoOn;
        };
        let location = paused.header("location");
        let target = location.and_then(|location| resolved(url, location));
        self.write_down(paused, answered(status, target.as_ref(), location), target.as_ref());
        let is_download =
            paused.header("content-disposition").is_some_and(|it| it.trim_start().starts_with("attachment"));
        if redirects(status) && target.is_some() {
            // The next request follows.
        } else if matches!(status, 204 | 205) || is_download {
            self.progress.send_modify(|progress| progress.nothing_to_show(status, url.clone()));
        } else {
            self.progress.send_modify(|progress| progress.answer(status));
        }
        Word::GoOn
    }

    /// There will be no page; most of what leads to that is known already.
    fn page_failed(&self, reason: &str) {
        let error = match reason {
            // Another one has taken its place; or there was an answer, of which the browser shows its own page.
            "net::ERR_ABORTED" | "net::ERR_HTTP_RESPONSE_CODE_FAILURE" => return,
            "net::ERR_TOO_MANY_REDIRECTS" => {
                VisitError::TooManyRedirects("the browser follows no more redirects".to_owned())
            }
            reason => VisitError::NoAnswer(format!("there was no proper answer: {reason}")),
        };
        self.progress.send_modify(|progress| progress.fail(error));
    }

    /// What is shown within a page is the client's, or nothing.
    fn frame_wanted(&self, request: &Request) -> Word {
        if self.setting.outside(&request.url).is_none() { Word::GoOn } else { Word::Stop("BlockedByClient") }
    }

    /// What scripts have asked for, and frames.
    fn part_answered(&self, paused: &Paused) -> Word {
        // What is said to the provider is in its journal.
        if self.setting.outside(&paused.request.url).is_none() {
            let answered = paused.response_status_code.map_or("no answer".to_owned(), |status| status.to_string());
            self.write_down(paused, answered, None);
        }
        Word::GoOn
    }

    fn write_down(&self, paused: &Paused, response: String, target: Option<&Url>) {
        let Request { method, url } = &paused.request;
        let began = paused.network_id.as_ref().and_then(|id| self.sent.lock().remove(id));
        let began = began.unwrap_or_else(Instant::now);
        // What the browser shows of it is what it has made of it.
        let media = Media::Page(Some("text/html".to_owned()));
        self.setting.put_down(began, (method, url), (response, media), target);
    }

    fn navigated(&self, frame: &Value) {
        let url = |name: &str| frame[name].as_str().and_then(|url| Url::parse(url).ok());
        let is_client = |url: &Url| self.setting.outside(url).is_none();
        if frame["id"] != self.frame.as_str() {
            return;
        }
        if let Some(url) = url("unreachableUrl").filter(is_client) {
            self.progress.send_modify(|progress| progress.show_nothing(url));
        } else if url("url").as_ref().is_some_and(is_client) {
            self.progress.send_modify(|progress| progress.show(frame["loaderId"].as_str().unwrap_or_default()));
        }
    }

    /// A page sends the browser somewhere.
    fn opened(&self, params: &Value) {
        self.setting.put_down_opened(params["url"].as_str().unwrap_or_default());
    }

    fn tell(&self, method: &str, params: Value) {
        self.pipe.tell(Some(&self.session), method, params);
    }
}

fn said(argument: &Value) -> String {
    match (&argument["value"], argument["description"].as_str()) {
        (Value::String(text), _) => text.clone(),
        (Value::Null, Some(description)) => description.to_owned(),
        (value, _) => value.to_string(),
    }
}
