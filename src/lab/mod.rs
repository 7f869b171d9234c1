//! The lab: issuers, clients and people, and the scenarios run on them.
//!
//! Scenarios run side by side, each on an issuer of its own or on the issuer of the client process that they share.
//! When all have ended and the clients are gone, everything is judged once more, over the whole journal: a code that
//! was redeemed late turns an earlier pass into a failure.

mod comparison;
mod course;
mod execution;
mod instance;
mod outcome;
mod provider;
mod setup;
mod stopped;
mod stranger;
mod tolerance;
mod work;

use std::any::Any;
use std::net::Ipv4Addr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use mock_idp::{Authority, Keys, MockIdp, Policy, Trait, Variation};
use parking_lot::{Mutex, RwLock};

pub use self::comparison::Reach;
use self::execution::{Pause, SecondLogin};
use self::instance::Instance;
pub use self::setup::{CheckName, CheckResult};
use self::stopped::Patience;
pub use self::stopped::Stopped;
use self::work::Work;
use crate::driver::{Cost, Launcher, SetupError};
use crate::evidence::{Comparison, Evidence, Learnt, Reading};
use crate::suite::{Plan, Scenario};
use crate::terms::{People, Profile};
use crate::verdict::{self, Judgement, Verdict};

/// What a run needs besides scenarios.
pub struct Lab {
    idp: MockIdp,
    /// Another host, with other keys: for strangers and for second providers.
    elsewhere: MockIdp,
    launcher: Box<dyn Launcher>,
    profile: Profile,
    jobs: usize,
    variation: RwLock<Variation>,
    policy: Policy,
    /// From honest runs, before the first scenario.
    learnt: Mutex<Option<Arc<Learnt>>>,
    /// What the client does with ID tokens; found out when somebody wants to know.
    reading: tokio::sync::OnceCell<Reading>,
    comparison: tokio::sync::OnceCell<Comparison>,
    /// What the set-up checks found to be otherwise than it is configured.
    differences: Mutex<Vec<String>>,
    /// What they found a client to make of a login where somebody is logged in.
    second_login: Mutex<SecondLogin>,
    /// After so long a client fetches keys again at the latest.
    key_pause: Duration,
}

/// Clients fetch the key set at most once in 30 s (jose) or in 60 s (openid-client 5).
const KEY_PAUSE: Duration = Duration::from_secs(61);

/// One scenario after the run.
pub struct Run {
    /// What was run.
    pub scenario: Arc<Scenario>,
    /// The final judgement.
    pub judgement: Judgement,
    /// What was seen; nothing if the scenario did not apply.
    pub evidence: Option<Evidence>,
    /// What it amounted to on a client that other scenarios had used, if it was red there and was therefore played again,
    /// alone; the evidence is of the second time.
    pub on_shared_client: Option<Judgement>,
    /// What it amounted to at first, if the client did not fetch the new keys and it was therefore played again, with
    /// a pause after the keys were replaced; the evidence is of the second time.
    pub before_pause: Option<Judgement>,
}

impl Run {
    /// One that was judged without being played.
    fn without_evidence(scenario: Arc<Scenario>, judgement: Judgement) -> Self {
        Self { scenario, judgement, evidence: None, on_shared_client: None, before_pause: None }
    }
}

/// Told as it happens.
pub trait Observer: Send + Sync {
    /// A scenario has ended; its judgement may still change at the end of the run.
    fn ended(&self, run: &Run);
}

/// Nobody looks on.
impl Observer for () {
    fn ended(&self, _run: &Run) {}
}

/// A run.
pub struct Runs {
    /// Every scenario, in the order in which they were given.
    pub runs: Vec<Run>,
    /// From the first scenario's start to the last judgement.
    pub duration: Duration,
    /// Why it ended before all scenarios had, if it did: the others have the reason [`NOT_RUN`](verdict::NOT_RUN).
    pub stopped: Option<Stopped>,
}

