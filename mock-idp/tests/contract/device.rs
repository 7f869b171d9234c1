//! The device flow (RFC 8628).

use mock_idp::{ClientAuthMethod, Endpoint, GrantType, Note, Policy, SignIn};
use reqwest::Method;
use serde_json::{Value, json};

use crate::lab::{AUDIENCE, Answer, CLIENT, Lab, SECRET, text};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A public client on a device.
async fn lab() -> Lab {
    Lab::with_client(|client| {
        client.client_secret = None;
        client.token_endpoint_auth_method = ClientAuthMethod::None;
        client.grant_types = vec![GrantType::DeviceCode, GrantType::RefreshToken];
    })
    .await
}

async fn ask(lab: &Lab, further: &[(&str, &str)]) -> Answer {
    let url = lab.issuer.url(Endpoint::DeviceAuthorization);
    Answer::of(lab.request(Method::POST, &url).form(&[&[("client_id", CLIENT)], further].concat())).await
}

async fn device(lab: &Lab) -> Value {
    let answer = ask(lab, &[("scope", "openid offline_access read:contacts"), ("audience", AUDIENCE)]).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    answer.json()
}

async fn poll(lab: &Lab, device: &Value) -> Answer {
    let form = [("grant_type", GRANT), ("device_code", text(device, "device_code")), ("client_id", CLIENT)];
    Answer::of(lab.token_request().form(&form)).await
}

/// The form of the page, sent.
async fn decide(lab: &Lab, device: &Value, fields: &[(&str, &str)]) -> Answer {
    let url = lab.issuer.url(Endpoint::DeviceVerification);
    let form = [&[("user_code", text(device, "user_code"))], fields].concat();
    Answer::of(lab.request(Method::POST, &url).form(&form)).await
}

#[tokio::test]
async fn a_device_gets_tokens_when_the_user_has_entered_the_code() {
    let lab = lab().await;
    let device = device(&lab).await;
    assert_eq!((&device["expires_in"], &device["interval"]), (&json!(600), &json!(5)));
    assert_eq!(device["verification_uri"], lab.issuer.url(Endpoint::DeviceVerification));
    let waiting = poll(&lab, &device).await;
    assert_eq!((waiting.status, waiting.error().as_str()), (400, "authorization_pending"));

    // With a headless issuer, opening the address is all that a test has to do.
    let page = lab.get(text(&device, "verification_uri_complete")).await;
    assert!(page.body.contains("Device connected"), "{}", page.body);
    lab.issuer.clock().advance(5);
    let tokens = poll(&lab, &device).await.json();
    assert_eq!(tokens["scope"], "openid offline_access read:contacts");
    assert!(tokens["id_token"].is_string() && tokens["refresh_token"].is_string());
    let api = lab.call(Endpoint::Api, text(&tokens, "access_token")).await;
    assert_eq!(api.json()["sub"], "auth0|alice");
    assert_eq!(poll(&lab, &device).await.error(), "invalid_grant", "a code is good once");
}

#[tokio::test]
async fn a_page_asks_for_the_code_and_who_is_there() {
    let lab = lab().await;
    lab.issuer.set_sign_in(SignIn::Page);
    let device = device(&lab).await;
    let form = lab.get(text(&device, "verification_uri")).await;
    assert!(form.status == 200 && form.body.contains("name=\"user_code\""), "{}", form.body);
    let question = lab.get(text(&device, "verification_uri_complete")).await;
    let shown = [text(&device, "user_code"), "auth0|bob", "read:contacts", AUDIENCE];
    assert!(shown.iter().all(|shown| question.body.contains(shown)), "{}", question.body);

    let done = decide(&lab, &device, &[("mock_idp_user", "auth0|bob"), ("mock_idp_decision", "allow")]).await;
    assert!(done.body.contains("Device connected"), "{}", done.body);
    assert!(done.header("set-cookie").is_some(), "the user is signed in in this browser");
    let tokens = poll(&lab, &device).await.json();
    assert_eq!(lab.call(Endpoint::Api, text(&tokens, "access_token")).await.json()["sub"], "auth0|bob");
    let again = decide(&lab, &device, &[("mock_idp_user", "auth0|alice"), ("mock_idp_decision", "allow")]).await;
    assert_eq!(again.status, 400, "nobody waits any more");
}

