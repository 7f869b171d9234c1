//! What the expectations make of a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The expectations that a run was compared with, and the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    /// The expectations file, as it was named.
    pub file: String,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub digest: String,
    /// How many entries it has.
    pub entries: usize,
    /// What is wrong with them, in the order of the file.
    pub problems: Vec<Problem>,
}

/// Something that is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// The line of the entry.
    pub line: usize,
    /// What kind of thing.
    pub kind: ProblemKind,
    /// The scenario, or the pattern that matches none; nothing if the whole entry is meant.
    pub scenario: Option<String>,
    /// What was expected, what was found, and what to do.
    pub message: String,
}

/// How an entry can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The scenario ended otherwise.
    Stale,
    /// There is no such scenario.
    Unmatched,
    /// Another entry speaks of the same scenario.
    Ambiguous,
    /// The day of its review has passed.
    Overdue,
    /// It describes more than a failure, and does not say `excuse = true`.
    Unexcused,
    /// Scenarios that were judged when the file was written say nothing about the client any more.
    Lost,
}

impl ProblemKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Stale, Self::Unmatched, Self::Ambiguous, Self::Overdue, Self::Unexcused, Self::Lost];

    /// The name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Unmatched => "unmatched",
            Self::Ambiguous => "ambiguous",
            Self::Overdue => "overdue",
            Self::Unexcused => "unexcused",
            Self::Lost => "lost",
        }
    }
}

/// The entry that a result meets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The line of the entry.
    pub line: usize,
    /// Its comment; empty if there is none.
    pub comment: String,
}
