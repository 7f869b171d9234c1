//! Results: what a run found, for people and for machines.
//!
//! [`Results`] is the published form (`docs/results.schema.json`); every writer starts from it.

pub mod compare;
pub mod console;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
mod merge;
pub mod sarif;
mod write;

use std::collections::BTreeMap;
use std::fmt;

use mock_idp::Entry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::merge::{MergeError, Named, merge};
pub(crate) use self::write::check_writable;
pub use self::write::{WriteError, write_atomically};
use crate::driver::{Checks, Launcher, Owner};
use crate::evidence::{ArmedFault, Evidence, Hop, Outcome, Phase, Refusal};
use crate::exit_code::Exit;
use crate::expected::{Compared, Expected};
use crate::lab::{Run, Runs};
use crate::suite::{Clause, Edition, Kind, Level, Profile, ScenarioId, Story};
use crate::verdict::Verdict;

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
    /// Which part of a run this is; `null` for a whole one.
    pub shard: Option<ShardInfo>,
    /// Whether every selected scenario has a result. An incomplete result proves nothing.
    pub complete: bool,
    /// How many scenarios have which verdict.
    pub summary: Summary,
    /// The expectations that the run was held against; `null` if there are none.
    pub expectations: Option<Compared>,
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
    /// How it was operated: `command`, `in-process`, `stdio`, `web-app`.
    pub driver: String,
    /// What it can do, declared or evident.
    pub capabilities: Vec<crate::driver::Capability>,
    /// Whose code makes which check, as far as the client says so.
    #[serde(default)]
    pub checks: Checks,
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

/// What was seen, secrets redacted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceSummary {
    /// The scenario's steps as written.
    pub steps: Vec<String>,
    /// The faults that were armed, and how often each changed a message.
    pub faults: Vec<FaultSummary>,
    /// What the provider and the API saw, in order.
    pub provider: Vec<ExchangeSummary>,
    /// What the user agent and the client exchanged, in order.
    pub browser: Vec<Hop>,
    /// The end of what the client printed.
    pub output: String,
}

/// A fault and how often it struck.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultSummary {
    /// What it changes.
    pub name: String,
    /// How many messages it changed.
    pub fired: u64,
}

/// One exchange at the provider, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExchangeSummary {
    /// Its number in the journal; messages refer to it.
    pub seq: u64,
    /// Method and endpoint.
    pub request: String,
    /// The names of its parameters; values only where they are no secret.
    pub parameters: Vec<String>,
    /// The status; nothing if no answer was given.
    pub status: Option<u16>,
    /// Whether a fault changed the answer.
    pub poisoned: bool,
}

/// `POST token [grant_type=authorization_code code] → 200 (poisoned)`
impl fmt::Display for ExchangeSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.request)?;
        if !self.parameters.is_empty() {
            write!(f, " [{}]", self.parameters.join(" "))?;
        }
        match self.status {
            Some(status) => write!(f, " → {status}")?,
            None => f.write_str(" → no answer")?,
        }
        f.write_str(if self.poisoned { " (poisoned)" } else { "" })
    }
}

