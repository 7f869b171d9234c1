//! What browsers and an app that logs in here exchanged, as far as the program that runs the app tells it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use serde::Serialize;

use super::changes::Changes;
use super::entry::{Request, Response};

/// How many visits are remembered.
const MOST: usize = 500;

/// A request of a browser to an app that logs in here, and the answer.
#[derive(Clone, Debug)]
pub struct Visit {
    /// When the request arrived.
    pub began: Instant,
    /// When the answer was ready.
    pub ended: Instant,
    /// The request.
    pub request: Request,
    /// The answer.
    pub response: Response,
    /// Why the app refused, if it did.
    pub refusal: Option<AppRefusal>,
}

/// Why an app refused what it received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppRefusal {
    /// The step at which it refused: `id-token`, for instance.
    pub phase: String,
    /// The reason in a word: `nonce-mismatch`, for instance.
    pub reason: String,
    /// The reason in a sentence.
    pub detail: String,
}

/// The visits of an issuer's app, in the order in which they ended. The oldest make room for the newest.
#[derive(Default)]
pub(crate) struct Visits {
    held: Mutex<Held>,
    changes: Changes,
}

#[derive(Default)]
struct Held {
    /// How many there have been.
    count: u64,
    visits: VecDeque<(u64, Arc<Visit>)>,
}

impl Visits {
    /// Enters a visit.
    pub(crate) fn add(&self, visit: Visit) {
        let mut held = self.held.lock();
        held.count += 1;
        let number = held.count;
        held.visits.push_back((number, Arc::new(visit)));
        if held.visits.len() > MOST {
            held.visits.pop_front();
        }
        drop(held);
        self.changes.tell();
    }

    /// Forgets all of them. The numbers go on.
    pub(crate) fn clear(&self) {
        self.held.lock().visits.clear();
    }

    /// The number that the next one will have.
    pub(crate) fn next_number(&self) -> u64 {
        self.held.lock().count + 1
    }

    /// Waits for visits from this number on.
    pub(crate) async fn since(&self, number: u64) -> Vec<(u64, Arc<Visit>)> {
        loop {
            // Enabled before looking, so that no visit between looking and waiting is missed.
            let changed = self.changes.next();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let held: Vec<_> = self.held.lock().visits.iter().filter(|(it, _)| *it >= number).cloned().collect();
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

    fn visit() -> Visit {
        let (request, response) = Default::default();
        Visit { began: Instant::now(), ended: Instant::now(), request, response, refusal: None }
    }

    #[tokio::test]
    async fn the_oldest_visits_make_room_and_numbers_go_on_after_all_are_forgotten() {
        let visits = Visits::default();
        (0..=MOST).for_each(|_| visits.add(visit()));
        let held = visits.since(0).await;
        assert_eq!((held.len(), held[0].0), (MOST, 2));
        visits.clear();
        visits.add(visit());
        let numbers: Vec<_> = visits.since(0).await.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [MOST as u64 + 2]);
    }
}
