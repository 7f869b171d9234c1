//! From when to when.

use std::time::Instant;

/// A stretch of time, by a clock that nobody moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When it began.
    pub began: Instant,
    /// When it ended.
    pub ended: Instant,
}

impl Span {
    /// From then until now.
    #[must_use]
    pub fn since(began: Instant) -> Self {
        Self { began, ended: Instant::now() }
    }

    /// No time at all.
    #[must_use]
    pub fn now() -> Self {
        Self::since(Instant::now())
    }

    /// Whether that was in it.
    #[must_use]
    pub fn holds(&self, when: Instant) -> bool {
        (self.began..=self.ended).contains(&when)
    }
}
