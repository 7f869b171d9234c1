//! Every kind of change at every point.

use std::time::{Duration, Instant};

use mock_idp::{Endpoint, Fault, FaultId, Issuer, IssuerConfig, Point};
use serde_json::{Value, json};

use crate::flow::{Flow, POINTS};
use crate::lab::{Lab, text};

const MESSAGES: [Point; 6] = [
    Point::Discovery,
    Point::Jwks,
    Point::AuthorizationResponse,
    Point::TokenResponse,
    Point::Userinfo,
    Point::ApiResponse,
];

fn arm(issuer: &Issuer, fault: &Value) -> FaultId {
    issuer.arm(Fault::from_json(&fault.to_string()).expect("a good fault"))
}

#[tokio::test]
async fn a_merge_changes_members_anywhere_but_in_a_signature() {
    let server = Lab::start().await;
    for at in POINTS.into_iter().filter(|at| *at != Point::IdTokenSignature) {
        let lab = server.beside(IssuerConfig::default());
        let fault = arm(&lab.issuer, &json!({ "at": at, "change": { "merge": { "x_test": "at {issuer}" } } }));
        let document = Flow::run(&lab).await.document(at);
        assert_eq!(document["x_test"], format!("at {}", lab.issuer.identifier()), "{at}");
        assert_eq!(lab.issuer.fired(fault), 1, "{at}");
    }
}

#[tokio::test]
async fn an_insertion_changes_arrays_in_bodies_and_claims() {
    let server = Lab::start().await;
    let no_arrays = [Point::AuthorizationResponse, Point::IdTokenHeader, Point::IdTokenSignature];
    for at in POINTS.into_iter().filter(|at| !no_arrays.contains(at)) {
        let lab = server.beside(IssuerConfig::default());
        arm(&lab.issuer, &json!({ "at": at, "change": { "merge": { "list": [3] } } }));
        let insertion = json!({ "path": "/list", "values": ["{issuer}", 2] });
        let fault = arm(&lab.issuer, &json!({ "at": at, "change": { "insert": insertion } }));
        let document = Flow::run(&lab).await.document(at);
        assert_eq!(document["list"], json!([lab.issuer.identifier(), 2, 3]), "{at}");
        assert_eq!(lab.issuer.fired(fault), 1, "{at}");
    }
}

#[tokio::test]
async fn a_key_can_be_put_in_front_of_the_published_ones() {
    let lab = Lab::start().await;
    let insertion = json!({ "path": "/keys", "values": [{ "kty": "X-TEST", "kid": "x" }] });
    arm(&lab.issuer, &json!({ "at": "jwks", "change": { "insert": insertion } }));
    let keys = lab.get(&lab.issuer.url(Endpoint::Jwks)).await.json();
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(3));
    assert_eq!(keys["keys"][0], json!({ "kty": "X-TEST", "kid": "x" }));
}

#[tokio::test]
async fn a_fault_can_refer_to_values_of_the_test() {
    let lab = Lab::start().await;
    lab.issuer.set_placeholder("elsewhere", "http://elsewhere.test/");
    let redirect = json!({ "status": 307, "headers": [["location", "{elsewhere}api?{unknown}"]], "body": "" });
    arm(&lab.issuer, &json!({ "at": "api-response", "change": { "respond": redirect } }));
    let answer = lab.get(&lab.issuer.url(Endpoint::Api)).await;
    assert_eq!(answer.header("location"), Some("http://elsewhere.test/api?{unknown}"));
}

#[tokio::test]
async fn a_parameter_can_be_sent_twice() {
    let lab = Lab::start().await;
    let further = json!({ "name": "state", "value": "{client_id}" });
    arm(&lab.issuer, &json!({ "at": "authorization-response", "change": { "append": further } }));
    for mode in ["query", "form_post"] {
        let parameters = lab.authorize(&[("response_mode", mode)]).await.parameters();
        let states: Vec<_> = parameters.iter().filter(|(name, _)| name == "state").map(|(_, value)| value).collect();
        assert_eq!(states, ["state-1", "demo-client"]);
    }
}

