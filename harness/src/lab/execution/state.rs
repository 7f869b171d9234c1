//! The people of one scenario, and what they have in their hands.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use mock_idp::Fault;
use parking_lot::Mutex;

use crate::driver::Driver;
use crate::evidence::{ArmedFault, Attempt, Outcome, Session};
use crate::lab::outcome::{Landing, describe, failed};
use crate::lab::panic::words;
use crate::lab::providers::Providers;
use crate::plan::Plan;
use crate::terms::{AuthorizationResponse, Browser, BrowserId, Failure, Hop, Media, People, Reply, Span, Tab};
use std::sync::atomic::{AtomicU64, Ordering};

/// No operation of any driver takes longer: the drivers' own limits are shorter, this one catches their mistakes.
const LIMIT: Duration = Duration::from_secs(60);

/// What a client makes of a login in a browser where somebody is logged in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::lab) enum SecondLogin {
    /// It begins one, as far as is known.
    #[default]
    Begins,
    /// The login route leads nowhere: the set-up checks have seen it.
    LeadsNowhere,
    /// The identity of another person is added to the account that is logged in, and opens it from then on: the set-up checks
    /// have seen it.
    LinksAccounts,
}

/// What happens when the provider has replaced its keys, or is honest again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::lab) enum Pause {
    /// The scenario goes on.
    #[default]
    None,
    /// The clocks of client and provider are moved by so much.
    OnClocks(Duration),
    /// So much time passes.
    Real(Duration),
}

/// The people of one scenario, at work.
pub(in crate::lab) struct Execution<'a> {
    pub(super) providers: Providers<'a>,
    pub(super) driver: &'a dyn Driver,
    pub(super) span: String,
    pub(super) people: People,
    pub(super) browsers: BTreeMap<Browser, BrowserId>,
    pub(super) kept: BTreeMap<Browser, AuthorizationResponse>,
    pub(super) kept_in_tabs: BTreeMap<(Browser, Tab), AuthorizationResponse>,
    pub(super) delivered: BTreeMap<Browser, AuthorizationResponse>,
    /// The browsers with a login that has begun and not come to its end, and who was logged in there before. Nobody looks
    /// there meanwhile: there are clients whose session route starts a login, which would take the place of this one.
    pub(super) pending: BTreeMap<Browser, Session>,
    /// Who was seen to be logged in by the action that is under way.
    pub(super) seen: Option<Session>,
    /// By how many seconds the client's clock is ahead.
    pub(super) ahead: i64,
    pub(super) second_login: SecondLogin,
    /// Whether the client has an API to call.
    pub(super) has_api: bool,
    pub(super) pause: Pause,
    /// The page with an error status that a login has ended on which succeeded nevertheless.
    pub(super) landing: Option<Landing>,
    pub(in crate::lab) attempts: Vec<Attempt>,
    pub(super) visits: Vec<(Browser, Span)>,
    pub(super) looks: Mutex<Vec<Span>>,
    /// What the client was called to do: the trace of a client that keeps none.
    pub(super) calls: Mutex<Vec<Hop>>,
    /// What was armed in between.
    pub(super) armed: Vec<ArmedFault>,
    /// What the API does as soon as the client is asked to call it.
    pub(super) of_calls: Calls,
}

/// What the API does as soon as a scenario has the client call it.
#[derive(Debug, Default)]
pub(super) struct Calls {
    pub(super) faults: Vec<Fault>,
    /// The scope that it demands.
    pub(super) scope: Option<String>,
}

impl<'a> Execution<'a> {
    pub(in crate::lab) fn new(providers: Providers<'a>, driver: &'a dyn Driver, span: String, people: People) -> Self {
        let (browsers, kept, kept_in_tabs, delivered, pending) = Default::default();
        let (attempts, visits, looks, calls, armed, of_calls) = Default::default();
        let (seen, ahead, landing) = (None, 0, None);
        let (second_login, pause) = Default::default();
        Self {
            providers,
            driver,
            span,
            people,
            browsers,
            kept,
            kept_in_tabs,
            delivered,
            pending,
            seen,
            ahead,
            second_login,
            has_api: true,
            pause,
            landing,
            attempts,
            visits,
            looks,
            calls,
            armed,
            of_calls,
        }
    }

    /// The same at an API that does what a plan wants when it is called.
    pub(in crate::lab) fn with_calls_of(mut self, plan: &Plan) -> Self {
        let faults = plan.faults_of_calls().cloned().collect();
        self.of_calls = Calls { faults, scope: plan.scope_of_calls().map(str::to_owned) };
        self
    }

    /// The same with a client of which is known what it makes of a second login.
    pub(in crate::lab) fn with_second_login(mut self, second_login: SecondLogin) -> Self {
        self.second_login = second_login;
        self
    }

    /// The same with a client of which is known whether it has an API to call. Where it has none, calls are left out.
    pub(in crate::lab) fn with_api(mut self, has_api: bool) -> Self {
        self.has_api = has_api;
        self
    }

    /// The same with a pause after the provider has replaced its keys, or is honest again.
    pub(in crate::lab) fn with_pause(mut self, pause: Pause) -> Self {
        self.pause = pause;
        self
    }

    pub(super) fn has_timed_out(&self) -> bool {
        self.attempts.iter().any(|attempt| matches!(attempt.outcome, Outcome::TimedOut(_)))
    }

    pub(super) fn browser(&mut self, browser: Browser) -> BrowserId {
        *self.browsers.entry(browser).or_insert_with(new_browser)
    }

    /// An operation of the client, and its place in the order of what was sent.
    pub(super) async fn operate<T>(
        &self,
        browser: BrowserId,
        request: String,
        operation: impl Future<Output = Reply<T>>,
        answered: impl Fn(&T) -> String,
    ) -> Reply<T> {
        let began = Instant::now();
        let reply = limited(operation).await;
        let response = match &reply {
            Ok(answer) => answered(answer),
            Err(Failure::Refused(refusal)) => format!("refused: {}", refusal.detail),
            Err(failure) => describe(&failed(failure.clone())),
        };
        let when = Span::since(began);
        self.calls.lock().push(Hop { browser, when, request, response, urls: Vec::new(), media: Media::Page(None) });
        reply
    }

    /// Who the people are.
    pub(in crate::lab) fn people(&self) -> &People {
        &self.people
    }
}

impl Drop for Execution<'_> {
    fn drop(&mut self) {
        self.browsers.values().for_each(|browser| self.driver.close(*browser));
    }
}

/// A client in process can hang us, or panic: what ends a separate process must not end the run.
pub(super) async fn limited<T>(operation: impl Future<Output = Reply<T>>) -> Reply<T> {
    match tokio::time::timeout(LIMIT, AssertUnwindSafe(operation).catch_unwind()).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(panic)) => Err(Failure::Crashed(format!("the client panicked: {}", words(&*panic)))),
        Err(_) => Err(Failure::TimedOut(format!("the client did not answer within {} s", LIMIT.as_secs()))),
    }
}

/// A browser that nobody has used.
pub(in crate::lab) fn new_browser() -> BrowserId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    BrowserId(NEXT.fetch_add(1, Ordering::Relaxed))
}
