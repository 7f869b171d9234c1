//! What every user agent does, and what it meets on its way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use cookie_store::RawCookie;
use parking_lot::Mutex;
use scraper::{Html, Node, Selector};
use url::Url;

use super::console::Console;
use crate::config::is_loopback;
use crate::terms::{BrowserId, Hop, Media, Outlet, Span, Tab, Told};
use crate::text::plain;

/// More redirects than any login needs.
pub(super) const MOST_REDIRECTS: usize = 20;
/// A page larger than this is an attack on the harness.
pub(super) const LARGEST_PAGE: usize = 8 << 20;

/// One browser with its cookies.
#[async_trait]
pub(in crate::driver::web_app) trait UserAgent: Send + Sync {
    /// Visits a URL of the client and follows it to its end, or until it leaves the client.
    async fn follow(&self, visit: Visit) -> Result<Followed, VisitError>;

    /// Fills in and submits the form that the selector finds on this page, or presses what it finds; nothing if it finds
    /// nothing.
    async fn press(
        &self,
        page: &Page,
        selector: &str,
        filled_in: &BTreeMap<String, String>,
    ) -> Option<Result<Followed, VisitError>>;

    /// From here on it is in this tab. Tabs share cookies, and what else belongs to a tab is for user agents that keep it.
    fn turn_to(&self, _tab: Tab) {}

    /// The cookies that it has of the client, each with the path that it goes to; when it ends, they do not tell.
    async fn cookies(&self) -> Result<Vec<RawCookie<'static>>, VisitError>;

