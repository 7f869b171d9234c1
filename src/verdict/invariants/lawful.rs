//! Changes of a message after which it is still one that the specifications allow: clients go on.

use mock_idp::{Change, Fault, GrantType, Point};
use serde_json::Value;

/// No text bounds how long a member may be, and every client bounds it somewhere.
const LONGEST: usize = 1_000;

/// Whether a client has to go on with what a fault makes of a message.
pub(super) fn is_lawful(fault: &Fault) -> bool {
    if serde_json::to_string(&fault.change).is_ok_and(|change| change.len() > LONGEST) {
        return false;
    }
    match (fault.at, &fault.change) {
        (Point::IdTokenClaims, Change::Merge(Value::Object(patch))) => {
            patch.iter().all(|(name, value)| match (name.as_str(), value) {
                // OpenID Connect Core §2, §3.1.3.6: unknown claims, at_hash in the code flow, a list of one audience.
                ("x", _) | ("at_hash", Value::Null) => true,
                (name, _) if name.starts_with("https://") => true,
                ("aud", Value::Array(audiences)) => audiences.as_slice() == ["{client_id}"],
                _ => false,
            })
        }
        // RFC 7515 §4: members that are not understood are ignored, and `typ` is optional.
        (Point::IdTokenHeader, Change::Merge(Value::Object(patch))) => {
            patch.iter().all(|(name, value)| name == "x" || (name == "typ" && value.is_null()))
        }
        // RFC 6749 §5.1.
        (Point::TokenResponse, Change::Merge(Value::Object(patch)))
            if fault.grant == Some(GrantType::AuthorizationCode) =>
        {
            patch.iter().all(|(name, value)| match (name.as_str(), value) {
                ("x", _) | ("expires_in" | "scope", Value::Null) => true,
                ("token_type", Value::String(kind)) => kind.eq_ignore_ascii_case("bearer"),
                _ => false,
            })
        }
        // OpenID Connect Core §5.3.2: claims that were asked for may be absent, unknown ones are ignored.
        (Point::Userinfo, Change::Merge(Value::Object(patch))) => patch.keys().all(|name| name == "x"),
        // RFC 6749 §4.1.2: unknown parameters are ignored.
        (Point::AuthorizationResponse, Change::Append { name, .. } | Change::Prepend { name, .. }) => name == "x",
        // RFC 8414 §3.2, and what is only recommended.
        (Point::Discovery, Change::Merge(Value::Object(patch))) => {
            patch.iter().all(|(name, value)| name == "x" || (name == "scopes_supported" && value.is_null()))
        }
        // RFC 9110 §8.3.1: a media type may have parameters.
        (
            Point::TokenResponse | Point::Userinfo | Point::Jwks,
            Change::Respond { status: None, headers, body: None },
        ) => {
            let json = |(name, value): &(String, String)| {
                name == "content-type" && value.to_ascii_lowercase().starts_with("application/json")
            };
            headers.iter().all(json)
        }
        _ => false,
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
                (name, _) => format!("another form of {name}"),
            };
            patch.iter().map(member).collect::<Vec<_>>().join(" and ")
        }
        Change::Append { .. } | Change::Prepend { .. } => "an unknown parameter".to_owned(),
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
            is_lawful(&Fault { name: None, at: Point::IdTokenClaims, grant: None, change, times: Times::Always })
        };
        assert!(with("y"));
        assert!(!with(&"y".repeat(4_096)));
    }
}
