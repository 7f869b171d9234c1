//! What happened last beside the exchanges of the journal, numbered, for those who wait for more.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use super::changes::Changes;

/// How many are remembered.
const MOST: usize = 500;

/// Happenings of one kind, in their order. The oldest make room for the newest.
pub(crate) struct Recent<T> {
    held: Mutex<Held<T>>,
    changes: Changes,
}

struct Held<T> {
    /// How many there have been.
    count: u64,
    happenings: VecDeque<(u64, Arc<T>)>,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self { held: Mutex::new(Held { count: 0, happenings: VecDeque::new() }), changes: Changes::default() }
    }
}

impl<T> Recent<T> {
    pub(crate) fn add(&self, happening: T) {
        let mut held = self.held.lock();
        held.count += 1;
        let number = held.count;
        held.happenings.push_back((number, Arc::new(happening)));
        if held.happenings.len() > MOST {
            held.happenings.pop_front();
        }
        drop(held);
        self.changes.tell();
    }

    /// Forgets all of them. The numbers go on.
    pub(crate) fn clear(&self) {
        self.held.lock().happenings.clear();
    }

    /// The number that the next one will have.
    pub(crate) fn next_number(&self) -> u64 {
        self.held.lock().count + 1
    }

    /// Waits for those from this number on.
    pub(crate) async fn since(&self, number: u64) -> Vec<(u64, Arc<T>)> {
        loop {
            // Enabled before looking, so that none between looking and waiting is missed.
            let changed = self.changes.next();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let held: Vec<_> = self.held.lock().happenings.iter().filter(|(it, _)| *it >= number).cloned().collect();
            if !held.is_empty() {
                return held;
            }
            changed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_make_room_and_numbers_go_on_after_all_are_forgotten() {
        let recent = Recent::default();
        (0..=MOST).for_each(|it| recent.add(it));
        let held = recent.since(0).await;
        assert_eq!((held.len(), held[0].0, *held[0].1), (MOST, 2, 1));
        recent.clear();
        recent.add(7);
        let numbers: Vec<_> = recent.since(0).await.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [MOST as u64 + 2]);
    }
}
