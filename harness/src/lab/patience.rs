//! How long a run goes on asking a client that hangs or does not start.

use parking_lot::Mutex;

use super::runs::Run;
use super::stopped::Stopped;
use crate::evidence::Control;
use crate::suite::Scenario;
use crate::verdict::{NOT_STARTED, TIMED_OUT};

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
