//! An issuer: one authorization server with everything that belongs to it.

mod config;
mod deed;
mod expectation;
mod guards;
mod registry;
mod responders;

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Mutex, RwLock};

pub use config::IssuerConfig;
pub use deed::Deed;
pub use expectation::Expectation;
pub use guards::{ArmedFault, Responding};
pub(crate) use registry::Registry;
use responders::Responders;

use crate::dialect::Definition;
use crate::fault::{Armed, Scope};
use crate::grants::Grants;
use crate::journal::{Capacity, Recent, Visit};
use crate::keys::KeyRing;
use crate::session::Sessions;
use crate::terms::{Api, Client, Endpoint, GrantType, Hosts, Paths, Policy, Presence, SignIn, User, split};
use crate::{Clock, Fault, FaultId, Journal, Keys, Trait, Variation, random};

/// What stands before the host of the issuer that a client knows, in the path that its browser opens.
pub(crate) const MEANT: &str = "/~";

/// A handle to an issuer; clones are handles to the same one.
#[derive(Clone)]
pub struct Issuer(pub(crate) Arc<State>);

/// An issuer under one of its names. Under all of them it consists of the same parts.
pub(crate) struct State {
    /// What all its URLs begin with, but for those that browsers open. Ends with a slash.
    pub(crate) base_url: String,
    /// What the URLs begin with that browsers open. Ends with a slash.
    pub(crate) browser_url: String,
    /// Begins with the base URL but for its last slash, except in a browser that has another name for the issuer than
    /// the client.
    pub(crate) identifier: String,
    parts: Arc<Parts>,
}

/// What an issuer consists of. The parts are locked one at a time, and none while something is signed.
pub(crate) struct Parts {
    /// When it was made, by a clock that nobody moves.
    pub(crate) born: Instant,
    /// Tells it from issuers that ran at the same URL before.
    pub(crate) run: String,
    /// What it calls itself where nobody says otherwise.
    pub(crate) usual_identifier: String,
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) paths: Paths,
    /// What it started with, and goes back to.
    pub(crate) start: RwLock<IssuerConfig>,
    pub(crate) registry: RwLock<Registry>,
    pub(crate) policy: RwLock<Policy>,
    pub(crate) variation: Variation,
    pub(crate) sign_in: RwLock<SignIn>,
    pub(crate) keys: KeyRing,
    /// The same keys as they were given, before the variation spells their identifiers.
    pub(crate) given_keys: RwLock<Keys>,
    pub(crate) clock: Clock,
    pub(crate) journal: Journal,
    pub(crate) visits: Recent<Visit>,
    pub(crate) deeds: Recent<Deed>,
    pub(crate) faults: Armed,
    pub(crate) responders: Responders,
    pub(crate) placeholders: RwLock<Arc<BTreeMap<String, String>>>,
    pub(crate) grants: Mutex<Grants>,
    pub(crate) sessions: Mutex<Sessions>,
}

impl Issuer {
    /// `host`: its URL, or a path below it that takes the place of a host; ends with a slash. `hosts`: the names of its
    /// server.
    pub(crate) fn new(host: &str, hosts: Arc<Hosts>, config: IssuerConfig, keys: Keys, journal: Capacity) -> Self {
        let base_url = format!("{host}{}", config.paths.root());
        let identifier = config.paths.identifier(host, !config.variation.has(Trait::IssuerWithoutSlash));
        let parts = Arc::new(Parts {
            born: Instant::now(),
            run: random::short(),
            usual_identifier: identifier.clone(),
            hosts,
            paths: config.paths,
            registry: RwLock::new(Registry::of(&config)),
            policy: RwLock::new(config.policy),
            variation: config.variation,
            sign_in: RwLock::new(config.sign_in.clone()),
            keys: KeyRing::new(config.variation.keys(keys.clone())),
            given_keys: RwLock::new(keys),
            clock: Clock::default(),
            journal: Journal::new(journal),
            visits: Recent::default(),
            deeds: Recent::default(),
            faults: Armed::default(),
            responders: Responders::default(),
            placeholders: RwLock::default(),
            grants: Mutex::default(),
            sessions: Mutex::default(),
            start: RwLock::new(config),
        });
        let issuer = Self(Arc::new(State::of(parts, base_url, identifier)));
        issuer.start();
        issuer
    }

