//! Which messages a client has to refuse, and what it must not do with them.

use std::collections::BTreeMap;

use mock_idp::{Change, Fault, GrantType, Point, Signing, Times};
use serde_json::Value;

use super::violation::signs_in;
use crate::evidence::Evidence;
use crate::plan::PolicyChange;
use crate::suite::Level;
use crate::terms::Person;

/// That a client has to refuse a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Duty {
    pub(super) level: Level,
    /// What is wrong with the message, in a few words.
    pub(super) wrong: String,
    /// Where that is said.
    pub(super) clause: &'static str,
    /// Which clients have the duty.
    of: Debtors,
    /// What the client must not do.
    pub(super) bars: Bars,
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
    /// Every client, where the metadata promise that each authorization response names the issuer (RFC 9207 §3).
    Promised,
}

/// What a client must not do with a message that it has to refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bars {
    /// Log in by it, or use what came with it.
    All,
    /// Log in by it, or call the API. UserInfo may be asked first: a client compares the subjects (OpenID Connect Core
    /// §5.3.2), and refuses by that.
    Login,
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

    pub(super) fn is_owed(&self, fault: &Fault, evidence: &Evidence) -> bool {
        !names_who_signs_in(fault, evidence)
            && match self.of {
                Debtors::All => true,
                Debtors::Sending(parameter) => evidence.asks_with(parameter),
                Debtors::Promised => evidence.policies.contains(&PolicyChange::IssuerParameter),
                Debtors::AskingForOpenid => evidence.registration.asks_for("openid"),
            }
    }
}

/// Whether a fault sets the subject to that of a person who signs in anyway: nothing is wrong with it then.
fn names_who_signs_in(fault: &Fault, evidence: &Evidence) -> bool {
    let Change::Merge(patch) = &fault.change else { return false };
    let is_named = |person: &Person| patch.get("sub").is_some_and(|sub| *sub == format!("{{{}}}", person.name()));
    Person::ALL.into_iter().any(|person| is_named(&person) && signs_in(evidence, person))
}

/// Whether a client has to refuse what a fault makes of a message; nothing where the texts leave it open.
pub(super) fn duty(fault: &Fault) -> Option<Duty> {
    let duty = duty_of(fault)?;
    // The provider has signed or said it all the same: what a reader of JSON makes of it is of little use to anybody.
    let in_other_letters =
        |names: &BTreeMap<String, String>| names.iter().all(|(one, other)| one.eq_ignore_ascii_case(other));
    match &fault.change {
        Change::Rename(names) if in_other_letters(names) => {
            let wrong = format!("names of members of the {} are written in other letters", fault.at);
            Some(Duty { level: Level::May, wrong, ..duty })
        }
        _ => Some(duty),
    }
}

fn duty_of(fault: &Fault) -> Option<Duty> {
    let of_refresh = fault.grant == Some(GrantType::RefreshToken);
    match (fault.at, &fault.change) {
        // A client may ask again.
        (Point::Discovery, change) if fault.times == Times::Always => metadata(change),
        (Point::AuthorizationResponse, change) => authorization_response(change),
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
        (Point::IdTokenClaims, change) if !of_refresh => {
            altered_members(change).into_iter().find_map(|it| claim(&it)).or_else(|| further_audience(change))
        }
        (Point::IdTokenHeader, Change::Merge(patch))
            if !of_refresh && patch.get("crit").is_some_and(Value::is_array) =>
        {
            Some(Duty::should("RFC7515-4.1.11", "the ID token has an extension that has to be understood"))
        }
        (Point::IdTokenSignature, Change::Sign(signing)) if !of_refresh => signature(signing),
        (Point::Userinfo, Change::Respond { status: Some(400..), .. }) => {
            Some(Duty { bars: Bars::Show, ..Duty::should("OIDC-Core-5.3.3", "UserInfo refuses") })
        }
        // What is no JSON shows by its text whether it was used.
        (Point::Userinfo, Change::Respond { body: Some(body), .. }) if serde_json::from_str::<Value>(body).is_err() => {
            Some(Duty { bars: Bars::Show, ..Duty::should("OIDC-Core-5.3.2", "UserInfo is not JSON") })
        }
        (Point::Userinfo, change) => altered_members(change).into_iter().find_map(|it| userinfo_subject(&it)),
        _ => None,
    }
}

