//! The run of a scenario: control, faults, actions, control; evidence out.

use std::iter;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use mock_idp::{Change, Fault, Point, Times, Variation};
use serde_json::json;

use super::equipment::Lab;
use super::execution::{Execution, Pause};
use super::instance::{Instance, LaunchedOnAltered};
use super::other_hosts;
use super::outcome::describe;
use super::probes;
use super::providers::Providers;
use super::scene::Scene;
use crate::driver::{Driver, SetupError};
use crate::evidence::{Attempt, Control, Evidence, Outcome, Session, last_refusal};
use crate::plan::{Action, Arrangement, Message, Plan, PolicyChange, RegistrationChange};
use crate::suite::Scenario;
use crate::terms::{Capability, Hop, Person, Phase, Refusal, Registration, Span};
use crate::verdict;

/// Runs a scenario on a client that other scenarios have used and will use.
pub(super) async fn on_shared(lab: &Lab, instance: &Instance, scenario: &Scenario) -> Result<Evidence, SetupError> {
    let started = Instant::now();
    let mut evidence = run(lab, instance, scenario, Pause::None).await?;
    instance.has_played();
    instance.providers().reset(lab.policy);
    evidence.duration = started.elapsed();
    Ok(evidence)
}

/// Runs a scenario on its own client.
pub(super) async fn on_fresh(lab: &Lab, scenario: &Scenario, pause: Pause) -> Result<Evidence, SetupError> {
    varied(lab, scenario, lab.variation_of(scenario), pause).await
}

/// Runs a scenario on its own client, at a provider that varies in nothing.
pub(super) async fn on_plain(lab: &Lab, scenario: &Scenario) -> Result<Evidence, SetupError> {
    varied(lab, scenario, Variation::NONE, Pause::None).await
}

