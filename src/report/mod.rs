//! Results: what a run found, for people and for machines.
//!
//! [`Results`] is the published form (`docs/results.schema.json`); every writer starts from it.

mod cause;
pub mod compare;
pub mod console;
mod defence;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
mod merge;
pub mod sarif;
mod seen;
mod write;

use std::collections::BTreeMap;

use chrono::{SecondsFormat, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::cause::Cause;
use self::cause::cause_of;
pub use self::merge::{MergeError, Named, merge};
pub use self::seen::{
    ActionSummary, EvidenceSummary, ExchangeSummary, FaultSummary, HopSummary, Party, SessionSummary,
};
pub(crate) use self::write::check_writable;
pub use self::write::{WriteError, write_atomically};
use crate::driver::Launcher;
use crate::driver::text::cut;
use crate::evidence::{Evidence, Outcome};
use crate::exit_code::Exit;
use crate::expected::{Compared, Expected};
pub use crate::lab::Stopped;
use crate::lab::{Run, Runs};
use crate::suite::{Clause, Edition, Kind, Level, ScenarioId, Story};
use crate::terms::{Checks, Owner, Phase, Profile, Refusal};
use crate::verdict::{Judgement, NOT_RUN, Verdict};

/// The version of this form. It grows by new members; a change of meaning is a new number.
pub const SCHEMA_VERSION: u32 = 1;

/// What the suite says of its scenarios, for reports that explain.
pub type Stories = BTreeMap<ScenarioId, Story>;

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
    /// The month in which the yardstick was frozen: scenarios that came later warn at most.
    pub edition: Edition,
    /// The order of the scenarios and the provider's lawful variations follow from it.
    pub seed: u64,
    /// When the results were summed up, in UTC, as RFC 3339 has it.
    #[serde(default)]
    pub date: String,
    /// Which revision of the client it was, if that is known.
    #[serde(default)]
    pub revision: Option<String>,
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
    pub capabilities: Vec<crate::terms::Capability>,
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

/// One scenario's result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioResult {
    /// The permanent id.
    #[schemars(with = "String")]
    pub id: ScenarioId,
    /// The part of the id before the slash.
    pub area: String,
    /// The fact in words.
    pub title: String,
    /// The form of proof.
    pub kind: Kind,
    /// The defence that it probes alone, if it does: `state`, `nonce`, `pkce`, `iss`.
    #[serde(default)]
    pub defence: Option<String>,
    /// The level under the profile.
    pub level: Level,
    /// The clauses that it rests on.
    pub clauses: Vec<Clause>,
    /// The verdict.
    pub verdict: Verdict,
    /// A stable name of the reason; empty for a pass.
    pub reason: String,
    /// The reason in words.
    pub message: String,
    /// Which of the causes it is a sign of; `null` if there is nothing to mend.
    #[serde(default)]
    pub cause: Option<String>,
    /// What it was on a client that other scenarios had used, if it was red there and was therefore played again, alone, on a
    /// fresh one; all else is of the second time.
    #[serde(default)]
    pub on_shared_client: Option<EarlierEnd>,
    /// What it was at first, if the client did not fetch the provider's new keys and it was therefore played again,
    /// with a pause after the keys were replaced; all else is of the second time.
    #[serde(default)]
    pub before_pause: Option<EarlierEnd>,
    /// The entry of the expectations that says so; `null` if there is none, or it does not hold.
    pub expected: Option<Expected>,
    /// Where the client says that it refused.
    pub phase: Option<Phase>,
    /// Whose code refused, if the driver can tell.
    #[serde(default)]
    pub refused_by: Option<Owner>,
    /// How long it took, controls included, in milliseconds.
    pub duration_ms: u64,
    /// What was seen; empty for a scenario that did not run.
    pub evidence: EvidenceSummary,
}

/// What a scenario was at first that was played twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EarlierEnd {
    /// The verdict.
    pub verdict: Verdict,
    /// A stable name of the reason.
    pub reason: String,
    /// The reason in words.
    pub message: String,
}

