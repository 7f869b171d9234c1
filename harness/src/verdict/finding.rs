//! What an expectation finds that is not as it claims.

use crate::evidence::Session;
use crate::verdict::Evidence;

/// An expectation that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// What it means for the verdict.
    pub(super) weight: Weight,
    /// A stable name.
    pub(super) reason: &'static str,
    /// In words.
    pub(super) message: String,
}

/// What a finding means, the weightiest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// The client says refused, and the wire says otherwise.
    Contradiction,
    /// The claim is wrong.
    Unmet,
    /// The claim does not hold, and nobody is let in or given away by that: the client does less than it could.
    Harmless,
    /// The client stopped for another reason, so the claim was not tested.
    ProvesNothing,
}

impl Finding {
    pub(super) fn unmet(reason: &'static str, message: impl Into<String>) -> Self {
        Self { weight: Weight::Unmet, reason, message: message.into() }
    }

    /// A page that shows several people says of none of them that they are logged in, nor that they are not.
    pub(super) fn ambiguous(session: &Session, evidence: &Evidence) -> Self {
        let claim = evidence.people.identity().claim();
        let message = format!(
            "{session}: let the session route show the `{claim}` of the person who is logged in as a separate member, or alone \
             in an element"
        );
        Self { weight: Weight::ProvesNothing, reason: "ambiguous-session", message }
    }

    /// What is not done at all is done for nobody else.
    pub(super) fn harmless(reason: &'static str, message: impl Into<String>) -> Self {
        Self { weight: Weight::Harmless, reason, message: message.into() }
    }

    /// There was nothing to look at.
    pub(super) fn nothing_sent(message: impl Into<String>) -> Self {
        Self { weight: Weight::ProvesNothing, reason: "nothing-sent", message: message.into() }
    }
}
