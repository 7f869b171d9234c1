//! How far a visit has come: from what the browser reports to where the visit ended.

use std::collections::HashMap;

use tokio::time::{Duration, Instant};
use url::Url;

use crate::driver::web_app::user_agent::agent::{Followed, MOST_REDIRECTS, Page, VisitError};

/// How far a tab has come with the visit that it is on.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// Where the visit has ended, if that is not for the page to say.
    end: Option<End>,
    /// Requests for pages of the client, redirects included.
    requests: usize,
    /// A request for a page has not come to one yet.
    under_way: bool,
    /// Since when the page that is shown is on its way to another one, for which no request has been sent yet.
    leaving_since: Option<Instant>,
    /// The client's page that is shown, its answer, and whether it is loaded.
    shown: Option<Shown>,
    /// The answer to the last request for a page, which is shown next.
    answered: Option<u16>,
    /// Requests of the page without an answer, by their identifiers, with the document that made them.
    in_flight: HashMap<String, String>,
    /// When the page last sent a request or had an answer.
    busy_at: Option<Instant>,
}

#[derive(Debug, Clone)]
enum End {
    Left(Followed),
    Empty { status: u16, url: Url },
    Failed(VisitError),
}

#[derive(Debug, Clone)]
struct Shown {
    status: u16,
    loaded: bool,
}

/// What the task that waits for the end of a visit has to do next.
#[derive(Debug)]
pub(super) enum Stage {
    /// Wait.
    UnderWay,
    /// Wait until then: the page that is shown is about to be left.
    Leaving(Instant),
    /// Look at the page: it may have come to rest.
    There {
        /// The status of the page.
        status: u16,
        /// It is loaded and waits for no answer, since then.
        idle_since: Option<Instant>,
    },
    /// Nothing: it is over.
    Over(Result<Followed, VisitError>),
}

/// For so long at most a page that has begun to leave is not looked at. A navigation may be stopped before anything is
/// sent, and the browser does not always say so.
const LEAVING: Duration = Duration::from_secs(2);

impl Progress {
    /// A new visit begins: what was shown counts no longer.
    pub(super) fn begin(&mut self) {
        *self = Self { in_flight: std::mem::take(&mut self.in_flight), ..Self::default() };
    }

    /// Something is done on the page that is shown.
    pub(super) fn go_on(&mut self) {
        (self.end, self.requests, self.busy_at) = (None, 0, Some(Instant::now()));
        self.leaving_since = None;
    }

    /// Whether a page was asked for.
    pub(super) fn has_moved(&self) -> bool {
        self.requests > 0 || self.end.is_some()
    }

    /// Whether the visit has ended, whatever is shown.
    pub(super) fn is_over(&self) -> bool {
        self.end.is_some()
    }

    /// Whether a page of the client is shown, settled or not.
    pub(super) fn shows_page(&self) -> bool {
        self.shown.is_some() && !self.under_way
    }

    /// The page that is shown has begun to go to another one. A script that says so may end before the request is sent.
    pub(super) fn begin_to_leave(&mut self) {
        self.leaving_since = Some(Instant::now());
    }

    /// The page that is shown stays: it has another fragment or path, and no other document.
    pub(super) fn stay(&mut self) {
        self.leaving_since = None;
    }

    /// A page of the client is asked for.
    pub(super) fn request(&mut self, url: &Url) {
        self.leaving_since = None;
        (self.under_way, self.requests) = (true, self.requests + 1);
        // The first request is no redirect.
        if self.requests > MOST_REDIRECTS + 1 {
            let what = format!("more than {MOST_REDIRECTS} redirects, at last to {}", url.path());
            self.end_with(End::Failed(VisitError::TooManyRedirects(what)));
        }
    }

    /// A page of somebody else would have been asked for.
    pub(super) fn leave(&mut self, to: Followed) {
        self.end_with(End::Left(to));
    }

    /// A request for a page has an answer, which is to be shown.
    pub(super) fn answer(&mut self, status: u16) {
        self.answered = Some(status);
    }

    /// A request for a page has an answer that there is nothing to show of.
    pub(super) fn nothing_to_show(&mut self, status: u16, url: Url) {
        self.end_with(End::Empty { status, url });
    }

    /// There will be no page.
    pub(super) fn fail(&mut self, error: VisitError) {
        self.end_with(End::Failed(error));
    }

    /// The answer is shown, as this document.
    pub(super) fn show(&mut self, document: &str) {
        let Some(status) = self.answered.take() else { return };
        self.leaving_since = None;
        self.shown = Some(Shown { status, loaded: false });
        self.under_way = false;
        self.in_flight.retain(|_, asked_by| asked_by == document);
        self.busy_at = Some(Instant::now());
    }

    /// The browser shows something of its own, because the answer was an error and had no content.
    pub(super) fn show_nothing(&mut self, url: Url) {
        if let Some(status) = self.answered.take() {
            self.nothing_to_show(status, url);
        }
    }

    /// What is shown is loaded.
    pub(super) fn load(&mut self) {
        if let Some(shown) = &mut self.shown {
            shown.loaded = true;
            self.busy_at = Some(Instant::now());
        }
    }

