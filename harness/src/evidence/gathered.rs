//! Everything that was seen of one scenario.

use std::sync::Arc;
use std::time::Duration;

use mock_idp::{
    Change, Credential, CredentialKind, Dialect, Endpoint, Entry, Fault, FaultId, HandshakeEnd, Issuer, Point,
};

use super::attempt::{Attempt, Outcome};
use super::control::Control;
use super::learnt::Learnt;
use super::message::{is, is_for, logins};
use super::printed::reason_in;
use super::provider_refusal::last_refusal;
use super::session::Session;
use super::violation::Violation;
use crate::plan::{Action, Message, PolicyChange};
use crate::suite::ScenarioId;
use crate::terms::{
    Browser, BrowserId, Capabilities, Enrolment, Hop, Media, Outlet, People, Person, Provider, Registration, Span,
};
use crate::text::{plain, redacted};

/// Whether a message says that it is asked too often (RFC 6585 §4).
pub(crate) fn throttles(fault: &Fault) -> bool {
    matches!(fault.change, Change::Respond { status: Some(429), .. })
}

/// A fault of the scenario.
#[derive(Debug, Clone)]
pub struct ArmedFault {
    /// Its number at the issuer.
    pub id: FaultId,
    /// The message that it changes; points are in the order of the flow.
    pub at: Point,
    /// What it is called.
    pub name: String,
    /// What it does.
    pub fault: Fault,
}

impl ArmedFault {
    /// Whether what it does is said with this text: a member, a value or a placeholder.
    #[must_use]
    pub fn says(&self, text: &str) -> bool {
        serde_json::to_string(&self.fault.change).is_ok_and(|change| change.contains(text))
    }
}

/// A credential where it does not belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// Which way it got out.
    pub outlet: Outlet,
    /// Which credential, in words.
    pub what: String,
    /// In which answer.
    pub at: String,
    /// The line that the client has printed, without secrets; empty for the other ways.
    pub line: String,
}

/// Everything that was seen of one scenario.
pub struct Evidence {
    /// Who the people of the scenario are at the providers.
    pub people: People,
    /// The issuer whose journal holds the scenario.
    pub issuer: Issuer,
    /// The registration in force.
    pub registration: Registration,
    /// The second provider of a client that knows two, and the registration there.
    pub second: Option<Enrolment>,
    /// A host that the client has no business with: whatever it was asked is due to this scenario.
    pub other_host: Issuer,
    /// Where the client was to be shown a wrong certificate: base URLs that no other scenario knows.
    pub wrong_certificates: Vec<String>,
    /// The redirect URI in force.
    pub redirect_uri: String,
    /// The same with the loopback ports that a native app has listened on (RFC 8252 §7.3).
    pub loopback_redirect_uris: Vec<String>,
    /// The span of the journal in which the faults were armed.
    pub span: Arc<str>,
    /// The span after "the provider is honest again".
    pub recovery: Arc<str>,
    /// The actions, in order.
    pub attempts: Vec<Attempt>,
    /// Who is logged in, after the last action.
    pub sessions: Vec<(Browser, Session)>,
    /// The faults that were armed.
    pub faults: Vec<ArmedFault>,
    /// How the first provider behaves otherwise than usual, without a fault.
    pub policies: Vec<PolicyChange>,
    /// Whose ways the providers had, where the scenario says so.
    pub dialect: Option<Dialect>,
    /// What the client can do.
    pub capabilities: Capabilities,
    /// The URLs of the provider that the client is told, `token_endpoint`, and need not read from the metadata.
    pub told: Vec<&'static str>,
    /// What the client was seen to send in the honest runs of the set-up.
    pub learnt: Arc<Learnt>,
    /// The honest run before.
    pub before: Control,
    /// The honest run after.
    pub after: Control,
    /// Whether an honest login shows anything of what UserInfo says, where that matters.
    pub shows_userinfo: Option<bool>,
    /// What the user agents exchanged with the client.
    pub hops: Vec<Hop>,
    /// Whose user agent is whose.
    pub browsers: Vec<(BrowserId, Browser)>,
    /// When a user agent was at a provider.
    pub visits: Vec<(Browser, Span)>,
    /// When the harness only asked who is logged in: the client's session route is part of no flow.
    pub looks: Vec<Span>,
    /// Whether the client still ran after the last action.
    pub client_lives: bool,
    /// What the client printed.
    pub output: String,
    /// The credentials of this scenario that the client has let out, wherever it did.
    pub exposures: Vec<Exposure>,
    /// The same of every scenario of the run, for those that judge the whole of it. Known at its end.
    pub of_the_run: Arc<[(ScenarioId, Exposure)]>,
    /// What does not hold in scenarios of the run that pass, and that no finding of the run shows as well. Known at its end.
    pub unclaimed: Arc<[(ScenarioId, Violation)]>,
    /// How long it took, controls included.
    pub duration: Duration,
}

