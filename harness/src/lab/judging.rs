//! One scenario, played and judged: a second time where the first one does not tell whose fault a red is.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt as _;

use super::equipment::Lab;
use super::execution::Pause;
use super::instance::Instance;
use super::panic::words;
use super::runs::Run;
use super::{probes, scenario_run};
use crate::driver::{Cost, SetupError};
use crate::evidence::{Comparison, Evidence, MixUpDefences};
use crate::plan::{Arrangement, Message, Plan, PolicyChange};
use crate::suite::{Kind, Scenario};
use crate::verdict::{self, Judgement, Verdict};

/// Said of a finding that only such a provider brings out.
const WHERE_PKCE_IS_NOT_ANNOUNCED: &str =
    "seen at a provider whose metadata do not announce PKCE: the client sends the parameter at such a provider alone";

impl Lab {
    /// A panic is ours, and costs no other scenario its result.
    pub(super) async fn run_one(&self, scenario: &Arc<Scenario>, shared: &mut Option<Instance>) -> Run {
        match AssertUnwindSafe(self.judge_one(scenario, shared)).catch_unwind().await {
            Ok(run) => run,
            Err(panic) => {
                // How it was left is not known.
                if let Some(instance) = shared.take() {
                    Instance::stop(instance).await;
                }
                let judgement = verdict::ours(&format!("the harness panicked: {}", words(&*panic)));
                Run::without_evidence(scenario.clone(), judgement)
            }
        }
    }

    pub(super) async fn judge_one(&self, scenario: &Arc<Scenario>, shared: &mut Option<Instance>) -> Run {
        if let Some(judgement) = verdict::applies(scenario, self.launcher(), self.profile) {
            return Run::without_evidence(scenario.clone(), judgement);
        }
        if let Some(judgement) = self.without_second_login(&scenario.plan) {
            return Run::without_evidence(scenario.clone(), judgement);
        }
        let unannounced = self.without_announced_pkce(scenario).await;
        let scenario = unannounced.as_ref().unwrap_or(scenario);
        let used = shared.as_ref().is_some_and(|instance| instance.is_used() && instance.is_alive());
        let evidence = match self.play(scenario, shared).await {
            Ok(evidence) => Ok(evidence),
            // A client that has not started once may do so the next time.
            Err(_) => self.play(scenario, shared).await,
        };
        let (judgement, evidence, on_shared_client) = match evidence {
            Ok(evidence) => {
                let judgement = self.judge_first(scenario, &evidence).await;
                if used && self.may_be_to_blame_elsewhere(scenario, &judgement, &evidence) {
                    self.play_alone(scenario, judgement, evidence, shared).await
                } else {
                    (judgement, Some(evidence), None)
                }
            }
            // The set-up checks have passed: it is this registration that the client does not take.
            Err(error) if scenario.plan.changes_registration() && !error.still_runs => {
                (verdict::unable(&format!("it does not start when it is registered so: {}", error.found)), None, None)
            }
            Err(error) => (verdict::not_started(&error), None, None),
        };
        let judgement = if unannounced.is_some() && is_finding(&judgement) {
            let message = format!("{}; {WHERE_PKCE_IS_NOT_ANNOUNCED}", judgement.message);
            Judgement { message, ..judgement }
        } else {
            judgement
        };
        let run = Run { scenario: scenario.clone(), judgement, evidence, on_shared_client, before_pause: None };
        // A rare way, which need not make the future of every scenario larger.
        Box::pin(self.on_plain_provider(run)).await
    }

    /// The same scenario at a provider whose metadata do not announce PKCE, if the client sends there alone what the scenario is
    /// about: a `nonce`, or a `state`.
    async fn without_announced_pkce(&self, scenario: &Arc<Scenario>) -> Option<Arc<Scenario>> {
        let lacking = self.lacking(scenario);
        if lacking.is_empty() || matches!(self.launcher.cost(), Cost::Unaffordable { .. }) {
            return None;
        }
        // Where it cannot be found out, the scenario does not apply.
        let sent = self.asked_without_pkce.get_or_try_init(|| probes::asked_without_pkce(self)).await.ok()?;
        lacking.iter().all(|name| sent.contains(name)).then(|| {
            let mut there = Scenario::clone(scenario);
            there.plan.arrangements.push(Arrangement::Policy(PolicyChange::NoPkceInMetadata));
            Arc::new(there)
        })
    }

    /// The parameters that the scenario is about, and that a client which reads metadata has never sent.
    fn lacking(&self, scenario: &Scenario) -> Vec<String> {
        let learnt = self.learnt();
        let needed = scenario.plan.needed_parameters().filter(|_| learnt.sends(Message::DiscoveryRequest));
        needed.filter(|name| !learnt.asks_with(name)).map(str::to_owned).collect()
    }

    /// A scenario claims something of one departure. A client may take it, and each lawful variation of the provider, and
    /// not both together; whether it meets both depends on the run's seed. So the plain provider decides, where only a
    /// finding under a variation comes again.
    async fn on_plain_provider(&self, run: Run) -> Run {
        let scenario = &run.scenario;
        let is_settled = scenario.kind != Kind::Tolerate
            || !is_finding(&run.judgement)
            || self.variation_of(scenario).traits().next().is_none()
            || scenario.plan.varied().next().is_some()
            || matches!(self.launcher.cost(), Cost::Unaffordable { .. });
        if is_settled {
            return run;
        }
        let Ok(plain) = scenario_run::on_plain(self, scenario).await else { return run };
        let judgement = self.judge_first(scenario, &plain).await;
        if judgement.verdict != Verdict::Pass {
            return run;
        }
        let Ok(again) = scenario_run::on_fresh(self, scenario, Pause::None).await else { return run };
        match is_finding(&self.judge_first(scenario, &again).await) {
            true => Run { judgement, evidence: Some(plain), ..run },
            false => run,
        }
    }

