//! A plan, executed on an instance: actions in, evidence out.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::future::join_all;
use mock_idp::{Endpoint, FaultId, Issuer};
use parking_lot::Mutex;
use url::Url;

use super::Lab;
use super::instance::{Instance, Poisoned, Providers, new_browser};
use super::provider::{self, Visit};
use super::stranger::{self, Strangers};
use crate::driver::text::plain;
use crate::driver::{
    Answer, AuthorizationResponse, BrowserId, Capability, Driver, Failure, Registration, Reply, ResponseMode, Said,
    SetupError,
};
use crate::evidence::{ArmedFault, Attempt, Control, Evidence, Hop, Outcome, Phase, Refusal, Session, Span};
use crate::suite::{Action, Arrangement, Browser, Person, Plan, Provider, RegistrationChange, Scenario};

/// No operation of any driver takes longer: the drivers' own limits are shorter, this one catches their mistakes.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs a scenario on a client that other scenarios have used and will use.
pub(super) async fn on_shared(lab: &Lab, instance: &Instance, scenario: &Scenario) -> Result<Evidence, SetupError> {
    let started = Instant::now();
    let mut evidence = run(lab, instance, scenario).await?;
    reset(instance.providers());
    evidence.duration = started.elapsed();
    Ok(evidence)
}

/// Runs a scenario on a client of its own.
pub(super) async fn on_fresh(lab: &Lab, scenario: &Scenario) -> Result<Evidence, SetupError> {
    let started = Instant::now();
    let registration = registration(lab, &scenario.plan);
    let mut evidence = if scenario.plan.starts_client() {
        run_poisoned(lab, &registration, scenario).await?
    } else {
        let instance = Instance::launch(lab, registration, &scenario.plan, lab.variation_of(scenario)).await?;
        let evidence = run(lab, &instance, scenario).await;
        instance.stop().await;
        evidence?
    };
    evidence.duration = started.elapsed();
    Ok(evidence)
}

fn registration(lab: &Lab, plan: &Plan) -> Registration {
    let mut registration = lab.launcher().registration();
    for arrangement in &plan.arrangements {
        let Arrangement::Registration(change) = arrangement else { continue };
        match change.clone() {
            RegistrationChange::ClientId(id) => registration.client_id = id,
            RegistrationChange::ClientSecret(secret) => registration.client_secret = secret,
            RegistrationChange::AuthMethod(method) => registration.token_endpoint_auth_method = method,
            RegistrationChange::Scope(scope) => registration.scope = scope,
            RegistrationChange::Audience(audience) => registration.audience = Some(audience),
        }
    }
    registration
}

/// The ordinary course: control, faults, actions, control, on one client.
async fn run(lab: &Lab, instance: &Instance, scenario: &Scenario) -> Result<Evidence, SetupError> {
    let plan = &scenario.plan;
    let providers = instance.providers();
    providers.set_policy(plan);

    let before = control(instance, plan).await;
    let chapter = chapter(scenario);
    providers.open_chapter(&chapter);
    let strangers = stranger::introduce(lab, providers, &chapter, plan).await?;
    arrange(&instance.issuer, plan, &instance.registration);
    let armed = providers.arm(plan);
    let scene = Scene { providers, strangers, chapter, plan, armed };
    let mut execution = Execution::new(providers, &*instance.driver, scene.chapter.clone());
    execution.act(&plan.actions).await;
    let mut evidence = execution.evidence(scene).await;
    reset(providers);
    providers.set_policy(plan);
    evidence.before = before;
    evidence.after = control(instance, plan).await;
    providers.open_chapter("between scenarios");
    Ok(evidence)
}

fn reset(providers: Providers<'_>) {
    providers.all().for_each(|(issuer, registration)| provider::reset(issuer, registration));
}

