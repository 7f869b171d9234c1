//! The providers of one client, as a scenario finds them.

use mock_idp::{Api, ClientAuthentication, Fault, FaultId, FrontChannel, Issuer, Policy};

use super::provider;
use crate::plan::{Plan, PolicyChange};
use crate::terms::{Enrolment, People, Provider, Registration};

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

    /// From now on, what they see belongs to this span.
    pub(super) fn open_span(self, span: &str) {
        self.all().for_each(|(issuer, _)| issuer.journal().open_span(span));
    }

    /// From now on, these people sign in there.
    pub(super) fn register_people(self, people: &People) {
        for provider in [Provider::First, Provider::Second] {
            self.get(provider).into_iter().for_each(|(issuer, _)| provider::register_people(people, issuer, provider));
        }
    }

    /// From now on, they behave as the plan says, as far as an honest provider may.
    pub(super) fn set_policy(self, plan: &Plan) {
        self.change_policy(plan, |change| !change.is_dishonest());
    }

    /// From now on, they behave as the plan says.
    pub(super) fn stop_being_honest(self, plan: &Plan) {
        self.change_policy(plan, PolicyChange::is_dishonest);
    }

    /// From now on there are no faults, and no policy is dishonest; what comes is the recovery of this span.
    pub(super) fn be_honest_again(self, span: &str) {
        self.all().for_each(|(issuer, _)| issuer.disarm_all());
        self.open_span(&recovery(span));
        self.change_policies(PolicyChange::TokenForCode(FrontChannel::Code));
    }

    /// From now on, they all behave in this way.
    pub(super) fn change_policies(self, change: PolicyChange) {
        self.all().for_each(|(issuer, _)| {
            let mut policy = issuer.policy();
            change.apply(&mut policy);
            issuer.set_policy(policy);
        });
    }

    fn change_policy(self, plan: &Plan, is_meant: impl Fn(PolicyChange) -> bool) {
        for provider in [Provider::First, Provider::Second] {
            let Some((issuer, _)) = self.get(provider) else { continue };
            let mut manners = issuer.policy();
            if plan.registers_auth_method() {
                manners.client_authentication = ClientAuthentication::Strict;
            }
            plan.policy(provider).filter(|change| is_meant(*change)).for_each(|change| change.apply(&mut manners));
            issuer.set_policy(manners);
        }
    }

    /// They behave as at the start again.
    pub(super) fn reset(self, policy: Policy) {
        self.all().for_each(|(issuer, registration)| provider::reset(issuer, registration, policy));
    }

    /// From now on, the API demands a scope.
    pub(super) fn demand_scope(self, scope: &str) {
        let api = provider::api(self.registration);
        self.issuer.register_api(Api { required_scope: Some(scope.to_owned()), ..api });
    }

    /// Arms the faults of a plan that are there from the start: those of the first provider, then those of the second.
    pub(super) fn arm(self, plan: &Plan, span: &str) -> Vec<FaultId> {
        let at_first = plan.faults_from_the_start().map(|fault| arm_in(self.issuer, fault, span));
        let second = self.second.into_iter();
        let at_second =
            second.flat_map(|second| plan.faults_at_second().map(|fault| arm_in(&second.issuer, fault, span)));
        at_first.chain(at_second).collect()
    }
}

/// Arms a fault of a scenario: what a client does meanwhile for somebody who has logged in before is no business of it.
pub(super) fn arm_in(issuer: &Issuer, fault: &Fault, span: &str) -> FaultId {
    issuer.arm_for(fault.clone(), [span.to_owned(), recovery(span)])
}

/// The label of what comes after the faults of a span are gone.
pub(super) fn recovery(span: &str) -> String {
    format!("{span}, honest again")
}
