//! Changes of a message after which it is still one that the specifications allow: clients go on.

use mock_idp::{Change, Fault, GrantType, Point};
use serde_json::Value;

use crate::suite::Level;

/// No text bounds how long a member may be, and every client bounds it somewhere.
const LONGEST: usize = 1_000;

/// How strong a client's duty is to go on with what a fault makes of a message; nothing if there is none.
pub(super) fn lawful(fault: &Fault) -> Option<Level> {
    if serde_json::to_string(&fault.change).is_ok_and(|change| change.len() > LONGEST) {
        return is_large_token(fault).then_some(Level::Interop);
    }
    match &fault.change {
        Change::Merge(Value::Object(patch)) => {
            weakest(patch.iter().map(|(name, value)| member((fault.at, fault.grant), name, value)))
        }
        Change::Remove(names) => weakest(names.iter().map(|it| member((fault.at, fault.grant), it, &Value::Null))),
        // Written as texts by some providers.
        Change::Retype(forms) => weakest(forms.keys().map(|name| {
            let is_said = [(Point::Userinfo, "updated_at"), (Point::Userinfo, "email_verified")];
            is_said.contains(&(fault.at, name.as_str())).then_some(Level::Interop)
        })),
        // RFC 7517 §5: keys that are not understood are passed over.
        Change::Insert { values, .. } | Change::InsertLast { values, .. } if fault.at == Point::Jwks => {
            // RFC 7517 §4.5: keys of several types may have one identifier.
            let shares_identifier = values.iter().any(|key| key.get("kid").is_some_and(|kid| kid == "{kid}"));
            let level = if shares_identifier { Level::Interop } else { Level::Should };
            values.iter().all(|key| key.get("n").is_none()).then_some(level)
        }
        Change::SetNull(names) => weakest(names.iter().map(|name| null((fault.at, fault.grant), name))),
        // RFC 6749 §4.1.2: unknown parameters are ignored.
        Change::Append { name, .. } | Change::Prepend { name, .. } => must(name == "x"),
        Change::Respond { status: None, headers, body: None } => {
            let is_read = [Point::TokenResponse, Point::Userinfo, Point::Jwks].contains(&fault.at);
            let header = |name: &str, value: &str| match (name, value) {
                // RFC 9112 §9.6: a connection may end after each answer.
                ("connection", "close") => Some(Level::Should),
                _ => media_type(name, value).filter(|_| is_read),
            };
            weakest(headers.iter().map(|(name, value)| header(name, value)))
        }
        _ => None,
    }
}

/// Whether an ID token gets so many claims as that of a user with many groups or roles.
fn is_large_token(fault: &Fault) -> bool {
    let Change::Merge(Value::Object(patch)) = &fault.change else { return false };
    let is_custom = |(name, value): (&String, &Value)| {
        name.starts_with("https://") && value.as_str().is_some_and(|value| value.len() < LONGEST)
    };
    fault.at == Point::IdTokenClaims && patch.iter().all(is_custom)
}

fn must(holds: bool) -> Option<Level> {
    holds.then_some(Level::Must)
}

/// All of it has to be lawful, and the duty is as strong as the one for the least usual part.
fn weakest(parts: impl Iterator<Item = Option<Level>>) -> Option<Level> {
    parts.collect::<Option<Vec<_>>>()?.into_iter().max()
}

/// Parameters that mean something in a request, and nothing in a response.
const OF_REQUESTS: [&str; 3] = ["nonce", "redirect_uri", "code_verifier"];

