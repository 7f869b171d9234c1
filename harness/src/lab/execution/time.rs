//! What happens at the providers, and to the clocks.

use std::time::Duration;

use mock_idp::{Fault, Issuer};

use super::state::{Execution, Pause};
use crate::evidence::ArmedFault;
use crate::lab::providers::arm_in;
use crate::plan::Action;
use crate::terms::Person;

impl Execution<'_> {
    /// Clients bound how often they ask. Most fetch keys once in half a minute or in a minute (OpenID Connect Core
    /// §10.1.1 demands no more than that they fetch them again), and some leave a provider alone for a few seconds that
    /// was busy or down.
    pub(super) async fn let_time_pass(&mut self) {
        let pass = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        match self.pause {
            Pause::None => {}
            Pause::OnClocks(time) => {
                if self.advance_client(pass(time)).await {
                    self.providers.all().for_each(|(issuer, _)| issuer.clock().advance(pass(time)));
                }
            }
            Pause::Real(time) => tokio::time::sleep(time).await,
        }
    }

    /// Moves the client's clock; false if it has none that can be moved.
    pub(super) async fn advance_client(&mut self, seconds: i64) -> bool {
        let moved = self.driver.advance(seconds).await;
        self.ahead += if moved { seconds } else { 0 };
        moved
    }

    /// From now on, the API does what the scenario has it do when it is called.
    pub(super) fn alter_calls(&mut self) {
        let of_calls = std::mem::take(&mut self.of_calls);
        if let Some(scope) = of_calls.scope {
            self.providers.demand_scope(&scope);
        }
        let armed: Vec<_> = of_calls.faults.into_iter().map(|fault| self.arm(fault)).collect();
        // In the order of the plan's lines.
        self.armed.splice(0..0, armed);
    }

    fn arm(&self, fault: Fault) -> ArmedFault {
        let id = arm_in(self.providers.issuer, &fault, &self.span);
        ArmedFault { id, at: fault.at, name: fault.to_string(), fault }
    }

    /// What happens at the providers, and to the clocks.
    pub(super) async fn at_provider(&mut self, action: &Action) {
        let providers = self.providers;
        let everywhere = |change: &dyn Fn(&Issuer)| providers.all().for_each(|(issuer, _)| change(issuer));
        let people = self.people.clone();
        let from_everybody = |revoke: fn(&Issuer, &str)| {
            everywhere(&|issuer| {
                for person in Person::ALL {
                    revoke(issuer, people.subject(person));
                }
            });
        };
        let advance = |seconds: i64| everywhere(&|issuer| issuer.clock().advance(seconds));
        match action {
            Action::ExpireAccessToken => {
                let seconds = self.providers.issuer.policy().access_token_lifetime.unwrap_or(86_400) + 1;
                if self.advance_client(seconds).await {
                    advance(seconds);
                } else {
                    from_everybody(Issuer::revoke_access_tokens_of);
                }
            }
            Action::PassTime(seconds) => {
                self.advance_client(*seconds).await;
                advance(*seconds);
            }
            Action::RevokeAccessTokens => from_everybody(Issuer::revoke_access_tokens_of),
            Action::RevokeRefreshTokens => from_everybody(Issuer::revoke_refresh_tokens_of),
            Action::RotateKeys => everywhere(&Issuer::rotate_keys),
            Action::Arm(fault) => {
                let armed = self.arm(fault.clone());
                self.armed.push(armed);
            }
            Action::Disarm => self.providers.be_honest_again(&self.span),
            _ => {}
        }
    }
}
