//! What is said of a set-up that is broken.

use std::fmt;

use crate::terms::Told;
use crate::text::{cut, cut_to_end};

/// The set-up is broken: not a finding about the client, but about how it is started or configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupError {
    /// What was attempted.
    pub attempted: String,
    /// What was found.
    pub found: String,
    /// What to do.
    pub advice: String,
    /// What the client printed.
    pub output: String,
    /// The same and all else that it has let out, as it was.
    pub told: Box<[Told]>,
    /// Whether a process of the client runs all the same.
    pub still_runs: bool,
}

impl SetupError {
    /// Of a client that has printed nothing, and does not run.
    #[must_use]
    pub fn new(attempted: &str, found: String, advice: &str) -> Self {
        Self {
            attempted: attempted.to_owned(),
            found,
            advice: advice.to_owned(),
            output: String::new(),
            told: Box::default(),
            still_runs: false,
        }
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to {}: {}\n  what to do: {}", self.attempted, cut(&self.found), cut(&self.advice))?;
        if !self.output.trim().is_empty() {
            write!(f, "\n  what was printed:")?;
            cut_to_end(self.output.trim_end()).lines().try_for_each(|line| write!(f, "\n    | {line}"))?;
        }
        Ok(())
    }
}

impl std::error::Error for SetupError {}