#[tokio::test]
async fn a_whole_response_can_be_replaced() {
    let server = Lab::start().await;
    for at in MESSAGES {
        let lab = server.beside(IssuerConfig::default());
        let response = json!({ "status": 418, "headers": [["x-test", "{issuer}"]], "body": "made by {issuer}" });
        let fault = arm(&lab.issuer, &json!({ "at": at, "change": { "respond": response } }));
        let flow = Flow::run(&lab).await;
        let answer = flow.answer(at).expect("an answer");
        assert_eq!(answer.status, 418, "{at}");
        assert_eq!(answer.header("x-test"), Some(lab.issuer.identifier()), "{at}");
        assert_eq!(answer.body, format!("made by {}", lab.issuer.identifier()), "{at}");
        assert_eq!(lab.issuer.fired(fault), 1, "{at}");
    }
}

#[tokio::test]
async fn a_fault_without_effect_is_told_from_one_whose_message_never_came() {
    let lab = Lab::start().await;
    let change = json!({ "merge": { "no_such_member": null } });
    let in_vain = arm(&lab.issuer, &json!({ "at": "token-response", "change": change }));
    let of_refresh = arm(&lab.issuer, &json!({ "at": "token-response", "grant": "refresh_token", "change": change }));
    let header = json!({ "respond": { "headers": [["x-test", "1"]] } });
    let in_force = arm(&lab.issuer, &json!({ "at": "token-response", "change": header }));
    Flow::run(&lab).await;
    assert_eq!((lab.issuer.fired(in_vain), lab.issuer.in_vain(in_vain)), (0, 1));
    assert_eq!((lab.issuer.fired(of_refresh), lab.issuer.in_vain(of_refresh)), (0, 0));
    assert_eq!((lab.issuer.fired(in_force), lab.issuer.in_vain(in_force)), (1, 0));
}

#[tokio::test]
async fn an_error_response_can_be_replaced_but_not_merged_into() {
    let lab = Lab::start().await;
    let merge = arm(&lab.issuer, &json!({ "at": "token-response", "change": { "merge": { "x": 1 } } }));
    assert_eq!(lab.redeem("unknown", &[]).await.json().get("x"), None);
    assert_eq!(lab.issuer.fired(merge), 0);
    arm(&lab.issuer, &json!({ "at": "token-response", "change": { "respond": { "status": 200 } } }));
    let answer = lab.redeem("unknown", &[]).await;
    assert_eq!((answer.status, answer.error().as_str()), (200, "invalid_grant"));
}

#[tokio::test]
async fn a_delayed_response_arrives_late() {
    let server = Lab::start().await;
    for at in MESSAGES {
        let lab = server.beside(IssuerConfig::default());
        let fault = arm(&lab.issuer, &json!({ "at": at, "change": { "delay": { "milliseconds": 20 } } }));
        let start = Instant::now();
        let flow = Flow::run(&lab).await;
        assert!(start.elapsed() >= Duration::from_millis(20), "{at}");
        assert!(flow.answer(at).is_some_and(|answer| answer.status < 400), "{at}");
        assert_eq!(lab.issuer.fired(fault), 1, "{at}");
    }
}

#[tokio::test]
async fn a_reset_connection_gives_no_response() {
    let server = Lab::start().await;
    for at in MESSAGES {
        let lab = server.beside(IssuerConfig::default());
        let fault = arm(&lab.issuer, &json!({ "at": at, "change": "reset", "times": "once" }));
        let flow = Flow::run(&lab).await;
        assert!(flow.answer(at).is_none(), "{at}");
        assert_eq!(lab.issuer.fired(fault), 1, "{at}");
        let unanswered = lab.issuer.journal().entries();
        assert_eq!(unanswered.iter().filter(|entry| entry.response.is_none()).count(), 1, "{at}");
    }
}

#[tokio::test]
async fn a_hanging_request_is_never_answered() {
    let server = Lab::start().await;
    for at in MESSAGES {
        let lab = server.beside(IssuerConfig::default());
        let fault = arm(&lab.issuer, &json!({ "at": at, "change": "hang" }));
        let hangs = lab.issuer.journal().wait_until(
            |entries| entries.iter().any(|entry| entry.faults == [fault] && entry.response.is_none()),
            Duration::from_secs(10),
        );
        tokio::select! {
            reached = hangs => assert!(reached, "{at}"),
            _ = Flow::run(&lab) => panic!("the flow came to an end: {at}"),
        }
    }
}

#[tokio::test]
async fn a_fault_fires_as_often_as_it_says() {
    for (times, expected) in [(json!("once"), 1), (json!(2), 2), (json!("always"), 3)] {
        let lab = Lab::start().await;
        let fault = arm(&lab.issuer, &json!({ "at": "jwks", "change": { "merge": { "x": 1 } }, "times": times }));
        for _ in 0..3 {
            lab.get(&lab.issuer.url(Endpoint::Jwks)).await;
        }
        assert_eq!(lab.issuer.fired(fault), expected);
    }
}

