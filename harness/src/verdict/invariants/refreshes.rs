//! How often a client refreshes, and what for.

use std::collections::HashMap;
use std::sync::Arc;

use mock_idp::{Change, CredentialKind, Entry, Fault, Point, Times};
use serde_json::Value;

use super::violation::{Violation, shares_cookies};
use crate::evidence::{ArmedFault, Attempt, Evidence, Outcome};
use crate::plan::{Action, Invariant, Message, PolicyChange};
use crate::suite::Level;
use crate::terms::Capability;

/// For one call: one because the client thinks that it is time, and one because the API says so.
const MOST_REFRESHES_OF_A_CALL: usize = 2;

fn bounds(cause: impl Into<String>, message: String, under: &'static str) -> Violation {
    Violation::of(Invariant::Bounds, Level::Interop, cause, message).under(vec![under])
}

/// What a client asks for more often than it has to.
pub(super) fn violations(evidence: &Evidence) -> Vec<Violation> {
    let (refreshes, calls) = (evidence.sent(Message::RefreshRequest), evidence.sent(Message::ApiRequest));
    let of_one = evidence.attempts.iter().enumerate().find_map(|(number, attempt)| {
        let during = |entries: &[Arc<Entry>]| -> Vec<_> {
            entries.iter().filter(|entry| attempt.when.holds(entry.arrived)).cloned().collect()
        };
        match attempt.action {
            // Of several calls at once, one may have the answer that another one's refresh is blamed for.
            Action::CallApi(_) if is_of_several(evidence, attempt) => None,
            Action::CallApi(_) => needless(evidence, number, &during(&refreshes), &during(&calls)),
            Action::Refresh(_) => hidden(attempt, &during(&refreshes)),
            _ => None,
        }
    });
    of_one.into_iter().chain(dead(evidence, &refreshes)).collect()
}

/// Refreshes of one call for which there is no reason (RFC 6750 §3.1: `invalid_token` is the one that an API gives).
fn needless(evidence: &Evidence, number: usize, refreshes: &[Arc<Entry>], calls: &[Arc<Entry>]) -> Option<Violation> {
    let first = refreshes.first()?;
    if refreshes.len() > MOST_REFRESHES_OF_A_CALL {
        let message = format!("{} refresh requests for one call of the API", refreshes.len());
        return Some(bounds("refreshes again and again for one call of the API", message, "RFC6750-3.1"));
    }
    let before: Vec<_> =
        calls.iter().filter(|entry| entry.seq < first.seq).filter_map(|entry| entry.status()).collect();
    if let Some(status) = before.last().filter(|_| !before.contains(&401)) {
        let cause = match status {
            403 => "refreshes because the API forbids a call",
            429 => "refreshes because the API is busy",
            500.. => "refreshes because the API is out of order",
            _ => return None,
        };
        let message = format!("the API answers {status}, and request #{} refreshes the access token", first.seq);
        return Some(bounds(cause, message, "RFC6750-3.1"));
    }
    (before.is_empty() && has_fresh_token(evidence, number)).then(|| {
        let message = format!("request #{} refreshes an access token that was issued a moment before", first.seq);
        bounds("refreshes an access token that is fresh", message, "RFC6749-5.1")
    })
}

/// Whether the client has got an access token that lives for long enough, and nothing has happened since.
fn has_fresh_token(evidence: &Evidence, number: usize) -> bool {
    let is_usual = |it: &Attempt| {
        matches!(it.action, Action::LogIn { .. } | Action::CallApi(_) | Action::Refresh(_))
            && it.outcome == Outcome::Done
    };
    let shortens = |fault: &Fault| fault.at == Point::TokenResponse && !leaves_out_lifetime(fault);
    evidence.attempts[..number].iter().all(is_usual)
        && !evidence.faults.iter().any(|it| shortens(&it.fault))
        && !evidence.policies.iter().any(|it| matches!(it, PolicyChange::AccessTokenLifetime(_)))
        // Keycloak's live for five minutes.
        && evidence.dialect.is_none()
}

/// A lifetime that is not given is not zero (RFC 6749 §5.1).
fn leaves_out_lifetime(fault: &Fault) -> bool {
    match &fault.change {
        Change::Merge(patch) => *patch == serde_json::json!({ "expires_in": null }),
        Change::Remove(names) => *names == ["expires_in"],
        _ => false,
    }
}

/// The user, or the app, hears of a refresh that has failed.
fn hidden(attempt: &Attempt, refreshes: &[Arc<Entry>]) -> Option<Violation> {
    let refused = |entry: &Arc<Entry>| entry.status().is_some_and(|status| status >= 400);
    let last = refreshes.last().filter(|_| attempt.outcome == Outcome::Done && refreshes.iter().all(refused))?;
    let message = format!("the provider has refused request #{}, and the client says that it has refreshed", last.seq);
    Some(bounds("says that a refresh has succeeded that was refused", message, "RFC6749-5.2"))
}

/// The refresh token that a request presents.
fn token_of(entry: &Entry) -> Option<String> {
    let mut tokens = entry.presented.iter().map(|it| &it.credential);
    tokens.find(|it| it.kind == CredentialKind::RefreshToken).map(|it| it.value.clone())
}

/// RFC 6749 §5.2: `invalid_grant` is the end of a refresh token.
fn dead(evidence: &Evidence, refreshes: &[Arc<Entry>]) -> Option<Violation> {
    let mut refused = HashMap::<String, &Arc<Entry>>::new();
    if shares_cookies(evidence) {
        return None;
    }
    refreshes.iter().find_map(|entry| {
        let token = token_of(entry)?;
        let first = refused.get(&token).filter(|first| first.answered.is_some_and(|at| at < entry.arrived));
        if let Some(first) = first.filter(|_| !is_sent_by_several(evidence, entry)) {
            let message = format!(
                "the provider answers request #{} with invalid_grant, and #{} presents the same",
                first.seq, entry.seq
            );
            return Some(bounds("presents a refresh token again that was refused", message, "RFC6749-5.2"));
        }
        if error_of(entry).as_deref() == Some("invalid_grant") {
            refused.entry(token).or_insert(entry);
        }
        None
    })
}

