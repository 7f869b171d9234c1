//! The parts of an ID token, read and unchecked: header, claims, signature.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::{Map, Value};

use super::Claims;
use crate::Refusal;
use crate::secret::IdToken;

/// The JOSE header as it is, with algorithms that no library knows.
pub(super) fn header(token: &IdToken) -> Result<Map<String, Value>, Refusal> {
    // Three parts, the first of which is a JSON object in base64url (RFC 7515 §7.1).
    let parts: Vec<_> = token.expose().split('.').collect();
    let [header, _, _] = parts.as_slice() else { return Err(Refusal::IdTokenMalformed) };
    json_object(header).ok_or(Refusal::IdTokenMalformed)
}

/// Whether this key made the signature.
pub(super) fn is_signed_by(token: &IdToken, key: &Jwk) -> bool {
    let Some((message, signature)) = token.expose().rsplit_once('.') else { return false };
    let key = DecodingKey::from_jwk(key);
    key.and_then(|key| crypto::verify(signature, message.as_bytes(), &key, Algorithm::RS256)).unwrap_or(false)
}

/// The claims before anybody has checked them: [`Claims::check`] does.
pub(super) fn claims(token: &IdToken) -> Result<Claims, Refusal> {
    token.expose().split('.').nth(1).and_then(json_object).map(Claims).ok_or(Refusal::IdTokenMalformed)
}

/// The first of the claims of a name, for a defect: parsers take the last one (RFC 7519 §4).
pub(super) fn first_of_each(part: &str) -> Option<Map<String, Value>> {
    struct FirstOfEach;
    impl<'de> serde::de::Visitor<'de> for FirstOfEach {
        type Value = Map<String, Value>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
            let mut first = Map::new();
            while let Some((name, value)) = members.next_entry::<String, Value>()? {
                first.entry(name).or_insert(value);
            }
            Ok(first)
        }
    }
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde::Deserializer::deserialize_map(&mut serde_json::Deserializer::from_slice(&json), FirstOfEach).ok()
}

/// A JSON object in base64url.
pub(super) fn json_object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
