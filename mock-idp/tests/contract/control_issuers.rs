//! The control API: an issuer for each test, and an issuer that goes back to its start.

use mock_idp::{Endpoint, IssuerConfig, MockIdp, SignIn, User};
use reqwest::Method;
use serde_json::{Value, json};

use crate::control::{detail, post, url};
use crate::lab::{Answer, CLIENT, Lab, REDIRECT_URI, text};

async fn added(lab: &Lab, body: &Value) -> Value {
    let answer = post(lab, "issuers", body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()
}

/// A code of the honest client at an added issuer.
async fn code(lab: &Lab, issuer: &Value) -> Option<String> {
    let url = lab.authorization_url(&[]);
    let (_, query) = url.split_once('?').expect("a query");
    lab.get(&format!("{}?{query}", text(&issuer["endpoints"], "authorize"))).await.parameter("code")
}

#[tokio::test]
async fn an_added_issuer_is_like_the_first_one_at_its_start_and_shares_nothing_with_it() {
    let lab = Lab::start().await;
    lab.issuer.register_user(User::named("late", "Later Larry"));
    post(&lab, "clock", &json!({ "advance": 1_000 })).await;
    let issuer = added(&lab, &json!({})).await;
    let metadata = lab.get(text(&issuer["endpoints"], "discovery")).await.json();
    assert_eq!(metadata["issuer"], issuer["issuer"]);

    let code = code(&lab, &issuer).await.expect("a code");
    assert_eq!(lab.redeem(&code, &[]).await.error(), "invalid_grant");
    let control = text(&issuer, "control");
    let journal = lab.get(&format!("{control}journal")).await.json();
    assert_eq!(journal["entries"].as_array().map(Vec::len), Some(2));
    assert_eq!(lab.issuer.journal().entries().len(), 1);
    assert_eq!(lab.get(&format!("{control}clock")).await.json()["offset"], 0);
    let users = lab.get(&format!("{control}users")).await.json();
    assert_eq!(users["users"].as_array().map(Vec::len), Some(2), "the third one came later: {users}");
}

#[tokio::test]
async fn an_added_issuer_knows_what_it_is_told() {
    let lab = Lab::start().await;
    let issuer = added(
        &lab,
        &json!({
            "clients": [{ "client_id": CLIENT, "client_secret": "s", "redirect_uris": [REDIRECT_URI] }],
            "users": [{ "sub": "carol", "name": "Carol Clark" }],
            "apis": [{ "identifier": "https://api.example/", "scopes": ["read:contacts"] }],
            "dialect": "keycloak",
            "policy": { "code-lifetime": 7 },
            "faults": [{ "named": "jwks/empty", "times": "once" }, { "at": "userinfo", "change": "reset" }],
        }),
    )
    .await;
    assert!(text(&issuer, "issuer").ends_with("/realms/quintain"), "{issuer}");
    let control = text(&issuer, "control");
    let policy = lab.get(&format!("{control}policy")).await.json();
    assert_eq!((&policy["dialect"], &policy["code-lifetime"]), (&json!("keycloak"), &json!(7)));
    assert_eq!(policy["access-token-lifetime"], 300, "as the dialect has it");
    assert!(code(&lab, &issuer).await.is_some());
    let journal = lab.get(&format!("{control}journal")).await.json();
    assert_eq!(journal["entries"][0]["minted"][0]["subject"], "carol", "the first of its users");
    let keys = async || lab.get(text(&issuer["endpoints"], "jwks")).await.json()["keys"].as_array().map(Vec::len);
    assert_eq!((keys().await, keys().await), (Some(0), Some(2)), "a fault is armed once");
    let reset = Answer::of(lab.request(Method::POST, &format!("{control}reset")).json(&json!({}))).await;
    assert_eq!((reset.status, keys().await), (200, Some(0)), "a reset goes back to the faults of the start");
}

#[tokio::test]
async fn a_mistake_in_an_issuer_is_explained_and_nothing_is_added() {
    let lab = Lab::start().await;
    for (body, member) in [
        (json!({ "client": [] }), "client"),
        (json!({ "clients": [{ "client_id": "a", "redirect_uris": ["/cb"] }] }), "clients"),
        (json!({ "clients": [{ "client_id": "a", "redirect_uri": "/cb" }] }), "clients[0].redirect_uri"),
        (json!({ "headless": "nobody" }), "headless"),
        (json!({ "policy": { "pkce": "maybe" } }), "policy.pkce"),
        (json!({ "dialect": "klingon" }), "dialect"),
        (json!({ "faults": [{ "named": "jwks/empty" }, { "named": "no/such" }] }), "faults[1].named"),
        (json!({ "faults": [{ "at": "jwks", "change": { "merge": 1, "x": 2 } }] }), "faults[0].change"),
    ] {
        let answer = post(&lab, "issuers", &body).await;
        assert_eq!((answer.status, &answer.json()["member"]), (400, &json!(member)), "{}", answer.body);
    }
    assert_eq!(lab.get(&url(&lab, "issuers")).await.json(), json!({ "issuers": [] }));
}

#[tokio::test]
async fn issuers_are_listed_and_removed() {
    let lab = Lab::start().await;
    let (one, other) = (added(&lab, &json!({})).await, added(&lab, &json!({})).await);
    assert_eq!(lab.get(&url(&lab, "issuers")).await.json(), json!({ "issuers": [one, other] }));
    let remove =
        async || Answer::of(lab.request(Method::DELETE, &url(&lab, &format!("issuers/{}", text(&one, "name"))))).await;
    assert_eq!(remove().await.status, 200);
    let again = remove().await;
    assert!(again.status == 404 && detail(&again).contains("GET issuers"), "{}", again.body);
    assert_eq!(lab.get(text(&one["endpoints"], "discovery")).await.status, 404);
    assert_eq!(lab.get(text(&other["endpoints"], "discovery")).await.status, 200);
}

#[tokio::test]
async fn there_are_a_thousand_issuers_at_most_and_none_makes_room_for_another() {
    let lab = Lab::start().await;
    let first = added(&lab, &json!({})).await;
    for _ in 1..1_000 {
        drop(lab.idp.add_issuer(IssuerConfig::default()));
    }
    let refused = post(&lab, "issuers", &json!({})).await;
    assert!(refused.status == 409 && detail(&refused).contains("DELETE issuers/{name}"), "{}", refused.body);
    assert_eq!(lab.get(text(&first["endpoints"], "discovery")).await.status, 200);
    let name = text(&first, "name");
    Answer::of(lab.request(Method::DELETE, &url(&lab, &format!("issuers/{name}")))).await;
    added(&lab, &json!({})).await;
}

#[tokio::test]
async fn a_reset_takes_everything_back_to_the_start() {
    let fault = mock_idp::fault::named("jwks/empty").expect("a named fault");
    let config = IssuerConfig { faults: vec![fault], ..IssuerConfig::default() };
    let lab = Lab::at(MockIdp::builder().config(config).start().await.expect("a free port"));
    let state = async || {
        let mut state = Vec::new();
        for operation in ["journal", "handshakes", "faults", "clock", "policy", "clients", "users", "apis"] {
            state.push(lab.get(&url(&lab, operation)).await.json());
        }
        // The numbers go on, and time does.
        state[0]["next_seq"] = Value::Null;
        state[2]["armed"][0]["id"] = Value::Null;
        state[3]["now"] = Value::Null;
        state
    };
    let start = state().await;
    let key = lab.issuer.key_id();
    let tokens = lab.tokens(&[]).await;
    lab.get(&lab.issuer.url(Endpoint::Jwks)).await;
    post(&lab, "clients", &json!({ "client_id": "a", "redirect_uris": [] })).await;
    post(&lab, "users", &json!({ "sub": "auth0|alice" })).await;
    post(&lab, "apis", &json!({ "identifier": "https://orders.example/" })).await;
    post(&lab, "fault", &json!({ "named": "id-token/alg-none" })).await;
    post(&lab, "clock", &json!({ "advance": 1_000, "frozen": true })).await;
    post(&lab, "policy", &json!({ "pkce": "ignore" })).await;
    post(&lab, "rotate-keys", &json!({})).await;
    lab.issuer.set_sign_in(SignIn::Page);
    assert_ne!(state().await, start);

    assert_eq!(post(&lab, "reset", &json!({})).await.status, 200);
    assert_eq!(state().await, start);
    assert_eq!(lab.issuer.key_id(), key);
    assert_eq!(lab.refresh(text(&tokens, "refresh_token"), &[]).await.error(), "invalid_grant");
    assert_eq!(lab.call(Endpoint::Userinfo, text(&tokens, "access_token")).await.status, 401);
    assert_eq!(lab.authorize(&[]).await.status, 302, "alice is logged in again");
    // Three requests before the reset.
    let numbers: Vec<_> = lab.issuer.journal().entries().iter().map(|entry| entry.seq).collect();
    assert_eq!(numbers, [4, 5, 6]);
    let secret = lab.issuer.journal().credential("demo-secret");
    assert!(secret.is_some(), "the journal knows the secrets of the clients");
}

#[tokio::test]
async fn a_reset_leaves_other_issuers_alone() {
    let lab = Lab::start().await;
    let other = lab.beside(IssuerConfig::default());
    other.tokens(&[]).await;
    post(&lab, "reset", &json!({})).await;
    assert_eq!(other.issuer.journal().entries().len(), 2);
}
