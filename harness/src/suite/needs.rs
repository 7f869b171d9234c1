//! What a client must be able to do for a scenario to say anything: tags, and what follows from the plan.

use std::collections::BTreeSet;

use mock_idp::{Fault, GrantType, Point};

use super::scenario::Scenario;
use crate::plan::{Action, Arrangement, Expectation, Message, PolicyChange, RegistrationChange};
use crate::terms::{Capability, Registration};

impl Scenario {
    /// The capabilities that it needs.
    #[must_use]
    pub fn needs(&self) -> BTreeSet<Capability> {
        let mut needs: BTreeSet<_> = self.needs.iter().copied().collect();
        needs.extend(self.plan.actions.iter().flat_map(of_action));
        needs.extend(self.plan.arrangements.iter().flat_map(of_arrangement));
        needs.extend(self.plan.expectations.iter().flat_map(of_expectation));
        if self.plan.needs_no_api() {
            needs.remove(&Capability::ApiCall);
        }
        needs
    }

    /// The capabilities that it needs of a client with this registration: what is registered so already need not be
    /// configurable.
    #[must_use]
    pub fn needs_beyond(&self, registration: &Registration) -> BTreeSet<Capability> {
        let mut needs = self.needs();
        let registered = self.plan.arrangements.iter().all(|arrangement| match arrangement {
            Arrangement::Registration(RegistrationChange::AuthMethod(method)) => {
                *method == registration.token_endpoint_auth_method
            }
            _ => true,
        });
        if registered && !self.needs.contains(&Capability::ConfigurableAuthMethod) {
            needs.remove(&Capability::ConfigurableAuthMethod);
        }
        needs
    }
}

fn of_action(action: &Action) -> Vec<Capability> {
    match action {
        action if action.uses_second() => vec![Capability::MultipleIssuers],
        Action::CallApi(_) | Action::CallApiAtOnce { .. } | Action::CallApiTogether(_) => vec![Capability::ApiCall],
        Action::Refresh(_) => vec![Capability::ForcedRefresh, Capability::OfflineAccess],
        Action::LogOut(_) => vec![Capability::Logout],
        Action::PlantCookies { .. }
        | Action::TakeCookies { .. }
        | Action::RenameCookies { .. }
        | Action::AbandonLogins { .. } => vec![Capability::Cookies],
        Action::LogInReturning { .. } => vec![Capability::ReturnTarget],
        Action::PassTime(_) => vec![Capability::MovableClock],
        Action::RevokeRefreshTokens => vec![Capability::OfflineAccess],
        Action::Arm(fault) => of_fault(fault),
        _ => Vec::new(),
    }
}

fn of_fault(fault: &Fault) -> Vec<Capability> {
    let point = match fault.at {
        Point::IdTokenHeader | Point::IdTokenClaims | Point::IdTokenSignature => Some(Capability::Openid),
        Point::ApiResponse => Some(Capability::ApiCall),
        _ => None,
    };
    let grant = (fault.grant == Some(GrantType::RefreshToken)).then_some(Capability::OfflineAccess);
    point.into_iter().chain(grant).collect()
}

fn of_arrangement(arrangement: &Arrangement) -> Vec<Capability> {
    match arrangement {
        Arrangement::Fault(fault) | Arrangement::FaultAtSecond(fault) => of_fault(fault),
        Arrangement::Policy(
            PolicyChange::StaticRefreshTokens | PolicyChange::NoIdTokenOnRefresh | PolicyChange::ReservedRefreshToken,
        ) => vec![Capability::OfflineAccess],
        Arrangement::ApiScope(_) => vec![Capability::ApiCall],
        Arrangement::Registration(change) => vec![match change {
            RegistrationChange::ClientId(_) | RegistrationChange::ClientSecret(_) => {
                Capability::ConfigurableCredentials
            }
            RegistrationChange::AuthMethod(_) => Capability::ConfigurableAuthMethod,
            RegistrationChange::Scope(_) => Capability::ConfigurableScope,
            RegistrationChange::Audience(_) => Capability::ConfigurableAudience,
        }],
        Arrangement::Makes(Message::UserinfoRequest) => vec![Capability::Openid],
        _ => Vec::new(),
    }
}

fn of_expectation(expectation: &Expectation) -> Vec<Capability> {
    match expectation {
        Expectation::ShowsClaim(_) | Expectation::LoggedInAt(..) | Expectation::NotLoggedInAt(..) => {
            vec![Capability::ShowsClaims]
        }
        Expectation::NewestRefreshTokenUsed | Expectation::SameRefreshTokenUsed => vec![Capability::OfflineAccess],
        _ => Vec::new(),
    }
}
