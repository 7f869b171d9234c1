//! Which scenarios a client cannot be judged by whose page shows no subject.

use mock_idp::{Change, Fault, Point, Signing};
use serde_json::Value;

use super::action::Action;
use super::arrangement::{Arrangement, RegistrationChange};
use super::compiled::Plan;
use super::expectation::Expectation;
use crate::terms::{Identity, Person};

impl Identity {
    /// Why a page that shows this claim cannot tell what the scenario is about; nothing if it can.
    ///
    /// Where the provider says that somebody has another subject, or another person's name, the page shows the claim of
    /// one person for the account of another: neither that it does nor that it does not decides anything.
    #[must_use]
    pub fn cannot_decide(self, plan: &Plan) -> Option<String> {
        if self == Self::Subject {
            return None;
        }
        let claim = self.claim();
        let asks_for_less = plan.arrangements.iter().any(|arrangement| match arrangement {
            Arrangement::Registration(RegistrationChange::Scope(scope)) => !self.comes_with(scope),
            _ => false,
        });
        if asks_for_less {
            return Some(format!("the session page shows `{claim}`, for which this scenario does not ask"));
        }
        let differs = plan.asks_who_is_logged_in() && faults(plan).any(|fault| self.is_touched_by(fault));
        differs.then(|| {
            format!(
                "the session page shows `{claim}` and no `sub`, and this scenario rests on the difference between the two"
            )
        })
    }

    fn is_touched_by(self, fault: &Fault) -> bool {
        let says_who = [Point::IdTokenClaims, Point::IdTokenSignature, Point::Userinfo, Point::TokenResponse];
        says_who.contains(&fault.at)
            && match &fault.change {
                Change::Merge(patch) | Change::Sign(Signing::AfterSigning(patch)) => self.is_said_in(patch),
                Change::SetNull(members) => members.iter().any(|name| self.identifies(name, &Value::Null)),
                Change::Sign(Signing::RepeatedClaim { name, first }) => self.identifies(name, first),
                Change::Respond { body: Some(body), .. } => names_somebody(body),
                _ => false,
            }
    }

    fn is_said_in(self, patch: &Value) -> bool {
        let Value::Object(members) = patch else { return true };
        members.iter().any(|(name, value)| self.identifies(name, value))
    }

    /// Whether a claim says who somebody is: the subject, what the page shows, or whatever belongs to a person.
    fn identifies(self, name: &str, value: &Value) -> bool {
        ["sub", self.claim()].contains(&name) || names_somebody(&value.to_string())
    }
}

/// Whether a text speaks of one of the people, by a placeholder.
fn names_somebody(text: &str) -> bool {
    Person::ALL.into_iter().any(|person| text.contains(&format!("{{{}", person.name())))
}

fn faults(plan: &Plan) -> impl Iterator<Item = &Fault> {
    let later = plan.actions.iter().filter_map(|action| match action {
        Action::Arm(fault) => Some(fault),
        _ => None,
    });
    plan.faults().chain(plan.faults_at_second()).chain(later)
}

impl Plan {
    /// Whether it matters who is logged in, not only that somebody is.
    #[must_use]
    pub fn asks_who_is_logged_in(&self) -> bool {
        self.expectations.iter().any(|expectation| {
            matches!(
                expectation,
                Expectation::LoggedIn(..)
                    | Expectation::NotLoggedInAs(..)
                    | Expectation::NobodyBut(..)
                    | Expectation::LoggedInAt(..)
                    | Expectation::NotLoggedInAt(..)
                    | Expectation::ApiCalledForOwnUser
                    | Expectation::ApiNotCalledForOthers
            )
        })
    }

    /// Whether the provider is not honest in everything.
    #[must_use]
    pub fn has_faults(&self) -> bool {
        faults(self).next().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::built_in;

    fn undecidable(identity: Identity) -> Vec<String> {
        let scenarios = built_in().expect("the suite is whole");
        let out = scenarios.iter().filter(|scenario| identity.cannot_decide(&scenario.plan).is_some());
        out.map(|scenario| scenario.id.to_string()).collect()
    }

    #[test]
    fn a_subject_decides_everything() {
        assert_eq!(undecidable(Identity::Subject), Vec::<String>::new());
    }

    #[test]
    fn what_rests_on_the_difference_between_subject_and_name_is_not_decided_by_a_name() {
        let by_name = undecidable(Identity::Name);
        for id in ["userinfo/sub-mismatch", "session/subject-case-differs", "cve/account-link-unverified-email"] {
            assert!(by_name.iter().any(|it| it == id), "{id}: {by_name:?}");
        }
        for id in ["session/user-switch", "session/login-csrf-logged-in", "id-token/sub-missing"] {
            assert!(!by_name.iter().any(|it| it == id), "{id}: {by_name:?}");
        }
    }

    #[test]
    fn a_claim_that_is_taken_away_is_missed_only_where_the_page_shows_it() {
        let id = "userinfo/requested-claim-absent".to_owned();
        assert!(undecidable(Identity::Name).contains(&id));
        assert!(!undecidable(Identity::Email).contains(&id));
    }
}
