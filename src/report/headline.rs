//! How a run ended, in a few words.

use crate::exit_code::Exit;
use crate::results::Results;
use crate::verdict::Verdict;

/// How a run ended, in a few words.
pub(super) fn headline(results: &Results) -> String {
    let scenarios = || results.scenarios.iter();
    let warnings = scenarios().filter(|it| it.verdict == Verdict::Warn && it.expected.is_none()).count();
    let warnings = match warnings {
        0 => String::new(),
        1 => "; 1 warning".to_owned(),
        several => format!("; {several} warnings"),
    };
    match Exit::of(results) {
        Exit::Clean if !warnings.is_empty() => format!("Nothing red{warnings}"),
        Exit::Clean if results.summary.expected > 0 => "Nothing that was not expected".to_owned(),
        Exit::Clean => "Nothing found".to_owned(),
        Exit::StaleExpectation => "The expectations no longer hold".to_owned(),
        Exit::InconclusiveOnly => "The client did not answer in time".to_owned(),
        Exit::DriverBroken => "The client could not be operated".to_owned(),
        _ => match (scenarios().filter(|scenario| scenario.is_red()).count(), results.summary.total) {
            (1, total) => format!("1 of {total} scenarios is red{warnings}"),
            (red, total) => format!("{red} of {total} scenarios are red{warnings}"),
        },
    }
}
