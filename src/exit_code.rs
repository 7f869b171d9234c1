//! Exit codes: an API that scripts rely on. One function computes them.

use std::process::{ExitCode, Termination};

use crate::report::Results;
use crate::suite::SelectorError;
use crate::verdict::Verdict;

/// How a command of `quintain` ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Every result is as expected.
    Clean = 0,
    /// A result that was not expected.
    UnexpectedResult = 1,
    /// A wrong command line, configuration or feature file; nothing ran.
    Usage = 2,
    // 3 is reserved for stale or unmatched expectations.
    /// The selectors select nothing; nothing ran.
    NothingSelected = 4,
    /// The client cannot be operated: its set-up is broken.
    DriverBroken = 5,
    /// Nothing is wrong but time-outs.
    InconclusiveOnly = 6,
    /// A defect of Quintain itself.
    OurBug = 70,
    /// SIGINT, SIGTERM, SIGHUP or SIGQUIT.
    Interrupted = 130,
}

impl Exit {
    /// The code of a finished run.
    #[must_use]
    pub fn of(results: &Results) -> Self {
        let red: Vec<_> =
            results.scenarios.iter().map(|result| result.verdict).filter(|verdict| verdict.is_red()).collect();
        if !results.complete || red.contains(&Verdict::HarnessError) {
            Self::OurBug
        } else if red.is_empty() {
            Self::Clean
        } else if red.iter().all(|verdict| *verdict == Verdict::Inconclusive) {
            Self::InconclusiveOnly
        } else {
            Self::UnexpectedResult
        }
    }
}

impl From<&SelectorError> for Exit {
    fn from(error: &SelectorError) -> Self {
        match error {
            SelectorError::Malformed(_) => Self::Usage,
            SelectorError::SelectsNothing(_) => Self::NothingSelected,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}
