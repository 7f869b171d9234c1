//! A run and the scenarios in it, when they have ended.

use std::sync::Arc;
use std::time::Duration;

use super::stopped::Stopped;
use crate::evidence::Evidence;
use crate::suite::Scenario;
use crate::verdict::Judgement;

/// One scenario after the run.
pub struct Run {
    /// What was run.
    pub scenario: Arc<Scenario>,
    /// The final judgement.
    pub judgement: Judgement,
    /// What was seen; nothing if the scenario did not apply.
    pub evidence: Option<Evidence>,
    /// What it amounted to on a client that other scenarios had used, if it was red there and was therefore played again,
    /// alone; the evidence is of the second time.
    pub on_shared_client: Option<Judgement>,
    /// What it amounted to at first, if it was played again with a pause: the client may ask only so often. The evidence is
    /// of the second time.
    pub before_pause: Option<Judgement>,
}

impl Run {
    /// One that was judged without being played.
    pub(super) fn without_evidence(scenario: Arc<Scenario>, judgement: Judgement) -> Self {
        Self { scenario, judgement, evidence: None, on_shared_client: None, before_pause: None }
    }
}

/// Told as it happens.
pub trait Observer: Send + Sync {
    /// A scenario has ended; its judgement may still change at the end of the run.
    fn ended(&self, run: &Run);
}

/// Nobody looks on.
impl Observer for () {
    fn ended(&self, _run: &Run) {}
}

/// A run.
pub struct Runs {
    /// Every scenario, in the order in which they were given.
    pub runs: Vec<Run>,
    /// From the first scenario's start to the last judgement.
    pub duration: Duration,
    /// Why it ended before all scenarios had, if it did: the others have the reason [`NOT_RUN`](crate::verdict::NOT_RUN).
    pub stopped: Option<Stopped>,
}

pub(super) fn not_run(scenario: Arc<Scenario>, stopped: Stopped) -> Run {
    Run::without_evidence(scenario, stopped.judgement())
}
