//! Messages that a client has to refuse: which ones those are, and whether one of them was of use to it.

use std::sync::Arc;

use mock_idp::{Change, CredentialKind, Endpoint, Entry, Fault, GrantType, Point, Signing, Times};
use serde_json::Value;

use super::violation::{Violation, has_foreign_cookies, session_after, session_before};
use crate::evidence::{ArmedFault, Evidence, Session};
use crate::plan::{Action, Invariant};
use crate::suite::Level;
use crate::verdict::expectations;

/// That a client has to refuse a message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Duty {
    level: Level,
    /// What is wrong with the message, in a few words.
    wrong: String,
    /// Where that is said.
    clause: &'static str,
    /// Which clients have the duty.
    of: Debtors,
    /// What the client must not do.
    bars: Bars,
}

/// Which clients have a duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Debtors {
    /// Every client.
    All,
    /// Those that send this parameter in the authorization request.
    Sending(&'static str),
    /// Those that ask for the scope `openid`.
    AskingForOpenid,
}

/// What a client must not do with a message that it has to refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bars {
    /// Log in by it, or use what came with it.
    All,
    /// Use the credentials in it. A login by the ID token beside them is another matter.
    Use,
    /// Take somebody else for the one who is logged in. Whether the session goes on is its own matter.
    Change,
    /// Show what is in it. Who is logged in is another matter.
    Show,
    /// Log in by what it gets where it is led to. A client that does not go there has done nothing wrong.
    Handshake,
}

impl Duty {
    fn must(clause: &'static str, wrong: impl Into<String>) -> Self {
        Self { level: Level::Must, wrong: wrong.into(), clause, of: Debtors::All, bars: Bars::All }
    }

    fn should(clause: &'static str, wrong: impl Into<String>) -> Self {
        Self { level: Level::Should, ..Self::must(clause, wrong) }
    }

    fn is_owed(&self, evidence: &Evidence) -> bool {
        match self.of {
            Debtors::All => true,
            Debtors::Sending(parameter) => evidence.asks_with(parameter),
            Debtors::AskingForOpenid => evidence.registration.scope.split(' ').any(|scope| scope == "openid"),
        }
    }
}

pub(super) fn violations(evidence: &Evidence) -> Vec<Violation> {
    let of_one = |armed: &ArmedFault| {
        // Of two changes to one part of a message the second may take the first one back.
        let alone = evidence.faults.iter().filter(|other| other.at == armed.at).count() == 1;
        let duty = duty(&armed.fault).filter(|duty| alone && duty.is_owed(evidence))?;
        let used = use_of(armed, duty.bars, evidence)?;
        let message = format!("{}, and {used}", duty.wrong);
        let cause = format!("goes on although {}", duty.wrong);
        Some(Violation::of(Invariant::ForbiddenMessage, duty.level, cause, message).under(vec![duty.clause]))
    };
    evidence.faults.iter().filter_map(of_one).chain(markup(evidence)).collect()
}

/// What a provider says is text, and no part of a page.
fn markup(evidence: &Evidence) -> Option<Violation> {
    const MARKUP: &str = "<b>x</b>";
    let says = |armed: &&ArmedFault| serde_json::to_string(&armed.fault.change).is_ok_and(|it| it.contains(MARKUP));
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
        !(is_of_id_token && of_refresh && armed.fault.grant.is_none())
    };
    let altered = exchanges.iter().filter(|entry| entry.faults.contains(&armed.id) && is_meant(entry));
    let altered: Vec<_> = altered.collect();
    if armed.at == Point::Discovery {
        // Metadata are kept: whoever is logged in later is so by them.
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
    if bars == Bars::Show {
        return shown(armed, evidence).filter(|_| !altered.is_empty());
    }
    altered.into_iter().find_map(|entry| {
        let session = || session_by(entry, evidence).filter(|_| bars != Bars::Use);
        match bars {
            Bars::Change => changed(entry, evidence),
            _ => credential_use(entry, &exchanges).or_else(session),
        }
    })
}

/// A text by which it shows that an answer was used.
pub const MARK: &str = "somebody-else-entirely";

