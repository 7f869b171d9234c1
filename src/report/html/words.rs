//! Texts and tones that several parts of the page use.

use maud::{Markup, html};

use crate::results::ScenarioResult;
use crate::verdict::Verdict;

/// What the page has a colour and a filter for.
pub(super) fn kind(result: &ScenarioResult) -> &'static str {
    if result.expected.is_some() { "expected" } else { colour(result.verdict) }
}

/// What stands between backticks is code.
pub(super) fn prose(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 0 { (part) } @else { code { (part) } }
        }
    }
}

pub(super) fn colour(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Warn => "warn",
        Verdict::Unsupported | Verdict::Inapplicable => "quiet",
        _ => "red",
    }
}
