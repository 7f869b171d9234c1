//! How a run ends before all of its scenarios have: who stopped it, and what is said of the scenarios that were not run.

use std::fmt;

use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Run;
use crate::evidence::Control;
use crate::suite::Scenario;
use crate::verdict::{Judgement, NOT_STARTED, TIMED_OUT, Verdict, not_run};

/// Why a run ended before all of its scenarios had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stopped {
    /// By SIGINT, SIGTERM, SIGHUP or SIGQUIT.
    Interrupted,
    /// The time that it was given (`--timeout`) was over.
    TimeIsUp,
    /// The set-up checks showed that nothing could be judged.
    SetUpBroken,
    /// A scenario was red, and the run was to end at that (`--fail-fast`).
    FailFast,
    /// Honest logins timed out again and again.
    ClientHangs,
    /// The client could not be started again and again.
    ClientDoesNotStart,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupted => "the run was interrupted",
            Self::TimeIsUp => "the time of the run (--timeout) was over",
            Self::SetUpBroken => "the set-up is broken",
            Self::FailFast => "a scenario was red (--fail-fast)",
            Self::ClientHangs => "honest logins timed out again and again, so the run stopped asking",
            Self::ClientDoesNotStart => "the client could not be started again and again, so the run stopped trying",
        })
    }
}

impl Stopped {
    /// What is said of a scenario that did not run.
    pub(super) fn judgement(self) -> Judgement {
        let verdict = match self {
            Self::TimeIsUp | Self::ClientHangs => Verdict::Inconclusive,
            Self::Interrupted | Self::SetUpBroken | Self::FailFast | Self::ClientDoesNotStart => Verdict::NotExercised,
        };
        not_run(verdict, self)
    }
}

/// After so many failures of one kind, and no success between them, the next one is known beforehand.
const ENOUGH: usize = 4;

/// How long a run goes on asking a client that hangs or does not start.
#[derive(Default)]
pub(super) struct Patience(Mutex<State>);

#[derive(Default)]
struct State {
    streak: Option<(Stopped, usize)>,
    lost: Option<Stopped>,
}

impl Patience {
    /// Why the run has stopped asking, if it has.
    pub(super) fn lost(&self) -> Option<Stopped> {
        self.0.lock().lost
    }

    /// Takes note of a scenario that has ended.
    pub(super) fn note(&self, run: &Run) {
        let failure = match (&run.evidence, run.judgement.reason) {
            (_, NOT_STARTED) => Stopped::ClientDoesNotStart,
            (Some(evidence), TIMED_OUT) => match evidence.before {
                Control::TimedOut(_) => Stopped::ClientHangs,
                Control::NotNeeded if is_honest(&run.scenario) => Stopped::ClientHangs,
                // That the client hangs may be the doing of the fault.
                _ => return,
            },
            (Some(_), _) => return self.0.lock().streak = None,
            // It was not tried.
            (None, _) => return,
        };
        let mut state = self.0.lock();
        let before = state.streak.filter(|(kind, _)| *kind == failure).map_or(0, |(_, count)| count);
        state.streak = Some((failure, before + 1));
        if before + 1 >= ENOUGH {
            state.lost.get_or_insert(failure);
        }
    }
}

fn is_honest(scenario: &Scenario) -> bool {
    scenario.plan.faults().chain(scenario.plan.faults_at_second()).next().is_none()
}
