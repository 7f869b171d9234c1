//! Every way of signing an ID token wrongly.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use mock_idp::{Change, Endpoint, Fault, Keys, MockIdp, Point, PublicKeyForm, Signing, Times};
use serde_json::{Value, json};

use crate::lab::{CLIENT, Lab, SECRET, text};
use crate::token_claims::{claims, header, verified};

/// The ID token of a flow with this fault.
async fn id_token(lab: &Lab, signing: Signing) -> String {
    let change = Change::Sign(signing);
    let at = Point::IdTokenSignature;
    let fault = lab.issuer.arm(Fault { name: None, at, grant: None, change, times: Times::Once });
    let tokens = lab.tokens(&[]).await;
    assert_eq!(lab.issuer.fired(fault), 1);
    text(&tokens, "id_token").to_owned()
}

fn signature(token: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(token.rsplit('.').next().expect("a signature")).expect("base64url")
}

/// Whether the token is signed with this key, whatever it says.
fn is_signed_with(token: &str, key: &DecodingKey, algorithm: Algorithm) -> bool {
    let mut validation = Validation::new(algorithm);
    validation.validate_aud = false;
    decode::<Value>(token, key, &validation).is_ok()
}

#[tokio::test]
async fn an_unknown_key_signs_under_a_published_name() {
    let lab = Lab::start().await;
    let honest = lab.tokens(&[]).await;
    let token = id_token(&lab, Signing::UnknownKey).await;
    assert_eq!(header(&token), header(text(&honest, "id_token")));
    assert_eq!(signature(&token).len(), 256);
    assert!(verified(&lab, &token, CLIENT).await.is_err());
}

#[tokio::test]
async fn an_unsecured_token_has_no_signature_and_any_spelling() {
    let lab = Lab::start().await;
    for spelling in ["none", "NONE", "nOnE"] {
        let token = id_token(&lab, Signing::None { spelling: spelling.into() }).await;
        assert_eq!(header(&token)["alg"], spelling);
        assert!(token.ends_with('.'));
    }
}

#[tokio::test]
async fn a_public_key_can_be_taken_for_a_secret_in_three_encodings() {
    let lab = Lab::start().await;
    let keys = lab.get(&lab.issuer.url(Endpoint::Jwks)).await.json();
    let der = public_key_info(text(&keys["keys"][0], "n"));
    let base64 = STANDARD.encode(&der);
    let lines: Vec<_> = base64.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"));
    for (form, secret) in [
        (PublicKeyForm::Der, der),
        (PublicKeyForm::Pem, pem.into_bytes()),
        (PublicKeyForm::Jwk, keys["keys"][0].to_string().into_bytes()),
    ] {
        let token = id_token(&lab, Signing::HmacWithPublicKey { form }).await;
        assert!(is_signed_with(&token, &DecodingKey::from_secret(&secret), Algorithm::HS256), "{form:?}");
    }
}

#[tokio::test]
async fn an_hmac_is_keyed_with_the_client_secret_or_with_nothing() {
    let lab = Lab::start().await;
    for (signing, key) in [(Signing::HmacWithClientSecret, SECRET), (Signing::HmacWithEmptyKey, "")] {
        let token = id_token(&lab, signing).await;
        assert!(is_signed_with(&token, &DecodingKey::from_secret(key.as_bytes()), Algorithm::HS256), "{token}");
    }
}

#[tokio::test]
async fn a_stripped_token_keeps_its_header_and_has_no_signature() {
    let lab = Lab::start().await;
    let token = id_token(&lab, Signing::Stripped).await;
    assert_eq!(header(&token)["alg"], "RS256");
    assert!(token.ends_with('.'));
}

#[tokio::test]
async fn a_repeated_claim_stands_first_with_the_wrong_value_and_is_signed() {
    let lab = Lab::start().await;
    let token = id_token(&lab, Signing::RepeatedClaim { name: "sub".into(), first: json!("{client_id}") }).await;
    let part = token.split('.').nth(1).expect("claims");
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("UTF-8");
    assert!(text.starts_with(&format!(r#"{{"sub":"{CLIENT}","#)), "{text}");
    assert_eq!(text.matches(r#""sub":"#).count(), 2, "{text}");
    assert_eq!(claims(&token)["sub"], "auth0|alice", "the last one is the honest one");
    assert_eq!(signature(&token).len(), 256, "strict verifiers refuse it for the claims, not for want of a signature");
}

#[tokio::test]
async fn a_corrupted_signature_is_off_by_one_bit() {
    let lab = Lab::start().await;
    let token = id_token(&lab, Signing::Corrupted).await;
    assert!(verified(&lab, &token, CLIENT).await.is_err());
    let mut bytes = signature(&token);
    bytes[128] ^= 1;
    let (message, _) = token.rsplit_once('.').expect("a JWT");
    let repaired = format!("{message}.{}", URL_SAFE_NO_PAD.encode(bytes));
    assert!(verified(&lab, &repaired, CLIENT).await.is_ok());
}

#[tokio::test]
async fn the_attacker_publishes_the_key_that_others_do_not() {
    let lab = Lab::start().await;
    let attacker = Lab::at(MockIdp::builder().keys(Keys::attacker()).start().await.expect("a free port"));
    let token = id_token(&lab, Signing::UnknownKey).await;
    let published = |keys: Value, kid: &str| {
        let keys = keys["keys"].as_array().cloned().unwrap_or_default();
        keys.into_iter().find(|key| key["kid"] == kid)
    };
    let kid = attacker.issuer.key_id();
    let jwk = published(attacker.get(&attacker.issuer.url(Endpoint::Jwks)).await.json(), &kid).expect("a key");
    let key = DecodingKey::from_jwk(&serde_json::from_value(jwk).expect("a JWK")).expect("a key");
    assert!(is_signed_with(&token, &key, Algorithm::RS256));
    assert_eq!(published(lab.get(&lab.issuer.url(Endpoint::Jwks)).await.json(), &kid), None);
}

#[tokio::test]
async fn an_embedded_key_verifies_its_own_token_only() {
    let lab = Lab::start().await;
    let token = id_token(&lab, Signing::EmbeddedJwk).await;
    let jwk = serde_json::from_value(header(&token)["jwk"].clone()).expect("a JWK");
    assert!(is_signed_with(&token, &DecodingKey::from_jwk(&jwk).expect("a key"), Algorithm::RS256));
    assert!(verified(&lab, &token, CLIENT).await.is_err());
}

#[tokio::test]
async fn claims_can_be_changed_after_signing() {
    let lab = Lab::start().await;
    let patch = json!({ "sub": "auth0|mallory", "aud": ["{client_id}"] });
    let token = id_token(&lab, Signing::AfterSigning(patch)).await;
    assert_eq!(claims(&token)["sub"], "auth0|mallory");
    assert_eq!(claims(&token)["aud"], json!([CLIENT]));
    assert!(verified(&lab, &token, CLIENT).await.is_err());
}

/// `SubjectPublicKeyInfo` of an RSA-2048 key with the exponent 65537 (RFC 5280 §4.1.2.7, RFC 8017 §A.1.1).
fn public_key_info(modulus: &str) -> Vec<u8> {
    const BEFORE: [u8; 33] = [
        0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05,
        0x00, 0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00,
    ];
    const AFTER: [u8; 5] = [0x02, 0x03, 0x01, 0x00, 0x01];
    let modulus = URL_SAFE_NO_PAD.decode(modulus).expect("base64url");
    [&BEFORE[..], &modulus, &AFTER].concat()
}
