//! An issuer: one authorization server with everything that belongs to it.

mod config;
mod expectation;
mod guards;
mod registry;
mod responders;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Mutex, RwLock};

pub use config::IssuerConfig;
pub use expectation::Expectation;
pub use guards::{ArmedFault, Responding};
pub(crate) use registry::Registry;
use responders::Responders;

use crate::dialect::Definition;
use crate::fault::{Armed, Scope};
use crate::grants::Grants;
use crate::journal::{Capacity, Visit, Visits};
use crate::keys::KeyRing;
use crate::session::Sessions;
use crate::terms::{Api, Client, Endpoint, GrantType, Paths, Policy, Presence, SignIn, User};
use crate::{Clock, Fault, FaultId, Journal, Keys, Trait, Variation, random};

/// A handle to an issuer; clones are handles to the same one.
#[derive(Clone)]
pub struct Issuer(pub(crate) Arc<State>);

/// What an issuer consists of. Its parts are locked one at a time, and none while something is signed.
pub(crate) struct State {
    /// When it was made, by a clock that nobody moves.
    pub(crate) born: Instant,
    /// Tells it from issuers that ran at the same URL before.
    pub(crate) run: String,
    /// What all its URLs begin with. Ends with a slash.
    pub(crate) base_url: String,
    /// Begins with the base URL but for its last slash.
    pub(crate) identifier: String,
    pub(crate) paths: Paths,
    /// What it started with, and goes back to.
    pub(crate) start: RwLock<IssuerConfig>,
    pub(crate) registry: RwLock<Registry>,
    pub(crate) policy: RwLock<Policy>,
    pub(crate) variation: Variation,
    pub(crate) sign_in: RwLock<SignIn>,
    pub(crate) keys: KeyRing,
    /// The same keys as they were given, before the variation spells their identifiers.
    pub(crate) given_keys: Keys,
    pub(crate) clock: Clock,
    pub(crate) journal: Journal,
    pub(crate) visits: Visits,
    pub(crate) faults: Armed,
    pub(crate) responders: Responders,
    pub(crate) placeholders: RwLock<Arc<BTreeMap<String, String>>>,
    pub(crate) grants: Mutex<Grants>,
    pub(crate) sessions: Mutex<Sessions>,
}

impl Issuer {
    /// `host`: its URL, or a path below it that takes the place of a host; ends with a slash.
    pub(crate) fn new(host: &str, config: IssuerConfig, keys: Keys, journal: Capacity) -> Self {
        let base_url = format!("{host}{}", config.paths.root());
        let issuer = Self(Arc::new(State {
            born: Instant::now(),
            run: random::short(),
            identifier: config.paths.identifier(host, !config.variation.has(Trait::IssuerWithoutSlash)),
            paths: config.paths,
            base_url,
            registry: RwLock::new(Registry::of(&config)),
            policy: RwLock::new(config.policy),
            variation: config.variation,
            sign_in: RwLock::new(config.sign_in.clone()),
            keys: KeyRing::new(config.variation.keys(keys.clone())),
            given_keys: keys,
            clock: Clock::default(),
            journal: Journal::new(journal),
            visits: Visits::default(),
            faults: Armed::default(),
            responders: Responders::default(),
            placeholders: RwLock::default(),
            grants: Mutex::default(),
            sessions: Mutex::default(),
            start: RwLock::new(config),
        }));
        issuer.start();
        issuer
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
    /// [`Issuer::disarm_all`].
    pub fn release_held(&self) {
        self.0.faults.release();
        self.0.journal.wake();
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

    /// How the issuer behaves now.
    #[must_use]
    pub fn policy(&self) -> Policy {
        *self.0.policy.read()
    }

    /// Changes the behaviour from the next request on.
    pub fn set_policy(&self, policy: Policy) {
        *self.0.policy.write() = policy;
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

impl State {
    pub(crate) fn url(&self, endpoint: Endpoint) -> String {
        format!("{}{}", self.base_url, self.paths.of(endpoint))
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
