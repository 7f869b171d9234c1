//! The set-up checks by name, and their results.

use crate::driver::SetupError;

/// One of the checks, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckName {
    /// The client starts and says that nobody is logged in.
    Starts,
    /// The login route leads to the authorization endpoint of this run.
    ReachesProvider,
    /// An honest login succeeds, and the session route shows who it is.
    LogsIn,
    /// So does one at the second provider, where the client knows two.
    LogsInAtSecond,
    /// The API is called with the access token.
    CallsApi,
    /// The refresh route refreshes.
    Refreshes,
    /// The logout route ends the session.
    LogsOut,
    /// A login that cannot succeed does not.
    RefusesBroken,
}

impl CheckName {
    /// Whether nothing can be judged unless it succeeds.
    #[must_use]
    pub fn is_needed(self) -> bool {
        matches!(self, Self::Starts | Self::ReachesProvider | Self::LogsIn)
    }

    /// What it establishes.
    #[must_use]
    pub fn fact(self) -> &'static str {
        match self {
            Self::Starts => "the client starts, and nobody is logged in",
            Self::ReachesProvider => "a login leads to the provider",
            Self::LogsIn => "an honest login succeeds",
            Self::LogsInAtSecond => "an honest login at the second provider succeeds",
            Self::CallsApi => "the API is called with the access token",
            Self::Refreshes => "the access token is refreshed on request",
            Self::LogsOut => "logging out ends the session",
            Self::RefusesBroken => "a login that cannot succeed does not",
        }
    }
}

/// A check and its result.
#[derive(Debug)]
pub struct CheckResult {
    /// Which one.
    pub name: CheckName,
    /// Nothing, or what is wrong and what to do.
    pub result: Result<(), SetupError>,
}

impl CheckResult {
    /// Why nothing can be judged: there is no honest login.
    #[must_use]
    pub fn broken(&self) -> Option<&SetupError> {
        self.result.as_ref().err().filter(|_| self.name.is_needed())
    }

    /// What is wrong, and is for the scenarios to judge.
    #[must_use]
    pub fn finding(&self) -> Option<&SetupError> {
        self.result.as_ref().err().filter(|_| !self.name.is_needed())
    }
}
