//! What was done by hand on the explorer page, to be written as a scenario.

use serde::Deserialize;

use crate::Deed;

/// What is expected of the client at the end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Outcome {
    /// It refuses, at this step if one is known.
    Refused {
        /// `id-token`, for instance.
        phase: Option<String>,
    },
    /// It goes on.
    WentOn,
}

/// All that was done, in order, and what is expected.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// What was done.
    pub deeds: Vec<Deed>,
    /// What is expected.
    pub outcome: Outcome,
}
