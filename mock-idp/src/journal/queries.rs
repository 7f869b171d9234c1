//! Questions that tests ask a journal.

use std::sync::Arc;

use super::entry::Entry;
use super::pattern::RequestPattern;
use super::ring::Journal;
use crate::Endpoint;

impl Journal {
    /// The requests that a pattern describes, in order.
    pub fn requests(&self, pattern: &RequestPattern) -> Vec<Arc<Entry>> {
        self.since(pattern.since).into_iter().filter(|entry| pattern.matches(entry)).collect()
    }

    /// What asked for a code.
    pub fn authorization_requests(&self) -> Vec<Arc<Entry>> {
        self.requests(&RequestPattern::to(Endpoint::Authorize))
    }

    /// What asked for tokens.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// use mock_idp::MockIdp;
    ///
    /// let idp = MockIdp::start_blocking()?;
    /// // A client logs in here.
    /// for request in idp.issuer().journal().token_requests() {
    ///     assert_eq!(request.request.param("grant_type"), Some("authorization_code"));
    ///     assert_eq!(request.status(), Some(200), "{:?}", request.notes);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn token_requests(&self) -> Vec<Arc<Entry>> {
        self.requests(&RequestPattern::to(Endpoint::Token))
    }

    /// What asked for the claims of a user.
    pub fn userinfo_requests(&self) -> Vec<Arc<Entry>> {
        self.requests(&RequestPattern::to(Endpoint::Userinfo))
    }

    /// What called the protected API.
    pub fn api_requests(&self) -> Vec<Arc<Entry>> {
        self.requests(&RequestPattern::to(Endpoint::Api))
    }
}