    /// The same issuer, as it calls itself in answer to a request with this `Host` field. `meant`: the host of the issuer
    /// that the client knows, if the path of the request names it.
    pub(crate) fn called(&self, field: &str, meant: Option<&str>) -> Self {
        let hosts = &self.0.hosts;
        let Some(origin) = hosts.origin_of(field) else { return self.clone() };
        let meant = meant.and_then(|meant| hosts.origin_of(meant));
        let under = |origin: &str, url: &str| Some(format!("{origin}{}", hosts.below_own(url)?));
        let identifier = under(meant.as_deref().unwrap_or(&origin), &self.0.identifier);
        match (under(&origin, &self.0.base_url), identifier) {
            (Some(base_url), Some(identifier)) => Self(Arc::new(State::of(self.0.parts.clone(), base_url, identifier))),
            _ => self.clone(),
        }
    }

    /// What the issuer calls itself under each of the names that its server is reached under, if there is a list of them.
    pub(crate) fn names(&self) -> Vec<String> {
        let hosts = &self.0.hosts;
        let origins = hosts.names.iter().map(|name| name.origin(hosts.scheme, hosts.port));
        origins.filter_map(|origin| Some(format!("{origin}{}", hosts.below_own(&self.0.identifier)?))).collect()
    }

    /// Whether both are handles to the same issuer.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0.parts, &other.0.parts)
    }

    /// Arms the faults of the start, and lets the journal know the secrets of its clients.
    fn start(&self) {
        let IssuerConfig { clients, faults, .. } = self.0.start.read().clone();
        clients.iter().for_each(|client| self.remember_secret(client));
        for fault in faults {
            self.arm(fault);
        }
    }

    /// Changes what a reset goes back to. Paths and variation stay as they are.
    pub(crate) fn set_start(&self, config: IssuerConfig) {
        let (paths, variation) = (self.0.paths, self.0.variation);
        *self.0.start.write() = IssuerConfig { paths, variation, ..config };
    }

    fn remember_secret(&self, client: &Client) {
        if let Some(secret) = &client.client_secret {
            self.0.journal.register_secret(&client.client_id, secret);
        }
    }

    /// Goes back to the start: to the registered clients, users and APIs, the policy, the way to sign in, the keys and the
    /// armed faults of then, and to the real time. Codes, tokens, sessions and the exchanges of the journal are forgotten;
    /// the numbers of the journal go on.
    pub fn reset(&self) {
        let state = &*self.0;
        let start = state.start.read().clone();
        state.faults.reset();
        state.responders.clear();
        *state.registry.write() = Registry::of(&start);
        *state.policy.write() = start.policy;
        *state.sign_in.write() = start.sign_in;
        *state.placeholders.write() = Arc::default();
        *state.grants.lock() = Grants::default();
        *state.sessions.lock() = Sessions::default();
        state.keys.reset();
        state.clock.reset();
        state.journal.clear();
        state.visits.clear();
        state.deeds.clear();
        self.start();
    }

    /// The exact `iss`. Ends with a slash as the [`Paths`] have it; where they leave that open, it does unless the variation
    /// has [`Trait::IssuerWithoutSlash`].
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.0.identifier
    }

    /// What the URLs of all endpoints begin with. Ends with a slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// Where its endpoints are.
    #[must_use]
    pub fn paths(&self) -> Paths {
        self.0.paths
    }

    /// The URL of an endpoint.
    #[must_use]
    pub fn url(&self, endpoint: Endpoint) -> String {
        self.0.url(endpoint)
    }

    /// What this issuer saw and handed out.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.0.journal
    }

    /// Tells what a browser and an app that logs in here exchanged, for the explorer page. It is no part of the journal.
    pub fn record_visit(&self, visit: Visit) {
        self.0.visits.add(visit);
    }

    /// Tells what was done by the control API, for the explorer page.
    pub(crate) fn record_deed(&self, deed: Deed) {
        self.0.deeds.add(deed);
    }

    /// This issuer's time.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Arms a fault, which should have passed [`Fault::check`]: one that makes no sense never fires.
    #[expect(clippy::must_use_candidate, reason = "arming is what matters; the number only serves to count")]
    pub fn arm(&self, fault: Fault) -> FaultId {
        self.0.faults.arm(fault, Scope::Everywhere)
    }

    /// The same for what belongs to the logins of these [spans](Journal::open_span): a request that presents a code,
    /// an access token or a refresh token of another login takes nothing away from them, if it is to fire once or so
    /// many times. A request that presents none does as ever.
    pub fn arm_for(&self, fault: Fault, spans: impl IntoIterator<Item = impl Into<String>>) -> FaultId {
        self.0.faults.arm(fault, Scope::Spans(spans.into_iter().map(Into::into).collect()))
    }

    /// Takes back one fault. False: it has fired as often as it was to, or was never armed.
    #[expect(clippy::must_use_candidate, reason = "disarming is what matters")]
    pub fn disarm(&self, id: FaultId) -> bool {
        self.0.faults.disarm(id)
    }

    /// Back to honesty.
    pub fn disarm_all(&self) {
        self.0.faults.disarm_all();
    }

    /// Lets go of the responses that a [`Change::Hold`](crate::Change::Hold) keeps, and holds none back any more until
    /// [`Issuer::disarm_all`] or [`Issuer::hold_again`].
    pub fn release_held(&self) {
        self.0.faults.release();
        self.0.journal.wake();
    }

    /// Takes [`Issuer::release_held`] back: the next response with a [`Change::Hold`](crate::Change::Hold) is kept again.
    pub fn hold_again(&self) {
        self.0.faults.hold();
    }

    /// How often a fault changed a message. Remembered after [`Issuer::disarm_all`].
    #[must_use]
    pub fn fired(&self, id: FaultId) -> u64 {
        self.0.faults.fired(id)
    }

    /// How often the message came by that a fault changes, and the fault had nothing to change in it: the honest message
    /// was as the fault would have made it, or lacks what the fault is about.
    #[must_use]
    pub fn in_vain(&self, id: FaultId) -> u64 {
        self.0.faults.in_vain(id)
    }

    /// Lets faults refer to a value of the test by its own name: the place of `{name}` in a [`Change`](crate::Change)
    /// is taken by the value. The names that every exchange knows are not replaced.
    pub fn set_placeholder(&self, name: &str, value: impl Into<String>) {
        Arc::make_mut(&mut *self.0.placeholders.write()).insert(name.to_owned(), value.into());
    }

    /// The `kid` of the key that signs access tokens now, and ID tokens for clients that ask for no other algorithm.
    #[must_use]
    pub fn key_id(&self) -> String {
        self.0.keys.current().kid().to_owned()
    }

    /// Registers a client, in place of one with the same `client_id`.
    pub fn register_client(&self, client: Client) {
        self.remember_secret(&client);
        self.0.registry.write().register_client(client);
    }

    /// Registers a user, in place of one with the same `sub`.
    pub fn register_user(&self, user: User) {
        self.0.registry.write().register_user(user);
    }

    /// Forgets the users that were registered first, as far as there are more than `count`.
    pub fn keep_latest_users(&self, count: usize) {
        self.0.registry.write().keep_latest_users(count);
    }

    /// Registers an API, in place of one with the same identifier.
    pub fn register_api(&self, api: Api) {
        self.0.registry.write().register_api(api);
    }

    /// Registers what a configuration has, in place of all that is registered.
    pub(crate) fn replace_registered(&self, config: &IssuerConfig) {
        config.clients.iter().for_each(|client| self.remember_secret(client));
        *self.0.registry.write() = Registry::of(config);
    }

    /// The API that was registered first, for a client that has to name one.
    #[must_use]
    pub fn audience(&self) -> Option<String> {
        self.0.registry.read().apis().first().map(|api| api.identifier.clone())
    }

    /// A registered user.
    #[must_use]
    pub fn user(&self, sub: &str) -> Option<User> {
        self.0.registry.read().user(sub).cloned()
    }

    /// Why the ID tokens of a client cannot be signed as it wants, if that is so.
    pub(crate) fn check(&self, client: &Client) -> Result<(), String> {
        self.0.keys.check(client)
    }

    /// Which lawful choices the issuer makes.
    #[must_use]
    pub fn variation(&self) -> Variation {
        self.0.variation
    }

    /// How the issuer behaves now.
    #[must_use]
    pub fn policy(&self) -> Policy {
        *self.0.policy.read()
    }

    /// Changes the behaviour from the next request on.
    pub fn set_policy(&self, policy: Policy) {
        *self.0.policy.write() = policy;
    }

    /// Signs with other keys from the next token on.
    pub(crate) fn set_keys(&self, keys: Keys) {
        self.0.keys.replace(self.0.variation.keys(keys.clone()));
        *self.0.given_keys.write() = keys;
    }

    /// Changes who is asked to log in, and how.
    pub fn set_sign_in(&self, sign_in: SignIn) {
        *self.0.sign_in.write() = sign_in;
    }

    /// Ends the sessions of all users: the next authorization request asks who it is ([`SignIn::Page`]).
    pub fn end_sessions(&self) {
        self.0.sessions.lock().end_all();
    }

    /// The next key signs from now on. It was published already; the key after it is published now.
    pub fn rotate_keys(&self) {
        self.0.keys.rotate();
    }

    /// Revokes an access token: the API and userinfo answer 401 `invalid_token` from now on. False: it is unknown.
    #[expect(clippy::must_use_candidate, reason = "revoking is what matters")]
    pub fn revoke_access_token(&self, token: &str) -> bool {
        self.0.grants.lock().revoke_access_token(token)
    }

    /// Revokes all access tokens issued so far for a user.
    pub fn revoke_access_tokens_of(&self, sub: &str) {
        self.0.grants.lock().revoke_access_tokens_of(sub);
    }

    /// Revokes all refresh tokens issued so far for a user: the next use gives `invalid_grant`.
    pub fn revoke_refresh_tokens_of(&self, sub: &str) {
        self.0.grants.lock().revoke_refresh_tokens_of(sub);
    }
}