/// Whether the text that marks an answer is shown to a browser.
fn shown(armed: &ArmedFault, evidence: &Evidence) -> Option<String> {
    let is_marked = serde_json::to_string(&armed.fault.change).is_ok_and(|it| it.contains(MARK));
    let finding = is_marked.then(|| expectations::never_shown(evidence, MARK).err()).flatten()?;
    Some(finding.message)
}

/// A credential of this exchange that was presented afterwards.
fn credential_use(entry: &Entry, exchanges: &[Arc<Entry>]) -> Option<String> {
    let used = |kind: CredentialKind, at: &[Endpoint], what: &str| {
        let minted: Vec<_> = entry.minted.iter().filter(|it| it.kind == kind).collect();
        let presents = |later: &&Arc<Entry>| {
            let values = later.presented.iter().map(|it| &it.credential.value);
            at.contains(&later.endpoint) && values.into_iter().any(|value| minted.iter().any(|it| it.value == *value))
        };
        exchanges.iter().find(presents).map(|later| format!("{what} is used in request #{}", later.seq))
    };
    used(CredentialKind::Code, &[Endpoint::Token], "its code")
        .or_else(|| used(CredentialKind::AccessToken, &[Endpoint::Api, Endpoint::Userinfo], "its access token"))
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

/// Whether a client has to refuse what a fault makes of a message; nothing where the texts leave it open.
fn duty(fault: &Fault) -> Option<Duty> {
    let of_refresh = fault.grant == Some(GrantType::RefreshToken);
    match (fault.at, &fault.change) {
        // A client may ask again.
        (Point::Discovery, change) if fault.times == Times::Always => metadata(change),
        (Point::AuthorizationResponse, Change::Merge(patch)) => match patch.get("error") {
            // RFC 6749 §3.1: a parameter without a value is none.
            Some(Value::String(error)) if !error.is_empty() => {
                Some(Duty::must("RFC6749-4.1.2.1", "the authorization response is an error"))
            }
            _ => None,
        },
        // What is kept of a session whose refresh fails is the client's own matter.
        (Point::TokenResponse, change) if !of_refresh && fault.grant.is_some() => token_response(change),
        (Point::IdTokenClaims, Change::Merge(patch))
            if of_refresh && patch.get("sub").is_some_and(Value::is_string) =>
        {
            Some(Duty {
                bars: Bars::Change,
                ..Duty::must("OIDC-Core-12.2", "the ID token of a refresh is another person's")
            })
        }
        // A single defence: the refresh token is proof enough, to many.
        (Point::IdTokenClaims, Change::Merge(patch)) if of_refresh => {
            let is_other = |name: &str, own: &str| patch.get(name).is_some_and(|it| it.is_string() && it != own);
            let claims = [("iss", "{issuer}"), ("aud", "{client_id}"), ("nonce", "{nonce}")];
            let (name, _) = claims.into_iter().find(|(name, own)| is_other(name, own))?;
            let wrong = format!("the refreshed ID token's {name} is another one");
            let of = if name == "nonce" { Debtors::Sending("nonce") } else { Debtors::All };
            Some(Duty { level: Level::May, bars: Bars::Use, of, ..Duty::must("OIDC-Core-12.2", wrong) })
        }
        (Point::IdTokenClaims, change) if !of_refresh => altered_members(change).into_iter().find_map(|it| claim(&it)),
        (Point::IdTokenHeader, Change::Merge(patch))
            if !of_refresh && patch.get("crit").is_some_and(Value::is_array) =>
        {
            Some(Duty::should("RFC7515-4.1.11", "the ID token has an extension that has to be understood"))
        }
        (Point::IdTokenSignature, Change::Sign(signing)) if !of_refresh => signature(signing),
        (Point::Userinfo, Change::Respond { status: Some(400..), .. }) => {
            Some(Duty { bars: Bars::Show, ..Duty::should("OIDC-Core-5.3.3", "UserInfo refuses") })
        }
        (Point::Userinfo, change) => altered_members(change).into_iter().find_map(|it| userinfo_subject(&it)),
        _ => None,
    }
}

fn metadata(change: &Change) -> Option<Duty> {
    altered_members(change).into_iter().find_map(|(name, value)| match (name.as_str(), value) {
        ("issuer", None) => Some(Duty::must("OIDC-Discovery-3", "the metadata have no issuer")),
        ("issuer", Some(Value::String(issuer))) if issuer != "{issuer}" => {
            Some(Duty::must("OIDC-Discovery-4.3", "the metadata are of another issuer"))
        }
        ("token_endpoint", Some(Value::String(url))) if url.starts_with("{untrusted}") => Some(Duty {
            bars: Bars::Handshake,
            ..Duty::must("RFC6749-10.9", "nobody vouches for the certificate of the token endpoint")
        }),
        ("token_endpoint", Some(Value::String(url))) if url.starts_with("{wrong_host}") => Some(Duty {
            bars: Bars::Handshake,
            ..Duty::must("RFC9110-4.3.4", "the certificate of the token endpoint is for another host")
        }),
        _ => None,
    })
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

/// What a token response needs, and of which type it is.
fn token_response(change: &Change) -> Option<Duty> {
    const FORM: &str = "RFC6749-5.1";
    if let Change::Respond { status, body, .. } = change {
        let refused = status.is_some_and(|status| status >= 400);
        return match body {
            _ if refused => Some(Duty::must("RFC6749-5.2", "the token endpoint refuses")),
            Some(body) if serde_json::from_str::<Value>(body).is_err() => {
                Some(Duty::must(FORM, "the token response is not JSON"))
            }
            _ => None,
        };
    }
    let of_type = |wrong| Some(Duty { bars: Bars::Use, ..Duty::must("RFC6749-7.1", wrong) });
    altered_members(change).into_iter().find_map(|(name, value)| match (name.as_str(), value) {
        ("access_token", None) => Some(Duty::must(FORM, "the token response has no access_token")),
        ("access_token", Some(value)) if value.as_str().is_none_or(str::is_empty) => {
            Some(Duty::must(FORM, "the access_token is empty or not a string"))
        }
        ("token_type", None) => of_type("the token response has no token_type"),
        ("token_type", Some(Value::String(kind))) if !kind.eq_ignore_ascii_case("bearer") => {
            of_type("the token_type is one that the client does not know")
        }
        ("id_token", None) => Some(Duty {
            of: Debtors::AskingForOpenid,
            ..Duty::must("OIDC-Core-3.1.3.3", "the token response has no id_token")
        }),
        // A time alone becomes a number. The status says that it is a success: the texts do not say which one counts.
        ("error", Some(Value::String(error))) if !error.is_empty() && !error.starts_with("{now") => {
            Some(Duty { level: Level::Interop, ..Duty::must("RFC6749-5.2", "the token response has an error") })
        }
        _ => None,
    })
}

/// Claims of the ID token.
fn claim((name, value): &Altered) -> Option<Duty> {
    const CLAIMS: &str = "OIDC-Core-2";
    let wrong = |what: &str| format!("the ID token's {name} is {what}");
    let must = |what: &str| Some(Duty::must("OIDC-Core-3.1.3.7", wrong(what)));
    let may = |what: &str| must(what).map(|duty| Duty { level: Level::May, ..duty });
    let if_sent = |duty: Option<Duty>| duty.map(|duty| Duty { of: Debtors::Sending("nonce"), ..duty });
    match (name.as_str(), value) {
        ("iss" | "sub" | "aud" | "exp" | "iat", None) => Some(Duty::must(CLAIMS, wrong("missing"))),
        ("nonce", None) => if_sent(must("missing")),
        ("iss", Some(value)) if value != "{issuer}" => must("another one"),
        ("nonce", Some(value)) if value != "{nonce}" => if_sent(must("another one")),
        ("aud", Some(Value::String(audience))) if audience != "{client_id}" => must("another one"),
        ("aud", Some(Value::Array(audiences))) if !audiences.iter().any(|it| it == "{client_id}") => {
            must("without the client")
        }
        ("exp", Some(value)) if is_long_past(value) => must("in the past"),
        ("exp", Some(value)) if !may_be_number(value) => Some(Duty::must(CLAIMS, wrong("not a number"))),
        ("azp", Some(Value::String(party))) if party != "{client_id}" => may("of another client"),
        // A time becomes a number, which is no hash at all.
        ("at_hash", Some(Value::String(hash))) if !hash.starts_with("{now") => may("that of another access token"),
        ("iat", Some(Value::String(time))) if time == "{now+86400}" => may("a day ahead"),
        ("nbf", Some(Value::String(time))) if ["{now+3600}", "{now+86400}"].contains(&time.as_str()) => {
            Some(Duty::should("RFC7519-4.1.5", wrong("in the future")))
        }
        ("sub", Some(Value::String(subject))) if subject.is_empty() => Some(Duty::should(CLAIMS, wrong("empty"))),
        ("sub", Some(Value::Array(_) | Value::Object(_))) => Some(Duty::must(CLAIMS, wrong("not a string"))),
        _ => None,
    }
}

/// Whether it is a number, or a time that becomes one.
fn may_be_number(value: &Value) -> bool {
    match value {
        Value::String(text) => text.starts_with("{now"),
        other => other.is_number(),
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

/// OpenID Connect Core §5.3.2: what UserInfo says of another subject, or of none, must not be used.
fn userinfo_subject((name, value): &Altered) -> Option<Duty> {
    let wrong = match value {
        _ if name != "sub" => return None,
        None => "UserInfo names no subject",
        Some(Value::String(subject)) if subject == "{subject}" => return None,
        Some(_) => "UserInfo names another subject than the ID token",
    };
    Some(Duty { bars: Bars::Show, of: Debtors::AskingForOpenid, ..Duty::must("OIDC-Core-5.3.2", wrong) })
}

/// OpenID Connect Core §3.1.3.7: TLS between client and provider may stand in for the signature.
fn signature(signing: &Signing) -> Option<Duty> {
    const VALIDATION: &str = "OIDC-Core-3.1.3.7";
    match signing {
        Signing::RepeatedClaim { .. } => None,
        Signing::None { .. } => Some(Duty::should(VALIDATION, "the ID token is not signed")),
        _ => Some(Duty::should(VALIDATION, "the ID token's signature is not the provider's")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duty_of(json: &str) -> Duty {
        let fault = Fault::from_json(json).unwrap_or_else(|error| panic!("{error}: {json}"));
        duty(&fault).unwrap_or_else(|| panic!("{json} is left open"))
    }

    #[test]
    fn id_token_is_owed_to_those_alone_who_ask_for_openid() {
        let missing =
            duty_of(r#"{"at":"token-response","grant":"authorization_code","change":{"remove":["id_token"]}}"#);
        assert_eq!((missing.of, missing.level), (Debtors::AskingForOpenid, Level::Must));
    }

    /// RFC 6749 §7.1 forbids the use of a token of an unknown type, and says nothing of a login by an ID token beside it.
    #[test]
    fn unknown_token_type_bars_the_use_of_the_token_and_no_login() {
        for change in [r#"{"merge":{"token_type":"DPoP"}}"#, r#"{"remove":["token_type"]}"#] {
            let of_type =
                duty_of(&format!(r#"{{"at":"token-response","grant":"authorization_code","change":{change}}}"#));
            assert_eq!((of_type.bars, of_type.clause), (Bars::Use, "RFC6749-7.1"));
        }
    }

    #[test]
    fn error_under_status_200_is_a_matter_of_interoperability() {
        let merged = r#"{"at":"token-response","grant":"authorization_code","change":{"merge":{"error":"x"}}}"#;
        assert_eq!(duty_of(merged).level, Level::Interop);
    }

    #[test]
    fn expiry_that_is_no_number_is_refused_and_a_time_is_one() {
        let expiry = |value: &str| format!(r#"{{"at":"id-token-claims","change":{{"merge":{{"exp":{value}}}}}}}"#);
        for value in [r#""never""#, "true", "[]"] {
            assert_eq!(duty_of(&expiry(value)).wrong, "the ID token's exp is not a number");
        }
        for value in [r#""{now+60}""#, "1e300"] {
            assert_eq!(duty(&Fault::from_json(&expiry(value)).expect("a fault")), None);
        }
    }
}
