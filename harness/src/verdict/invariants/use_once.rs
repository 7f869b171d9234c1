//! What is used once: codes, and the values that guard a login.

use std::collections::HashMap;
use std::sync::Arc;

use mock_idp::{CredentialKind, Endpoint, Entry};

use super::refreshes;
use super::violation::Violation;
use crate::evidence::{Evidence, Outcome};
use crate::plan::{Action, Check, Invariant, Message};
use crate::suite::Level;
use crate::terms::Browser;

pub(super) fn violations(evidence: &Evidence) -> Vec<Violation> {
    let codes = codes(evidence).into_iter().chain(refreshes::replaced(evidence));
    codes.chain(guards(evidence)).chain(guessable(evidence)).collect()
}

/// So many requests show which bits of a value vary.
const ENOUGH: usize = 16;

/// RFC 6749 §10.10: what guards a login cannot be guessed.
fn guessable(evidence: &Evidence) -> Option<Violation> {
    let checks: [(Message, &[&str], u32, Level); 5] = [
        (Message::AuthorizationRequest, &["state", "nonce", "code_challenge"], 64, Level::Must),
        (Message::AuthorizationRequest, &["nonce", "code_challenge"], 64, Level::Must),
        (Message::AuthorizationRequest, &["nonce"], 64, Level::Must),
        (Message::TokenRequest, &["code_verifier"], 128, Level::Must),
        // Beside the other two, a client may use it for something else.
        (Message::AuthorizationRequest, &["state"], 64, Level::May),
    ];
    checks.into_iter().find_map(|(message, names, bits, level)| {
        let sent = evidence.sent(message);
        let sends = |name: &str| sent.iter().all(|entry| entry.request.param(name).is_some());
        // Of one value, it is asked only of clients that send it.
        if sent.len() < ENOUGH || (names.len() == 1 && !sends(names[0])) {
            return None;
        }
        let owned = names.iter().map(|&name| name.to_owned()).collect();
        let problem = evidence.check(message, &Check::Bits(owned, bits)).err()?;
        let cause = match names {
            [name] => format!("sends a {name} that can be guessed"),
            _ => format!("sends no {} that cannot be guessed", names.join(" or ")),
        };
        Some(Violation::of(Invariant::SingleUse, level, cause, problem.found).under(vec!["RFC6749-10.10"]))
    })
}

/// RFC 6749 §4.1.2: a client must not use a code more than once.
pub(super) fn codes(evidence: &Evidence) -> Option<Violation> {
    let (first, again) = presented_twice(evidence).into_iter().next()?;
    // A server that has failed, or has not answered, may not have used the code.
    let (level, after) = match first.status() {
        Some(..500) => (Level::Must, ""),
        Some(_) | None => (Level::Should, ", after the token endpoint has failed"),
    };
    let message = format!("the code of request #{} was presented again in request #{}", first.seq, again.seq);
    let violation = Violation::of(Invariant::SingleUse, level, format!("presents a code twice{after}"), message);
    Some(violation.under(vec!["RFC6749-4.1.2"]))
}

/// Whether a code was presented again after a good answer that nothing has altered. Where the first answer is another, it
/// is what the client has failed at, whatever it tries then.
pub(super) fn spoils_good_answer(evidence: &Evidence) -> bool {
    let is_good = |entry: &Entry| entry.status().is_some_and(|status| status < 300) && entry.faults.is_empty();
    presented_twice(evidence).iter().any(|(first, _)| is_good(first))
}

/// Token requests of one login that present the same code: the earlier and the later one.
fn presented_twice(evidence: &Evidence) -> Vec<(Arc<Entry>, Arc<Entry>)> {
    let mut seen = HashMap::<String, Arc<Entry>>::new();
    let mut pairs = Vec::new();
    for entry in evidence.sent(Message::TokenRequest) {
        let codes = entry.presented.iter().map(|it| &it.credential).filter(|it| it.kind == CredentialKind::Code);
        for code in codes {
            let earlier = seen.insert(code.value.clone(), entry.clone());
            pairs.extend(earlier.filter(|it| are_one_login(evidence, it, &entry)).map(|it| (it, entry.clone())));
        }
    }
    pairs
}

/// Whether two token requests are due to the same authorization response in the same browser. A client cannot know that
/// a code was used before if it is given to another login in place of that login's own code.
fn are_one_login(evidence: &Evidence, first: &Entry, again: &Entry) -> bool {
    let browser_of = |entry: &Entry| {
        let attempt = evidence.attempt_of(entry)?;
        let injected = attempt.action.injects() || matches!(attempt.action, Action::Forge { .. });
        attempt.action.browsers().first().copied().filter(|_| !injected)
    };
    browser_of(first).is_some_and(|browser| browser_of(again) == Some(browser))
}

/// RFC 9700 §2.1.1, OpenID Connect Core §15.5.2: `state`, `nonce` and `code_challenge` belong to one login in one browser.
/// A browser that starts a login again before the first one has ended may get the same values.
fn guards(evidence: &Evidence) -> Option<Violation> {
    let requests: Vec<_> = evidence.exchanges().into_iter().filter(|it| it.endpoint == Endpoint::Authorize).collect();
    for (name, clause) in [("state", "RFC9700-2.1"), ("nonce", "OIDC-Core-15.5.2"), ("code_challenge", "RFC7636-4.1")] {
        let mut seen = HashMap::<&str, (Option<Browser>, usize)>::new();
        for (at, entry) in requests.iter().enumerate() {
            let Some(value) = entry.request.param(name).filter(|value| !value.is_empty()) else { continue };
            let browser = evidence.sender(entry);
            let Some((first_browser, first)) = seen.insert(value, (browser, at)) else { continue };
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
                let where_ = if others { "in another browser" } else { "after its login has ended" };
                let first = &requests[first];
                let message =
                    format!("{name} of request #{} comes again in request #{}, {where_}", first.seq, entry.seq);
                // RFC 9700 §2.1: a client that is guarded by PKCE or a nonce may use `state` for something else.
                let guarded = name == "state" && differ(first, entry);
                let level = if guarded { Level::Should } else { Level::Must };
                let cause = format!("sends the same {name} in several logins");
                return Some(Violation::of(Invariant::SingleUse, level, cause, message).under(vec![clause]));
            }
        }
    }
    None
}

/// Whether two authorization requests have a nonce or an S256 challenge each, which is not the same in both.
fn differ(first: &Entry, again: &Entry) -> bool {
    let fresh = |name: &str| {
        let (first, again) = (first.request.param(name), again.request.param(name));
        first.is_some() && again.is_some() && first != again
    };
    let hashed = |entry: &Entry| entry.request.param("code_challenge_method") == Some("S256");
    fresh("nonce") || (fresh("code_challenge") && hashed(first) && hashed(again))
}
