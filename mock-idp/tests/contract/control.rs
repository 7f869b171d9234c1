//! The control API: the library for other languages, and for nobody else.

use mock_idp::{Endpoint, IssuerConfig, MockIdp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::lab::{Answer, Lab, text};

fn url(lab: &Lab, operation: &str) -> String {
    format!("{}_mock/{operation}", lab.issuer.identifier())
}

async fn post(lab: &Lab, operation: &str, body: &Value) -> Answer {
    Answer::of(lab.request(Method::POST, &url(lab, operation)).json(body)).await
}

#[tokio::test]
async fn a_fault_can_be_armed_listed_and_disarmed() {
    let lab = Lab::start().await;
    let fault = json!({ "at": "jwks", "change": { "merge": { "x": 1 } }, "times": "once" });
    let id = post(&lab, "fault", &fault).await.json()["id"].clone();
    let named = post(&lab, "fault", &json!({ "named": "jwks/empty" })).await.json()["id"].clone();
    assert_eq!(lab.get(&lab.issuer.url(Endpoint::Jwks)).await.json(), json!({ "keys": [], "x": 1 }));

    let listed = lab.get(&url(&lab, "faults")).await.json();
    assert_eq!(listed["armed"].as_array().map(Vec::len), Some(1), "the first one has fired: {id}");
    assert_eq!(listed["armed"][0]["id"], named);
    assert_eq!(listed["armed"][0]["fired"], 1);
    assert_eq!(listed["armed"][0]["fault"]["name"], "jwks/empty");
    assert!(listed["names"].as_array().is_some_and(|names| names.contains(&json!("id-token/alg-none"))));

    assert_eq!(Answer::of(lab.request(Method::DELETE, &url(&lab, "faults"))).await.status, 200);
    assert_eq!(lab.get(&lab.issuer.url(Endpoint::Jwks)).await.json()["keys"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_mistake_in_a_fault_is_explained() {
    let lab = Lab::start().await;
    for (fault, explanation) in [
        (json!({ "at": "jwks", "change": "explode" }), "at change"),
        (json!({ "at": "jwks", "change": { "sign": "corrupted" } }), "it needs \"id-token-signature\""),
        (json!({ "named": "no/such" }), "there is no fault named no/such"),
    ] {
        let answer = post(&lab, "fault", &fault).await;
        assert_eq!(answer.status, 400);
        assert!(answer.error().contains(explanation), "{}", answer.body);
    }
}

#[tokio::test]
async fn the_clock_can_be_moved() {
    let lab = Lab::start().await;
    assert_eq!(post(&lab, "clock", &json!({ "advance": 100 })).await.json()["offset"], 100);
    assert_eq!(post(&lab, "clock", &json!({ "advance": -40 })).await.json()["offset"], 60);
    assert_eq!(post(&lab, "clock", &json!({ "advance": i64::MAX })).await.status, 200);
    assert_eq!(lab.authorize(&[]).await.status, 302, "even the end of time does not stop the server");
}

#[tokio::test]
async fn the_policy_can_be_read_and_changed_in_part() {
    let lab = Lab::start().await;
    let before = lab.get(&url(&lab, "policy")).await.json();
    let after = post(&lab, "policy", &json!({ "access-token-lifetime": 5, "pkce": "ignore" })).await.json();
    assert_eq!(after["access-token-lifetime"], 5);
    assert_eq!(after["refresh-rotation"], before["refresh-rotation"]);
    assert_eq!(lab.tokens(&[]).await["expires_in"], 5);
    let mistake = post(&lab, "policy", &json!({ "pkce": "maybe" })).await;
    assert_eq!(mistake.status, 400);
    assert!(mistake.error().contains("pkce"), "{}", mistake.body);
}

#[tokio::test]
async fn the_keys_can_be_rotated() {
    let lab = Lab::start().await;
    let kid = post(&lab, "rotate-keys", &json!({})).await.json()["kid"].clone();
    let tokens = lab.tokens(&[]).await;
    assert_eq!(crate::token_claims::header(text(&tokens, "id_token"))["kid"], kid);
}

#[tokio::test]
async fn the_journal_can_be_read_from_any_entry_on() {
    let lab = Lab::start().await;
    let code = lab.code(&[]).await;
    lab.redeem(&code, &[]).await;
    let journal = lab.get(&url(&lab, "journal?since=2")).await.json();
    assert_eq!(journal["next_seq"], 3);
    assert_eq!(journal["entries"].as_array().map(Vec::len), Some(1));
    let entry = &journal["entries"][0];
    assert_eq!(entry["endpoint"], "token");
    assert_eq!(entry["presented"][0]["credential"]["value"], code);
    assert_eq!(entry["presented"][0]["place"], json!({ "body": "code" }));
}

#[tokio::test]
async fn each_issuer_is_controlled_by_itself() {
    let first = Lab::start().await;
    let other = first.beside(IssuerConfig::default());
    post(&other, "clock", &json!({ "advance": 7 })).await;
    assert_eq!((first.issuer.clock().offset(), other.issuer.clock().offset()), (0, 7));
}

#[tokio::test]
async fn a_page_of_another_origin_cannot_control_the_server() {
    let lab = Lab::at(MockIdp::builder().any_host().start().await.expect("a free port"));
    for host in ["attacker.example", "attacker.example:4455", "127.0.0.1.attacker.example", "localhost.evil:1"] {
        let request = lab.request(Method::GET, &url(&lab, "journal")).header("host", host);
        assert_eq!(Answer::of(request).await.status, 403, "DNS rebinding: {host}");
    }
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let request = lab.request(Method::POST, &url(&lab, "clock")).header("content-type", content_type);
        assert_eq!(Answer::of(request.body(r#"{"advance":1}"#)).await.status, 415, "a form: {content_type}");
    }
    assert_eq!(lab.issuer.clock().offset(), 0);
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]", "[::1]:4455"] {
        let request = lab.request(Method::GET, &url(&lab, "journal")).header("host", host);
        assert_eq!(Answer::of(request).await.status, 200, "{host}");
    }
}

#[tokio::test]
async fn the_control_api_leaves_no_trace_in_the_journal() {
    let lab = Lab::start().await;
    let unknown = post(&lab, "unknown", &json!({})).await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.error().contains("POST rotate-keys"));
    assert!(lab.issuer.journal().entries().is_empty());
}
