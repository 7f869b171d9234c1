//! Messages that a client has to refuse: which ones those are, and whether one of them was of use to it.

use std::sync::Arc;

use mock_idp::{Change, CredentialKind, Endpoint, Entry, Fault, GrantType, Point, Signing, Times};
use serde_json::Value;

use super::violation::{Violation, has_foreign_cookies, session_before};
use crate::evidence::{ArmedFault, Evidence, Session};
use crate::plan::{Action, Invariant};
use crate::suite::Level;

/// That a client has to refuse a message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Duty {
    level: Level,
    /// What is wrong with the message, in a few words.
    wrong: String,
    /// Only a client that sends this parameter in its authorization request has to.
    if_sent: Option<&'static str>,
    /// What must not happen.
    forbidden: Forbidden,
}

/// What must not come of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forbidden {
    /// A session, or a use of a credential that came with it.
    Anything,
    /// A use of its access token: somebody may be logged in by the ID token that came with it.
    UseOfAccessToken,
}

impl Duty {
    fn must(wrong: impl Into<String>) -> Self {
        Self { level: Level::Must, wrong: wrong.into(), if_sent: None, forbidden: Forbidden::Anything }
    }

    fn should(wrong: impl Into<String>) -> Self {
        Self { level: Level::Should, ..Self::must(wrong) }
    }
}

pub(super) fn violations(evidence: &Evidence) -> Vec<Violation> {
    let of_one = |armed: &ArmedFault| {
        // Of two changes to one part of a message the second may take the first one back.
        let alone = evidence.faults.iter().filter(|other| other.at == armed.at).count() == 1;
        let duty = duty(&armed.fault).filter(|_| alone)?;
        if duty.if_sent.is_some_and(|name| !evidence.asks_with(name)) {
            return None;
        }
        let used = use_of(armed, duty.forbidden, evidence)?;
        let message = format!("{}, and {used}", duty.wrong);
        let cause = format!("goes on although {}", duty.wrong);
        Some(Violation::of(Invariant::ForbiddenMessage, duty.level, cause, message))
    };
    evidence.faults.iter().filter_map(of_one).collect()
}

/// What the client has made of the messages that a fault altered.
fn use_of(armed: &ArmedFault, forbidden: Forbidden, evidence: &Evidence) -> Option<String> {
    let exchanges: Vec<_> = evidence.providers().flat_map(|issuer| evidence.exchanges_at(issuer)).collect();
    let altered: Vec<_> = exchanges.iter().filter(|entry| entry.faults.contains(&armed.id)).collect();
    if armed.at == Point::Discovery {
        // Metadata are kept: a login that follows rests on them.
        // A login at the other provider has nothing to do with them, and a client may ask again when they are honest.
        let excused = |action: &Action| action.uses_second() || *action == Action::Disarm;
        if evidence.attempts.iter().any(|attempt| excused(&attempt.action)) {
            return None;
        }
        let mut sessions = evidence.all_sessions();
        return sessions.find(|it| **it != Session::Nobody).filter(|_| !altered.is_empty()).map(Session::to_string);
    }
    altered.into_iter().find_map(|entry| match forbidden {
        Forbidden::Anything => credential_use(entry, &exchanges).or_else(|| session_by(entry, evidence)),
        Forbidden::UseOfAccessToken => access_token_use(entry, &exchanges),
    })
}

/// A credential of this exchange that was presented afterwards.
fn credential_use(entry: &Entry, exchanges: &[Arc<Entry>]) -> Option<String> {
    let at_token_endpoint = |kind, what| {
        Some(format!("{what} is used in request #{}", presented(entry, kind, &[Endpoint::Token], exchanges)?))
    };
    at_token_endpoint(CredentialKind::Code, "its code")
        .or_else(|| access_token_use(entry, exchanges))
        .or_else(|| at_token_endpoint(CredentialKind::RefreshToken, "its refresh token"))
}

/// The access token of this exchange, presented afterwards.
fn access_token_use(entry: &Entry, exchanges: &[Arc<Entry>]) -> Option<String> {
    let at = [Endpoint::Api, Endpoint::Userinfo];
    let seq = presented(entry, CredentialKind::AccessToken, &at, exchanges)?;
    Some(format!("its access token is used in request #{seq}"))
}

