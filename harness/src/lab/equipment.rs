//! What a run needs besides scenarios: the hosts, the clients, and what is known of them.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use mock_idp::{
    Authority, Builder, Dialect, Identity, Issuer, IssuerConfig, Keys, MockIdp, Paths, Policy, Trait, Variation,
};
use parking_lot::{Mutex, RwLock};

use super::execution::SecondLogin;
use super::provider;
use crate::config::ProviderWays;
use crate::driver::{Cost, Launcher};
use crate::evidence::{Comparison, Learnt, Reading};
use crate::plan::{Message, Plan, PolicyChange};
use crate::suite::Scenario;
use crate::terms::{People, Profile, Provider};

/// What a run needs besides scenarios.
pub struct Lab {
    pub(super) idp: MockIdp,
    /// Another host, with other keys: for unrelated hosts and for second providers.
    pub(super) elsewhere: MockIdp,
    /// Hosts with one issuer each, at its root, for clients that are told a host and no issuer. They stay until the end of the
    /// run, as the issuers of the other two do.
    own_hosts: Mutex<Vec<Arc<MockIdp>>>,
    pub(super) launcher: Arc<dyn Launcher>,
    /// Where the endpoints are, and whose ways the providers have.
    pub(super) ways: ProviderWays,
    pub(super) profile: Profile,
    pub(super) jobs: usize,
    pub(super) variation: RwLock<Variation>,
    pub(super) policy: Policy,
    /// From honest runs, before the first scenario.
    pub(super) learnt: Mutex<Option<Arc<Learnt>>>,
    /// What the client does with ID tokens; found out when somebody wants to know.
    pub(super) reading: tokio::sync::OnceCell<Reading>,
    pub(super) comparison: tokio::sync::OnceCell<Comparison>,
    /// Whether a client with a redirect URI for each provider looks where a response has arrived.
    pub(super) tells_apart: tokio::sync::OnceCell<bool>,
    /// Whether a client that makes no UserInfo request makes one where the ID token lacks name and address.
    pub(super) asks_for_missing_claims: tokio::sync::OnceCell<bool>,
    /// The parameters of the client's authorization requests where the metadata do not announce PKCE.
    pub(super) asked_without_pkce: tokio::sync::OnceCell<BTreeSet<String>>,
    /// What the set-up checks found to be otherwise than it is configured.
    pub(super) differences: Mutex<Vec<String>>,
    /// What they found a client to make of a login where somebody is logged in.
    pub(super) second_login: Mutex<SecondLogin>,
    /// After so long a client fetches keys again at the latest.
    pub(super) pause: Duration,
}

/// How many exchanges a host of the clients' issuers remembers: more than any run has.
const JOURNAL_CAPACITY: usize = 1_000_000;

/// Clients fetch the key set at most once in 30 s (jose) or in 60 s (openid-client 5).
const PAUSE: Duration = Duration::from_secs(61);

impl Lab {
    /// Opens a lab: a mock provider on loopback and another host beside it, for clients of one kind.
    ///
    /// Each issuer of a scenario has its own lawful variations, which follow from `variation`, so that no client passes by
    /// fitting this provider.
    ///
    /// # Errors
    ///
    /// If no loopback ports can be had.
    pub async fn open(
        launcher: Box<dyn Launcher>,
        profile: Profile,
        jobs: usize,
        variation: Variation,
    ) -> std::io::Result<Self> {
        let ways = launcher.provider();
        Self::open_in(launcher.into(), ways, profile, jobs, variation).await
    }

    /// Another lab for the same clients, whose providers are of this dialect, and have no lawful variations besides. What
    /// the clients were seen to do is known there.
    ///
    /// # Errors
    ///
    /// If no loopback ports can be had.
    pub async fn in_dialect(&self, dialect: Dialect) -> std::io::Result<Self> {
        let ways = ProviderWays { paths: dialect.paths(), dialect, ..self.ways };
        self.again(ways, Variation::NONE).await
    }

