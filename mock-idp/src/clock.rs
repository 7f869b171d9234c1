//! The issuer's time: the real one plus an offset that tests move.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Its own clock for each issuer, so that nobody has to sleep until something expires.
#[derive(Debug, Default)]
pub struct Clock {
    offset: AtomicI64,
}

impl Clock {
    /// Seconds since the Unix epoch, as this issuer sees it.
    pub fn now(&self) -> i64 {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX).saturating_add(self.offset())
    }

    /// Moves the clock by so many seconds; negative ones turn it back.
    pub fn advance(&self, seconds: i64) {
        let moved = |offset: i64| Some(offset.saturating_add(seconds));
        // Never fails: there always is a new offset.
        let _ = self.offset.fetch_update(Ordering::Relaxed, Ordering::Relaxed, moved);
    }

    /// How far this clock is ahead of the real one, in seconds.
    pub fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }
}
