//! Tokens, decoded, and what a client finds when it checks them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;

use crate::issuer::State;
use crate::{Endpoint, Entry, token};

/// A signed token in a token response.
#[derive(Serialize)]
pub(crate) struct Decoded {
    /// The member of the response.
    name: &'static str,
    header: Value,
    claims: Value,
    checks: Vec<Check>,
}

/// One thing that the receiver of a token has to check.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Check {
    name: &'static str,
    holds: bool,
    /// What was found, and what was to be there.
    text: String,
}

/// What the tokens of a login have to be in line with.
struct Login {
    client_id: Option<String>,
    /// `None` also for a refreshed ID token, which needs none (OpenID Connect Core §12.2).
    nonce: Option<String>,
    audience: Option<String>,
}

/// The signed tokens in the answer of an exchange.
pub(super) fn decoded(issuer: &State, entry: &Entry) -> Vec<Decoded> {
    let body = entry.response.as_ref().and_then(|response| serde_json::from_str::<Value>(&response.body).ok());
    let (Endpoint::Token, Some(body)) = (entry.endpoint, body) else { return Vec::new() };
    let login = login(issuer, entry);
    let decoded = |name: &'static str| {
        let compact = body.get(name)?.as_str()?;
        let (header, claims) = (part(compact, 0)?, part(compact, 1)?);
        let checks = match name {
            "id_token" => id_token((compact, &header, &claims), issuer, &login, entry.time),
            _ => access_token((compact, &header, &claims), issuer, &login, entry.time),
        };
        Some(Decoded { name, header, claims, checks })
    };
    ["id_token", "access_token"].into_iter().filter_map(decoded).collect()
}

/// The login that the tokens of a response belong to.
fn login(issuer: &State, entry: &Entry) -> Login {
    let minted = entry.minted.first();
    let flow = minted.map_or(0, |credential| credential.flow);
    let entries = issuer.journal.entries();
    let is_its_request = |it: &&std::sync::Arc<Entry>| {
        it.endpoint == Endpoint::Authorize && flow > 0 && it.minted.iter().any(|minted| minted.flow == flow)
    };
    let is_first = entry.request.param("grant_type") != Some("refresh_token");
    let request = entries.iter().rev().find(is_its_request).map(|entry| &entry.request).filter(|_| is_first);
    Login {
        client_id: minted.map(|credential| credential.client_id.clone()),
        nonce: request.and_then(|request| request.param("nonce")).map(str::to_owned),
        audience: minted.and_then(|credential| credential.audience.clone()),
    }
}

type Parts<'a> = (&'a str, &'a Value, &'a Value);

/// OpenID Connect Core §3.1.3.7.
fn id_token(parts: Parts<'_>, issuer: &State, login: &Login, now: i64) -> Vec<Check> {
    let (_, _, claims) = parts;
    let mut checks = vec![signature(parts, issuer), equals("iss", claims, &issuer.identifier)];
    checks.extend(login.client_id.as_deref().map(|client_id| lists("aud", claims, client_id)));
    checks.push(expiry(claims, now));
    checks.extend(login.nonce.as_deref().map(|nonce| equals("nonce", claims, nonce)));
    checks
}

/// RFC 9068 §4.
fn access_token(parts: Parts<'_>, issuer: &State, login: &Login, now: i64) -> Vec<Check> {
    let (_, header, claims) = parts;
    let mut checks = Vec::new();
    // What is signed with a secret is checked by the API alone, which knows it.
    if header["alg"] != "HS256" {
        checks.push(signature(parts, issuer));
    }
    checks.push(equals("iss", claims, &issuer.identifier));
    checks.extend(login.audience.as_deref().map(|audience| lists("aud", claims, audience)));
    checks.push(expiry(claims, now));
    checks
}

fn signature((compact, header, _): Parts<'_>, issuer: &State) -> Check {
    let holds = token::verified(compact, &issuer.keys).is_some();
    let algorithm = shown(header.get("alg"));
    let text = match (holds, header.get("kid")) {
        (true, Some(kid)) => format!("{algorithm}, by the published key {}", shown(Some(kid))),
        (true, None) => format!("{algorithm}, by a published key"),
        (false, _) => format!("{algorithm}, and not by a published key"),
    };
    Check { name: "signature", holds, text }
}

fn equals(name: &'static str, claims: &Value, wanted: &str) -> Check {
    let found = claims.get(name);
    let holds = found.is_some_and(|found| found == wanted);
    Check { name, holds, text: compared(holds, found, wanted) }
}

fn lists(name: &'static str, claims: &Value, wanted: &str) -> Check {
    let found = claims.get(name);
    let holds = match found {
        Some(Value::Array(several)) => several.iter().any(|one| one == wanted),
        one => one.is_some_and(|one| one == wanted),
    };
    Check { name, holds, text: compared(holds, found, wanted) }
}

fn expiry(claims: &Value, now: i64) -> Check {
    let found = claims.get("exp");
    let left = found.and_then(Value::as_i64).map(|exp| exp.saturating_sub(now));
    let text = match left {
        Some(left) if left > 0 => format!("in {left} s"),
        Some(left) => format!("{} s ago", left.saturating_neg()),
        None => format!("{}, and no time", shown(found)),
    };
    Check { name: "exp", holds: left.is_some_and(|left| left > 0), text }
}

fn compared(holds: bool, found: Option<&Value>, wanted: &str) -> String {
    let found = shown(found);
    if holds { found } else { format!("{found}, and not {wanted}") }
}

fn shown(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "missing".to_owned(),
    }
}

fn part(compact: &str, index: usize) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(compact.split('.').nth(index)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn audience_is_looked_for_in_a_list_and_the_finding_names_both() {
        assert!(lists("aud", &json!({ "aud": ["other", "shop"] }), "shop").holds);
        let check = lists("aud", &json!({ "aud": "other" }), "shop");
        assert_eq!((check.holds, check.text.as_str()), (false, "other, and not shop"));
        assert_eq!(equals("nonce", &json!({}), "n").text, "missing, and not n");
    }

    #[test]
    fn expiry_is_counted_from_the_time_of_the_exchange() {
        assert_eq!(expiry(&json!({ "exp": 160 }), 100).text, "in 60 s");
        let past = expiry(&json!({ "exp": 40 }), 100);
        assert_eq!((past.holds, past.text.as_str()), (false, "60 s ago"));
        assert!(!expiry(&json!({ "exp": "soon" }), 100).holds);
    }
}
