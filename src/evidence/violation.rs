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
}

impl Violation {
    pub(crate) fn of(invariant: Invariant, level: Level, cause: impl Into<String>, message: impl Into<String>) -> Self {
        Self { invariant, level, cause: cause.into(), message: message.into() }
    }
}
