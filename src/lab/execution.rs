//! Actions, one after the other: what the people of a scenario do, and what comes of it.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::future::join_all;
use mock_idp::{Endpoint, Entry, Issuer};
use parking_lot::Mutex;
use url::Url;

use super::course::Scene;
use super::instance::{Providers, arm_in, new_browser, recovery};
use super::outcome::{
    Landing, Redeemed, answered, broken, called, describe, failed, judged, led_to_session, promise, visited,
};
use super::provider::{self, Visit};
use super::words;
use crate::driver::Driver;
use crate::driver::text::plain;
use crate::evidence::{ArmedFault, Attempt, Evidence, Outcome, Session, foreign_site};
use crate::suite::Action;
use crate::terms::{
    Answer, AuthorizationResponse, Browser, BrowserId, Capability, Failure, Hop, Media, Outlet, People, Person,
    Provider, Refusal, Reply, ResponseMode, Said, Span, Tab, Told,
};
use crate::verdict;

/// No operation of any driver takes longer: the drivers' own limits are shorter, this one catches their mistakes.
const LIMIT: Duration = Duration::from_secs(60);
/// How often a browser is sent to and fro between client and provider before it has seen enough.
const MOST_RETURNS: usize = 4;

/// What a client makes of a login in a browser where somebody is logged in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum SecondLogin {
    /// It begins one, as far as is known.
    #[default]
    Begins,
    /// The login route leads nowhere: the set-up checks have seen it.
    LeadsNowhere,
}

/// What happens when the provider has replaced its keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Pause {
    /// The scenario goes on.
    #[default]
    None,
    /// The clocks of client and provider are moved by so much.
    OnClocks(Duration),
    /// So much time passes.
    Real(Duration),
}

/// The people of one scenario, at work.
pub(super) struct Execution<'a> {
    providers: Providers<'a>,
    driver: &'a dyn Driver,
    chapter: String,
    people: People,
    browsers: BTreeMap<Browser, BrowserId>,
    kept: BTreeMap<Browser, AuthorizationResponse>,
    kept_in_tabs: BTreeMap<(Browser, Tab), AuthorizationResponse>,
    delivered: BTreeMap<Browser, AuthorizationResponse>,
    /// The browsers with a login that has begun and not come to its end, and who was logged in there before. Nobody looks
    /// there meanwhile: there are clients whose session route starts a login, which would take the place of this one.
    pending: BTreeMap<Browser, Session>,
    /// Who was seen to be logged in by the action that is under way.
    seen: Option<Session>,
    /// By how many seconds the client's clock is ahead.
    ahead: i64,
    second_login: SecondLogin,
    pause: Pause,
    /// The page with an error status that a login has ended on which was one all the same.
    landing: Option<Landing>,
    pub(super) attempts: Vec<Attempt>,
    visits: Vec<(Browser, Span)>,
    looks: Mutex<Vec<Span>>,
    /// What the client was called to do: the trace of a client that keeps none.
    calls: Mutex<Vec<Hop>>,
    /// What was armed in between.
    armed: Vec<ArmedFault>,
}

impl<'a> Execution<'a> {
    pub(super) fn new(providers: Providers<'a>, driver: &'a dyn Driver, chapter: String, people: People) -> Self {
        let (browsers, kept, kept_in_tabs, delivered, pending) = Default::default();
        let (attempts, visits, looks, calls, armed) = Default::default();
        let (seen, ahead, landing) = (None, 0, None);
        let (second_login, pause) = Default::default();
        Self {
            providers,
            driver,
            chapter,
            people,
            browsers,
            kept,
            kept_in_tabs,
            delivered,
            pending,
            seen,
            ahead,
            second_login,
            pause,
            landing,
            attempts,
            visits,
            looks,
            calls,
            armed,
        }
    }

    /// The same with a client of which is known what it makes of a second login.
    pub(super) fn with_second_login(mut self, second_login: SecondLogin) -> Self {
        self.second_login = second_login;
        self
    }

    /// The same with a pause after the provider has replaced its keys.
    pub(super) fn with_pause(mut self, pause: Pause) -> Self {
        self.pause = pause;
        self
    }

