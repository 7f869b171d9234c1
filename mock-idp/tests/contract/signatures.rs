//! Honest signatures, verified by another implementation, and every way of signing an ID token wrongly.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use mock_idp::{Change, Endpoint, Fault, Keys, MockIdp, Point, PublicKeyForm, Signing, Times};
use rsa::BoxedUint;
use rsa::pkcs8::{DecodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rsa::sha2::Sha256;
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

/// The key of a JWK from its numbers (RFC 7518 §6.3.1), for an implementation that shares no code with the one that
/// signs.
fn key_of_numbers(jwk: &Value) -> rsa::PublicKey {
    let number = |member| {
        let bytes = URL_SAFE_NO_PAD.decode(text(jwk, member)).expect("base64url");
        BoxedUint::from_be_slice_vartime(&bytes)
    };
    rsa::PublicKey::new(number("n"), number("e")).expect("an RSA key")
}

/// The published key that signs now.
async fn current_key(lab: &Lab) -> Value {
    let keys = lab.get(&lab.issuer.url(Endpoint::Jwks)).await.json();
    let keys = keys["keys"].as_array().cloned().unwrap_or_default();
    keys.into_iter().find(|key| key["kid"] == lab.issuer.key_id()).expect("the current key is published")
}

fn is_signed_by(token: &str, key: &rsa::PublicKey) -> bool {
    let (message, _) = token.rsplit_once('.').expect("a JWT");
    key.pkcs1v15_verify::<Sha256>(message.as_bytes(), &signature(token)).is_ok()
}

/// By the numbers of the published key that signs now.
pub(crate) async fn is_signed_by_published_key(lab: &Lab, token: &str) -> bool {
    is_signed_by(token, &key_of_numbers(&current_key(lab).await))
}

#[tokio::test]
async fn another_implementation_verifies_both_tokens_with_the_published_numbers() {
    for keys in [Keys::embedded(), Keys::generate()] {
        let lab = Lab::at(MockIdp::builder().keys(keys).start().await.expect("a free port"));
        let mut earlier = None;
        for _ in 0..3 {
            let tokens = lab.tokens(&[]).await;
            let key = key_of_numbers(&current_key(&lab).await);
            for token in ["id_token", "access_token"].map(|name| text(&tokens, name)) {
                assert_eq!(header(token)["kid"], lab.issuer.key_id());
                assert!(is_signed_by(token, &key), "{token}");
                assert!(earlier.as_ref().is_none_or(|earlier| !is_signed_by(token, earlier)), "{token}");
            }
            earlier = Some(key);
            lab.issuer.rotate_keys();
        }
    }
}

#[tokio::test]
async fn another_implementation_finds_no_good_signature_under_a_fault() {
    let lab = Lab::start().await;
    let key = key_of_numbers(&current_key(&lab).await);
    for signing in [Signing::UnknownKey, Signing::EmbeddedJwk, Signing::Corrupted, Signing::Stripped] {
        let token = id_token(&lab, signing).await;
        assert!(!is_signed_by(&token, &key), "{token}");
    }
    let token = id_token(&lab, Signing::EmbeddedJwk).await;
    assert!(is_signed_by(&token, &key_of_numbers(&header(&token)["jwk"])));
}

#[tokio::test]
async fn the_key_files_make_the_signatures_of_the_embedded_keys() {
    let files = [
        include_str!("../../src/keys/first.pem"),
        include_str!("../../src/keys/second.pem"),
        include_str!("../../src/keys/third.pem"),
    ];
    let lab = Lab::start().await;
    for file in files {
        let key = rsa::PrivateKey::from_pkcs8_pem(file).expect("a private key");
        assert_eq!(*key.as_public_key(), key_of_numbers(&current_key(&lab).await));
        let tokens = lab.tokens(&[]).await;
        for token in ["id_token", "access_token"].map(|name| text(&tokens, name)) {
            let (message, _) = token.rsplit_once('.').expect("a JWT");
            // Signatures of this kind are deterministic (RFC 8017 §8.2.1).
            let expected = key.pkcs1v15_sign::<Sha256>(message.as_bytes()).expect("a signature");
            assert_eq!(signature(token), expected);
        }
        lab.issuer.rotate_keys();
    }
    let unpublished = include_str!("../../src/keys/unpublished.pem");
    let key = rsa::PrivateKey::from_pkcs8_pem(unpublished).expect("a private key");
    assert!(is_signed_by(&id_token(&lab, Signing::UnknownKey).await, key.as_public_key()));
}

#[tokio::test]
async fn the_certificate_holds_the_key_that_signs_and_is_signed_with_it() {
    let lab = Lab::start().await;
    for _ in 0..3 {
        let pem = lab.get(&lab.issuer.url(Endpoint::Certificate)).await.body;
        let (label, certificate) = rsa::pkcs8::der::pem::decode_vec(pem.as_bytes()).expect("PEM");
        assert_eq!(label, "CERTIFICATE");
        let key = key_of_numbers(&current_key(&lab).await);
        let info = key.to_public_key_der().expect("a public key").into_vec();
        assert!(certificate.windows(info.len()).any(|window| window == info), "{pem}");
        // RFC 5280 §4.1: what is signed begins after four octets, with its length in its own third and fourth octet;
        // the signature ends the certificate.
        let length = usize::from(u16::from_be_bytes([certificate[6], certificate[7]]));
        let (signed, signature) = (&certificate[4..8 + length], &certificate[certificate.len() - 256..]);
        assert!(key.pkcs1v15_verify::<Sha256>(signed, signature).is_ok(), "{pem}");
        lab.issuer.rotate_keys();
    }
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
    let key = key_of_numbers(&keys["keys"][0]);
    let der = key.to_public_key_der().expect("a public key").into_vec();
    let pem = key.to_public_key_pem(LineEnding::LF).expect("a public key");
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
async fn a_token_of_two_parts_ends_after_its_claims() {
    let lab = Lab::start().await;
    let token = id_token(&lab, Signing::TwoParts).await;
    assert_eq!((token.split('.').count(), claims(&token)["sub"].as_str()), (2, Some("auth0|alice")), "{token}");
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