/// Poisoned metadata is kept by clients: the honest runs are made by another client of the same kind.
async fn run_poisoned(lab: &Lab, registration: &Registration, scenario: &Scenario) -> Result<Evidence, SetupError> {
    let (plan, variation) = (&scenario.plan, lab.variation_of(scenario));
    let honest = Instance::launch(lab, registration.clone(), &Plan::default(), variation).await?;
    let before = control(&honest, plan).await;

    let chapter = chapter(scenario);
    let Poisoned { issuer, second, strangers, armed, driver } =
        Instance::launch_poisoned(lab, registration, &chapter, plan, variation).await?;
    let providers = Providers { issuer: &issuer, registration, second: second.as_ref() };
    let scene = Scene { providers, strangers, chapter, plan, armed };
    let mut evidence = match driver {
        Ok(driver) => {
            let mut execution = Execution::new(providers, &*driver, scene.chapter.clone());
            execution.act(&plan.actions).await;
            let evidence = execution.evidence(scene).await;
            driver.stop().await;
            evidence
        }
        Err(error) => never_started(&error, scene),
    };
    evidence.before = before;
    evidence.after = control(&honest, plan).await;
    honest.stop().await;
    Ok(evidence)
}

/// A client that does not even start with poisoned metadata has refused it.
fn never_started(error: &SetupError, scene: Scene<'_>) -> Evidence {
    let refusal = Refusal {
        phase: Some(Phase::Discovery),
        detail: format!("it did not start: {}", error.found),
        ..Refusal::default()
    };
    let attempt = |(number, action): (usize, &Action)| Attempt {
        action: action.clone(),
        outcome: Outcome::Refused(refusal.clone()),
        shown: String::new(),
        when: Span::now(),
        number: Some(number),
    };
    let attempts = scene.plan.actions.iter().enumerate().map(attempt).collect();
    let mut evidence = scene.blank();
    evidence.attempts = attempts;
    evidence.output.clone_from(&error.output);
    evidence
}

/// A label that no other run has.
fn chapter(scenario: &Scenario) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{}#{}", scenario.id, NEXT.fetch_add(1, Ordering::Relaxed))
}

fn recovery(chapter: &str) -> String {
    format!("{chapter}, honest again")
}

/// Where a scenario is played, and what is armed there.
struct Scene<'a> {
    providers: Providers<'a>,
    strangers: Strangers,
    chapter: String,
    plan: &'a Plan,
    armed: Vec<FaultId>,
}

impl Scene<'_> {
    /// Nothing seen yet.
    fn blank(self) -> Evidence {
        let armed = self.armed.into_iter().zip(self.plan.faults().chain(self.plan.faults_at_second()));
        Evidence {
            issuer: self.providers.issuer.clone(),
            registration: self.providers.registration.clone(),
            second: self.providers.second.cloned(),
            stranger: self.strangers.stranger,
            wrong_certificates: self.strangers.wrong_certificates,
            redirect_uri: String::new(),
            loopback_redirect_uris: Vec::new(),
            recovery: recovery(&self.chapter).into(),
            chapter: self.chapter.into(),
            attempts: Vec::new(),
            sessions: Vec::new(),
            faults: armed.map(|(id, fault)| ArmedFault { id, at: fault.at, name: fault.to_string() }).collect(),
            before: Control::NotNeeded,
            after: Control::NotNeeded,
            hops: Vec::new(),
            browsers: Vec::new(),
            visits: Vec::new(),
            looks: Vec::new(),
            output: String::new(),
            duration: Duration::ZERO,
        }
    }
}

fn arrange(issuer: &Issuer, plan: &Plan, registration: &Registration) {
    for arrangement in &plan.arrangements {
        if let (Arrangement::ApiScope(scope), Some(audience)) = (arrangement, &registration.audience) {
            issuer.register_api(mock_idp::Api {
                required_scope: Some(scope.clone()),
                ..provider::api(audience, registration)
            });
        }
    }
}