    /// Takes these cookies of another browser as if the client had set them here.
    async fn plant(&self, cookies: &[RawCookie<'static>]) -> Result<(), VisitError>;
}

/// What user agents of one client have in common, but for whose they are.
#[derive(Clone)]
pub(in crate::driver::web_app) struct Setting {
    /// Whose it is.
    pub(in crate::driver::web_app) browser: BrowserId,
    /// Pages of another origin are not opened.
    pub(in crate::driver::web_app) client: url::Origin,
    /// How long one visit may take.
    pub(in crate::driver::web_app) limit: Duration,
    /// What was exchanged with the client.
    pub(in crate::driver::web_app) trace: Arc<Mutex<Vec<Hop>>>,
    /// What the client's answers said, secrets and all.
    pub(in crate::driver::web_app) told: Arc<Mutex<Vec<Told>>>,
    /// What pages wrote for their developers.
    pub(in crate::driver::web_app) console: Arc<Console>,
}

impl Setting {
    /// Where a visit ends that leaves the client.
    pub(super) fn outside(&self, url: &Url) -> Option<Followed> {
        let left = url.origin() != self.client;
        left.then(|| if is_loopback(url) { Followed::Provider(url.clone()) } else { Followed::Elsewhere(url.clone()) })
    }

    /// Puts down what an answer said.
    pub(in crate::driver::web_app) fn put_down_told(&self, outlet: Outlet, at: String, text: String) {
        self.told.lock().push(Told { outlet, at, text });
    }

    /// Puts down an exchange that has just ended.
    pub(super) fn put_down(
        &self,
        began: Instant,
        (method, url): (&str, &Url),
        (response, media): (String, Media),
        target: Option<&Url>,
    ) {
        let urls = [Some(url), target].into_iter().flatten().map(Url::to_string).collect();
        let (when, request) = (Span::since(began), format!("{method} {}", redacted(url)));
        self.trace.lock().push(Hop { browser: self.browser, when, request, response, urls, media });
    }

    /// Puts down where a script, a link or a form of a page has tried to send the browser, if that is no page of the web:
    /// nothing is asked for, and a program may be started or a script be run all the same.
    pub(super) fn put_down_opened(&self, url: &str) {
        let scheme = url.split(':').next().unwrap_or_default().to_ascii_lowercase();
        if OF_A_BROWSER.contains(&&*scheme) {
            return;
        }
        self.trace.lock().push(Hop {
            browser: self.browser,
            when: Span::now(),
            request: "a page".to_owned(),
            response: format!("opens a URL of the scheme {}", plain(&scheme)),
            urls: vec![url.to_owned()],
            media: Media::Words,
        });
    }
}

/// The schemes that stay in the browser: pages of the web, and documents that a page has made by itself.
const OF_A_BROWSER: &[&str] = &["http", "https", "about", "blob"];

/// What makes the browser visit the client.
#[derive(Debug, Clone)]
pub(in crate::driver::web_app) enum Visit {
    /// The user opens a page, or follows a link of the client.
    Open(Url),
    /// The harness looks who is logged in.
    Look(Url),
    /// The provider redirects here.
    Redirected(Url),
    /// A page of the provider posts a form here.
    Posted(Url, String),
}

/// Where a visit ended.
#[derive(Debug, Clone)]
pub(in crate::driver::web_app) enum Followed {
    /// At a page of the client.
    Page(Page),
    /// On the way to the provider's host, not followed.
    Provider(Url),
    /// On the way to a host that is nobody's, not followed.
    Elsewhere(Url),
}

/// A page of the client.
#[derive(Debug, Clone)]
pub(in crate::driver::web_app) struct Page {
    /// Its status.
    pub(in crate::driver::web_app) status: u16,
    /// Where it is.
    pub(in crate::driver::web_app) url: Url,
    /// What it says.
    pub(in crate::driver::web_app) body: String,
}

/// Elements whose text a browser with scripts does not show.
const NOT_SHOWN: [&str; 4] = ["noscript", "script", "style", "template"];

impl Page {
    /// The beginning of what a person reads there.
    pub(in crate::driver::web_app) fn words(&self) -> String {
        self.words_of("body").unwrap_or_default()
    }

    /// Whether something may happen here that only a browser with scripts can do.
    pub(in crate::driver::web_app) fn has_scripts(&self) -> bool {
        self.words_of("script, [onclick], [onload], [onsubmit]").is_some()
    }

    /// The beginning of what a person reads in the element that a CSS selector finds first, if it finds one.
    pub(in crate::driver::web_app) fn words_of(&self, selector: &str) -> Option<String> {
        let page = Html::parse_document(&self.body);
        let element = page.select(&Selector::parse(selector).ok()?).next()?;
        // What is hidden, and what a script or a style sheet holds, is not for people.
        let is_hidden = |node: &Node| {
            node.as_element().is_some_and(|it| NOT_SHOWN.contains(&it.name()) || it.attr("hidden").is_some())
        };
        let texts = element.descendants().filter_map(|node| match node.value() {
            Node::Text(text) if !node.ancestors().any(|it| is_hidden(it.value())) => Some(&*text.text),
            _ => None,
        });
        let said = texts.collect::<Vec<_>>().join(" ");
        Some(plain(&said).split_whitespace().take(25).collect::<Vec<_>>().join(" "))
    }
}

/// Why a visit has no end.
#[derive(Debug, Clone)]
pub(in crate::driver::web_app) enum VisitError {
    /// No answer in time.
    TimedOut(String),
    /// The connection was refused, closed or garbled.
    NoAnswer(String),
    /// It goes round and round.
    TooManyRedirects(String),
    /// It does not stop.
    TooLarge(String),
    /// The browser itself is gone.
    NoBrowser(String),
}

/// The statuses that a browser follows (Fetch §2.2.6).
pub(super) fn redirects(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// What an answer says, for reports: its status, and where it leads.
pub(super) fn answered(status: u16, target: Option<&Url>, location: Option<&str>) -> String {
    match (target, location) {
        (Some(target), _) => format!("{status} → {}", redacted(target)),
        (None, Some(nonsense)) => format!("{status} → {nonsense}"),
        (None, None) => status.to_string(),
    }
}

/// A URL for people: path and the names of the parameters; codes and states are nobody's business.
pub(super) fn redacted(url: &Url) -> String {
    let names: Vec<_> = url.query_pairs().map(|(name, _)| plain(&name)).collect();
    let query = if names.is_empty() { String::new() } else { format!("?{}", names.join("&")) };
    format!("{}{query}", url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_page_are_plain_and_few() {
        let body = format!(
            "<script>let it;</script><noscript><b>No scripts</b></noscript><div hidden><b>OK</b></div><p>\u{1b}[31mIt <b>failed</b></p>{}",
            "<p>word</p> ".repeat(100)
        );
        let page = Page { status: 400, url: "http://127.0.0.1/".parse().expect("a URL"), body };
        assert!(page.words().starts_with("It failed word word"), "{}", page.words());
        assert_eq!(page.words().split(' ').count(), 25);
    }
}
