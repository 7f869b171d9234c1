//! From what was drawn to a plan that makes sense, and that a feature file can say.

use std::collections::BTreeSet;

use mock_idp::{Change, Point};

use super::draw::{Item, MOST_ACTIONS, MOST_FAULTS};
use crate::plan::{Action, Arrangement, Expectation, Invariant, Plan, PolicyChange};
use crate::suite::{Kind, Level, Scenario, ScenarioId, Setting, Story};
use crate::terms::{Browser, Capability, Provider, Registration, Tab};

/// What a client can be asked to do.
pub(super) struct Reach {
    pub(super) capabilities: BTreeSet<Capability>,
    pub(super) registration: Registration,
    /// Whether a login begins where somebody is logged in.
    pub(super) second_login: bool,
    /// Whether a new client can be had for a plan.
    pub(super) fresh_clients: bool,
    /// Whether it finds the endpoints of any provider, by its metadata.
    pub(super) reads_metadata: bool,
}

impl Reach {
    /// A plan of whatever of the items can be done with the client, in this order; none if nothing is left.
    pub(super) fn plan(&self, items: &[Item]) -> Option<Plan> {
        let mut plan = Plan::default();
        let mut altered = BTreeSet::new();
        for item in items {
            match item {
                Item::Given(arrangement) => {
                    let is_new = match arrangement {
                        Arrangement::Fault(fault) => altered.len() < MOST_FAULTS && altered.insert(fault.at),
                        Arrangement::Dialect(_) => plan.dialect().is_none(),
                        other => !plan.arrangements.contains(other),
                    };
                    if is_new {
                        plan.arrangements.push(arrangement.clone());
                    }
                }
                Item::When(action) => {
                    let fits = match action {
                        // What clients keep is altered from the start, or not at all.
                        Action::Arm(fault) => {
                            !matches!(fault.at, Point::Discovery | Point::Jwks)
                                && altered.len() < MOST_FAULTS
                                && altered.insert(fault.at)
                        }
                        other => follows(other, &plan.actions),
                    };
                    if fits && plan.actions.len() < MOST_ACTIONS {
                        plan.actions.push(action.clone());
                    }
                }
            }
        }
        self.fit(&mut plan);
        (!plan.actions.is_empty()).then(|| {
            plan.expectations = Invariant::ALL.into_iter().map(Expectation::Holds).collect();
            plan
        })
    }

    /// Takes out what this client cannot do.
    fn fit(&self, plan: &mut Plan) {
        let fits = |plan: Plan| {
            let needs = trial(id_of(0), plan, false).needs_beyond(&self.registration);
            needs.is_subset(&self.capabilities)
        };
        plan.arrangements.retain(|it| fits(Plan { arrangements: vec![it.clone()], ..Plan::default() }));
        plan.actions.retain(|it| fits(Plan { actions: vec![it.clone()], ..Plan::default() }));
        if !self.fresh_clients && plan.needs_fresh_client() {
            plan.arrangements.retain(|it| match it {
                Arrangement::Fault(fault) => !matches!(fault.at, Point::Discovery | Point::Jwks),
                Arrangement::Dialect(_) => false,
                _ => true,
            });
            plan.actions.retain(|it| *it != Action::RotateKeys);
        }
        if !self.reads_metadata {
            plan.arrangements.retain(|it| !matches!(it, Arrangement::Dialect(_)));
        }
        if plan.dialect().is_some() {
            // A dialect sets the policy; with a change it would no longer be the dialect.
            plan.arrangements.retain(|it| !matches!(it, Arrangement::Policy(_) | Arrangement::PolicyAtSecond(_)));
            plan.actions.retain(|it| !matches!(it, Action::BeginMixedUp { .. }));
        }
        if plan.actions.iter().any(|it| matches!(it, Action::BeginMixedUp { .. })) {
            mixed_up(plan);
        }
        // What is left may have lost what it followed.
        let mut done = Vec::new();
        for action in std::mem::take(&mut plan.actions) {
            let logs_in = action.is_of_login() && !action.browsers().is_empty();
            let again = logs_in
                && !self.second_login
                && begins(&action)
                && done.iter().any(|it: &Action| {
                    // With the cookies of another browser, somebody may be logged in there.
                    let logged_in = matches!(it, Action::PlantCookies { .. } | Action::TakeCookies { .. });
                    (it.is_of_login() || logged_in)
                        && it.browsers().iter().any(|browser| action.browsers().contains(browser))
                });
            if !again && follows(&action, &done) {
                done.push(action);
            }
        }
        plan.actions = done;
    }
}

/// Two providers can be told apart by `iss` alone (RFC 9207), so that it has to be there and to stay as it is.
fn mixed_up(plan: &mut Plan) {
    let iss = PolicyChange::IssuerParameter;
    let says_iss = [Point::Discovery, Point::Jwks, Point::AuthorizationResponse];
    // One that goes away, or is nearly that of the provider that was asked, is not that one (RFC 9207 §2.4).
    let takes_iss = |change: &Change| match change {
        Change::Remove(names) => names.iter().all(|name| name == "iss"),
        Change::Merge(patch) => patch.as_object().is_some_and(|it| {
            it.iter().all(|(name, value)| name == "iss" && value.as_str().is_some_and(|iss| iss != "{first}"))
        }),
        _ => false,
    };
    plan.arrangements.retain(|it| match it {
        Arrangement::Fault(fault) => !says_iss.contains(&fault.at),
        Arrangement::FaultAtSecond(fault) => takes_iss(&fault.change),
        _ => true,
    });
    plan.arrangements
        .retain(|it| !matches!(it, Arrangement::Policy(it) | Arrangement::PolicyAtSecond(it) if *it == iss));
    plan.arrangements.extend([Arrangement::Policy(iss), Arrangement::PolicyAtSecond(iss)]);
    plan.actions.retain(|it| match it {
        Action::Arm(fault) => fault.at != Point::AuthorizationResponse,
        Action::Deliver { with_own, replaced, .. } => {
            !with_own.iter().any(|name| name == "iss") && !replaced.iter().any(|(name, _)| name == "iss")
        }
        _ => true,
    });
}