/// The honest run: the scenario's own steps without its faults, in a browser of its own.
pub(super) async fn control(instance: &Instance, plan: &Plan) -> Control {
    if !plan.needs_controls() {
        return Control::NotNeeded;
    }
    let providers = instance.providers();
    providers.open_chapter("control");
    let mut execution = Execution::new(providers, &*instance.driver, "control".to_owned());
    let log_in = |browser, provider| Action::LogIn { browser, person: Person::Alice, provider };
    let mut actions = vec![log_in(Browser::User, Provider::First)];
    if plan.uses_second() {
        actions.push(log_in(Browser::Attacker, Provider::Second));
    }
    if plan.actions.iter().any(Action::calls_api) {
        actions.push(Action::CallApi(Browser::User));
    }
    if plan.actions.contains(&Action::Refresh(Browser::User)) {
        actions.push(Action::Refresh(Browser::User));
    }
    execution.act(&actions).await;
    instance.driver.take_trace();
    let failed = execution.attempts.iter().find(|attempt| attempt.outcome != Outcome::Done);
    match failed {
        None => Control::Succeeded,
        Some(Attempt { outcome: Outcome::DriverBroken(what), .. }) => Control::DriverBroken(what.clone()),
        Some(attempt) => Control::Failed(describe(&attempt.outcome)),
    }
}

/// An outcome in words.
pub(super) fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => "it went through".to_owned(),
        Outcome::Refused(refusal) => refusal.detail.clone(),
        Outcome::Crashed(what)
        | Outcome::ServerError(what)
        | Outcome::TimedOut(what)
        | Outcome::Contradicted(what)
        | Outcome::NothingToDeliver(what)
        | Outcome::NothingToTry(what)
        | Outcome::DriverBroken(what)
        | Outcome::Broken(what) => what.clone(),
        Outcome::Unsupported(capability) => format!("the client cannot {capability}"),
    }
}

/// The people of one scenario, at work.
pub(super) struct Execution<'a> {
    providers: Providers<'a>,
    driver: &'a dyn Driver,
    chapter: String,
    browsers: BTreeMap<Browser, BrowserId>,
    kept: BTreeMap<Browser, AuthorizationResponse>,
    delivered: BTreeMap<Browser, AuthorizationResponse>,
    /// By how many seconds the client's clock is ahead.
    ahead: i64,
    pub(super) attempts: Vec<Attempt>,
    visits: Vec<(Browser, Span)>,
    looks: Mutex<Vec<Span>>,
    /// What the client was called to do: the trace of a client that keeps none.
    calls: Mutex<Vec<Hop>>,
}

impl<'a> Execution<'a> {
    pub(super) fn new(providers: Providers<'a>, driver: &'a dyn Driver, chapter: String) -> Self {
        let (browsers, kept, delivered) = Default::default();
        let (attempts, visits, looks, calls) = Default::default();
        Self { providers, driver, chapter, browsers, kept, delivered, ahead: 0, attempts, visits, looks, calls }
    }

    pub(super) async fn act(&mut self, actions: &[Action]) {
        for (number, action) in actions.iter().enumerate() {
            if let Action::CallApiTogether(browsers) = action {
                self.call_api_together(browsers, number).await;
                continue;
            }
            let began = Instant::now();
            let (outcome, shown) = self.act_once(action).await;
            let (action, when, number) = (action.clone(), Span::since(began), Some(number));
            self.attempts.push(Attempt { action, outcome, shown, when, number });
        }
    }