/// A member, or a parameter, and what it becomes; null if it goes away.
#[expect(clippy::match_same_arms, reason = "they are sorted by message, each with its clause")]
fn member((at, grant): (Point, Option<GrantType>), name: &str, value: &Value) -> Option<Level> {
    if name == "x" {
        return match at {
            // OpenID Connect Core §5.1.2 recommends to ignore claims that are not understood.
            Point::Userinfo => Some(Level::Should),
            _ => Some(Level::Must),
        };
    }
    let refreshed = grant == Some(GrantType::RefreshToken);
    match (at, name, value) {
        // RFC 6749 §4.1.2: unknown parameters are ignored.
        (Point::AuthorizationResponse, name, Value::String(_)) => must(OF_REQUESTS.contains(&name)),
        // OpenID Connect Core §2, §3.1.3.6: at_hash may be missing in the code flow, an audience may be a list of one.
        (Point::IdTokenClaims, "at_hash" | "auth_time" | "nbf" | "azp", Value::Null) => Some(Level::Must),
        (Point::IdTokenClaims, "aud", Value::Array(audiences)) => must(audiences.as_slice() == ["{client_id}"]),
        // OpenID Connect Core §3.1.3.7: how far clocks may differ is not said.
        (Point::IdTokenClaims, "iat", Value::String(time)) => (time == "{now+30}").then_some(Level::Interop),
        // OpenID Connect Core §12.2: of a refresh it should not be there, and may.
        (Point::IdTokenClaims, "nonce", Value::String(nonce)) => must(nonce == "{nonce}"),
        (Point::IdTokenClaims, "azp", Value::String(party)) => (party == "{client_id}").then_some(Level::May),
        (Point::IdTokenClaims | Point::Userinfo, name, _) if name.starts_with("https://") => Some(Level::Must),
        // RFC 7515 §4.1.9: `typ` is optional.
        (Point::IdTokenHeader, "typ" | "cty", Value::Null) => Some(Level::Must),
        // RFC 6749 §5.1.
        (Point::TokenResponse, "expires_in" | "scope", Value::Null) => Some(Level::Must),
        // A provider that takes the old one back gives a new one.
        (Point::TokenResponse, "refresh_token", Value::Null) => must(!refreshed),
        // It should be a number of seconds above zero, and nothing guarantees that it is.
        (Point::TokenResponse, "expires_in", Value::Number(_)) => Some(Level::Interop),
        (Point::TokenResponse, "expires_in", Value::String(seconds)) => {
            seconds.parse::<u32>().is_ok().then_some(Level::Interop)
        }
        // It is the server that has to say so (RFC 6749 §3.3); no clause has the client content with less.
        (Point::TokenResponse, "scope", Value::String(scope)) => (scope == "{first_scope}").then_some(Level::Interop),
        (Point::TokenResponse, "token_type", Value::String(kind)) => must(kind.eq_ignore_ascii_case("bearer")),
        // OpenID Connect Core §12.2.
        (Point::TokenResponse, "id_token", Value::Null) => must(refreshed),
        // OpenID Connect Core §5.3.2: claims that were asked for may be absent.
        (Point::IdTokenClaims | Point::Userinfo, "name" | "email", Value::Null) => Some(Level::Interop),
        (Point::Userinfo, "picture" | "updated_at" | "email_verified", Value::Null) => Some(Level::Must),
        (Point::Discovery, name, value) => metadata(name, value),
        _ => None,
    }
}

/// A member that is null is, to many, one that is not there.
fn null((at, grant): (Point, Option<GrantType>), name: &str) -> Option<Level> {
    let is_optional = match at {
        Point::Discovery => metadata(name, &Value::Null).is_some(),
        // A provider that takes the old one back gives a new one.
        Point::TokenResponse => name == "refresh_token" && grant != Some(GrantType::RefreshToken),
        Point::Userinfo => ["picture", "email_verified", "updated_at"].contains(&name),
        _ => false,
    };
    is_optional.then_some(Level::Interop)
}

