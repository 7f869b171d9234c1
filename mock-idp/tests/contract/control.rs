//! The control API: the library for other languages, and for nobody else.

use mock_idp::{Endpoint, IssuerConfig, MockIdp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::json_schema::JsonSchema;
use crate::lab::{Answer, Lab, text};

pub(crate) fn url(lab: &Lab, operation: &str) -> String {
    format!("{}_mock/{operation}", lab.issuer.identifier())
}

pub(crate) async fn post(lab: &Lab, operation: &str, body: &Value) -> Answer {
    Answer::of(lab.request(Method::POST, &url(lab, operation)).json(body)).await
}

/// What a problem says (RFC 9457).
pub(crate) fn detail(answer: &Answer) -> String {
    text(&answer.json(), "detail").to_owned()
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
        (json!({ "at": "jwks", "change": "rest" }), "did you mean \"reset\"?"),
        (json!({ "at": "jwks", "chnge": "reset" }), "did you mean \"change\"?"),
        (
            json!({ "named": "id-token/alg-non" }),
            "no fault named id-token/alg-non; GET faults lists the names; did you mean \"id-token/alg-none\"?",
        ),
        (json!({ "named": "jwks/empty", "time": "once" }), "did you mean \"times\"?"),
        (json!({ "named": "jwks/empty", "times": 0 }), "fires 0 times"),
    ] {
        let answer = post(&lab, "fault", &fault).await;
        assert_eq!((answer.status, answer.header("content-type")), (400, Some("application/problem+json")));
        assert!(detail(&answer).contains(explanation), "{}", answer.body);
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
async fn the_clock_can_be_set_and_stopped() {
    let lab = Lab::start().await;
    let stopped = post(&lab, "clock", &json!({ "set": 1_000_000, "frozen": true })).await.json();
    assert_eq!((&stopped["now"], &stopped["frozen"]), (&json!(1_000_000), &json!(true)));
    let moved = post(&lab, "clock", &json!({ "advance": 5 })).await.json();
    assert_eq!(moved["now"], 1_000_005);
    let id_token = crate::token_claims::claims(text(&lab.tokens(&[]).await, "id_token"));
    assert_eq!(id_token["iat"], 1_000_005);
    let going = post(&lab, "clock", &json!({ "frozen": false })).await.json();
    assert_eq!(going["frozen"], false);
    assert!((1_000_005..1_000_100).contains(&lab.issuer.clock().now()));
}

#[tokio::test]
async fn one_fault_can_be_disarmed_and_not_twice() {
    let lab = Lab::start().await;
    let kept = post(&lab, "fault", &json!({ "named": "jwks/empty" })).await.json()["id"].clone();
    let id = post(&lab, "fault", &json!({ "named": "id-token/alg-none" })).await.json()["id"].clone();
    let disarm = async |id: &Value| Answer::of(lab.request(Method::DELETE, &url(&lab, &format!("faults/{id}")))).await;
    assert_eq!(disarm(&id).await.status, 200);
    assert_eq!(disarm(&id).await.status, 404);
    assert_eq!(disarm(&json!("first")).await.status, 400);
    assert_eq!(lab.get(&url(&lab, "faults")).await.json()["armed"][0]["id"], kept);
}

#[tokio::test]
async fn what_is_left_out_of_a_registration_follows_from_the_rest() {
    let lab = Lab::start().await;
    let client = json!({ "client_id": "native", "redirect_uris": ["http://127.0.0.1/cb"] });
    let registered = post(&lab, "clients", &client).await.json();
    assert_eq!(
        (&registered["token_endpoint_auth_method"], &registered["client_secret"]),
        (&json!("none"), &Value::Null)
    );
    let user = post(&lab, "users", &json!({ "sub": "7", "name": "Ada Byron" })).await.json();
    assert_eq!(user["claims"]["given_name"], "Ada");
    post(&lab, "apis", &json!({ "identifier": "https://orders.example/" })).await;
    for (list, key, value) in
        [("clients", "client_id", "native"), ("users", "sub", "7"), ("apis", "identifier", "https://orders.example/")]
    {
        let listed = lab.get(&url(&lab, list)).await.json();
        let last = listed[list].as_array().and_then(|all| all.last()).expect("some are registered").clone();
        assert_eq!(last[key], value);
    }
    let wrong = post(&lab, "clients", &json!({ "client_id": "x", "redirect_uris": ["/cb"] })).await;
    assert!(wrong.status == 400 && detail(&wrong).contains("absolute"), "{}", wrong.body);
}

#[tokio::test]
async fn a_token_is_minted_with_any_claims() {
    let lab = Lab::start().await;
    let new = json!({ "claims": { "sub": "7", "exp": null, "aud": ["a", "b"] }, "header": { "typ": "at+jwt" } });
    let token = text(&post(&lab, "token", &new).await.json(), "token").to_owned();
    let claims = crate::token_claims::claims(&token);
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!(lab.issuer.identifier()), &json!("7")));
    assert!(claims.get("exp").is_none(), "{claims}");
    let header = crate::token_claims::header(&token);
    assert_eq!((&header["typ"], &header["kid"]), (&json!("at+jwt"), &json!(lab.issuer.key_id())));
    assert!(crate::signatures::is_signed_by_published_key(&lab, &token).await);
}