async fn varied(lab: &Lab, scenario: &Scenario, variation: Variation, pause: Pause) -> Result<Evidence, SetupError> {
    let started = Instant::now();
    let registration = registration(lab, &scenario.plan);
    let mut evidence = if scenario.plan.starts_client() {
        run_on_altered(lab, &registration, (scenario, variation), pause).await?
    } else {
        let instance = Instance::launch(lab, registration, &scenario.plan, variation).await?;
        let evidence = run(lab, &instance, scenario, pause).await;
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

/// The ordinary run: control, faults, actions, control, on one client.
async fn run(lab: &Lab, instance: &Instance, scenario: &Scenario, pause: Pause) -> Result<Evidence, SetupError> {
    let plan = &scenario.plan;
    let providers = instance.providers();
    let lacks_claims = provokes_userinfo(lab, plan).await;
    let set_policy = || {
        providers.set_policy(plan);
        leave_claims_out(lacks_claims, providers);
    };
    set_policy();

    let before = control(lab, instance, plan).await;
    let shows_userinfo = match plan.hides_userinfo() && !before.has_failed() {
        true => Some(shows_userinfo(lab, instance).await),
        false => None,
    };
    let (span, people) = (span(scenario), lab.cast());
    providers.open_span(&span);
    providers.register_people(&people);
    let other_hosts = other_hosts::add(lab, providers, &span, plan).await?;
    if before.has_failed() {
        let scene = Scene { providers, people, other_hosts, span, plan, armed: Vec::new(), lab };
        return Ok(over(before, &*instance.driver, scene));
    }
    depart(providers, plan);
    let armed = providers.arm(plan, &span);
    let scene = Scene { providers, people, other_hosts, span, plan, armed, lab };
    let mut execution = execution(&scene, &*instance.driver, lab, pause);
    execution.act(&plan.actions).await;
    let mut evidence = execution.evidence(scene).await;
    providers.reset(lab.manners(plan).0);
    set_policy();
    evidence.before = before;
    evidence.shows_userinfo = shows_userinfo;
    if !evidence.timed_out() {
        evidence.after = match plan.claims_recovery() {
            true => honest_run(lab, instance, plan).await,
            false => control(lab, instance, plan).await,
        };
    }
    providers.open_span("between scenarios");
    Ok(evidence)
}

/// Whether the ID tokens of a scenario about UserInfo have to lack name and address, because the client asks there for
/// nothing else.
async fn provokes_userinfo(lab: &Lab, plan: &Plan) -> bool {
    let learnt = lab.learnt();
    if !plan.is_for_clients_that_make(Message::UserinfoRequest)
        || learnt.is_empty()
        || learnt.sends(Message::UserinfoRequest)
    {
        return false;
    }
    // Where it cannot be found out, the scenario does not apply.
    let asks = lab.asks_for_missing_claims.get_or_try_init(|| probes::asks_for_missing_claims(lab)).await;
    asks.is_ok_and(|asks| *asks)
}

/// Altered metadata is kept by clients: the honest runs, where they are needed, are made by another client of the same
/// kind, on a provider without the trait that the scenario is about.
async fn run_on_altered(
    lab: &Lab,
    registration: &Registration,
    (scenario, variation): (&Scenario, Variation),
    pause: Pause,
) -> Result<Evidence, SetupError> {
    let plan = &scenario.plan;
    let lacks_claims = provokes_userinfo(lab, plan).await;
    let honest = match plan.needs_controls() {
        true => {
            Some(Instance::launch(lab, registration.clone(), &plan.at_rest(), lab.usual_variation(scenario)).await?)
        }
        false => None,
    };
    honest.iter().for_each(|honest| leave_claims_out(lacks_claims, honest.providers()));
    let before = match &honest {
        Some(honest) => control(lab, honest, plan).await,
        None => Control::NotNeeded,
    };

    let (span, people) = (span(scenario), lab.cast());
    if before.has_failed()
        && let Some(honest) = honest
    {
        let providers = honest.providers();
        let other_hosts = other_hosts::add(lab, providers, &span, plan).await?;
        let scene = Scene { providers, people, other_hosts, span, plan, armed: Vec::new(), lab };
        let evidence = over(before, &*honest.driver, scene);
        honest.stop().await;
        return Ok(evidence);
    }
    let LaunchedOnAltered { issuer, second, other_hosts, armed, driver } =
        Instance::launch_on_altered(lab, registration, &span, &people, plan, variation).await?;
    let providers = Providers { issuer: &issuer, registration, second: second.as_ref() };
    leave_claims_out(lacks_claims, providers);
    depart(providers, plan);
    let scene = Scene { providers, people, other_hosts, span, plan, armed, lab };
    let driver = match driver {
        Err(error) if was_too_slow(&error, scene.providers) => {
            if let Some(honest) = honest {
                honest.stop().await;
            }
            return Err(error);
        }
        driver => driver,
    };
    let honest_again = plan.actions.iter().position(|action| *action == Action::Disarm);
    let (driver, refused, ended) = match (driver, honest_again) {
        // A client that ends because it cannot have metadata is started again, as its supervisor does.
        (Err(error), Some(first)) if !error.still_runs => {
            providers.be_honest_again(&scene.span);
            let refused = refused_to_start(&error, &plan.actions[..first]);
            (lab.launcher.launch(&issuer, registration, second.as_ref()).await, refused, Some(error))
        }
        (driver, _) => (driver, Vec::new(), None),
    };
    let mut evidence = match driver {
        Ok(driver) => {
            let mut execution = execution(&scene, &*driver, lab, pause);
            let first = refused.len();
            execution.attempts = refused;
            execution.act_from(first, &plan.actions).await;
            let mut evidence = execution.evidence(scene).await;
            if let Some(error) = ended {
                evidence.exposures.extend(verdict::exposures(&evidence, &error.told));
                evidence.output.insert_str(0, &error.output);
            }
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

/// Whether a client was not ready in time that has asked no provider for anything: it cannot have refused what it has
/// not seen, and the machine may be busy.
fn was_too_slow(error: &SetupError, providers: Providers<'_>) -> bool {
    let mut issuers = iter::once(providers.issuer).chain(providers.second.map(|second| &second.issuer));
    error.still_runs && issuers.all(|issuer| issuer.journal().entries().is_empty())
}

/// A client that does not even start with altered metadata has refused it.
fn never_started(error: &SetupError, scene: Scene<'_>) -> Evidence {
    let attempts = refused_to_start(error, &scene.plan.actions);
    let mut evidence = scene.blank();
    evidence.attempts = attempts;
    evidence.exposures = verdict::exposures(&evidence, &error.told);
    evidence.output.clone_from(&error.output);
    evidence
}

fn refused_to_start(error: &SetupError, actions: &[Action]) -> Vec<Attempt> {
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
    actions.iter().enumerate().map(attempt).collect()
}

/// A label that no other run has.
fn span(scenario: &Scenario) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{}#{}", scenario.id, NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The people of a scenario, ready to act.
fn execution<'d>(scene: &Scene<'d>, driver: &'d dyn Driver, lab: &Lab, pause: Pause) -> Execution<'d> {
    let (span, people) = (scene.span.clone(), scene.people.clone());
    let execution = Execution::new(scene.providers, driver, span, people).with_second_login(lab.second_login());
    execution.with_pause(pause).with_api(has_api(lab, scene.plan)).with_calls_of(scene.plan)
}

/// Whether the API is called: a plan that can do without one leaves its calls out for clients that have none.
fn has_api(lab: &Lab, plan: &Plan) -> bool {
    !plan.needs_no_api() || lab.launcher().capabilities().contains(&Capability::ApiCall)
}

/// From now on, the provider asks and answers as no honest run finds it.
fn depart(providers: Providers<'_>, plan: &Plan) {
    for arrangement in &plan.arrangements {
        if let Arrangement::ApiScope(scope) = arrangement
            && !plan.calls_api_first()
        {
            providers.demand_scope(scope);
        }
    }
    providers.stop_being_honest(plan);
}

/// From now on, UserInfo alone has the claims of a person, if that is wanted.
fn leave_claims_out(wanted: bool, providers: Providers<'_>) {
    if wanted {
        providers.change_policies(PolicyChange::NoScopeClaimsInIdToken);
    }
}

/// The honest run: the scenario's own steps without its faults, in separate browsers, by separate people: an account that
/// it leaves behind is nobody's in the scenario.
pub(super) async fn control(lab: &Lab, instance: &Instance, plan: &Plan) -> Control {
    if plan.needs_controls() { honest_run(lab, instance, plan).await } else { Control::NotNeeded }
}

async fn honest_run(lab: &Lab, instance: &Instance, plan: &Plan) -> Control {
    let providers = instance.providers();
    let people = lab.cast();
    let begun = providers.issuer.journal().next_seq();
    providers.open_span(Evidence::CONTROL);
    providers.register_people(&people);
    let execution = Execution::new(providers, &*instance.driver, Evidence::CONTROL.to_owned(), people);
    let mut execution = execution.with_second_login(lab.second_login()).with_api(has_api(lab, plan));
    let mut failed = None;
    for action in &plan.honest_actions() {
        execution.act(std::slice::from_ref(action)).await;
        failed = execution.attempts.iter().find(|attempt| attempt.outcome != Outcome::Done);
        if failed.is_some() {
            break;
        }
    }
    let limited = instance.driver.take_trace().iter().any(Hop::says_too_often);
    instance.driver.take_told();
    let mut sessions = execution.attempts.iter().filter_map(|attempt| attempt.session.as_ref());
    match failed {
        None if sessions.any(|session| matches!(session, Session::Several { .. })) => Control::ShowedSeveral,
        None => Control::Succeeded,
        Some(Attempt { outcome: Outcome::DriverBroken(what), .. }) => Control::DriverBroken(what.clone()),
        Some(Attempt { outcome: Outcome::TimedOut(what), .. }) => Control::TimedOut(what.clone()),
        Some(attempt) if limited => Control::Limited(describe(&attempt.outcome)),
        Some(attempt) => {
            let exchanges = providers.issuer.journal().since(begun);
            Control::Failed(describe(&attempt.outcome) + &last_refusal(exchanges.iter().map(AsRef::as_ref)))
        }
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
    providers.open_span("control");
    providers.register_people(&people);
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
