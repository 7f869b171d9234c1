//! What stands in the tokens (OpenID Connect Core §2, §3.1.3; Auth0's profile of access tokens).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use mock_idp::{AccessTokenFormat, Api, Endpoint, IssuerConfig, Policy, Presence, User};
use rsa::sha2::{Digest as _, Sha256};
use serde_json::{Map, Value, json};

use crate::lab::{AUDIENCE, CLIENT, Lab, text};

/// One part of a JWT, unverified.
fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

pub(crate) fn header(token: &str) -> Value {
    part(token, 0)
}

pub(crate) fn claims(token: &str) -> Value {
    part(token, 1)
}

/// The claims of a JWT that is good: signed with the published key that it names, for this audience, by this issuer.
pub(crate) async fn verified(lab: &Lab, token: &str, audience: &str) -> jsonwebtoken::errors::Result<Value> {
    let keys: JwkSet =
        serde_json::from_value(lab.get(&lab.issuer.url(Endpoint::Jwks)).await.json()).expect("a JWK set");
    let kid = decode_header(token)?.kid.expect("a kid");
    // RFC 7517 §4.2: there may be a key of the same identifier that is for something else.
    let signs = |key: &&jsonwebtoken::jwk::Jwk| !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
    let named = keys.keys.iter().filter(|key| key.common.key_id.as_deref() == Some(&kid));
    let key = named.into_iter().find(signs).ok_or(jsonwebtoken::errors::ErrorKind::InvalidKeyFormat)?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[lab.issuer.identifier()]);
    Ok(decode::<Value>(token, &DecodingKey::from_jwk(key)?, &validation)?.claims)
}

#[tokio::test]
async fn an_id_token_verifies_with_the_published_keys() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[]).await;
    let claims = verified(&lab, text(&tokens, "id_token"), CLIENT).await.expect("a good ID token");
    assert_eq!(claims["aud"], CLIENT);
    assert_eq!(claims["sub"], "auth0|alice");
    assert_eq!(claims["nonce"], "nonce-1");
    assert_eq!(claims["name"], "Alice Adams");
    assert_eq!(claims["email"], "alice@example.com");
    let half = &Sha256::digest(text(&tokens, "access_token"))[..16];
    assert_eq!(text(&claims, "at_hash"), URL_SAFE_NO_PAD.encode(half));
    assert_eq!(header(text(&tokens, "id_token"))["alg"], "RS256");
}

#[tokio::test]
async fn an_access_token_for_an_api_is_a_jwt_that_verifies_with_the_published_keys() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[]).await;
    let claims = verified(&lab, text(&tokens, "access_token"), AUDIENCE).await.expect("a good access token");
    assert_eq!(claims["aud"], json!([AUDIENCE, format!("{}userinfo", lab.issuer.identifier())]));
    assert_eq!(claims["azp"], CLIENT);
    assert_eq!(claims["scope"], "openid profile email offline_access read:contacts");
    assert_eq!(claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(exp, iat)| exp - iat), Some(86_400));
}

#[tokio::test]
async fn tokens_verify_before_and_after_the_keys_are_rotated() {
    let lab = Lab::start().await;
    let before = lab.tokens(&[]).await;
    lab.issuer.rotate_keys();
    let after = lab.tokens(&[]).await;
    assert_ne!(header(text(&before, "id_token"))["kid"], header(text(&after, "id_token"))["kid"]);
    for tokens in [before, after] {
        assert!(verified(&lab, text(&tokens, "id_token"), CLIENT).await.is_ok());
    }
}

#[tokio::test]
async fn fresh_keys_sign_as_well() {
    let idp = mock_idp::MockIdp::builder().keys(mock_idp::Keys::generate()).start().await.expect("a free port");
    let lab = Lab::at(idp);
    let tokens = lab.tokens(&[]).await;
    assert!(verified(&lab, text(&tokens, "id_token"), CLIENT).await.is_ok());
    assert!(verified(&Lab::start().await, text(&tokens, "id_token"), CLIENT).await.is_err());
}

#[tokio::test]
async fn an_access_token_without_an_audience_is_opaque() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[("audience", "")]).await;
    assert!(!text(&tokens, "access_token").contains('.'));
    assert_eq!(lab.call(Endpoint::Userinfo, text(&tokens, "access_token")).await.status, 200);
}

