//! The honest part of a plan: what its people do without the faults, for the control.

use std::collections::{BTreeMap, BTreeSet};

use super::action::Action;
use super::compiled::Plan;
use crate::terms::{Browser, Person, Provider};

/// What honest people have done so far, and who is logged in where.
#[derive(Default)]
struct HonestRun {
    actions: Vec<Action>,
    logged_in: BTreeMap<Browser, (Person, Provider)>,
    /// Where a login has come to its end, and no log-out since.
    arrived: BTreeSet<Browser>,
    /// Where one person has followed another: what the client does with the tokens there is a scenario's own claim.
    switched: BTreeSet<Browser>,
    /// A login begins where somebody is logged in already.
    second_login: bool,
    /// So does one of another person, or at another provider, in the control: it completes each login before the next.
    takes_over: bool,
    /// So does one of another person.
    changes_person: bool,
}

impl HonestRun {
    fn of(plan: &Plan) -> Self {
        let mut run = Self::default();
        plan.actions.iter().for_each(|action| run.follow(action));
        if run.actions.is_empty() {
            run.log_in(Browser::User, Browser::User.owner(), Provider::First);
        }
        run
    }

    fn follow(&mut self, action: &Action) {
        match action {
            Action::LogIn { browser, person, provider } => {
                self.log_in(*browser, *person, *provider);
                self.arrived.insert(*browser);
            }
            Action::Begin { browser, person, provider, .. } => self.log_in(*browser, *person, *provider),
            Action::Deliver { of, to: browser, .. } if of == browser => {
                self.arrived.insert(*browser);
            }
            Action::DeliverInTab { browser, .. } | Action::DeliverTwice(browser) => {
                self.arrived.insert(*browser);
            }
            Action::DeliverTogether(browsers) => self.arrived.extend(browsers),
            Action::BeginMixedUp { browser, person, asked, .. } => self.log_in(*browser, *person, *asked),
            Action::BeginInTab { browser, .. } => self.log_in(*browser, browser.owner(), Provider::First),
            Action::CallApi(browser) | Action::CallApiAtOnce { browser, .. } => {
                self.go_on(*browser, Action::CallApi(*browser));
            }
            Action::CallApiTogether(browsers) => {
                browsers.iter().for_each(|browser| self.go_on(*browser, Action::CallApi(*browser)));
            }
            Action::Refresh(browser) => self.go_on(*browser, action.clone()),
            Action::LogOut(browser) => {
                self.go_on(*browser, action.clone());
                self.logged_in.remove(browser);
                self.arrived.remove(browser);
                self.switched.remove(browser);
            }
            // What is left are attacks, what happens at the provider, and the passing of time.
            _ => {}
        }
    }

    /// Completes a login that was begun. A person who is logged in already does not log in again.
    fn log_in(&mut self, browser: Browser, person: Person, provider: Provider) {
        let before = self.logged_in.insert(browser, (person, provider));
        if before != Some((person, provider)) {
            self.actions.push(Action::LogIn { browser, person, provider });
            if let Some((first, _)) = before {
                self.takes_over = true;
                self.changes_person |= first != person;
                self.switched.insert(browser);
            }
        }
        self.second_login |= self.arrived.contains(&browser);
    }

    /// Once, at the first provider, is enough to show that it can be done: what a client does at the second one is the
    /// scenario's own claim.
    fn go_on(&mut self, browser: Browser, action: Action) {
        let at_first = self.logged_in.get(&browser).is_some_and(|(_, provider)| *provider == Provider::First);
        let is_call_after_switch = matches!(action, Action::CallApi(_)) && self.switched.contains(&browser);
        if at_first && !is_call_after_switch && self.actions.last() != Some(&action) {
            self.actions.push(action);
        }
    }
}

impl Plan {
    /// Its steps without the faults and the attacks: the same people log in in the same browsers, call the API, refresh and
    /// log out.
    #[must_use]
    pub fn honest_actions(&self) -> Vec<Action> {
        HonestRun::of(self).actions
    }

