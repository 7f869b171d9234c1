//! What pages write to the console of the browser's developer tools.

use std::collections::VecDeque;

use parking_lot::Mutex;

use crate::driver::text::plain;

/// What a page writes to the console of its tab, for reports: the last lines.
#[derive(Default)]
pub(in super::super) struct Console(Mutex<VecDeque<String>>);

/// How many lines are kept, and how many characters of each.
const LINES: usize = 100;
const LINE: usize = 500;

impl Console {
    pub(super) fn note(&self, text: &str) {
        let mut lines = self.0.lock();
        lines.push_back(plain(text).chars().take(LINE).collect());
        let surplus = lines.len().saturating_sub(LINES);
        lines.drain(..surplus);
    }

    /// All that is kept, a line each.
    pub(in super::super) fn text(&self) -> String {
        self.0.lock().iter().fold(String::new(), |text, line| text + line + "\n")
    }
}
