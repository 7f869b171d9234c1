//! Messages that a client has to refuse: whether one of them was of use to it.

use std::sync::Arc;

use mock_idp::{Change, CredentialKind, Endpoint, Entry, Point, Signing};

use super::duties::{Bars, duty};
use super::violation::{Violation, has_foreign_cookies, session_after, session_before, signs_in};
use crate::evidence::{ArmedFault, Evidence, Session};
use crate::plan::{Action, Invariant, Message, PolicyChange};
use crate::suite::Level;
use crate::terms::Person;
use crate::verdict::expectations;

pub(super) fn violations(evidence: &Evidence) -> Vec<Violation> {
    let of_one = |armed: &ArmedFault| {
        // Of two changes to one part of a message the second may take the first one back.
        let alone = evidence.faults.iter().filter(|other| other.at == armed.at).count() == 1;
        let duty = duty(&armed.fault).filter(|duty| alone && duty.is_owed(&armed.fault, evidence))?;
        let used = use_of(armed, duty.bars, evidence)?;
        let message = format!("{}, and {used}", duty.wrong);
        let cause = format!("goes on although {}", duty.wrong);
        Some(Violation::of(Invariant::ForbiddenMessage, duty.level, cause, message).under(vec![duty.clause]))
    };
    let others = [markup(evidence), of_browser(evidence), first_of_two(evidence)];
    evidence.faults.iter().filter_map(of_one).chain(others.into_iter().flatten()).collect()
}

/// RFC 6749 §4.1.2, RFC 9700 §2.1.2: tokens come from the token endpoint. What a browser brings may be anybody's.
fn of_browser(evidence: &Evidence) -> Option<Violation> {
    let must = |cause: &str, message: String| {
        let violation = Violation::of(Invariant::ForbiddenMessage, Level::Must, cause, message);
        Some(violation.under(vec!["RFC6749-4.1.2", "RFC9700-2.1.2"]))
    };
    if evidence.policies.iter().any(|it| matches!(it, PolicyChange::TokenForCode(_))) {
        let cause = "logs in by a token that comes in place of a code";
        // Who redeems a code has got one after all, from the other provider perhaps.
        let redeems = !evidence.sent(Message::TokenRequest).is_empty()
            || evidence.attempts.iter().any(|attempt| attempt.action.uses_second());
        let session = evidence.all_sessions().find(|session| **session != Session::Nobody).filter(|_| !redeems);
        return session.and_then(|session| must(cause, format!("the response has a token and no code, and {session}")));
    }
    let brings = |name: &str| {
        evidence.faults.iter().filter(|armed| armed.at == Point::AuthorizationResponse).any(|armed| {
            matches!(&armed.fault.change, Change::Merge(patch) if patch.get(name).is_some_and(|token| token == MARK))
        })
    };
    let tokens = [
        ("access_token", Message::ApiRequest, "uses an access token that comes with a code"),
        ("refresh_token", Message::RefreshRequest, "uses a refresh token that comes with a code"),
    ];
    tokens.into_iter().filter(|(name, ..)| brings(name)).find_map(|(_, message, cause)| {
        let finding = expectations::never_carried(evidence, message, MARK).err()?;
        must(cause, finding.message)
    })
}

/// RFC 7519 §4: of two claims of one name the last one counts, or the token is refused.
fn first_of_two(evidence: &Evidence) -> Option<Violation> {
    let mut faults = evidence.faults.iter();
    let Change::Sign(Signing::RepeatedClaim { name, first }) = &faults.next()?.fault.change else { return None };
    let person = Person::ALL.into_iter().find(|it| *first == format!("{{{}}}", it.name()))?;
    if name != "sub" || faults.next().is_some() || signs_in(evidence, person) {
        return None;
    }
    evidence.all_sessions().find(|session| session.is(person))?;
    let message = format!("the ID token has two subjects, {person}'s first, and {person} is logged in");
    let cause = "goes on by the first of two claims of one name";
    Some(Violation::of(Invariant::ForbiddenMessage, Level::Must, cause, message).under(vec!["RFC7519-4"]))
}

/// What a provider says is text, and no part of a page.
fn markup(evidence: &Evidence) -> Option<Violation> {
    const MARKUP: &str = "<b>x</b>";
    let says = |armed: &&ArmedFault| armed.says(MARKUP);
    let armed = evidence.faults.iter().find(says)?;
    let finding = expectations::never_rendered(evidence, MARKUP).err()?;
    let cause = format!("renders markup that is in the {}", armed.at);
    let violation = Violation::of(Invariant::ForbiddenMessage, Level::Must, cause, finding.message);
    Some(violation.under(vec!["RFC6749-10.14"]))
}