fn authorization_response(change: &Change) -> Option<Duty> {
    let is_there = |value: &Value| value.as_str().is_some_and(is_said);
    match change {
        // RFC 6749 §3.1: no parameter is there twice.
        Change::Append { name, value } | Change::Prepend { name, value } if !value.is_empty() => {
            let wrong = format!("the authorization response has two values of {name}");
            let duty = Duty::should("RFC6749-3.1", wrong);
            match name.as_str() {
                "code" => Some(duty),
                "state" => Some(Duty { of: Debtors::Sending("state"), ..duty }),
                "iss" if value != "{issuer}" => Some(Duty { level: Level::May, ..duty }),
                _ => None,
            }
        }
        // A parameter without a value is none.
        Change::Merge(patch) if patch.get("error").is_some_and(is_there) => {
            Some(Duty::must("RFC6749-4.1.2.1", "the authorization response is an error"))
        }
        _ => altered_members(change).into_iter().find_map(|(name, value)| match value {
            // A client of one provider may do without.
            Some(Value::String(iss)) if name == "iss" && !iss.is_empty() && iss != "{issuer}" => {
                let wrong = "the authorization response is another issuer's";
                Some(Duty { level: Level::May, ..Duty::must("RFC9207-2.4", wrong) })
            }
            Some(Value::String(iss)) if name == "iss" && !iss.is_empty() => None,
            _ if name == "iss" => Some(Duty {
                level: Level::May,
                of: Debtors::Promised,
                ..Duty::must("RFC9207-2.4", "the authorization response lacks the issuer that the metadata promise")
            }),
            _ => None,
        }),
    }
}

/// Whether a text is one in every exchange: a placeholder may stand for nothing, and a time becomes a number.
fn is_said(text: &str) -> bool {
    !text.is_empty() && !text.contains('{')
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
pub(super) type Altered = (String, Option<Value>);

pub(super) fn altered_members(change: &Change) -> Vec<Altered> {
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
        // No clause says in so many words that a client looks at the type.
        ("access_token", Some(value)) if value.as_str().is_none_or(str::is_empty) => Some(Duty {
            level: Level::Should,
            bars: Bars::Use,
            ..Duty::must(FORM, "the access_token is empty or not a string")
        }),
        ("token_type", None) => of_type("the token response has no token_type"),
        ("token_type", Some(Value::String(kind))) if !kind.eq_ignore_ascii_case("bearer") => {
            of_type("the token_type is one that the client does not know")
        }
        ("id_token", None) => Some(Duty {
            of: Debtors::AskingForOpenid,
            ..Duty::must("OIDC-Core-3.1.3.3", "the token response has no id_token")
        }),
        ("id_token", Some(value)) if !value.is_string() => Some(Duty {
            of: Debtors::AskingForOpenid,
            ..Duty::must("OIDC-Core-3.1.3.3", "the id_token is not a string")
        }),
        // The status says that it is a success: the texts do not say which one counts.
        ("error", Some(Value::String(error))) if is_said(&error) => {
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
    let of_subject = |duty: Duty, what: &str| Some(Duty { bars: Bars::Login, wrong: wrong(what), ..duty });
    let if_sent = |duty: Option<Duty>| duty.map(|duty| Duty { of: Debtors::Sending("nonce"), ..duty });
    match (name.as_str(), value) {
        ("iss" | "aud" | "exp" | "iat", None) => Some(Duty::must(CLAIMS, wrong("missing"))),
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
        ("sub", None) => of_subject(Duty::must(CLAIMS, ""), "missing"),
        ("sub", Some(Value::String(subject))) if subject.is_empty() => of_subject(Duty::should(CLAIMS, ""), "empty"),
        ("sub", Some(Value::Array(_) | Value::Object(_))) => of_subject(Duty::must(CLAIMS, ""), "not a string"),
        _ => None,
    }
}

/// OpenID Connect Core §3.1.3.7: each audience beside the client is one that the client trusts.
fn further_audience(change: &Change) -> Option<Duty> {
    let Change::Merge(patch) = change else { return None };
    let audiences = patch.get("aud")?.as_array()?;
    let is_other = |it: &Value| it.as_str().is_some_and(|it| it != "{client_id}");
    audiences.iter().find(|it| is_other(it))?;
    let duty = Duty::must("OIDC-Core-3.1.3.7", "the ID token's aud has a further audience");
    // Many texts say that the authorized party tells for whom the token is.
    let is_party = patch.get("azp").is_some_and(|party| party == "{client_id}");
    Some(Duty { level: if is_party { Level::Should } else { Level::Must }, ..duty })
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
