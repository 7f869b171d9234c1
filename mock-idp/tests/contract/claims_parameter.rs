//! The parameter `claims` (OpenID Connect Core §5.5).

use mock_idp::Endpoint;
use serde_json::json;

use crate::lab::{CLIENT, Lab, text};
use crate::token_claims::verified;

/// The request of a client that asks for these claims and for no scope about the user.
async fn tokens(lab: &Lab, claims: &str) -> serde_json::Value {
    let code = lab.code(&[("scope", "openid"), ("audience", ""), ("claims", claims)]).await;
    lab.redeem(&code, &[]).await.json()
}

#[tokio::test]
async fn a_claim_is_where_the_client_asks_for_it() {
    let lab = Lab::start().await;
    let asked = json!({ "userinfo": { "nickname": null }, "id_token": { "email": { "essential": true } } });
    let tokens = tokens(&lab, &asked.to_string()).await;
    let id_token = verified(&lab, text(&tokens, "id_token"), CLIENT).await.expect("a good ID token");
    assert_eq!((&id_token["email"], id_token.get("nickname")), (&json!("alice@example.com"), None));
    let userinfo = lab.call(Endpoint::Userinfo, text(&tokens, "access_token")).await.json();
    assert_eq!((&userinfo["nickname"], userinfo.get("email")), (&json!("alice"), None));
}

#[tokio::test]
async fn a_claim_that_the_provider_does_not_have_is_left_out() {
    let lab = Lab::start().await;
    let tokens = tokens(&lab, r#"{"id_token": {"shoe_size": {"essential": true}}}"#).await;
    let id_token = verified(&lab, text(&tokens, "id_token"), CLIENT).await.expect("a good ID token");
    assert_eq!(id_token.get("shoe_size"), None);
}

#[tokio::test]
async fn a_client_that_asks_for_one_user_gets_no_other() {
    let lab = Lab::start().await;
    let asking = async |sub: &str| {
        let claims = json!({ "id_token": { "sub": { "value": sub } } }).to_string();
        lab.authorize(&[("claims", &claims)]).await
    };
    assert!(asking("auth0|alice").await.parameter("code").is_some());
    assert_eq!(asking("auth0|bob").await.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn what_is_no_request_for_claims_is_told_to_the_client() {
    let lab = Lab::start().await;
    for wrong in ["email", r#"{"id_token": {"email": true}}"#, r#"{"userinfo": ["email"]}"#] {
        let answer = lab.authorize(&[("claims", wrong)]).await;
        assert_eq!(answer.parameter("error").as_deref(), Some("invalid_request"), "{wrong}");
    }
}
