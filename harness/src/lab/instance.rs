//! One running client and the issuers that it trusts.

use std::sync::atomic::{AtomicU64, Ordering};

use mock_idp::{FaultId, Issuer, Variation};

use super::equipment::Lab;
use super::other_hosts::{self, OtherHosts};
use super::provider;
use super::provider_said;
use super::providers::Providers;
use crate::driver::{Cost, Driver, SetupError};
use crate::plan::Plan;
use crate::terms::{Capability, Enrolment, People, Provider, Registration};

/// A client, its issuer, its registration; and a second issuer if it can have one.
pub(super) struct Instance {
    pub(super) issuer: Issuer,
    pub(super) registration: Registration,
    pub(super) second: Option<Enrolment>,
    pub(super) driver: Box<dyn Driver>,
    /// How many scenarios have been played on it.
    played: AtomicU64,
}

/// A client that was started on an issuer whose metadata or keys are altered.
pub(super) struct LaunchedOnAltered {
    pub(super) issuer: Issuer,
    pub(super) second: Option<Enrolment>,
    pub(super) other_hosts: OtherHosts,
    pub(super) armed: Vec<FaultId>,
    pub(super) driver: Result<Box<dyn Driver>, SetupError>,
}

impl Instance {
    /// Starts a client on its own issuers; the policy changes of the plan are in force from the start.
    pub(super) async fn launch(
        lab: &Lab,
        registration: Registration,
        plan: &Plan,
        variation: Variation,
    ) -> Result<Self, SetupError> {
        let (issuer, second) = providers(lab, &registration, plan, variation).await?;
        Providers { issuer: &issuer, registration: &registration, second: second.as_ref() }.set_policy(plan);
        let launched = lab.launcher.launch(&issuer, &registration, second.as_ref()).await;
        let driver = launched.map_err(|error| match provider_said::doubled_slash(&issuer) {
            Some((path, advice)) => SetupError { found: error.found + &path, advice: advice.to_owned(), ..error },
            None => error,
        })?;
        Ok(Self { issuer, registration, second, driver, played: AtomicU64::new(0) })
    }

    /// Starts a client on issuers whose metadata or keys are altered from the start.
    pub(super) async fn launch_on_altered(
        lab: &Lab,
        registration: &Registration,
        span: &str,
        people: &People,
        plan: &Plan,
        variation: Variation,
    ) -> Result<LaunchedOnAltered, SetupError> {
        let (issuer, second) = providers(lab, registration, plan, variation).await?;
        let providers = Providers { issuer: &issuer, registration, second: second.as_ref() };
        providers.set_policy(plan);
        providers.open_span(span);
        providers.register_people(people);
        let other_hosts = other_hosts::add(lab, providers, span, plan).await?;
        let armed = providers.arm(plan, span);
        let driver = lab.launcher.launch(&issuer, registration, second.as_ref()).await;
        Ok(LaunchedOnAltered { issuer, second, other_hosts, armed, driver })
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

/// An issuer, and a second one at another port for clients that can have it. Each has its own lawful variations.
async fn providers(
    lab: &Lab,
    registration: &Registration,
    plan: &Plan,
    variation: Variation,
) -> Result<(Issuer, Option<Enrolment>), SetupError> {
    let manners = lab.manners(plan);
    let issuer = match lab.launcher.cost() {
        Cost::Unaffordable { .. } => lab.idp.issuer().clone(),
        Cost::Nothing | Cost::Process => {
            let config = provider::issuer_config(registration, manners, variation);
            lab.add_issuer(Provider::First, config).await.map_err(|error| no_host(&error))?
        }
    };
    if !lab.launcher.capabilities().contains(&Capability::MultipleIssuers) {
        return Ok((issuer, None));
    }
    let registration = lab.launcher.registration().elsewhere();
    let config = provider::issuer_config(&registration, manners, variation.derived("second"));
    let second = lab.add_issuer(Provider::Second, config).await.map_err(|error| no_host(&error))?;
    other_hosts::name_each_other(&issuer, &second);
    Ok((issuer, Some(Enrolment { issuer: second, registration })))
}

fn no_host(error: &std::io::Error) -> SetupError {
    SetupError::new("open a host for an issuer", error.to_string(), "see that ports of 127.0.0.1 can be had")
}