/// OpenID Connect Discovery §3, RFC 8414 §2: members with a default may be missing, and endpoints may have a query or any
/// path. What is recommended alone, many clients rely on.
fn metadata(name: &str, value: &Value) -> Option<Level> {
    match (name, value) {
        (
            "response_modes_supported" | "grant_types_supported" | "token_endpoint_auth_methods_supported",
            Value::Null,
        ) => Some(Level::Must),
        ("scopes_supported" | "claims_supported" | "userinfo_endpoint", Value::Null) => Some(Level::Interop),
        (name, Value::Array(values)) if name.ends_with("_supported") => {
            // Beside the one that everybody supports.
            let usual = ["code", "query", "authorization_code", "client_secret_basic", "S256", "RS256"];
            let is_usual = |value: &Value| value.as_str().is_some_and(|value| usual.contains(&value));
            must(values.first().is_some_and(is_usual) && values.iter().skip(1).all(|value| value == "x"))
        }
        // Nothing ties endpoints to the host of the issuer.
        (name, Value::String(url)) if name != "issuer" && url.starts_with("{issuer_alias}{") => Some(Level::May),
        (name, Value::String(url)) if name.ends_with("_endpoint") || name == "jwks_uri" => {
            must(url.starts_with("{base_url}{") && (url.ends_with("?tenant=a%2Fb") || url.ends_with("/~as-published")))
        }
        _ => None,
    }
}

/// RFC 9110 §8.3.1: a media type may have parameters, and letters of either case.
fn media_type(name: &str, value: &str) -> Option<Level> {
    let essence = value.split(';').next().filter(|_| name == "content-type")?;
    match essence {
        "application/json" => Some(Level::Must),
        _ => essence.trim().eq_ignore_ascii_case("application/json").then_some(Level::Interop),
    }
}

/// What it changes, in words.
pub(super) fn lawful_change(fault: &Fault) -> String {
    let what = match &fault.change {
        Change::Merge(Value::Object(patch)) => {
            let member = |(name, value): (&String, &Value)| match (name.as_str(), value) {
                ("x", _) => "an unknown member".to_owned(),
                (name, _) if name.starts_with("https://") => "a custom claim".to_owned(),
                (name, Value::Null) => format!("no {name}"),
                (name, _) if fault.at == Point::AuthorizationResponse => format!("a {name}"),
                ("nonce", _) => "the nonce again".to_owned(),
                (name, Value::String(url)) if url.starts_with("{issuer_alias}") => format!("{name} at another host"),
                (name, _) => format!("another form of {name}"),
            };
            match patch.len() {
                0..4 => patch.iter().map(member).collect::<Vec<_>>().join(" and "),
                many => format!("{many} further claims"),
            }
        }
        Change::Remove(names) => format!("no {}", names.join(" and ")),
        Change::Retype(forms) => {
            format!("{} written as text", forms.keys().map(String::as_str).collect::<Vec<_>>().join(" and "))
        }
        Change::Insert { .. } | Change::InsertLast { .. } => "one more key that cannot be used".to_owned(),
        Change::SetNull(names) => format!("null for {}", names.join(" and ")),
        Change::Append { .. } | Change::Prepend { .. } => "an unknown parameter".to_owned(),
        Change::Respond { headers, .. } if headers.iter().any(|(name, _)| name == "connection") => {
            "the end of the connection".to_owned()
        }
        _ => "a media type written otherwise".to_owned(),
    };
    format!("{what} in the {}", fault.at)
}

/// Whether a fault leaves what clients keep as it is: an outage ends.
pub(super) fn is_outage(fault: &Fault) -> bool {
    match &fault.change {
        Change::Respond { status, .. } => status.is_some_and(|status| status >= 500),
        Change::Reset => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use mock_idp::Times;
    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_member_is_lawful_unless_it_is_so_long_that_clients_may_give_up() {
        let with = |value: &str| {
            let change = Change::Merge(json!({ "x": value }));
            lawful(&Fault { name: None, at: Point::IdTokenClaims, grant: None, change, times: Times::Always })
        };
        assert_eq!(with("y"), Some(Level::Must));
        assert_eq!(with(&"y".repeat(4_096)), None);
    }
}