    async fn act_once(&mut self, action: &Action) -> (Outcome, String) {
        match action {
            Action::LogIn { browser, person, provider } => {
                match self.authorize(*browser, *person, *provider, &[]).await {
                    Ok(response) => self.deliver(*browser, response).await,
                    Err(outcome) => (outcome, String::new()),
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
            Action::Deliver { of, to, with_own, replaced } => self.deliver_kept(*of, *to, with_own, replaced).await,
            Action::DeliverTwice(browser) => self.deliver_twice(*browser).await,
            Action::Forge { to, params } => {
                let redirect_uri = self.driver.redirect_uri().to_owned();
                let response =
                    AuthorizationResponse { redirect_uri, mode: ResponseMode::Query, params: params.clone() };
                self.deliver(*to, response).await
            }
            Action::Replay(browser) => match self.delivered.get(browser).cloned() {
                Some(response) => self.deliver(*browser, response).await,
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
            _ => {
                self.at_provider(action).await;
                (Outcome::Done, String::new())
            }
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
        let from_everybody = |revoke: fn(&Issuer, &str)| {
            everywhere(&|issuer| {
                for person in Person::ALL {
                    revoke(issuer, person.subject());
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
        self.calls.lock().push(Hop { browser, when, request, response, urls: Vec::new() });
        reply
    }

    async fn begin(&self, browser: BrowserId, provider: Provider) -> Reply<Url> {
        let begin = self.driver.begin(browser, provider);
        self.operate(browser, "log in".to_owned(), begin, |_| "to the provider".to_owned()).await
    }

    async fn callback(&self, browser: BrowserId, response: &AuthorizationResponse) -> Reply<Answer> {
        let names: Vec<_> = response.params.iter().map(|(name, _)| plain(name)).collect();
        let request = format!("callback?{}", names.join("&"));
        self.operate(browser, request, self.driver.callback(browser, response), answered).await
    }

    async fn call_api(&self, browser: BrowserId) -> Reply<Answer> {
        self.operate(browser, "call the API".to_owned(), self.driver.call_api(browser), answered).await
    }

    /// The user agent is at a provider.
    async fn visit(&mut self, browser: Browser, url: Url, person: Person) -> Visit {
        let began = Instant::now();
        let visit = provider::visit(url, person).await;
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
        self.deliver(to, response).await
    }

    async fn deliver(&mut self, browser: Browser, response: AuthorizationResponse) -> (Outcome, String) {
        let id = self.browser(browser);
        let before = self.session(id).await;
        let reply = self.callback(id, &response).await;
        self.delivered.insert(browser, response);
        let after = self.session(id).await;
        judged(reply, before, after)
    }

    /// The delivery that may have succeeded counts: one of two has to be refused.
    async fn deliver_twice(&mut self, browser: Browser) -> (Outcome, String) {
        let Some(response) = self.kept.get(&browser).cloned() else {
            return self.deliver_kept(browser, browser, &[], &[]).await;
        };
        let id = self.browser(browser);
        let before = self.session(id).await;
        let (first, second) = tokio::join!(self.callback(id, &response), self.callback(id, &response));
        let after = self.session(id).await;
        let reply = if promise(&second) > promise(&first) { second } else { first };
        judged(reply, before, after)
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
            self.attempts.push(Attempt { action, outcome, shown, when, number: Some(number) });
        }
    }

    async fn session(&self, browser: BrowserId) -> Result<Session, Outcome> {
        let began = Instant::now();
        let session = limited(self.driver.session(browser)).await;
        self.looks.lock().push(Span::since(began));
        session.map_err(failed)
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

    /// A login, and who is logged in afterwards, whatever the client says of it.
    pub(super) async fn log_in_and_look(&mut self, person: Person) -> Result<Session, Outcome> {
        self.act(&[Action::LogIn { browser: Browser::User, person, provider: Provider::First }]).await;
        self.look().await
    }

    /// Who is logged in, in the user's browser.
    pub(super) async fn look(&mut self) -> Result<Session, Outcome> {
        let browser = self.browser(Browser::User);
        self.session(browser).await
    }

    async fn evidence(mut self, scene: Scene<'_>) -> Evidence {
        let mut sessions = Vec::new();
        for (browser, id) in self.browsers.clone() {
            match self.session(id).await {
                Ok(session) => sessions.push((browser, session)),
                Err(outcome) => {
                    let action = Action::LogIn { browser, person: browser.owner(), provider: Provider::First };
                    let attempt = Attempt { action, outcome, shown: String::new(), when: Span::now(), number: None };
                    self.attempts.push(attempt);
                }
            }
        }
        // The clock is the client's, and the client may be used again.
        if self.ahead != 0 {
            self.driver.advance(-self.ahead).await;
        }
        let (traced, calls) = (self.driver.take_trace(), std::mem::take(self.calls.get_mut()));
        Evidence {
            attempts: std::mem::take(&mut self.attempts),
            sessions,
            browsers: self.browsers.iter().map(|(browser, id)| (*id, *browser)).collect(),
            visits: std::mem::take(&mut self.visits),
            looks: std::mem::take(self.looks.get_mut()),
            redirect_uri: self.driver.redirect_uri().to_owned(),
            loopback_redirect_uris: self.driver.loopback_redirect_uris(),
            hops: if traced.is_empty() { calls } else { traced },
            output: self.driver.output(),
            ..scene.blank()
        }
    }
}

impl Drop for Execution<'_> {
    fn drop(&mut self) {
        self.browsers.values().for_each(|browser| self.driver.close(*browser));
    }
}

/// An answer in a few words.
fn answered(answer: &Answer) -> String {
    match &answer.said {
        Said::Done => "done".to_owned(),
        Said::Page(status) => status.to_string(),
        Said::Refused(refusal) => format!("refused: {}", refusal.detail),
    }
}

/// What the authorization endpoint answered, as far as it can be delivered.
fn visited(visit: Visit) -> Result<AuthorizationResponse, Outcome> {
    match visit {
        Visit::Response(response) => Ok(response),
        Visit::Page(page) => Err(Outcome::Refused(Refusal {
            phase: Some(Phase::Authorize),
            detail: format!("the provider did not accept the authorization request: {page}"),
            ..Refusal::default()
        })),
        Visit::Nothing(what) => Err(broken(&what)),
    }
}

/// How a delivered response ended, by the session before and after.
fn judged(
    reply: Reply<Answer>,
    before: Result<Session, Outcome>,
    after: Result<Session, Outcome>,
) -> (Outcome, String) {
    match (reply, before, after) {
        (Err(failure), ..) => (failed(failure), String::new()),
        (_, Err(outcome), _) | (_, _, Err(outcome)) => (outcome, String::new()),
        (Ok(answer), Ok(before), Ok(after)) => (login_outcome(&answer.said, &before, &after), answer.shown),
    }
}

/// How likely it is that a delivery has succeeded.
fn promise(reply: &Reply<Answer>) -> u8 {
    match reply {
        Ok(Answer { said: Said::Done, .. }) => 2,
        Ok(Answer { said: Said::Refused(_), .. }) | Err(Failure::Refused(_)) => 0,
        Ok(Answer { said: Said::Page(_), .. }) | Err(_) => 1,
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

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it did not say why")
}

fn broken(what: &str) -> Outcome {
    Outcome::Broken(what.to_owned())
}

fn failed(failure: Failure) -> Outcome {
    match failure {
        Failure::Refused(refusal) => Outcome::Refused(refusal),
        Failure::Crashed(how) => Outcome::Crashed(how),
        Failure::ServerError(how) => Outcome::ServerError(how),
        Failure::TimedOut(what) => Outcome::TimedOut(what),
        Failure::Unsupported(capability) => Outcome::Unsupported(capability),
        Failure::DriverBroken(what) => Outcome::DriverBroken(what),
        Failure::Broken(what) => Outcome::Broken(what),
    }
}

/// API call, refresh, logout: a page of success is success, a page of another status a refusal.
fn called(reply: Reply<Answer>) -> (Outcome, String) {
    match reply {
        Err(failure) => (failed(failure), String::new()),
        Ok(Answer { said, shown }) => {
            let outcome = match said {
                Said::Done => Outcome::Done,
                Said::Refused(refusal) => Outcome::Refused(refusal),
                Said::Page(status) if status < 400 => Outcome::Done,
                Said::Page(status) => Outcome::Refused(page_refusal(status)),
            };
            (outcome, shown)
        }
    }
}

fn page_refusal(status: u16) -> Refusal {
    Refusal { detail: format!("it answered with status {status}"), ..Refusal::default() }
}

/// A login is judged by the session, not by what the client says of it.
fn login_outcome(said: &Said, before: &Session, after: &Session) -> Outcome {
    let changed = before != after;
    match (said, after) {
        (Said::Refused(refusal), Session::Subject { subject, .. }) if changed => Outcome::Contradicted(format!(
            "the client says that it refused ({}), and {subject} is logged in",
            refusal.detail
        )),
        (Said::Refused(refusal), _) => Outcome::Refused(refusal.clone()),
        (Said::Done, Session::Nobody) => {
            Outcome::Contradicted("the client says that the login succeeded, and nobody is logged in".to_owned())
        }
        (Said::Page(status), Session::Nobody) => Outcome::Refused(page_refusal(*status)),
        (Said::Page(status), _) if !changed && *status >= 400 => Outcome::Refused(page_refusal(*status)),
        (Said::Done | Said::Page(_), _) => Outcome::Done,
    }
}
