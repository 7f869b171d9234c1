//! The course of a scenario: control, faults, actions, control; evidence out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mock_idp::{Change, Endpoint, Fault, FaultId, Issuer, Point, Signing, Times};
use serde_json::json;

use super::Lab;
use super::execution::{Execution, Pause};
use super::instance::{Instance, Poisoned, Providers, recovery};
use super::outcome::describe;
use super::provider;
use super::stranger::{self, Strangers};
use crate::driver::{Driver, SetupError};
use crate::evidence::{ArmedFault, Attempt, Comparison, Control, Evidence, Learnt, Outcome, Reading};
use crate::suite::{Action, Arrangement, Plan, PolicyChange, RegistrationChange, Scenario};
use crate::terms::{Browser, People, Person, Phase, Provider, Refusal, Registration, Span};

/// Runs a scenario on a client that other scenarios have used and will use.
pub(super) async fn on_shared(lab: &Lab, instance: &Instance, scenario: &Scenario) -> Result<Evidence, SetupError> {
    let started = Instant::now();
    let mut evidence = run(lab, instance, scenario, Pause::None).await?;
    instance.has_played();
    reset(instance.providers());
    evidence.duration = started.elapsed();
    Ok(evidence)
}

/// Runs a scenario on a client of its own.
pub(super) async fn on_fresh(lab: &Lab, scenario: &Scenario, pause: Pause) -> Result<Evidence, SetupError> {
    let started = Instant::now();
    let registration = registration(lab, &scenario.plan);
    let mut evidence = if scenario.plan.starts_client() {
        run_poisoned(lab, &registration, scenario, pause).await?
    } else {
        let instance = Instance::launch(lab, registration, &scenario.plan, lab.variation_of(scenario)).await?;
        let evidence = run(lab, &instance, scenario, pause).await;
        instance.stop().await;
        evidence?
    };
    evidence.duration = started.elapsed();
    Ok(evidence)
}

/// What the client, on an issuer of its own, does with an ID token in which everything is wrong.
pub(super) async fn reading(lab: &Lab) -> Result<Reading, SetupError> {
    let (registration, people) = (lab.launcher().registration(), lab.cast());
    let instance = Instance::launch(lab, registration, &Plan::default(), mock_idp::Variation::NONE).await?;
    instance.providers().introduce(&people);
    let chapter = "set-up: whether the ID token is read".to_owned();
    instance.providers().open_chapter(&chapter);
    let wrong = serde_json::json!({
        "iss": "https://attacker.example/", "aud": "another-client", "sub": "nobody-in-particular", "nonce": "another-one",
        "exp": "{now-3600}", "iat": "{now-7200}",
    });
    let fault = |at, change| Fault { name: None, at, grant: None, change, times: Times::Always };
    instance.issuer.arm(fault(Point::IdTokenClaims, Change::Merge(wrong)));
    instance.issuer.arm(fault(Point::IdTokenSignature, Change::Sign(Signing::Corrupted)));
    let before = instance.issuer.journal().next_seq();
    let mut execution = Execution::new(instance.providers(), &*instance.driver, chapter, people);
    let log_in = Action::LogIn { browser: Browser::User, person: Person::Alice, provider: Provider::First };
    execution.act(&[log_in]).await;
    let accepted = execution.attempts.iter().all(|attempt| attempt.outcome == Outcome::Done);
    drop(execution);
    let entries = instance.issuer.journal().since(before);
    let used = entries.iter().any(|entry| matches!(entry.endpoint, Endpoint::Userinfo | Endpoint::Api));
    reset(instance.providers());
    instance.stop().await;
    Ok(match (accepted, used) {
        (true, _) => Reading::Never,
        (false, true) => Reading::AfterUse,
        (false, false) => Reading::BeforeUse,
    })
}

