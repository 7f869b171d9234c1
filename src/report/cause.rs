//! Findings by cause: one mistake turns many scenarios red, and is told once.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Results, ScenarioResult, Stories};
use crate::suite::{ScenarioId, duty_of, mistake_of};
use crate::verdict::Verdict;

/// What several findings have in common: a duty that is not met, or a mistake that shows in any scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// A stable name: of the duty (`id-token-signature`), or the reason (`refused-with-500`), or the id of a scenario that
    /// is not built in.
    pub id: String,
    /// What a correct client does, or what was seen.
    pub title: String,
    /// The loudest of the verdicts.
    pub verdict: Verdict,
    /// How many scenarios of the duty were judged, those that passed included; `null` where it is no duty.
    pub tested: Option<usize>,
    /// The scenarios that show it, the loudest first.
    #[schemars(with = "Vec<String>")]
    pub scenarios: Vec<ScenarioId>,
}

/// A cause, and those of its findings that a report is about.
pub(super) struct News<'a> {
    pub(super) cause: &'a Cause,
    pub(super) scenarios: Vec<&'a ScenarioResult>,
}

/// The causes of what is not expected, the worst first; `is_shown` says which of their findings count.
pub(super) fn news(results: &Results, is_shown: impl Fn(&ScenarioResult) -> bool) -> Vec<News<'_>> {
    let find = |id: &ScenarioId| results.scenarios.iter().find(|it| it.id == *id);
    let shown = |it: &&ScenarioResult| it.expected.is_none() && it.was_run() && is_shown(it);
    let news = results
        .causes
        .iter()
        .map(|cause| News { cause, scenarios: cause.scenarios.iter().filter_map(find).filter(shown).collect() });
    news.filter(|news| !news.scenarios.is_empty()).collect()
}

/// Why a cause matters, and what mends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Advice<'a> {
    pub(super) why: &'a str,
    pub(super) fix: &'a str,
}

impl Cause {
    /// The causes of all findings, the worst first.
    pub(super) fn all(scenarios: &[ScenarioResult]) -> Vec<Self> {
        let mut found: BTreeMap<&str, Vec<&ScenarioResult>> = BTreeMap::new();
        for scenario in scenarios {
            if let Some(cause) = &scenario.cause {
                found.entry(cause).or_default().push(scenario);
            }
        }
        let mut causes: Vec<_> = found.into_iter().map(|(id, found)| Self::of(id, found, scenarios)).collect();
        // Names are in order already.
        causes.sort_by_key(|cause| (badness(cause.verdict), std::cmp::Reverse(cause.scenarios.len())));
        causes
    }

    fn of(id: &str, mut found: Vec<&ScenarioResult>, all: &[ScenarioResult]) -> Self {
        found.sort_by_key(|scenario| badness(scenario.verdict));
        let first = found[0];
        let duty = duty_of(&first.id).filter(|duty| duty.id == id);
        let tested =
            duty.map(|_| all.iter().filter(|it| it.is_judged() && duty_of(&it.id).is_some_and(|it| it.id == id)));
        let title = duty.or(mistake_of(id)).map_or(first.title.as_str(), |known| &known.title);
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            verdict: first.verdict,
            tested: tested.map(Iterator::count),
            scenarios: found.iter().map(|scenario| scenario.id.clone()).collect(),
        }
    }

    /// Why it matters, in short, and the fix: of one scenario alone that of the scenario, which is closer to what happened.
    pub(super) fn advice<'a>(&'a self, stories: &'a Stories) -> Advice<'a> {
        let known = duty_of(&self.scenarios[0]).filter(|duty| duty.id == self.id);
        let alone = match self.scenarios.as_slice() {
            [only] if mistake_of(&self.id).is_none() => stories.get(only),
            _ => None,
        };
        let known = known.or(mistake_of(&self.id));
        Advice {
            why: known.map(|known| known.why.as_str()).or(alone.map(|story| story.about.as_str())).unwrap_or_default(),
            fix: alone.map(|story| story.fix.as_str()).or(known.map(|known| known.fix.as_str())).unwrap_or_default(),
        }
    }

    /// How far it goes: `not so in 3 of 18 scenarios`.
    pub(super) fn extent(&self) -> String {
        match (self.scenarios.len(), self.tested) {
            (found, Some(tested)) if tested > 1 => format!("not so in {found} of {tested} scenarios"),
            (1, Some(_)) => "not so".to_owned(),
            (1, _) => "in 1 scenario".to_owned(),
            (found, _) => format!("in {found} scenarios"),
        }
    }
}

/// The name of what a result is a sign of; none if there is nothing to mend.
pub(super) fn cause_of(id: &ScenarioId, verdict: Verdict, reason: &str) -> Option<String> {
    if verdict.is_quiet() {
        return None;
    }
    let known = mistake_of(reason).or_else(|| duty_of(id));
    Some(known.map_or_else(|| id.to_string(), |known| known.id.clone()))
}

/// The worst first: what the client did, then what could not be judged, then what may be left.
fn badness(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Crashed => 0,
        Verdict::Conflict => 1,
        Verdict::Fail => 2,
        Verdict::Unstable => 3,
        Verdict::HarnessError => 4,
        Verdict::NotExercised => 5,
        Verdict::Inconclusive => 6,
        Verdict::Warn => 7,
        Verdict::Unsupported | Verdict::Inapplicable | Verdict::Pass => 8,
    }
}