#[tokio::test]
async fn a_token_is_minted_with_the_key_and_the_algorithm_that_are_asked_for() {
    let lab = Lab::start().await;
    let minted = async |more: Value| {
        let mut new = json!({ "claims": { "sub": "7" } });
        new.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        post(&lab, "token", &new).await
    };
    let kids = async || {
        let keys = lab.get(&lab.issuer.url(Endpoint::Jwks)).await.json();
        let keys = keys["keys"].as_array().expect("keys").clone();
        keys.iter().map(|key| (text(key, "kid").to_owned(), text(key, "alg").to_owned())).collect::<Vec<_>>()
    };
    let (next, _) = kids().await[1].clone();
    let token = minted(json!({ "kid": next })).await.json();
    assert_eq!(crate::token_claims::header(text(&token, "token"))["kid"], next);
    assert_ne!(lab.issuer.key_id(), next);
    lab.issuer.rotate_keys();
    assert!(crate::signatures::is_signed_by_published_key(&lab, text(&token, "token")).await);

    let token = minted(json!({ "alg": "ES256" })).await.json();
    let header = crate::token_claims::header(text(&token, "token"));
    assert_eq!(header["alg"], "ES256");
    let published = kids().await;
    let of_the_token = (text(&header, "kid").to_owned(), "ES256".to_owned());
    assert!(published.contains(&of_the_token), "its key is published: {published:?}");
    let again = minted(json!({ "alg": "ES256", "kid": header["kid"] })).await;
    assert_eq!(again.status, 200, "{}", again.body);
    for (more, member, told) in [
        (json!({ "kid": next.replace(&next[..1], "!") }), "kid", next.as_str()),
        (json!({ "kid": next, "alg": "ES256" }), "alg", "signs with RS256"),
        (json!({ "alg": "ES25" }), "alg", "did you mean \"ES256\"?"),
    ] {
        let refused = minted(more).await;
        assert_eq!((refused.status, &refused.json()["member"]), (400, &json!(member)), "{}", refused.body);
        assert!(detail(&refused).contains(told), "{}", refused.body);
    }
    post(&lab, "reset", &json!({})).await;
    assert!(!kids().await.contains(&of_the_token), "a reset forgets it");
}

#[tokio::test]
async fn the_nearest_word_is_named_where_one_is_wrong() {
    let lab = Lab::start().await;
    for (operation, body, near) in [
        ("clock", json!({ "advnce": 1 }), "did you mean \"advance\"?"),
        ("policy", json!({ "acess-token-lifetime": 1 }), "did you mean \"access-token-lifetime\"?"),
        ("policy", json!({ "pkce": "ignor" }), "did you mean \"ignore\"?"),
        ("policy", json!({ "dialect": "keycloack" }), "did you mean \"keycloak\"?"),
        ("clients", json!({ "client_id": "a", "redirect_uri": [] }), "did you mean \"redirect_uris\"?"),
        ("expect", json!({ "endpoint": "tokens" }), "did you mean \"token\"?"),
        ("issuers", json!({ "client": [] }), "did you mean \"clients\"?"),
        ("revoke-access-tokens", json!({ "sub": "auth0|alise" }), "did you mean \"auth0|alice\"?"),
        ("rotate-key", json!({}), "did you mean \"POST rotate-keys\"?"),
    ] {
        let answer = post(&lab, operation, &body).await;
        assert!(detail(&answer).ends_with(near), "{operation}: {}", answer.body);
    }
}

#[tokio::test]
async fn tokens_of_a_user_are_revoked() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[("scope", "openid offline_access")]).await;
    let answer = post(&lab, "revoke-refresh-tokens", &json!({ "sub": "auth0|alice" })).await;
    assert_eq!(answer.status, 200);
    assert_eq!(lab.refresh(text(&tokens, "refresh_token"), &[]).await.error(), "invalid_grant");
    assert_eq!(post(&lab, "revoke-access-tokens", &json!({ "sub": "nobody" })).await.status, 400);
}

#[tokio::test]
async fn a_journal_that_is_waited_for_answers_when_a_request_arrives() {
    let lab = Lab::start().await;
    let waiting = async { lab.get(&url(&lab, "journal?since=1&wait=30")).await.json() };
    let asking = async { lab.get(&lab.issuer.url(Endpoint::Jwks)).await };
    let (journal, _) = tokio::join!(waiting, asking);
    assert_eq!(journal["entries"][0]["endpoint"], "jwks");
    assert_eq!(lab.get(&url(&lab, "journal?since=9")).await.json()["entries"], json!([]));
    assert_eq!(lab.get(&url(&lab, "journal?wait=61")).await.status, 400);
    assert_eq!(lab.get(&url(&lab, "journal?since=first")).await.status, 400);
}

