//! A reader that gets every exchange once, as soon as it is over.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::entry::Entry;
use super::ring::Journal;

/// How far somebody has read.
#[derive(Debug)]
pub(crate) struct Tail {
    /// No exchange from this number on has been seen.
    next: u64,
    /// Those before it that were not over when they were seen.
    open: BTreeSet<u64>,
}

/// An exchange that is over.
#[derive(Debug)]
pub(crate) struct Over {
    pub(crate) entry: Arc<Entry>,
    /// All exchanges up to this number have been read, this one included: its own number, unless an older one is not over.
    pub(crate) read_to: u64,
}

impl Tail {
    /// Reads from this number on.
    pub(crate) fn since(seq: u64) -> Self {
        Self { next: seq, open: BTreeSet::new() }
    }

    /// Waits for exchanges that are over and have not been read. There are none when the journal is closed.
    pub(crate) async fn next(&mut self, journal: &Journal) -> Vec<Over> {
        loop {
            // Enabled before looking, so that no change between looking and waiting is missed.
            let changed = journal.changed();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let over = self.read(journal);
            if !over.is_empty() || journal.is_closed() {
                return over;
            }
            changed.await;
        }
    }

    fn read(&mut self, journal: &Journal) -> Vec<Over> {
        let entries = journal.since(self.open.first().copied().unwrap_or(self.next));
        // What the journal has forgotten never comes.
        let oldest = entries.first().map_or(u64::MAX, |entry| entry.seq);
        self.open.retain(|seq| *seq >= oldest);
        let mut over = Vec::new();
        for entry in entries {
            let is_new = entry.seq >= self.next;
            self.next = self.next.max(entry.seq + 1);
            if !entry.is_over() {
                if is_new {
                    self.open.insert(entry.seq);
                }
            } else if self.open.remove(&entry.seq) || is_new {
                let read_to = self.open.first().unwrap_or(&self.next) - 1;
                over.push(Over { entry, read_to });
            }
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Endpoint;
    use crate::journal::{Capacity, Request, Response};

    fn arrived(journal: &Journal) -> u64 {
        journal.arrived(0, Endpoint::Token, Request::default()).0
    }

    fn answered(journal: &Journal, seq: u64) {
        journal.amend(seq, |entry| entry.response = Some(Response::default()));
    }

    fn read(tail: &mut Tail, journal: &Journal) -> Vec<(u64, u64)> {
        tail.read(journal).iter().map(|over| (over.entry.seq, over.read_to)).collect()
    }

    #[test]
    fn an_exchange_that_is_held_back_keeps_no_other_back_and_is_read_again_after_a_break() {
        let journal = Journal::new(Capacity::default());
        let mut tail = Tail::since(0);
        assert_eq!([arrived(&journal), arrived(&journal), arrived(&journal)], [1, 2, 3]);
        answered(&journal, 1);
        answered(&journal, 3);
        assert_eq!(read(&mut tail, &journal), [(1, 1), (3, 1)]);
        assert_eq!(read(&mut tail, &journal), []);
        answered(&journal, 2);
        assert_eq!(read(&mut tail, &journal), [(2, 3)]);
        assert_eq!(read(&mut Tail::since(2), &journal), [(2, 2), (3, 3)]);
    }

    #[test]
    fn an_exchange_without_an_answer_is_over_when_it_ends() {
        let journal = Journal::new(Capacity::default());
        let mut tail = Tail::since(0);
        let seq = arrived(&journal);
        assert_eq!(read(&mut tail, &journal), []);
        journal.ended(seq);
        assert_eq!(read(&mut tail, &journal), [(1, 1)]);
    }

    #[test]
    fn what_is_forgotten_is_not_waited_for() {
        let journal = Journal::new(Capacity { entries: 1, ..Capacity::default() });
        let mut tail = Tail::since(0);
        arrived(&journal);
        assert_eq!(read(&mut tail, &journal), []);
        let second = arrived(&journal);
        answered(&journal, second);
        assert_eq!(read(&mut tail, &journal), [(2, 2)]);
        journal.clear();
        let third = arrived(&journal);
        answered(&journal, third);
        assert_eq!(read(&mut tail, &journal), [(3, 3)]);
    }
}
