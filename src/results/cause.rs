//! Findings by cause: one mistake turns many scenarios red, and is told once.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scenario::ScenarioResult;
use crate::suite::{ScenarioId, duty_named, duty_of, mistake_of};
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

impl Cause {
    /// The causes of all findings, the worst first.
    pub(crate) fn all(scenarios: &[ScenarioResult]) -> Vec<Self> {
        let mut found: BTreeMap<&str, Vec<&ScenarioResult>> = BTreeMap::new();
        for scenario in scenarios {
            if let Some(cause) = &scenario.cause {
                found.entry(cause).or_default().push(scenario);
            }
        }
        let mut tested: BTreeMap<&str, usize> = BTreeMap::new();
        for duty in scenarios.iter().filter(|scenario| scenario.is_judged()).filter_map(|it| duty_of(&it.id)) {
            *tested.entry(&duty.id).or_default() += 1;
        }
        let mut causes: Vec<_> = found.into_iter().map(|(id, found)| Self::of(id, found, &tested)).collect();
        // Names are in order already.
        causes.sort_by_key(|cause| (badness(cause.verdict), std::cmp::Reverse(cause.scenarios.len())));
        causes
    }

    fn of(id: &str, mut found: Vec<&ScenarioResult>, tested: &BTreeMap<&str, usize>) -> Self {
        // What a scenario of the duty has seen says more of it than what follows in another one.
        let follows = |scenario: &ScenarioResult| duty_of(&scenario.id).is_none_or(|own| own.id != id);
        found.sort_by_key(|scenario| (badness(scenario.verdict), follows(scenario)));
        let first = found[0];
        let duty = duty_named(id);
        let title = duty.or(mistake_of(id)).map_or(first.title.as_str(), |known| &known.title);
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            verdict: first.verdict,
            tested: duty.map(|duty| {
                // A reason, or another finding, can bring a scenario of another duty here.
                let further = found.iter().filter(|it| duty_of(&it.id).is_none_or(|own| own.id != duty.id)).count();
                tested.get(id).copied().unwrap_or_default() + further
            }),
            scenarios: found.iter().map(|scenario| scenario.id.clone()).collect(),
        }
    }
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
