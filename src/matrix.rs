//! The kill matrix: every scenario on every defect of the reference client.
//!
//! A scenario that no defect fails cannot fail, and proves nothing. A defect that no scenario fails is a hole in the
//! suite. Both are findings about Quintain itself.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use client_under_test::Defect;
use futures::{StreamExt as _, stream};
use mock_idp::Variation;

use crate::driver::in_process::InProcessLauncher;
use crate::lab::{Lab, Observer, Run};
use crate::suite::{Profile, Scenario, ScenarioId};
use crate::verdict::Verdict;

/// Labs side by side.
const LABS: usize = 4;

/// What the suite says of each defect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Every scenario that was run.
    pub scenarios: Vec<ScenarioId>,
    /// One row per defect, in the order of their names.
    pub rows: Vec<Row>,
}

/// What the suite says of one defect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The defect.
    pub defect: Defect,
    /// The scenarios that do not pass, and what they say instead.
    pub cells: BTreeMap<ScenarioId, Verdict>,
}

/// A matrix could not be computed.
#[derive(Debug)]
pub struct MatrixError(String);

impl fmt::Display for MatrixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to compute the kill matrix: {}", self.0)
    }
}

impl std::error::Error for MatrixError {}

/// Whether a verdict shows that the scenario has found the defect. That a client cannot log in at all is seen, too, but
/// does not show what a scenario is good for.
#[must_use]
pub fn kills(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Warn | Verdict::Crashed | Verdict::Conflict)
}

impl Matrix {
    /// Runs every scenario on every defect. `ended` is told of each defect that is done.
    ///
    /// # Errors
    ///
    /// If no port can be had, or a client cannot be started.
    pub async fn compute(
        scenarios: &[Arc<Scenario>],
        profile: Profile,
        jobs: usize,
        mut ended: impl FnMut(Defect),
    ) -> Result<Self, MatrixError> {
        let computations = Defect::ALL.iter().copied().map(|defect| {
            let scenarios = scenarios.to_vec();
            // A task of its own: a lab drives its clients from one, and there are more cores than that.
            tokio::spawn(async move { Row::compute(defect, scenarios, profile, jobs).await })
        });
        let mut computed = stream::iter(computations).buffered(LABS);
        let mut rows = Vec::new();
        while let Some(row) = computed.next().await {
            let row = row.map_err(|error| MatrixError(error.to_string()))??;
            ended(row.defect);
            rows.push(row);
        }
        let mut ids: Vec<_> = scenarios.iter().map(|scenario| scenario.id.clone()).collect();
        ids.sort();
        Ok(Self { scenarios: ids, rows })
    }

    /// The scenarios that no defect fails.
    #[must_use]
    pub fn unkilled(&self) -> Vec<&ScenarioId> {
        let is_killed = |id: &&ScenarioId| self.rows.iter().any(|row| row.cells.get(*id).copied().is_some_and(kills));
        self.scenarios.iter().filter(|id| !is_killed(id)).collect()
    }

    /// The defects that no scenario fails.
    #[must_use]
    pub fn uncaught(&self) -> Vec<Defect> {
        let is_caught = |row: &&Row| row.cells.values().copied().any(kills);
        self.rows.iter().filter(|row| !is_caught(row)).map(|row| row.defect).collect()
    }
}

impl Row {
    async fn compute(
        defect: Defect,
        scenarios: Vec<Arc<Scenario>>,
        profile: Profile,
        jobs: usize,
    ) -> Result<Self, MatrixError> {
        let launcher = Box::new(InProcessLauncher::new(&[defect]));
        // Plain: the cells are exact, and a variation that a defect cannot bear would blur them.
        let lab = Lab::open(launcher, profile, jobs, Variation::NONE)
            .await
            .map_err(|error| MatrixError(error.to_string()))?;
        let runs = lab.run(scenarios, &Unobserved).await.map_err(|error| MatrixError(error.to_string()))?;
        let cells = runs.runs.iter().map(|run| (run.scenario.id.clone(), run.judgement.verdict));
        Ok(Self { defect, cells: cells.filter(|(_, verdict)| *verdict != Verdict::Pass).collect() })
    }
}

struct Unobserved;

impl Observer for Unobserved {
    fn ended(&self, _run: &Run) {}
}

/// A row per defect, a line per verdict: `fail: id-token/nonce-wrong`.
impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            writeln!(f, "{}", row.defect)?;
            for verdict in Verdict::ALL {
                let ids = row.cells.iter().filter(|(_, found)| **found == verdict).map(|(id, _)| id.as_str());
                let ids: Vec<_> = ids.collect();
                if !ids.is_empty() {
                    writeln!(f, "  {}: {}", verdict.name(), ids.join(" "))?;
                }
            }
        }
        Ok(())
    }
}