/// Whether the client, on a provider that names itself in authorization responses, refuses one that names another.
pub(super) async fn comparison(lab: &Lab) -> Result<Comparison, SetupError> {
    let (registration, people) = (lab.launcher().registration(), lab.cast());
    let plan = Plan { arrangements: vec![Arrangement::Policy(PolicyChange::IssuerParameter)], ..Plan::default() };
    let instance = Instance::launch(lab, registration, &plan, mock_idp::Variation::NONE).await?;
    instance.providers().introduce(&people);
    let chapter = "set-up: whether iss is compared".to_owned();
    instance.providers().open_chapter(&chapter);
    let change = Change::Merge(json!({ "iss": "https://attacker.example/" }));
    let fault = Fault { name: None, at: Point::AuthorizationResponse, grant: None, change, times: Times::Always };
    let log_in = |browser| Action::LogIn { browser, person: Person::Alice, provider: Provider::First };
    let mut execution = Execution::new(instance.providers(), &*instance.driver, chapter, people);
    execution.act(&[log_in(Browser::User), Action::Arm(fault), log_in(Browser::Victim)]).await;
    let outcomes: Vec<_> = execution.attempts.iter().map(|attempt| &attempt.outcome).collect();
    let refuses = matches!(outcomes.as_slice(), [Outcome::Done, _, Outcome::Refused(_) | Outcome::ServerError(_)]);
    drop(execution);
    reset(instance.providers());
    instance.stop().await;
    Ok(if refuses { Comparison::Made } else { Comparison::NotMade })
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
async fn run(lab: &Lab, instance: &Instance, scenario: &Scenario, pause: Pause) -> Result<Evidence, SetupError> {
    let plan = &scenario.plan;
    let providers = instance.providers();
    providers.set_policy(plan);

    let before = control(lab, instance, plan).await;
    let shows_userinfo = match plan.hides_userinfo() && !before.has_failed() {
        true => Some(shows_userinfo(lab, instance).await),
        false => None,
    };
    let (chapter, people) = (chapter(scenario), lab.cast());
    providers.open_chapter(&chapter);
    providers.introduce(&people);
    let strangers = stranger::introduce(lab, providers, &chapter, plan).await?;
    if before.has_failed() {
        let scene = Scene { providers, people, strangers, chapter, plan, armed: Vec::new(), learnt: lab.learnt() };
        return Ok(over(before, &*instance.driver, scene));
    }
    arrange(&instance.issuer, plan, &instance.registration);
    let armed = providers.arm(plan, &chapter);
    let scene = Scene { providers, people, strangers, chapter, plan, armed, learnt: lab.learnt() };
    let mut execution = scene.execution(&*instance.driver, lab, pause);
    execution.act(&plan.actions).await;
    let mut evidence = execution.evidence(scene).await;
    reset(providers);
    providers.set_policy(plan);
    evidence.before = before;
    evidence.shows_userinfo = shows_userinfo;
    if !evidence.timed_out() {
        evidence.after = control(lab, instance, plan).await;
    }
    providers.open_chapter("between scenarios");
    Ok(evidence)
}

fn reset(providers: Providers<'_>) {
    providers.all().for_each(|(issuer, registration)| provider::reset(issuer, registration));
}

/// Poisoned metadata is kept by clients: the honest runs, where they are needed, are made by another client of the same
/// kind, on a provider without the habit that the scenario is about.
async fn run_poisoned(
    lab: &Lab,
    registration: &Registration,
    scenario: &Scenario,
    pause: Pause,
) -> Result<Evidence, SetupError> {
    let (plan, variation) = (&scenario.plan, lab.variation_of(scenario));
    let honest = match plan.needs_controls() {
        true => {
            Some(Instance::launch(lab, registration.clone(), &Plan::default(), lab.usual_variation(scenario)).await?)
        }
        false => None,
    };
    let before = match &honest {
        Some(honest) => control(lab, honest, plan).await,
        None => Control::NotNeeded,
    };

    let (chapter, people) = (chapter(scenario), lab.cast());
    if before.has_failed()
        && let Some(honest) = honest
    {
        let providers = honest.providers();
        let strangers = stranger::introduce(lab, providers, &chapter, plan).await?;
        let scene = Scene { providers, people, strangers, chapter, plan, armed: Vec::new(), learnt: lab.learnt() };
        let evidence = over(before, &*honest.driver, scene);
        honest.stop().await;
        return Ok(evidence);
    }
    let Poisoned { issuer, second, strangers, armed, driver } =
        Instance::launch_poisoned(lab, registration, &chapter, &people, plan, variation).await?;
    let providers = Providers { issuer: &issuer, registration, second: second.as_ref() };
    let scene = Scene { providers, people, strangers, chapter, plan, armed, learnt: lab.learnt() };
    let mut evidence = match driver {
        Ok(driver) => {
            let mut execution = scene.execution(&*driver, lab, pause);
            execution.act(&plan.actions).await;
            let evidence = execution.evidence(scene).await;
            driver.stop().await;
            evidence
        }
        Err(error) => never_started(&error, scene),
    };
    evidence.before = before;
    if let Some(honest) = honest {
        if !evidence.timed_out() {
            evidence.after = control(lab, &honest, plan).await;
        }
        honest.stop().await;
    }
    Ok(evidence)
}

/// Where the honest run before has failed, nothing that could follow proves anything.
fn over(before: Control, driver: &dyn Driver, scene: Scene<'_>) -> Evidence {
    Evidence { before, output: driver.output(), redirect_uri: driver.redirect_uri().to_owned(), ..scene.blank() }
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
        session: None,
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

/// Where a scenario is played, and what is armed there.
pub(super) struct Scene<'a> {
    providers: Providers<'a>,
    people: People,
    strangers: Strangers,
    chapter: String,
    plan: &'a Plan,
    armed: Vec<FaultId>,
    learnt: Arc<Learnt>,
}

impl<'a> Scene<'a> {
    fn execution<'d>(&self, driver: &'d dyn Driver, lab: &Lab, pause: Pause) -> Execution<'d>
    where
        'a: 'd,
    {
        let (chapter, people) = (self.chapter.clone(), self.people.clone());
        Execution::new(self.providers, driver, chapter, people).with_second_login(lab.second_login()).with_pause(pause)
    }

    /// Nothing seen yet.
    pub(super) fn blank(self) -> Evidence {
        let armed = self.armed.into_iter().zip(self.plan.faults().chain(self.plan.faults_at_second()));
        Evidence {
            people: self.people,
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
            learnt: self.learnt,
            before: Control::NotNeeded,
            after: Control::NotNeeded,
            shows_userinfo: None,
            hops: Vec::new(),
            browsers: Vec::new(),
            visits: Vec::new(),
            looks: Vec::new(),
            output: String::new(),
            exposures: Vec::new(),
            of_the_run: Vec::new().into(),
            duration: Duration::ZERO,
        }
    }
}