/// Whether several calls were made at once: in one browser, which is one attempt, or in several, which are attempts of one
/// action.
fn is_of_several(evidence: &Evidence, attempt: &Attempt) -> bool {
    let of_same_action = |it: &&Attempt| it.number.is_some() && it.number == attempt.number;
    matches!(attempt.action, Action::CallApiAtOnce { .. })
        || evidence.attempts.iter().filter(of_same_action).count() > 1
}

/// Whether it was sent during several calls at once: each has read the token before the others were refused.
fn is_sent_by_several(evidence: &Evidence, entry: &Entry) -> bool {
    evidence.attempt_of(entry).is_some_and(|attempt| is_of_several(evidence, attempt))
}

/// Whether nothing is done to the answer but that it waits for another of several calls.
fn is_held_for_others(evidence: &Evidence, entry: &Entry) -> bool {
    let is_hold = |armed: &ArmedFault| matches!(armed.fault.change, Change::Hold { .. });
    let mut fired = evidence.faults.iter().filter(|armed| entry.faults.contains(&armed.id));
    is_sent_by_several(evidence, entry) && fired.all(is_hold)
}

fn error_of(entry: &Entry) -> Option<String> {
    let response = entry.response.as_ref().filter(|response| response.status >= 400)?;
    let body: Value = serde_json::from_str(&response.body).ok()?;
    Some(body.get("error")?.as_str()?.to_owned())
}

/// RFC 9700 §4.14.2: a refresh token that was replaced is spent; a provider that sees it again may end them all.
pub(super) fn replaced(evidence: &Evidence) -> Option<Violation> {
    // A client that cannot verify what came with the new one has not got it.
    let done = |action: &Action| evidence.attempts.iter().any(|it| it.action == *action);
    // The ID token of a refresh has to agree with the first one (OpenID Connect Core §12.2), which was altered.
    let was_altered =
        |it: &ArmedFault| it.at == Point::IdTokenClaims && (done(&Action::Disarm) || it.fault.times == Times::Once);
    if shares_cookies(evidence) || done(&Action::RotateKeys) || evidence.faults.iter().any(was_altered) {
        return None;
    }
    let mut spent = HashMap::<String, Arc<Entry>>::new();
    evidence.sent(Message::RefreshRequest).into_iter().find_map(|entry| {
        let token = token_of(&entry)?;
        if let Some(first) = spent.get(&token) {
            let message = format!(
                "request #{} has replaced the refresh token that request #{} presents again",
                first.seq, entry.seq
            );
            let cause = "presents a refresh token again that was replaced";
            let violation = Violation::of(Invariant::SingleUse, Level::Interop, cause, message);
            return Some(violation.under(vec!["RFC9700-4.14.2"]));
        }
        let is_replaced = entry.minted.iter().any(|it| it.kind == CredentialKind::RefreshToken && it.value != token);
        if is_replaced && (entry.faults.is_empty() || is_held_for_others(evidence, &entry)) {
            spent.insert(token, entry);
        }
        None
    })
}

/// RFC 6750 §3.1: a client that refreshes by itself does so where the API says that the token is not valid any more.
pub(super) fn not_renewed(evidence: &Evidence) -> Option<Violation> {
    let refreshes = evidence.sent(Message::RefreshRequest);
    if !evidence.capabilities.contains(&Capability::ReactiveRefresh)
        || !evidence.learnt.sends(Message::RefreshRequest)
        || evidence.faults.iter().any(|it| it.at != Point::ApiResponse)
        || !evidence.has_minted(CredentialKind::RefreshToken)
    {
        return None;
    }
    let calls = evidence.sent(Message::ApiRequest);
    evidence.attempts.iter().enumerate().find_map(|(number, attempt)| {
        let Action::CallApi(_) = attempt.action else { return None };
        let is_usual = |it: &Attempt| match it.action {
            Action::LogIn { .. } | Action::CallApi(_) => it.outcome == Outcome::Done,
            Action::ExpireAccessToken | Action::RevokeAccessTokens => true,
            _ => false,
        };
        let during = |entry: &&Arc<Entry>| attempt.when.holds(entry.arrived);
        let refused = calls.iter().filter(during).find(|entry| says_invalid_token(entry))?;
        let is_due = evidence.attempts[..number].iter().all(is_usual) && attempt.outcome != Outcome::Done;
        (is_due && !refreshes.iter().any(|entry| during(&entry))).then(|| {
            let message =
                format!("the API answers request #{} with invalid_token, and no refresh follows", refused.seq);
            let cause = "does not renew an access token that the API refuses";
            Violation::of(Invariant::HonestFlow, Level::Interop, cause, message).under(vec!["RFC6750-3.1"])
        })
    })
}

/// And names no other server: whether a client asks that one first is left to it (RFC 9728 §5.1).
fn says_invalid_token(entry: &Entry) -> bool {
    let response = entry.response.as_ref().filter(|response| response.status == 401);
    let challenge = response.and_then(|response| response.header("www-authenticate"));
    let names_other =
        |challenge: &str| ["resource_metadata=", "authorization_uri="].iter().any(|it| challenge.contains(it));
    challenge.is_some_and(|challenge| challenge.contains("error=\"invalid_token\"") && !names_other(challenge))
}