impl Lab {
    /// Opens a lab: a mock provider on loopback and another host beside it, for clients of one kind.
    ///
    /// Each issuer of a scenario varies in a way of its own that follows from `variation`, so that no client passes by
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
        // Two hosts, two certificates; both are trusted by a client that has been told of the authority.
        let builder = || match launcher.authority().map(Authority::issue) {
            Some(identity) => MockIdp::builder().in_both_header_cases().tls(identity),
            None => MockIdp::builder().in_both_header_cases(),
        };
        let idp = match launcher.cost() {
            Cost::Unaffordable { provider_port } => {
                // Such a client keeps what it has learnt in earlier runs, so the provider is always the same.
                let variation = Variation::NONE;
                let config = provider::issuer_config(&launcher.registration(), provider::honest(), variation);
                builder().listen((Ipv4Addr::LOCALHOST, provider_port).into()).config(config)
            }
            Cost::Nothing | Cost::Process => builder(),
        };
        let idp = idp.journal_capacity(1_000_000).start().await.map_err(|error| match launcher.cost() {
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
            launcher,
            profile,
            jobs: jobs.max(1),
            variation: RwLock::new(variation),
            policy: provider::honest(),
            learnt: Mutex::default(),
            differences: Mutex::default(),
            reading: tokio::sync::OnceCell::new(),
            second_login: Mutex::default(),
            key_pause: KEY_PAUSE,
            comparison: tokio::sync::OnceCell::new(),
        })
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
    pub fn with_key_pause(self, key_pause: Duration) -> Self {
        Self { key_pause, ..self }
    }

    /// How the issuer of a scenario varies: it depends on nothing but the run's variation and the scenario.
    fn variation_of(&self, scenario: &Scenario) -> Variation {
        let variation = self.usual_variation(scenario);
        let own: Vec<_> = scenario.plan.varied().collect();
        if own.is_empty() && !scenario.plan.is_plain() { variation } else { variation.with_traits(own) }
    }

    /// How it varies where the scenario is about no habit of the provider.
    fn usual_variation(&self, scenario: &Scenario) -> Variation {
        self.variation.read().derived(scenario.id.as_str())
    }

    /// Looks for lawful habits of the provider under which the client cannot even log in honestly, call the API and
    /// refresh, although it can without them. They are out of force from then on, but for the scenarios that are about
    /// them: one habit gives one finding.
    pub async fn find_unbearable(&self) -> Vec<Trait> {
        let variation = *self.variation.read();
        self.find_unbearable_in(&[variation]).await
    }

    /// The same for all habits that there are.
    pub async fn find_unbearable_of_all(&self) -> Vec<Trait> {
        self.find_unbearable_in(&Variation::whole()).await
    }

    async fn find_unbearable_in(&self, variations: &[Variation]) -> Vec<Trait> {
        let found = tolerance::unbearable(self, variations).await;
        let mut variation = self.variation.write();
        *variation = found.iter().fold(*variation, |variation, habit| variation.without(*habit));
        found
    }

    /// The clients that are measured.
    #[must_use]
    pub fn launcher(&self) -> &dyn Launcher {
        &*self.launcher
    }

    /// What the clients were seen to do in honest runs.
    fn learnt(&self) -> Arc<Learnt> {
        self.learnt.lock().clone().unwrap_or_default()
    }

    /// What clients make of a login where somebody is logged in.
    fn second_login(&self) -> SecondLogin {
        *self.second_login.lock()
    }

    /// Whether the set-up checks have found that the login route leads nowhere while somebody is logged in.
    #[must_use]
    pub fn begins_no_second_login(&self) -> bool {
        self.second_login() == SecondLogin::LeadsNowhere
    }

    /// The people of the next scenario, or of the next control.
    fn cast(&self) -> People {
        People::cast(self.launcher.casting())
    }

    /// Runs the set-up checks: does the client start, log in, refuse the grossly broken?
    pub async fn check_setup(&self) -> Vec<CheckResult> {
        setup::check(self).await
    }

    /// Where the honest login of the set-up checks was another than `quintain.toml` says; a line each.
    #[must_use]
    pub fn differences(&self) -> Vec<String> {
        self.differences.lock().clone()
    }

    /// Runs scenarios to their end.
    pub async fn run(&self, scenarios: Vec<Arc<Scenario>>, observer: &dyn Observer) -> Runs {
        self.run_until(scenarios, observer, std::future::pending()).await
    }

