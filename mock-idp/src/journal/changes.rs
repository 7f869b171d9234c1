//! Changes of the journal, and who waits for them: tasks and threads.

use std::time::Instant;

use parking_lot::{Condvar, Mutex};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// Counts the changes, and wakes those who wait.
#[derive(Default)]
pub(super) struct Changes {
    count: Mutex<u64>,
    threads: Condvar,
    tasks: Notify,
}

impl Changes {
    /// Has everybody who waits look again.
    pub(super) fn tell(&self) {
        *self.count.lock() += 1;
        self.threads.notify_all();
        self.tasks.notify_waiters();
    }

    pub(super) fn count(&self) -> u64 {
        *self.count.lock()
    }

    /// Becomes ready at the next change.
    pub(super) fn next(&self) -> Notified<'_> {
        self.tasks.notified()
    }

    /// Blocks until there are more changes than these. False: it is too late.
    pub(super) fn block_after(&self, known: u64, deadline: Instant) -> bool {
        let mut count = self.count.lock();
        while *count == known {
            if self.threads.wait_until(&mut count, deadline).timed_out() {
                return false;
            }
        }
        true
    }
}
