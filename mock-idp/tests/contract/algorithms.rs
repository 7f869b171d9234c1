//! Every signature algorithm of ID tokens, verified by another implementation.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use mock_idp::{
    Change, Client, Endpoint, Fault, IssuerConfig, Keys, MockIdp, Point, SignatureAlgorithm, Signing, Times,
};
use rsa::BoxedUint;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::pkcs8::{DecodePrivateKey as _, LineEnding};
use rsa::sha2::{Digest as _, Sha256, Sha384, Sha512};
use serde_json::{Value, json};

use crate::lab::{Answer, CLIENT, Lab, text};
use crate::token_claims::{claims, header};

/// A server whose only client wants its ID tokens signed with this algorithm.
async fn lab(algorithm: SignatureAlgorithm) -> Lab {
    Lab::with_client(|client| client.id_token_signed_response_alg = Some(algorithm)).await
}

async fn published(lab: &Lab) -> Vec<Value> {
    let keys = lab.get(&lab.issuer.url(Endpoint::Jwks)).await.json();
    keys["keys"].as_array().expect("keys").clone()
}

/// The published key that a token names.
async fn key_of(lab: &Lab, token: &str) -> Value {
    let kid = header(token)["kid"].clone();
    published(lab).await.into_iter().find(|key| key["kid"] == kid).unwrap_or_else(|| panic!("{kid} is published"))
}

fn signature(token: &str) -> (&[u8], Vec<u8>) {
    let (message, signature) = token.rsplit_once('.').expect("a JWT");
    (message.as_bytes(), URL_SAFE_NO_PAD.decode(signature).expect("base64url"))
}

/// Whether a token is signed with a key; RSASSA-PSS is verified by an implementation that shares no code with the signer.
fn is_signed_with(token: &str, key: &Value, algorithm: SignatureAlgorithm) -> bool {
    let (message, signature) = signature(token);
    let rsa = || {
        let number =
            |name| BoxedUint::from_be_slice_vartime(&URL_SAFE_NO_PAD.decode(text(key, name)).expect("base64url"));
        rsa::PublicKey::new(number("n"), number("e")).expect("an RSA key")
    };
    match algorithm {
        SignatureAlgorithm::PS256 => rsa().pss_verify::<Sha256>(message, &signature).is_ok(),
        SignatureAlgorithm::PS384 => rsa().pss_verify::<Sha384>(message, &signature).is_ok(),
        SignatureAlgorithm::PS512 => rsa().pss_verify::<Sha512>(message, &signature).is_ok(),
        other => {
            let algorithm: Algorithm = other.as_str().parse().expect("a known algorithm");
            let mut validation = Validation::new(algorithm);
            validation.validate_aud = false;
            let key: Jwk = serde_json::from_value(key.clone()).expect("a JWK");
            decode::<Value>(token, &DecodingKey::from_jwk(&key).expect("a key"), &validation).is_ok()
        }
    }
}

/// OpenID Connect Core §3.1.3.6.
fn half_hash(value: &str, algorithm: SignatureAlgorithm) -> String {
    let hash = match algorithm.as_str() {
        name if name.ends_with("256") => Sha256::digest(value).to_vec(),
        name if name.ends_with("384") => Sha384::digest(value).to_vec(),
        _ => Sha512::digest(value).to_vec(),
    };
    URL_SAFE_NO_PAD.encode(&hash[..hash.len() / 2])
}

#[tokio::test]
async fn id_tokens_are_signed_with_the_algorithm_of_their_client_and_the_key_is_published() {
    for algorithm in SignatureAlgorithm::ALL {
        let lab = lab(algorithm).await;
        let mut earlier = Vec::new();
        for _ in 0..3 {
            let tokens = lab.tokens(&[]).await;
            let id_token = text(&tokens, "id_token");
            assert_eq!(header(id_token)["alg"], algorithm.as_str());
            let key = key_of(&lab, id_token).await;
            assert_eq!(key["alg"], algorithm.as_str());
            assert!(is_signed_with(id_token, &key, algorithm), "{id_token}");
            assert!(earlier.iter().all(|earlier| !is_signed_with(id_token, earlier, algorithm)), "{id_token}");
            assert_eq!(claims(id_token)["at_hash"], half_hash(text(&tokens, "access_token"), algorithm));
            // What the API gets is its own matter.
            assert_eq!(header(text(&tokens, "access_token"))["alg"], "RS256");
            earlier.push(key);
            lab.issuer.rotate_keys();
        }
    }
}

