//! What a client does, found out by a run on a separate provider.

use mock_idp::{Change, Endpoint, Fault, Point, Signing, Times};
use serde_json::json;

use super::equipment::Lab;
use super::execution::Execution;
use super::instance::Instance;
use crate::driver::SetupError;
use crate::evidence::{Comparison, Outcome, Reading};
use crate::plan::{Action, Arrangement, Plan, PolicyChange};
use crate::terms::{Browser, Person, Provider};

/// What the client, on a separate issuer, does with an ID token in which everything is wrong.
pub(super) async fn reading(lab: &Lab) -> Result<Reading, SetupError> {
    let (registration, people) = (lab.launcher().registration(), lab.cast());
    let instance = Instance::launch(lab, registration, &Plan::default(), mock_idp::Variation::NONE).await?;
    instance.providers().register_people(&people);
    let span = "set-up: whether the ID token is read".to_owned();
    instance.providers().open_span(&span);
    let wrong = serde_json::json!({
        "iss": "https://attacker.example/", "aud": "another-client", "sub": "nobody-in-particular", "nonce": "another-one",
        "exp": "{now-3600}", "iat": "{now-7200}",
    });
    let fault = |at, change| Fault { name: None, at, grant: None, change, times: Times::Always };
    instance.issuer.arm(fault(Point::IdTokenClaims, Change::Merge(wrong)));
    instance.issuer.arm(fault(Point::IdTokenSignature, Change::Sign(Signing::Corrupted)));
    let before = instance.issuer.journal().next_seq();
    let mut execution = Execution::new(instance.providers(), &*instance.driver, span, people);
    let log_in = Action::LogIn { browser: Browser::User, person: Person::Alice, provider: Provider::First };
    execution.act(&[log_in]).await;
    let accepted = execution.attempts.iter().all(|attempt| attempt.outcome == Outcome::Done);
    drop(execution);
    let entries = instance.issuer.journal().since(before);
    let used = entries.iter().any(|entry| matches!(entry.endpoint, Endpoint::Userinfo | Endpoint::Api));
    instance.providers().reset(lab.policy);
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
    instance.providers().register_people(&people);
    let span = "set-up: whether iss is compared".to_owned();
    instance.providers().open_span(&span);
    let change = Change::Merge(json!({ "iss": "https://attacker.example/" }));
    let fault = Fault { name: None, at: Point::AuthorizationResponse, grant: None, change, times: Times::Always };
    let log_in = |browser| Action::LogIn { browser, person: Person::Alice, provider: Provider::First };
    let mut execution = Execution::new(instance.providers(), &*instance.driver, span, people);
    execution.act(&[log_in(Browser::User), Action::Arm(fault), log_in(Browser::Victim)]).await;
    let outcomes: Vec<_> = execution.attempts.iter().map(|attempt| &attempt.outcome).collect();
    let refuses = matches!(outcomes.as_slice(), [Outcome::Done, _, Outcome::Refused(_) | Outcome::ServerError(_)]);
    drop(execution);
    instance.providers().reset(lab.policy);
    instance.stop().await;
    Ok(if refuses { Comparison::Made } else { Comparison::NotMade })
}

/// Whether the client, on a separate issuer, asks UserInfo where the ID token says only who it is.
pub(super) async fn asks_for_missing_claims(lab: &Lab) -> Result<bool, SetupError> {
    let (registration, people) = (lab.launcher().registration(), lab.cast());
    let plan =
        Plan { arrangements: vec![Arrangement::Policy(PolicyChange::NoScopeClaimsInIdToken)], ..Plan::default() };
    let instance = Instance::launch(lab, registration, &plan, mock_idp::Variation::NONE).await?;
    instance.providers().register_people(&people);
    let span = "set-up: whether UserInfo is asked for what the ID token lacks".to_owned();
    instance.providers().open_span(&span);
    let before = instance.issuer.journal().next_seq();
    let mut execution = Execution::new(instance.providers(), &*instance.driver, span, people);
    let log_in = Action::LogIn { browser: Browser::User, person: Person::Alice, provider: Provider::First };
    execution.act(&[log_in]).await;
    drop(execution);
    let asks = instance.issuer.journal().since(before).iter().any(|entry| entry.endpoint == Endpoint::Userinfo);
    instance.providers().reset(lab.policy);
    instance.stop().await;
    Ok(asks)
}
