//! What was done by hand, as a feature file with one scenario.

use std::path::PathBuf;

use mock_idp::{Change, Deed, Fault, Outcome, Point, Recording, Times};
use serde_json::json;

use crate::plan::{Action, Arrangement, Plan};
use crate::suite::{Draft, ScenarioId, from_text};
use crate::terms::{Browser, Person, Phase, Provider};

/// Writes the scenario of what was done at this provider. What is written has been read again: `quintain verify --features`
/// loads it.
pub(super) fn feature(provider: Provider, recording: &Recording) -> Result<String, String> {
    let plan = plan(provider, &recording.deeds)?;
    if plan.actions.iter().all(|action| !is_of_client(action)) {
        return Err("nothing was done yet that a scenario could repeat: log in first".to_owned());
    }
    let (is_altered, then) = (is_altered(&plan), then(&plan, &recording.outcome)?);
    let (kind, title) = match (&recording.outcome, is_altered) {
        (Outcome::Refused { .. }, _) => ("refuse", "what was tried by hand is refused"),
        (_, true) => ("tolerate", "what was tried by hand is accepted"),
        (_, false) => ("observe", "what was done by hand works"),
    };
    let id: ScenarioId = "by-hand/first".parse()?;
    let draft = Draft {
        id,
        title: title.to_owned(),
        tags: vec!["MUST".to_owned(), kind.to_owned()],
        about: vec!["Done on the explorer page. Give it an id, a title and a level of your own.".to_owned()],
        plan,
        then,
    };
    let text = Draft::feature("What was done by hand", &[draft])?;
    from_text(PathBuf::from("by-hand.feature"), text.clone()).map_err(|error| error.to_string())?;
    Ok(text)
}

/// What is armed before anything is done stands in Givens.
fn plan(provider: Provider, deeds: &[Deed]) -> Result<Plan, String> {
    let armed = |fault| match provider {
        Provider::First => Arrangement::Fault(fault),
        Provider::Second => Arrangement::FaultAtSecond(fault),
    };
    let mut plan = Plan::default();
    let mut people = Cast::default();
    for deed in deeds {
        match deed {
            Deed::Arm { fault } if plan.actions.is_empty() => {
                plan.arrangements.push(armed(Fault::clone(fault)));
            }
            Deed::Disarm if plan.actions.is_empty() => plan.arrangements.clear(),
            Deed::Decline { error } if plan.actions.is_empty() => {
                plan.arrangements.push(armed(declined(error)));
                plan.actions.push(log_in(provider, Person::Alice));
            }
            other => plan.actions.extend(actions(provider, other, &mut people)?),
        }
    }
    Ok(plan)
}

fn actions(provider: Provider, deed: &Deed, people: &mut Cast) -> Result<Vec<Action>, String> {
    Ok(match deed {
        Deed::Arm { .. } | Deed::Decline { .. } if provider == Provider::Second => {
            return Err("no line arms a fault of the second provider after something was done: arm it first".to_owned());
        }
        Deed::LogIn { sub } => {
            let person = sub.as_deref().map_or(Ok(Person::Alice), |sub| people.person(sub))?;
            vec![log_in(provider, person)]
        }
        Deed::Decline { error } => vec![Action::Arm(declined(error)), log_in(provider, Person::Alice)],
        Deed::CallApi => vec![Action::CallApi(Browser::User)],
        Deed::Refresh => vec![Action::Refresh(Browser::User)],
        Deed::LogOut => vec![Action::LogOut(Browser::User)],
        Deed::Arm { fault } => vec![Action::Arm(Fault::clone(fault))],
        Deed::Disarm => vec![Action::Disarm],
        Deed::PassTime { seconds: 0 } => Vec::new(),
        Deed::PassTime { seconds } if *seconds > 0 => vec![Action::PassTime(*seconds)],
        Deed::PassTime { .. } => return Err("a scenario cannot set the clock back".to_owned()),
        Deed::RotateKeys => vec![Action::RotateKeys],
        Deed::RevokeAccessTokens => vec![Action::RevokeAccessTokens],
        Deed::RevokeRefreshTokens => vec![Action::RevokeRefreshTokens],
        other => return Err(format!("no line says {other:?}")),
    })
}

fn log_in(provider: Provider, person: Person) -> Action {
    Action::LogIn { browser: Browser::User, person, provider }
}

/// The error that the user brought about by saying no.
fn declined(error: &str) -> Fault {
    Fault {
        name: None,
        at: Point::AuthorizationResponse,
        grant: None,
        change: Change::Merge(json!({ "code": null, "error": error, "error_description": "Injected by the test" })),
        times: Times::Once,
    }
}

/// Which person of a scenario plays which user.
#[derive(Default)]
struct Cast(Vec<(String, Person)>);

