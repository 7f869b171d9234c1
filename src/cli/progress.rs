//! How far a run is: a progress line on a terminal, which is gone when the run has ended; elsewhere a line each minute.

use std::fmt::Display;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use parking_lot::Mutex;

use super::terminal::Terminal;

/// How often it is said how far a run is where there is no terminal: a run that says nothing looks like one that hangs.
const INTERVAL: Duration = Duration::from_secs(60);

/// A progress line.
pub(super) struct Progress {
    bar: ProgressBar,
    /// Where the lines go, and when the last one was written.
    lines: Option<(Terminal, Mutex<Instant>)>,
}

impl Progress {
    /// Shows a line for this many steps.
    pub(super) fn start(steps: usize) -> Self {
        let bar = ProgressBar::new(steps as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, lines: None }
    }

    /// The same, with lines where there is no terminal.
    pub(super) fn start_on(terminal: Terminal, steps: usize) -> Self {
        let mut started = Self::start(steps);
        started.lines = started.bar.is_hidden().then(|| (terminal, Mutex::new(Instant::now())));
        started
    }

    /// Shows that something goes on whose steps nobody knows.
    pub(super) fn spin(what: &'static str) -> Self {
        let bar = ProgressBar::new_spinner().with_message(what);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, lines: None }
    }

    /// Shows that a step is done.
    pub(super) fn done(&self, what: impl Display) {
        self.bar.set_message(what.to_string());
        self.bar.inc(1);
        let Some((terminal, last)) = &self.lines else { return };
        let mut last = last.lock();
        if last.elapsed() >= INTERVAL {
            *last = Instant::now();
            let (done, of) = (self.bar.position(), self.bar.length().unwrap_or_default());
            terminal.tell(&format!("   {done} of {of} scenarios after {} s", self.bar.elapsed().as_secs()));
        }
    }
}

/// However the run ends, no line is left behind.
impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
