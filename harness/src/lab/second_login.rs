//! What a client makes of the login of another person in a browser where somebody is logged in. There are apps whose login
//! route then leads to the page of the user who is there, and to no provider, and apps that link accounts. Nothing forbids
//! either: a set-up check finds it, and scenarios that need more do not apply.

use mock_idp::{Endpoint, Issuer};

use super::equipment::Lab;
use super::execution::{Execution, SecondLogin};
use crate::evidence::Outcome;
use crate::plan::{Action, Plan};
use crate::terms::{Browser, Person, Provider};
use crate::verdict::{self, Judgement};

impl Lab {
    pub(super) fn second_login(&self) -> SecondLogin {
        *self.second_login.lock()
    }

    /// The judgement of a scenario that needs more of a second login than the client has.
    pub(super) fn without_second_login(&self, plan: &Plan) -> Option<Judgement> {
        match self.second_login() {
            SecondLogin::LeadsNowhere if plan.logs_in_twice() => Some(verdict::no_second_login()),
            SecondLogin::LinksAccounts if plan.changes_person() => Some(verdict::accounts_linked()),
            _ => None,
        }
    }

    /// What a login where somebody is logged in leads to, if that takes scenarios away.
    #[must_use]
    pub fn about_second_logins(&self) -> Option<&'static str> {
        match self.second_login() {
            SecondLogin::Begins => None,
            SecondLogin::LeadsNowhere => {
                Some("no login begins while somebody is logged in: scenarios with a second login do not apply")
            }
            SecondLogin::LinksAccounts => Some(
                "who logs in while another person is logged in is added to that account: scenarios about two accounts in one \
                 browser do not apply",
            ),
        }
    }
}

/// Has Bob log in where Alice is logged in.
pub(super) async fn find(issuer: &Issuer, execution: &mut Execution<'_>) -> SecondLogin {
    let before = issuer.journal().next_seq();
    execution.act(&[log_in(Browser::User, Person::Bob)]).await;
    let asked = issuer.journal().since(before).iter().any(|entry| entry.endpoint == Endpoint::Authorize);
    if !asked && matches!(execution.attempts.last().map(|it| &it.outcome), Some(Outcome::Refused(_))) {
        return SecondLogin::LeadsNowhere;
    }
    match links_accounts(execution).await {
        true => SecondLogin::LinksAccounts,
        false => SecondLogin::Begins,
    }
}

/// Whether Bob, who has logged in where Alice is logged in, has become a second identity of Alice: he is Alice in another
/// browser, too, and nobody else is. A client that has lost the second login, or takes everybody for Alice, has a finding.
async fn links_accounts(execution: &mut Execution<'_>) -> bool {
    if !has_logged_in(execution, Person::Alice) {
        return false;
    }
    execution.act(&[log_in(Browser::Victim, Person::Bob)]).await;
    if !has_logged_in(execution, Person::Alice) {
        return false;
    }
    execution.act(&[log_in(Browser::Attacker, Person::Mallory)]).await;
    has_logged_in(execution, Person::Mallory)
}

fn log_in(browser: Browser, person: Person) -> Action {
    Action::LogIn { browser, person, provider: Provider::First }
}

/// Whether the last login has ended with this person logged in.
fn has_logged_in(execution: &Execution<'_>, person: Person) -> bool {
    let last = execution.attempts.last();
    last.is_some_and(|last| last.session.as_ref().is_some_and(|session| session.is(person)))
}
