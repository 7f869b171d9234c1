//! Values of the exchange that a fault can refer to.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::{Endpoint, Paths};

/// The names of the placeholders that every fault can use, without the braces. A number of seconds may follow `now`.
pub const PLACEHOLDERS: &[&str] = &[
    "access_token",
    "authorization_path",
    "base_url",
    "client_id",
    "code",
    "first_scope",
    "id_token",
    "issuer",
    "jwks_path",
    "nonce",
    "now",
    "redirect_uri",
    "state",
    "subject",
    "token_path",
    "userinfo_path",
];

/// What may follow the name of a placeholder and a colon: `{issuer:upper}`, a value that is nearly right.
pub const PLACEHOLDER_FORMS: &[&str] = &["upper", "shorter", "slash", "scheme"];

/// What the placeholders stand for. A value that the exchange does not have is empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placeholders {
    pub(crate) base_url: String,
    pub(crate) issuer: String,
    pub(crate) paths: Paths,
    pub(crate) client_id: String,
    pub(crate) subject: String,
    pub(crate) nonce: String,
    pub(crate) state: String,
    pub(crate) code: String,
    pub(crate) access_token: String,
    /// Signed, and with what the faults have done to it.
    pub(crate) id_token: String,
    pub(crate) redirect_uri: String,
    /// The first of the scopes that are granted.
    pub(crate) first_scope: String,
    pub(crate) now: i64,
    /// By name: what the test has added.
    pub(crate) further: Arc<BTreeMap<String, String>>,
}

impl Placeholders {
    /// Fills in every string of a JSON value; a string that is nothing but a time becomes a number.
    pub(crate) fn fill_json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => match self.time(text) {
                Some(time) => time.into(),
                None => self.fill(text).into(),
            },
            Value::Array(items) => items.iter().map(|item| self.fill_json(item)).collect(),
            Value::Object(members) => {
                Value::Object(members.iter().map(|(name, value)| (name.clone(), self.fill_json(value))).collect())
            }
            other => other.clone(),
        }
    }

    /// Fills in a text. Braces around anything but a placeholder stay as they are.
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            filled.push_str(&rest[..start]);
            rest = &rest[start..];
            if let Some((value, end)) = rest.find('}').and_then(|end| Some((self.value(&rest[..=end])?, end))) {
                filled.push_str(&value);
                rest = &rest[end + 1..];
            } else {
                filled.push('{');
                rest = &rest[1..];
            }
        }
        filled.push_str(rest);
        filled
    }

    fn value(&self, placeholder: &str) -> Option<String> {
        let value = match placeholder {
            "{base_url}" => &self.base_url,
            "{issuer}" => &self.issuer,
            "{authorization_path}" => return Some(self.paths.of(Endpoint::Authorize).to_owned()),
            "{token_path}" => return Some(self.paths.of(Endpoint::Token).to_owned()),
            "{userinfo_path}" => return Some(self.paths.of(Endpoint::Userinfo).to_owned()),
            "{jwks_path}" => return Some(self.paths.of(Endpoint::Jwks).to_owned()),
            "{client_id}" => &self.client_id,
            "{subject}" => &self.subject,
            "{nonce}" => &self.nonce,
            "{state}" => &self.state,
            "{code}" => &self.code,
            "{access_token}" => &self.access_token,
            "{id_token}" => &self.id_token,
            "{redirect_uri}" => &self.redirect_uri,
            "{first_scope}" => &self.first_scope,
            other => {
                let time = || self.time(other).map(|time| time.to_string());
                return time().or_else(|| self.further(other)).or_else(|| self.altered(other));
            }
        };
        Some(value.clone())
    }

    fn further(&self, placeholder: &str) -> Option<String> {
        let name = placeholder.strip_prefix('{')?.strip_suffix('}')?;
        self.further.get(name).cloned()
    }

    /// `{issuer:upper}` and the like: a value that is nearly right.
    fn altered(&self, placeholder: &str) -> Option<String> {
        let (name, how) = placeholder.strip_suffix('}')?.rsplit_once(':')?;
        let value = self.value(&format!("{name}}}"))?;
        Some(match how {
            "upper" => value.to_uppercase(),
            "shorter" => value.chars().take(value.chars().count().saturating_sub(1)).collect(),
            "slash" => value.strip_suffix('/').map_or_else(|| format!("{value}/"), str::to_owned),
            "scheme" => match value.split_once("://") {
                Some(("https", rest)) => format!("http://{rest}"),
                Some((_, rest)) => format!("https://{rest}"),
                None => value,
            },
            _ => return None,
        })
    }

    /// `{now}`, `{now+300}` or `{now-3600}`, and nothing else.
    fn time(&self, text: &str) -> Option<i64> {
        let offset = text.strip_prefix("{now")?.strip_suffix('}')?;
        if offset.is_empty() {
            return Some(self.now);
        }
        if !offset.starts_with(['+', '-']) {
            return None;
        }
        self.now.checked_add(offset.parse().ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn placeholders() -> Placeholders {
        Placeholders { issuer: "https://idp/".into(), nonce: "n-1".into(), now: 1000, ..Placeholders::default() }
    }

    #[test]
    fn a_lone_time_becomes_a_number() {
        let filled = placeholders().fill_json(&json!({ "exp": "{now-10}", "iat": "{now}", "nbf": "{now+5}" }));
        assert_eq!(filled, json!({ "exp": 990, "iat": 1000, "nbf": 1005 }));
    }

    #[test]
    fn placeholders_are_filled_inside_texts() {
        assert_eq!(placeholders().fill("{issuer}x?n={nonce}&t={now+1}&s={state}"), "https://idp/x?n=n-1&t=1001&s=");
    }

    #[test]
    fn values_of_the_test_are_filled_in_but_replace_none_of_the_exchange() {
        let further = BTreeMap::from([("stranger".to_owned(), "http://x/".to_owned()), ("nonce".into(), "n-2".into())]);
        let placeholders = Placeholders { further: further.into(), ..placeholders() };
        assert_eq!(placeholders.fill("{stranger}a?n={nonce}&{other}"), "http://x/a?n=n-1&{other}");
    }

    #[test]
    fn every_name_and_every_form_of_it_is_filled_in() {
        let placeholders = placeholders();
        for name in PLACEHOLDERS {
            assert!(placeholders.value(&format!("{{{name}}}")).is_some(), "{name}");
        }
        for form in PLACEHOLDER_FORMS {
            assert!(placeholders.value(&format!("{{issuer:{form}}}")).is_some(), "{form}");
        }
    }

    #[test]
    fn near_misses_are_made_of_the_right_value() {
        let filled = placeholders()
            .fill("{issuer:upper} {issuer:shorter} {issuer:slash} {issuer:scheme} {nonce:slash} {issuer:x}");
        assert_eq!(filled, "HTTPS://IDP/ https://idp https://idp http://idp/ n-1/ {issuer:x}");
    }

    #[test]
    fn other_braces_stay() {
        let json = r#"{"error":{"nonce":"{nonce}"},"{x}":{}}{now"#;
        assert_eq!(placeholders().fill(json), r#"{"error":{"nonce":"n-1"},"{x}":{}}{now"#);
    }
}
