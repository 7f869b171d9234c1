//! Logins: from the login route to the authorization response.

use std::time::Instant;

use mock_idp::Endpoint;
use url::Url;

use super::delivery::Whose;
use super::state::Execution;
use super::state::new_browser;
use crate::evidence::{Attempt, Outcome, foreign_site};
use crate::lab::outcome::{broken, failed, visited};
use crate::lab::visit::{Visit, visit};
use crate::plan::Action;
use crate::terms::{
    AuthorizationResponse, Browser, BrowserId, Capability, Failure, Person, Provider, Refusal, Reply, Span,
};

impl Execution<'_> {
    pub(super) async fn begin(&self, browser: BrowserId, provider: Provider) -> Reply<Url> {
        self.begun(browser, self.driver.begin(browser, provider)).await
    }

    pub(super) async fn begun(&self, browser: BrowserId, operation: impl Future<Output = Reply<Url>>) -> Reply<Url> {
        let reply = self.operate(browser, "log in".to_owned(), operation, |_| "to the provider".to_owned()).await;
        if let (Ok(url), Some(hop)) = (&reply, self.calls.lock().last_mut()) {
            hop.urls.push(self.driver.led_to(browser).unwrap_or_else(|| url.to_string()));
        }
        match reply {
            Ok(url) if !["http", "https"].contains(&url.scheme()) => {
                let detail = format!("it sends the browser to {}:, which is no page of the web", url.scheme());
                Err(Failure::Refused(Refusal { detail, ..Refusal::default() }))
            }
            reply => reply,
        }
    }

    /// The user agent is at a provider.
    pub(super) async fn visit(&mut self, browser: Browser, url: Url, person: Person) -> Visit {
        let began = Instant::now();
        let visit = visit(url, self.people.subject(person)).await;
        self.visits.push((browser, Span::since(began)));
        visit
    }

    /// From the login route to the authorization response.
    pub(super) async fn authorize(
        &mut self,
        browser: Browser,
        person: Person,
        provider: Provider,
        without: &[String],
    ) -> Result<AuthorizationResponse, Outcome> {
        self.look_before(browser).await?;
        let id = self.browser(browser);
        let mut url = self.begin(id, provider).await.map_err(failed)?;
        if !without.is_empty() {
            let kept: Vec<_> = url.query_pairs().into_owned().filter(|(name, _)| !without.contains(name)).collect();
            url.query_pairs_mut().clear().extend_pairs(kept);
        }
        visited(self.visit(browser, url, person).await)
    }

    /// The authorization request that the client has made for one provider, answered by the other.
    pub(super) async fn mix_up(
        &mut self,
        browser: Browser,
        person: Person,
        asked: Provider,
        answers: Provider,
    ) -> Result<AuthorizationResponse, Outcome> {
        self.look_before(browser).await?;
        let id = self.browser(browser);
        let request = self.begin(id, asked).await.map_err(failed)?;
        let (issuer, registration) =
            self.providers.get(answers).ok_or(Outcome::Unsupported(Capability::MultipleIssuers))?;
        let mut url = Url::parse(&issuer.url(Endpoint::Authorize)).map_err(|error| broken(&error.to_string()))?;
        let [here, there] = [asked, answers].map(|provider| self.driver.redirect_uri_at(provider));
        let has_several = here != there;
        url.query_pairs_mut().extend_pairs(request.query_pairs().map(|(name, value)| {
            let value = match &*name {
                "client_id" => registration.client_id.clone().into(),
                // The honest provider answers to no other one; the attacker's answers to the one that the client expects.
                "redirect_uri" if answers == Provider::First && has_several => {
                    self.driver.redirect_uri_at(answers).into()
                }
                _ => value,
            };
            (name, value)
        }));
        visited(self.visit(browser, url, person).await)
    }

    pub(super) fn keep(
        &mut self,
        browser: Browser,
        response: Result<AuthorizationResponse, Outcome>,
    ) -> (Outcome, String) {
        let outcome = match response {
            Ok(response) => {
                self.kept.insert(browser, response);
                Outcome::Done
            }
            Err(outcome) => outcome,
        };
        (outcome, String::new())
    }

    pub(super) async fn start_logins(&mut self, count: usize) -> Outcome {
        let steady = self.browser(Browser::User);
        for number in 0..count {
            let browser = if number % 2 == 0 { steady } else { new_browser() };
            let begun = self.begin(browser, Provider::First).await;
            if browser != steady {
                self.driver.close(browser);
            }
            match begun {
                Ok(url) => {
                    self.visit(Browser::User, url, Person::Alice).await;
                }
                Err(failure) => return failed(failure),
            }
        }
        Outcome::Done
    }

    pub(super) async fn abandon_logins(&mut self, browser: Browser, count: usize) -> Outcome {
        let id = self.browser(browser);
        for _ in 0..count {
            match self.begin(id, Provider::First).await {
                Ok(url) => drop(self.visit(browser, url, browser.owner()).await),
                Err(failure) => return failed(failure),
            }
        }
        Outcome::Done
    }

    /// Two logins, each in its own browser: by a link to a page of the client, and by one to somewhere else.
    pub(super) async fn log_in_returning(&mut self, browser: Browser, target: &str, number: usize) {
        let Some(mut page) = self.driver.page() else {
            let (outcome, shown) = (Outcome::Unsupported(Capability::ReturnTarget), String::new());
            let action = Action::LogInReturning { browser, target: target.to_owned() };
            let (when, number) = (Span::now(), Some(number));
            return self.attempts.push(Attempt { action, outcome, shown, session: None, when, number });
        };
        let target = target.replace("{client}", &page.origin().ascii_serialization());
        let leads_away = foreign_site(&page, &target).is_some();
        page.query_pairs_mut().append_pair("visit", &rand::random::<u32>().to_string());
        let own = page[url::Position::BeforePath..].to_owned();
        for (target, number) in [(own, None), (target, Some(number))] {
            self.pending.remove(&browser);
            if let Some(earlier) = self.browsers.insert(browser, new_browser()) {
                self.driver.close(earlier);
            }
            let began = Instant::now();
            let (outcome, shown) = match self.authorize_returning(browser, &target).await {
                _ if number.is_some() && !leads_away => {
                    let why = format!("{target:?} is a page of this client, so it leads nowhere else");
                    (Outcome::NothingToTry(why), String::new())
                }
                Ok(response) => match self.deliver(browser, response, Whose::Own).await {
                    // It is the target that it refuses, after the login.
                    (Outcome::Contradicted(_), shown) if number.is_some() => (Outcome::Done, shown),
                    delivered => delivered,
                },
                Err(outcome) => (outcome, String::new()),
            };
            let (action, session) = (Action::LogInReturning { browser, target }, self.seen.take());
            self.attempts.push(Attempt { action, outcome, shown, session, when: Span::since(began), number });
            if self.has_timed_out() {
                break;
            }
        }
    }

    /// From the login route to the authorization response.
    pub(super) async fn authorize_returning(
        &mut self,
        browser: Browser,
        target: &str,
    ) -> Result<AuthorizationResponse, Outcome> {
        self.look_before(browser).await?;
        let id = self.browser(browser);
        let url = self.begun(id, self.driver.begin_returning(id, target)).await.map_err(failed)?;
        visited(self.visit(browser, url, browser.owner()).await)
    }

    /// Each in its own browser. The first one that does not come to its end is the last.
    pub(super) async fn complete_logins(&mut self, count: usize) -> (Outcome, String) {
        let mut last = (Outcome::Done, String::new());
        for _ in 0..count {
            let earlier = self.browsers.insert(Browser::User, new_browser());
            if let Some(earlier) = earlier {
                self.driver.close(earlier);
            }
            last = match self.authorize(Browser::User, Person::Alice, Provider::First, &[]).await {
                Ok(response) => self.deliver(Browser::User, response, Whose::Own).await,
                Err(outcome) => (outcome, String::new()),
            };
            if last.0 != Outcome::Done {
                break;
            }
        }
        last
    }
}
