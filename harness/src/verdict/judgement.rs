//! Verdicts, judgements, and the reasons that other modules know by name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The result of one scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// What the scenario claims holds.
    Pass,
    /// The client cannot do what the scenario needs, and said so.
    Unsupported,
    /// The scenario says nothing about this client, by profile or by what was seen of it.
    Inapplicable,
    /// A SHOULD, a MAY, an interoperability expectation or a mechanism that the profile does not demand is not met.
    Warn,
    /// A MUST is not met.
    Fail,
    /// The client died, or broke the connection.
    Crashed,
    /// The client says refused, and the wire or its session says otherwise.
    Conflict,
    /// The scenario proves nothing: the altered message was not reached, or the honest run failed.
    NotExercised,
    /// Red on a client that other scenarios had used, and not the same when it was played again, alone, on a fresh one.
    Unstable,
    /// No end was seen in time.
    Inconclusive,
    /// Our fault.
    HarnessError,
}

impl Verdict {
    /// All of them, from quiet to loud.
    pub const ALL: [Self; 11] = [
        Self::Pass,
        Self::Unsupported,
        Self::Inapplicable,
        Self::Warn,
        Self::Fail,
        Self::Crashed,
        Self::Conflict,
        Self::NotExercised,
        Self::Unstable,
        Self::Inconclusive,
        Self::HarnessError,
    ];

    /// Neither shown nor counted as a finding.
    #[must_use]
    pub fn is_quiet(self) -> bool {
        matches!(self, Self::Pass | Self::Unsupported | Self::Inapplicable)
    }

    /// Whether a run with such a result is red. A warning is shown, and leaves the run green.
    #[must_use]
    pub fn is_red(self) -> bool {
        !self.is_quiet() && self != Self::Warn
    }

    /// The name in results, `not-exercised`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Unsupported => "unsupported",
            Self::Inapplicable => "inapplicable",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Crashed => "crashed",
            Self::Conflict => "conflict",
            Self::NotExercised => "not-exercised",
            Self::Unstable => "unstable",
            Self::Inconclusive => "inconclusive",
            Self::HarnessError => "harness-error",
        }
    }
}

/// A verdict and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// A stable name of the reason, `code-redeemed`; empty for a pass.
    pub reason: &'static str,
    /// The reason in words, for the person at the red build.
    pub message: String,
}

impl Judgement {
    pub(super) fn new(verdict: Verdict, reason: &'static str, message: impl Into<String>) -> Self {
        Self { verdict, reason, message: message.into() }
    }

    pub(super) fn pass() -> Self {
        Self::new(Verdict::Pass, "", "")
    }

    /// Whether its cause is told by another scenario.
    #[must_use]
    pub fn is_excused(&self) -> bool {
        ["id-token-unread", "id-token-read-late"].contains(&self.reason)
    }
}

/// The reason of a scenario that proves nothing because what stands between the harness and the client broke its rules.
pub const DRIVER_BROKEN: &str = "driver-broken";

/// Why a scenario with a second login in the same browser says nothing about a client.
pub const NO_SECOND_LOGIN: &str =
    "the client begins no login in a browser where somebody is logged in, and this scenario needs one";

/// A scenario that needs what the client does not do.
#[must_use]
pub fn no_second_login() -> Judgement {
    Judgement::new(Verdict::Inapplicable, "not-used", NO_SECOND_LOGIN)
}

/// Two people log in one after the other, and the client takes them for one person with two identities.
#[must_use]
pub fn accounts_linked() -> Judgement {
    let message = "the client adds the identity of somebody who logs in to the account that is logged in already, and this \
                   scenario is about two accounts";
    Judgement::new(Verdict::Inapplicable, "accounts-linked", message)
}

/// The reason of a refusal that kept out what it had to, and came as status 500.
pub const REFUSED_WITH_500: &str = "refused-with-500";

/// The reason of a scenario about a defence that the client lacks, and owes to nobody.
pub const DEFENCE_NOT_OWED: &str = "defence-not-owed";

/// The reason of a scenario for which the client could not be started, though it was tried twice.
pub const NOT_STARTED: &str = "not-started";

/// The reason of a scenario that was not run, because the run ended before.
pub const NOT_RUN: &str = "not-run";

/// The reason of a scenario in which the client did not answer in time.
pub const TIMED_OUT: &str = "timed-out";