impl Evidence {
    /// The span of the journal that holds a scenario's honest runs.
    pub(crate) const CONTROL: &str = "control";

    /// The last login, API call, refresh or logout.
    #[must_use]
    pub fn last_attempt(&self) -> Option<&Attempt> {
        self.attempts.iter().rev().find(|attempt| {
            !matches!(
                attempt.action,
                Action::ExpireAccessToken
                    | Action::PassTime(_)
                    | Action::RevokeAccessTokens
                    | Action::RevokeRefreshTokens
                    | Action::RotateKeys
                    | Action::PlantCookies { .. }
                    | Action::AbandonLogins { .. }
                    | Action::Stray(_)
                    | Action::Arm(_)
                    | Action::TakeCookies { .. }
                    | Action::RenameCookies { .. }
                    | Action::Disarm
            )
        })
    }

    /// What went wrong first of what was tried: whatever follows may be its consequence. Where a fault was to keep the client
    /// from something, that is from the time when the provider was honest again.
    #[must_use]
    pub fn first_failure(&self, is_meant: impl Fn(&Attempt) -> bool) -> Option<&Attempt> {
        let honest_again = self.attempts.iter().rposition(|attempt| attempt.action == Action::Disarm);
        let tried = &self.attempts[honest_again.map_or(0, |at| at + 1)..];
        tried.iter().filter(|attempt| is_meant(attempt)).find(|attempt| attempt.outcome != Outcome::Done)
    }

    /// What the provider refused last during an attempt, as the end of a sentence; empty if it refused nothing.
    #[must_use]
    pub fn refused_meanwhile(&self, attempt: &Attempt) -> String {
        let exchanges = self.exchanges();
        let meanwhile = exchanges.iter().map(AsRef::as_ref).filter(|entry: &&Entry| attempt.when.holds(entry.arrived));
        last_refusal(meanwhile)
    }

    /// Why an attempt has failed, as far as the provider and the client's output say it, as the end of a sentence.
    #[must_use]
    pub fn said_of(&self, failed: &Attempt) -> String {
        let refusal = self.refused_meanwhile(failed);
        let told = match &failed.outcome {
            Outcome::Refused(refusal) => refusal.detail.as_str(),
            _ => "",
        };
        let Some(line) = reason_in(&plain(&self.output), told) else { return refusal };
        let secret = &self.registration.client_secret;
        let line = self.providers().fold(line, |line, issuer| redacted(&line, issuer, secret));
        format!("{refusal}; the client has printed {line:?}")
    }

    /// Whether the client came so far as to tell its redirect URI.
    #[must_use]
    pub fn has_started(&self) -> bool {
        !self.redirect_uri.is_empty()
    }

