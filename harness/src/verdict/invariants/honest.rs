//! Where nothing is altered, the flow succeeds; and after everything, it succeeds again.

use mock_idp::{Change, CredentialKind, Dialect, Entry, Fault, GrantType, Point, Trait};

use super::lawful::{is_outage, lawful, lawful_change};
use super::people::kind_of;
use super::refreshes;
use super::use_once;
use super::violation::{Violation, has_foreign_cookies, session_after, session_before};
use crate::evidence::{Attempt, Control, Evidence, Outcome, Session, throttles};
use crate::plan::{Action, Invariant, Message, PolicyChange};
use crate::suite::Level;
use crate::terms::{Browser, Person};

/// Whether a fault that is not lawful is in force.
#[derive(Default, Clone, Copy, PartialEq)]
enum Altered {
    /// None was.
    #[default]
    Never,
    /// One was: what the client keeps of a session may come of it.
    Before,
    /// One may be.
    Now,
}

/// What was done so far, as far as it may excuse a failure.
#[derive(Default)]
struct Past {
    /// Whether a message is not as it should be.
    altered: Altered,
    /// What is lawful, and not as usual.
    unusual: Option<(Level, String)>,
    /// Whose ways the provider has.
    dialect: Option<Dialect>,
    /// What clients keep was altered or replaced, so that nothing can be asked of them for a while.
    unsettled: bool,
    /// Something has happened that is no part of a usual login.
    odd: Option<&'static str>,
    /// Tokens have expired or were revoked.
    stale: bool,
}

impl Past {
    fn arm(&mut self, fault: &Fault, evidence: &Evidence) {
        // A client that sends no nonce may refuse an ID token with one.
        let is_of_nonce = fault.at == Point::IdTokenClaims
            && matches!(&fault.change, Change::Merge(patch) if patch.get("nonce").is_some());
        // A client that looks at the body where it does not know the media type need not know every form of JSON.
        let is_sniffed = is_of_media_type(fault) && evidence.issuer.variation().has(Trait::WhiteSpace);
        let is_owed = !is_sniffed && (!is_of_nonce || evidence.asks_with("nonce"));
        match lawful(fault).filter(|_| is_owed) {
            // Of several, the weakest duty is what can be asked for.
            Some(level) => {
                let before = self.unusual.as_ref().map_or(level, |(before, _)| *before);
                self.unusual = Some((level.max(before), lawful_change(fault)));
            }
            None => self.altered = Altered::Now,
        }
    }

