//! What does not hold, and what the checks share.

use crate::evidence::{Evidence, Session};
use crate::plan::{Action, Invariant};
use crate::suite::Level;
use crate::terms::Browser;

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What should hold.
    pub invariant: Invariant,
    /// How strong the duty is.
    pub level: Level,
    /// What the client does, without names and numbers: the same for each run in which it does so.
    pub cause: String,
    /// What was seen.
    pub message: String,
    /// Where the duty is laid down, as the tags of scenarios write it.
    pub clauses: Vec<&'static str>,
}

impl Violation {
    pub(super) fn of(invariant: Invariant, level: Level, cause: impl Into<String>, message: impl Into<String>) -> Self {
        Self { invariant, level, cause: cause.into(), message: message.into(), clauses: invariant.clauses().to_vec() }
    }

    /// The same under other clauses than those of the whole invariant.
    pub(super) fn under(self, clauses: Vec<&'static str>) -> Self {
        Self { clauses, ..self }
    }
}

/// Who was last seen to be logged in in this browser, before one of the attempts.
pub(super) fn session_before(evidence: &Evidence, attempt: usize, browser: Browser) -> &Session {
    let earlier = evidence.attempts[..attempt].iter().rev();
    let mut seen = earlier.filter(|it| it.action.browsers().contains(&browser)).filter_map(|it| it.session.as_ref());
    seen.next().unwrap_or(&Session::Nobody)
}

/// Whether cookies of this browser were put into another one before, or another's into it: two browsers then share what one
/// of them does.
pub(super) fn has_foreign_cookies(evidence: &Evidence, attempt: usize, browser: Browser) -> bool {
    evidence.attempts[..attempt].iter().any(|it| match &it.action {
        Action::PlantCookies { of, to } | Action::TakeCookies { of, to } => [of, to].contains(&&browser),
        _ => false,
    })
}

/// Whether the provider may have said, honestly signed, that somebody is another person than the one who signed in.
pub(super) fn provider_says_who(evidence: &Evidence) -> bool {
    let own = evidence.people.identity().claim();
    evidence.faults.iter().any(|armed| {
        let says = |name: &&str| {
            serde_json::to_string(&armed.fault.change).is_ok_and(|it| it.contains(&format!("\"{name}\"")))
        };
        ["sub", own, "name", "email"].iter().any(says)
    })
}
