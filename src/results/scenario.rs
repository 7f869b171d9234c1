//! The result of one scenario.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::expectations::Expected;
use super::seen::{self, EvidenceSummary};
use crate::evidence::{Evidence, Outcome};
use crate::lab::Run;
use crate::suite::{Clause, Kind, Level, ScenarioId, duty_of, mistake_of};
use crate::terms::{Owner, Phase, Profile, Refusal};
use crate::text::cut;
use crate::verdict::{Judgement, NOT_RUN, Verdict};

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
    /// Which of the causes it is a sign of; `null` if there is nothing to fix.
    #[serde(default)]
    pub cause: Option<String>,
    /// What it was on a client that other scenarios had used, if it was red there and was therefore played again, alone, on a
    /// fresh one; all else is of the second time.
    #[serde(default)]
    pub on_shared_client: Option<EarlierEnd>,
    /// What it was at first, if it was played again with a pause, because the client may ask the provider only so often; all
    /// else is of the second time.
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

impl ScenarioResult {
    /// Where it was played again: why, and how it had ended before.
    pub(crate) fn first_time(&self) -> impl Iterator<Item = (&'static str, &EarlierEnd)> {
        let shared = self.on_shared_client.iter().map(|end| ("On a client that other scenarios had used", end));
        let pause = self.before_pause.iter().map(|end| ("At first, without a pause", end));
        shared.chain(pause)
    }

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

    /// The scenario in which what was found can be seen: of what has to hold in every run, another one, which the message
    /// names first.
    #[must_use]
    pub fn shown_by(&self) -> &str {
        let other = self.message.strip_prefix("in ").and_then(|rest| rest.split_once(" the client "));
        let is_id = |id: &&str| id.contains('/') && !id.contains(' ');
        other.map(|(id, _)| id).filter(is_id).unwrap_or(self.id.as_str())
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
        let rests_on_refusal = self.kind.asks_for_refusal();
        self.verdict == Verdict::Pass && rests_on_refusal && self.refused_by == Some(Owner::Shim)
    }
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

/// The name of what a result is a sign of; none if there is nothing to mend.
fn cause_of(id: &ScenarioId, verdict: Verdict, reason: &str) -> Option<String> {
    if verdict.is_quiet() {
        return None;
    }
    let known = mistake_of(reason).or_else(|| duty_of(id));
    Some(known.map_or_else(|| id.to_string(), |known| known.id.clone()))
}

pub(super) fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