impl Results {
    /// Sums up a run.
    #[must_use]
    pub fn new(launcher: &dyn Launcher, profile: Profile, edition: Edition, seed: u64, runs: &Runs) -> Self {
        let mut scenarios: Vec<_> = runs.runs.iter().map(|run| ScenarioResult::of(run, profile)).collect();
        scenarios.sort_by(|a, b| a.id.cmp(&b.id));
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
            shard: None,
            complete: runs.stopped.is_none(),
            stopped: runs.stopped,
            summary: Summary::of(&scenarios, milliseconds(runs.duration)),
            expectations: None,
            causes: Cause::all(&scenarios),
            scenarios,
        }
    }

    /// How many scenarios have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.summary.verdicts.get(verdict.name()).copied().unwrap_or(0)
    }
}

impl ScenarioResult {
    /// Sums up a scenario that was run, as the profile has it.
    #[must_use]
    pub fn of(run: &Run, profile: Profile) -> Self {
        let scenario = &run.scenario;
        let mut result = Self {
            id: scenario.id.clone(),
            area: scenario.id.area().to_owned(),
            title: scenario.title.clone(),
            kind: scenario.kind,
            defence: scenario.defence.clone(),
            level: scenario.level_in(profile),
            clauses: scenario.clauses.clone(),
            verdict: run.judgement.verdict,
            reason: run.judgement.reason.to_owned(),
            message: shown(run, &run.judgement),
            cause: cause_of(&scenario.id, run.judgement.verdict, run.judgement.reason),
            on_shared_client: run.on_shared_client.as_ref().map(|judgement| earlier(run, judgement)),
            before_pause: run.before_pause.as_ref().map(|judgement| earlier(run, judgement)),
            expected: None,
            phase: run.evidence.as_ref().and_then(refusal).and_then(|refusal| refusal.phase),
            refused_by: run.evidence.as_ref().and_then(refusal).and_then(|refusal| refusal.by),
            duration_ms: run.evidence.as_ref().map_or(0, |evidence| milliseconds(evidence.duration)),
            evidence: run
                .evidence
                .as_ref()
                .map_or_else(EvidenceSummary::default, |evidence| seen::summary(scenario, evidence)),
        };
        result.message = cut(&result.message).into_owned();
        result.evidence.cut();
        result
    }

    /// Whether it turns the run red.
    #[must_use]
    pub fn is_red(&self) -> bool {
        self.verdict.is_red() && self.expected.is_none()
    }

    /// Whether it says something about the client, good or bad.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        use Verdict::{Conflict, Crashed, Fail, Pass, Unstable, Warn};
        matches!(self.verdict, Pass | Warn | Fail | Crashed | Conflict | Unstable)
    }

    /// Whether it was run.
    #[must_use]
    pub fn was_run(&self) -> bool {
        self.reason != NOT_RUN
    }

    /// Whether it passed because the shim refused, which is written for this harness only.
    #[must_use]
    pub fn rests_on_shim(&self) -> bool {
        let rests_on_refusal = matches!(self.kind, Kind::Refuse | Kind::Mechanism);
        self.verdict == Verdict::Pass && rests_on_refusal && self.refused_by == Some(Owner::Shim)
    }
}

/// How a run ended, in a few words.
fn headline(results: &Results) -> String {
    match Exit::of(results) {
        Exit::Clean if results.summary.expected > 0 => "Nothing that was not expected".to_owned(),
        Exit::Clean => "Nothing found".to_owned(),
        Exit::StaleExpectation => "The expectations no longer hold".to_owned(),
        Exit::InconclusiveOnly => "The client did not answer in time".to_owned(),
        Exit::DriverBroken => "The client could not be operated".to_owned(),
        _ => {
            let red = results.scenarios.iter().filter(|scenario| scenario.is_red()).count();
            format!("{red} of {} scenarios found something", results.summary.total)
        }
    }
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn earlier(run: &Run, judgement: &Judgement) -> EarlierEnd {
    EarlierEnd { verdict: judgement.verdict, reason: judgement.reason.to_owned(), message: shown(run, judgement) }
}

/// The message without secrets, and without what a terminal would act upon: a part of it may come from the client.
fn shown(run: &Run, judgement: &Judgement) -> String {
    let message = &judgement.message;
    let message = run.evidence.as_ref().map_or_else(|| message.clone(), |evidence| seen::redact(message, evidence));
    console_text(&message)
}

fn console_text(text: &str) -> String {
    ::console::strip_ansi_codes(text).chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

/// The first one: what follows a refusal is often refused because of it.
fn refusal(evidence: &Evidence) -> Option<&Refusal> {
    evidence.attempts.iter().find_map(|attempt| match &attempt.outcome {
        Outcome::Refused(refusal) => Some(refusal),
        _ => None,
    })
}