    pub(super) async fn act(&mut self, actions: &[Action]) {
        for (number, action) in actions.iter().enumerate() {
            if let Action::CallApiTogether(browsers) = action {
                self.call_api_together(browsers, number).await;
                continue;
            }
            if let Action::LogInReturning { browser, target } = action {
                self.log_in_returning(*browser, target, number).await;
                continue;
            }
            let began = Instant::now();
            let (outcome, shown) = self.act_once(action).await;
            if *action == Action::RotateKeys && actions.get(number + 1) != Some(action) {
                self.let_keys_grow_old().await;
            }
            let (action, session) = (action.clone(), self.seen.take());
            let (when, number) = (Span::since(began), Some(number));
            self.attempts.push(Attempt { action, outcome, shown, session, when, number });
            // The verdict is clear, and each further step may take as long.
            if self.has_timed_out() {
                break;
            }
        }
    }

    fn has_timed_out(&self) -> bool {
        self.attempts.iter().any(|attempt| matches!(attempt.outcome, Outcome::TimedOut(_)))
    }

    async fn act_once(&mut self, action: &Action) -> (Outcome, String) {
        match action {
            Action::LogIn { browser, person, provider } => {
                match self.authorize(*browser, *person, *provider, &[]).await {
                    Ok(response) => self.deliver(*browser, response, Whose::Own).await,
                    Err(outcome) => (self.not_begun(*browser, *person, outcome), String::new()),
                }
            }
            Action::Begin { browser, person, provider, without } => {
                let response = self.authorize(*browser, *person, *provider, without).await;
                self.keep(*browser, response)
            }
            Action::BeginMixedUp { browser, person, asked, answers } => {
                let response = self.mix_up(*browser, *person, *asked, *answers).await;
                self.keep(*browser, response)
            }
            Action::BeginInTab { browser, tab } => {
                match self.authorize(*browser, browser.owner(), Provider::First, &[]).await {
                    Ok(response) => {
                        self.kept_in_tabs.insert((*browser, *tab), response);
                        (Outcome::Done, String::new())
                    }
                    Err(outcome) => (outcome, String::new()),
                }
            }
            Action::DeliverInTab { browser, tab } => match self.kept_in_tabs.get(&(*browser, *tab)).cloned() {
                Some(response) => self.deliver(*browser, response, Whose::OwnInTab).await,
                None => {
                    let why = format!("the login in the {browser}'s {tab} did not get as far as a response");
                    (Outcome::NothingToDeliver(why), String::new())
                }
            },
            Action::Deliver { of, to, with_own, replaced } => self.deliver_kept(*of, *to, with_own, replaced).await,
            Action::DeliverTwice(browser) => self.deliver_twice(*browser).await,
            Action::Forge { to, params } => {
                let redirect_uri = self.driver.redirect_uri().to_owned();
                let response =
                    AuthorizationResponse { redirect_uri, mode: ResponseMode::Query, params: params.clone() };
                self.deliver(*to, response, Whose::Foreign).await
            }
            Action::Replay(browser) => match self.delivered.get(browser).cloned() {
                Some(response) => self.deliver(*browser, response, Whose::Foreign).await,
                None => {
                    let why = format!("no authorization response has arrived in the {browser}'s browser before");
                    (Outcome::NothingToDeliver(why), String::new())
                }
            },
            Action::CallApi(browser) => {
                let id = self.browser(*browser);
                called(self.call_api(id).await)
            }
            Action::CallApiAtOnce { browser, calls } => {
                let id = self.browser(*browser);
                let calls = join_all((0..*calls).map(|_| self.call_api(id))).await;
                let mut ended = calls.into_iter().map(called);
                let first = ended.next().unwrap_or((Outcome::Done, String::new()));
                ended.fold(first, |worst, next| if worst.0 == Outcome::Done { next } else { worst })
            }
            Action::Refresh(browser) => {
                let id = self.browser(*browser);
                called(self.operate(id, "refresh".to_owned(), self.driver.refresh(id), answered).await)
            }
            Action::LogOut(browser) => {
                let id = self.browser(*browser);
                called(self.operate(id, "log out".to_owned(), self.driver.log_out(id), answered).await)
            }
            Action::PlantCookies { of, to } => (self.plant_cookies(*of, *to).await, String::new()),
            Action::StartLogins(count) => (self.start_logins(*count).await, String::new()),
            Action::AbandonLogins { browser, count } => (self.abandon_logins(*browser, *count).await, String::new()),
            Action::Stray(browser) => (self.stray(*browser).await, String::new()),
            Action::CompleteLogins(count) => self.complete_logins(*count).await,
            Action::TakeCookies { of, to } => (self.take_cookies(*of, *to).await, String::new()),
            _ => {
                self.at_provider(action).await;
                (Outcome::Done, String::new())
            }
        }
    }

