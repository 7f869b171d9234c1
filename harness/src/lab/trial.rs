//! Plans that nobody has written a scenario for, played one after the other on clients of a kind.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt as _;

use super::equipment::Lab;
use super::execution::Pause;
use super::instance::Instance;
use super::runs::Run;
use super::scenario_run;
use crate::evidence::Evidence;
use crate::suite::Scenario;

/// After so many plans a client that is a process gets a new provider: what the old one remembers is looked through for
/// each plan.
const PLANS_PER_CLIENT: usize = 60;

/// Plays plans on a client, and on a new one where a plan needs that.
pub struct Trial<'l> {
    lab: &'l Lab,
    shared: Option<Instance>,
    played: usize,
}

impl<'l> Trial<'l> {
    /// Nothing is started before it is needed.
    #[must_use]
    pub fn new(lab: &'l Lab) -> Self {
        Self { lab, shared: None, played: 0 }
    }

    /// Plays a plan; nothing if no client could be started for it, or the harness failed.
    pub async fn play(&mut self, scenario: &Scenario) -> Option<Evidence> {
        if self.played >= PLANS_PER_CLIENT {
            self.stop().await;
        }
        self.played += 1;
        let evidence = AssertUnwindSafe(self.lab.play(scenario, &mut self.shared)).catch_unwind().await;
        let evidence = evidence.ok().and_then(Result::ok);
        if evidence.is_none() {
            // How it was left is not known.
            self.stop().await;
        }
        evidence
    }

    /// Plays a plan alone, on a fresh client.
    pub async fn play_alone(&self, scenario: &Scenario) -> Option<Evidence> {
        let played = AssertUnwindSafe(scenario_run::on_fresh(self.lab, scenario, Pause::None)).catch_unwind().await;
        played.ok().and_then(Result::ok)
    }

    /// Judges a scenario alone, on a fresh client, as a run of the suite does.
    pub async fn judge_alone(&self, scenario: &Arc<Scenario>) -> Run {
        let mut fresh = None;
        let run = Box::pin(self.lab.run_one(scenario, &mut fresh)).await;
        if let Some(instance) = fresh {
            Instance::stop(instance).await;
        }
        run
    }

    /// Stops the client.
    pub async fn stop(&mut self) {
        self.played = 0;
        if let Some(instance) = self.shared.take() {
            Instance::stop(instance).await;
        }
    }
}
