//! What a client answers to an operation, or why there is no answer.

use url::Url;

use super::{Capability, Refusal};

/// What a client did, or why we cannot say.
pub type Reply<T> = Result<T, Failure>;

/// The client's answer to an operation, as it put it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether it says that it went through.
    pub said: Said,
    /// What a person would have seen.
    pub shown: String,
}

impl Answer {
    /// It went through, and there is nothing to show.
    #[must_use]
    pub fn done() -> Self {
        Self { said: Said::Done, shown: String::new() }
    }

    /// It was refused, and a person would have seen why.
    #[must_use]
    pub fn refused(refusal: Refusal) -> Self {
        Self { shown: refusal.detail.clone(), said: Said::Refused(refusal) }
    }
}

/// What a client says of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It went through.
    Done,
    /// It was refused.
    Refused(Refusal),
    /// A page that could mean either: the session decides.
    Page(u16),
    /// It sends the browser back to the provider with this authorization request: one attempt has ended without success,
    /// and another one begins.
    BeginsAgain(Url),
}

/// Who a client says is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whoami {
    /// Nobody.
    Nobody,
    /// Somebody, by this subject if the client knows one.
    Somebody {
        /// `sub`
        subject: Option<String>,
        /// All that the client shows.
        shown: String,
    },
    /// Somebody, and who it is stands somewhere in this page.
    Page(String),
}

/// Why there is no answer. "The client failed" and "we could not even try" are different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It refused in a typed way before there was anything to show.
    Refused(Refusal),
    /// It died, or closed the connection.
    Crashed(String),
    /// It answered with status 500, to something that it should have had an answer for.
    ServerError(String),
    /// It did not answer in time.
    TimedOut(String),
    /// It cannot do that.
    Unsupported(Capability),
    /// What stands between the harness and the client broke its own rules: a finding about neither.
    DriverBroken(String),
    /// The harness could not even try.
    Broken(String),
}
