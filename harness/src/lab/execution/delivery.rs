//! Authorization responses on their way to the client.

use std::sync::Arc;
use std::time::Instant;

use futures::future::join_all;
use mock_idp::{Endpoint, Entry};

use super::state::{Execution, limited};
use crate::evidence::{Attempt, Outcome, Session};
use crate::lab::outcome::{Landing, Redeemed, answered, failed, judged, led_to_session, promise};
use crate::lab::visit::Visit;
use crate::plan::Action;
use crate::terms::{
    Answer, AuthorizationResponse, Browser, BrowserId, Failure, Refusal, Reply, ResponseMode, Said, Span,
};
use crate::text::plain;

/// How often a browser is sent to and fro between client and provider before it has seen enough.
const MOST_RETURNS: usize = 4;

/// Whether a response answers the login of the browser that it is delivered to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Own,
    /// Of one of two tabs of the browser: the login in the other one may have come to its end before.
    OwnInTab,
    Foreign,
}

impl Execution<'_> {
    pub(super) async fn deliver_kept(
        &mut self,
        of: Browser,
        to: Browser,
        with_own: &[String],
        replaced: &[(String, String)],
    ) -> (Outcome, String) {
        let Some(mut response) = self.kept.get(&of).cloned() else {
            let why = format!("the {of}'s login did not get as far as an authorization response");
            return (Outcome::NothingToDeliver(why), String::new());
        };
        for name in with_own {
            if let Some(own) = self.kept.get(&to).and_then(|own| own.param(name)) {
                response.set(name, own);
            }
        }
        replaced.iter().for_each(|(name, value)| response.set(name, value));
        let whose = if of == to { Whose::Own } else { Whose::Foreign };
        self.deliver(to, response, whose).await
    }

    pub(super) async fn deliver(
        &mut self,
        browser: Browser,
        response: AuthorizationResponse,
        whose: Whose,
    ) -> (Outcome, String) {
        let id = self.browser(browser);
        let before = self.session_before(browser).await;
        if let Err(outcome) = before {
            return (outcome, String::new());
        }
        let reply = self.callback(id, &response).await;
        let reply = self.go_back(browser, reply).await;
        let redeemed = self.redeemed(&response);
        self.delivered.insert(browser, response);
        if whose != Whose::Foreign {
            self.pending.remove(&browser);
        }
        let after = match &reply {
            // Each further question may take as long.
            Err(Failure::TimedOut(_)) => Ok(Session::Nobody),
            _ => self.session_after(browser).await,
        };
        let ended = (&reply, &before, &after);
        let is_led_home = led_to_session(ended, browser.owner()) && !self.driver.is_led_elsewhere(id);
        if whose == Whose::OwnInTab && redeemed == Redeemed::No && is_led_home {
            return (Outcome::Done, reply.map_or_else(|_| String::new(), |answer| answer.shown));
        }
        self.judged(reply, (before, after), redeemed)
    }

    pub(super) fn judged(
        &mut self,
        reply: Reply<Answer>,
        (before, after): (Result<Session, Outcome>, Result<Session, Outcome>),
        redeemed: Redeemed,
    ) -> (Outcome, String) {
        let landing = reply.as_ref().ok().and_then(Landing::on_error_page);
        let reply = match (reply, &after, self.look_fails_at()) {
            // No contradiction: the login went well, and the session fails at UserInfo or at the API.
            (Ok(Answer { said: Said::Done, shown }), Ok(Session::Nobody), Some(endpoint)) => {
                let asked = if endpoint == Endpoint::Userinfo { "UserInfo" } else { "the API" };
                let detail = format!("the session asks {asked} who is logged in, and shows nobody after its answer");
                Ok(Answer { said: Said::Refused(Refusal { detail, ..Refusal::default() }), shown })
            }
            (reply, ..) => reply,
        };
        let judged = judged(reply, before, after, redeemed, self.landing.as_ref());
        if judged.0 == Outcome::Done && landing.is_some() {
            self.landing = landing;
        }
        judged
    }

    /// How authorization responses come to this client, as far as one has come.
    pub(super) fn response_mode(&self) -> ResponseMode {
        let known = self.kept.values().chain(self.kept_in_tabs.values()).chain(self.delivered.values());
        known.map(|response| response.mode).next_back().unwrap_or(ResponseMode::Query)
    }

    /// Whether the client has presented the code of this response.
    pub(super) fn redeemed(&self, response: &AuthorizationResponse) -> Redeemed {
        let Some(code) = response.param("code") else { return Redeemed::No };
        let presents = |entry: &Arc<Entry>| {
            entry.endpoint == Endpoint::Token && entry.request.params.iter().any(|(_, value)| value == code)
        };
        let asked = self.providers.all().any(|(issuer, _)| issuer.journal().entries().iter().any(presents));
        if asked { Redeemed::Yes } else { Redeemed::No }
    }

    /// A client that sends the browser back to the provider makes an authorization request, and it is evidence like any
    /// other. What the provider answers without asking anybody, an error, goes to the client at once, as in any browser; a
    /// login that somebody would have to make is left to lie.
    pub(super) async fn go_back(&mut self, browser: Browser, mut reply: Reply<Answer>) -> Reply<Answer> {
        let id = self.browser(browser);
        for _ in 0..MOST_RETURNS {
            let Ok(Answer { said: Said::BeginsAgain(url), .. }) = &reply else { break };
            match self.visit(browser, url.clone(), browser.owner()).await {
                Visit::Response(response) if response.param("error").is_some() && response.param("code").is_none() => {
                    reply = self.callback(id, &response).await;
                }
                _ => break,
            }
        }
        reply
    }

    /// The delivery that may have succeeded counts: one of two has to be refused.
    pub(super) async fn deliver_twice(&mut self, browser: Browser) -> (Outcome, String) {
        let Some(response) = self.kept.get(&browser).cloned() else {
            return self.deliver_kept(browser, browser, &[], &[]).await;
        };
        let id = self.browser(browser);
        let before = self.session_before(browser).await;
        if let Err(outcome) = before {
            return (outcome, String::new());
        }
        self.delivered.insert(browser, response.clone());
        self.providers.all().for_each(|(issuer, _)| issuer.hold_again());
        // What the provider holds back for the other one, it need not hold back when that has come to its end.
        let [first, second] = [(), ()].map(|()| async {
            let reply = self.callback(id, &response).await;
            self.providers.all().for_each(|(issuer, _)| issuer.release_held());
            reply
        });
        let (first, second) = tokio::join!(first, second);
        let redeemed = self.redeemed(&response);
        self.pending.remove(&browser);
        let after = self.session_after(browser).await;
        let reply = if promise(&second) > promise(&first) { second } else { first };
        let is_refused = promise(&reply) == 0;
        match self.judged(reply, (before, after), redeemed) {
            // Of two copies one may be refused, and the client may say so of both.
            (Outcome::Contradicted(_), shown) if is_refused => (Outcome::Done, shown),
            judged => judged,
        }
    }

    /// The kept responses of several people arrive at the same time, each in the browser of its own login.
    pub(super) async fn deliver_together(&mut self, browsers: &[Browser], number: usize) {
        let began = Instant::now();
        let mut arriving = Vec::new();
        for browser in browsers {
            let before = self.session_before(*browser).await;
            arriving.push((*browser, self.browser(*browser), self.kept.get(browser).cloned(), before));
        }
        let replies = join_all(arriving.iter().map(|(_, id, response, _)| async {
            match response {
                Some(response) => Some(self.callback(*id, response).await),
                None => None,
            }
        }));
        let replies = replies.await;
        for ((browser, _, response, before), reply) in arriving.into_iter().zip(replies) {
            let (outcome, shown) = match (response, reply) {
                (Some(response), Some(reply)) => {
                    let reply = self.go_back(browser, reply).await;
                    let redeemed = self.redeemed(&response);
                    self.delivered.insert(browser, response);
                    self.pending.remove(&browser);
                    let after = self.session_after(browser).await;
                    self.judged(reply, (before, after), redeemed)
                }
                _ => self.deliver_kept(browser, browser, &[], &[]).await,
            };
            let action = Action::Deliver { of: browser, to: browser, with_own: Vec::new(), replaced: Vec::new() };
            let (when, session) = (Span::since(began), self.seen.take());
            self.attempts.push(Attempt { action, outcome, shown, session, when, number: Some(number) });
        }
    }

    pub(super) async fn callback(&self, browser: BrowserId, response: &AuthorizationResponse) -> Reply<Answer> {
        let names: Vec<_> = response.params.iter().map(|(name, _)| plain(name)).collect();
        let request = format!("callback?{}", names.join("&"));
        let reply = self.operate(browser, request, self.driver.callback(browser, response), answered).await;
        if let (Ok(_), Some(url), Some(hop)) = (&reply, self.driver.led_to(browser), self.calls.lock().last_mut()) {
            hop.urls.push(url);
        }
        reply
    }

    /// Whatever the client answers will do, as long as it answers. Where logins begin at the redirect URI itself, a visit
    /// without a response is the beginning of another login, and what it does to the first one is another question.
    pub(super) async fn stray(&self, browser: Browser) -> Outcome {
        let Some(id) = self.browsers.get(&browser) else {
            return Outcome::NothingToDeliver(format!("no login was started in the {browser}'s browser"));
        };
        match limited(self.driver.stray_requests(*id)).await {
            Ok(true) => Outcome::NothingToTry(
                "a visit of the redirect URI without a response begins another login, so nothing there is stray"
                    .to_owned(),
            ),
            Ok(false) => Outcome::Done,
            Err(failure) => failed(failure),
        }
    }
}
