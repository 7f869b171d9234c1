//! A line of the vocabulary.

use super::parameters::Args;
use crate::plan::Plan;

/// One line of the vocabulary.
pub struct Line {
    /// A cucumber expression; the parameters are those of `parameters`.
    pub expression: &'static str,
    /// What it means, one sentence.
    pub about: &'static str,
    pub(super) build: fn(&mut Plan, &Args<'_>) -> Result<(), String>,
}