impl Deref for State {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl State {
    fn of(parts: Arc<Parts>, base_url: String, identifier: String) -> Self {
        let browser_url = match &parts.hosts.browser_origin {
            Some(origin) => format!("{origin}{}", split(&base_url).1),
            None => base_url.clone(),
        };
        Self { base_url, browser_url, identifier, parts }
    }

    /// The scheme and the host, and no path.
    pub(crate) fn origin(&self) -> &str {
        split(&self.base_url).0
    }

    /// The URL of an endpoint. Where a browser has another name for the issuer than the client, the path of the
    /// authorization endpoint names the host of the client's: it is told in the answer (RFC 9207).
    pub(crate) fn url(&self, endpoint: Endpoint) -> String {
        let query = match endpoint {
            Endpoint::Authorize => self.policy().authorization_endpoint_query,
            Endpoint::Token => self.policy().token_endpoint_query,
            _ => Presence::Absent,
        };
        let query = if query == Presence::Present { "?tenant=a%2Fb" } else { "" };
        format!("{}{query}", self.url_without_query(endpoint))
    }

    fn url_without_query(&self, endpoint: Endpoint) -> String {
        let path = self.paths.of(endpoint);
        let (origin, own) = (split(&self.browser_url).0, split(&self.identifier).0);
        match endpoint {
            Endpoint::Authorize if origin != own => {
                let host = own.split_once("://").map_or(own, |(_, host)| host);
                format!("{}{path}{MEANT}{host}", self.browser_url)
            }
            endpoint if endpoint.is_for_browsers() => format!("{}{path}", self.browser_url),
            _ => format!("{}{path}", self.base_url),
        }
    }