impl Results {
    /// Sums up a run.
    #[must_use]
    pub fn new(launcher: &dyn Launcher, profile: Profile, edition: Edition, seed: u64, runs: &Runs) -> Self {
        let mut scenarios: Vec<_> = runs.runs.iter().map(|run| result(run, profile)).collect();
        scenarios.sort_by(|a, b| a.id.cmp(&b.id));
        Self {
            schema: SCHEMA_VERSION,
            suite: Suite { name: "quintain".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
            client: ClientInfo {
                name: launcher.name().to_owned(),
                software: launcher.software().map(str::to_owned),
                driver: launcher.driver().to_owned(),
                capabilities: launcher.capabilities().iter().copied().collect(),
                checks: launcher.checks(),
            },
            profile,
            edition,
            seed,
            shard: None,
            complete: true,
            summary: Summary::of(&scenarios, milliseconds(runs.duration)),
            expectations: None,
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
    /// Whether it turns the run red.
    #[must_use]
    pub fn is_red(&self) -> bool {
        self.verdict.is_red() && self.expected.is_none()
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

fn result(run: &Run, profile: Profile) -> ScenarioResult {
    let scenario = &run.scenario;
    ScenarioResult {
        id: scenario.id.clone(),
        area: scenario.id.area().to_owned(),
        title: scenario.title.clone(),
        kind: scenario.kind,
        level: scenario.level_in(profile),
        clauses: scenario.clauses.clone(),
        verdict: run.judgement.verdict,
        reason: run.judgement.reason.to_owned(),
        message: shown(run),
        expected: None,
        phase: run.evidence.as_ref().and_then(refusal).and_then(|refusal| refusal.phase),
        refused_by: run.evidence.as_ref().and_then(refusal).and_then(|refusal| refusal.by),
        duration_ms: run.evidence.as_ref().map_or(0, |evidence| milliseconds(evidence.duration)),
        evidence: run
            .evidence
            .as_ref()
            .map_or_else(EvidenceSummary::default, |evidence| summary(&scenario.steps, evidence)),
    }
}

/// The message without secrets, and without what a terminal would act upon: a part of it may come from the client.
fn shown(run: &Run) -> String {
    let message = &run.judgement.message;
    let message = run.evidence.as_ref().map_or_else(|| message.clone(), |evidence| redact(message, evidence));
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

fn summary(steps: &[String], evidence: &Evidence) -> EvidenceSummary {
    let fault = |fault: &ArmedFault| FaultSummary { name: fault.name.clone(), fired: evidence.times_fired(fault) };
    EvidenceSummary {
        steps: steps.to_vec(),
        faults: evidence.faults.iter().map(fault).collect(),
        provider: exchanges(evidence),
        browser: evidence.hops.clone(),
        output: redact(&evidence.output, evidence),
    }
}

/// Parameters whose values say something and give nothing away.
const PUBLIC: [&str; 12] = [
    "grant_type",
    "response_type",
    "response_mode",
    "scope",
    "audience",
    "client_id",
    "redirect_uri",
    "code_challenge_method",
    "prompt",
    "error",
    "token_type_hint",
    "max_age",
];

/// What the provider saw, then what the second one saw, then the stranger; each in order.
fn exchanges(evidence: &Evidence) -> Vec<ExchangeSummary> {
    let first = evidence.exchanges().into_iter().map(|entry| exchange(&entry, ""));
    let second = evidence.second.iter().flat_map(|second| evidence.exchanges_at(&second.issuer));
    let second = second.map(|entry| exchange(&entry, " of the second provider"));
    let stranger = evidence.exchanges_at(&evidence.stranger).into_iter();
    let stranger = stranger.map(|entry| exchange(&entry, " of the stranger"));
    first.chain(second).chain(stranger).collect()
}

fn exchange(entry: &Entry, whose: &str) -> ExchangeSummary {
    let shown = |(name, value): &(String, String)| {
        if PUBLIC.contains(&name.as_str()) { format!("{name}={value}") } else { name.clone() }
    };
    let authorization = entry.request.header("authorization").and_then(|value| value.split(' ').next());
    let header = authorization.map(|scheme| format!("(Authorization: {scheme})"));
    ExchangeSummary {
        seq: entry.seq,
        request: format!("{} {}{whose}", entry.request.method, entry.endpoint),
        parameters: entry.request.params.iter().map(shown).chain(header).collect(),
        status: entry.response.as_ref().map(|response| response.status),
        poisoned: !entry.faults.is_empty(),
    }
}

/// Takes every credential of the journals, and the client's secret, out of a text.
fn redact(text: &str, evidence: &Evidence) -> String {
    let secret = evidence.registration.client_secret.clone();
    let credentials = evidence.providers().flat_map(|issuer| issuer.journal().credentials());
    credentials.map(|credential| credential.value).chain([secret]).filter(|value| value.len() >= 8).fold(
        text.to_owned(),
        |text, value| {
            if text.contains(&value) { text.replace(&value, "[redacted]") } else { text }
        },
    )
}
