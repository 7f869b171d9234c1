//! What is used once: codes, and the values that guard a login.

use std::collections::HashMap;

use mock_idp::{CredentialKind, Endpoint, Entry};

use super::violation::Violation;
use crate::evidence::{Evidence, Outcome};
use crate::plan::{Invariant, Message};
use crate::suite::Level;
use crate::terms::Browser;

pub(super) fn violations(evidence: &Evidence) -> Vec<Violation> {
    codes(evidence).into_iter().chain(guards(evidence)).collect()
}

/// RFC 6749 §4.1.2: a client must not use a code more than once.
fn codes(evidence: &Evidence) -> Option<Violation> {
    let mut seen = HashMap::new();
    for entry in evidence.sent(Message::TokenRequest) {
        let codes = entry.presented.iter().map(|it| &it.credential).filter(|it| it.kind == CredentialKind::Code);
        for code in codes {
            let Some(first) = seen.insert(code.value.clone(), entry.seq) else { continue };
            let message = format!("the code of request #{first} was presented again in request #{}", entry.seq);
            return Some(Violation::of(Invariant::SingleUse, Level::Must, "presents a code twice", message));
        }
    }
    None
}

/// RFC 9700 §2.1, §2.1.1: what guards a login belongs to one login in one browser. A `state` that comes again is made up for by
/// a fresh `nonce`, and both by a fresh `code_challenge`. A browser that starts a login again before the first one has ended
/// may get the same values.
fn guards(evidence: &Evidence) -> Option<Violation> {
    let requests: Vec<_> = evidence.exchanges().into_iter().filter(|it| it.endpoint == Endpoint::Authorize).collect();
    let is_fresh = |entry: &Entry, name: &str| {
        let own = value(entry, name);
        own.is_some() && requests.iter().filter(|other| value(other, name) == own).count() == 1
    };
    for (name, stronger) in
        [("state", &["nonce", "code_challenge"][..]), ("nonce", &["code_challenge"]), ("code_challenge", &[])]
    {
        let mut seen = HashMap::<&str, (Option<Browser>, usize)>::new();
        for (at, entry) in requests.iter().enumerate() {
            let Some(repeated) = value(entry, name) else { continue };
            let browser = evidence.sender(entry);
            let Some((first_browser, first)) = seen.insert(repeated, (browser, at)) else { continue };
            if stronger.iter().any(|other| is_fresh(entry, other)) {
                continue;
            }
            let others = first_browser != browser;
            // A login that ended between the two was the first one's.
            let ended = evidence.attempts.iter().any(|attempt| {
                attempt.action.is_of_login()
                    && attempt.session.is_some()
                    && attempt.outcome == Outcome::Done
                    && browser.is_some_and(|browser| attempt.action.browsers().contains(&browser))
                    && attempt.when.ended > requests[first].arrived
                    && attempt.when.ended <= entry.arrived
            });
            if others || ended {
                let where_ = if others { "in another browser" } else { "after its login had ended" };
                let message = format!(
                    "{name} of request #{} comes again in request #{}, {where_}",
                    requests[first].seq, entry.seq
                );
                let cause = format!("sends the same {name} again");
                return Some(Violation::of(Invariant::SingleUse, Level::Must, cause, message));
            }
        }
    }
    None
}

/// The value of a parameter that is there and not empty.
fn value<'e>(entry: &'e Entry, name: &str) -> Option<&'e str> {
    entry.request.param(name).filter(|value| !value.is_empty())
}