fn arrange(issuer: &Issuer, plan: &Plan, registration: &Registration) {
    for arrangement in &plan.arrangements {
        if let Arrangement::ApiScope(scope) = arrangement {
            issuer.register_api(mock_idp::Api { required_scope: Some(scope.clone()), ..provider::api(registration) });
        }
    }
}

/// The honest run: the scenario's own steps without its faults, in browsers of its own, by people of its own: an account that
/// it leaves behind is nobody's in the scenario.
pub(super) async fn control(lab: &Lab, instance: &Instance, plan: &Plan) -> Control {
    if !plan.needs_controls() {
        return Control::NotNeeded;
    }
    let providers = instance.providers();
    let people = lab.cast();
    providers.open_chapter(Evidence::CONTROL);
    providers.introduce(&people);
    let execution = Execution::new(providers, &*instance.driver, Evidence::CONTROL.to_owned(), people);
    let mut execution = execution.with_second_login(lab.second_login());
    let mut failed = None;
    for action in &plan.honest_actions() {
        execution.act(std::slice::from_ref(action)).await;
        failed = execution.attempts.iter().find(|attempt| attempt.outcome != Outcome::Done);
        if failed.is_some() {
            break;
        }
    }
    instance.driver.take_trace();
    instance.driver.take_told();
    match failed {
        None => Control::Succeeded,
        Some(Attempt { outcome: Outcome::DriverBroken(what), .. }) => Control::DriverBroken(what.clone()),
        Some(Attempt { outcome: Outcome::TimedOut(what), .. }) => Control::TimedOut(what.clone()),
        Some(attempt) => Control::Failed(describe(&attempt.outcome)),
    }
}

/// Whether an honest login shows anything of what UserInfo says: each member that a client is likely to show is marked.
async fn shows_userinfo(lab: &Lab, instance: &Instance) -> bool {
    let (providers, people) = (instance.providers(), lab.cast());
    let mark = format!("shown-of-{}", people.nickname(Person::Alice));
    let url = format!("https://{mark}.example/");
    let email = format!("{mark}@example.com");
    let marked = json!({
        "name": mark, "nickname": mark, "preferred_username": mark, "email": email, "picture": url, "profile": url,
        "website": url,
    });
    providers.open_chapter("control");
    providers.introduce(&people);
    let fault =
        Fault { name: None, at: Point::Userinfo, grant: None, change: Change::Merge(marked), times: Times::Always };
    instance.issuer.arm(fault);
    let mut execution = Execution::new(providers, &*instance.driver, "control".to_owned(), people);
    let session = execution.log_in_and_look(Person::Alice).await;
    instance.issuer.disarm_all();
    instance.driver.take_trace();
    instance.driver.take_told();
    let in_session = session.is_ok_and(|session| session.shown().contains(&mark));
    in_session || execution.attempts.iter().any(|attempt| attempt.shown.contains(&mark))
}