#[tokio::test]
async fn an_opaque_access_token_can_use_the_whole_alphabet() {
    let lab = Lab::start().await;
    let access_token_format = mock_idp::AccessTokenFormat::Opaque { length: 200 };
    lab.issuer.set_policy(mock_idp::Policy { access_token_format, ..mock_idp::Policy::default() });
    let tokens = lab.tokens(&[]).await;
    let token = text(&tokens, "access_token");
    assert!(token.len() == 200 && token.ends_with("-._~+/Az09=="), "{token}");
    assert_eq!(lab.call(Endpoint::Api, token).await.status, 200);
}

#[tokio::test]
async fn the_lifetime_of_an_access_token_can_be_left_to_the_response() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[]).await;
    assert!(part(text(&tokens, "access_token"), 1)["exp"].is_number());
    lab.issuer.set_policy(Policy { access_token_exp: Presence::Absent, ..Policy::default() });
    let tokens = lab.tokens(&[]).await;
    let token = text(&tokens, "access_token");
    assert_eq!((part(token, 1).get("exp"), tokens["expires_in"].is_number()), (None, true));
    assert_eq!(lab.call(Endpoint::Api, token).await.status, 200);
}

#[tokio::test]
async fn the_flow_of_the_tutorial_needs_neither_openid_nor_a_url_as_audience() {
    let api = Api {
        identifier: "appointments:api".into(),
        scopes: vec!["appointments".into(), "contacts".into()],
        ..Api::default()
    };
    let lab = Lab::with(IssuerConfig { apis: vec![api], ..IssuerConfig::default() }).await;
    let request = [("scope", "appointments contacts"), ("audience", "appointments:api"), ("nonce", "")];
    let tokens = lab.tokens(&request).await;
    assert_eq!(tokens.get("id_token"), None);
    assert_eq!(tokens["scope"], "appointments contacts");
    assert_eq!(claims(text(&tokens, "access_token"))["aud"], "appointments:api");
}

#[tokio::test]
async fn scopes_that_nobody_knows_are_dropped() {
    let tokens = Lab::start().await.tokens(&[("scope", "openid read:contacts delete:everything")]).await;
    assert_eq!(tokens["scope"], "openid read:contacts");
}

#[tokio::test]
async fn a_claim_is_a_scope_by_itself() {
    let tokens = Lab::start().await.tokens(&[("scope", "openid name picture")]).await;
    let claims = claims(text(&tokens, "id_token"));
    assert_eq!(claims["name"], "Alice Adams");
    assert!(claims.get("picture").is_some() && claims.get("email").is_none());
}

#[tokio::test]
async fn custom_claims_of_user_and_client_are_in_the_tokens_they_were_meant_for() {
    let object = |value: Value| value.as_object().cloned().unwrap_or_default();
    let user = User {
        id_token_claims: object(json!({ "http://fiz/baz": "user-id" })),
        access_token_claims: object(json!({ "http://foo/bar": "user-access", "iss": "https://attacker.example/" })),
        ..User::named("auth0|alice", "Alice Adams")
    };
    let client = mock_idp::Client {
        custom_claims: object(json!({ "https://shop/tier": "gold" })),
        ..mock_idp::Client::default()
    };
    let config = IssuerConfig { users: vec![user], clients: vec![client], ..IssuerConfig::default() };
    let lab = Lab::with(config).await;
    let tokens = lab.tokens(&[]).await;
    let custom = |token: &str| -> Map<String, Value> {
        object(claims(text(&tokens, token))).into_iter().filter(|(name, _)| name.contains("//")).collect()
    };
    let both = |name: &str, value: &str| object(json!({ "https://shop/tier": "gold", (name): value }));
    assert_eq!(custom("id_token"), both("http://fiz/baz", "user-id"));
    assert_eq!(custom("access_token"), both("http://foo/bar", "user-access"));
    assert_eq!(text(&claims(text(&tokens, "access_token")), "iss"), lab.issuer.identifier(), "standard claims win");
}

#[tokio::test]
async fn an_access_token_can_follow_rfc_9068() {
    let lab = Lab::start().await;
    lab.issuer.set_policy(Policy { access_token_format: AccessTokenFormat::Rfc9068, ..Policy::default() });
    let tokens = lab.tokens(&[]).await;
    let token = text(&tokens, "access_token");
    let claims = verified(&lab, token, AUDIENCE).await.expect("a good access token");
    assert_eq!(header(token)["typ"], "at+jwt");
    assert_eq!((&claims["client_id"], claims.get("azp")), (&json!(CLIENT), None));
    for required in ["iss", "exp", "aud", "sub", "iat", "jti", "auth_time"] {
        assert!(!claims[required].is_null(), "{required}");
    }
    let code = lab.code(&[("audience", "")]).await;
    let without = lab.redeem(&code, &[]).await.json();
    assert!(!text(&without, "access_token").contains('.'), "there is no API that it could be for");
}