    /// During which attempt an exchange took place.
    #[must_use]
    pub fn attempt_of(&self, entry: &Entry) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.when.holds(entry.arrived))
    }

    /// Whether the client did not come to an end of something in time.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.attempts.iter().any(|attempt| matches!(attempt.outcome, Outcome::TimedOut(_)))
    }

    /// Who is logged in, in this browser.
    #[must_use]
    pub fn session(&self, browser: Browser) -> &Session {
        self.sessions.iter().find(|(known, _)| *known == browser).map_or(&Session::Nobody, |(_, session)| session)
    }

    /// All sessions that were seen, in order.
    pub fn all_sessions(&self) -> impl Iterator<Item = &Session> {
        let on_the_way = self.attempts.iter().filter_map(|attempt| attempt.session.as_ref());
        on_the_way.chain(self.sessions.iter().map(|(_, session)| session))
    }

    /// The sessions in this browser that must not be this person's: the last one, and each on the way but for those that
    /// come of this person's own login there.
    pub fn sessions_not_of(&self, browser: Browser, person: Person, at: Provider) -> impl Iterator<Item = &Session> {
        let on_the_way = self.attempts.iter().enumerate().filter_map(move |(number, attempt)| {
            let session = attempt.session.as_ref()?;
            let here = attempt.action.browsers().contains(&browser);
            (here && self.own_login(number) != Some((person, at))).then_some(session)
        });
        on_the_way.chain([self.session(browser)])
    }

    /// Who has logged in where by an action, if it delivers this browser's own authorization response.
    pub(super) fn own_login(&self, number: usize) -> Option<(Person, Provider)> {
        match &self.attempts[number].action {
            Action::LogIn { person, provider, .. } => Some((*person, *provider)),
            Action::Deliver { of, to, .. } if of == to => self.begun(number, *of),
            Action::DeliverTwice(of) => self.begun(number, *of),
            Action::DeliverInTab { browser, .. } | Action::LogInReturning { browser, .. } => {
                Some((browser.owner(), Provider::First))
            }
            _ => None,
        }
    }

    pub(super) fn begun(&self, before: usize, by: Browser) -> Option<(Person, Provider)> {
        self.attempts[..before].iter().rev().find_map(|attempt| match attempt.action {
            Action::Begin { browser, person, provider, .. } if browser == by => Some((person, provider)),
            _ => None,
        })
    }

    /// The sessions in this browser in which nobody must be logged in: the last one, and those after the authorization
    /// responses that nothing but logins follow. What an API call, a refresh or a log-out has ended may have been there.
    pub fn sessions_at_the_end(&self, browser: Browser) -> impl Iterator<Item = &Session> {
        let here = self.attempts.iter().rev().filter(move |attempt| attempt.action.browsers().contains(&browser));
        let logins = here.take_while(|attempt| attempt.action.is_of_login());
        logins.filter_map(|attempt| attempt.session.as_ref()).chain([self.session(browser)])
    }

    /// As what the client gave its answer to an attempt.
    #[must_use]
    pub fn media_of(&self, attempt: &Attempt) -> Option<&Media> {
        let browsers = attempt.action.browsers();
        let in_attempt = |hop: &&Hop| {
            let looks = self.looks.iter().any(|look| look.holds(hop.when.began) && look.holds(hop.when.ended));
            !looks && browsers.contains(&self.browser(hop.browser)) && attempt.when.holds(hop.when.ended)
        };
        self.hops.iter().rev().find(in_attempt).map(|hop| &hop.media)
    }

    /// Whether a browser renders what the client answered to an attempt. What is not known is taken for a page.
    #[must_use]
    pub fn is_rendered(&self, attempt: &Attempt) -> bool {
        self.media_of(attempt).is_none_or(Media::is_rendered)
    }

    /// Whether the client shows, in this browser, what this provider alone says of this person. A subject does not tell
    /// whose it is.
    #[must_use]
    pub fn shows_person_of(&self, browser: Browser, person: Person, provider: Provider) -> bool {
        let shown = self.session(browser).shown();
        self.people.unique_claims(person, provider).iter().any(|claim| shown.contains(claim))
    }

    /// Whose user agent it is. Logins that are started and abandoned are the user's, in whatever browser.
    #[must_use]
    pub fn browser(&self, id: BrowserId) -> Browser {
        self.browsers.iter().find(|(known, _)| *known == id).map_or(Browser::User, |(_, browser)| *browser)
    }

    /// Whose user agent has sent an authorization request; nobody's if the client sent it itself.
    #[must_use]
    pub fn sender(&self, entry: &Entry) -> Option<Browser> {
        let visit = self.visits.iter().find(|(_, when)| when.holds(entry.arrived));
        visit.filter(|_| entry.endpoint == Endpoint::Authorize).map(|(browser, _)| *browser)
    }

    /// Whether the client may be sent authorization responses there.
    #[must_use]
    pub fn is_registered(&self, redirect_uri: &str) -> bool {
        redirect_uri == self.redirect_uri || self.loopback_redirect_uris.iter().any(|known| known == redirect_uri)
    }

    /// The providers that the client knows.
    pub fn providers(&self) -> impl Iterator<Item = &Issuer> {
        std::iter::once(&self.issuer).chain(self.second.iter().map(|second| &second.issuer))
    }

    /// A provider that the client knows, and the registration there.
    #[must_use]
    pub fn provider(&self, provider: Provider) -> Option<(&Issuer, &Registration)> {
        match provider {
            Provider::First => Some((&self.issuer, &self.registration)),
            Provider::Second => self.second.as_ref().map(|second| (&second.issuer, &second.registration)),
        }
    }

    /// Whether an exchange belongs to the scenario (its controls do not): it has arrived while that was played, and carries
    /// its own credentials only. Clients do things in the background, for people who have logged in before.
    pub(crate) fn belongs(&self, entry: &Entry) -> bool {
        let mut carried = logins(entry).peekable();
        self.arrived_in(entry)
            && (carried.peek().is_none() || carried.any(|credential| self.is_of_this_scenario(credential)))
    }

    pub(super) fn arrived_in(&self, entry: &Entry) -> bool {
        entry.span == self.span || entry.span == self.recovery
    }

    /// Whether a credential was minted in the scenario (those of its controls were not).
    pub(crate) fn is_of_this_scenario(&self, credential: &Credential) -> bool {
        credential.span == self.span || credential.span == self.recovery
    }

    /// Whether the client has answered a browser that it is asked too often, in the scenario or in its controls.
    #[must_use]
    pub fn is_of_limited_client(&self) -> bool {
        let limited = |control: &Control| matches!(control, Control::Limited(_));
        // An app passes on what the API or the provider answers to it.
        let provoked = |armed: &ArmedFault| throttles(&armed.fault);
        limited(&self.before)
            || limited(&self.after)
            || (!self.faults.iter().any(provoked) && self.hops.iter().any(Hop::says_too_often))
    }

    /// Whether the provider has given the client a credential of this kind, in the scenario or in its control.
    #[must_use]
    pub fn has_minted(&self, kind: CredentialKind) -> bool {
        let entries = self.issuer.journal().entries();
        entries.iter().any(|entry| entry.minted.iter().any(|credential| credential.kind == kind))
    }

    /// The exchanges of this scenario, controls aside.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Arc<Entry>> {
        self.exchanges_at(&self.issuer)
    }

    /// The exchanges of this scenario at another host, controls aside.
    #[must_use]
    pub fn exchanges_at(&self, host: &Issuer) -> Vec<Arc<Entry>> {
        host.journal().entries().into_iter().filter(|entry| self.belongs(entry)).collect()
    }

    /// Where the client sent a browser, as far as that is at the other host.
    #[must_use]
    pub fn hops_to_other_host(&self) -> Vec<&str> {
        // By whatever host name: the path is one that nobody can guess.
        let path = url::Url::parse(self.other_host.identifier()).map_or(String::new(), |url| url.path().to_owned());
        let is_there = |url: &&str| url::Url::parse(url).is_ok_and(|url| url.path().starts_with(&path));
        self.hops.iter().flat_map(|hop| &hop.urls).map(String::as_str).filter(is_there).collect()
    }

    /// Whether the client was shown a wrong certificate: it has begun a TLS handshake where there is one, and the server
    /// had no reason to break it off before.
    #[must_use]
    pub fn wrong_certificate_shown(&self) -> bool {
        let handshakes = self.providers().flat_map(|issuer| issuer.journal().handshakes());
        let mut shown = handshakes.filter(|handshake| !matches!(handshake.end, Some(HandshakeEnd::Refused(_))));
        shown.any(|handshake| self.wrong_certificates.iter().any(|at| **at == *handshake.at))
    }

    /// The messages of this kind that the client sent in this scenario.
    #[must_use]
    pub fn sent(&self, message: Message) -> Vec<Arc<Entry>> {
        self.exchanges().into_iter().filter(|entry| is(message, entry)).collect()
    }

    /// The first API request that a fault has answered, or that the API forbids.
    #[must_use]
    pub fn first_odd_api_answer(&self) -> Option<Arc<Entry>> {
        let is_odd = |entry: &Arc<Entry>| !entry.faults.is_empty() || entry.status() == Some(403);
        self.sent(Message::ApiRequest).into_iter().find(is_odd)
    }

    /// What this client was seen to do in the honest runs of this scenario, registered as it is here.
    #[must_use]
    pub fn seen_in_controls(&self) -> Learnt {
        let entries = self.issuer.journal().entries();
        Learnt::of(entries.iter().filter(|entry| &*entry.span == Self::CONTROL).map(|entry| &**entry))
    }

    /// Whether this client was seen to send such a message in an honest run. What clients keep (metadata, keys) may be
    /// needed in the scenario without being fetched in it.
    #[must_use]
    pub fn sends(&self, message: Message) -> bool {
        self.learnt.sends(message) || self.seen_in_controls().sends(message)
    }

    /// Whether this client was seen to send this parameter in the authorization request of an honest run. Another
    /// registration may make another client of it, so that the scenario's own honest run comes first.
    #[must_use]
    pub fn asks_with(&self, parameter: &str) -> bool {
        let controls = self.seen_in_controls();
        if controls.sends(Message::AuthorizationRequest) { &controls } else { &self.learnt }.asks_with(parameter)
    }

    /// The faults that never changed a message.
    #[must_use]
    pub fn idle_faults(&self) -> Vec<&str> {
        // Not every client asks UserInfo: where the same is said elsewhere, too, it has been reached by that.
        let excused = |fault: &&ArmedFault| {
            fault.at == Point::Userinfo
                && self.sent(Message::UserinfoRequest).is_empty()
                && self.faults.iter().any(|other| self.fired(other))
        };
        let idle = self.faults.iter().filter(|fault| !self.fired(fault)).filter(|fault| !excused(fault));
        idle.map(|fault| fault.name.as_str()).collect()
    }

    /// Whether the message of a fault came by, and was already as the fault would have made it.
    #[must_use]
    pub fn was_in_vain(&self, fault: &ArmedFault) -> bool {
        !self.fired(fault) && self.providers().any(|issuer| issuer.in_vain(fault.id) > 0)
    }

    /// Whether a fault has changed a message.
    #[must_use]
    pub fn fired(&self, fault: &ArmedFault) -> bool {
        self.times_fired(fault) > 0
    }

    /// How many messages a fault has changed.
    #[must_use]
    pub fn times_fired(&self, fault: &ArmedFault) -> u64 {
        // The numbers of faults are unique over all issuers.
        self.providers().map(|issuer| issuer.fired(fault.id)).sum()
    }

    /// The bait: credentials of this kind minted in exchanges that a fault changed. Where there are none, all of this
    /// kind that the scenario minted; with a person, theirs.
    #[must_use]
    pub fn bait(&self, kind: CredentialKind, person: Option<Person>) -> Vec<Credential> {
        let entries = self.issuer.journal().entries();
        let minted = |altered: bool| -> Vec<Credential> {
            entries
                .iter()
                .filter(|entry| match altered {
                    // Faults may be armed again after the provider was honest.
                    true => self.belongs(entry) && !entry.faults.is_empty(),
                    false => self.belongs(entry) && entry.span != self.recovery,
                })
                .flat_map(|entry| &entry.minted)
                .filter(|credential| credential.kind == kind)
                .filter(|credential| person.is_none_or(|person| credential.subject == self.people.subject(person)))
                .cloned()
                .collect()
        };
        let altered = if person.is_none() { minted(true) } else { Vec::new() };
        if altered.is_empty() { minted(false) } else { altered }
    }

    /// The refresh tokens in those responses to codes that a fault changed.
    #[must_use]
    pub fn refresh_tokens_of_altered_logins(&self) -> Vec<Credential> {
        let is_code_grant = |entry: &Arc<Entry>| entry.request.param("grant_type") == Some("authorization_code");
        let entries = self.issuer.journal().entries().into_iter();
        entries
            .filter(|entry| self.belongs(entry) && !entry.faults.is_empty() && is_code_grant(entry))
            .flat_map(|entry| entry.minted.clone())
            .filter(|credential| credential.kind == CredentialKind::RefreshToken)
            .collect()
    }

    /// Where a credential was presented, at any time, in any scenario.
    #[must_use]
    pub fn presented(&self, credential: &Credential, at: &[Endpoint]) -> Vec<Arc<Entry>> {
        let entries = self.issuer.journal().entries().into_iter();
        entries
            .filter(|entry| at.contains(&entry.endpoint))
            .filter(|entry| entry.presented.iter().any(|presented| presented.credential.value == credential.value))
            .collect()
    }

    /// Credentials of this scenario that turned up after it where no client has any use for them: at an endpoint that they
    /// are not for, or in one request with a credential of another scenario. A token that is used late, at its own issuer or
    /// API, is used in the background, and that is nothing to find fault with.
    #[must_use]
    pub fn strays(&self) -> Vec<(Credential, Arc<Entry>)> {
        let entries = self.providers().flat_map(|issuer| issuer.journal().entries());
        let later = entries.filter(|entry| !self.arrived_in(entry));
        later
            .filter_map(|entry| {
                let own = logins(&entry).find(|credential| self.is_of_this_scenario(credential))?.clone();
                let mixed = logins(&entry).any(|credential| !self.is_of_this_scenario(credential));
                (mixed || !is_for(own.kind, entry.endpoint)).then_some((own, entry))
            })
            .collect()
    }
}