#[tokio::test]
async fn keys_have_the_members_of_their_type_and_no_private_ones() {
    for (algorithm, members) in [
        (SignatureAlgorithm::PS256, &["n", "e"][..]),
        (SignatureAlgorithm::ES256, &["crv", "x", "y"]),
        (SignatureAlgorithm::ES384, &["crv", "x", "y"]),
        (SignatureAlgorithm::EdDSA, &["crv", "x"]),
    ] {
        let lab = lab(algorithm).await;
        let tokens = lab.tokens(&[]).await;
        let key = key_of(&lab, text(&tokens, "id_token")).await;
        let mut expected = [&["alg", "kty", "use", "kid"], members].concat();
        let mut found: Vec<_> = key.as_object().expect("an object").keys().map(String::as_str).collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected);
        let kind = (key["kty"].as_str().unwrap_or_default(), key["crv"].as_str().unwrap_or_default());
        assert_eq!(
            kind,
            match algorithm {
                SignatureAlgorithm::ES256 => ("EC", "P-256"),
                SignatureAlgorithm::ES384 => ("EC", "P-384"),
                SignatureAlgorithm::EdDSA => ("OKP", "Ed25519"),
                _ => ("RSA", ""),
            }
        );
    }
}

#[tokio::test]
async fn metadata_and_keys_have_the_algorithms_that_clients_use() {
    let lab = Lab::start().await;
    let of = async |lab: &Lab| {
        let metadata = lab.get(&lab.issuer.url(Endpoint::Discovery)).await.json();
        let keys = published(lab).await.iter().map(|key| text(key, "alg").to_owned()).collect::<Vec<_>>();
        (metadata["id_token_signing_alg_values_supported"].clone(), keys)
    };
    assert_eq!(of(&lab).await, (json!(["RS256"]), vec!["RS256".to_owned(); 2]));
    let registration = json!({
        "client_id": "other", "redirect_uris": [], "id_token_signed_response_alg": "ES256",
    });
    let url = format!("{}_mock/clients", lab.issuer.base_url());
    let answer = Answer::of(lab.request(reqwest::Method::POST, &url).json(&registration)).await;
    assert_eq!((answer.status, text(&answer.json(), "id_token_signed_response_alg")), (200, "ES256"));
    let (supported, keys) = of(&lab).await;
    assert_eq!(
        (supported, keys),
        (json!(["RS256", "ES256"]), ["RS256", "RS256", "ES256", "ES256"].map(String::from).into())
    );
}

#[tokio::test]
async fn faults_of_the_signature_keep_the_algorithm() {
    for algorithm in SignatureAlgorithm::ALL {
        let lab = lab(algorithm).await;
        for signing in [Signing::UnknownKey, Signing::Corrupted, Signing::EmbeddedJwk] {
            let change = Change::Sign(signing.clone());
            let at = Point::IdTokenSignature;
            lab.issuer.arm(Fault { name: None, at, grant: None, change, times: Times::Once });
            let tokens = lab.tokens(&[]).await;
            let id_token = text(&tokens, "id_token");
            let header = header(id_token);
            assert_eq!(header["alg"], algorithm.as_str());
            if signing == Signing::EmbeddedJwk {
                assert!(is_signed_with(id_token, &header["jwk"], algorithm), "{id_token}");
            } else {
                assert!(!is_signed_with(id_token, &key_of(&lab, id_token).await, algorithm), "{id_token}");
            }
        }
    }
}

