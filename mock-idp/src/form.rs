//! Parameters in forms (`application/x-www-form-urlencoded`) and in JSON bodies.

use serde_json::Value;
use url::form_urlencoded;

/// Decodes `application/x-www-form-urlencoded` (RFC 6749 appendix B).
pub(crate) fn decode_form(form: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(form.as_bytes()).into_owned().collect()
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
    let Value::Object(members) = serde_json::from_str(body).ok()? else { return None };
    let text = |value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Some(members.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name, text(value))).collect())
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
    fn json_bodies_are_parameters_too() {
        let decoded = decode_body("application/json; charset=utf-8", r#"{"code":"c","n":1,"x":null}"#);
        assert_eq!(decoded, Some(vec![("code".into(), "c".into()), ("n".into(), "1".into())]));
    }
}