impl Cast {
    fn person(&mut self, sub: &str) -> Result<Person, String> {
        if let Some((_, person)) = self.0.iter().find(|(known, _)| known == sub) {
            return Ok(*person);
        }
        let is_free = |person: &Person| self.0.iter().all(|(_, cast)| cast != person);
        let namesake = Person::ALL.into_iter().find(|person| sub.ends_with(person.name())).filter(is_free);
        let person = namesake.or_else(|| Person::ALL.into_iter().find(is_free));
        let person = person.ok_or("a scenario has three people at most: alice, bob and mallory")?;
        self.0.push((sub.to_owned(), person));
        Ok(person)
    }
}

/// Whether the client itself does something.
fn is_of_client(action: &Action) -> bool {
    action.is_of_login() || action.calls_api() || matches!(action, Action::Refresh(_) | Action::LogOut(_))
}

fn is_altered(plan: &Plan) -> bool {
    plan.arrangements.iter().any(|it| matches!(it, Arrangement::Fault(_) | Arrangement::FaultAtSecond(_)))
        || plan.actions.iter().any(|action| matches!(action, Action::Arm(_)))
}

fn then(plan: &Plan, outcome: &Outcome) -> Result<Vec<String>, String> {
    let logins: Vec<_> = plan
        .actions
        .iter()
        .filter_map(|action| match action {
            Action::LogIn { person, .. } => Some(*person),
            _ => None,
        })
        .collect();
    let last = plan.actions.iter().rev().find(|action| is_of_client(action));
    let mut lines = Vec::new();
    match outcome {
        Outcome::Refused { phase } => {
            lines.push(match phase {
                Some(phase) => format!("the client refuses at the {} step", named(phase)?),
                None => "the attempt ends without success".to_owned(),
            });
            if logins.len() == 1 && last.is_some_and(Action::is_of_login) {
                lines.push("the user is not logged in".to_owned());
            }
        }
        _ => {
            lines.push("the client goes on".to_owned());
            match (logins.last(), last) {
                (_, Some(Action::LogOut(_))) => lines.push("the user is not logged in".to_owned()),
                (Some(person), _) => lines.push(format!("the user is logged in as {person}")),
                (None, _) => {}
            }
        }
    }
    Ok(lines)
}

fn named(phase: &str) -> Result<Phase, String> {
    serde_json::from_value(json!(phase)).map_err(|_| format!("{phase:?} is no step of the flow"))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn armed(name: &str) -> Deed {
        Deed::Arm { fault: Box::new(mock_idp::fault::named(name).expect("it has that name")) }
    }

    fn logged_in(sub: &str) -> Deed {
        Deed::LogIn { sub: Some(sub.to_owned()) }
    }

    fn written(deeds: Vec<Deed>, outcome: Outcome) -> String {
        written_at(Provider::First, deeds, outcome)
    }

    fn written_at(provider: Provider, deeds: Vec<Deed>, outcome: Outcome) -> String {
        feature(provider, &Recording { deeds, outcome }).unwrap_or_else(|error| error)
    }

    #[test]
    fn refused_login_becomes_a_scenario() {
        let refused = Outcome::Refused { phase: Some("id-token".to_owned()) };
        assert_snapshot!(written(vec![armed("id-token/other-nonce"), logged_in("auth0|alice")], refused));
    }

    #[test]
    fn long_session_becomes_a_scenario() {
        let Deed::Arm { fault } = armed("refresh-response/server-error") else { unreachable!("it arms") };
        let once = Fault { times: Times::Once, ..*fault };
        let deeds = vec![
            logged_in("carol"),
            Deed::CallApi,
            Deed::PassTime { seconds: 3600 },
            Deed::Arm { fault: Box::new(once) },
            Deed::Refresh,
            Deed::Disarm,
            Deed::RotateKeys,
            logged_in("auth0|mallory"),
            Deed::LogOut,
        ];
        assert_snapshot!(written(deeds, Outcome::WentOn));
    }

    #[test]
    fn user_who_declines_becomes_a_scenario() {
        let declined = Deed::Decline { error: "access_denied".to_owned() };
        assert_snapshot!(written(vec![declined], Outcome::Refused { phase: None }));
    }

    #[test]
    fn login_at_the_second_provider_becomes_a_scenario() {
        let refused = Outcome::Refused { phase: Some("id-token".to_owned()) };
        let deeds = vec![armed("id-token/other-nonce"), logged_in("auth0|alice")];
        assert_snapshot!(written_at(Provider::Second, deeds, refused));
        let late = vec![logged_in("auth0|alice"), armed("id-token/other-nonce"), logged_in("auth0|alice")];
        assert!(written_at(Provider::Second, late, Outcome::WentOn).contains("arm it first"));
    }

    #[test]
    fn what_cannot_be_a_scenario_is_told() {
        assert!(written(vec![armed("jwks/empty")], Outcome::WentOn).contains("log in first"));
        let back = vec![logged_in("alice"), Deed::PassTime { seconds: -5 }];
        assert!(written(back, Outcome::WentOn).contains("clock back"));
        let crowd = ["a", "b", "c", "d"].map(logged_in).to_vec();
        assert!(written(crowd, Outcome::WentOn).contains("three people"));
    }
}
