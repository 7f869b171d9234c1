//! Exit codes: an API that scripts rely on. One function computes them.

use std::process::{ExitCode, Termination};

use crate::lab::Stopped;
use crate::results::Results;
use crate::suite::SelectorError;
use crate::verdict::{DRIVER_BROKEN, NOT_STARTED, Verdict};

/// How a command of `quintain` ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Every result is as expected.
    Clean = 0,
    /// A result that was not expected.
    UnexpectedResult = 1,
    /// A wrong command line, configuration, expectations or feature file; nothing ran.
    Usage = 2,
    /// Nothing that is red is unexpected, but an entry of the expectations does not hold, or is due for review.
    StaleExpectation = 3,
    /// The selectors select nothing; nothing ran.
    NothingSelected = 4,
    /// The client cannot be operated: its set-up is broken.
    DriverBroken = 5,
    /// Nothing is wrong but time-outs.
    InconclusiveOnly = 6,
    /// Nothing is wrong but a report that could not be written.
    ReportNotWritten = 7,
    /// A defect of Quintain itself.
    OurBug = 70,
    /// SIGINT, SIGTERM, SIGHUP or SIGQUIT.
    Interrupted = 130,
}

impl Exit {
    /// The code of a run, whole or not.
    #[must_use]
    pub fn of(results: &Results) -> Self {
        let red: Vec<_> = results.scenarios.iter().filter(|result| result.is_red()).map(|it| it.verdict).collect();
        let stale = results.expectations.as_ref().is_some_and(|compared| !compared.problems.is_empty());
        let driver_broken = || {
            let broken = [DRIVER_BROKEN, NOT_STARTED];
            results.scenarios.iter().any(|result| broken.contains(&result.reason.as_str()))
        };
        if red.contains(&Verdict::HarnessError) || (!results.complete && results.stopped.is_none()) {
            Self::OurBug
        } else if results.stopped == Some(Stopped::Interrupted) {
            Self::Interrupted
        } else if results.stopped == Some(Stopped::SetUpBroken) || driver_broken() {
            Self::DriverBroken
        } else if red.iter().any(|verdict| *verdict != Verdict::Inconclusive) {
            Self::UnexpectedResult
        } else if stale {
            // Before time-outs: to run again does not mend an entry.
            Self::StaleExpectation
        } else if red.is_empty() {
            Self::Clean
        } else {
            Self::InconclusiveOnly
        }
    }
}

impl Exit {
    /// The code of a command that was stopped before there was anything to judge.
    #[must_use]
    pub fn of_stopped(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Interrupted => Self::Interrupted,
            Stopped::FailFast => Self::UnexpectedResult,
            Stopped::TimeIsUp | Stopped::ClientHangs => Self::InconclusiveOnly,
            Stopped::SetUpBroken | Stopped::ClientDoesNotStart => Self::DriverBroken,
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