#[tokio::test]
async fn a_user_who_declines_is_told_from_one_who_is_slow() {
    let lab = lab().await;
    lab.issuer.set_sign_in(SignIn::Page);
    let (declined, slow) = (device(&lab).await, device(&lab).await);
    let page = decide(&lab, &declined, &[("mock_idp_decision", "deny")]).await;
    assert!(page.body.contains("Declined"), "{}", page.body);
    assert_eq!(poll(&lab, &declined).await.error(), "access_denied");
    lab.issuer.clock().advance(600);
    let expired = poll(&lab, &slow).await;
    assert_eq!((expired.status, expired.error().as_str()), (400, "expired_token"));
    assert_eq!(lab.get(text(&slow, "verification_uri_complete")).await.status, 400);
}

#[tokio::test]
async fn a_client_that_polls_too_often_has_to_slow_down() {
    let lab = lab().await;
    lab.issuer.set_sign_in(SignIn::Page);
    let device = device(&lab).await;
    let mut errors = Vec::new();
    for seconds in [0, 4, 9, 10] {
        lab.issuer.clock().advance(seconds);
        errors.push(poll(&lab, &device).await.error());
    }
    assert_eq!(errors, ["authorization_pending", "slow_down", "slow_down", "slow_down"]);
    lab.issuer.clock().advance(20);
    assert_eq!(poll(&lab, &device).await.error(), "authorization_pending");
    let noted: Vec<_> = lab.issuer.journal().entries().into_iter().flat_map(|entry| entry.notes.clone()).collect();
    assert_eq!(noted, [Note::DevicePolledTooOften; 3]);
}

#[tokio::test]
async fn a_code_is_only_good_for_the_client_that_asked() {
    let lab = lab().await;
    let mut other = mock_idp::Client { client_id: "other".to_owned(), ..mock_idp::Client::default() };
    other.grant_types.push(GrantType::DeviceCode);
    lab.issuer.register_client(other);
    let device = device(&lab).await;
    let form = [
        ("grant_type", GRANT),
        ("device_code", text(&device, "device_code")),
        ("client_id", "other"),
        ("client_secret", SECRET),
    ];
    assert_eq!(Answer::of(lab.token_request().form(&form)).await.error(), "invalid_grant");
    let unknown = json!({ "device_code": "unknown" });
    assert_eq!(poll(&lab, &unknown).await.error(), "invalid_grant");
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said() {
    let lab = lab().await;
    for (parameters, error) in [
        (&[("scope", "read:contacts"), ("audience", "https://unknown.example/")][..], "access_denied"),
        (&[("scope", "nothing:known")], "invalid_scope"),
        (&[("scope", "a  b")], "invalid_scope"),
        (&[("client_secret", "guessed")], "invalid_client"),
    ] {
        assert_eq!(ask(&lab, parameters).await.error(), error, "{parameters:?}");
    }
    let without = Answer::of(lab.token_request().form(&[("grant_type", GRANT), ("client_id", CLIENT)])).await;
    assert_eq!(without.error(), "invalid_request");
}

/// So that the metadata of a provider that nobody uses in this way are as ever.
#[tokio::test]
async fn there_is_no_device_flow_without_a_client_that_may_use_it() {
    let metadata = async |lab: &Lab| lab.get(&lab.issuer.url(Endpoint::Discovery)).await.json();
    let without = Lab::start().await;
    assert_eq!(ask(&without, &[]).await.status, 404);
    assert_eq!(metadata(&without).await.get("device_authorization_endpoint"), None);
    let with = lab().await;
    let metadata = metadata(&with).await;
    assert_eq!(metadata["device_authorization_endpoint"], with.issuer.url(Endpoint::DeviceAuthorization));
    assert!(metadata["grant_types_supported"].as_array().is_some_and(|grants| grants.contains(&json!(GRANT))));
    with.issuer.register_client(mock_idp::Client::default());
    assert_eq!(ask(&with, &[("client_secret", SECRET)]).await.status, 404, "the client is another one now");
}

#[tokio::test]
async fn the_policy_says_how_long_a_code_lives_and_how_often_a_client_may_ask() {
    let lab = lab().await;
    lab.issuer.set_policy(Policy { device_code_lifetime: 60, device_interval: 0, ..lab.issuer.policy() });
    let device = device(&lab).await;
    assert_eq!((&device["expires_in"], &device["interval"]), (&json!(60), &json!(0)));
    for _ in 0..3 {
        assert_eq!(poll(&lab, &device).await.error(), "authorization_pending", "a test need not wait");
    }
    lab.issuer.clock().advance(60);
    assert_eq!(poll(&lab, &device).await.error(), "expired_token");
}
