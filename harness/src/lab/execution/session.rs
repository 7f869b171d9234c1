//! Who is logged in, and the cookies by which.

use std::sync::Arc;
use std::time::Instant;

use mock_idp::{Endpoint, Entry};

use super::state::{Execution, limited};
use crate::evidence::{Attempt, Outcome, Session};
use crate::lab::outcome::{describe, failed};
use crate::plan::Action;
use crate::terms::{Browser, BrowserId, Span};

impl Execution<'_> {
    /// Who is logged in where a login is about to begin.
    pub(super) async fn look_before(&mut self, browser: Browser) -> Result<(), Outcome> {
        if self.pending.contains_key(&browser) {
            return Ok(());
        }
        let session = self.session_or_last(browser).await?;
        self.pending.insert(browser, session);
        Ok(())
    }

    /// Who is logged in now. A page that needs an answer of the provider may have trouble with it, or with what a log-out has
    /// left: then who was seen last. What is tried next is another matter.
    async fn session_or_last(&mut self, browser: Browser) -> Result<Session, Outcome> {
        match (self.session_now(browser).await, self.last_session(browser)) {
            (Err(Outcome::ServerError(_)), Some(last)) => Ok(last),
            (session, _) => session,
        }
    }

    /// Who was seen there last.
    fn last_session(&self, browser: Browser) -> Option<Session> {
        let mut here = self.attempts.iter().rev().filter(|attempt| attempt.action.browsers() == [browser]);
        here.find_map(|attempt| attempt.session.clone())
    }

    /// Who was logged in when the login of this browser began, or is now if none has.
    pub(super) async fn session_before(&mut self, browser: Browser) -> Result<Session, Outcome> {
        match self.pending.get(&browser) {
            Some(session) => Ok(session.clone()),
            None => self.session_or_last(browser).await,
        }
    }

    pub(super) async fn session_now(&mut self, browser: Browser) -> Result<Session, Outcome> {
        let id = self.browser(browser);
        let session = self.session(id).await?;
        // Nobody has ever logged in there, so nobody can be logged in.
        if session != Session::Nobody && self.is_fresh(browser) {
            let what = format!("in a browser in which nobody has logged in, the client says that {session}");
            return Err(Outcome::Contradicted(what));
        }
        Ok(session)
    }

    pub(super) async fn session_after(&mut self, browser: Browser) -> Result<Session, Outcome> {
        let id = self.browser(browser);
        let session = self.session(id).await?;
        self.seen = Some(session.clone());
        if let Some(before) = self.pending.get_mut(&browser) {
            before.clone_from(&session);
        }
        Ok(session)
    }

    pub(super) async fn session(&self, browser: BrowserId) -> Result<Session, Outcome> {
        let began = Instant::now();
        let session = limited(self.driver.session(browser)).await;
        self.looks.lock().push(Span::since(began));
        session.map(|said| Session::recognised(said, &self.people)).map_err(failed)
    }

    /// Whether UserInfo or the API has failed, or told something wrong, when the client was last asked who is logged in; which
    /// of them.
    pub(super) fn look_fails_at(&self) -> Option<Endpoint> {
        let look = self.looks.lock().last().copied()?;
        let fails = |entry: &&Arc<Entry>| {
            let is_wrong = !entry.faults.is_empty() || entry.status().is_none_or(|status| status >= 400);
            let tells = matches!(entry.endpoint, Endpoint::Userinfo | Endpoint::Api);
            tells && look.holds(entry.arrived) && is_wrong
        };
        self.providers.all().find_map(|(issuer, _)| Some(issuer.journal().entries().iter().find(fails)?.endpoint))
    }

    /// Whether no response was ever delivered to this browser, and no cookies planted in it.
    pub(super) fn is_fresh(&self, browser: Browser) -> bool {
        let planted = |attempt: &Attempt| match attempt.action {
            Action::PlantCookies { to, .. } | Action::TakeCookies { to, .. } => to == browser,
            Action::RenameCookies { of, .. } => of == browser,
            _ => false,
        };
        !self.delivered.contains_key(&browser) && !self.attempts.iter().any(planted)
    }

    /// A client that has refused to begin may have set cookies before.
    pub(super) async fn plant_cookies(&mut self, of: Browser, into: BrowserId) -> Outcome {
        let from = self.browser(of);
        let planted = limited(self.driver.plant_cookies(from, into)).await;
        let stopped = self
            .attempts
            .iter()
            .find(|attempt| attempt.action.browsers().contains(&of) && attempt.outcome != Outcome::Done);
        match (planted, stopped) {
            (Err(failure), _) => failed(failure),
            (Ok(0), Some(stopped)) => Outcome::NothingToDeliver(format!(
                "the {of}'s browser has no cookies of the client to plant, for this went wrong there: {}",
                describe(&stopped.outcome)
            )),
            (Ok(0), None) => Outcome::NothingToTry(format!(
                "the client has set no cookie in the {of}'s browser up to here, so there is none to plant"
            )),
            (Ok(_), _) => Outcome::Done,
        }
    }

    /// Somebody else has the cookies from here on. Where they alone log nobody in, there is nothing to try.
    pub(super) async fn take_cookies(&mut self, of: Browser, into: BrowserId) -> Outcome {
        let planted = self.plant_cookies(of, into).await;
        if planted != Outcome::Done {
            return planted;
        }
        let from = self.browser(of);
        match (self.session(from).await, self.session(into).await) {
            (Err(outcome), _) | (_, Err(outcome)) => outcome,
            (Ok(Session::Nobody), _) => Outcome::NothingToDeliver(format!(
                "nobody is logged in in the {of}'s browser, so its cookies are worth nothing"
            )),
            (Ok(_), Ok(Session::Nobody)) => {
                Outcome::NothingToTry("the client's cookies alone log nobody in, in another browser".to_owned())
            }
            (Ok(_), Ok(_)) => Outcome::Done,
        }
    }
}
