//! Something that must hold in every run, and does not.

use crate::plan::Invariant;
use crate::suite::Level;

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What should hold.
    pub invariant: Invariant,
    /// How strong the duty is.
    pub level: Level,
    /// What the client does, without names and numbers: the same for each run in which it does so.
    pub cause: String,
    /// What was seen.
    pub message: String,
    /// Where the duty is laid down, as the tags of scenarios write it.
    pub clauses: Vec<&'static str>,
}

impl Violation {
    pub(crate) fn of(invariant: Invariant, level: Level, cause: impl Into<String>, message: impl Into<String>) -> Self {
        Self { invariant, level, cause: cause.into(), message: message.into(), clauses: invariant.clauses().to_vec() }
    }

    /// The same under other clauses than those of the whole invariant.
    pub(crate) fn under(self, clauses: Vec<&'static str>) -> Self {
        Self { clauses, ..self }
    }
}
