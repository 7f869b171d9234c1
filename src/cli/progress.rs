//! The progress line: on a terminal only, and gone when the run has ended.

use std::fmt::Display;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A progress line.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Shows a line for this many steps.
    pub(super) fn start(steps: usize) -> Self {
        let bar = ProgressBar::new(steps as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Shows that something goes on whose steps nobody knows.
    pub(super) fn spin(what: &'static str) -> Self {
        let bar = ProgressBar::new_spinner().with_message(what);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Shows that a step is done.
    pub(super) fn done(&self, what: impl Display) {
        self.0.set_message(what.to_string());
        self.0.inc(1);
    }
}

/// However the run ends, no line is left behind.
impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
