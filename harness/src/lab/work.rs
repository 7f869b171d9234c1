//! The work of a run: several workers take one scenario after the other, and what needs a pause is put off.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::join_all;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use parking_lot::Mutex;

use super::equipment::Lab;
use super::execution::Pause;
use super::instance::Instance;
use super::patience::Patience;
use super::runs::{Observer, Run, not_run};
use super::scenario_run;
use crate::driver::Cost;
use crate::suite::Scenario;
use crate::terms::Capability;
use crate::verdict;

/// What the workers of a run share.
pub(super) struct Work<'a> {
    pub(super) scenarios: &'a [Arc<Scenario>],
    pub(super) next: &'a AtomicUsize,
    pub(super) results: &'a [Mutex<Option<Run>>],
    pub(super) patience: &'a Patience,
    pub(super) observer: &'a dyn Observer,
}

impl Lab {
    /// Everything that there is to do.
    pub(super) async fn work_through(&self, work: &Work<'_>) {
        let (later, put_off) = unbounded();
        let mut workers = Vec::new();
        for _ in 0..self.jobs.min(work.scenarios.len()) {
            workers.push(self.work_off(work, later.clone()));
        }
        drop(later);
        // One client at a time is all that some can have, because of their port; one in process has none.
        if self.jobs == 1 {
            join_all(workers).await;
            let at_once = if matches!(self.launcher.cost(), Cost::Nothing) { usize::MAX } else { 1 };
            self.play_put_off(work, put_off, at_once).await;
        } else {
            tokio::join!(join_all(workers), self.play_put_off(work, put_off, usize::MAX));
        }
    }

    /// One scenario after the other, until there are none left; those that need a pause are put off.
    async fn work_off(&self, work: &Work<'_>, later: UnboundedSender<usize>) {
        let mut shared = None;
        loop {
            let index = work.next.fetch_add(1, Ordering::Relaxed);
            let Some(scenario) = work.scenarios.get(index) else { break };
            let run = match work.patience.lost() {
                Some(stopped) => not_run(scenario.clone(), stopped),
                None => Box::pin(self.run_one(scenario, &mut shared)).await,
            };
            work.patience.note(&run);
            let is_put_off = verdict::may_be_too_early(&run.scenario, &run.judgement, run.evidence.as_ref())
                && later.unbounded_send(index).is_ok();
            if !is_put_off {
                work.observer.ended(&run);
            }
            // Of one that is put off, too: the run may be over before its time has come.
            *work.results[index].lock() = Some(run);
        }
        if let Some(instance) = shared {
            Instance::stop(instance).await;
        }
    }

    async fn play_put_off(&self, work: &Work<'_>, mut put_off: UnboundedReceiver<usize>, at_once: usize) {
        let mut playing = FuturesUnordered::new();
        loop {
            tokio::select! {
                Some(index) = put_off.next(), if playing.len() < at_once => {
                    playing.push(self.play_with_pause(work, index));
                }
                Some(()) = playing.next(), if !playing.is_empty() => {}
                else => return,
            }
        }
    }

    /// Plays a scenario once more in which the client did not ask again for new keys, or at a token endpoint that had been
    /// in trouble: it may have asked too short a time before. This takes a minute in which next to nothing happens, so it
    /// is no worker's business.
    async fn play_with_pause(&self, work: &Work<'_>, index: usize) {
        let scenario = &work.scenarios[index];
        let again = async {
            let pause = match self.launcher.cost() {
                // All its time is on the clock that can be moved.
                Cost::Nothing if self.launcher.capabilities().contains(&Capability::MovableClock) => {
                    Pause::OnClocks(self.pause)
                }
                Cost::Nothing | Cost::Process | Cost::Unaffordable { .. } => Pause::Real(self.pause),
            };
            let evidence = scenario_run::on_fresh(self, scenario, pause).await.ok()?;
            Some((self.judge_first(scenario, &evidence).await, evidence))
        };
        // Where it cannot be played again, or not without a panic of ours, the first time stands.
        let again = AssertUnwindSafe(again).catch_unwind().await.ok().flatten();
        let mut result = work.results[index].lock();
        let Some(run) = result.as_mut() else { return };
        if let Some((judgement, evidence)) = again {
            run.before_pause = Some(std::mem::replace(&mut run.judgement, judgement));
            run.evidence = Some(evidence);
        }
        work.observer.ended(run);
    }
}
