//! The issuer's time: the real one plus an offset that tests move, or one that stands still.

use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::RwLock;

/// Its own clock for each issuer, so that nobody has to sleep until something expires.
#[derive(Debug, Default)]
pub struct Clock(RwLock<Reading>);

/// What the clock shows.
#[derive(Clone, Copy, Debug)]
enum Reading {
    /// The real time plus so many seconds.
    Ahead(i64),
    /// This time, in seconds since the Unix epoch.
    Frozen(i64),
}

impl Default for Reading {
    fn default() -> Self {
        Self::Ahead(0)
    }
}

impl Reading {
    fn now(self) -> i64 {
        match self {
            Self::Ahead(offset) => real().saturating_add(offset),
            Self::Frozen(now) => now,
        }
    }

    fn offset(self) -> i64 {
        match self {
            Self::Ahead(offset) => offset,
            Self::Frozen(now) => now.saturating_sub(real()),
        }
    }
}

impl Clock {
    /// Seconds since the Unix epoch, as this issuer sees it.
    pub fn now(&self) -> i64 {
        self.0.read().now()
    }

    /// Moves the clock by so many seconds; negative ones turn it back.
    pub fn advance(&self, seconds: i64) {
        let (Reading::Ahead(moved) | Reading::Frozen(moved)) = &mut *self.0.write();
        *moved = moved.saturating_add(seconds);
    }

    /// Sets the clock to a time in seconds since the Unix epoch. It goes on from there, unless it is frozen.
    pub fn set(&self, now: i64) {
        let mut reading = self.0.write();
        *reading = match *reading {
            Reading::Ahead(_) => Reading::Ahead(now.saturating_sub(real())),
            Reading::Frozen(_) => Reading::Frozen(now),
        };
    }

    /// Stops the clock: from now on only [`Clock::advance`] and [`Clock::set`] move it.
    pub fn freeze(&self) {
        let mut reading = self.0.write();
        *reading = Reading::Frozen(reading.now());
    }

    /// Lets a frozen clock go on from the time that it shows.
    pub fn unfreeze(&self) {
        let mut reading = self.0.write();
        *reading = Reading::Ahead(reading.offset());
    }

    /// Back to the real time.
    pub fn reset(&self) {
        *self.0.write() = Reading::default();
    }

    /// Whether it is frozen.
    pub fn is_frozen(&self) -> bool {
        matches!(*self.0.read(), Reading::Frozen(_))
    }

    /// How far this clock is ahead of the real one, in seconds.
    pub fn offset(&self) -> i64 {
        self.0.read().offset()
    }
}

/// What the system's clock says.
fn real() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)
}
