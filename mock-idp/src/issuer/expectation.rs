//! Requests that a test expects, checked at its end.

use std::thread;

use super::Issuer;
use crate::RequestPattern;
use crate::journal::line;

/// How many requests a message lists.
const LISTED: usize = 20;

/// Requests that are to arrive while it lives. Dropping it checks that they did, and panics with what was seen instead.
#[derive(Debug)]
#[must_use = "it checks when it is dropped, which is now"]
pub struct Expectation {
    issuer: Issuer,
    pattern: RequestPattern,
    count: Count,
}

/// How many requests are expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    AtLeast(usize),
    Exactly(usize),
}

impl Issuer {
    /// Expects at least one such request from now on, until what is returned is dropped.
    ///
    /// ```should_panic
    /// # fn main() -> std::io::Result<()> {
    /// use mock_idp::{Endpoint, MockIdp, RequestPattern};
    ///
    /// let idp = MockIdp::start_blocking()?;
    /// let refreshes = RequestPattern::to(Endpoint::Token).param("grant_type", "refresh_token");
    /// let _one_refresh = idp.issuer().expect(refreshes).times(1);
    /// // Nobody refreshes, and the end of the test says so.
    /// # Ok(())
    /// # }
    /// ```
    pub fn expect(&self, pattern: RequestPattern) -> Expectation {
        let since = pattern.since.max(self.journal().next_seq());
        Expectation { issuer: self.clone(), pattern: pattern.since(since), count: Count::AtLeast(1) }
    }
}

impl Expectation {
    /// Expects exactly so many.
    pub fn times(self, count: usize) -> Self {
        self.counting(Count::Exactly(count))
    }

    /// Expects so many or more.
    pub fn at_least(self, count: usize) -> Self {
        self.counting(Count::AtLeast(count))
    }

    /// Expects none.
    pub fn never(self) -> Self {
        self.times(0)
    }

    /// Whether it is met now. Otherwise the message says what was expected and what was seen.
    pub fn check(&self) -> Result<(), String> {
        let journal = self.issuer.journal();
        let found = journal.requests(&self.pattern).len();
        let (is_met, expected) = match self.count {
            Count::AtLeast(count) => (found >= count, format!("at least {count}")),
            Count::Exactly(count) => (found == count, format!("{count}")),
        };
        if is_met {
            return Ok(());
        }
        let seen = journal.since(self.pattern.since);
        let lines: Vec<_> = seen.iter().take(LISTED).map(|entry| format!("\n  {}", line(entry))).collect();
        let seen = match seen.len() {
            0 => "no request has arrived".to_owned(),
            count if count > LISTED => format!("these have arrived:{}\n  and {} more", lines.concat(), count - LISTED),
            _ => format!("these have arrived:{}", lines.concat()),
        };
        Err(format!("expected {expected} {}, found {found}; {seen}", self.pattern))
    }

    fn counting(mut self, count: Count) -> Self {
        self.count = count;
        self
    }
}

impl Drop for Expectation {
    fn drop(&mut self) {
        // A second panic would end the process, and hide the first one.
        if !thread::panicking()
            && let Err(message) = self.check()
        {
            panic!("{message}");
        }
    }
}
