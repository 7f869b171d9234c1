//! Under which cause a finding is told: its own duty, or what another finding of the run explains it by.

use std::collections::BTreeSet;

use super::scenario::ScenarioResult;
use crate::evidence::{Attempt, Evidence, Outcome};
use crate::lab::Run;
use crate::plan::{Action, Message};
use crate::suite::{duty_of, explaining, mistake_of};
use crate::verdict::{presents_code_twice, spoils_code};

/// The reasons of scenarios that have stopped before what they are about.
const STOPPED: [&str; 3] = ["control-failed", "not-reached", "nothing-sent"];

/// A step that many scenarios need. Where it fails although nothing is altered, all of them say so, each in its own words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HonestStep {
    ApiCall,
    Refresh,
}

impl HonestStep {
    /// One that needs another comes after it.
    const ALL: [Self; 2] = [Self::ApiCall, Self::Refresh];

    /// The reason of the duties' file that stands for it.
    fn cause(self) -> &'static str {
        match self {
            Self::ApiCall => "honest-api-call",
            Self::Refresh => "honest-refresh",
        }
    }

    /// The scenario with an honest provider in which it comes right after the login.
    fn witness(self) -> &'static str {
        match self {
            Self::ApiCall => "api/bearer-header-form",
            Self::Refresh => "refresh/rotated-token-stored",
        }
    }

    fn is(self, action: &Action) -> bool {
        match self {
            Self::ApiCall => {
                matches!(action, Action::CallApi(_) | Action::CallApiAtOnce { .. } | Action::CallApiTogether(_))
            }
            Self::Refresh => matches!(action, Action::Refresh(_)),
        }
    }

    /// The honest run in which it fails, the first time that it is tried.
    fn failure(self, runs: &[Run]) -> Option<&Evidence> {
        let witness = runs.iter().find(|run| run.scenario.id.as_str() == self.witness());
        let evidence = witness.and_then(|run| run.evidence.as_ref())?;
        let first = evidence.attempts.iter().find(|attempt| self.is(&attempt.action))?;
        matches!(first.outcome, Outcome::Refused(_) | Outcome::ServerError(_)).then_some(evidence)
    }

    /// Whether it is what a scenario has failed at.
    fn explains(self, run: &Run) -> bool {
        match run.judgement.reason {
            "refused" => run.evidence.as_ref().is_some_and(|evidence| self.ends(evidence)),
            reason if STOPPED.contains(&reason) => run.scenario.plan.actions.iter().any(|it| self.is_needed_by(it)),
            _ => false,
        }
    }

    fn ends(self, evidence: &Evidence) -> bool {
        let failed = evidence.attempts.iter().find(|attempt| attempt.outcome != Outcome::Done);
        failed.is_some_and(|failed| {
            self.is(&failed.action) || self == Self::Refresh && refreshes_during(failed, evidence)
        })
    }

    /// A token that is no longer good has the client refresh on its own.
    fn is_needed_by(self, action: &Action) -> bool {
        let ends_token = matches!(action, Action::ExpireAccessToken | Action::PassTime(_) | Action::RevokeAccessTokens);
        self.is(action) || self == Self::Refresh && ends_token
    }
}

fn refreshes_during(attempt: &Attempt, evidence: &Evidence) -> bool {
    evidence.sent(Message::RefreshRequest).iter().any(|entry| attempt.when.holds(entry.arrived))
}

/// Puts what has failed at a step that fails in honest runs, too, under that step. `runs` are those of the results.
pub(super) fn by_honest_steps(runs: &[Run], scenarios: &mut [ScenarioResult]) {
    let mut told = BTreeSet::new();
    for step in HonestStep::ALL {
        let Some(failure) = step.failure(runs) else { continue };
        let cause = use_once().filter(|_| spoils_code(failure)).unwrap_or(step.cause());
        for run in runs.iter().filter(|run| step.explains(run)) {
            if told.insert(&run.scenario.id) {
                put(scenarios, run, cause);
            }
        }
    }
}

/// Tells the finding of a run, if there is one, under this cause.
fn put(scenarios: &mut [ScenarioResult], run: &Run, cause: &str) {
    let result = scenarios.iter_mut().find(|result| result.id == run.scenario.id);
    if let Some(own) = result.and_then(|result| result.cause.as_mut()) {
        cause.clone_into(own);
    }
}

/// The duty that is not met where a code is presented twice.
fn use_once() -> Option<&'static str> {
    mistake_of("code-presented-twice").map(|duty| duty.id.as_str())
}

/// An honest login, and a look at how its code is used.
const HONEST_LOGIN: &str = "token-request/single-use";

/// The reasons of scenarios in which something honest has failed.
const FAILED: [&str; 2] = ["refused", "not-logged-in"];

/// Puts what has failed because a code was presented twice under that. Of a client that does so after its first attempt has
/// failed, the repetition explains nothing.
pub(super) fn by_reused_code(runs: &[Run], scenarios: &mut [ScenarioResult]) {
    let Some(cause) = use_once() else { return };
    let mut honest = runs.iter().filter(|run| run.scenario.id.as_str() == HONEST_LOGIN);
    let always = honest.any(|run| run.evidence.as_ref().is_some_and(spoils_code));
    let is_reason = if always { presents_code_twice } else { spoils_code };
    let has_failed = |run: &&Run| FAILED.iter().chain(&STOPPED).any(|reason| *reason == run.judgement.reason);
    for run in runs.iter().filter(has_failed) {
        if run.evidence.as_ref().is_some_and(is_reason) {
            put(scenarios, run, cause);
        }
    }
}

/// Puts what follows from another finding under the duty of that one.
pub(super) fn by_consequence(scenarios: &mut [ScenarioResult]) {
    let causes: Vec<_> = scenarios.iter().map(|result| explained(result, scenarios, MOST_STEPS)).collect();
    let causes: Vec<_> = causes.into_iter().map(|duty| duty.map(str::to_owned)).collect();
    for (result, cause) in scenarios.iter_mut().zip(causes) {
        result.cause = cause.or(result.cause.take());
    }
}

/// Of so many findings at most, each explains the next one.
const MOST_STEPS: usize = 4;

/// The duty under which another finding puts this one; if that one follows from a third, the duty of the third.
fn explained(result: &ScenarioResult, all: &[ScenarioResult], steps: usize) -> Option<&'static str> {
    let (cause, own) = (result.cause.as_deref()?, duty_of(&result.id)?);
    // One that shows a mistake which any scenario can show follows from those alone that are said to lead to it.
    let is_of_duty = cause == own.id || STOPPED.contains(&cause);
    let is_mistake = mistake_of(&result.reason).is_some_and(|mistake| mistake.id == cause);
    if steps == 0 || !is_of_duty && !is_mistake {
        return None;
    }
    explaining(&result.id, &result.reason, !is_of_duty).find_map(|explanation| {
        let duty = &explanation.duty.id;
        let is_shown_by =
            |it: &&ScenarioResult| explanation.is_shown_by(&it.id, &it.reason) && it.cause.as_deref() == Some(duty);
        let shown = all.iter().find(is_shown_by)?;
        Some(explained(shown, all, steps - 1).unwrap_or(duty))
    })
}