#[tokio::test]
async fn expected_requests_are_waited_for_and_counted() {
    let lab = Lab::start().await;
    let once =
        json!({ "endpoint": "token", "params": { "grant_type": "authorization_code" }, "count": 1, "within": 30 });
    let (met, _) = tokio::join!(post(&lab, "expect", &once), lab.tokens(&[]));
    assert_eq!((met.status, &met.json()["seqs"]), (200, &json!([2])), "{}", met.body);
    lab.tokens(&[]).await;
    let twice = post(&lab, "expect", &once).await;
    assert!(twice.status == 409 && detail(&twice).contains("2 (2, 4) found"), "{}", twice.body);
    let later = post(&lab, "expect", &json!({ "endpoint": "token", "since": 3 })).await.json();
    assert_eq!(later["seqs"], json!([4]));
    let none = post(&lab, "expect", &json!({ "endpoint": "token", "status": 400 })).await;
    assert!(none.status == 409 && detail(&none).contains("none found"), "{}", none.body);
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
    assert_eq!(mistake.json()["member"], "pkce", "{}", mistake.body);
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
async fn a_program_elsewhere_needs_the_control_token() {
    let token = "a-token-of-this-test";
    let lab = Lab::at(MockIdp::builder().any_host().control_token(token).start().await.expect("a free port"));
    // What is not meant for this machine by its name is taken for a request from another one.
    let elsewhere = || lab.request(Method::GET, &url(&lab, "journal")).header("host", "idp:4455");
    for wrong in ["Bearer a-token-of-another-test", "Bearer ", "Basic a-token-of-this-test"] {
        assert_eq!(Answer::of(elsewhere().header("authorization", wrong)).await.status, 403, "{wrong}");
    }
    let refused = Answer::of(elsewhere()).await;
    assert!(refused.status == 403 && refused.body.contains("--control-token-file"), "{}", refused.body);
    let answer = Answer::of(elsewhere().header("authorization", format!("Bearer {token}"))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
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
    assert!(detail(&unknown).contains("POST rotate-keys"), "{}", unknown.body);
    assert!(lab.issuer.journal().entries().is_empty());
}

/// Every operation that is described exists, takes what its description says, and answers as it says.
#[tokio::test]
async fn the_description_is_true_of_the_server() {
    let lab = Lab::start().await;
    let description = lab.get(&url(&lab, "openapi.json")).await.json();
    assert_eq!(description["openapi"], "3.1.0");
    let is_valid = |schema: &Value, instance: &Value| {
        let schema = json!({ "allOf": [schema], "components": description["components"] });
        JsonSchema::of(schema).check(instance).unwrap_or_else(|error| panic!("{error:#}\n{instance}"));
    };
    let fault = json!({ "named": "jwks/empty" });
    lab.tokens(&[]).await;
    let mut described = 0;
    for (path, item) in description["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            let id = text(operation, "operationId");
            let armed = post(&lab, "fault", &fault).await.json()["id"].to_string();
            let added = post(&lab, "issuers", &json!({})).await.json();
            let target = url(&lab, path.trim_start_matches('/')).replace("{id}", &armed);
            let target = target.replace("{name}", text(&added, "name"));
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let mut request = lab.request(method, &target);
            if let Some(body) = operation.get("requestBody") {
                let example = match id {
                    "expect" => json!({ "endpoint": "token", "params": { "grant_type": "authorization_code" } }),
                    "armFault" => fault.clone(),
                    "changeClock" => json!({ "advance": 60 }),
                    "changePolicy" => json!({ "refresh-rotation": "static" }),
                    "addIssuer" => json!({ "dialect": "keycloak", "policy": { "code-lifetime": 5 } }),
                    "reset" | "rotateKeys" => json!({}),
                    "mintToken" => json!({ "claims": { "sub": "alice" } }),
                    "revokeAccessTokens" | "revokeRefreshTokens" => json!({ "sub": "auth0|alice" }),
                    "registerClient" => json!({ "client_id": "a", "redirect_uris": ["https://a.example/cb"] }),
                    "registerUser" => json!({ "sub": "7", "name": "Ada Byron" }),
                    "registerApi" => json!({ "identifier": "https://orders.example/" }),
                    other => panic!("{other} has a body, and no example here"),
                };
                is_valid(&body["content"]["application/json"]["schema"], &example);
                request = request.json(&example);
            }
            // Another test listens to events: there is no end of them.
            if operation["responses"]["200"]["content"].get("text/event-stream").is_some() {
                continue;
            }
            let answer = Answer::of(request).await;
            let content = &operation["responses"][answer.status.to_string()]["content"]["application/json"];
            assert!(content.is_object(), "{id}: {} {}", answer.status, answer.body);
            is_valid(&content["schema"], &answer.json());
            // What else is sent is refused as the description says.
            let refused = Answer::of(lab.request(Method::PATCH, &target)).await;
            is_valid(
                &operation["responses"]["default"]["content"]["application/problem+json"]["schema"],
                &refused.json(),
            );
            described += 1;
        }
    }
    assert!(described > 20, "{described}");
}
