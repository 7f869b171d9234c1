//! One running client and the issuers that it trusts.

use std::sync::atomic::{AtomicU64, Ordering};

use mock_idp::{ClientAuthentication, Fault, FaultId, Issuer, Variation};

use super::stranger::{self, Strangers};
use super::{Lab, provider};
use crate::driver::{Cost, Driver, SetupError};
use crate::suite::Plan;
use crate::terms::{BrowserId, Capability, Enrolment, People, Provider, Registration};

/// A client, its issuer, its registration; and a second issuer if it can have one.
pub(super) struct Instance {
    pub(super) issuer: Issuer,
    pub(super) registration: Registration,
    pub(super) second: Option<Enrolment>,
    pub(super) driver: Box<dyn Driver>,
    /// How many scenarios have been played on it.
    played: AtomicU64,
}

/// The providers of one client: the issuer that most scenarios are about, and a second one where there is one.
#[derive(Clone, Copy)]
pub(super) struct Providers<'a> {
    pub(super) issuer: &'a Issuer,
    pub(super) registration: &'a Registration,
    pub(super) second: Option<&'a Enrolment>,
}

impl<'a> Providers<'a> {
    /// One of them: its issuer, and how the client is registered there.
    pub(super) fn get(self, provider: Provider) -> Option<(&'a Issuer, &'a Registration)> {
        match provider {
            Provider::First => Some((self.issuer, self.registration)),
            Provider::Second => self.second.map(|second| (&second.issuer, &second.registration)),
        }
    }

    /// All of them.
    pub(super) fn all(self) -> impl Iterator<Item = (&'a Issuer, &'a Registration)> {
        [Provider::First, Provider::Second].into_iter().filter_map(move |provider| self.get(provider))
    }

    /// From now on, what they see belongs to this chapter.
    pub(super) fn open_chapter(self, chapter: &str) {
        self.all().for_each(|(issuer, _)| issuer.journal().chapter(chapter));
    }

    /// From now on, these people sign in there.
    pub(super) fn introduce(self, people: &People) {
        for provider in [Provider::First, Provider::Second] {
            self.get(provider).into_iter().for_each(|(issuer, _)| provider::introduce(people, issuer, provider));
        }
    }

    /// From now on, they behave as the plan says.
    pub(super) fn set_policy(self, plan: &Plan) {
        for provider in [Provider::First, Provider::Second] {
            let Some((issuer, _)) = self.get(provider) else { continue };
            let mut manners = issuer.policy();
            if plan.registers_auth_method() {
                manners.client_authentication = ClientAuthentication::Strict;
            }
            plan.policy(provider).for_each(|change| change.apply(&mut manners));
            issuer.set_policy(manners);
        }
    }

    /// Arms the faults of a plan: those of the first provider, then those of the second.
    pub(super) fn arm(self, plan: &Plan, chapter: &str) -> Vec<FaultId> {
        let at_first = plan.faults().map(|fault| arm_in(self.issuer, fault, chapter));
        let second = self.second.into_iter();
        let at_second =
            second.flat_map(|second| plan.faults_at_second().map(|fault| arm_in(&second.issuer, fault, chapter)));
        at_first.chain(at_second).collect()
    }
}

/// Arms a fault of a scenario: what a client does meanwhile for somebody who has logged in before is no business of it.
pub(super) fn arm_in(issuer: &Issuer, fault: &Fault, chapter: &str) -> FaultId {
    issuer.arm_for(fault.clone(), [chapter.to_owned(), recovery(chapter)])
}

/// The label of what comes after the faults of a chapter are gone.
pub(super) fn recovery(chapter: &str) -> String {
    format!("{chapter}, honest again")
}

/// A client that was started on a poisoned issuer.
pub(super) struct Poisoned {
    pub(super) issuer: Issuer,
    pub(super) second: Option<Enrolment>,
    pub(super) strangers: Strangers,
    pub(super) armed: Vec<FaultId>,
    pub(super) driver: Result<Box<dyn Driver>, SetupError>,
}

impl Instance {
    /// Starts a client on issuers of its own; the policy changes of the plan are in force from the start.
    pub(super) async fn launch(
        lab: &Lab,
        registration: Registration,
        plan: &Plan,
        variation: Variation,
    ) -> Result<Self, SetupError> {
        let (issuer, second) = providers(lab, &registration, variation);
        Providers { issuer: &issuer, registration: &registration, second: second.as_ref() }.set_policy(plan);
        let driver = lab.launcher.launch(&issuer, &registration, second.as_ref()).await?;
        Ok(Self { issuer, registration, second, driver, played: AtomicU64::new(0) })
    }

    /// Starts a client on issuers whose metadata or keys are poisoned from the start.
    pub(super) async fn launch_poisoned(
        lab: &Lab,
        registration: &Registration,
        chapter: &str,
        people: &People,
        plan: &Plan,
        variation: Variation,
    ) -> Result<Poisoned, SetupError> {
        let (issuer, second) = providers(lab, registration, variation);
        let providers = Providers { issuer: &issuer, registration, second: second.as_ref() };
        providers.open_chapter(chapter);
        providers.introduce(people);
        let strangers = stranger::introduce(lab, providers, chapter, plan).await?;
        let armed = providers.arm(plan, chapter);
        let driver = lab.launcher.launch(&issuer, registration, second.as_ref()).await;
        Ok(Poisoned { issuer, second, strangers, armed, driver })
    }

    pub(super) fn providers(&self) -> Providers<'_> {
        Providers { issuer: &self.issuer, registration: &self.registration, second: self.second.as_ref() }
    }

    /// Whether a scenario has been played on it.
    pub(super) fn is_used(&self) -> bool {
        self.played.load(Ordering::Relaxed) > 0
    }

    /// Another scenario has been played on it.
    pub(super) fn has_played(&self) {
        self.played.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn is_alive(&self) -> bool {
        self.driver.is_alive()
    }

    pub(super) async fn stop(self) {
        self.driver.stop().await;
    }
}

/// An issuer, and a second one at another host for clients that can have it. They vary in ways of their own.
fn providers(lab: &Lab, registration: &Registration, variation: Variation) -> (Issuer, Option<Enrolment>) {
    let issuer = match lab.launcher.cost() {
        Cost::Unaffordable { .. } => lab.idp.issuer().clone(),
        Cost::Nothing | Cost::Process => {
            lab.idp.add_issuer(provider::issuer_config(registration, lab.policy, variation))
        }
    };
    let second = lab.launcher.capabilities().contains(&Capability::MultipleIssuers).then(|| {
        let other = lab.launcher.registration();
        let registration = Registration { client_id: format!("{}-elsewhere", other.client_id), ..other };
        let variation = variation.derived("second");
        let issuer = lab.elsewhere.add_issuer(provider::issuer_config(&registration, lab.policy, variation));
        Enrolment { issuer, registration }
    });
    if let Some(second) = &second {
        stranger::acquaint(&issuer, &second.issuer);
    }
    (issuer, second)
}

/// A browser that nobody has used.
pub(super) fn new_browser() -> BrowserId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    BrowserId(NEXT.fetch_add(1, Ordering::Relaxed))
}
