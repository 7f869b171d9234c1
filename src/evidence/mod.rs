//! Evidence: what the journal and the user agent saw of one scenario.

mod requests;
mod span;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mock_idp::{Credential, CredentialKind, Endpoint, Entry, FaultId, HandshakeEnd, Issuer, Point};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::requests::RequestProblem;
pub use self::span::Span;
use crate::driver::{BrowserId, Capability, Enrolment, Owner, Registration, Whoami};
use crate::suite::{Action, Browser, Message, People, Person, Provider, ScenarioId};

/// The step of the flow at which a client refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Metadata or keys.
    Discovery,
    /// Building the authorization request.
    Authorize,
    /// The authorization response.
    Callback,
    /// The token response.
    Token,
    /// The ID token.
    IdToken,
    /// The UserInfo response.
    Userinfo,
    /// The API call.
    Api,
    /// The refresh.
    Refresh,
    /// The client's own session.
    Session,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Discovery => "discovery",
            Self::Authorize => "authorize",
            Self::Callback => "callback",
            Self::Token => "token",
            Self::IdToken => "ID token",
            Self::Userinfo => "UserInfo",
            Self::Api => "API",
            Self::Refresh => "refresh",
            Self::Session => "session",
        })
    }
}

/// A client's refusal, as far as it can be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Whose code said no, if the driver can tell.
    pub by: Option<Owner>,
    /// Where the client says that it refused.
    pub phase: Option<Phase>,
    /// The client's own name for the reason.
    pub reason: Option<String>,
    /// In words: the client's message, or the status of its page.
    pub detail: String,
}

/// Who is logged in, in one browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Session {
    /// Nobody.
    Nobody,
    /// The client shows one of the people of the scenario.
    Subject {
        /// Whom.
        person: Person,
        /// All that the client shows.
        shown: String,
    },
    /// The client says "logged in", and shows none of the people of the scenario.
    Stranger {
        /// All that the client shows.
        shown: String,
    },
}

impl Session {
    /// Who it is that a client says is logged in.
    #[must_use]
    pub fn recognised(said: Whoami, people: &People) -> Self {
        let (person, shown) = match said {
            Whoami::Nobody => return Self::Nobody,
            Whoami::Somebody { subject, shown } => (subject.and_then(|it| people.with_subject(&it)), shown),
            Whoami::Page(shown) => {
                let person = Person::ALL.into_iter().find(|person| shown.contains(people.subject(*person)));
                (person, shown)
            }
        };
        match person {
            Some(person) => Self::Subject { person, shown },
            None => Self::Stranger { shown },
        }
    }

    /// Whether the client shows this person.
    #[must_use]
    pub fn is(&self, wanted: Person) -> bool {
        matches!(self, Self::Subject { person, .. } if *person == wanted)
    }

    /// All that the client shows of somebody who is logged in.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Self::Nobody => "",
            Self::Subject { shown, .. } | Self::Stranger { shown } => shown,
        }
    }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("nobody is logged in"),
            Self::Subject { person, .. } => write!(f, "{person} is logged in"),
            Self::Stranger { .. } => f.write_str("somebody is logged in who is none of the people of this scenario"),
        }
    }
}

/// How an action ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It went through.
    Done,
    /// The client refused.
    Refused(Refusal),
    /// The client died, or closed the connection.
    Crashed(String),
    /// The client answered with a page of status 500: whatever it did was not planned.
    ServerError(String),
    /// No end was seen in time.
    TimedOut(String),
    /// The client says one thing, and its session another.
    Contradicted(String),
    /// An earlier login did not get far enough for this to be tried.
    NothingToDeliver(String),
    /// The client gives browsers nothing that this could be tried with.
    NothingToTry(String),
    /// The client cannot do this.
    Unsupported(Capability),
    /// What stands between the harness and the client broke its own rules.
    DriverBroken(String),
    /// The harness could not try.
    Broken(String),
}

/// One action and how it ended.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// What was done.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
    /// What a person would have seen.
    pub shown: String,
    /// From when to when.
    pub when: Span,
    /// Which action of the plan it is, from 0; none if the harness did it to find out how things stand.
    pub number: Option<usize>,
}

/// One exchange between a user agent and the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// The user agent.
    pub browser: BrowserId,
    /// From the request to its answer.
    pub when: Span,
    /// Request line without the version.
    pub request: String,
    /// Status and, for a redirect, where to.
    pub response: String,
    /// The URLs as they were, secrets and all; for judging, not for reports.
    pub urls: Vec<String>,
}

/// A way out of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outlet {
    /// The body of an answer to a browser.
    Page,
    /// A header field of such an answer.
    Header,
    /// What the client prints.
    Output,
}

impl fmt::Display for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Page => "page",
            Self::Header => "header",
            Self::Output => "output",
        })
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
}

/// What a client does with ID tokens, by one in which everything is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// It validates them before it uses what came with them.
    BeforeUse,
    /// It refuses them when the access token has been used already.
    AfterUse,
    /// It does not look at them.
    Never,
}

/// The honest run before or after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// The scenario claims no refusal, so none was needed.
    NotNeeded,
    /// It succeeded.
    Succeeded,
    /// It did not.
    Failed(String),
    /// No end of it was seen in time.
    TimedOut(String),
    /// What stands between the harness and the client broke its own rules.
    DriverBroken(String),
}

