//! What pages write to the console of the browser's developer tools.

use std::collections::VecDeque;

use parking_lot::Mutex;

use crate::text::plain;

/// What the pages of a client write to the console, for reports: the end of it.
#[derive(Default)]
pub(in super::super) struct Console(Mutex<VecDeque<String>>);

/// How many lines are kept, and how many characters of each: a token is whole, or it would not be known for one.
const LINES: usize = 50;
const LINE: usize = 8 << 10;

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

    pub(in super::super) fn forget(&self) {
        self.0.lock().clear();
    }
}
