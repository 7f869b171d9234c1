//! The progress line: on a terminal only, and gone when the run has ended.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::lab::{Observer, Run};

/// A progress line.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Shows a line for this many scenarios.
    pub(super) fn start(scenarios: usize) -> Self {
        let bar = ProgressBar::new(scenarios as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }
}

/// However the run ends, no line is left behind.
impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Observer for Progress {
    fn ended(&self, run: &Run) {
        self.0.set_message(run.scenario.id.to_string());
        self.0.inc(1);
    }
}
