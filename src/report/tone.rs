//! What a reader sees of a verdict at a glance: the classes of colour that reports know.

use crate::results::ScenarioResult;
use crate::verdict::Verdict;

/// The class of a scenario's result.
pub(super) fn kind(result: &ScenarioResult) -> &'static str {
    if result.expected.is_some() { "expected" } else { colour(result.verdict) }
}

/// The class of a verdict.
pub(super) fn colour(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Warn => "warn",
        Verdict::Unsupported | Verdict::Inapplicable => "quiet",
        _ => "red",
    }
}