    /// What a login amounts to that the client has not begun. Where it never begins one while somebody is logged in,
    /// whoever is that somebody has what they wanted; for another person there is nothing to try.
    fn not_begun(&mut self, browser: Browser, person: Person, outcome: Outcome) -> Outcome {
        let session = self.pending.get(&browser).filter(|session| **session != Session::Nobody);
        let (Outcome::Refused(_), SecondLogin::LeadsNowhere, Some(session)) = (&outcome, self.second_login, session)
        else {
            return outcome;
        };
        let outcome = match session.is(person) {
            true => Outcome::Done,
            false => Outcome::NothingToTry(verdict::NO_SECOND_LOGIN.to_owned()),
        };
        self.pending.remove(&browser);
        outcome
    }

    /// Clients bound how often they fetch keys, most to once in half a minute or in a minute (OpenID Connect Core
    /// §10.1.1 demands no more than that they fetch them again).
    async fn let_keys_grow_old(&mut self) {
        let pass = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        match self.pause {
            Pause::None => {}
            Pause::OnClocks(time) => {
                if self.advance_client(pass(time)).await {
                    self.providers.all().for_each(|(issuer, _)| issuer.clock().advance(pass(time)));
                }
            }
            Pause::Real(time) => tokio::time::sleep(time).await,
        }
    }

    /// Moves the client's clock; false if it has none that can be moved.
    async fn advance_client(&mut self, seconds: i64) -> bool {
        let moved = self.driver.advance(seconds).await;
        self.ahead += if moved { seconds } else { 0 };
        moved
    }

    /// What happens at the providers, and to the clocks.
    async fn at_provider(&mut self, action: &Action) {
        let providers = self.providers;
        let everywhere = |change: &dyn Fn(&Issuer)| providers.all().for_each(|(issuer, _)| change(issuer));
        let people = self.people.clone();
        let from_everybody = |revoke: fn(&Issuer, &str)| {
            everywhere(&|issuer| {
                for person in Person::ALL {
                    revoke(issuer, people.subject(person));
                }
            });
        };
        let advance = |seconds: i64| everywhere(&|issuer| issuer.clock().advance(seconds));
        match action {
            Action::ExpireAccessToken => {
                let seconds = self.providers.issuer.policy().access_token_lifetime.unwrap_or(86_400) + 1;
                if self.advance_client(seconds).await {
                    advance(seconds);
                } else {
                    from_everybody(Issuer::revoke_access_tokens_of);
                }
            }
            Action::PassTime(seconds) => {
                self.advance_client(*seconds).await;
                advance(*seconds);
            }
            Action::RevokeAccessTokens => from_everybody(Issuer::revoke_access_tokens_of),
            Action::RevokeRefreshTokens => from_everybody(Issuer::revoke_refresh_tokens_of),
            Action::RotateKeys => everywhere(&Issuer::rotate_keys),
            Action::Arm(fault) => {
                let id = arm_in(self.providers.issuer, fault, &self.chapter);
                self.armed.push(ArmedFault { id, at: fault.at, name: fault.to_string() });
            }
            Action::Disarm => {
                everywhere(&Issuer::disarm_all);
                self.providers.open_chapter(&recovery(&self.chapter));
            }
            _ => {}
        }
    }

    fn browser(&mut self, browser: Browser) -> BrowserId {
        *self.browsers.entry(browser).or_insert_with(new_browser)
    }

