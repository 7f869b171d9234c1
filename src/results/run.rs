//! The results of a whole run.

use std::collections::BTreeMap;

use chrono::{SecondsFormat, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attribution;
use super::cause::Cause;
use super::dialects::DialectResult;
use super::expectations::Compared;
use super::scenario::{ScenarioResult, milliseconds};
use crate::driver::Launcher;
use crate::lab::{Runs, Stopped};
use crate::suite::{Edition, ScenarioId};
use crate::terms::{Capability, Checks, Profile};
use crate::verdict::Verdict;

/// The version of this form. It grows by new members; a change of meaning is a new number.
pub const SCHEMA_VERSION: u32 = 1;

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// The version of this form.
    pub schema: u32,
    /// Who wrote it.
    pub suite: Suite,
    /// Whom it is about.
    pub client: ClientInfo,
    /// What the client was measured by.
    pub profile: Profile,
    /// The edition: scenarios that were added after this month warn at most.
    pub edition: Edition,
    /// The order of the scenarios and the provider's lawful variations follow from it.
    pub seed: u64,
    /// When the results were summed up, in UTC, as RFC 3339 has it.
    #[serde(default)]
    pub date: String,
    /// Which revision of the client it was, if that is known.
    #[serde(default)]
    pub revision: Option<String>,
    /// The command that runs it again, with its seed, for a shell; `null` if the parts of a run were merged.
    #[serde(default)]
    pub command: Option<String>,
    /// Which part of a run this is; `null` for a whole one.
    pub shard: Option<ShardInfo>,
    /// Whether every selected scenario was run. An incomplete result proves nothing.
    pub complete: bool,
    /// Why the run ended before all scenarios had been run; `null` if it did not.
    #[serde(default)]
    pub stopped: Option<Stopped>,
    /// How many scenarios have which verdict.
    pub summary: Summary,
    /// The expectations that the run was held against; `null` if there are none.
    pub expectations: Option<Compared>,
    /// What the findings have in common, the worst first, expected or not.
    #[serde(default)]
    pub causes: Vec<Cause>,
    /// What works at which provider, of a run in dialects; else empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dialects: Vec<DialectResult>,
    /// Each selected scenario, by id.
    pub scenarios: Vec<ScenarioResult>,
}

/// The suite that was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// `quintain`
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The client that was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientInfo {
    /// Its name in the configuration.
    pub name: String,
    /// What it calls itself, with its version, if it can be asked.
    #[serde(default)]
    pub software: Option<String>,
    /// Where its configuration is; `null` if it has no file.
    #[serde(default)]
    pub configuration: Option<Place>,
    /// How it was operated: `command`, `in-process`, `stdio`, `web-app`.
    pub driver: String,
    /// What it can do, declared or evident.
    pub capabilities: Vec<Capability>,
    /// Whose code makes which check, as far as the client says so.
    #[serde(default)]
    pub checks: Checks,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The file, as it was named.
    pub file: String,
    /// The line; the first is 1.
    pub line: usize,
}

/// A part of a run, and the run that it is a part of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShardInfo {
    /// Which part; the first is 1.
    pub index: u32,
    /// How many there are.
    pub of: u32,
    /// The scenarios of all parts together, by id.
    #[schemars(with = "Vec<String>")]
    pub cases: Vec<ScenarioId>,
}

/// Counts, and how long it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// All scenarios.
    pub total: usize,
    /// By verdict; verdicts that did not occur are left out.
    pub verdicts: BTreeMap<String, usize>,
    /// How many scenarios end as an entry of the expectations says.
    pub expected: usize,
    /// How many of those that passed rest on a refusal by the shim alone: nobody else is protected by it.
    #[serde(default)]
    pub refused_by_shim: usize,
    /// From the first scenario's start to the last judgement, in milliseconds.
    pub duration_ms: u64,
}

impl Results {
    /// Sums up a run.
    #[must_use]
    pub fn new(launcher: &dyn Launcher, profile: Profile, edition: Edition, seed: u64, runs: &Runs) -> Self {
        let mut scenarios: Vec<_> = runs.runs.iter().map(|run| ScenarioResult::of(run, profile)).collect();
        scenarios.sort_by(|a, b| a.id.cmp(&b.id));
        attribution::by_honest_steps(&runs.runs, &mut scenarios);
        attribution::by_reused_code(&runs.runs, &mut scenarios);
        attribution::by_consequence(&mut scenarios);
        Self {
            schema: SCHEMA_VERSION,
            suite: Suite { name: "quintain".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
            client: ClientInfo {
                name: launcher.name().to_owned(),
                software: launcher.software().map(str::to_owned),
                configuration: None,
                driver: launcher.driver().to_owned(),
                capabilities: launcher.capabilities().iter().copied().collect(),
                checks: launcher.checks(),
            },
            profile,
            edition,
            seed,
            date: Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true),
            revision: None,
            command: None,
            shard: None,
            complete: runs.stopped.is_none(),
            stopped: runs.stopped,
            summary: Summary::of(&scenarios, milliseconds(runs.duration)),
            expectations: None,
            causes: Cause::all(&scenarios),
            dialects: Vec::new(),
            scenarios,
        }
    }

    /// The same run, of which one scenario alone is shown.
    #[must_use]
    pub fn of_one(&self, id: &ScenarioId) -> Self {
        let scenarios: Vec<_> = self.scenarios.iter().filter(|scenario| scenario.id == *id).cloned().collect();
        Self {
            summary: Summary::of(&scenarios, scenarios.iter().map(|scenario| scenario.duration_ms).sum()),
            expectations: None,
            causes: Cause::all(&scenarios),
            dialects: Vec::new(),
            scenarios,
            ..self.clone()
        }
    }

    /// How many scenarios have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.summary.verdicts.get(verdict.name()).copied().unwrap_or(0)
    }
}

impl Summary {
    /// Counts.
    #[must_use]
    pub fn of(scenarios: &[ScenarioResult], duration_ms: u64) -> Self {
        let mut verdicts = BTreeMap::new();
        for scenario in scenarios {
            *verdicts.entry(scenario.verdict.name().to_owned()).or_insert(0) += 1;
        }
        let expected = scenarios.iter().filter(|scenario| scenario.expected.is_some()).count();
        let refused_by_shim = scenarios.iter().filter(|scenario| scenario.rests_on_shim()).count();
        Self { total: scenarios.len(), verdicts, expected, refused_by_shim, duration_ms }
    }
}