    fn note(&mut self, attempt: &Attempt, evidence: &Evidence) {
        match &attempt.action {
            Action::Arm(fault) => {
                self.arm(fault, evidence);
                self.unsettled |= unsettles(fault);
            }
            Action::Disarm => {
                self.unusual = None;
                if self.altered == Altered::Now {
                    self.altered = Altered::Before;
                }
            }
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

/// Whether it writes a media type in another way, and nothing else.
fn is_of_media_type(fault: &Fault) -> bool {
    let Change::Respond { status: None, headers, body: None } = &fault.change else { return false };
    headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
}

/// Whether it alters what clients keep.
fn unsettles(fault: &Fault) -> bool {
    matches!(fault.at, Point::Discovery | Point::Jwks) && lawful(fault).is_none() && !is_outage(fault)
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
        Action::Deliver { .. } => action.injects(),
        _ => true,
    }
}

/// A login succeeds, and shows the person who signed in; an API call right after it succeeds.
pub(super) fn flow(evidence: &Evidence) -> Vec<Violation> {
    // A provider takes everything back that it has given for a code which is presented twice (RFC 6749 §4.1.2).
    if use_once::codes(evidence).is_some() {
        return Vec::new();
    }
    // A client that has not started has not come so far.
    let is_armed = |it: &&Attempt| matches!(it.action, Action::Arm(_)) && it.outcome == Outcome::Done;
    let armed_later = evidence.attempts.iter().filter(is_armed).count();
    let from_start = &evidence.faults[..evidence.faults.len().saturating_sub(armed_later)];
    let unsettled = from_start.iter().any(|it| unsettles(&it.fault));
    let mut past = Past { unsettled, dialect: evidence.dialect, ..Past::default() };
    from_start.iter().for_each(|it| past.arm(&it.fault, evidence));
    // RFC 6749 §4.1.2, §5.1: a client should assume nothing of how long a value is.
    if evidence.policies.iter().any(|it| matches!(it, PolicyChange::LongCode | PolicyChange::OpaqueAccessTokens(_))) {
        past.unusual = Some((Level::Should, "long values".to_owned()));
    }
    if evidence.policies.iter().any(|it| it.is_dishonest()) {
        past.altered = Altered::Now;
    }
    for (number, attempt) in evidence.attempts.iter().enumerate() {
        // What the harness has added is a look at a session, and no login.
        if attempt.number.is_none() {
            continue;
        }
        // A client that has ended at its start would be started again by a service manager.
        if attempt.action == Action::Disarm && !evidence.has_started() {
            break;
        }
        if past.altered != Altered::Now && !past.unsettled {
            let found = match &attempt.action {
                Action::LogIn { browser, person, .. } if replaces(evidence, number, *browser) => {
                    switch(evidence, number, *browser, *person)
                }
                Action::LogIn { browser, .. } if !has_foreign_cookies(evidence, number, *browser) => {
                    login(evidence, number, &past)
                }
                Action::CallApi(browser) if !past.stale => {
                    call(evidence, number, *browser, &past).or_else(|| old_token(evidence, number, *browser))
                }
                Action::Deliver { .. } | Action::DeliverInTab { .. } => finishes(evidence, number),
                Action::Refresh(browser) if !past.stale && past.altered == Altered::Never => {
                    refresh(evidence, number, *browser, &past)
                }
                _ => None,
            };
            if found.is_some() {
                return found.into_iter().collect();
            }
        }
        past.note(attempt, evidence);
    }
    refreshes::not_renewed(evidence).into_iter().collect()
}

fn violation(past: &Past, cause: &str, message: String) -> Violation {
    // What a client does after something odd, no text says in so many words.
    let (level, after) = match (past.odd, &past.unusual) {
        (None, None) => (Level::Must, String::new()),
        (None, Some((level, unusual))) => (*level, format!(" with {unusual}")),
        (Some(odd), _) => (Level::Interop, format!(", after {odd}")),
    };
    // No text says that a client has to cope with a dialect.
    let (level, place, message) = match past.dialect {
        Some(dialect) => {
            let message = format!("in the dialect of {}: {message}", dialect.title());
            (level.max(Level::Interop), " in the dialect of a provider", message)
        }
        None => (level, "", message),
    };
    Violation::of(Invariant::HonestFlow, level, format!("{cause}{after}{place}"), message)
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
    // What becomes of the tokens where one person follows another is told by a scenario.
    let is_after_switch = (0..number).any(|earlier| {
        evidence.attempts[earlier].action.browsers().contains(&browser) && replaces(evidence, earlier, browser)
    });
    if is_after_switch || is_forbidden(attempt, evidence) {
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

/// After a refresh the API gets the new access token (RFC 6749 §1.5).
fn old_token(evidence: &Evidence, number: usize, browser: Browser) -> Option<Violation> {
    let before = evidence.attempts[..number].iter().rev().find(|it| it.action.browsers().contains(&browser))?;
    if !matches!(before.action, Action::Refresh(_)) || before.outcome != Outcome::Done {
        return None;
    }
    let refreshes = evidence.sent(Message::RefreshRequest);
    let renewal = refreshes.iter().find(|entry| before.when.holds(entry.arrived))?;
    let brought = renewal.minted.iter().any(|it| it.kind == CredentialKind::AccessToken);
    let exchanges = evidence.exchanges();
    let earlier = exchanges.iter().filter(|entry| entry.seq < renewal.seq).flat_map(|entry| &entry.minted);
    let earlier: Vec<_> = earlier.map(|it| &it.value).collect();
    let calls = evidence.sent(Message::ApiRequest);
    let during = calls.iter().filter(|entry| evidence.attempts[number].when.holds(entry.arrived));
    let used: Vec<_> = during.flat_map(|entry| &entry.presented).map(|it| &it.credential.value).collect();
    (brought && !used.is_empty() && used.iter().all(|token| earlier.contains(token))).then(|| {
        let message = format!(
            "request #{} has brought a new access token, and the API call after it has an old one",
            renewal.seq
        );
        let cause = "goes on with an old access token after a refresh";
        Violation::of(Invariant::HonestFlow, Level::Must, cause, message).under(vec!["RFC6749-1.5"])
    })
}

/// Whether somebody else is logged in where a person logs in.
fn replaces(evidence: &Evidence, number: usize, browser: Browser) -> bool {
    let Action::LogIn { person, .. } = &evidence.attempts[number].action else { return false };
    let before = session_before(evidence, number, browser);
    matches!(before, Session::Subject { person: other, .. } if other != person)
        && !has_foreign_cookies(evidence, number, browser)
}

/// Another person who logs in in the same browser is that person (OpenID Connect Core §5.7).
fn switch(evidence: &Evidence, number: usize, browser: Browser, person: Person) -> Option<Violation> {
    let attempt = &evidence.attempts[number];
    let before = session_before(evidence, number, browser);
    // A client that leads nowhere, because somebody is logged in, has redeemed nothing.
    let redeemed = evidence.sent(Message::TokenRequest).iter().any(|entry| attempt.when.holds(entry.arrived));
    let stays = attempt.outcome == Outcome::Done && attempt.session.as_ref().is_some_and(|after| after.is_as(before));
    (redeemed && stays).then(|| {
        let message = format!("{person} has signed in in the {browser}'s browser, and still {before} there");
        let cause = "keeps the person logged in who was, when another one logs in";
        Violation::of(Invariant::HonestFlow, Level::Must, cause, message).under(vec!["OIDC-Core-5.7"])
    })
}

/// A login that was begun comes to its end, whatever else has reached the redirect URI since, and whatever other tab has begun one.
fn finishes(evidence: &Evidence, number: usize) -> Option<Violation> {
    let attempt = &evidence.attempts[number];
    let browser = match &attempt.action {
        Action::Deliver { of, .. } if !attempt.action.injects() => *of,
        Action::DeliverInTab { browser, .. } => *browser,
        _ => return None,
    };
    let is_harmless = |action: &Action| match action {
        Action::Begin { without, .. } => without.is_empty(),
        Action::BeginInTab { .. } | Action::DeliverInTab { .. } | Action::Stray(_) => true,
        Action::Forge { params, .. } => {
            !params.iter().any(|(name, _)| ["code", "state", "iss"].contains(&name.as_str()))
        }
        _ => false,
    };
    let before = &evidence.attempts[..number];
    if !evidence.policies.is_empty() || before.iter().any(|it| it.action == attempt.action) {
        return None;
    }
    // In one browser, one login or two in tabs; what was delivered once is spent.
    let begun = before.iter().filter(|it| matches!(it.action, Action::Begin { .. })).count();
    if begun > 1
        || !before.iter().all(|it| is_harmless(&it.action) && it.action.browsers().iter().all(|it| *it == browser))
    {
        return None;
    }
    let how = match &attempt.outcome {
        Outcome::Refused(refusal) => &refusal.detail,
        Outcome::ServerError(how) => how,
        _ => return None,
    };
    let after = before.iter().rev().map(|it| kind_of(&it.action)).next().unwrap_or("nothing");
    let cause = format!("does not let a login come to its end, after {after}");
    let refusal = evidence.refused_meanwhile(attempt);
    Some(Violation::of(
        Invariant::HonestFlow,
        Level::Interop,
        cause,
        format!("the user has done nothing wrong: {how}{refusal}"),
    ))
}

/// What a client does in a session that nothing interrupts.
fn is_usual(action: &Action) -> bool {
    matches!(action, Action::LogIn { .. } | Action::CallApi(_) | Action::Refresh(_))
}

/// A refresh after a login, calls and other refreshes succeeds, and leaves the same person logged in.
fn refresh(evidence: &Evidence, number: usize, browser: Browser, past: &Past) -> Option<Violation> {
    let attempt = &evidence.attempts[number];
    let mut before = evidence.attempts[..number].iter().rev().filter(|it| it.action.browsers().contains(&browser));
    let logged_in = before.all(|it| is_usual(&it.action) && it.outcome == Outcome::Done);
    let had = session_before(evidence, number, browser);
    if !logged_in
        || *had == Session::Nobody
        || !evidence.learnt.sends(Message::RefreshRequest)
        || has_foreign_cookies(evidence, number, browser)
    {
        return None;
    }
    let how = match (&attempt.outcome, &attempt.session) {
        (Outcome::Refused(refusal), _) => refusal.detail.as_str(),
        (Outcome::ServerError(how), _) => how,
        (Outcome::Done, Some(Session::Nobody)) => "nobody is logged in afterwards",
        _ => return None,
    };
    // Without a refresh token there is nothing to refresh with. A client that has refreshed before has one (RFC 6749 §6: where
    // none comes back, the old one).
    let asked = evidence.sent(Message::RefreshRequest).iter().any(|entry| attempt.when.holds(entry.arrived));
    let is_altered = evidence.faults.iter().any(|it| it.at == Point::TokenResponse);
    let has_one = evidence.attempts[..number].iter().any(|it| it.action == attempt.action) && !is_altered;
    (asked || has_one).then(|| {
        let refusal = evidence.refused_meanwhile(attempt);
        let message =
            format!("nothing unlawful is sent, and a refresh after the login does not succeed: {how}{refusal}");
        violation(past, "does not refresh after an honest login", message)
    })
}

/// A provider that is out of order for a while ends nobody's session: the user is logged in at the client.
fn outage(evidence: &Evidence) -> Option<Violation> {
    let of_refresh =
        |fault: &Fault| fault.grant == Some(GrantType::RefreshToken) && (is_outage(fault) || throttles(fault));
    let mut faults = evidence.faults.iter();
    if !faults.next().is_some_and(|it| of_refresh(&it.fault)) || faults.next().is_some() {
        return None;
    }
    let mut attempts = evidence.attempts.iter().enumerate();
    attempts.find_map(|(number, attempt)| {
        let Action::Refresh(browser) = attempt.action else { return None };
        let before = session_before(evidence, number, browser);
        let ended = *before != Session::Nobody && session_after(evidence, number, browser) == Some(&Session::Nobody);
        // Somebody who has logged out has ended the session before.
        let is_first = evidence.attempts[..number].iter().all(|it| is_usual(&it.action) && it.outcome == Outcome::Done);
        (ended && is_first).then(|| {
            let message =
                format!("{before}, the token endpoint is out of order, and after a refresh nobody is logged in");
            let cause = "ends a session because the provider is out of order";
            Violation::of(Invariant::Recovery, Level::Interop, cause, message)
        })
    })
}

/// Afterwards the same people log in again at an honest provider.
pub(super) fn recovery(evidence: &Evidence) -> Vec<Violation> {
    if let Some(violation) = outage(evidence) {
        return vec![violation];
    }
    let rotated = evidence.attempts.iter().any(|attempt| attempt.action == Action::RotateKeys);
    // A client that has crashed is told of as such.
    let crashed = evidence.attempts.iter().any(|attempt| matches!(attempt.outcome, Outcome::Crashed(_)));
    // Not every dialect gives a refresh token, and an honest run refreshes where the scenario does.
    let refreshes = evidence.attempts.iter().any(|attempt| matches!(attempt.action, Action::Refresh(_)));
    let may_refresh = evidence.dialect.is_none() || evidence.has_minted(CredentialKind::RefreshToken);
    match &evidence.after {
        // Clients bound how often they fetch keys. What keeps a client from an honest login before keeps it from one afterwards.
        Control::Failed(why) if !rotated && !crashed && (may_refresh || !refreshes) && flow(evidence).is_empty() => {
            let message = format!("the provider is honest again, and the same people cannot log in: {why}");
            let cause = "does not recover: honest logins fail afterwards";
            vec![Violation::of(Invariant::Recovery, Level::Interop, cause, message)]
        }
        _ => Vec::new(),
    }
}