    /// An operation of the client, and its place in the order of what was sent.
    async fn operate<T>(
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

    async fn begin(&self, browser: BrowserId, provider: Provider) -> Reply<Url> {
        self.begun(browser, self.driver.begin(browser, provider)).await
    }

    async fn begun(&self, browser: BrowserId, operation: impl Future<Output = Reply<Url>>) -> Reply<Url> {
        let reply = self.operate(browser, "log in".to_owned(), operation, |_| "to the provider".to_owned()).await;
        if let (Ok(url), Some(hop)) = (&reply, self.calls.lock().last_mut()) {
            hop.urls.push(self.driver.led_to(browser).unwrap_or_else(|| url.to_string()));
        }
        match reply {
            Ok(url) if !["http", "https"].contains(&url.scheme()) => {
                let detail = format!("it sends the browser to {}:, which is no page of the web", url.scheme());
                Err(Failure::Refused(Refusal { detail, ..Refusal::default() }))
            }
            reply => reply,
        }
    }

    async fn callback(&self, browser: BrowserId, response: &AuthorizationResponse) -> Reply<Answer> {
        let names: Vec<_> = response.params.iter().map(|(name, _)| plain(name)).collect();
        let request = format!("callback?{}", names.join("&"));
        let reply = self.operate(browser, request, self.driver.callback(browser, response), answered).await;
        if let (Ok(_), Some(url), Some(hop)) = (&reply, self.driver.led_to(browser), self.calls.lock().last_mut()) {
            hop.urls.push(url);
        }
        reply
    }

    /// 500 may be the word for an API or a provider that has just answered so itself. Where nobody has, it is the client's
    /// own: it fell over.
    async fn call_api(&self, browser: BrowserId) -> Reply<Answer> {
        let began = Instant::now();
        let reply = self.operate(browser, "call the API".to_owned(), self.driver.call_api(browser), answered).await;
        let when = Span::since(began);
        let in_trouble = |entry: &Entry| {
            let failed = entry.response.as_ref().is_none_or(|response| response.status >= 500);
            when.holds(entry.arrived) && failed
        };
        let mut entries = self.providers.all().flat_map(|(issuer, _)| issuer.journal().entries());
        match reply {
            Ok(Answer { said: Said::Page(500), .. }) if !entries.any(|entry| in_trouble(&entry)) => {
                Err(Failure::ServerError("the route that calls the API answered with status 500".to_owned()))
            }
            reply => reply,
        }
    }

    /// The user agent is at a provider.
    async fn visit(&mut self, browser: Browser, url: Url, person: Person) -> Visit {
        let began = Instant::now();
        let visit = provider::visit(url, self.people.subject(person)).await;
        self.visits.push((browser, Span::since(began)));
        visit
    }

    /// From the login route to the authorization response.
    async fn authorize(
        &mut self,
        browser: Browser,
        person: Person,
        provider: Provider,
        without: &[String],
    ) -> Result<AuthorizationResponse, Outcome> {
        self.look_before(browser).await?;
        let id = self.browser(browser);
        let mut url = self.begin(id, provider).await.map_err(failed)?;
        if !without.is_empty() {
            let kept: Vec<_> = url.query_pairs().into_owned().filter(|(name, _)| !without.contains(name)).collect();
            url.query_pairs_mut().clear().extend_pairs(kept);
        }
        visited(self.visit(browser, url, person).await)
    }

    /// The authorization request that the client has made for one provider, answered by the other.
    async fn mix_up(
        &mut self,
        browser: Browser,
        person: Person,
        asked: Provider,
        answers: Provider,
    ) -> Result<AuthorizationResponse, Outcome> {
        self.look_before(browser).await?;
        let id = self.browser(browser);
        let request = self.begin(id, asked).await.map_err(failed)?;
        let (issuer, registration) =
            self.providers.get(answers).ok_or(Outcome::Unsupported(Capability::MultipleIssuers))?;
        let mut url = Url::parse(&issuer.url(Endpoint::Authorize)).map_err(|error| broken(&error.to_string()))?;
        url.query_pairs_mut().extend_pairs(request.query_pairs().map(|(name, value)| {
            let value = if name == "client_id" { registration.client_id.clone().into() } else { value };
            (name, value)
        }));
        visited(self.visit(browser, url, person).await)
    }

    fn keep(&mut self, browser: Browser, response: Result<AuthorizationResponse, Outcome>) -> (Outcome, String) {
        let outcome = match response {
            Ok(response) => {
                self.kept.insert(browser, response);
                Outcome::Done
            }
            Err(outcome) => outcome,
        };
        (outcome, String::new())
    }

    async fn deliver_kept(
        &mut self,
        of: Browser,
        to: Browser,
        with_own: &[String],
        replaced: &[(String, String)],
    ) -> (Outcome, String) {
        let Some(mut response) = self.kept.get(&of).cloned() else {
            let why = format!("the {of}'s login did not get as far as an authorization response");
            return (Outcome::NothingToDeliver(why), String::new());
        };
        for name in with_own {
            if let Some(own) = self.kept.get(&to).and_then(|own| own.param(name)) {
                response.set(name, own);
            }
        }
        replaced.iter().for_each(|(name, value)| response.set(name, value));
        let whose = if of == to { Whose::Own } else { Whose::Foreign };
        self.deliver(to, response, whose).await
    }

    async fn deliver(&mut self, browser: Browser, response: AuthorizationResponse, whose: Whose) -> (Outcome, String) {
        let id = self.browser(browser);
        let before = self.session_before(browser).await;
        if let Err(outcome) = before {
            return (outcome, String::new());
        }
        let reply = self.callback(id, &response).await;
        let reply = self.go_back(browser, reply).await;
        let redeemed = self.redeemed(&response);
        self.delivered.insert(browser, response);
        if whose != Whose::Foreign {
            self.pending.remove(&browser);
        }
        let after = match &reply {
            // Each further question may take as long.
            Err(Failure::TimedOut(_)) => Ok(Session::Nobody),
            _ => self.session_after(browser).await,
        };
        let ended = (&reply, &before, &after);
        if whose == Whose::OwnInTab && redeemed == Redeemed::No && led_to_session(ended, browser.owner()) {
            return (Outcome::Done, reply.map_or_else(|_| String::new(), |answer| answer.shown));
        }
        self.judged(reply, (before, after), redeemed)
    }

    fn judged(
        &mut self,
        reply: Reply<Answer>,
        (before, after): (Result<Session, Outcome>, Result<Session, Outcome>),
        redeemed: Redeemed,
    ) -> (Outcome, String) {
        let landing = reply.as_ref().ok().and_then(Landing::on_error_page);
        let judged = judged(reply, before, after, redeemed, self.landing.as_ref());
        if judged.0 == Outcome::Done && landing.is_some() {
            self.landing = landing;
        }
        judged
    }

    /// Who is logged in where a login is about to begin.
    async fn look_before(&mut self, browser: Browser) -> Result<(), Outcome> {
        if self.pending.contains_key(&browser) {
            return Ok(());
        }
        let session = self.session_now(browser).await?;
        self.pending.insert(browser, session);
        Ok(())
    }

    /// Who was logged in when the login of this browser began, or is now if none has.
    async fn session_before(&mut self, browser: Browser) -> Result<Session, Outcome> {
        match self.pending.get(&browser) {
            Some(session) => Ok(session.clone()),
            None => self.session_now(browser).await,
        }
    }

    async fn session_now(&mut self, browser: Browser) -> Result<Session, Outcome> {
        let id = self.browser(browser);
        let session = self.session(id).await?;
        // Nobody has ever logged in there, so nobody can be logged in.
        if session != Session::Nobody && self.is_fresh(browser) {
            let what = format!("in a browser in which nobody has logged in, the client says that {session}");
            return Err(Outcome::Contradicted(what));
        }
        Ok(session)
    }

    async fn session_after(&mut self, browser: Browser) -> Result<Session, Outcome> {
        let id = self.browser(browser);
        let session = self.session(id).await?;
        self.seen = Some(session.clone());
        if let Some(before) = self.pending.get_mut(&browser) {
            before.clone_from(&session);
        }
        Ok(session)
    }

    /// Whether the client has presented the code of this response.
    fn redeemed(&self, response: &AuthorizationResponse) -> Redeemed {
        let Some(code) = response.param("code") else { return Redeemed::No };
        let presents = |entry: &Arc<Entry>| {
            entry.endpoint == Endpoint::Token && entry.request.params.iter().any(|(_, value)| value == code)
        };
        let asked = self.providers.all().any(|(issuer, _)| issuer.journal().entries().iter().any(presents));
        if asked { Redeemed::Yes } else { Redeemed::No }
    }

    /// A client that sends the browser back to the provider makes an authorization request, and it is evidence like any
    /// other. What the provider answers without asking anybody, an error, goes to the client at once, as in any browser; a
    /// login that somebody would have to make is left to lie.
    async fn go_back(&mut self, browser: Browser, mut reply: Reply<Answer>) -> Reply<Answer> {
        let id = self.browser(browser);
        for _ in 0..MOST_RETURNS {
            let Ok(Answer { said: Said::BeginsAgain(url), .. }) = &reply else { break };
            match self.visit(browser, url.clone(), browser.owner()).await {
                Visit::Response(response) if response.param("error").is_some() && response.param("code").is_none() => {
                    reply = self.callback(id, &response).await;
                }
                _ => break,
            }
        }
        reply
    }

    /// Whether no response was ever delivered to this browser, and no cookies planted in it.
    fn is_fresh(&self, browser: Browser) -> bool {
        let planted = |attempt: &Attempt| matches!(attempt.action, Action::PlantCookies { to, .. } | Action::TakeCookies { to, .. } if to == browser);
        !self.delivered.contains_key(&browser) && !self.attempts.iter().any(planted)
    }

    /// The delivery that may have succeeded counts: one of two has to be refused.
    async fn deliver_twice(&mut self, browser: Browser) -> (Outcome, String) {
        let Some(response) = self.kept.get(&browser).cloned() else {
            return self.deliver_kept(browser, browser, &[], &[]).await;
        };
        let id = self.browser(browser);
        let before = self.session_before(browser).await;
        if let Err(outcome) = before {
            return (outcome, String::new());
        }
        self.delivered.insert(browser, response.clone());
        // What the provider holds back for the other one, it need not hold back when that has come to its end.
        let [first, second] = [(), ()].map(|()| async {
            let reply = self.callback(id, &response).await;
            self.providers.all().for_each(|(issuer, _)| issuer.release_held());
            reply
        });
        let (first, second) = tokio::join!(first, second);
        let redeemed = self.redeemed(&response);
        self.pending.remove(&browser);
        let after = self.session_after(browser).await;
        let reply = if promise(&second) > promise(&first) { second } else { first };
        self.judged(reply, (before, after), redeemed)
    }

    /// Each call is an attempt of its own.
    async fn call_api_together(&mut self, browsers: &[Browser], number: usize) {
        let ids: Vec<_> = browsers.iter().map(|browser| self.browser(*browser)).collect();
        let began = Instant::now();
        let calls = join_all(ids.into_iter().map(|id| self.call_api(id))).await;
        let when = Span::since(began);
        for (browser, reply) in browsers.iter().zip(calls) {
            let (outcome, shown) = called(reply);
            let action = Action::CallApi(*browser);
            self.attempts.push(Attempt { action, outcome, shown, session: None, when, number: Some(number) });
        }
    }

    async fn session(&self, browser: BrowserId) -> Result<Session, Outcome> {
        let began = Instant::now();
        let session = limited(self.driver.session(browser)).await;
        self.looks.lock().push(Span::since(began));
        session.map(|said| Session::recognised(said, &self.people)).map_err(failed)
    }

    /// A client that has refused to begin has set no cookies, and may set some all the same.
    async fn plant_cookies(&mut self, of: Browser, to: Browser) -> Outcome {
        let (from, into) = (self.browser(of), self.browser(to));
        let planted = limited(self.driver.plant_cookies(from, into)).await;
        let stopped = self
            .attempts
            .iter()
            .find(|attempt| attempt.action.browsers().contains(&of) && attempt.outcome != Outcome::Done);
        match (planted, stopped) {
            (Err(failure), _) => failed(failure),
            (Ok(0), Some(stopped)) => Outcome::NothingToDeliver(format!(
                "the {of}'s browser has no cookies of the client to plant, for this went wrong there: {}",
                describe(&stopped.outcome)
            )),
            (Ok(0), None) => Outcome::NothingToTry(format!(
                "the client has set no cookie in the {of}'s browser up to here, so there is none to plant"
            )),
            (Ok(_), _) => Outcome::Done,
        }
    }

    async fn start_logins(&mut self, count: usize) -> Outcome {
        let steady = self.browser(Browser::User);
        for number in 0..count {
            let browser = if number % 2 == 0 { steady } else { new_browser() };
            let begun = self.begin(browser, Provider::First).await;
            if browser != steady {
                self.driver.close(browser);
            }
            match begun {
                Ok(url) => {
                    self.visit(Browser::User, url, Person::Alice).await;
                }
                Err(failure) => return failed(failure),
            }
        }
        Outcome::Done
    }

    async fn abandon_logins(&mut self, browser: Browser, count: usize) -> Outcome {
        let id = self.browser(browser);
        for _ in 0..count {
            match self.begin(id, Provider::First).await {
                Ok(url) => drop(self.visit(browser, url, browser.owner()).await),
                Err(failure) => return failed(failure),
            }
        }
        Outcome::Done
    }

    /// Whatever the client answers will do, as long as it answers.
    async fn stray(&self, browser: Browser) -> Outcome {
        let Some(id) = self.browsers.get(&browser) else {
            return Outcome::NothingToDeliver(format!("no login was started in the {browser}'s browser"));
        };
        match limited(self.driver.stray_requests(*id)).await {
            Ok(()) => Outcome::Done,
            Err(failure) => failed(failure),
        }
    }

    /// Two logins, each in a browser of its own: by a link to a page of the client, and by one to somewhere else.
    async fn log_in_returning(&mut self, browser: Browser, target: &str, number: usize) {
        let Some(mut page) = self.driver.page() else {
            let (outcome, shown) = (Outcome::Unsupported(Capability::ReturnTarget), String::new());
            let action = Action::LogInReturning { browser, target: target.to_owned() };
            let (when, number) = (Span::now(), Some(number));
            return self.attempts.push(Attempt { action, outcome, shown, session: None, when, number });
        };
        let target = target.replace("{client}", &page.origin().ascii_serialization());
        let leads_away = foreign_site(&page, &target).is_some();
        page.query_pairs_mut().append_pair("visit", &rand::random::<u32>().to_string());
        let own = page[url::Position::BeforePath..].to_owned();
        for (target, number) in [(own, None), (target, Some(number))] {
            self.pending.remove(&browser);
            if let Some(earlier) = self.browsers.insert(browser, new_browser()) {
                self.driver.close(earlier);
            }
            let began = Instant::now();
            let (outcome, shown) = match self.authorize_returning(browser, &target).await {
                _ if number.is_some() && !leads_away => {
                    let why = format!("{target:?} is a page of this client, so it leads nowhere else");
                    (Outcome::NothingToTry(why), String::new())
                }
                Ok(response) => self.deliver(browser, response, Whose::Own).await,
                Err(outcome) => (outcome, String::new()),
            };
            let (action, session) = (Action::LogInReturning { browser, target }, self.seen.take());
            self.attempts.push(Attempt { action, outcome, shown, session, when: Span::since(began), number });
            if self.has_timed_out() {
                break;
            }
        }
    }

    /// From the login route to the authorization response.
    async fn authorize_returning(&mut self, browser: Browser, target: &str) -> Result<AuthorizationResponse, Outcome> {
        self.look_before(browser).await?;
        let id = self.browser(browser);
        let url = self.begun(id, self.driver.begin_returning(id, target)).await.map_err(failed)?;
        visited(self.visit(browser, url, browser.owner()).await)
    }

    /// Each in a browser of its own. The first one that does not come to its end is the last.
    async fn complete_logins(&mut self, count: usize) -> (Outcome, String) {
        let mut last = (Outcome::Done, String::new());
        for _ in 0..count {
            let earlier = self.browsers.insert(Browser::User, new_browser());
            if let Some(earlier) = earlier {
                self.driver.close(earlier);
            }
            last = match self.authorize(Browser::User, Person::Alice, Provider::First, &[]).await {
                Ok(response) => self.deliver(Browser::User, response, Whose::Own).await,
                Err(outcome) => (outcome, String::new()),
            };
            if last.0 != Outcome::Done {
                break;
            }
        }
        last
    }

    /// Somebody else has the cookies from here on. Where they alone log nobody in, there is nothing to try.
    async fn take_cookies(&mut self, of: Browser, to: Browser) -> Outcome {
        let planted = self.plant_cookies(of, to).await;
        if planted != Outcome::Done {
            return planted;
        }
        let (from, into) = (self.browser(of), self.browser(to));
        match (self.session(from).await, self.session(into).await) {
            (Err(outcome), _) | (_, Err(outcome)) => outcome,
            (Ok(Session::Nobody), _) => Outcome::NothingToDeliver(format!(
                "nobody is logged in in the {of}'s browser, so its cookies are worth nothing"
            )),
            (Ok(_), Ok(Session::Nobody)) => {
                Outcome::NothingToTry("the client's cookies alone log nobody in, in another browser".to_owned())
            }
            (Ok(_), Ok(_)) => Outcome::Done,
        }
    }

    /// A login, and who is logged in afterwards, whatever the client says of it.
    pub(super) async fn log_in_and_look(&mut self, person: Person) -> Result<Session, Outcome> {
        self.act(&[Action::LogIn { browser: Browser::User, person, provider: Provider::First }]).await;
        self.look().await
    }

    /// Who the people are.
    pub(super) fn people(&self) -> &People {
        &self.people
    }

    /// Who is logged in, in the user's browser.
    pub(super) async fn look(&mut self) -> Result<Session, Outcome> {
        let browser = self.browser(Browser::User);
        self.session(browser).await
    }

    pub(super) async fn evidence(mut self, scene: Scene<'_>) -> Evidence {
        let mut sessions = Vec::new();
        let looked_at = if self.has_timed_out() { BTreeMap::new() } else { self.browsers.clone() };
        for (browser, id) in looked_at {
            match self.session(id).await {
                Ok(session) => sessions.push((browser, session)),
                Err(outcome) => {
                    let action = Action::LogIn { browser, person: browser.owner(), provider: Provider::First };
                    let (shown, session) = (String::new(), None);
                    let attempt = Attempt { action, outcome, shown, session, when: Span::now(), number: None };
                    self.attempts.push(attempt);
                }
            }
        }
        // The clock is the client's, and the client may be used again.
        if self.ahead != 0 {
            self.driver.advance(-self.ahead).await;
        }
        let mut blank = scene.blank();
        blank.faults.append(&mut self.armed);
        let told = self.told(&sessions);
        let (traced, calls) = (self.driver.take_trace(), std::mem::take(self.calls.get_mut()));
        let mut evidence = Evidence {
            attempts: std::mem::take(&mut self.attempts),
            sessions,
            browsers: self.browsers.iter().map(|(browser, id)| (*id, *browser)).collect(),
            visits: std::mem::take(&mut self.visits),
            looks: std::mem::take(self.looks.get_mut()),
            redirect_uri: self.driver.redirect_uri().to_owned(),
            loopback_redirect_uris: self.driver.loopback_redirect_uris(),
            hops: if traced.is_empty() { calls } else { traced },
            output: self.driver.output(),
            ..blank
        };
        evidence.exposures = verdict::exposures(&evidence, &told);
        self.driver.forget_output();
        evidence
    }

    /// What the client has let out: as the driver has seen it, or else by the client's answers.
    fn told(&self, sessions: &[(Browser, Session)]) -> Vec<Told> {
        let mut told = self.driver.take_told();
        if told.iter().any(|told| told.outlet == Outlet::Page) {
            return told;
        }
        let page = |at: &str, text: &str| Told { outlet: Outlet::Page, at: at.to_owned(), text: text.to_owned() };
        let answers = self.attempts.iter().filter(|attempt| !attempt.shown.is_empty());
        told.extend(answers.map(|attempt| page(attempt.action.name(), &attempt.shown)));
        let somebodys = sessions.iter().filter(|(_, session)| *session != Session::Nobody);
        told.extend(somebodys.map(|(_, session)| page("who is logged in", session.shown())));
        told
    }
}

/// Whether a response answers the login of the browser that it is delivered to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    /// Of one of two tabs of the browser: the login in the other one may have come to its end before.
    OwnInTab,
    Foreign,
}

impl Drop for Execution<'_> {
    fn drop(&mut self) {
        self.browsers.values().for_each(|browser| self.driver.close(*browser));
    }
}

/// A client in process can hang us, or panic: what ends a process of its own must not end the run.
async fn limited<T>(operation: impl Future<Output = Reply<T>>) -> Reply<T> {
    match tokio::time::timeout(LIMIT, AssertUnwindSafe(operation).catch_unwind()).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(panic)) => Err(Failure::Crashed(format!("the client panicked: {}", words(&*panic)))),
        Err(_) => Err(Failure::TimedOut(format!("the client did not answer within {} s", LIMIT.as_secs()))),
    }
}
