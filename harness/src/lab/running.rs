//! A whole run: what is found out before it, its scenarios, and the judgement at its end.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use mock_idp::{Trait, Variation};
use parking_lot::Mutex;

use super::checks::CheckResult;
use super::equipment::Lab;
use super::patience::Patience;
use super::runs::{Observer, Run, Runs, not_run};
use super::setup;
use super::stopped::Stopped;
use super::tolerance;
use super::work::Work;
use crate::evidence::{Reading, Violation};
use crate::plan::{Action, Invariant};
use crate::suite::{Level, Scenario, ScenarioId};
use crate::verdict::{Judgement, Verdict, violations};

impl Lab {
    /// Looks for lawful traits of the provider under which the client cannot even log in honestly, call the API and
    /// refresh, although it can without them. They are out of force from then on, but for the scenarios that are about
    /// them: one trait gives one finding.
    pub async fn find_untolerated(&self) -> Vec<Trait> {
        let variation = *self.variation.read();
        self.find_untolerated_in(&[variation]).await
    }

    /// The same for all traits that there are.
    pub async fn find_untolerated_of_all(&self) -> Vec<Trait> {
        self.find_untolerated_in(&Variation::whole()).await
    }

    async fn find_untolerated_in(&self, variations: &[Variation]) -> Vec<Trait> {
        let found = tolerance::untolerated(self, variations).await;
        let mut variation = self.variation.write();
        *variation = found.iter().fold(*variation, |variation, one| variation.without(*one));
        found
    }

    /// Runs the set-up checks: does the client start, log in, refuse the grossly broken?
    pub async fn check_setup(&self) -> Vec<CheckResult> {
        setup::check(self).await
    }

    /// Runs scenarios to their end.
    pub async fn run(&self, scenarios: Vec<Arc<Scenario>>, observer: &dyn Observer) -> Runs {
        self.run_until(scenarios, observer, std::future::pending()).await
    }

    /// Runs scenarios, at most until `end`. What has ended by then is judged, the others are said not to have run: no
    /// result is ever lost.
    pub async fn run_until(
        &self,
        scenarios: Vec<Arc<Scenario>>,
        observer: &dyn Observer,
        end: impl Future<Output = Stopped>,
    ) -> Runs {
        let started = Instant::now();
        let results: Vec<_> = scenarios.iter().map(|_| Mutex::new(None)).collect();
        let (next, patience) = (AtomicUsize::new(0), Patience::default());
        if self.learnt.lock().is_none() {
            setup::tour(self).await;
        }
        let work = Work { scenarios: &scenarios, next: &next, results: &results, patience: &patience, observer };
        let stopped = tokio::select! {
            biased;
            () = self.work_through(&work) => patience.lost(),
            stopped = end => Some(stopped),
        };
        let ended = scenarios.iter().zip(results).map(|(scenario, result)| {
            let stopped = stopped.unwrap_or(Stopped::Interrupted);
            result.into_inner().unwrap_or_else(|| not_run(scenario.clone(), stopped))
        });
        let mut runs: Vec<_> = ended.collect();
        tell_of_the_run(&mut runs, self.reading.get().copied());
        let runs = scenarios.into_iter().zip(runs).map(|(scenario, run)| self.judge_again(scenario, run));
        Runs { runs: runs.collect(), duration: started.elapsed(), stopped }
    }

    /// What is said of scenarios when not one of them could be run.
    #[must_use]
    pub fn run_nothing(scenarios: Vec<Arc<Scenario>>, stopped: Stopped) -> Runs {
        let runs = scenarios.into_iter().map(|scenario| not_run(scenario, stopped)).collect();
        Runs { runs, duration: Duration::ZERO, stopped: Some(stopped) }
    }
}

/// Tells the scenarios that judge the whole run what was seen in each of the others.
fn tell_of_the_run(runs: &mut [Run], reading: Option<Reading>) {
    if !runs.iter().any(|run| run.scenario.plan.judges_run()) {
        return;
    }
    let evidence = runs.iter().filter_map(|run| Some((&run.scenario.id, run.evidence.as_ref()?)));
    let exposed = evidence.flat_map(|(id, evidence)| evidence.exposures.iter().map(|it| (id.clone(), it.clone())));
    let (exposed, unclaimed): (Arc<[_]>, Arc<[_]>) = (exposed.collect(), unclaimed(runs, reading).into());
    for run in runs.iter_mut().filter(|run| run.scenario.plan.judges_run()) {
        if let Some(evidence) = &mut run.evidence {
            evidence.of_the_run = exposed.clone();
            evidence.unclaimed = unclaimed.clone();
        }
    }
}

/// Whether a finding says what breaks an invariant. A scenario that is red for its own reason tells of no credential that is
/// elsewhere; of the other invariants it is taken to be a case. What is wrong with a request tells of an access token in it.
fn is_told_by(judgement: &Judgement, it: &Violation) -> bool {
    let tells_of_parameter = judgement.reason == "request-form" && judgement.message.contains("access_token");
    it.invariant != Invariant::Credentials || judgement.message.contains(&it.message) || tells_of_parameter
}

/// What breaks an invariant in scenarios that pass. What a finding of the run shows as well is told by that.
fn unclaimed(runs: &[Run], reading: Option<Reading>) -> Vec<(ScenarioId, Violation)> {
    let judged = runs.iter().filter(|run| !run.judgement.verdict.is_quiet() || run.judgement.verdict == Verdict::Pass);
    let seen = judged.filter_map(|run| {
        let evidence = run.evidence.as_ref()?;
        // Those are told by the scenarios that are about them, at the end of the run as well.
        let is_told = |it: &Violation| it.invariant == Invariant::Credentials && !evidence.exposures.is_empty();
        let plan = &run.scenario.plan;
        let alters_id_token = plan.alters_id_token_alone();
        // With another policy or registration, an honest login may be one that the client need not take. What
        // a client makes of two logins at a time in one browser is told by the scenarios about tabs.
        let overlap = plan.actions.iter().any(|action| matches!(action, Action::BeginInTab { .. }));
        let is_usual = !plan.changes_provider() && !plan.changes_registration() && !overlap;
        let is_due = |it: &Violation| it.level != Level::May && (it.invariant != Invariant::HonestFlow || is_usual);
        // That a client reads the ID token too late, or never, is told by the scenarios that are about it.
        let is_unread = matches!(reading, Some(Reading::AfterUse | Reading::Never));
        let is_of_reading =
            |it: &Violation| is_unread && alters_id_token && it.invariant == Invariant::ForbiddenMessage;
        let is_new = |it: &Violation| is_due(it) && !is_told(it) && !is_of_reading(it);
        let all: Vec<_> = violations(evidence).into_iter().filter(is_new).collect();
        Some((run, all))
    });
    let (passed, found): (Vec<_>, Vec<_>) = seen.partition(|(run, _)| run.judgement.verdict == Verdict::Pass);
    let told = found.iter().flat_map(|(run, all)| all.iter().filter(|it| is_told_by(&run.judgement, it)));
    let told: HashSet<_> = told.map(|it| (it.invariant, &it.cause)).collect();
    let new = passed.iter().flat_map(|(run, all)| all.iter().map(|it| (run.scenario.id.clone(), it)));
    new.filter(|(_, it)| !told.contains(&(it.invariant, &it.cause))).map(|(id, it)| (id, it.clone())).collect()
}
