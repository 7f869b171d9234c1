//! The search: draw, play, look, and go on from what was new.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mock_idp::Trait;
use parking_lot::Mutex;
use proptest::prelude::{Just, Strategy as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::behaviour::{kinds, steady};
use super::draw::{Item, items, like};
use super::found::Found;
use super::plans::{self, Reach, id_of};
use super::shrink::Shrinking;
use super::sweep;
use crate::driver::Cost;
use crate::lab::{Lab, Trial};
use crate::plan::{Action, Arrangement, Invariant, Plan};
use crate::suite::{Level, ScenarioId};
use crate::terms::{Browser, Person, Provider};
use crate::verdict::{Violation, violations};

/// How far a search goes.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Until then no new plan is begun.
    pub until: Option<Instant>,
    /// So many plans.
    pub runs: Option<u64>,
    /// After so many flaws.
    pub flaws: Option<usize>,
    /// What is drawn follows from it.
    pub seed: u64,
    /// How many clients are tried side by side.
    pub jobs: usize,
    /// Becomes true to end the search at once.
    pub stop: watch::Receiver<bool>,
}

impl Limits {
    /// Waits until the search is to end at once.
    async fn stopped(&self) {
        let mut stop = self.stop.clone();
        if stop.wait_for(|stop| *stop).await.is_err() {
            // Nobody is left who could stop it.
            std::future::pending::<()>().await;
        }
    }
}

/// Is told as it happens.
pub trait Watcher: Send + Sync {
    /// Another plan was played; so many kinds of behaviour are known, and so many flaws.
    fn played(&self, runs: u64, kinds: usize, flaws: usize);

    /// A flaw was found, and seen again.
    fn found(&self, found: &Found);
}

impl Watcher for () {
    fn played(&self, _runs: u64, _kinds: usize, _flaws: usize) {}

    fn found(&self, _found: &Found) {}
}

/// What a search has come to.
pub struct Explored {
    /// How many plans were played, those of shrinking aside.
    pub runs: u64,
    /// How many kinds of behaviour were seen.
    pub kinds: usize,
    /// The flaws, in the order of the invariants.
    pub found: Vec<Found>,
    /// What was seen once and not again on a fresh client, in words.
    pub unconfirmed: Vec<String>,
    /// Plans that no client could be brought to play.
    pub unplayed: u64,
    /// The plans that have brought out something new.
    pub corpus: Vec<Plan>,
    /// How long it took.
    pub duration: Duration,
}

/// How likely it is that a plan is drawn from one that was of interest.
const FROM_KNOWN: f64 = 0.6;

/// Every so many plans it is looked whether the client recovers.
const RECOVERIES: u64 = 3;

/// After so many plans the providers are replaced: they remember everything.
const PLANS_PER_LAB: u64 = 1_500;

/// So long one plan is shrunk at most, and not longer than that after the end of the search.
const SHRINKING: Duration = Duration::from_secs(20);

/// After so many plans that were not confirmed no other one of the same kind is tried.
const MOST_UNCONFIRMED: u8 = 3;

#[derive(Default)]
struct State {
    begun: u64,
    runs: u64,
    unplayed: u64,
    kinds: BTreeSet<String>,
    corpus: Vec<Plan>,
    /// What has been looked into already, and how often in vain.
    known: BTreeMap<Kind, u8>,
    found: Vec<Found>,
    /// What was not seen again on a fresh client.
    unconfirmed: BTreeMap<Kind, String>,
}

/// What a client does: the invariant that does not hold, and the cause.
type Kind = (Invariant, String);

fn kind(violation: &Violation) -> Kind {
    (violation.invariant, steady(&violation.cause))
}

