//! How a run ended, in a few words.

use crate::exit_code::Exit;
use crate::results::Results;

/// How a run ended, in a few words.
pub(super) fn headline(results: &Results) -> String {
    match Exit::of(results) {
        Exit::Clean if results.summary.expected > 0 => "Nothing that was not expected".to_owned(),
        Exit::Clean => "Nothing found".to_owned(),
        Exit::StaleExpectation => "The expectations no longer hold".to_owned(),
        Exit::InconclusiveOnly => "The client did not answer in time".to_owned(),
        Exit::DriverBroken => "The client could not be operated".to_owned(),
        _ => {
            let red = results.scenarios.iter().filter(|scenario| scenario.is_red()).count();
            format!("{red} of {} scenarios found something", results.summary.total)
        }
    }
}
