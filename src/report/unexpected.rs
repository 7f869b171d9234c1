//! The causes that a report is about, and what mends them.

use super::Stories;
use crate::results::{Cause, Results, ScenarioResult};
use crate::suite::{ScenarioId, duty_named, mistake_of};

/// A cause, and those of its findings that a report is about.
pub(super) struct Unexpected<'a> {
    pub(super) cause: &'a Cause,
    pub(super) scenarios: Vec<&'a ScenarioResult>,
}

/// The causes of what is not expected, the worst first; `is_shown` says which of their findings count.
pub(super) fn unexpected(results: &Results, is_shown: impl Fn(&ScenarioResult) -> bool) -> Vec<Unexpected<'_>> {
    let find = |id: &ScenarioId| results.scenarios.iter().find(|it| it.id == *id);
    let shown = |it: &&ScenarioResult| it.expected.is_none() && it.was_run() && is_shown(it);
    let unexpected = results
        .causes
        .iter()
        .map(|cause| Unexpected { cause, scenarios: cause.scenarios.iter().filter_map(find).filter(shown).collect() });
    unexpected.filter(|unexpected| !unexpected.scenarios.is_empty()).collect()
}

/// Why a cause matters, and what mends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Advice<'a> {
    pub(super) why: &'a str,
    pub(super) fix: &'a str,
}

impl Cause {
    /// Why it matters, in short, and the fix: of one scenario alone that of the scenario, which is closer to what happened.
    pub(super) fn advice<'a>(&'a self, stories: &'a Stories) -> Advice<'a> {
        let known = duty_named(&self.id);
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
