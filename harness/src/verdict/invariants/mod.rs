//! What holds in every run, whatever was done: no claim of a scenario is needed for it.
//!
//! Each check is sure of what it says: where something in the run may excuse the client, it says nothing.

mod bounds;
mod credentials;
mod duties;
mod forbidden;
mod honest;
mod lawful;
mod people;
mod redirects;
mod refreshes;
mod requests;
mod use_once;
mod violation;

pub use self::forbidden::MARK;
pub use self::violation::Violation;
use crate::evidence::Evidence;
use crate::plan::Invariant;

/// Everything that does not hold, in the order of [`Invariant::ALL`].
#[must_use]
pub fn violations(evidence: &Evidence) -> Vec<Violation> {
    Invariant::ALL.into_iter().flat_map(|invariant| violations_of(invariant, evidence)).collect()
}

/// Whether one login has presented its code twice.
#[must_use]
pub fn presents_code_twice(evidence: &Evidence) -> bool {
    code_presented_twice(evidence).is_some()
}

/// Whether one login has presented its code again after a good answer: the provider takes back what it has issued for such
/// a code (RFC 6749 §4.1.2).
#[must_use]
pub fn spoils_code(evidence: &Evidence) -> bool {
    use_once::spoils_good_answer(evidence)
}

/// How one login has presented its code twice.
#[must_use]
pub(super) fn code_presented_twice(evidence: &Evidence) -> Option<Violation> {
    use_once::codes(evidence)
}

/// How one of them does not hold.
#[must_use]
pub(super) fn violations_of(invariant: Invariant, evidence: &Evidence) -> Vec<Violation> {
    match invariant {
        Invariant::Identity => people::identity(evidence),
        Invariant::LogOut => people::log_out(evidence),
        Invariant::OwnToken => people::own_token(evidence),
        Invariant::ForbiddenMessage => forbidden::violations(evidence),
        Invariant::Credentials => credentials::violations(evidence),
        Invariant::Redirects => redirects::violations(evidence),
        Invariant::SingleUse => use_once::violations(evidence),
        Invariant::Requests => requests::violations(evidence),
        Invariant::HonestFlow => honest::flow(evidence),
        Invariant::Recovery => honest::recovery(evidence),
        Invariant::Bounds => bounds::violations(evidence),
    }
}