fn begins(action: &Action) -> bool {
    matches!(
        action,
        Action::LogIn { .. } | Action::Begin { .. } | Action::BeginMixedUp { .. } | Action::BeginInTab { .. }
    )
}

/// Whether an action has what it needs in those before it.
fn follows(action: &Action, before: &[Action]) -> bool {
    let begun = |of: Browser| {
        before.iter().any(|it| match it {
            Action::Begin { browser, .. } | Action::BeginMixedUp { browser, .. } => *browser == of,
            _ => false,
        })
    };
    let used = |of: Browser| before.iter().any(|it| it.browsers().contains(&of));
    match action {
        Action::Deliver { of, to, with_own, .. } => begun(*of) && (with_own.is_empty() || begun(*to)),
        Action::DeliverTwice(of) => begun(*of),
        Action::DeliverTogether(browsers) => browsers.iter().all(|browser| begun(*browser)),
        Action::DeliverInTab { browser, tab } => before.contains(&Action::BeginInTab { browser: *browser, tab: *tab }),
        Action::BeginInTab { browser, tab: Tab::Second } => {
            before.contains(&Action::BeginInTab { browser: *browser, tab: Tab::First })
        }
        Action::PlantCookies { of, to } | Action::TakeCookies { of, to } => of != to && used(*of),
        Action::Replay(browser) => before.iter().any(|it| match it {
            Action::LogIn { browser: it, .. } | Action::Deliver { to: it, .. } | Action::DeliverTwice(it) => {
                it == browser
            }
            _ => false,
        }),
        Action::Stray(browser) | Action::CallApi(browser) | Action::Refresh(browser) | Action::LogOut(browser) => {
            used(*browser)
        }
        Action::CallApiAtOnce { browser, .. } => used(*browser),
        Action::CallApiTogether(browsers) => browsers.iter().all(|browser| used(*browser)),
        Action::BeginMixedUp { asked, answers, .. } => asked != answers,
        Action::LogIn { provider, .. } | Action::Begin { provider, .. } => {
            // A second provider alone is the first one by another name.
            *provider == Provider::First || !before.is_empty()
        }
        _ => true,
    }
}

/// A plan as a scenario that nobody has written; with the honest run afterwards, which costs as much again, or without.
pub(super) fn trial(id: ScenarioId, mut plan: Plan, with_recovery: bool) -> Scenario {
    if !with_recovery {
        plan.expectations.retain(|it| !matches!(it, Expectation::Holds(Invariant::Recovery)));
    }
    Scenario {
        id,
        title: String::new(),
        kind: Kind::Observe,
        level: Level::Must,
        must_in: Vec::new(),
        since: crate::suite::Edition::FIRST,
        clauses: Vec::new(),
        defence: None,
        needs: Vec::new(),
        owed_by: Vec::new(),
        plan,
        story: Story::default(),
        setting: Setting::Usual,
        source: String::new(),
        steps: Vec::new(),
    }
}

/// The items of a plan, to start another one from.
pub(super) fn items(plan: &Plan) -> Vec<Item> {
    let given = plan.arrangements.iter().cloned().map(Item::Given);
    given.chain(plan.actions.iter().cloned().map(Item::When)).collect()
}

/// The id of a plan that is played; the lawful variations of the provider follow from it.
pub(super) fn id_of(number: u64) -> ScenarioId {
    format!("explore/plan-{number}").parse().expect("it has an area and words of letters and digits")
}

#[cfg(test)]
mod tests {
    use mock_idp::Dialect;

    use super::*;
    use crate::driver::Launcher as _;
    use crate::driver::in_process::InProcessLauncher;
    use crate::explore::draw::own_login;

    fn reach(fresh_clients: bool) -> Reach {
        let client = InProcessLauncher::new(&[]);
        Reach {
            capabilities: client.capabilities().clone(),
            registration: client.registration(),
            second_login: true,
            fresh_clients,
            reads_metadata: true,
        }
    }

    /// The arrangements of a plan of these and a login.
    fn arranged(reach: &Reach, given: &[Arrangement]) -> Vec<Arrangement> {
        let given = given.iter().cloned().map(Item::Given);
        let items: Vec<_> = given.chain([Item::When(own_login(Browser::User))]).collect();
        reach.plan(&items).expect("there is a login").arrangements
    }

    #[test]
    fn plan_has_one_dialect_and_no_policy_besides() {
        let dialects: Vec<_> = Dialect::of_openid_connect().map(Arrangement::Dialect).collect();
        let policy = Arrangement::Policy(PolicyChange::StaticRefreshTokens);
        let given = [policy, dialects[0].clone(), dialects[1].clone()];
        assert_eq!(arranged(&reach(true), &given), [dialects[0].clone()]);
    }

    #[test]
    fn client_that_runs_already_has_one_provider() {
        let dialects: Vec<_> = Dialect::of_openid_connect().map(Arrangement::Dialect).collect();
        assert_eq!(arranged(&reach(false), &dialects[..1]), []);
    }
}