    /// Whether a red may come of the other scenarios that have used the client. A time-out is played once: each further one
    /// may take as long.
    pub(super) fn may_be_to_blame_elsewhere(
        &self,
        scenario: &Scenario,
        judgement: &Judgement,
        evidence: &Evidence,
    ) -> bool {
        (judgement.verdict.is_red() || evidence.is_of_limited_client())
            && judgement.verdict != Verdict::Inconclusive
            && judgement.reason != verdict::DRIVER_BROKEN
            && self.shares_client(scenario)
            && self.launcher.cost() == Cost::Process
    }

    /// Plays a scenario again that was red on a client that others had used: it may be they who are to blame. The fresh
    /// client that it gets is the one that the next scenarios share.
    pub(super) async fn play_alone(
        &self,
        scenario: &Scenario,
        before: Judgement,
        seen: Evidence,
        shared: &mut Option<Instance>,
    ) -> (Judgement, Option<Evidence>, Option<Judgement>) {
        if let Some(used) = shared.take() {
            Instance::stop(used).await;
        }
        match self.play(scenario, shared).await {
            Ok(evidence) => {
                let alone = self.judge_first(scenario, &evidence).await;
                if seen.is_of_limited_client() {
                    return (alone, Some(evidence), Some(before));
                }
                (verdict::seen_again(scenario, &before, alone), Some(evidence), Some(before))
            }
            Err(_) => (before, Some(seen), None),
        }
    }

    /// Whether it can be played on a client that others have used.
    pub(super) fn shares_client(&self, scenario: &Scenario) -> bool {
        self.launcher.cost() != Cost::Nothing && !scenario.plan.needs_fresh_client()
    }

    /// Runs a scenario, on a client that is started for it if need be.
    pub(super) async fn play(
        &self,
        scenario: &Scenario,
        shared: &mut Option<Instance>,
    ) -> Result<Evidence, SetupError> {
        if !self.shares_client(scenario) {
            return scenario_run::on_fresh(self, scenario, Pause::None).await;
        }
        if let Some(dead) = shared.take_if(|instance| !instance.is_alive()) {
            Instance::stop(dead).await;
        }
        let instance = match shared {
            Some(instance) => instance,
            None => {
                // Which scenarios share a client is a matter of time, so all shared clients get the same.
                let variation = self.variation.read().derived("shared");
                let registration = self.launcher.registration();
                shared.insert(Instance::launch(self, registration, &Plan::default(), variation).await?)
            }
        };
        scenario_run::on_shared(self, instance, scenario).await
    }

    pub(super) fn judge(&self, scenario: &Scenario, evidence: &Evidence) -> Judgement {
        let shown = MixUpDefences {
            of_iss: self.comparison.get().copied().unwrap_or(Comparison::NotMade),
            by_redirect_uri: self.tells_providers_apart(),
        };
        verdict::owed(verdict::judge(scenario, evidence, self.profile), scenario, self.launcher(), shown)
    }

    /// The judgement of a scenario that has just ended.
    pub(super) async fn judge_first(&self, scenario: &Scenario, evidence: &Evidence) -> Judgement {
        let judgement = verdict::judge(scenario, evidence, self.profile);
        // Where one of these cannot be found out, nothing is owed.
        if verdict::depends_on_redirect_uris(scenario, &judgement, self.launcher()) {
            let _ = self.tells_apart.get_or_try_init(|| probes::tells_providers_apart(self)).await;
        }
        if verdict::depends_on_comparison(scenario, &judgement, self.launcher(), self.tells_providers_apart()) {
            let _ = self.comparison.get_or_try_init(|| probes::comparison(self)).await;
        }
        self.excused(scenario, self.judge(scenario, evidence)).await
    }

    /// Whether the redirect URI of each provider protects the client from a mix-up.
    fn tells_providers_apart(&self) -> bool {
        self.launcher.has_redirect_uri_per_provider() && self.tells_apart.get().copied().unwrap_or(true)
    }

    /// That a client does not read the ID token, or too late, is one finding, of the scenario that is about it; what it
    /// overlooks in the token says nothing more.
    pub(super) async fn excused(&self, scenario: &Scenario, judgement: Judgement) -> Judgement {
        if !verdict::may_be_misread(scenario, &judgement) {
            return judgement;
        }
        // Where it cannot be found out, each finding is told for itself.
        match self.reading.get_or_try_init(|| probes::reading(self)).await {
            Ok(reading) => verdict::excused(scenario, judgement, *reading),
            Err(_) => judgement,
        }
    }

    /// A late event turns what is green into what it is; nothing turns into a pass.
    pub(super) fn judge_again(&self, scenario: Arc<Scenario>, run: Run) -> Run {
        let judgement = match &run.evidence {
            Some(evidence) if !run.judgement.verdict.is_red() && !run.judgement.is_excused() => {
                self.judge(&scenario, evidence)
            }
            _ => run.judgement.clone(),
        };
        Run { scenario, judgement, ..run }
    }
}

/// Whether it says something against the client.
fn is_finding(judgement: &Judgement) -> bool {
    matches!(judgement.verdict, Verdict::Fail | Verdict::Warn | Verdict::Crashed)
}