    /// Runs scenarios, at most until `end`. What has ended by then is judged, the others are said not to have run: no
    /// result is ever lost.
    pub async fn run_until(
        &self,
        scenarios: Vec<Arc<Scenario>>,
        observer: &dyn Observer,
        end: impl Future<Output = Stopped>,
    ) -> Runs {
        let started = Instant::now();
        let results: Vec<_> = scenarios.iter().map(|_| Mutex::new(None)).collect();
        let (next, patience) = (AtomicUsize::new(0), Patience::default());
        if self.learnt.lock().is_none() {
            setup::tour(self).await;
        }
        let work = Work { scenarios: &scenarios, next: &next, results: &results, patience: &patience, observer };
        let stopped = tokio::select! {
            biased;
            () = self.work_through(&work) => patience.lost(),
            stopped = end => Some(stopped),
        };
        let ended = scenarios.iter().zip(results).map(|(scenario, result)| {
            let stopped = stopped.unwrap_or(Stopped::Interrupted);
            result.into_inner().unwrap_or_else(|| not_run(scenario.clone(), stopped))
        });
        let mut runs: Vec<_> = ended.collect();
        tell_of_the_run(&mut runs);
        let runs = scenarios.into_iter().zip(runs).map(|(scenario, run)| self.judge_again(scenario, run));
        Runs { runs: runs.collect(), duration: started.elapsed(), stopped }
    }

    /// What is said of scenarios when not one of them could be run.
    #[must_use]
    pub fn run_nothing(scenarios: Vec<Arc<Scenario>>, stopped: Stopped) -> Runs {
        let runs = scenarios.into_iter().map(|scenario| not_run(scenario, stopped)).collect();
        Runs { runs, duration: Duration::ZERO, stopped: Some(stopped) }
    }

    /// A panic is ours, and costs no other scenario its result.
    async fn run_one(&self, scenario: &Arc<Scenario>, shared: &mut Option<Instance>) -> Run {
        match AssertUnwindSafe(self.judge_one(scenario, shared)).catch_unwind().await {
            Ok(run) => run,
            Err(panic) => {
                // How it was left is not known.
                if let Some(instance) = shared.take() {
                    Instance::stop(instance).await;
                }
                let judgement = verdict::ours(&format!("the harness panicked: {}", words(&*panic)));
                Run::without_evidence(scenario.clone(), judgement)
            }
        }
    }

    async fn judge_one(&self, scenario: &Arc<Scenario>, shared: &mut Option<Instance>) -> Run {
        if let Some(judgement) = verdict::applies(scenario, self.launcher(), self.profile) {
            return Run::without_evidence(scenario.clone(), judgement);
        }
        if self.begins_no_second_login() && scenario.plan.logs_in_twice() {
            return Run::without_evidence(scenario.clone(), verdict::no_second_login());
        }
        let used = shared.as_ref().is_some_and(|instance| instance.is_used() && instance.is_alive());
        let evidence = match self.play(scenario, shared).await {
            Ok(evidence) => Ok(evidence),
            // A client that has not started once may do so the next time.
            Err(_) => self.play(scenario, shared).await,
        };
        let (judgement, evidence, on_shared_client) = match evidence {
            Ok(evidence) => {
                let judgement = self.judge_first(scenario, &evidence).await;
                if used && self.may_be_to_blame_elsewhere(scenario, &judgement) {
                    self.play_alone(scenario, judgement, evidence, shared).await
                } else {
                    (judgement, Some(evidence), None)
                }
            }
            // The set-up checks have passed: it is this registration that the client does not take.
            Err(error) if scenario.plan.changes_registration() => {
                (verdict::unable(&format!("it does not start when it is registered so: {}", error.found)), None, None)
            }
            Err(error) => (verdict::not_started(&error), None, None),
        };
        Run { scenario: scenario.clone(), judgement, evidence, on_shared_client, before_pause: None }
    }

    /// Whether a red may come of the other scenarios that have used the client. A time-out is played once: each further one
    /// may take as long.
    fn may_be_to_blame_elsewhere(&self, scenario: &Scenario, judgement: &Judgement) -> bool {
        judgement.verdict.is_red()
            && judgement.verdict != Verdict::Inconclusive
            && judgement.reason != verdict::DRIVER_BROKEN
            && self.shares_client(scenario)
            && self.launcher.cost() == Cost::Process
    }