    /// A document has sent a request.
    pub(super) fn send(&mut self, request: &str, document: &str) {
        self.in_flight.insert(request.to_owned(), document.to_owned());
        self.busy_at = Some(Instant::now());
    }

    /// A request has its answer, or never gets one.
    pub(super) fn receive(&mut self, request: &str) {
        if self.in_flight.remove(request).is_some() {
            self.busy_at = Some(Instant::now());
        }
    }

    /// What there is to do now.
    pub(super) fn stage(&self) -> Stage {
        match (&self.end, &self.shown) {
            (Some(End::Left(left)), _) => Stage::Over(Ok(left.clone())),
            (Some(End::Failed(error)), _) => Stage::Over(Err(error.clone())),
            (Some(End::Empty { status, url }), _) => {
                let page = Page { status: *status, url: url.clone(), body: String::new() };
                Stage::Over(Ok(Followed::Page(page)))
            }
            (None, Some(shown)) if !self.under_way => {
                let is_idle = shown.loaded && self.in_flight.is_empty();
                match self.leaving_since.map(|since| since + LEAVING).filter(|until| *until > Instant::now()) {
                    Some(until) => Stage::Leaving(until),
                    None => Stage::There { status: shown.status, idle_since: self.busy_at.filter(|_| is_idle) },
                }
            }
            (None, _) => Stage::UnderWay,
        }
    }

    fn end_with(&mut self, end: End) {
        self.under_way = false;
        self.end.get_or_insert(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: &str) -> Url {
        format!("http://127.0.0.1:9{path}").parse().expect("a URL")
    }

    /// A page of the client is shown.
    fn shown(status: u16) -> Progress {
        let mut progress = Progress::default();
        progress.request(&url("/page"));
        progress.answer(status);
        progress.show("document");
        progress
    }

    #[test]
    fn page_is_there_when_it_is_shown_and_idle_when_it_is_loaded() {
        let mut progress = shown(201);
        assert!(matches!(progress.stage(), Stage::There { status: 201, idle_since: None }));
        progress.load();
        assert!(matches!(progress.stage(), Stage::There { status: 201, idle_since: Some(_) }));
    }

    #[test]
    fn page_that_waits_for_an_answer_is_not_idle() {
        let mut progress = shown(200);
        progress.load();
        progress.send("1", "document");
        assert!(matches!(progress.stage(), Stage::There { idle_since: None, .. }));
        progress.receive("1");
        assert!(matches!(progress.stage(), Stage::There { idle_since: Some(_), .. }));
    }

    #[test]
    fn requests_of_the_page_before_are_nothing_to_wait_for() {
        let mut progress = shown(200);
        progress.send("1", "document");
        progress.request(&url("/next"));
        progress.answer(200);
        progress.show("next document");
        progress.load();
        assert!(matches!(progress.stage(), Stage::There { idle_since: Some(_), .. }));
    }

    #[test]
    fn page_that_is_being_left_is_not_looked_at() {
        let mut progress = shown(200);
        progress.request(&url("/next"));
        assert!(matches!(progress.stage(), Stage::UnderWay));
        assert!(!progress.shows_page());
    }

    #[test]
    fn page_that_has_begun_to_leave_is_not_looked_at_for_a_while() {
        let mut progress = shown(200);
        progress.begin_to_leave();
        assert!(matches!(progress.stage(), Stage::Leaving(until) if until > Instant::now()));
        progress.stay();
        assert!(matches!(progress.stage(), Stage::There { .. }));
        progress.begin_to_leave();
        progress.request(&url("/next"));
        assert!(matches!(progress.stage(), Stage::UnderWay));
    }

    #[test]
    fn document_without_an_answer_of_the_client_is_not_its_page() {
        let mut progress = Progress::default();
        progress.show("of the springboard");
        assert!(matches!(progress.stage(), Stage::UnderWay));
    }

    #[test]
    fn first_end_counts() {
        let mut progress = shown(200);
        progress.leave(Followed::Provider(url("/authorize")));
        progress.fail(VisitError::NoAnswer("too late".to_owned()));
        assert!(matches!(progress.stage(), Stage::Over(Ok(Followed::Provider(_)))));
        progress.begin();
        assert!(matches!(progress.stage(), Stage::UnderWay));
    }

    #[test]
    fn going_round_and_round_has_an_end() {
        let mut progress = Progress::default();
        for _ in 0..=MOST_REDIRECTS {
            progress.request(&url("/loop"));
        }
        assert!(matches!(progress.stage(), Stage::UnderWay));
        progress.request(&url("/loop"));
        assert!(matches!(progress.stage(), Stage::Over(Err(VisitError::TooManyRedirects(_)))));
    }

    #[test]
    fn answer_without_content_ends_the_visit_with_an_empty_page() {
        let mut progress = Progress::default();
        progress.request(&url("/"));
        progress.nothing_to_show(204, url("/"));
        assert!(matches!(progress.stage(), Stage::Over(Ok(Followed::Page(Page { status: 204, .. })))));
    }
}
