//! How a run ends before all of its scenarios have: who stopped it, and what is said of the scenarios that were not run.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::{Judgement, Verdict, not_run};

/// Why a run ended before all of its scenarios had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stopped {
    /// By SIGINT, SIGTERM, SIGHUP or SIGQUIT.
    Interrupted,
    /// The time that it was given (`--timeout`) was over.
    TimeIsUp,
    /// The set-up checks showed that nothing could be judged.
    SetUpBroken,
    /// A scenario was red, and the run was to end at that (`--fail-fast`).
    FailFast,
    /// Honest logins timed out again and again.
    ClientHangs,
    /// The client could not be started again and again.
    ClientDoesNotStart,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupted => "the run was interrupted",
            Self::TimeIsUp => "the time of the run (--timeout) was over",
            Self::SetUpBroken => "the set-up is broken",
            Self::FailFast => "a scenario was red (--fail-fast)",
            Self::ClientHangs => "honest logins timed out again and again, so the run stopped asking",
            Self::ClientDoesNotStart => "the client could not be started again and again, so the run stopped trying",
        })
    }
}

impl Stopped {
    /// What is said of a scenario that did not run.
    pub(super) fn judgement(self) -> Judgement {
        let verdict = match self {
            Self::TimeIsUp | Self::ClientHangs => Verdict::Inconclusive,
            Self::Interrupted | Self::SetUpBroken | Self::FailFast | Self::ClientDoesNotStart => Verdict::NotExercised,
        };
        not_run(verdict, self)
    }
}
