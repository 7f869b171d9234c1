//! The client: its providers, its sessions, and the steps of the flow one after the other.
//!
//! Steps 3 and 4 are in [`crate::api`] and [`crate::refresh`].

mod identity;
mod login;
mod logout;
mod misled;

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::OnceCell;

pub use self::login::{Begun, LoggedIn};
use crate::discovery::{Fetch, Metadata, Provider};
use crate::secret::AccessToken;
use crate::session::{BrowserId, Exchanged, Session, Sessions};
use crate::token::TokenEndpoint;
use crate::{Behaviour, Clock, Config, Defect, Refusal};

/// A client of one provider or of several, for any number of browsers.
#[derive(Debug)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) clock: Clock,
    pub(crate) behaviour: Behaviour,
    first: Provider,
    others: Vec<Provider>,
    pub(crate) sessions: Sessions,
    /// A defect's memory of the latest login.
    latest_issuer: parking_lot::Mutex<Option<String>>,
    /// A defect's memory of an outage.
    down: parking_lot::Mutex<bool>,
    /// A defect's memory of a refused request.
    refused: parking_lot::Mutex<bool>,
    /// A defect's memory: whether a login has brought a refresh token.
    refreshable: parking_lot::Mutex<Option<bool>>,
    /// A defect's memory of a login that it has refused.
    kept: parking_lot::Mutex<Option<(BrowserId, Arc<Session>)>>,
    /// A defect's memory: the access token of the API calls that are under way, and how many there are.
    under_way: parking_lot::Mutex<Option<(AccessToken, usize)>>,
    /// A defect's memory: what the login gets that is under way.
    exchange: parking_lot::Mutex<Arc<OnceCell<Exchanged>>>,
    /// What a defect has printed.
    log: parking_lot::Mutex<String>,
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The issuer that has said who it is. A subject means nothing without it (OpenID Connect Core §5.7).
    pub issuer: String,
    /// The subject identifier; `None` with plain OAuth, which does not tell.
    pub subject: Option<String>,
    /// What ID token and UserInfo say about the user.
    pub claims: Map<String, Value>,
}

impl Client {
    /// A client of one provider. Nothing is fetched before the first login.
    #[must_use]
    pub fn new(config: Config, http: reqwest::Client, clock: Clock, behaviour: impl Into<Behaviour>) -> Self {
        let (first, behaviour) = (Provider::new(config), behaviour.into());
        let (others, sessions, latest_issuer, down, refused, refreshable) = Default::default();
        let (kept, under_way, exchange, log) = Default::default();
        Self {
            http,
            clock,
            behaviour,
            first,
            others,
            sessions,
            latest_issuer,
            down,
            refused,
            refreshable,
            kept,
            under_way,
            exchange,
            log,
        }
    }

    /// The same client with a further provider. Metadata, keys, tokens and users of each are kept apart.
    #[must_use]
    pub fn also_at(mut self, config: Config) -> Self {
        self.others.push(Provider::new(config));
        self
    }

    fn providers(&self) -> impl Iterator<Item = &Provider> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The provider with this issuer identifier, which has to be configured.
    pub(crate) fn provider(&self, issuer: &str) -> Result<&Provider, Refusal> {
        self.providers().find(|provider| provider.config.issuer == issuer).ok_or(Refusal::IssuerUnknown)
    }

    /// The provider that the tokens of a session are from and for, unless this defect takes the first one for it.
    pub(crate) fn provider_of(&self, session: &Session, defect: Defect) -> Result<&Provider, Refusal> {
        if self.behaviour.has(defect) { Ok(&self.first) } else { self.provider(&session.issuer) }
    }

    pub(crate) fn fetch<'a>(&'a self, provider: &'a Provider) -> Fetch<'a> {
        let Behaviour { defects, variations } = &self.behaviour;
        Fetch { http: &self.http, config: &provider.config, clock: &self.clock, defects, variations }
    }

    /// What the client has printed since the last call.
    pub fn take_log(&self) -> String {
        std::mem::take(&mut *self.log.lock())
    }

    /// What a browser gets for a second cookie; most clients have none.
    #[must_use]
    pub fn further_cookie(&self, browser: &BrowserId) -> Option<String> {
        let session = self.sessions.get(browser).filter(|_| self.behaviour.has(Defect::PutsTokensIntoCookie))?;
        let token = session.tokens.lock().access_token.expose().to_owned();
        Some(format!("tokens={token}; Path=/; HttpOnly"))
    }

    pub(crate) fn token_endpoint<'a>(&'a self, provider: &'a Provider, metadata: &'a Metadata) -> TokenEndpoint<'a> {
        TokenEndpoint {
            fetch: self.fetch(provider),
            url: &metadata.token_endpoint,
            authenticates_twice: self.behaviour.has(Defect::AuthenticatesTwice),
            other_method: metadata
                .first_auth_method()
                .filter(|_| self.behaviour.has(Defect::AuthenticatesByFirstListedMethod)),
        }
    }

    /// Who is logged in, in this browser.
    #[must_use]
    pub fn session(&self, browser: &BrowserId) -> Option<Profile> {
        let Some(session) = self.sessions.get(browser) else { return self.mistaken_for_session(browser) };
        let expires = session.identity.lock().as_ref().and_then(|login| login.id_token_expires);
        if self.behaviour.has(Defect::EndsSessionWithIdToken)
            && expires.is_some_and(|expires| expires < self.clock.now())
        {
            return None;
        }
        let subject = session.identity.lock().as_ref().map(|login| login.subject.clone());
        let (issuer, mut claims) = (session.issuer.clone(), session.claims.clone());
        claims.insert("iss".to_owned(), issuer.clone().into());
        if let Some(subject) = &subject {
            claims.insert("sub".to_owned(), subject.clone().into());
        }
        Some(Profile { issuer, subject, claims })
    }

    /// Whether browsers reach this client over TLS: then its cookies stay there.
    pub(crate) fn is_served_over_tls(&self) -> bool {
        self.first.config.redirect_uri.starts_with("https:")
    }
}
