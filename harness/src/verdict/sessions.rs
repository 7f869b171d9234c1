//! Who is logged in, against what is claimed.

use super::finding::Finding;
use crate::evidence::{Control, Evidence, Outcome, Session};
use crate::plan::Action;
use crate::terms::{Browser, Identity, Person, Provider};

pub(super) fn logged_in(evidence: &Evidence, browser: Browser, person: Person) -> Result<(), Finding> {
    let session = evidence.session(browser);
    if session.is(person) {
        return Ok(());
    }
    if matches!(session, Session::Several { .. }) {
        return Err(Finding::ambiguous(session, evidence));
    }
    let failure = evidence.first_failure(|attempt| attempt.action.browsers().contains(&browser));
    let why = match failure.map(|attempt| &attempt.outcome) {
        Some(Outcome::Refused(refusal)) => format!("; the login ended: {}", refusal.detail),
        Some(Outcome::Crashed(how) | Outcome::ServerError(how)) => format!("; {how}"),
        _ => String::new(),
    };
    let refusal = failure.map(|attempt| evidence.said_of(attempt)).unwrap_or_default();
    let dropped = dropped_by(evidence, browser);
    Err(Finding::unmet("not-logged-in", format!("{person} should be logged in, but {session}{why}{refusal}{dropped}")))
}

/// Which cookie this browser has dropped, as the end of a sentence; empty if it has dropped none.
pub(super) fn dropped_by(evidence: &Evidence, browser: Browser) -> String {
    let here = evidence.hops.iter().filter(|hop| evidence.browser(hop.browser) == browser);
    let said = here.flat_map(|hop| hop.response.split("; "));
    let dropped = said.into_iter().find(|it| it.starts_with("the browser drops"));
    dropped.map(|it| format!("; {it}")).unwrap_or_default()
}

pub(super) fn logged_out(evidence: &Evidence, browser: Browser) -> Result<(), Finding> {
    match evidence.sessions_at_the_end(browser).find(|session| **session != Session::Nobody) {
        None => Ok(()),
        Some(session) => {
            let by = evidence.attempts.iter().find_map(|attempt| match attempt.action {
                Action::RenameCookies { of, .. } if of == browser && !attempt.shown.is_empty() => Some(&attempt.shown),
                _ => None,
            });
            let by = by.map_or_else(String::new, |by| format!(", by {by}"));
            Err(Finding::unmet("logged-in", format!("nobody should be logged in, but {session}{by}")))
        }
    }
}

pub(super) fn not_logged_in_as(evidence: &Evidence, browser: Browser, person: Person) -> Result<(), Finding> {
    if evidence.session(browser).is(person) {
        let message = format!("the {browser}'s browser is logged in as {person}");
        return Err(Finding::unmet("wrong-subject", message));
    }
    if evidence.sessions_not_of(browser, person, Provider::First).any(|session| session.is(person)) {
        let message = format!("the {browser}'s browser was logged in as {person} for a while");
        return Err(Finding::unmet("wrong-subject", message));
    }
    match evidence.sessions_not_of(browser, person, Provider::First).find(|session| session.is_also(person)) {
        Some(session) if tells_people_apart(evidence, person) => {
            let message = format!(
                "in the {browser}'s browser {session}, while the honest run shows one person in each browser: the client \
                 has taken the logins of several people for logins to the same account"
            );
            Err(Finding::unmet("wrong-subject", message))
        }
        _ => Ok(()),
    }
}

/// Somebody whom nothing tells is not this person either: a client that keeps its users by an empty name has one account
/// for all of them.
pub(super) fn nobody_but(evidence: &Evidence, browser: Browser, person: Person) -> Result<(), Finding> {
    match evidence.session(browser) {
        Session::Nobody => Ok(()),
        session if session.is(person) => Ok(()),
        session @ Session::Several { .. } => Err(Finding::ambiguous(session, evidence)),
        session => {
            let message = format!("in the {browser}'s browser, {person} should be logged in or nobody, but {session}");
            Err(Finding::unmet("wrong-subject", message))
        }
    }
}

/// Whether a page of this client that shows this person and others shows the account of all of them: in honest runs it
/// shows one person, and no altered message says of another that they are this one.
fn tells_people_apart(evidence: &Evidence, person: Person) -> bool {
    let placeholder = match evidence.people.identity() {
        Identity::Subject => format!("{{{}}}", person.name()),
        other => format!("{{{}_{}}}", person.name(), other.claim()),
    };
    let later = evidence.attempts.iter().filter_map(|attempt| match &attempt.action {
        Action::Arm(fault) => Some(fault),
        _ => None,
    });
    let mut faults = evidence.faults.iter().map(|armed| &armed.fault).chain(later);
    evidence.before == Control::Succeeded && !faults.any(|it| format!("{:?}", it.change).contains(&placeholder))
}

pub(super) fn logged_in_at(
    evidence: &Evidence,
    browser: Browser,
    person: Person,
    provider: Provider,
) -> Result<(), Finding> {
    logged_in(evidence, browser, person)?;
    if evidence.shows_person_of(browser, person, provider) {
        return Ok(());
    }
    let message = format!("the {browser}'s browser does not show what the {provider} says of {person}");
    Err(Finding::unmet("wrong-account", message))
}

pub(super) fn not_logged_in_at(
    evidence: &Evidence,
    browser: Browser,
    person: Person,
    provider: Provider,
) -> Result<(), Finding> {
    let claims = evidence.people.unique_claims(person, provider);
    let shows = |session: &Session| claims.iter().any(|claim| session.shown().contains(claim));
    if !evidence.sessions_not_of(browser, person, provider).any(shows) {
        return Ok(());
    }
    let message = format!("the {browser}'s browser shows what the {provider} says of {person}");
    Err(Finding::unmet("wrong-account", message))
}
