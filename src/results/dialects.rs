//! The table of a run in dialects: what works at which provider.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scenario::ScenarioResult;
use crate::suite::{Scenario, ScenarioId, Setting};
use crate::verdict::Verdict;

/// What works at one provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DialectResult {
    /// The dialect.
    pub dialect: String,
    /// The provider's name.
    pub provider: String,
    /// What was tried, in order.
    pub steps: Vec<DialectStep>,
}

/// One thing that was tried at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DialectStep {
    /// `login`, `claims`, `api`, `refresh`, `logout`, `error`.
    pub step: String,
    /// The scenario that tells.
    #[schemars(with = "String")]
    pub scenario: ScenarioId,
    /// What came of it.
    pub outcome: StepOutcome,
    /// Why, if it does not work or nothing can be said.
    pub why: String,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepOutcome {
    /// It works.
    Works,
    /// It does not.
    Fails,
    /// Nothing can be said: the client or the provider does not have it, or it was not run.
    Unknown,
}

impl StepOutcome {
    /// As one character.
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Self::Works => '✓',
            Self::Fails => '✗',
            Self::Unknown => '–',
        }
    }
}

impl DialectResult {
    /// One row for each dialect of these scenarios, in their order.
    #[must_use]
    pub fn all(scenarios: &[Arc<Scenario>], results: &[ScenarioResult]) -> Vec<Self> {
        let mut rows: Vec<Self> = Vec::new();
        for scenario in scenarios {
            let Setting::Dialect { dialect, of } = &scenario.setting else { continue };
            let Some(result) = results.iter().find(|result| result.id == scenario.id) else { continue };
            let outcome = match result.verdict {
                Verdict::Pass => StepOutcome::Works,
                // Where the honest session itself fails, another step says so.
                Verdict::NotExercised => StepOutcome::Unknown,
                _ if result.verdict.is_quiet() || !result.was_run() => StepOutcome::Unknown,
                _ => StepOutcome::Fails,
            };
            let why = if outcome == StepOutcome::Works { String::new() } else { result.message.clone() };
            let step = DialectStep { step: of.fact().to_owned(), scenario: scenario.id.clone(), outcome, why };
            match rows.iter_mut().find(|row| row.dialect == dialect.name()) {
                Some(row) => row.steps.push(step),
                None => rows.push(Self {
                    dialect: dialect.name().to_owned(),
                    provider: dialect.title().to_owned(),
                    steps: vec![step],
                }),
            }
        }
        rows
    }

    /// The steps of any row, each once, in order: the columns of the table.
    #[must_use]
    pub fn columns(rows: &[Self]) -> Vec<&str> {
        let mut columns = Vec::new();
        for step in rows.iter().flat_map(|row| &row.steps) {
            if !columns.contains(&step.step.as_str()) {
                columns.push(step.step.as_str());
            }
        }
        columns
    }

    /// What came of a step.
    #[must_use]
    pub fn outcome(&self, column: &str) -> StepOutcome {
        self.steps.iter().find(|step| step.step == column).map_or(StepOutcome::Unknown, |step| step.outcome)
    }

    /// What does not work, and why.
    pub fn failures(&self) -> impl Iterator<Item = &DialectStep> {
        self.steps.iter().filter(|step| step.outcome == StepOutcome::Fails)
    }
}