/// Where a credential of this kind that was minted in an exchange is presented first: the number of the request.
fn presented(entry: &Entry, kind: CredentialKind, at: &[Endpoint], exchanges: &[Arc<Entry>]) -> Option<u64> {
    let minted: Vec<_> = entry.minted.iter().filter(|it| it.kind == kind).collect();
    let presents = |later: &&Arc<Entry>| {
        let values = later.presented.iter().map(|it| &it.credential.value);
        at.contains(&later.endpoint) && values.into_iter().any(|value| minted.iter().any(|it| it.value == *value))
    };
    exchanges.iter().find(presents).map(|later| later.seq)
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

/// Whether a client has to refuse what a fault makes of a message; nothing where the texts leave it open.
fn duty(fault: &Fault) -> Option<Duty> {
    let of_refresh = fault.grant == Some(GrantType::RefreshToken);
    match (fault.at, &fault.change) {
        // A client may ask again.
        (Point::Discovery, change) if fault.times == Times::Always => metadata(change),
        (Point::AuthorizationResponse, Change::Merge(patch)) => match patch.get("error") {
            // RFC 6749 §3.1: a parameter without a value is none.
            Some(Value::String(error)) if !error.is_empty() => {
                Some(Duty::must("the authorization response is an error"))
            }
            _ => None,
        },
        // RFC 6749 §5.1, §5.2, §7.1. What is kept of a session whose refresh fails is the client's own matter.
        (Point::TokenResponse, change) if !of_refresh && fault.grant.is_some() => token_response(change),
        (Point::IdTokenClaims, change) if !of_refresh => altered_members(change).into_iter().find_map(|it| claim(&it)),
        (Point::IdTokenHeader, Change::Merge(patch))
            if !of_refresh && patch.get("crit").is_some_and(Value::is_array) =>
        {
            Some(Duty::should("the ID token has an extension that has to be understood"))
        }
        (Point::IdTokenSignature, Change::Sign(signing)) if !of_refresh => signature(signing),
        _ => None,
    }
}

/// OpenID Connect Discovery §4.3.
fn metadata(change: &Change) -> Option<Duty> {
    let Change::Merge(patch) = change else { return None };
    match patch.get("issuer") {
        Some(Value::String(issuer)) if issuer != "{issuer}" => Some(Duty::must("the metadata are of another issuer")),
        _ => None,
    }
}

/// A member and what it becomes; nothing if it goes away.
type Altered = (String, Option<Value>);

fn altered_members(change: &Change) -> Vec<Altered> {
    match change {
        Change::Merge(Value::Object(patch)) => {
            patch.iter().map(|(name, value)| (name.clone(), Some(value.clone()).filter(|it| !it.is_null()))).collect()
        }
        Change::SetNull(names) | Change::Remove(names) => names.iter().map(|name| (name.clone(), None)).collect(),
        Change::Rename(names) => names.keys().map(|name| (name.clone(), None)).collect(),
        _ => Vec::new(),
    }
}

/// RFC 6749 §5.1: what a token response needs, and of which type it is.
fn token_response(change: &Change) -> Option<Duty> {
    if let Change::Respond { status, body, .. } = change {
        let refused = status.is_some_and(|status| status >= 400);
        return match body {
            Some(_) if refused => Some(Duty::must("the token endpoint refuses")),
            Some(body) if serde_json::from_str::<Value>(body).is_err() => {
                Some(Duty::must("the token response is no JSON"))
            }
            _ => None,
        };
    }
    altered_members(change).into_iter().find_map(|(name, value)| match (name.as_str(), value) {
        ("access_token", None) => Some(Duty::must("the token response has no access_token")),
        ("access_token", Some(value)) if value.as_str().is_none_or(str::is_empty) => {
            Some(Duty::must("the access_token is no text, or an empty one"))
        }
        ("token_type", None) => Some(Duty::must("the token response has no token_type")),
        ("token_type", Some(Value::String(kind))) if !kind.eq_ignore_ascii_case("bearer") => {
            // RFC 6749 §7.1.
            let wrong = "the token is of a type that the client does not know";
            Some(Duty { forbidden: Forbidden::UseOfAccessToken, ..Duty::must(wrong) })
        }
        ("id_token", None) => Some(Duty::must("the token response has no id_token")),
        // A time alone becomes a number.
        ("error", Some(Value::String(error))) if !error.is_empty() && !error.starts_with("{now") => {
            Some(Duty::must("the token response is an error"))
        }
        _ => None,
    })
}

/// OpenID Connect Core §2, §3.1.3.7.
fn claim((name, value): &Altered) -> Option<Duty> {
    let wrong = |what: &str| format!("the ID token's {name} is {what}");
    match (name.as_str(), value) {
        ("iss" | "sub" | "aud" | "exp" | "iat", None) => Some(Duty::must(wrong("missing"))),
        ("nonce", None) => Some(Duty { if_sent: Some("nonce"), ..Duty::must(wrong("missing")) }),
        ("iss", Some(value)) if value != "{issuer}" => Some(Duty::must(wrong("another one"))),
        ("nonce", Some(value)) if value != "{nonce}" => {
            Some(Duty { if_sent: Some("nonce"), ..Duty::must(wrong("another one")) })
        }
        ("aud", Some(Value::String(audience))) if audience != "{client_id}" => Some(Duty::must(wrong("another one"))),
        ("aud", Some(Value::Array(audiences))) if !audiences.iter().any(|it| it == "{client_id}") => {
            Some(Duty::must(wrong("without the client")))
        }
        ("exp", Some(value)) if is_long_past(value) => Some(Duty::must(wrong("in the past"))),
        ("sub", Some(Value::String(subject))) if subject.is_empty() => Some(Duty::should(wrong("empty"))),
        ("sub", Some(Value::Array(_) | Value::Object(_))) => Some(Duty::must(wrong("no text"))),
        _ => None,
    }
}

/// Clients may allow for clocks that differ by a few minutes.
fn is_long_past(value: &Value) -> bool {
    const A_FEW_MINUTES: i64 = 900;
    // A time in 2020: every clock is past it.
    const LONG_AGO: f64 = 1_600_000_000.0;
    match value {
        Value::String(text) => {
            let seconds = text.strip_prefix("{now-").and_then(|rest| rest.strip_suffix('}'));
            seconds.and_then(|it| it.parse::<i64>().ok()).is_some_and(|seconds| seconds >= A_FEW_MINUTES)
        }
        Value::Number(number) => number.as_f64().is_some_and(|seconds| seconds < LONG_AGO),
        _ => false,
    }
}

/// OpenID Connect Core §3.1.3.7: TLS between client and provider may stand in for the signature.
fn signature(signing: &Signing) -> Option<Duty> {
    match signing {
        Signing::RepeatedClaim { .. } => None,
        Signing::None { .. } => Some(Duty::should("the ID token is not signed")),
        _ => Some(Duty::should("the ID token's signature is not the provider's")),
    }
}
