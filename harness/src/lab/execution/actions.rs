//! One action after the other, and how each ends.

use std::time::Instant;

use futures::future::join_all;
use mock_idp::Entry;

use super::delivery::Whose;
use super::state::{Execution, SecondLogin};
use crate::evidence::{Attempt, Outcome, Session};
use crate::lab::outcome::{answered, called, logged_out};
use crate::plan::{Action, pause_after};
use crate::terms::{Answer, AuthorizationResponse, Browser, BrowserId, Failure, Person, Provider, Reply, Said, Span};
use crate::verdict;

impl Execution<'_> {
    pub(in crate::lab) async fn act(&mut self, actions: &[Action]) {
        self.act_from(0, actions).await;
    }

    /// The same, beginning with the action of this number.
    pub(in crate::lab) async fn act_from(&mut self, first: usize, actions: &[Action]) {
        let pause = pause_after(actions);
        for (number, action) in actions.iter().enumerate().skip(first) {
            if action.calls_api() {
                self.alter_calls();
            }
            if !self.has_api && matches!(action, Action::CallApi(_)) {
                continue;
            }
            if let Action::CallApiTogether(browsers) = action {
                self.call_api_together(browsers, number).await;
                continue;
            }
            if let Action::DeliverTogether(browsers) = action {
                Box::pin(self.deliver_together(browsers, number)).await;
                continue;
            }
            if let Action::LogInReturning { browser, target } = action {
                self.log_in_returning(*browser, target, number).await;
                continue;
            }
            let began = Instant::now();
            let (outcome, shown) = self.act_once(action).await;
            if pause == Some(action) && actions.get(number + 1) != Some(action) {
                self.let_time_pass().await;
            }
            let (action, session) = (action.clone(), self.seen.take());
            let (when, number) = (Span::since(began), Some(number));
            self.attempts.push(Attempt { action, outcome, shown, session, when, number });
            // The verdict is clear, and each further step may take as long.
            if self.has_timed_out() {
                break;
            }
        }
    }

    pub(super) async fn act_once(&mut self, action: &Action) -> (Outcome, String) {
        match action {
            Action::LogIn { browser, person, provider } => {
                match self.authorize(*browser, *person, *provider, &[]).await {
                    Ok(response) => self.deliver(*browser, response, Whose::Own).await,
                    Err(outcome) => (self.not_begun(*browser, *person, outcome), String::new()),
                }
            }
            Action::Begin { browser, person, provider, without } => {
                let response = self.authorize(*browser, *person, *provider, without).await;
                self.keep(*browser, response)
            }
            Action::BeginMixedUp { browser, person, asked, answers } => {
                let response = self.mix_up(*browser, *person, *asked, *answers).await;
                self.keep(*browser, response)
            }
            Action::BeginInTab { browser, tab } => {
                let id = self.browser(*browser);
                self.driver.turn_to(id, *tab);
                match self.authorize(*browser, browser.owner(), Provider::First, &[]).await {
                    Ok(response) => {
                        self.kept_in_tabs.insert((*browser, *tab), response);
                        (Outcome::Done, String::new())
                    }
                    Err(outcome) => (outcome, String::new()),
                }
            }
            Action::DeliverInTab { browser, tab } => match self.kept_in_tabs.get(&(*browser, *tab)).cloned() {
                Some(response) => {
                    let id = self.browser(*browser);
                    self.driver.turn_to(id, *tab);
                    self.deliver(*browser, response, Whose::OwnInTab).await
                }
                None => {
                    let why = format!("the login in the {browser}'s {tab} did not get as far as a response");
                    (Outcome::NothingToDeliver(why), String::new())
                }
            },
            Action::Deliver { of, to, with_own, replaced } => self.deliver_kept(*of, *to, with_own, replaced).await,
            Action::DeliverTwice(browser) => self.deliver_twice(*browser).await,
            Action::Forge { to, params } => {
                let redirect_uri = self.driver.redirect_uri().to_owned();
                let response =
                    AuthorizationResponse { redirect_uri, mode: self.response_mode(), params: params.clone() };
                self.deliver(*to, response, Whose::Foreign).await
            }
            Action::Replay(browser) => match self.delivered.get(browser).cloned() {
                Some(response) => self.deliver(*browser, response, Whose::Foreign).await,
                None => {
                    let why = format!("no authorization response has arrived in the {browser}'s browser before");
                    (Outcome::NothingToDeliver(why), String::new())
                }
            },
            Action::CallApi(browser) => {
                let id = self.browser(*browser);
                called(self.call_api(id).await)
            }
            Action::CallApiAtOnce { browser, calls } => {
                let id = self.browser(*browser);
                let calls = join_all((0..*calls).map(|_| self.call_api(id))).await;
                let mut ended = calls.into_iter().map(called);
                let first = ended.next().unwrap_or((Outcome::Done, String::new()));
                ended.fold(first, |worst, next| if worst.0 == Outcome::Done { next } else { worst })
            }
            Action::Refresh(browser) => {
                let id = self.browser(*browser);
                called(self.operate(id, "refresh".to_owned(), self.driver.refresh(id), answered).await)
            }
            Action::LogOut(browser) => {
                let id = self.browser(*browser);
                logged_out(self.operate(id, "log out".to_owned(), self.driver.log_out(id), answered).await)
            }
            Action::PlantCookies { of, to } => {
                let into = self.browser(*to);
                (self.plant_cookies(*of, into).await, String::new())
            }
            Action::StartLogins(count) => (self.start_logins(*count).await, String::new()),
            Action::AbandonLogins { browser, count } => (self.abandon_logins(*browser, *count).await, String::new()),
            Action::Stray(browser) => (self.stray(*browser).await, String::new()),
            Action::CompleteLogins(count) => self.complete_logins(*count).await,
            Action::TakeCookies { of, to } => {
                let into = self.browser(*to);
                (self.take_cookies(*of, into).await, String::new())
            }
            Action::RenameCookies { of, like } => self.rename_cookies(*of, *like).await,
            _ => {
                self.at_provider(action).await;
                (Outcome::Done, String::new())
            }
        }
    }

    /// What a login amounts to that the client has not begun. Where it never begins one while somebody is logged in,
    /// that person has what they wanted; for another person there is nothing to try.
    pub(super) fn not_begun(&mut self, browser: Browser, person: Person, outcome: Outcome) -> Outcome {
        let session = self.pending.get(&browser).filter(|session| **session != Session::Nobody);
        let (Outcome::Refused(_), SecondLogin::LeadsNowhere, Some(session)) = (&outcome, self.second_login, session)
        else {
            return outcome;
        };
        let outcome = match session.is(person) {
            true => Outcome::Done,
            false => Outcome::NothingToTry(verdict::NO_SECOND_LOGIN.to_owned()),
        };
        self.pending.remove(&browser);
        outcome
    }

    /// 500 may be the word for an API or a provider that has just answered so itself. Where nobody has, it is the client's
    /// own: it crashed.
    pub(super) async fn call_api(&self, browser: BrowserId) -> Reply<Answer> {
        let began = Instant::now();
        let reply = self.operate(browser, "call the API".to_owned(), self.driver.call_api(browser), answered).await;
        let when = Span::since(began);
        let in_trouble = |entry: &Entry| {
            let failed = entry.response.as_ref().is_none_or(|response| response.status >= 500);
            when.holds(entry.arrived) && failed
        };
        let mut entries = self.providers.all().flat_map(|(issuer, _)| issuer.journal().entries());
        match reply {
            Ok(Answer { said: Said::Page(500), .. }) if !entries.any(|entry| in_trouble(&entry)) => {
                Err(Failure::ServerError("the route that calls the API answered with status 500".to_owned()))
            }
            reply => reply,
        }
    }

    /// Each call is a separate attempt.
    pub(super) async fn call_api_together(&mut self, browsers: &[Browser], number: usize) {
        let ids: Vec<_> = browsers.iter().map(|browser| self.browser(*browser)).collect();
        let began = Instant::now();
        let calls = join_all(ids.into_iter().map(|id| self.call_api(id))).await;
        let when = Span::since(began);
        for (browser, reply) in browsers.iter().zip(calls) {
            let (outcome, shown) = called(reply);
            let action = Action::CallApi(*browser);
            self.attempts.push(Attempt { action, outcome, shown, session: None, when, number: Some(number) });
        }
    }

    /// A login, and who is logged in afterwards, whatever the client says of it.
    pub(in crate::lab) async fn log_in_and_look(&mut self, person: Person) -> Result<Session, Outcome> {
        self.act(&[Action::LogIn { browser: Browser::User, person, provider: Provider::First }]).await;
        self.look().await
    }

    /// Who is logged in, in the user's browser.
    pub(in crate::lab) async fn look(&mut self) -> Result<Session, Outcome> {
        let browser = self.browser(Browser::User);
        self.session(browser).await
    }
}