    /// The same lab with new providers, which remember nothing.
    ///
    /// # Errors
    ///
    /// If no loopback ports can be had.
    pub async fn renewed(&self) -> std::io::Result<Self> {
        let variation = *self.variation.read();
        Ok(Self { policy: self.policy, ..self.again(self.ways, variation).await? })
    }

    /// Another lab for the same clients. What they were seen to do is known there.
    async fn again(&self, ways: ProviderWays, variation: Variation) -> std::io::Result<Self> {
        let lab = Self::open_in(self.launcher.clone(), ways, self.profile, self.jobs, variation).await?;
        lab.learnt.lock().clone_from(&*self.learnt.lock());
        *lab.second_login.lock() = self.second_login();
        Ok(lab)
    }

    async fn open_in(
        launcher: Arc<dyn Launcher>,
        ways: ProviderWays,
        profile: Profile,
        jobs: usize,
        variation: Variation,
    ) -> std::io::Result<Self> {
        let policy = provider::honest(ways.dialect);
        // Two hosts, two certificates; both are trusted by a client that has been told of the authority.
        let builder = || host(&*launcher).in_both_header_cases();
        let idp = match launcher.cost() {
            Cost::Unaffordable { provider_port } => {
                // Such a client keeps what it has learnt in earlier runs, so the provider is always the same.
                let variation = match ways.issuer_without_slash {
                    true => Variation::only(Trait::IssuerWithoutSlash),
                    false => Variation::NONE,
                };
                let config = provider::issuer_config(&launcher.registration(), (policy, ways.paths), variation);
                builder().listen((Ipv4Addr::LOCALHOST, provider_port).into()).config(config)
            }
            Cost::Nothing | Cost::Process => builder(),
        };
        let idp = idp.journal_capacity(JOURNAL_CAPACITY).start().await.map_err(|error| match launcher.cost() {
            Cost::Unaffordable { provider_port } => {
                let message =
                    format!("{error}: the provider has to listen on port {provider_port}, as [provider] says");
                std::io::Error::new(error.kind(), message)
            }
            Cost::Nothing | Cost::Process => error,
        })?;
        let elsewhere = builder().keys(Keys::attacker()).journal_capacity(100_000).start().await?;
        Ok(Self {
            idp,
            elsewhere,
            own_hosts: Mutex::default(),
            launcher,
            ways,
            profile,
            jobs: jobs.max(1),
            variation: RwLock::new(variation),
            policy,
            learnt: Mutex::default(),
            differences: Mutex::default(),
            reading: tokio::sync::OnceCell::new(),
            second_login: Mutex::default(),
            pause: PAUSE,
            comparison: tokio::sync::OnceCell::new(),
            tells_apart: tokio::sync::OnceCell::new(),
            asks_for_missing_claims: tokio::sync::OnceCell::new(),
            asked_without_pkce: tokio::sync::OnceCell::new(),
        })
    }

    /// A new issuer of a client: its first or its second one.
    ///
    /// # Errors
    ///
    /// If it is to have its own host, and no port can be had.
    pub(super) async fn add_issuer(&self, at: Provider, config: IssuerConfig) -> std::io::Result<Issuer> {
        let variation = match self.ways {
            ProviderWays { issuer_without_slash: true, .. } => config.variation.with(Trait::IssuerWithoutSlash),
            // Who makes the issuer of a host writes a slash behind it, always or never.
            ProviderWays { at_root: true, .. } => config.variation.without(Trait::IssuerWithoutSlash),
            _ => config.variation,
        };
        let config = IssuerConfig { variation, ..config };
        if !self.ways.at_root {
            return Ok(self.shared_host(at).add_issuer(config));
        }
        let host = host(&*self.launcher).config(config).journal_capacity(JOURNAL_CAPACITY);
        let host = match at {
            Provider::First => host,
            Provider::Second => host.keys(Keys::attacker()),
        };
        let host = host.start().await?;
        let issuer = host.issuer().clone();
        self.own_hosts.lock().push(Arc::new(host));
        Ok(issuer)
    }

