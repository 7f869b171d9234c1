//! What the checks share.

pub use crate::evidence::Violation;
use crate::evidence::{Evidence, Session};
use crate::plan::Action;
use crate::terms::{Browser, Person};

/// Who was last seen to be logged in in this browser, before one of the attempts.
pub(super) fn session_before(evidence: &Evidence, attempt: usize, browser: Browser) -> &Session {
    let earlier = evidence.attempts[..attempt].iter().rev();
    let mut seen = earlier.filter(|it| it.action.browsers().contains(&browser)).filter_map(|it| it.session.as_ref());
    seen.next().unwrap_or(&Session::Nobody)
}

/// Who is logged in in this browser after one of the attempts, if that was looked at: where nothing follows, it was.
pub(super) fn session_after(evidence: &Evidence, attempt: usize, browser: Browser) -> Option<&Session> {
    let is_last = || !evidence.attempts[attempt + 1..].iter().any(|it| it.action.browsers().contains(&browser));
    evidence.attempts[attempt].session.as_ref().or_else(|| is_last().then(|| evidence.session(browser)))
}

/// Whether cookies of this browser were put into another one before, or another's into it: two browsers then share what one
/// of them does.
pub(super) fn has_foreign_cookies(evidence: &Evidence, attempt: usize, browser: Browser) -> bool {
    evidence.attempts[..attempt].iter().any(|it| match &it.action {
        Action::PlantCookies { of, to } | Action::TakeCookies { of, to } => [of, to].contains(&&browser),
        _ => false,
    })
}

/// Whether browsers have got each other's cookies: to a client they are one then.
pub(super) fn shares_cookies(evidence: &Evidence) -> bool {
    let shares = |action: &Action| matches!(action, Action::PlantCookies { .. } | Action::TakeCookies { .. });
    evidence.attempts.iter().any(|attempt| shares(&attempt.action))
}

/// Whether a person signs in somewhere.
pub(super) fn signs_in(evidence: &Evidence, person: Person) -> bool {
    evidence.attempts.iter().any(|it| match it.action {
        Action::LogIn { person: it, .. }
        | Action::Begin { person: it, .. }
        | Action::BeginMixedUp { person: it, .. } => it == person,
        _ => false,
    })
}

/// Whether the provider may have said, honestly signed, that somebody is another person than the one who signed in.
pub(super) fn provider_says_who(evidence: &Evidence) -> bool {
    let own = evidence.people.identity().claim();
    evidence.faults.iter().any(|armed| {
        let says = |name: &&str| armed.says(&format!("\"{name}\""));
        // Where people are known by their subject, a name or an address says nothing of who it is.
        if own == "sub" { says(&own) } else { ["sub", own, "name", "email"].iter().any(says) }
    })
}