impl Control {
    /// Whether it was needed and did not succeed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        !matches!(self, Self::NotNeeded | Self::Succeeded)
    }
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
    pub stranger: Issuer,
    /// Where the client was to be shown a wrong certificate: base URLs that no other scenario knows.
    pub wrong_certificates: Vec<String>,
    /// The redirect URI in force.
    pub redirect_uri: String,
    /// The same with the loopback ports that a native app has listened on (RFC 8252 §7.3).
    pub loopback_redirect_uris: Vec<String>,
    /// The chapter of the journal in which the faults were armed.
    pub chapter: Arc<str>,
    /// The chapter after "the provider is honest again".
    pub recovery: Arc<str>,
    /// The actions, in order.
    pub attempts: Vec<Attempt>,
    /// Who is logged in, after the last action.
    pub sessions: Vec<(Browser, Session)>,
    /// The faults that were armed.
    pub faults: Vec<ArmedFault>,
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
    /// What the client printed.
    pub output: String,
    /// The credentials of this scenario that the client has let out, wherever it did.
    pub exposures: Vec<Exposure>,
    /// The same of every scenario of the run, for those that judge the whole of it. Known at its end.
    pub of_the_run: Arc<[(ScenarioId, Exposure)]>,
    /// How long it took, controls included.
    pub duration: Duration,
}

impl Evidence {
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
                    | Action::Disarm
            )
        })
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

    /// Whether the client shows, in this browser, what this provider alone says of this person. A subject does not tell
    /// whose it is.
    #[must_use]
    pub fn shows_person_of(&self, browser: Browser, person: Person, provider: Provider) -> bool {
        let shown = self.session(browser).shown();
        self.people.marks(person, provider).iter().any(|mark| shown.contains(mark))
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

    /// Whether an exchange belongs to the scenario (its controls do not).
    pub(crate) fn belongs(&self, entry: &Entry) -> bool {
        entry.chapter == self.chapter || entry.chapter == self.recovery
    }

    /// Whether a credential was minted in the scenario (those of its controls were not).
    pub(crate) fn is_of_this_scenario(&self, credential: &Credential) -> bool {
        credential.chapter == self.chapter || credential.chapter == self.recovery
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

    /// Where the client sent a browser, as far as that is at the stranger.
    #[must_use]
    pub fn hops_to_stranger(&self) -> Vec<&str> {
        // By whatever host name: the path is one that nobody can guess.
        let path = url::Url::parse(self.stranger.identifier()).map_or(String::new(), |url| url.path().to_owned());
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

    /// Whether this client was ever seen to send such a message: at its start, in an honest run, or in the scenario.
    /// What clients keep (metadata, keys) may be needed in the scenario without being fetched in it.
    #[must_use]
    pub fn ever_sent(&self, message: Message) -> bool {
        // Metadata that are looked for in the wrong place are looked for.
        let looks_for = |entry: &Entry| {
            message == Message::DiscoveryRequest
                && entry.request.path.contains("/.well-known/")
                && !is(Message::JwksRequest, entry)
        };
        self.issuer.journal().entries().iter().any(|entry| is(message, entry) || looks_for(entry))
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
        let minted = |poisoned: bool| -> Vec<Credential> {
            entries
                .iter()
                .filter(|entry| match poisoned {
                    // Faults may be armed again after the provider was honest.
                    true => self.belongs(entry) && !entry.faults.is_empty(),
                    false => entry.chapter == self.chapter,
                })
                .flat_map(|entry| &entry.minted)
                .filter(|credential| credential.kind == kind)
                .filter(|credential| person.is_none_or(|person| credential.subject == self.people.subject(person)))
                .cloned()
                .collect()
        };
        let poisoned = if person.is_none() { minted(true) } else { Vec::new() };
        if poisoned.is_empty() { minted(false) } else { poisoned }
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

    /// Credentials of this scenario that turned up in an exchange of another.
    #[must_use]
    pub fn strays(&self) -> Vec<(Credential, Arc<Entry>)> {
        let entries = self.providers().flat_map(|issuer| issuer.journal().entries());
        let elsewhere = entries.filter(|entry| !self.belongs(entry));
        elsewhere
            .filter_map(|entry| {
                let mut presented = entry.presented.iter().map(|presented| &presented.credential);
                let found = presented.find(|it| self.is_of_this_scenario(it)).cloned();
                found.map(|credential| (credential, entry))
            })
            .collect()
    }
}

/// Whether an exchange is a message of this kind.
#[must_use]
pub fn is(message: Message, entry: &Entry) -> bool {
    let refresh = entry.request.param("grant_type") == Some("refresh_token");
    match message {
        Message::AuthorizationRequest => entry.endpoint == Endpoint::Authorize,
        Message::TokenRequest => entry.endpoint == Endpoint::Token && !refresh,
        Message::RefreshRequest => entry.endpoint == Endpoint::Token && refresh,
        Message::ApiRequest => entry.endpoint == Endpoint::Api,
        Message::UserinfoRequest => entry.endpoint == Endpoint::Userinfo,
        Message::DiscoveryRequest => entry.endpoint == Endpoint::Discovery,
        Message::JwksRequest => entry.endpoint == Endpoint::Jwks,
    }
}