#[tokio::test]
async fn id_token_of_any_algorithm_is_a_hint() {
    for algorithm in SignatureAlgorithm::ALL {
        let lab = lab(algorithm).await;
        let tokens = lab.tokens(&[]).await;
        let id_token = text(&tokens, "id_token");
        assert!(lab.authorize(&[("id_token_hint", id_token)]).await.parameter("code").is_some(), "{algorithm}");
        let (message, _) = id_token.rsplit_once('.').expect("a JWT");
        let forged = format!("{message}.{}", URL_SAFE_NO_PAD.encode([1; 64]));
        let answer = lab.authorize(&[("id_token_hint", &forged)]).await;
        assert_eq!(answer.parameter("error").as_deref(), Some("invalid_request"), "{algorithm}");
    }
}

#[tokio::test]
async fn keys_of_a_file_are_all_published_and_the_first_one_signs() {
    let first = rsa::PrivateKey::from_pkcs8_pem(include_str!("../../src/keys/second.pem")).expect("a private key");
    // PKCS#1, then PKCS#8.
    let of_pkcs1 = first.to_pkcs1_pem(LineEnding::LF).expect("PEM");
    let pem = [of_pkcs1.as_str(), include_str!("../../src/keys/third.pem"), include_str!("../../src/keys/ed25519.pem")];
    let keys = Keys::from_pem(&pem.concat()).expect("keys");
    let edwards = Client {
        client_id: "edwards".into(),
        id_token_signed_response_alg: Some(SignatureAlgorithm::EdDSA),
        ..Client::default()
    };
    let config = IssuerConfig { clients: vec![Client::default(), edwards], ..IssuerConfig::default() };
    let lab = Lab::at(MockIdp::builder().config(config).keys(keys).start().await.expect("a free port"));
    let algorithms = |keys: &[Value]| keys.iter().map(|key| text(key, "alg").to_owned()).collect::<Vec<_>>();
    let keys = published(&lab).await;
    assert_eq!(algorithms(&keys), ["RS256", "RS256", "EdDSA", "EdDSA", "EdDSA", "EdDSA"]);
    let id_token = text(&lab.tokens(&[]).await, "id_token").to_owned();
    assert_eq!(header(&id_token)["kid"], keys[0]["kid"]);
    assert!(is_signed_with(&id_token, &keys[0], SignatureAlgorithm::RS256));
    let n = URL_SAFE_NO_PAD.decode(text(&keys[0], "n")).expect("base64url");
    assert_eq!(BoxedUint::from_be_slice_vartime(&n), *rsa::traits::PublicKeyParts::n(&first).as_ref());

    let code = lab.code(&[("client_id", "edwards")]).await;
    let tokens = lab.redeem(&code, &[("client_id", "edwards")]).await.json();
    assert!(is_signed_with(text(&tokens, "id_token"), &keys[2], SignatureAlgorithm::EdDSA));

    lab.issuer.rotate_keys();
    assert_eq!(header(text(&lab.tokens(&[]).await, "id_token"))["kid"], keys[1]["kid"]);
    assert_eq!(published(&lab).await.len(), 6);
    assert_eq!(claims(&id_token)["aud"], CLIENT);
}

#[tokio::test]
async fn client_whose_algorithm_has_no_key_is_not_registered() {
    let keys = Keys::from_pem(include_str!("../../src/keys/p256.pem")).expect("keys");
    let lab = Lab::at(MockIdp::builder().keys(keys).start().await.expect("a free port"));
    let metadata = lab.get(&lab.issuer.url(Endpoint::Discovery)).await.json();
    assert_eq!(metadata["id_token_signing_alg_values_supported"], json!(["ES256"]));
    let tokens = lab.tokens(&[]).await;
    for name in ["id_token", "access_token"] {
        assert_eq!(header(text(&tokens, name))["alg"], "ES256");
    }
    let registration = json!({ "client_id": "other", "redirect_uris": [], "id_token_signed_response_alg": "PS256" });
    let url = format!("{}_mock/clients", lab.issuer.base_url());
    let answer = Answer::of(lab.request(reqwest::Method::POST, &url).json(&registration)).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("PS256"), "{}", answer.body);
}