/// What the client has made of the messages that a fault altered.
fn use_of(armed: &ArmedFault, bars: Bars, evidence: &Evidence) -> Option<String> {
    let exchanges: Vec<_> = evidence.providers().flat_map(|issuer| evidence.exchanges_at(issuer)).collect();
    // The ID token of a refresh is another matter, which has other duties.
    let is_of_id_token = [Point::IdTokenHeader, Point::IdTokenClaims, Point::IdTokenSignature].contains(&armed.at);
    let is_meant = |entry: &Entry| {
        let of_refresh = entry.request.param("grant_type") == Some("refresh_token");
        !(is_of_id_token && of_refresh && armed.fault.grant.is_none()) && (!is_of_id_token || brings_id_token(entry))
    };
    let altered = exchanges.iter().filter(|entry| entry.faults.contains(&armed.id) && is_meant(entry));
    let altered: Vec<_> = altered.collect();
    if armed.at == Point::Discovery {
        // Metadata are kept: a later login rests on them.
        // A login at the other provider has nothing to do with them, and a client may ask again when they are honest.
        let excused = |action: &Action| action.uses_second() || *action == Action::Disarm;
        if evidence.attempts.iter().any(|attempt| excused(&attempt.action)) {
            return None;
        }
        if bars == Bars::Handshake && !evidence.wrong_certificate_shown() {
            return None;
        }
        let mut sessions = evidence.all_sessions();
        return sessions.find(|it| **it != Session::Nobody).filter(|_| !altered.is_empty()).map(Session::to_string);
    }
    // What is altered once more on its way may be as it should be again.
    if armed.at == Point::AuthorizationResponse && evidence.attempts.iter().any(|it| alters_response(&it.action)) {
        return None;
    }
    if bars == Bars::Show {
        return shown(armed, evidence).filter(|_| !altered.is_empty());
    }
    altered.into_iter().find_map(|entry| {
        let session = || session_by(entry, evidence).filter(|_| bars != Bars::Use);
        match bars {
            Bars::Change => changed(entry, evidence),
            Bars::Login => credential_use(entry, &exchanges, &[Endpoint::Api]).or_else(session),
            _ => credential_use(entry, &exchanges, &[Endpoint::Api, Endpoint::Userinfo]).or_else(session),
        }
    })
}

/// Whether an ID token has arrived: another fault may have taken it out of the response.
fn brings_id_token(entry: &Entry) -> bool {
    let body = entry.response.as_ref().and_then(|it| serde_json::from_str::<serde_json::Value>(&it.body).ok());
    body.is_some_and(|body| body["id_token"].is_string())
}

/// Whether somebody changes parameters of an authorization response before it is delivered.
fn alters_response(action: &Action) -> bool {
    matches!(action, Action::Deliver { with_own, replaced, .. } if !with_own.is_empty() || !replaced.is_empty())
}

/// A text by which it shows that an answer was used.
pub const MARK: &str = "somebody-else-entirely";

/// Whether the text that marks an answer is shown to a browser.
fn shown(armed: &ArmedFault, evidence: &Evidence) -> Option<String> {
    let is_marked = armed.says(MARK);
    // The page of a refusal may quote an error.
    let is_error = matches!(armed.fault.change, Change::Respond { status: Some(400..), .. });
    let look = if is_error { expectations::never_in_session } else { expectations::never_shown };
    let finding = is_marked.then(|| look(evidence, MARK).err()).flatten()?;
    Some(finding.message)
}

/// A credential of this exchange that was presented afterwards; an access token at one of these endpoints.
fn credential_use(entry: &Entry, exchanges: &[Arc<Entry>], with_token: &[Endpoint]) -> Option<String> {
    let used = |kind: CredentialKind, at: &[Endpoint], what: &str| {
        let minted: Vec<_> = entry.minted.iter().filter(|it| it.kind == kind).collect();
        let presents = |later: &&Arc<Entry>| {
            let values = later.presented.iter().map(|it| &it.credential.value);
            at.contains(&later.endpoint) && values.into_iter().any(|value| minted.iter().any(|it| it.value == *value))
        };
        exchanges.iter().find(presents).map(|later| format!("{what} is used in request #{}", later.seq))
    };
    used(CredentialKind::Code, &[Endpoint::Token], "its code")
        .or_else(|| used(CredentialKind::AccessToken, with_token, "its access token"))
        .or_else(|| used(CredentialKind::RefreshToken, &[Endpoint::Token], "its refresh token"))
}

/// Who is logged in after a refresh in which this exchange took place, if it is somebody else than before.
fn changed(entry: &Entry, evidence: &Evidence) -> Option<String> {
    evidence.attempts.iter().enumerate().find_map(|(number, attempt)| {
        let [browser] = attempt.action.browsers()[..] else { return None };
        let before = session_before(evidence, number, browser);
        let after = session_after(evidence, number, browser).filter(|_| attempt.when.holds(entry.arrived))?;
        let is_other = ![before, after].contains(&&Session::Nobody) && !after.is_as(before);
        (is_other && !has_foreign_cookies(evidence, number, browser)).then(|| after.to_string())
    })
}

/// Who is logged in since the delivery in which this exchange took place.
fn session_by(entry: &Entry, evidence: &Evidence) -> Option<String> {
    evidence.attempts.iter().enumerate().find_map(|(number, attempt)| {
        // Of two deliveries at once, one may have had an honest answer.
        if !attempt.when.holds(entry.arrived) || matches!(attempt.action, Action::DeliverTwice(_)) {
            return None;
        }
        let after = attempt.session.as_ref().filter(|session| **session != Session::Nobody)?;
        let [browser] = attempt.action.browsers()[..] else { return None };
        if has_foreign_cookies(evidence, number, browser) {
            return None;
        }
        (!after.is_as(session_before(evidence, number, browser))).then(|| after.to_string())
    })
}
