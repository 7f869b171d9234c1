//! Which lawful traits of a provider a client does not tolerate.
//!
//! One such trait would turn most scenarios red, and none of them would name it. So it is looked for before anything is
//! judged, is taken out of force for the run, and is found by one scenario: the one that is about it.

use mock_idp::{Trait, Variation};

use super::equipment::Lab;
use super::execution::Execution;
use super::instance::Instance;
use crate::driver::Cost;
use crate::evidence::Outcome;
use crate::plan::{Action, Plan};
use crate::terms::{Browser, Capability, Person, Provider};

/// Every trait that fails honest runs under one of these variations, while they succeed without it. Nothing, if honest runs
/// fail anyway: then the set-up is broken, or the client is.
pub(super) async fn untolerated(lab: &Lab, variations: &[Variation]) -> Vec<Trait> {
    // The provider of such a client never varies.
    if matches!(lab.launcher.cost(), Cost::Unaffordable { .. }) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for variation in variations {
        let mut left: Vec<_> = variation.traits().filter(|one| !found.contains(one)).collect();
        let with = |traits: &[Trait]| variation.with_traits(traits.iter().copied());
        while !left.is_empty() && !bears(lab, with(&left)).await {
            if found.is_empty() && !bears(lab, Variation::NONE).await {
                return Vec::new();
            }
            let culprits = narrowed(lab, left.clone(), with).await;
            left.retain(|one| !culprits.contains(one));
            found.extend(culprits);
        }
    }
    found
}

/// Of traits under which honest runs fail, one that does it; several where none does it alone.
async fn narrowed(lab: &Lab, mut traits: Vec<Trait>, with: impl Fn(&[Trait]) -> Variation) -> Vec<Trait> {
    while traits.len() > 1 {
        let second = traits.split_off(traits.len() / 2);
        if !bears(lab, with(&traits)).await {
            continue;
        }
        if bears(lab, with(&second)).await {
            // Neither half: only both together.
            traits.extend(second);
            return traits;
        }
        traits = second;
    }
    traits
}

/// Whether an honest run goes through with a provider that varies so: login, API call and refresh, as far as the client can.
async fn bears(lab: &Lab, variation: Variation) -> bool {
    let (launcher, plan) = (lab.launcher(), Plan::default());
    let variation = variation.derived("set-up");
    let Ok(instance) = Instance::launch(lab, launcher.registration(), &plan, variation).await else { return false };
    let can = |capability| launcher.capabilities().contains(&capability);
    let log_in = |browser, provider| Action::LogIn { browser, person: Person::Alice, provider };
    let mut actions = vec![log_in(Browser::User, Provider::First)];
    if can(Capability::ApiCall) {
        actions.push(Action::CallApi(Browser::User));
    }
    if can(Capability::ForcedRefresh) && can(Capability::OfflineAccess) {
        actions.push(Action::Refresh(Browser::User));
    }
    if can(Capability::MultipleIssuers) {
        actions.push(log_in(Browser::Attacker, Provider::Second));
    }
    let (providers, people) = (instance.providers(), lab.cast());
    providers.register_people(&people);
    let mut execution = Execution::new(providers, &*instance.driver, "set-up".to_owned(), people);
    execution.act(&actions).await;
    let bears = execution.attempts.iter().all(|attempt| attempt.outcome == Outcome::Done);
    drop(execution);
    instance.stop().await;
    bears
}
