//! Parameters in forms (`application/x-www-form-urlencoded`) and in JSON bodies.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use url::form_urlencoded;

/// A request with more parameters than this is refused. The longest one that the specifications know has about thirty.
pub(crate) const MOST_PARAMETERS: usize = 1_000;

/// Decodes `application/x-www-form-urlencoded` (RFC 6749 appendix B), and stops one after [`MOST_PARAMETERS`].
pub(crate) fn decode_form(form: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(form.as_bytes()).into_owned().take(MOST_PARAMETERS + 1).collect()
}

/// The reverse of [`decode_form`].
pub(crate) fn encode_form(parameters: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

/// Decodes a request body; Auth0 takes JSON as well as forms. `None`: neither of them.
pub(crate) fn decode_body(content_type: &str, body: &str) -> Option<Vec<(String, String)>> {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/json") {
        return decode_json(body);
    }
    let form = media_type.is_empty() || media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    form.then(|| decode_form(body))
}

fn decode_json(body: &str) -> Option<Vec<(String, String)>> {
    let Members(members) = serde_json::from_str(body).ok()?;
    let text = |value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Some(members.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name, text(value))).collect())
}

/// The members of a JSON object as they were sent: each as often as it is there. It ends one after [`MOST_PARAMETERS`].
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

/// Collects them.
struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            if members.len() <= MOST_PARAMETERS {
                members.push(member);
            }
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parameters_survive_encoding(pairs in prop::collection::vec((".*", ".*"), 0..6)) {
            prop_assert_eq!(decode_form(&encode_form(&pairs)), pairs);
        }
    }

    #[test]
    fn decoding_stops_where_there_are_too_many() {
        let form = "a=1&".repeat(3 * MOST_PARAMETERS);
        assert_eq!(decode_form(&form).len(), MOST_PARAMETERS + 1);
        let json = Value::Object((0..3 * MOST_PARAMETERS).map(|n| (n.to_string(), Value::from(1))).collect());
        assert_eq!(decode_json(&json.to_string()).map(|members| members.len()), Some(MOST_PARAMETERS + 1));
    }

    #[test]
    fn json_bodies_are_parameters_too() {
        let decoded = decode_body("application/json; charset=utf-8", r#"{"code":"c","n":1,"x":null}"#);
        assert_eq!(decoded, Some(vec![("code".into(), "c".into()), ("n".into(), "1".into())]));
        let twice = decode_body("application/json", r#"{"code":"c","code":"d"}"#);
        assert_eq!(twice, Some(vec![("code".into(), "c".into()), ("code".into(), "d".into())]));
    }
}
