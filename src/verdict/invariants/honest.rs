//! Where nothing is altered, the flow succeeds; and after everything, it succeeds again.

use mock_idp::{Entry, Fault, Point};

use super::lawful::{is_lawful, is_outage, lawful_change};
use super::people::kind_of;
use super::violation::{Violation, has_foreign_cookies, session_before};
use crate::evidence::{Attempt, Control, Evidence, Outcome, Session};
use crate::plan::{Action, Invariant, Message};
use crate::suite::Level;
use crate::terms::Browser;

/// What was done so far, as far as it may excuse a failure.
#[derive(Default)]
struct Past {
    /// A fault may be in force.
    altered: bool,
    /// What is lawful, and not as usual.
    unusual: Option<String>,
    /// What clients keep was altered or replaced, so that nothing can be asked of them for a while.
    unsettled: bool,
    /// Something has happened that is no part of a usual login.
    odd: Option<&'static str>,
    /// Tokens have expired or were revoked.
    stale: bool,
}

impl Past {
    fn arm(&mut self, fault: &Fault) {
        match is_lawful(fault) {
            true => self.unusual = Some(lawful_change(fault)),
            false => self.altered = true,
        }
    }

    fn note(&mut self, attempt: &Attempt) {
        match &attempt.action {
            Action::Arm(fault) => {
                self.arm(fault);
                self.unsettled |= unsettles(fault);
            }
            Action::Disarm => (self.altered, self.unusual) = (false, None),
            Action::RotateKeys => self.unsettled = true,
            Action::PassTime(_)
            | Action::ExpireAccessToken
            | Action::RevokeAccessTokens
            | Action::RevokeRefreshTokens => self.stale = true,
            _ => {}
        }
        if attempt.outcome != Outcome::Done || is_odd(&attempt.action) {
            self.odd = Some(kind_of(&attempt.action));
        }
    }
}

/// Whether it alters what clients keep.
fn unsettles(fault: &Fault) -> bool {
    matches!(fault.at, Point::Discovery | Point::Jwks) && !is_lawful(fault) && !is_outage(fault)
}

fn is_odd(action: &Action) -> bool {
    match action {
        Action::LogIn { .. }
        | Action::Begin { .. }
        | Action::CallApi(_)
        | Action::CallApiAtOnce { .. }
        | Action::CallApiTogether(_)
        | Action::Refresh(_)
        | Action::LogOut(_) => false,
        Action::Deliver { of, to, with_own, replaced } => of != to || !with_own.is_empty() || !replaced.is_empty(),
        _ => true,
    }
}

/// A login succeeds, and shows the person who signed in; an API call right after it succeeds.
pub(super) fn flow(evidence: &Evidence) -> Vec<Violation> {
    let armed_later = evidence.attempts.iter().filter(|it| matches!(it.action, Action::Arm(_))).count();
    let from_start = &evidence.faults[..evidence.faults.len().saturating_sub(armed_later)];
    let mut past = Past { unsettled: from_start.iter().any(|it| unsettles(&it.fault)), ..Past::default() };
    from_start.iter().for_each(|it| past.arm(&it.fault));
    for (number, attempt) in evidence.attempts.iter().enumerate() {
        if !past.altered && !past.unsettled {
            let found = match &attempt.action {
                Action::LogIn { browser, .. } if !has_foreign_cookies(evidence, number, *browser) => {
                    login(evidence, number, &past)
                }
                Action::CallApi(browser) if !past.stale => call(evidence, number, *browser, &past),
                _ => None,
            };
            if found.is_some() {
                return found.into_iter().collect();
            }
        }
        past.note(attempt);
    }
    Vec::new()
}

fn violation(past: &Past, cause: &str, message: String) -> Violation {
    // What a client does after something odd, no text says in so many words.
    let (level, after) = match (past.odd, &past.unusual) {
        (None, None) => (Level::Must, String::new()),
        (None, Some(unusual)) => (Level::Must, format!(" with {unusual}")),
        (Some(odd), _) => (Level::Interop, format!(", after {odd}")),
    };
    Violation::of(Invariant::HonestFlow, level, format!("{cause}{after}"), message)
}

fn login(evidence: &Evidence, number: usize, past: &Past) -> Option<Violation> {
    let attempt = &evidence.attempts[number];
    let Action::LogIn { browser, person, .. } = &attempt.action else { return None };
    // What becomes of somebody else who is logged in there is another matter.
    if *session_before(evidence, number, *browser) != Session::Nobody || is_forbidden(attempt, evidence) {
        return None;
    }
    match (&attempt.outcome, &attempt.session) {
        (Outcome::Refused(refusal), _) => {
            let message =
                format!("nothing unlawful is sent, and the client refuses the login of {person}: {}", refusal.detail);
            Some(violation(past, "refuses an honest login", message))
        }
        (Outcome::ServerError(how), _) => {
            let message = format!("nothing unlawful is sent, and the login of {person} fails: {how}");
            Some(violation(past, "fails at an honest login", message))
        }
        (Outcome::Done, Some(Session::Subject { person: shown, .. })) if shown != person => {
            let message = format!("{person} has signed in in the {browser}'s browser, and {shown} is logged in there");
            Some(violation(past, "logs in another person than the one who signed in", message))
        }
        (Outcome::Contradicted(what), _) => {
            Some(violation(past, "contradicts itself at an honest login", format!("nothing unlawful is sent: {what}")))
        }
        _ => None,
    }
}

/// The API may want more than the client has asked for, also where a client asks an API who has logged in.
fn is_forbidden(attempt: &Attempt, evidence: &Evidence) -> bool {
    let forbidden = |entry: &Entry| attempt.when.holds(entry.arrived) && entry.status() == Some(403);
    evidence.sent(Message::ApiRequest).iter().any(|entry| forbidden(entry))
}

fn call(evidence: &Evidence, number: usize, browser: Browser, past: &Past) -> Option<Violation> {
    let attempt = &evidence.attempts[number];
    // Only right after a login that was as it should be.
    let before = evidence.attempts[..number].iter().rev().find(|it| it.action.browsers().contains(&browser))?;
    let logged_in =
        matches!(before.action, Action::LogIn { .. } | Action::CallApi(_)) && before.outcome == Outcome::Done;
    if !logged_in || !evidence.learnt.sends(Message::ApiRequest) || has_foreign_cookies(evidence, number, browser) {
        return None;
    }
    if is_forbidden(attempt, evidence) {
        return None;
    }
    let how = match &attempt.outcome {
        Outcome::Refused(refusal) => &refusal.detail,
        Outcome::ServerError(how) => how,
        _ => return None,
    };
    let message = format!("nothing unlawful is sent, and an API call right after the login does not succeed: {how}");
    Some(violation(past, "does not call the API after an honest login", message))
}

/// Afterwards the same people log in again at an honest provider.
pub(super) fn recovery(evidence: &Evidence) -> Vec<Violation> {
    let rotated = evidence.attempts.iter().any(|attempt| attempt.action == Action::RotateKeys);
    // A client that has crashed is told of as such.
    let crashed = evidence.attempts.iter().any(|attempt| matches!(attempt.outcome, Outcome::Crashed(_)));
    match &evidence.after {
        // Clients bound how often they fetch keys.
        Control::Failed(why) if !rotated && !crashed => {
            let message = format!("the provider is honest again, and the same people cannot log in: {why}");
            let cause = "does not recover: honest logins fail afterwards";
            vec![Violation::of(Invariant::Recovery, Level::Interop, cause, message)]
        }
        _ => Vec::new(),
    }
}
