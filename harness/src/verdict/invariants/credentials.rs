//! Where credentials may be: the checks of the scenarios that are about that, in every run.

use mock_idp::{Change, Point};
use serde_json::Value;

use super::violation::Violation;
use crate::evidence::{ArmedFault, Evidence};
use crate::plan::{Action, Invariant, Message};
use crate::suite::Level;
use crate::terms::{Outlet, Person, Provider};
use crate::verdict::finding::{Finding, Weight};
use crate::verdict::{expectations, leakage, misdirected};

const BETWEEN_PROVIDERS: &str = "gives a credential of one provider to the other";
const SECRET_ELSEWHERE: &str = "sends the client secret to another endpoint";
const VERIFIER_ELSEWHERE: &str = "lets the code_verifier out";

/// Whether an authorization response has reached a login that it does not belong to. A code does not say which provider has
/// issued it, and the client redeems it where that login was begun. In a mix-up the attacker wants the code of somebody
/// else; their own is no use to a provider.
fn is_injected(evidence: &Evidence) -> bool {
    evidence.attempts.iter().any(|it| match &it.action {
        Action::Deliver { of, to, with_own, .. } => of != to || !with_own.is_empty(),
        Action::BeginMixedUp { person, .. } => *person == Person::Mallory,
        _ => false,
    })
}

/// Whether the metadata name another place as the token endpoint. What a client sends there, it was told to.
fn is_token_endpoint_moved(evidence: &Evidence) -> bool {
    let moves = |change: &Change| match change {
        Change::Merge(patch) => patch.get("token_endpoint").is_some_and(serde_json::Value::is_string),
        _ => false,
    };
    evidence.faults.iter().any(|armed| armed.at == Point::Discovery && moves(&armed.fault.change))
}

pub(super) fn violations(evidence: &Evidence) -> Vec<Violation> {
    let exposed = evidence.exposures.iter().map(|exposure| {
        let outlet = match exposure.outlet {
            Outlet::Page => "on a page",
            Outlet::Header => "in a header field",
            Outlet::Output => "in its output",
        };
        let message = format!("{} is {outlet}: {}", exposure.what, exposure.at);
        Violation::of(Invariant::Credentials, Level::Should, format!("shows a credential {outlet}"), message)
    });
    let (first, second) = (Provider::First, Provider::Second);
    let checks: [(&str, Level, Result<(), Finding>); 6] = [
        ("gives a credential to another host", Level::Must, misdirected::no_credential_at_other_host(evidence)),
        (BETWEEN_PROVIDERS, Level::Must, misdirected::no_credential_reaches(evidence, first, second)),
        (BETWEEN_PROVIDERS, Level::Must, misdirected::no_credential_reaches(evidence, second, first)),
        (SECRET_ELSEWHERE, Level::Must, expectations::secret_only_at_token_endpoint(evidence)),
        ("puts a credential into a URL", Level::Should, leakage::no_credential_in_urls(evidence)),
        (VERIFIER_ELSEWHERE, Level::Should, leakage::verifier_at_token_endpoint_only(evidence)),
    ];
    let mut excused = Vec::new();
    if is_injected(evidence) {
        excused.push(BETWEEN_PROVIDERS);
    }
    if is_token_endpoint_moved(evidence) {
        excused.extend([SECRET_ELSEWHERE, VERIFIER_ELSEWHERE]);
    }
    let misplaced = checks.into_iter().filter_map(|(cause, level, checked)| {
        // That there was nothing to look at is no finding here.
        let finding = checked.err().filter(|finding| finding.weight == Weight::Unmet)?;
        if excused.contains(&cause) {
            return None;
        }
        Some(Violation::of(Invariant::Credentials, level, cause, finding.message))
    });
    exposed.chain(misplaced).chain(invented(evidence)).collect()
}

/// What a message was made to hold in the place of an access token.
fn in_place_of_token(armed: &ArmedFault) -> Option<&Value> {
    let Change::Merge(patch) = &armed.fault.change else { return None };
    patch.get("access_token").filter(|value| !value.is_null())
}

/// Whether a message was made to hold this text as an access token.
fn tells(armed: &ArmedFault, token: &str) -> bool {
    match &armed.fault.change {
        // A placeholder is filled in where the message is sent.
        Change::Merge(_) => in_place_of_token(armed)
            .and_then(Value::as_str)
            .is_some_and(|text| text.contains('{') || text.trim() == token),
        Change::Respond { body: Some(body), .. } => body.contains(token),
        _ => armed.says(&format!("\"{token}\"")),
    }
}

/// Whether a message was made to hold a number, a list or an object that reads like this.
fn tells_no_text(armed: &ArmedFault, token: &str) -> bool {
    let value = in_place_of_token(armed).filter(|value| !value.is_string());
    value.is_some_and(|value| serde_json::from_str::<Value>(token).is_ok_and(|told| told == *value))
}

/// What the client presents as an access token, and nobody has given to it: `undefined`, for instance. It has gone on without
/// one, or has made one of what is no text (RFC 6749 §5.1).
fn invented(evidence: &Evidence) -> Option<Violation> {
    let is_told = |token: &str| evidence.faults.iter().any(|armed| tells(armed, token.trim()));
    let is_credential = |token: &str| {
        let mut journals = evidence.providers().map(|issuer| issuer.journal().credentials());
        journals.any(|known| known.iter().any(|credential| credential.value == token))
    };
    let is_invented = |token: &str| !is_told(token) && !is_credential(token);
    let (at, token, message) = expectations::other_tokens(evidence).find(|(_, token, _)| is_invented(token))?;
    let what = match evidence.faults.iter().any(|armed| tells_no_text(armed, token.trim())) {
        true => "presents an access token that was no text when it came",
        false => "presents an access token that nobody has given to it",
    };
    // A client that does so at UserInfo, after each login that has failed, may look at the token before it calls the API.
    let cause = if at == Message::UserinfoRequest { format!("{what}, to UserInfo") } else { what.to_owned() };
    Some(Violation::of(Invariant::Credentials, Level::Should, cause, message).under(vec!["RFC6749-5.1"]))
}
