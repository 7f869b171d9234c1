//! The explorer page at `/_mock/`: its files, its guards, and the exchanges as it shows them.

use std::sync::Arc;
use std::time::Instant;

use mock_idp::{
    App, AppRefusal, AppSettings, Companion, Deed, Described, Issuer, MockIdp, Recording, Request, Response, Starting,
    Visit,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::control::{detail, post, url};
use crate::control_events::Listener;
use crate::lab::{Answer, Lab, text};

/// A companion without an app that says what it was asked.
#[derive(Debug)]
struct Stub;

impl Companion for Stub {
    fn defects(&self) -> Vec<Described> {
        vec![Described { name: "sleeps".to_owned(), about: "Sleeps.".to_owned() }]
    }

    fn app(&self, _issuer: &Issuer) -> Option<App> {
        None
    }

    fn start<'a>(&'a self, _issuer: &'a Issuer, settings: AppSettings) -> Starting<'a> {
        Box::pin(async move { Err(format!("no app that {}", settings.defects.join(", "))) })
    }

    fn meaning(&self, visit: &Visit) -> (String, Option<Deed>) {
        (format!("a visit of {}", visit.request.path), Some(Deed::CallApi))
    }

    fn scenario(&self, _issuer: &Issuer, recording: &Recording) -> Result<String, String> {
        Ok(format!("{} deeds", recording.deeds.len()))
    }
}

async fn with_companion() -> Lab {
    Lab::at(MockIdp::builder().companion(Arc::new(Stub)).start().await.expect("a free port"))
}

fn holds(checks: &Value) -> Vec<(&str, bool)> {
    let checks = checks.as_array().expect("a list").iter();
    checks.map(|check| (text(check, "name"), check["holds"].as_bool().expect("a truth value"))).collect()
}

#[tokio::test]
async fn page_lets_only_its_own_files_run() {
    let lab = Lab::start().await;
    let page = lab.get(&url(&lab, "")).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").expect("a policy");
    for directive in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "trusted-types 'none'"] {
        assert!(policy.contains(directive), "{policy}");
    }
    assert!(!page.body.contains("<style") && !page.body.contains("onclick"), "nothing is inline");
    let names = page.body.split('"').filter(|name| name.starts_with("explorer/"));
    let imports = lab.get(&url(&lab, "explorer/main.js")).await.body;
    let modules =
        imports.split("\"./").skip(1).filter_map(|rest| Some(format!("explorer/{}", rest.split_once('"')?.0)));
    let files: Vec<_> = names.map(str::to_owned).chain(modules).collect();
    assert!(files.len() > 8, "{files:?}");
    for file in files {
        let answer = lab.get(&url(&lab, &file)).await;
        assert_eq!((answer.status, answer.header("x-content-type-options")), (200, Some("nosniff")), "{file}");
    }
}

#[tokio::test]
async fn page_and_what_it_asks_for_have_the_guards_of_the_control_api() {
    let lab = with_companion().await;
    for path in ["", "explorer/main.js", "explorer/state", "explorer/events"] {
        let foreign = lab.request(Method::GET, &url(&lab, path)).header("host", "attacker.example");
        assert!(matches!(Answer::of(foreign).await.status, 403 | 421), "DNS rebinding: {path}");
    }
    for path in ["explorer/app", "explorer/scenario"] {
        let form = lab.request(Method::POST, &url(&lab, path)).header("content-type", "text/plain");
        assert_eq!(Answer::of(form.body("{}")).await.status, 415, "another origin can send this unasked: {path}");
        let preflight = lab.request(Method::OPTIONS, &url(&lab, path)).header("origin", "https://attacker.example");
        let answer = Answer::of(preflight.header("access-control-request-method", "POST")).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }
}

