//! Attempts, and how they ended.

use super::session::Session;
use crate::plan::Action;
use crate::terms::{Capability, Refusal, Span};

/// One action and how it ended.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// What was done.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
    /// What a person would have seen.
    pub shown: String,
    /// Who was logged in afterwards, if that was looked at: it is after each authorization response.
    pub session: Option<Session>,
    /// From when to when.
    pub when: Span,
    /// Which action of the plan it is, from 0; none if the harness did it to find out how things stand.
    pub number: Option<usize>,
}

impl Attempt {
    /// Whether the client has refused, in whatever way.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self.outcome, Outcome::Refused(_) | Outcome::ServerError(_))
    }
}

/// How an action ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It went through.
    Done,
    /// The client refused.
    Refused(Refusal),
    /// The client died, or closed the connection.
    Crashed(String),
    /// The client answered with a page of status 500: whatever it did was not planned.
    ServerError(String),
    /// No end was seen in time.
    TimedOut(String),
    /// The client says one thing, and its session another.
    Contradicted(String),
    /// An earlier login did not get far enough for this to be tried.
    NothingToDeliver(String),
    /// The client gives browsers nothing that this could be tried with.
    NothingToTry(String),
    /// The client cannot do this.
    Unsupported(Capability),
    /// What stands between the harness and the client broke its own rules.
    DriverBroken(String),
    /// The harness could not try.
    Broken(String),
}
