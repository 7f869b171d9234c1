//! The suite on itself: every scenario on every defect of the reference client, and on whatever either side may lawfully do
//! otherwise.
//!
//! A scenario that no defect fails cannot fail, and proves nothing. A defect that no scenario fails is a hole in the
//! suite. A variation that turns a scenario red is a false alarm. All of them are findings about Quintain itself.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use client_under_test::{Defect, Variation as ClientVariation};
use futures::{StreamExt as _, stream};
use mock_idp::{AccessTokenSignature, Policy, Trait, Variation as ProviderVariation};

use crate::driver::in_process::InProcessLauncher;
use crate::lab::{CheckName, Lab, Observer, Run};
use crate::suite::{Scenario, ScenarioId};
use crate::terms::Profile;
use crate::verdict::{Verdict, is_no_finding};

/// Labs side by side: while one waits for its last scenarios, the next one has work.
const LABS: usize = 4;

/// Access tokens are opaque to clients: to sign them by RSA, too, would take a fifth of the time and show nothing.
fn manners(policy: &mut Policy) {
    policy.access_token_signature = AccessTokenSignature::Hs256;
}

/// What the suite says of each defect: the kill matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Every scenario that was run.
    pub scenarios: Vec<ScenarioId>,
    /// One row per defect, in the order in which they were asked for.
    pub rows: Vec<Row<Defect>>,
}

/// What the suite says of lawful variations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tolerance {
    /// One row per variation.
    pub rows: Vec<Row<Variation>>,
}

/// Something that one side does otherwise than usual, and may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variation {
    /// A variation of the reference client.
    Client(ClientVariation),
    /// One lawful trait of the provider.
    Trait(Trait),
    /// All that the provider varies, by a seed.
    Provider {
        /// As for `quintain verify --seed`.
        seed: u64,
    },
}

impl Variation {
    /// Every one of the client and of the provider, and several at once of the provider for some seeds.
    pub fn all(seeds: impl IntoIterator<Item = u64>) -> Vec<Self> {
        let client = ClientVariation::ALL.iter().copied().map(Self::Client);
        let provider = Trait::ALL.iter().copied().map(Self::Trait);
        client.chain(provider).chain(seeds.into_iter().map(|seed| Self::Provider { seed })).collect()
    }
}

impl fmt::Display for Variation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(variation) => write!(f, "client {variation}"),
            Self::Trait(one) => write!(f, "provider {one}"),
            Self::Provider { seed } => write!(f, "provider by seed {seed}"),
        }
    }
}

/// What the suite says of one client and provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<H> {
    /// What is unusual about them.
    pub deviation: H,
    /// The scenarios that do not pass, and what they say instead.
    pub cells: BTreeMap<ScenarioId, Verdict>,
    /// The set-up check at which a run without `--defect` ends, so that its user sees no scenario.
    pub stopped: Option<CheckName>,
}

/// The rows could not be computed.
#[derive(Debug)]
pub struct MatrixError(String);

impl fmt::Display for MatrixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to run the suite on itself: {}", self.0)
    }
}

impl std::error::Error for MatrixError {}

/// Whether a verdict shows that the scenario has found the defect. That a client cannot log in at all is seen, too, but
/// does not show what a scenario is good for.
#[must_use]
pub fn finds(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Warn | Verdict::Crashed | Verdict::Conflict)
}

impl Matrix {
    /// Runs every scenario on each of these defects. `ended` is told of each defect that is done.
    ///
    /// # Errors
    ///
    /// If no port can be had, or a client cannot be started.
    pub async fn compute(
        defects: &[Defect],
        scenarios: &[Arc<Scenario>],
        profile: Profile,
        jobs: usize,
        ended: impl FnMut(Defect),
    ) -> Result<Self, MatrixError> {
        // Plain: the cells are exact, and a provider's variation that a defect does not tolerate would blur them.
        let sides = |defect| (InProcessLauncher::new(&[defect]), ProviderVariation::NONE);
        let rows = rows(defects, sides, scenarios, (profile, jobs), ended).await?;
        let mut ids: Vec<_> = scenarios.iter().map(|scenario| scenario.id.clone()).collect();
        ids.sort();
        Ok(Self { scenarios: ids, rows })
    }

    /// The scenarios that no defect fails.
    #[must_use]
    pub fn never_failing(&self) -> Vec<&ScenarioId> {
        let fails = |id: &&ScenarioId| self.rows.iter().any(|row| row.cells.get(*id).copied().is_some_and(finds));
        self.scenarios.iter().filter(|id| !fails(id)).collect()
    }

    /// The defects that no scenario fails, and that do not keep honest logins from coming about either.
    #[must_use]
    pub fn unfound(&self) -> Vec<Defect> {
        let is_found = |row: &&Row<Defect>| row.stopped.is_some() || row.cells.values().copied().any(finds);
        self.rows.iter().filter(|row| !is_found(row)).map(|row| row.deviation).collect()
    }

