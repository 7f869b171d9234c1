//! The JWS compact serialization (RFC 7515 §7.1), for any header, sane or not.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::Signing;
use crate::keys::{KeyRing, SigningKey};
use crate::terms::SignatureAlgorithm;

/// `BASE64URL(header) . BASE64URL(claims) . BASE64URL(signature)`.
pub(crate) fn compact(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature = sign(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The claims of a token, if one of these keys has signed it.
pub(crate) fn verified(token: &str, keys: &KeyRing) -> Option<Value> {
    let (message, signature) = token.rsplit_once('.')?;
    let (header, _) = message.split_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let algorithm = SignatureAlgorithm::named(decode(header)?.get("alg")?.as_str()?)?;
    keys.have_signed(algorithm, message.as_bytes(), &signature).then(|| unverified(token))?
}

/// The claims of a token, verified or not.
pub(crate) fn unverified(token: &str) -> Option<Value> {
    decode(token.split('.').nth(1)?)
}

/// The header of an honest token.
pub(crate) fn header(key: &SigningKey) -> Value {
    json!({ "alg": key.algorithm().as_str(), "typ": "JWT", "kid": key.kid() })
}

/// HS256 (RFC 7518 §3.2).
pub(crate) fn hmac_sha256(secret: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message).as_ref().to_vec()
}

/// Signs dishonestly.
pub(crate) fn sign_otherwise(
    signing: &Signing,
    header: &Value,
    claims: &Value,
    (key, ring): (&SigningKey, &KeyRing),
    client_secret: Option<&str>,
) -> String {
    let with = |members: Value| {
        let mut changed = header.clone();
        if let (Value::Object(all), Value::Object(new)) = (&mut changed, members) {
            all.extend(new);
        }
        changed
    };
    let unpublished = ring.unpublished(key.algorithm());
    match signing {
        Signing::UnknownKey => compact(header, claims, |message| unpublished.sign(message)),
        Signing::None { spelling } => compact(&with(json!({ "alg": spelling })), claims, |_| Vec::new()),
        Signing::HmacWithPublicKey { form } => {
            compact(&with(json!({ "alg": "HS256" })), claims, |message| hmac_sha256(&key.public_bytes(*form), message))
        }
        Signing::HmacWithClientSecret => {
            let secret = client_secret.unwrap_or_default().as_bytes();
            compact(&with(json!({ "alg": "HS256" })), claims, |message| hmac_sha256(secret, message))
        }
        Signing::HmacWithEmptyKey => {
            compact(&with(json!({ "alg": "HS256" })), claims, |message| hmac_sha256(&[], message))
        }
        Signing::Stripped => compact(header, claims, |_| Vec::new()),
        Signing::TwoParts => format!("{}.{}", encode(header), encode(claims)),
        Signing::RepeatedClaim { name, first } => {
            let honest = claims.to_string();
            let repeated = format!("{{{}:{first},{}", json!(name), honest.trim_start_matches('{'));
            let message = format!("{}.{}", encode(header), URL_SAFE_NO_PAD.encode(repeated));
            let signature = key.sign(message.as_bytes());
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
        }
        Signing::Corrupted => compact(header, claims, |message| {
            let mut signature = key.sign(message);
            let middle = signature.len() / 2;
            signature[middle] ^= 1;
            signature
        }),
        Signing::EmbeddedJwk => {
            let header = with(json!({ "kid": unpublished.kid(), "jwk": unpublished.jwk }));
            compact(&header, claims, |message| unpublished.sign(message))
        }
        // Here the patch has become the whole set of new claims: the caller knows the placeholders.
        Signing::AfterSigning(new) => replace_claims(&compact(header, claims, |message| key.sign(message)), new),
    }
}

/// Swaps the payload of a signed token.
fn replace_claims(token: &str, claims: &Value) -> String {
    let mut parts = token.splitn(3, '.');
    let header = parts.next().unwrap_or_default();
    let signature = parts.nth(1).unwrap_or_default();
    format!("{header}.{}.{signature}", encode(claims))
}

fn decode(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}