#[tokio::test]
async fn a_fault_that_changes_nothing_does_not_fire() {
    let lab = Lab::start().await;
    let fault = arm(&lab.issuer, &json!({ "at": "discovery", "change": { "merge": { "issuer": "{issuer}" } } }));
    lab.get(&lab.issuer.url(Endpoint::Discovery)).await;
    assert_eq!(lab.issuer.fired(fault), 0);
}

#[tokio::test]
async fn a_fault_can_be_kept_to_one_grant() {
    let lab = Lab::start().await;
    let merge = json!({ "merge": { "sub": "auth0|mallory" } });
    arm(&lab.issuer, &json!({ "at": "id-token-claims", "grant": "refresh_token", "change": merge }));
    let first = lab.tokens(&[]).await;
    let second = lab.refresh(text(&first, "refresh_token"), &[]).await.json();
    let subject = |tokens: &Value| crate::token_claims::claims(text(tokens, "id_token"))["sub"].clone();
    assert_eq!((subject(&first), subject(&second)), (json!("auth0|alice"), json!("auth0|mallory")));
}

#[tokio::test]
async fn the_nonce_of_a_refresh_is_the_one_of_its_login() {
    let lab = Lab::start().await;
    let merge = json!({ "merge": { "nonce": "{nonce}" } });
    arm(&lab.issuer, &json!({ "at": "id-token-claims", "grant": "refresh_token", "change": merge }));
    let first = lab.tokens(&[("nonce", "of-this-login")]).await;
    let second = lab.refresh(text(&first, "refresh_token"), &[]).await.json();
    assert_eq!(crate::token_claims::claims(text(&second, "id_token"))["nonce"], "of-this-login");
}

#[tokio::test]
async fn values_can_be_put_behind_those_of_an_array() {
    let lab = Lab::start().await;
    let last = json!({ "insert-last": { "path": "/keys", "values": [{ "kty": "X-TEST" }] } });
    arm(&lab.issuer, &json!({ "at": "jwks", "change": last }));
    let keys = lab.get(&lab.issuer.url(Endpoint::Jwks)).await.json()["keys"].as_array().cloned().unwrap_or_default();
    assert_eq!(keys.last(), Some(&json!({ "kty": "X-TEST" })));
    assert!(keys.len() > 1);
}

#[tokio::test]
async fn disarmed_faults_are_remembered_but_do_nothing() {
    let lab = Lab::start().await;
    let fault = arm(&lab.issuer, &json!({ "at": "jwks", "change": { "merge": { "x": 1 } } }));
    lab.get(&lab.issuer.url(Endpoint::Jwks)).await;
    lab.issuer.disarm_all();
    assert_eq!(lab.get(&lab.issuer.url(Endpoint::Jwks)).await.json().get("x"), None);
    assert_eq!(lab.issuer.fired(fault), 1);
}

#[tokio::test]
async fn a_fault_for_one_login_is_not_used_up_by_another() {
    let lab = Lab::start().await;
    let outage = json!({ "at": "api-response", "change": { "respond": { "status": 503 } }, "times": "once" });
    let fault = Fault::from_json(&outage.to_string()).expect("a good fault");
    lab.issuer.journal().open_span("earlier");
    let earlier = lab.tokens(&[]).await;
    lab.issuer.journal().open_span("now");
    let now = lab.tokens(&[]).await;
    let fault = lab.issuer.arm_for(fault, ["now"]);
    let calls = [(&earlier, 503), (&earlier, 200), (&now, 503), (&now, 200)];
    for (tokens, status) in calls {
        assert_eq!(lab.call(Endpoint::Api, text(tokens, "access_token")).await.status, status);
    }
    assert_eq!((lab.issuer.fired(fault), lab.issuer.in_vain(fault)), (2, 0));
}

#[tokio::test]
async fn a_fault_for_one_login_is_used_up_by_what_names_none() {
    let lab = Lab::start().await;
    let outage = json!({ "at": "api-response", "change": { "respond": { "status": 503 } }, "times": "once" });
    lab.issuer.arm_for(Fault::from_json(&outage.to_string()).expect("a good fault"), ["now"]);
    for status in [503, 401] {
        assert_eq!(lab.call(Endpoint::Api, "nobody-knows-it").await.status, status);
    }
}
