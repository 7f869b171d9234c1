//! Access for the client itself, without a user (RFC 6749 §4.4).

use mock_idp::{Api, Client, ClientAuthMethod, Endpoint, GrantType, IssuerConfig, Note, Policy, Tolerance};
use serde_json::json;

use crate::lab::{AUDIENCE, Answer, CLIENT, Lab, SECRET, text};
use crate::token_claims::{claims, verified};

async fn lab() -> Lab {
    Lab::with_client(|client| client.grant_types.push(GrantType::ClientCredentials)).await
}

async fn ask(lab: &Lab, further: &[(&str, &str)]) -> Answer {
    let form = [("grant_type", "client_credentials"), ("client_id", CLIENT), ("client_secret", SECRET)];
    Answer::of(lab.token_request().form(&[&form, further].concat())).await
}

#[tokio::test]
async fn a_client_gets_an_access_token_for_itself_and_nothing_else() {
    let lab = lab().await;
    let answer = ask(&lab, &[("audience", AUDIENCE), ("scope", "read:contacts openid profile offline_access")]).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let tokens = answer.json();
    let mut members: Vec<_> = tokens.as_object().expect("an object").keys().collect();
    members.sort();
    assert_eq!(members, ["access_token", "expires_in", "scope", "token_type"]);
    assert_eq!(tokens["scope"], "read:contacts", "the others are about a user");
    let access_token = verified(&lab, text(&tokens, "access_token"), AUDIENCE).await.expect("a good access token");
    assert_eq!((&access_token["sub"], &access_token["aud"]), (&json!(CLIENT), &json!(AUDIENCE)));
    let api = lab.call(Endpoint::Api, text(&tokens, "access_token")).await;
    assert_eq!(api.json(), json!({ "sub": CLIENT, "scope": "read:contacts", "audience": AUDIENCE }));
    let userinfo = lab.call(Endpoint::Userinfo, text(&tokens, "access_token")).await;
    assert_eq!((userinfo.status, userinfo.error().as_str()), (403, "insufficient_scope"));
}

#[tokio::test]
async fn without_a_scope_a_client_gets_all_scopes_of_the_api() {
    let further = Api { identifier: "further".into(), scopes: vec!["more".into()], ..Api::default() };
    let lab = lab().await;
    lab.issuer.register_api(further);
    let scope = async |parameters: &[(&str, &str)]| ask(&lab, parameters).await.json()["scope"].clone();
    assert_eq!(scope(&[("audience", AUDIENCE)]).await, "read:contacts write:contacts");
    assert_eq!(scope(&[("audience", "further")]).await, "more");
    assert_eq!(scope(&[]).await, "read:contacts write:contacts more");
}

#[tokio::test]
async fn a_client_without_an_audience_gets_an_opaque_token() {
    let lab = lab().await;
    let tokens = ask(&lab, &[]).await.json();
    assert!(!text(&tokens, "access_token").contains('.'));
    lab.issuer.set_policy(Policy { missing_audience: Tolerance::Accepted, ..Policy::default() });
    assert_eq!(lab.call(Endpoint::Api, text(&tokens, "access_token")).await.status, 200);
}

#[tokio::test]
async fn requests_that_fail_say_why() {
    let lab = lab().await;
    for (parameters, error) in [
        (&[("audience", "https://unknown.example/")][..], "invalid_target"),
        (&[("scope", "delete:everything")], "invalid_scope"),
        (&[("scope", "openid profile")], "invalid_scope"),
    ] {
        let answer = ask(&lab, parameters).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, error), "{parameters:?}");
    }
    let noted = lab.issuer.journal().entries();
    assert_eq!(noted[0].notes, [Note::AudienceUnknown]);
}

#[tokio::test]
async fn only_a_client_with_a_secret_and_the_grant_can_use_it() {
    assert_eq!(ask(&Lab::start().await, &[]).await.error(), "unauthorized_client");
    let public = Lab::with_client(|client| {
        client.client_secret = None;
        client.token_endpoint_auth_method = ClientAuthMethod::None;
        client.grant_types.push(GrantType::ClientCredentials);
    })
    .await;
    let form = [("grant_type", "client_credentials"), ("client_id", CLIENT)];
    let answer = Answer::of(public.token_request().form(&form)).await;
    assert_eq!((answer.status, answer.error().as_str()), (400, "unauthorized_client"));
}

#[tokio::test]
async fn the_metadata_name_the_grant_where_a_client_has_it() {
    let grants = async |lab: &Lab| {
        let metadata = lab.get(&lab.issuer.url(Endpoint::Discovery)).await.json();
        metadata["grant_types_supported"].clone()
    };
    let codes = json!(["authorization_code", "refresh_token"]);
    let lab = Lab::start().await;
    assert_eq!(grants(&lab).await, codes);
    let service = Client {
        client_id: "service".into(),
        redirect_uris: Vec::new(),
        grant_types: vec![GrantType::ClientCredentials],
        ..Client::default()
    };
    lab.issuer.register_client(service);
    assert_eq!(grants(&lab).await, json!(["authorization_code", "refresh_token", "client_credentials"]));
}

#[tokio::test]
async fn custom_claims_of_the_client_are_in_its_token() {
    let mut client = Client { grant_types: vec![GrantType::ClientCredentials], ..Client::default() };
    client.custom_claims.insert("https://shop/tier".into(), "gold".into());
    let lab = Lab::with(IssuerConfig { clients: vec![client], ..IssuerConfig::default() }).await;
    let tokens = ask(&lab, &[("audience", AUDIENCE)]).await.json();
    assert_eq!(claims(text(&tokens, "access_token"))["https://shop/tier"], "gold");
}
