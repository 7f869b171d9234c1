//! What a client does, found out by a run on a separate provider.

use std::collections::BTreeSet;
use std::sync::Arc;

use mock_idp::{Change, CredentialKind, Endpoint, Entry, Fault, Issuer, Point, Signing, Times, Variation};
use serde_json::json;

use super::equipment::Lab;
use super::execution::Execution;
use super::instance::Instance;
use crate::driver::SetupError;
use crate::evidence::{Comparison, Outcome, Reading, presented};
use crate::plan::{Action, Arrangement, Plan, PolicyChange};
use crate::terms::{Browser, Person, Provider};

/// What the client does with an ID token in which everything is wrong.
pub(super) async fn reading(lab: &Lab) -> Result<Reading, SetupError> {
    let wrong = json!({
        "iss": "https://attacker.example/", "aud": "another-client", "sub": "nobody-in-particular", "nonce": "another-one",
        "exp": "{now-3600}", "iat": "{now-7200}",
    });
    let faults = [
        fault(Point::IdTokenClaims, Change::Merge(wrong)),
        fault(Point::IdTokenSignature, Change::Sign(Signing::Corrupted)),
    ];
    let actions: Vec<_> = faults.map(Action::Arm).into_iter().chain([log_in(Browser::User)]).collect();
    let seen = play(lab, "whether the ID token is read", &Plan::default(), &actions).await?;
    let accepted = seen.outcomes.iter().all(|outcome| *outcome == Outcome::Done);
    let used = seen.has_used_token();
    Ok(match (accepted, used) {
        (true, _) => Reading::Never,
        (false, true) => Reading::AfterUse,
        (false, false) => Reading::BeforeUse,
    })
}

/// Whether the client, on a provider that names itself in authorization responses, refuses one that names another.
pub(super) async fn comparison(lab: &Lab) -> Result<Comparison, SetupError> {
    let another = fault(Point::AuthorizationResponse, Change::Merge(json!({ "iss": "https://attacker.example/" })));
    let actions = [log_in(Browser::User), Action::Arm(another), log_in(Browser::Victim)];
    let seen = play(lab, "whether iss is compared", &with(PolicyChange::IssuerParameter), &actions).await?;
    let refuses = matches!(seen.outcomes.as_slice(), [Outcome::Done, _, Outcome::Refused(_) | Outcome::ServerError(_)]);
    Ok(if refuses { Comparison::Made } else { Comparison::NotMade })
}

/// Whether the client, of two providers that do not name themselves in authorization responses, refuses what the first
/// answers to a request that went to the second.
pub(super) async fn tells_providers_apart(lab: &Lab) -> Result<bool, SetupError> {
    let (browser, person) = (Browser::Victim, Person::Alice);
    let mixed_up = Action::BeginMixedUp { browser, person, asked: Provider::Second, answers: Provider::First };
    let arrives = Action::Deliver { of: browser, to: browser, with_own: Vec::new(), replaced: Vec::new() };
    let question = "whether providers are told apart by their redirect URIs";
    let seen = play(lab, question, &Plan::default(), &[mixed_up, arrives]).await?;
    Ok(matches!(seen.outcomes.as_slice(), [_, Outcome::Refused(_) | Outcome::ServerError(_)])
        && !seen.was_asked(Endpoint::Token))
}

/// Whether the client asks UserInfo where the ID token says only who it is.
pub(super) async fn asks_for_missing_claims(lab: &Lab) -> Result<bool, SetupError> {
    let plan = with(PolicyChange::NoScopeClaimsInIdToken);
    let seen =
        play(lab, "whether UserInfo is asked for what the ID token lacks", &plan, &[log_in(Browser::User)]).await?;
    Ok(seen.was_asked(Endpoint::Userinfo))
}

/// The parameters of the authorization request, at a provider whose metadata do not say that it verifies PKCE: some clients
/// do without `nonce` or `state` elsewhere.
pub(super) async fn asked_without_pkce(lab: &Lab) -> Result<BTreeSet<String>, SetupError> {
    let plan = with(PolicyChange::NoPkceInMetadata);
    let seen = play(lab, "what is sent where PKCE is not announced", &plan, &[log_in(Browser::User)]).await?;
    let requests = seen.entries.iter().filter(|entry| entry.endpoint == Endpoint::Authorize);
    Ok(requests.flat_map(|entry| &entry.request.params).map(|(name, _)| name.clone()).collect())
}

fn fault(at: Point, change: Change) -> Fault {
    Fault { name: None, at, grant: None, change, times: Times::Always }
}

fn log_in(browser: Browser) -> Action {
    Action::LogIn { browser, person: Person::Alice, provider: Provider::First }
}

fn with(change: PolicyChange) -> Plan {
    Plan { arrangements: vec![Arrangement::Policy(change)], ..Plan::default() }
}

/// What was seen of a run.
struct Seen {
    /// How each action ended.
    outcomes: Vec<Outcome>,
    /// The exchanges with the provider; after them those with the second one.
    entries: Vec<Arc<Entry>>,
}

impl Seen {
    /// Whether an access token that the provider has issued was presented: some clients send what is none.
    fn has_used_token(&self) -> bool {
        let mut at = self.entries.iter().filter(|entry| matches!(entry.endpoint, Endpoint::Userinfo | Endpoint::Api));
        at.any(|entry| presented(entry, CredentialKind::AccessToken).next().is_some())
    }

    fn was_asked(&self, endpoint: Endpoint) -> bool {
        self.entries.iter().any(|entry| entry.endpoint == endpoint)
    }
}

/// Plays the actions on a fresh client with a separate issuer, which behaves as the plan says. `question`: what the run is to
/// answer.
async fn play(lab: &Lab, question: &str, plan: &Plan, actions: &[Action]) -> Result<Seen, SetupError> {
    let (registration, people) = (lab.launcher().registration(), lab.cast());
    let instance = Instance::launch(lab, registration, plan, Variation::NONE).await?;
    let providers = instance.providers();
    providers.register_people(&people);
    let span = format!("set-up: {question}");
    providers.open_span(&span);
    let journals = [Some(&instance.issuer), instance.second.as_ref().map(|second| &second.issuer)];
    let journals: Vec<_> = journals.into_iter().flatten().map(Issuer::journal).collect();
    let before: Vec<_> = journals.iter().map(|journal| journal.next_seq()).collect();
    let mut execution = Execution::new(providers, &*instance.driver, span, people);
    execution.act(actions).await;
    let outcomes = execution.attempts.iter().map(|attempt| attempt.outcome.clone()).collect();
    drop(execution);
    let entries = journals.iter().zip(before).flat_map(|(journal, before)| journal.since(before)).collect();
    providers.reset(lab.policy);
    instance.stop().await;
    Ok(Seen { outcomes, entries })
}