#[tokio::test]
async fn state_shows_what_is_registered_and_armed_and_no_secret() {
    let lab = Lab::start().await;
    post(&lab, "fault", &json!({ "named": "jwks/empty" })).await;
    let answer = lab.get(&url(&lab, "explorer/state")).await;
    assert!(!answer.body.contains("demo-secret"), "{}", answer.body);
    let state = answer.json();
    assert_eq!(state["clients"][0]["client_id"], "demo-client");
    assert_eq!(state["users"][0]["sub"], "auth0|alice");
    assert_eq!((&state["armed"][0]["text"], &state["armed"][0]["fired"]), (&json!("jwks/empty"), &json!(0)));
    let catalogue = lab.get(&url(&lab, "explorer/catalogue")).await.json();
    let nonce =
        catalogue["faults"].as_array().and_then(|all| all.iter().find(|it| it["name"] == "id-token/other-nonce"));
    assert_eq!(nonce.expect("it is known")["does"], "nonce is another-nonce");
    assert_eq!(catalogue["defects"], Value::Null);
}

#[tokio::test]
async fn tokens_are_decoded_with_their_checks_and_a_fault_is_named_after_it_was_used_up() {
    let lab = Lab::start().await;
    let mut listener = Listener::at(&lab, "explorer/events").await;
    post(&lab, "fault", &json!({ "at": "id-token-claims", "change": { "merge": { "nonce": "x" } }, "times": "once" }))
        .await;
    let (id, armed) = listener.next().await;
    assert_eq!((id.as_str(), &armed["source"], &armed["deed"]["do"]), ("0-0-1", &json!("control"), &json!("arm")));
    lab.tokens(&[]).await;
    let (id, authorization) = listener.next().await;
    assert_eq!(
        (id.as_str(), &authorization["from"], &authorization["to"]),
        ("1-0-1", &json!("browser"), &json!("provider"))
    );
    assert_eq!(authorization["deed"], json!({ "do": "log-in", "sub": "auth0|alice" }));
    let (_, token) = listener.next().await;
    let all_but_nonce = [("signature", true), ("iss", true), ("aud", true), ("exp", true), ("nonce", false)];
    assert_eq!(holds(&token["tokens"][0]["checks"]), all_but_nonce);
    assert_eq!(token["tokens"][0]["checks"][4]["text"], "x, and not nonce-1");
    assert_eq!(token["faults"], json!(["id-token-claims: {\"merge\":{\"nonce\":\"x\"}}"]));
    assert!(token["began"].as_u64() > authorization["ended"].as_u64(), "{token}");
}

#[tokio::test]
async fn forged_signature_is_found_and_a_refreshed_id_token_needs_no_nonce() {
    let lab = Lab::start().await;
    lab.issuer.arm(mock_idp::fault::named("id-token/unknown-key").expect("it has that name"));
    let refresh_token = text(&lab.tokens(&[]).await, "refresh_token").to_owned();
    lab.refresh(&refresh_token, &[]).await;
    let mut listener = Listener::at(&lab, "explorer/events?since=0").await;
    let (_, token) = (listener.next().await, listener.next().await.1);
    assert_eq!(holds(&token["tokens"][0]["checks"])[0], ("signature", false));
    let (_, refreshed) = listener.next().await;
    assert_eq!(refreshed["deed"], json!({ "do": "refresh" }));
    assert!(holds(&refreshed["tokens"][0]["checks"]).iter().all(|(name, _)| *name != "nonce"), "{refreshed}");
}

#[tokio::test]
async fn refusal_of_the_provider_comes_with_its_reason_in_words() {
    let lab = Lab::start().await;
    let code = lab.code(&[]).await;
    lab.redeem(&code, &[("redirect_uri", "http://127.0.0.1:3000/other")]).await;
    let mut listener = Listener::at(&lab, "explorer/events").await;
    let (_, refused) = (listener.next().await, listener.next().await.1);
    let remark = json!({
        "name": "redirect-uri-mismatch",
        "text": "The redirect URI of the token request is not the one of the authorization request.",
    });
    assert_eq!(refused["remarks"], json!([remark]));
}