    /// Opens a port of an issuer where it shows this certificate, and returns its base URL there.
    pub(super) async fn show(&self, at: Provider, issuer: &Issuer, identity: Identity) -> std::io::Result<String> {
        let is_its_host = |host: &&Arc<MockIdp>| host.issuer().base_url() == issuer.base_url();
        let own = self.own_hosts.lock().iter().find(is_its_host).cloned();
        own.as_deref().unwrap_or(self.shared_host(at)).listen_over_tls(issuer, identity).await
    }

    /// The host of all issuers that a client has first, or second.
    fn shared_host(&self, at: Provider) -> &MockIdp {
        match at {
            Provider::First => &self.idp,
            Provider::Second => &self.elsewhere,
        }
    }

    /// Lets every honest provider of the lab have other manners than the usual ones.
    #[must_use]
    pub fn with_manners(mut self, change: impl FnOnce(&mut Policy)) -> Self {
        change(&mut self.policy);
        self
    }

    /// For tests of the lab itself, which have no minute to wait for a client that fetches keys more often than that.
    #[doc(hidden)]
    #[must_use]
    pub fn with_pause(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// How the issuer of a scenario varies: it depends on nothing but the run's variation and the scenario.
    pub(super) fn variation_of(&self, scenario: &Scenario) -> Variation {
        let variation = self.usual_variation(scenario);
        let own: Vec<_> = scenario.plan.varied().collect();
        if own.is_empty() && !scenario.plan.is_plain() { variation } else { variation.with_traits(own) }
    }

    /// How it varies where the scenario is about no trait of the provider. In a dialect, it does not.
    pub(super) fn usual_variation(&self, scenario: &Scenario) -> Variation {
        match scenario.plan.dialect() {
            Some(_) => Variation::NONE,
            None => self.variation.read().derived(scenario.id.as_str()),
        }
    }

    /// The manners of the providers in a plan, and where their endpoints are.
    pub(super) fn manners(&self, plan: &Plan) -> (Policy, Paths) {
        match plan.dialect() {
            Some(dialect) => (provider::honest(dialect), dialect.paths()),
            None => (self.policy, self.ways.paths),
        }
    }

    /// The clients that are measured.
    #[must_use]
    pub fn launcher(&self) -> &dyn Launcher {
        &*self.launcher
    }

    /// What the clients were seen to do in honest runs.
    pub(super) fn learnt(&self) -> Arc<Learnt> {
        self.learnt.lock().clone().unwrap_or_default()
    }

    /// What the clients were seen to do in honest runs at providers like those of a plan.
    pub(super) fn learnt_for(&self, plan: &Plan) -> Arc<Learnt> {
        let learnt = self.learnt();
        match self.asked_without_pkce.get() {
            Some(parameters) if plan.policy(Provider::First).any(|it| it == PolicyChange::NoPkceInMetadata) => {
                Arc::new(Learnt::clone(&learnt).asking_with(parameters.iter().cloned()))
            }
            _ => learnt,
        }
    }

    /// Whether the clients were seen to ask for provider metadata.
    #[must_use]
    pub fn reads_metadata(&self) -> bool {
        self.learnt().sends(Message::DiscoveryRequest)
    }

    /// The people of the next scenario, or of the next control.
    pub(super) fn cast(&self) -> People {
        People::cast(self.launcher.casting()).told_by(self.launcher.identity())
    }

    /// Where the honest login of the set-up checks was another than `quintain.toml` says; a line each.
    #[must_use]
    pub fn differences(&self) -> Vec<String> {
        self.differences.lock().clone()
    }
}

/// A host of a run. The journal is the evidence of the whole run: none of it is forgotten for its size, and a request is judged
/// by what it does, not by its `Host`. The certificate is trusted by a client that has been told of the authority.
fn host(launcher: &dyn Launcher) -> Builder {
    let builder = MockIdp::builder().any_host().journal_bytes(usize::MAX);
    match launcher.authority().map(Authority::issue) {
        Some(identity) => builder.tls(identity),
        None => builder,
    }
}