    /// Whether a login begins in a browser where somebody is logged in already, in the scenario or in its control. A
    /// fault may have kept the first one out: then only what the control does is known beforehand.
    #[must_use]
    pub fn logs_in_twice(&self) -> bool {
        let faulty = self.faults().chain(self.faults_at_second()).next().is_some();
        let run = HonestRun::of(self);
        (run.takes_over && self.needs_controls()) || (!faulty && run.second_login)
    }

    /// Whether another person logs in in a browser where somebody is logged in already.
    #[must_use]
    pub fn changes_person(&self) -> bool {
        HonestRun::of(self).changes_person
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::Tab;

    fn log_in(browser: Browser, person: Person) -> Action {
        Action::LogIn { browser, person, provider: Provider::First }
    }

    fn begin(browser: Browser) -> Action {
        Action::Begin { browser, person: browser.owner(), provider: Provider::First, without: Vec::new() }
    }

    fn honest(actions: &[Action]) -> Vec<Action> {
        Plan { actions: actions.to_vec(), ..Plan::default() }.honest_actions()
    }

    #[test]
    fn attack_becomes_the_logins_of_those_who_take_part() {
        let foreign =
            Action::Deliver { of: Browser::Attacker, to: Browser::Victim, with_own: Vec::new(), replaced: Vec::new() };
        assert_eq!(
            honest(&[begin(Browser::Attacker), begin(Browser::Victim), foreign]),
            [log_in(Browser::Attacker, Person::Mallory), log_in(Browser::Victim, Person::Alice)]
        );
    }

    #[test]
    fn next_try_of_the_same_person_is_no_login_of_its_own() {
        let user = log_in(Browser::User, Person::Alice);
        let call = Action::CallApi(Browser::User);
        let tried = [user.clone(), Action::Disarm, user.clone(), call.clone(), Action::ExpireAccessToken, call.clone()];
        assert_eq!(honest(&tried), [user, call]);
    }

    #[test]
    fn no_api_call_follows_where_one_person_has_followed_another() {
        let (alice, bob) = (log_in(Browser::User, Person::Alice), log_in(Browser::User, Person::Bob));
        let call = Action::CallApi(Browser::User);
        assert_eq!(honest(&[alice.clone(), call.clone(), bob.clone(), call.clone()]), [alice, call, bob]);
    }

    #[test]
    fn who_has_logged_out_logs_in_again() {
        let (user, out) = (log_in(Browser::User, Person::Alice), Action::LogOut(Browser::User));
        let done = [user.clone(), out.clone(), user.clone()];
        assert_eq!(honest(&done), done);
    }

    #[test]
    fn second_login_begins_where_somebody_is_logged_in() {
        let twice = |actions: &[Action]| Plan { actions: actions.to_vec(), ..Plan::default() }.logs_in_twice();
        let (user, out) = (log_in(Browser::User, Person::Alice), Action::LogOut(Browser::User));
        let tab = |tab| Action::BeginInTab { browser: Browser::User, tab };
        let delivered = |tab| Action::DeliverInTab { browser: Browser::User, tab };
        assert!(twice(&[user.clone(), user.clone()]));
        assert!(!twice(&[user.clone(), log_in(Browser::Victim, Person::Alice)]), "in another browser");
        assert!(!twice(&[user.clone(), out, user]), "after a log-out");
        let (first, second) = (Tab::First, Tab::Second);
        assert!(!twice(&[tab(first), tab(second), delivered(first), delivered(second)]), "both before anybody is in");
        assert!(twice(&[tab(first), delivered(first), tab(second)]));
    }

    #[test]
    fn scenario_without_logins_has_one_in_its_control() {
        assert_eq!(honest(&[Action::Replay(Browser::User)]), [log_in(Browser::User, Person::Alice)]);
    }
}