#[tokio::test]
async fn what_is_done_by_the_control_api_is_sent_and_what_changes_nothing_is_not() {
    let lab = Lab::start().await;
    let mut listener = Listener::at(&lab, "explorer/events").await;
    let delete = async |path: &str| Answer::of(lab.request(Method::DELETE, &url(&lab, path))).await;
    delete("faults").await;
    let armed = post(&lab, "fault", &json!({ "named": "id-token/unknown-key", "times": "once" })).await.json();
    delete(&format!("faults/{}", armed["id"])).await;
    post(&lab, "clock", &json!({ "advance": 60 })).await;
    post(&lab, "clock", &json!({ "frozen": true })).await;
    post(&lab, "rotate-keys", &json!({})).await;
    post(&lab, "revoke-access-tokens", &json!({ "sub": "nobody" })).await;
    post(&lab, "revoke-refresh-tokens", &json!({ "sub": "auth0|alice" })).await;
    let mut deeds = Vec::new();
    for _ in 0..5 {
        let deed = listener.next().await.1["deed"].take();
        deeds.push(text(&deed, "do").to_owned());
        if deed["do"] == "arm" {
            assert_eq!(
                (&deed["fault"]["name"], &deed["fault"]["times"]),
                (&json!("id-token/unknown-key"), &json!("once"))
            );
        }
    }
    assert_eq!(deeds, ["arm", "disarm", "pass-time", "rotate-keys", "revoke-refresh-tokens"]);
}

#[tokio::test]
async fn visits_of_the_app_are_sent_with_the_exchanges_and_a_listener_that_comes_back_misses_none() {
    let lab = with_companion().await;
    let refusal = AppRefusal { phase: "token".into(), reason: "x".into(), detail: "it is odd".into() };
    let visit = |path: &str| Visit {
        began: Instant::now(),
        ended: Instant::now(),
        request: Request { path: path.to_owned(), ..Request::default() },
        response: Response::default(),
        refusal: Some(refusal.clone()),
    };
    lab.authorize(&[]).await;
    lab.issuer.record_visit(visit("/one"));
    let mut listener = Listener::at(&lab, "explorer/events").await;
    let mut events = [listener.next().await, listener.next().await];
    events.sort_by_key(|(_, event)| text(event, "source").to_owned());
    assert_eq!((&events[0].1["title"], &events[0].1["to"]), (&json!("a visit of /one"), &json!("client")));
    assert_eq!(events[0].1["refusal"]["detail"], "it is odd");
    assert_eq!((&events[1].1["source"], &events[1].1["number"]), (&json!("journal"), &json!(1)));

    lab.issuer.record_visit(visit("/two"));
    let back = lab.request(Method::GET, &url(&lab, "explorer/events")).header("last-event-id", "1-1-0");
    let (id, event) = Listener::of(back).await.next().await;
    assert_eq!((id.as_str(), text(&event, "title")), ("1-2-0", "a visit of /two"));
}

#[tokio::test]
async fn companion_is_asked_for_its_app_and_for_scenarios_and_its_problems_are_told() {
    let lab = with_companion().await;
    let answer = post(&lab, "explorer/app", &json!({ "defects": ["sleeps"] })).await;
    assert_eq!((answer.status, detail(&answer).as_str()), (409, "no app that sleeps"));
    let recording = json!({ "deeds": [{ "do": "call-api" }], "outcome": { "is": "went-on" } });
    assert_eq!(post(&lab, "explorer/scenario", &recording).await.json(), json!({ "feature": "1 deeds" }));
    let unknown = json!({ "deeds": [{ "do": "dance" }], "outcome": { "is": "went-on" } });
    let answer = post(&lab, "explorer/scenario", &unknown).await;
    assert!(answer.status == 400 && detail(&answer).contains("dance"), "{}", answer.body);

    let alone = Lab::start().await;
    let answer = post(&alone, "explorer/app", &json!({})).await;
    assert!(answer.status == 404 && detail(&answer).contains("quintain serve"), "{}", answer.body);
}
