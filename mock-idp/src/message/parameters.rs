//! Parameters in queries, forms and JSON bodies.

use serde_json::Value;
use url::form_urlencoded;

use crate::{Note, Tolerance};

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

/// Decoded parameters with the rules of RFC 6749 §3.1: none twice, and an empty one counts as left out.
#[derive(Clone, Copy)]
pub(crate) struct Parameters<'a>(&'a [(String, String)]);

impl<'a> Parameters<'a> {
    /// Fails with the name of a parameter that occurs more than once.
    pub(crate) fn once_each(pairs: &'a [(String, String)]) -> Result<Self, &'a str> {
        let repeated =
            pairs.iter().enumerate().find(|(index, (name, _))| pairs[..*index].iter().any(|(n, _)| n == name));
        match repeated {
            Some((_, (name, _))) => Err(name),
            None => Ok(Self(pairs)),
        }
    }

    /// The same, unless repetitions are accepted: then the first of each counts, and the note says so.
    pub(crate) fn read(pairs: &'a [(String, String)], repeated: Tolerance) -> Result<(Self, Option<Note>), &'a str> {
        match (Self::once_each(pairs), repeated) {
            (Ok(parameters), _) => Ok((parameters, None)),
            (Err(_), Tolerance::Accepted) => Ok((Self(pairs), Some(Note::ParameterRepeated))),
            (Err(name), Tolerance::Refused) => Err(name),
        }
    }

    /// For the parameters that decide where an error goes. The caller has looked for repetitions of them.
    pub(crate) fn unchecked(pairs: &'a [(String, String)]) -> Self {
        Self(pairs)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().find(|(candidate, _)| candidate == name)?;
        (!value.is_empty()).then_some(value.as_str())
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
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
    fn repeated_parameters_are_found() {
        let pairs = decode_form("a=1&b=2&a=1");
        assert_eq!(Parameters::once_each(&pairs).err(), Some("a"));
    }

    #[test]
    fn an_empty_parameter_counts_as_left_out() {
        let pairs = decode_form("scope=");
        assert_eq!(Parameters::once_each(&pairs).expect("once each").get("scope"), None);
    }

    #[test]
    fn json_bodies_are_parameters_too() {
        let decoded = decode_body("application/json; charset=utf-8", r#"{"code":"c","n":1,"x":null}"#);
        assert_eq!(decoded, Some(vec![("code".into(), "c".into()), ("n".into(), "1".into())]));
    }
}
