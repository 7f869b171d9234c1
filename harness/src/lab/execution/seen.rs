//! What was seen, in the end.

use std::collections::BTreeMap;

use super::state::Execution;
use crate::evidence::{Attempt, Evidence, Session};
use crate::lab::scene::Scene;
use crate::plan::Action;
use crate::terms::{Browser, Outlet, Provider, Span, Told};
use crate::verdict;

impl Execution<'_> {
    pub(in crate::lab) async fn evidence(mut self, scene: Scene<'_>) -> Evidence {
        let mut sessions = Vec::new();
        let looked_at = if self.has_timed_out() { BTreeMap::new() } else { self.browsers.clone() };
        for (browser, id) in looked_at {
            match self.session(id).await {
                Ok(session) => sessions.push((browser, session)),
                Err(outcome) => {
                    let action = Action::LogIn { browser, person: browser.owner(), provider: Provider::First };
                    let (shown, session) = (String::new(), None);
                    let attempt = Attempt { action, outcome, shown, session, when: Span::now(), number: None };
                    self.attempts.push(attempt);
                }
            }
        }
        // The clock is the client's, and the client may be used again.
        if self.ahead != 0 {
            self.driver.advance(-self.ahead).await;
        }
        let mut blank = scene.blank();
        blank.faults.append(&mut self.armed);
        let told = self.told(&sessions);
        let (traced, calls) = (self.driver.take_trace(), std::mem::take(self.calls.get_mut()));
        let mut evidence = Evidence {
            attempts: std::mem::take(&mut self.attempts),
            sessions,
            browsers: self.browsers.iter().map(|(browser, id)| (*id, *browser)).collect(),
            visits: std::mem::take(&mut self.visits),
            looks: std::mem::take(self.looks.get_mut()),
            redirect_uri: self.driver.redirect_uri().to_owned(),
            loopback_redirect_uris: self.driver.loopback_redirect_uris(),
            hops: if traced.is_empty() { calls } else { traced },
            client_lives: self.driver.is_alive(),
            output: self.driver.output(),
            ..blank
        };
        evidence.exposures = verdict::exposures(&evidence, &told);
        self.driver.forget_output();
        evidence
    }

    /// What the client has let out: as the driver has seen it, or else by the client's answers.
    pub(super) fn told(&self, sessions: &[(Browser, Session)]) -> Vec<Told> {
        let mut told = self.driver.take_told();
        if told.iter().any(|told| told.outlet == Outlet::Page) {
            return told;
        }
        let page = |at: &str, text: &str| Told { outlet: Outlet::Page, at: at.to_owned(), text: text.to_owned() };
        let answers = self.attempts.iter().filter(|attempt| !attempt.shown.is_empty());
        told.extend(answers.map(|attempt| page(attempt.action.name(), &attempt.shown)));
        let somebodys = sessions.iter().filter(|(_, session)| *session != Session::Nobody);
        told.extend(somebodys.map(|(_, session)| page("who is logged in", session.shown())));
        told
    }
}