/// Searches, from a corpus of earlier searches or from nothing.
///
/// # Errors
///
/// If no loopback ports can be had.
pub async fn explore(
    lab: Arc<Lab>,
    corpus: Vec<Plan>,
    limits: Limits,
    watcher: Arc<dyn Watcher>,
) -> std::io::Result<Explored> {
    let started = Instant::now();
    let jobs = limits.jobs.max(1);
    let state = Mutex::new(State { corpus, ..State::default() });
    let mut listed = sweep::plans();
    listed.shuffle(&mut StdRng::seed_from_u64(limits.seed));
    let search = Arc::new(Search { lab, limits, listed, state, watcher });
    let reach = tokio::select! {
        reach = search.prepare() => Some(Arc::new(reach)),
        () = search.limits.stopped() => None,
    };
    // Each worker has a thread: a client in process keeps one core busy, and the trees of the draw stay where they are.
    let runtime = Handle::current();
    let mut workers = JoinSet::new();
    for reach in reach.into_iter().flat_map(|reach| vec![reach; jobs]) {
        let (search, runtime) = (search.clone(), runtime.clone());
        workers.spawn_blocking(move || {
            runtime.block_on(async {
                tokio::select! {
                    worked = search.work(&reach) => worked,
                    // The client ends as its driver is dropped.
                    () = search.limits.stopped() => Ok(()),
                }
            })
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended.map_err(std::io::Error::other)??;
    }
    let State { runs, unplayed, kinds, corpus, mut found, unconfirmed, .. } = std::mem::take(&mut *search.state.lock());
    found.sort_by_key(|found| {
        let place = Invariant::ALL.iter().position(|it| *it == found.violation.invariant);
        (found.violation.level, place, found.draft.id.clone())
    });
    let (kinds, unconfirmed) = (kinds.len(), unconfirmed.into_values().collect());
    Ok(Explored { runs, kinds, found, unconfirmed, unplayed, corpus, duration: started.elapsed() })
}

struct Search {
    lab: Arc<Lab>,
    limits: Limits,
    /// What is tried besides what is drawn, in turn.
    listed: Vec<Vec<Item>>,
    state: Mutex<State>,
    watcher: Arc<dyn Watcher>,
}

impl Search {
    /// Finds out what the client does in honest runs, and what it can be asked to do.
    async fn prepare(&self) -> Reach {
        let lab = &self.lab;
        lab.run(Vec::new(), &()).await;
        let untolerated = lab.find_untolerated_of_all().await;
        let reach = Reach {
            capabilities: lab.launcher().capabilities().clone(),
            registration: lab.launcher().registration(),
            second_login: lab.about_second_logins().is_none(),
            fresh_clients: !matches!(lab.launcher().cost(), Cost::Unaffordable { .. }),
            reads_metadata: lab.reads_metadata(),
        };
        for one in untolerated {
            Box::pin(self.tell_of_trait(one, &reach)).await;
        }
        reach
    }

    /// One plan after the other, until it is time to stop.
    async fn work(&self, reach: &Reach) -> std::io::Result<()> {
        loop {
            let lab = match self.lab.launcher().cost() {
                // Its provider has a fixed port.
                Cost::Unaffordable { .. } => None,
                Cost::Nothing | Cost::Process => Some(self.lab.renewed().await?),
            };
            let mut trial = Trial::new(lab.as_ref().unwrap_or(&self.lab));
            for _ in 0..PLANS_PER_LAB {
                let Some(number) = self.next() else {
                    trial.stop().await;
                    return Ok(());
                };
                Box::pin(self.try_one(&mut trial, reach, number)).await;
            }
            trial.stop().await;
        }
    }

    /// The number of the next plan, from 1, if there is to be one.
    fn next(&self) -> Option<u64> {
        let mut state = self.state.lock();
        let limits = &self.limits;
        let over = limits.until.is_some_and(|until| Instant::now() >= until)
            || limits.runs.is_some_and(|runs| state.begun >= runs)
            || limits.flaws.is_some_and(|flaws| state.found.len() >= flaws);
        (!over).then(|| {
            state.begun += 1;
            state.begun
        })
    }

    /// Three of four plans are of the list, as long as there are some.
    fn listed(&self, number: u64) -> Option<&[Item]> {
        let at = (!number.is_multiple_of(4)).then(|| number - 1 - number / 4)?;
        self.listed.get(usize::try_from(at).ok()?).map(Vec::as_slice)
    }

    async fn try_one(&self, trial: &mut Trial<'_>, reach: &Reach, number: u64) {
        let mut rng = StdRng::seed_from_u64(self.limits.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number));
        let listed = self.listed(number);
        let known = {
            let state = self.state.lock();
            let from_known = !state.corpus.is_empty() && rng.random_bool(FROM_KNOWN);
            from_known.then(|| plans::items(&state.corpus[rng.random_range(0..state.corpus.len())]))
        };
        let strategy = match (listed, known) {
            (Some(listed), _) => Just(listed.to_vec()).boxed(),
            (None, Some(known)) => like(&known),
            (None, None) => items(),
        };
        let seed: [u8; 32] = rng.random();
        let config = Config { failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
        let Ok(mut tree) = strategy.new_tree(&mut runner) else { return };
        let Some(plan) = reach.plan(&tree.current()) else { return };
        let Some(evidence) =
            trial.play(&plans::trial(id_of(number), plan.clone(), number.is_multiple_of(RECOVERIES))).await
        else {
            self.state.lock().unplayed += 1;
            return;
        };
        self.note(&plan, kinds(&evidence));
        for violation in violations(&evidence) {
            // What a plan that shows nothing new does was looked at when it was new, mostly.
            if !self.is_first(&violation) {
                continue;
            }
            let now = Instant::now();
            let until = self.limits.until.map_or(now, |until| until.min(now)) + SHRINKING;
            let mut shrinking = Shrinking { trial, reach, number, violation: violation.clone(), tries: 0, until };
            let (shortest, last) = shrinking.shortest(&mut tree, plan.clone()).await;
            Box::pin(self.tell(trial, &shortest, last, &violation, number)).await;
            // The tree has been followed to its end.
            break;
        }
    }

    /// A lawful trait of the provider under which honest logins fail, and which is out of force from then on.
    async fn tell_of_trait(&self, one: Trait, reach: &Reach) {
        let log_in = Action::LogIn { browser: Browser::User, person: Person::Alice, provider: Provider::First };
        let plan = Plan {
            arrangements: vec![Arrangement::Varied(one)],
            actions: vec![log_in, Action::CallApi(Browser::User)],
            ..Plan::default()
        };
        let Some(plan) = reach.plan(&plans::items(&plan)) else { return };
        let violation = Violation {
            invariant: Invariant::HonestFlow,
            level: Level::Must,
            cause: format!("does not go on where the provider {}", one.what()),
            message: format!("{one} is lawful ({})", one.clause()),
            clauses: Invariant::HonestFlow.clauses().to_vec(),
        };
        let trial = Trial::new(&self.lab);
        Box::pin(self.tell(&trial, &plan, violation.clone(), &violation, 0)).await;
    }

    /// Remembers what was seen.
    fn note(&self, plan: &Plan, kinds: BTreeSet<String>) {
        let mut state = self.state.lock();
        state.runs += 1;
        let before = state.kinds.len();
        state.kinds.extend(kinds);
        if state.kinds.len() > before {
            state.corpus.push(plan.clone());
        }
        self.watcher.played(state.runs, state.kinds.len(), state.found.len());
    }

    /// Whether nothing of its kind has been looked into yet, or in vain only.
    fn is_first(&self, violation: &Violation) -> bool {
        let mut state = self.state.lock();
        let kind = kind(violation);
        if state.unconfirmed.contains_key(&kind) {
            return state.known.get(&kind).is_none_or(|in_vain| *in_vain < MOST_UNCONFIRMED);
        }
        state.known.insert(kind, 0).is_none()
    }

    async fn tell(&self, trial: &Trial<'_>, plan: &Plan, seen: Violation, first: &Violation, number: u64) {
        // The shortest plan may show something that is known by another name.
        if seen.cause != first.cause && !self.is_first(&seen) {
            return;
        }
        let kind = kind(&seen);
        let confirmed = Box::pin(Found::confirmed(trial, plan, seen, number)).await;
        let mut state = self.state.lock();
        let same = |state: &State, id: &ScenarioId| {
            state.found.iter().filter(|other| other.draft.id.as_str().starts_with(id.as_str())).count()
        };
        let found = confirmed.and_then(|found| match same(&state, &found.draft.id) {
            0 => Ok(found),
            others => found.numbered(others + 1),
        });
        match found {
            Ok(found) => {
                self.watcher.found(&found);
                state.unconfirmed.remove(&kind);
                state.found.push(found);
            }
            Err(why) => {
                *state.known.entry(kind.clone()).or_default() += 1;
                state.unconfirmed.insert(kind, why);
            }
        }
    }
}
