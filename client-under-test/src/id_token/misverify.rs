//! How not to verify a signature: the defects, away from the code that is meant to be copied.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::{Value, json};

use super::Claims;
use super::parts::{self, header, is_signed_by};
use crate::discovery::{Fetch, Provider};
use crate::http::send;
use crate::secret::IdToken;
use crate::{Defect, Refusal};

/// The claims, if a defect is content with them.
pub(super) async fn claims(token: &IdToken, provider: &Provider, fetch: &Fetch<'_>) -> Result<Option<Claims>, Refusal> {
    let has = |defect| fetch.defects.has(defect);
    if has(Defect::AcceptsTwoPartIdToken) && token.expose().split('.').count() == 2 {
        return parts::claims(token).map(Some);
    }
    let Ok(header) = header(token) else { return Ok(None) };
    let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or_default();
    let is_none = algorithm.eq_ignore_ascii_case("none");
    let is_unnamed = header.get("kid").and_then(Value::as_str).is_none_or(str::is_empty);
    let content = has(Defect::SkipsSignature)
        || (has(Defect::BelievesWithoutKeyId) && is_unnamed)
        || (has(Defect::AcceptsEmptySignature) && algorithm == "RS256" && token.expose().ends_with('.'))
        || (has(Defect::AcceptsAlgNone) && algorithm == "none")
        || (has(Defect::BlocksLiteralNoneOnly) && is_none && algorithm != "none");
    if content {
        return parts::claims(token).map(Some);
    }
    if has(Defect::TakesAlgorithmsFromMetadata) && is_none && provider.metadata(fetch).await?.lists_algorithm(algorithm)
    {
        return parts::claims(token).map(Some);
    }
    if has(Defect::TrustsEmbeddedKey) {
        let key = header.get("jwk").and_then(|key| serde_json::from_value::<Jwk>(key.clone()).ok());
        return key.filter(|key| is_signed_by(token, key)).map(|_| parts::claims(token)).transpose();
    }
    let url = |member: &str, defect| header.get(member).and_then(Value::as_str).filter(|_| has(defect));
    if let Some(url) = url("jku", Defect::FetchesKeysFromHeaderUrl) {
        let keys = fetch.keys(url).await?;
        return keys.iter().find(|key| is_signed_by(token, key)).map(|_| parts::claims(token)).transpose();
    }
    if let Some(url) = url("x5u", Defect::FetchesCertificateFromHeaderUrl) {
        let answer = send(fetch.http.get(url), fetch.config.time_limit).await.map_err(Refusal::KeysUnreachable)?;
        let key = certified_key(&answer.body).filter(|key| is_signed_by(token, key));
        return key.map(|_| parts::claims(token)).transpose();
    }
    if algorithm == "HS256" {
        for secret in secrets(provider, fetch, is_unnamed).await? {
            if is_signed_with(token, &secret) {
                return parts::claims(token).map(Some);
            }
        }
    }
    if has(Defect::TakesSharedSecretSignaturesOnly) {
        return Err(Refusal::AlgorithmNotAllowed);
    }
    Ok(None)
}

fn has_any(fetch: &Fetch<'_>, defects: &[Defect]) -> bool {
    defects.iter().any(|defect| fetch.defects.has(*defect))
}

fn is_signed_with(token: &IdToken, secret: &[u8]) -> bool {
    let Some((message, signature)) = token.expose().rsplit_once('.') else { return false };
    crypto::verify(signature, message.as_bytes(), &DecodingKey::from_secret(secret), Algorithm::HS256).unwrap_or(false)
}

/// What a confused verifier takes for a secret: the public keys, in the encoding that it has them in.
/// `is_unnamed`: whether the token names no key.
async fn secrets(provider: &Provider, fetch: &Fetch<'_>, is_unnamed: bool) -> Result<Vec<Vec<u8>>, Refusal> {
    let mut secrets = Vec::new();
    if has_any(fetch, &[Defect::AcceptsHmacWithClientSecret, Defect::TakesSharedSecretSignaturesOnly])
        || (fetch.defects.has(Defect::AcceptsHmacWithClientSecretIfUnnamed) && is_unnamed)
    {
        secrets.push(fetch.config.client_secret.expose().as_bytes().to_vec());
    }
    if fetch.defects.has(Defect::AcceptsHmacWithEmptyKey) {
        secrets.push(Vec::new());
    }
    for key in provider.keys(fetch, None).await? {
        let Some(der) = subject_public_key_info(&key) else { continue };
        if fetch.defects.has(Defect::TakesPublicKeyPemForSecret) {
            let base64 = STANDARD.encode(&der);
            let lines: Vec<_> = base64.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
            let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"));
            secrets.push(pem.into_bytes());
        }
        if fetch.defects.has(Defect::TakesPublicKeyDerForSecret) {
            secrets.push(der);
        }
    }
    if fetch.defects.has(Defect::TakesJwkForSecret) {
        let metadata = provider.metadata(fetch).await?;
        let answer = send(fetch.http.get(&metadata.jwks_uri), fetch.config.time_limit)
            .await
            .map_err(Refusal::KeysUnreachable)?;
        let set: Value = serde_json::from_str(&answer.body).map_err(|_| Refusal::KeysMalformed)?;
        let keys = set.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
        secrets.extend(keys.iter().map(|key| key.to_string().into_bytes()));
    }
    Ok(secrets)
}

/// A 2048-bit RSA key as `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7): for that size everything but the numbers is constant.
const BEFORE_MODULUS: &[u8] = &[
    0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00,
];
const BEFORE_EXPONENT: &[u8] = &[0x02, 0x03];

/// The key of a certificate in PEM.
fn certified_key(pem: &str) -> Option<Jwk> {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(base64).ok()?;
    let start = der.windows(BEFORE_MODULUS.len()).position(|window| window == BEFORE_MODULUS)? + BEFORE_MODULUS.len();
    let (modulus, rest) = der.get(start..)?.split_at_checked(256)?;
    let exponent = rest.strip_prefix(BEFORE_EXPONENT)?.get(..3)?;
    let encode = |number| URL_SAFE_NO_PAD.encode(number);
    serde_json::from_value(json!({ "kty": "RSA", "n": encode(modulus), "e": encode(exponent) })).ok()
}

fn subject_public_key_info(key: &Jwk) -> Option<Vec<u8>> {
    let AlgorithmParameters::RSA(rsa) = &key.algorithm else { return None };
    let modulus = URL_SAFE_NO_PAD.decode(&rsa.n).ok().filter(|modulus| modulus.len() == 256)?;
    let exponent = URL_SAFE_NO_PAD.decode(&rsa.e).ok().filter(|exponent| exponent.len() == 3)?;
    Some([BEFORE_MODULUS, &modulus, BEFORE_EXPONENT, &exponent].concat())
}
