//! Under which cause a finding is told: its own duty, or what another finding of the run explains it by.

use super::scenario::ScenarioResult;
use crate::evidence::{Attempt, Evidence, Outcome};
use crate::lab::Run;
use crate::plan::{Action, Message};
use crate::suite::{ScenarioId, duty_of, explaining};

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

    /// Whether it fails in an honest run, the first time that it is tried.
    fn fails(self, runs: &[Run]) -> bool {
        let witness = runs.iter().find(|run| run.scenario.id.as_str() == self.witness());
        let attempts = witness.and_then(|run| run.evidence.as_ref()).map(|evidence| &evidence.attempts);
        let first = attempts.and_then(|all| all.iter().find(|attempt| self.is(&attempt.action)));
        first.is_some_and(|first| matches!(first.outcome, Outcome::Refused(_) | Outcome::ServerError(_)))
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
    for step in HonestStep::ALL.into_iter().filter(|step| step.fails(runs)) {
        for run in runs.iter().filter(|run| step.explains(run)) {
            let result = scenarios.iter_mut().find(|result| result.id == run.scenario.id);
            if let Some(cause) = result.and_then(|result| result.cause.as_mut())
                && HonestStep::ALL.iter().all(|known| cause != known.cause())
            {
                step.cause().clone_into(cause);
            }
        }
    }
}

/// Puts what follows from another finding under the duty of that one.
pub(super) fn by_consequence(scenarios: &mut [ScenarioResult]) {
    let is_of = |result: &ScenarioResult, duty: &str| result.cause.as_deref() == Some(duty);
    let explained = |result: &ScenarioResult| {
        let (cause, own) = (result.cause.as_deref()?, duty_of(&result.id)?);
        if cause != own.id && !STOPPED.contains(&cause) {
            return None;
        }
        let shows = |when: &ScenarioId, duty: &str| scenarios.iter().any(|it| it.id == *when && is_of(it, duty));
        explaining(&result.id).find(|(when, duty)| shows(when, &duty.id))
    };
    let causes: Vec<_> = scenarios.iter().map(|result| Some(explained(result)?.1.id.clone())).collect();
    for (result, cause) in scenarios.iter_mut().zip(causes) {
        result.cause = cause.or(result.cause.take());
    }
}