    /// Plays a scenario again that was red on a client that others had used: it may be they who are to blame. The fresh
    /// client that it gets is the one that the next scenarios share.
    async fn play_alone(
        &self,
        scenario: &Scenario,
        before: Judgement,
        seen: Evidence,
        shared: &mut Option<Instance>,
    ) -> (Judgement, Option<Evidence>, Option<Judgement>) {
        if let Some(used) = shared.take() {
            Instance::stop(used).await;
        }
        match self.play(scenario, shared).await {
            Ok(evidence) => {
                let alone = self.judge_first(scenario, &evidence).await;
                (verdict::seen_again(&before, alone), Some(evidence), Some(before))
            }
            Err(_) => (before, Some(seen), None),
        }
    }

    /// Whether it can be played on a client that others have used.
    fn shares_client(&self, scenario: &Scenario) -> bool {
        self.launcher.cost() != Cost::Nothing && !scenario.plan.needs_fresh_client()
    }

    /// Runs a scenario, on a client that is started for it if need be.
    async fn play(&self, scenario: &Scenario, shared: &mut Option<Instance>) -> Result<Evidence, SetupError> {
        if !self.shares_client(scenario) {
            return course::on_fresh(self, scenario, Pause::None).await;
        }
        if let Some(dead) = shared.take_if(|instance| !instance.is_alive()) {
            Instance::stop(dead).await;
        }
        let instance = match shared {
            Some(instance) => instance,
            None => {
                // Which scenarios share a client is a matter of time, so all shared clients get the same.
                let variation = self.variation.read().derived("shared");
                let registration = self.launcher.registration();
                shared.insert(Instance::launch(self, registration, &Plan::default(), variation).await?)
            }
        };
        course::on_shared(self, instance, scenario).await
    }

    fn judge(&self, scenario: &Scenario, evidence: &Evidence) -> Judgement {
        let comparison = self.comparison.get().copied().unwrap_or(Comparison::NotMade);
        verdict::owed(verdict::judge(scenario, evidence, self.profile), scenario, self.launcher(), comparison)
    }

    /// The judgement of a scenario that has just ended.
    async fn judge_first(&self, scenario: &Scenario, evidence: &Evidence) -> Judgement {
        let judgement = verdict::judge(scenario, evidence, self.profile);
        if verdict::depends_on_comparison(scenario, &judgement, self.launcher()) {
            // Where it cannot be found out, nothing is owed.
            let _ = self.comparison.get_or_try_init(|| course::comparison(self)).await;
        }
        self.excused(scenario, self.judge(scenario, evidence)).await
    }

    /// That a client does not read the ID token, or too late, is one finding, of the scenario that is about it; what it
    /// overlooks in the token says nothing more.
    async fn excused(&self, scenario: &Scenario, judgement: Judgement) -> Judgement {
        if !verdict::may_be_misread(scenario, &judgement) {
            return judgement;
        }
        // Where it cannot be found out, each finding is told for itself.
        match self.reading.get_or_try_init(|| course::reading(self)).await {
            Ok(reading) => verdict::excused(scenario, judgement, *reading),
            Err(_) => judgement,
        }
    }

    /// A late event turns what is green into what it is; nothing turns into a pass.
    fn judge_again(&self, scenario: Arc<Scenario>, run: Run) -> Run {
        let judgement = match &run.evidence {
            Some(evidence) if !run.judgement.verdict.is_red() && !run.judgement.is_excused() => {
                self.judge(&scenario, evidence)
            }
            _ => run.judgement.clone(),
        };
        Run { scenario, judgement, ..run }
    }
}

fn not_run(scenario: Arc<Scenario>, stopped: Stopped) -> Run {
    Run::without_evidence(scenario, stopped.judgement())
}

/// What a panic says.
fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it did not say why")
}

/// Tells the scenarios that judge the whole run what the client has let out in each of them.
fn tell_of_the_run(runs: &mut [Run]) {
    let evidence = runs.iter().filter_map(|run| Some((&run.scenario.id, run.evidence.as_ref()?)));
    let exposed = evidence.flat_map(|(id, evidence)| evidence.exposures.iter().map(|it| (id.clone(), it.clone())));
    let exposed: Arc<[_]> = exposed.collect();
    for run in runs.iter_mut().filter(|run| run.scenario.plan.judges_run()) {
        if let Some(evidence) = &mut run.evidence {
            evidence.of_the_run = exposed.clone();
        }
    }
}