    /// How many cells show that a scenario has found a defect.
    #[must_use]
    pub fn found(&self) -> usize {
        self.rows.iter().flat_map(|row| row.cells.values()).filter(|verdict| finds(**verdict)).count()
    }
}

impl Tolerance {
    /// Runs every scenario on each of these variations. `ended` is told of each variation that is done.
    ///
    /// # Errors
    ///
    /// If no port can be had, or a client cannot be started.
    pub async fn compute(
        variations: &[Variation],
        scenarios: &[Arc<Scenario>],
        profile: Profile,
        jobs: usize,
        ended: impl FnMut(Variation),
    ) -> Result<Self, MatrixError> {
        let sides = |variation| match variation {
            Variation::Client(variation) => (InProcessLauncher::varied(&[variation]), ProviderVariation::NONE),
            Variation::Trait(one) => (InProcessLauncher::new(&[]), ProviderVariation::only(one)),
            Variation::Provider { seed } => (InProcessLauncher::new(&[]), ProviderVariation::seeded(seed)),
        };
        let rows = rows(variations, sides, scenarios, (profile, jobs), ended).await?;
        Ok(Self { rows })
    }

    /// The variations with which no honest login comes about.
    #[must_use]
    pub fn stopped(&self) -> Vec<Variation> {
        self.rows.iter().filter(|row| row.stopped.is_some()).map(|row| row.deviation).collect()
    }

    /// Whatever is neither passed nor inapplicable: the variations are lawful, so the scenario is wrong.
    #[must_use]
    pub fn false_alarms(&self) -> Vec<(Variation, &ScenarioId, Verdict)> {
        let alarm = |verdict: Verdict| !matches!(verdict, Verdict::Pass | Verdict::Inapplicable);
        let cells =
            self.rows.iter().flat_map(|row| row.cells.iter().map(|(id, verdict)| (row.deviation, id, *verdict)));
        cells.filter(|(_, _, verdict)| alarm(*verdict)).collect()
    }
}

/// Several labs at once, and the rows in order.
async fn rows<H: Copy + Send + 'static>(
    deviations: &[H],
    sides: impl Fn(H) -> (InProcessLauncher, ProviderVariation),
    scenarios: &[Arc<Scenario>],
    (profile, jobs): (Profile, usize),
    mut ended: impl FnMut(H),
) -> Result<Vec<Row<H>>, MatrixError> {
    let computations = deviations.iter().map(|deviation| {
        let (deviation, (launcher, provider), scenarios) = (*deviation, sides(*deviation), scenarios.to_vec());
        // A separate task: a lab drives its clients from one, and there are more cores than that.
        tokio::spawn(async move {
            let lab = Lab::open(Box::new(launcher), profile, jobs, provider).await;
            let lab = lab.map_err(|error| MatrixError(error.to_string()))?.with_manners(manners);
            Row::compute(deviation, lab, scenarios).await
        })
    });
    let mut computed = stream::iter(computations).buffered(LABS);
    let mut rows = Vec::new();
    while let Some(row) = computed.next().await {
        let row = row.map_err(|error| MatrixError(error.to_string()))??;
        ended(row.deviation);
        rows.push(row);
    }
    Ok(rows)
}

impl<H> Row<H> {
    /// The set-up checks come first, as in every other run. Where they stop, the scenarios are judged nevertheless, as
    /// `verify --defect` does: the row says both.
    async fn compute(deviation: H, lab: Lab, scenarios: Vec<Arc<Scenario>>) -> Result<Self, MatrixError> {
        let checks = lab.check_setup().await;
        let stopped = checks.iter().find(|check| check.broken().is_some()).map(|check| check.name);
        let runs = lab.run(scenarios, &Unobserved).await;
        let unjudged = runs.runs.iter().find(|run| is_no_finding(run.judgement.reason));
        if let (Some(run), None) = (unjudged, stopped) {
            return Err(MatrixError(format!("{}: {}", run.scenario.id, run.judgement.message)));
        }
        let cells = runs.runs.iter().map(|run| (run.scenario.id.clone(), run.judgement.verdict));
        let cells = cells.filter(|(_, verdict)| *verdict != Verdict::Pass).collect();
        Ok(Self { deviation, cells, stopped })
    }
}

struct Unobserved;

impl Observer for Unobserved {
    fn ended(&self, _run: &Run) {}
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows.iter().try_for_each(|row| row.fmt(f))
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows.iter().try_for_each(|row| row.fmt(f))
    }
}

/// What the row is about, and a line per verdict: `fail: id-token/nonce-wrong`.
impl<H: fmt::Display> fmt::Display for Row<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.deviation)?;
        if let Some(stopped) = self.stopped {
            writeln!(f, "  set-up: it is not so that {}", stopped.fact())?;
        }
        for verdict in Verdict::ALL {
            let ids = self.cells.iter().filter(|(_, found)| **found == verdict).map(|(id, _)| id.as_str());
            let ids: Vec<_> = ids.collect();
            if !ids.is_empty() {
                writeln!(f, "  {}: {}", verdict.name(), ids.join(" "))?;
            }
        }
        Ok(())
    }
}