    /// Whether this is what the issuer calls itself, under one of its names.
    pub(crate) fn calls_itself(&self, identifier: &str) -> bool {
        identifier == self.usual_identifier
            || self.hosts.below_own(identifier).is_some_and(|path| path == split(&self.usual_identifier).1)
    }

    /// All endpoints that there are.
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = Endpoint> {
        let (introspects, has_devices) = (self.introspects(), self.has_devices());
        Endpoint::ALL.into_iter().filter(move |endpoint| match endpoint {
            Endpoint::Introspect => introspects,
            Endpoint::DeviceAuthorization | Endpoint::DeviceVerification => has_devices,
            _ => true,
        })
    }

    /// Whether a client may use the device flow (RFC 8628).
    pub(crate) fn has_devices(&self) -> bool {
        self.registry.read().clients().iter().any(|client| client.grant_types.contains(&GrantType::DeviceCode))
    }

    /// Whether there is an introspection endpoint: the dialect and the policy both have to have one.
    pub(crate) fn introspects(&self) -> bool {
        self.policy().introspection == Presence::Present && !self.paths.of(Endpoint::Introspect).is_empty()
    }

    /// The dialect in force.
    pub(crate) fn dialect(&self) -> &'static Definition {
        self.policy.read().dialect.definition()
    }

    /// The policy in force, with whatever it leaves to the variation.
    pub(crate) fn policy(&self) -> Policy {
        self.variation.policy(*self.policy.read())
    }
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Issuer").field(&self.0.identifier).finish()
    }
}
