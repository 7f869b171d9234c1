//! Token exchange (RFC 8693).

use mock_idp::{Api, Client, ClientAuthMethod, Endpoint, GrantType, IssuerConfig, Note, User};
use serde_json::{Value, json};

use crate::lab::{AUDIENCE, Answer, Lab, SECRET, text};
use crate::token_claims::verified;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ORDERS: &str = "https://orders.example/";

/// Beside the client of the user there is a service that calls a second API for the user.
async fn lab() -> Lab {
    let service = Client {
        client_id: "service".to_owned(),
        grant_types: vec![GrantType::TokenExchange, GrantType::ClientCredentials],
        ..Client::default()
    };
    let orders = Api { identifier: ORDERS.to_owned(), scopes: vec!["read:orders".to_owned()], ..Api::default() };
    let mut config = IssuerConfig::default();
    config.clients.push(service);
    config.apis.push(orders);
    config.users.push(User::named("service", "A service that acts"));
    Lab::with(config).await
}

async fn exchange(lab: &Lab, parameters: &[(&str, &str)]) -> Answer {
    let form = [("grant_type", GRANT), ("client_id", "service"), ("client_secret", SECRET)];
    Answer::of(lab.token_request().form(&[&form, parameters].concat())).await
}

/// The access token of the service itself.
async fn own_token(lab: &Lab) -> String {
    let form = [("grant_type", "client_credentials"), ("client_id", "service"), ("client_secret", SECRET)];
    let tokens = Answer::of(lab.token_request().form(&form)).await.json();
    text(&tokens, "access_token").to_owned()
}

async fn claims(lab: &Lab, tokens: &Value) -> Value {
    verified(lab, text(tokens, "access_token"), ORDERS).await.expect("a good access token")
}

#[tokio::test]
async fn a_token_of_a_user_becomes_one_for_another_api() {
    let lab = lab().await;
    let tokens = lab.tokens(&[]).await;
    let subject = [("subject_token", text(&tokens, "access_token")), ("subject_token_type", ACCESS_TOKEN)];
    let answer = exchange(&lab, &[&subject[..], &[("audience", ORDERS), ("scope", "read:orders")]].concat()).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let exchanged = answer.json();
    assert_eq!((&exchanged["issued_token_type"], &exchanged["token_type"]), (&json!(ACCESS_TOKEN), &json!("Bearer")));
    assert_eq!(exchanged["scope"], "read:orders");
    assert_eq!(exchanged.get("refresh_token").or(exchanged.get("id_token")), None);
    let claims = claims(&lab, &exchanged).await;
    assert_eq!(
        (&claims["sub"], &claims["azp"], &claims["aud"]),
        (&json!("auth0|alice"), &json!("service"), &json!(ORDERS))
    );
    assert_eq!(claims.get("act"), None, "the service is taken for the user");
}

#[tokio::test]
async fn the_token_says_who_acts_for_the_user() {
    let lab = lab().await;
    let (tokens, actor) = (lab.tokens(&[]).await, own_token(&lab).await);
    let actor = [("actor_token", actor.as_str()), ("actor_token_type", ACCESS_TOKEN), ("audience", ORDERS)];
    let subject = [("subject_token", text(&tokens, "id_token")), ("subject_token_type", ID_TOKEN)];
    let once = exchange(&lab, &[&subject[..], &actor].concat()).await.json();
    assert_eq!(claims(&lab, &once).await["act"], json!({ "sub": "service" }));
    let subject = [("subject_token", text(&once, "access_token")), ("subject_token_type", JWT)];
    let kept = exchange(&lab, &[&subject[..], &[("resource", ORDERS)]].concat()).await.json();
    assert_eq!(claims(&lab, &kept).await["act"], json!({ "sub": "service" }));
    let twice = exchange(&lab, &[&subject[..], &actor].concat()).await.json();
    assert_eq!(claims(&lab, &twice).await["act"], json!({ "sub": "service", "act": { "sub": "service" } }));
}

#[tokio::test]
async fn without_a_scope_the_api_gets_what_the_subject_token_has_of_its_scopes() {
    let lab = lab().await;
    let tokens = lab.tokens(&[]).await;
    let subject = [("subject_token", text(&tokens, "access_token")), ("subject_token_type", ACCESS_TOKEN)];
    let scope = async |audience| {
        exchange(&lab, &[&subject[..], &[("audience", audience)]].concat()).await.json().get("scope").cloned()
    };
    assert_eq!(scope(AUDIENCE).await, Some(json!("read:contacts")));
    assert_eq!(scope(ORDERS).await, None);
}

/// RFC 8693 §2.1.
#[tokio::test]
async fn a_token_for_several_apis_names_and_serves_all_of_them() {
    let lab = lab().await;
    let tokens = lab.tokens(&[]).await;
    let subject = [("subject_token", text(&tokens, "access_token")), ("subject_token_type", ACCESS_TOKEN)];
    let several = [("audience", ORDERS), ("audience", ORDERS), ("resource", AUDIENCE), ("scope", "read:orders")];
    let exchanged = exchange(&lab, &[&subject[..], &several].concat()).await.json();
    let access_token = text(&exchanged, "access_token");
    for audience in [ORDERS, AUDIENCE] {
        let claims = verified(&lab, access_token, audience).await.expect("it is for both");
        assert_eq!((&claims["aud"], &claims["scope"]), (&json!([ORDERS, AUDIENCE]), &json!("read:orders")));
    }
    // AUDIENCE answers, and does so for nobody else.
    assert_eq!(lab.call(Endpoint::Api, access_token).await.status, 200);
    let one = exchange(&lab, &[&subject[..], &[("audience", ORDERS)]].concat()).await.json();
    assert_eq!(lab.call(Endpoint::Api, text(&one, "access_token")).await.status, 401);
    let all = exchange(&lab, &[&subject[..], &several[..3]].concat()).await.json();
    assert_eq!(all["scope"], "read:contacts", "what the user's token has");
}

#[tokio::test]
async fn a_request_that_is_wrong_is_told_why() {
    let lab = lab().await;
    let tokens = lab.tokens(&[]).await;
    let (access_token, id_token) = (text(&tokens, "access_token"), text(&tokens, "id_token"));
    let good = [("subject_token", access_token), ("subject_token_type", ACCESS_TOKEN)];
    for (parameters, error) in [
        (vec![("subject_token_type", ACCESS_TOKEN)], "invalid_request"),
        (vec![("subject_token", access_token)], "invalid_request"),
        (vec![("subject_token", access_token), ("subject_token_type", "jwt")], "invalid_request"),
        (vec![("subject_token", access_token), ("subject_token_type", ID_TOKEN)], "invalid_request"),
        (vec![("subject_token", id_token), ("subject_token_type", ACCESS_TOKEN)], "invalid_request"),
        (vec![("subject_token", "forged"), ("subject_token_type", JWT)], "invalid_request"),
        ([&good[..], &[("actor_token", access_token)]].concat(), "invalid_request"),
        ([&good[..], &[("actor_token_type", ACCESS_TOKEN)]].concat(), "invalid_request"),
        (
            [&good[..], &[("requested_token_type", "urn:ietf:params:oauth:token-type:saml2")]].concat(),
            "invalid_request",
        ),
        ([&good[..], &[("requested_token_type", JWT)]].concat(), "invalid_request"),
        ([&good[..], &[("audience", "https://unknown.example/")]].concat(), "invalid_target"),
        ([&good[..], &[("audience", ORDERS), ("audience", "https://unknown.example/")]].concat(), "invalid_target"),
        ([&good[..], &[("audience", ORDERS), ("scope", "a"), ("scope", "b")]].concat(), "invalid_request"),
        ([&good[..], &[("audience", ORDERS), ("scope", "read:contacts")]].concat(), "invalid_scope"),
    ] {
        let answer = exchange(&lab, &parameters).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, error), "{parameters:?}");
    }
}

#[tokio::test]
async fn a_token_that_is_revoked_cannot_be_exchanged() {
    let lab = lab().await;
    let tokens = lab.tokens(&[]).await;
    lab.issuer.revoke_access_tokens_of("auth0|alice");
    let subject = [("subject_token", text(&tokens, "access_token")), ("subject_token_type", ACCESS_TOKEN)];
    assert_eq!(exchange(&lab, &subject).await.error(), "invalid_request");
    let notes = lab.issuer.journal().entries().pop().expect("the exchange").notes.clone();
    assert_eq!(notes, [Note::SubjectTokenInvalid]);
}

#[tokio::test]
async fn only_a_client_with_a_secret_and_the_grant_can_exchange_tokens() {
    let subject = [("grant_type", GRANT), ("subject_token", "any"), ("subject_token_type", JWT)];
    let lab = Lab::start().await;
    let form = [&subject[..], &[("client_id", "demo-client"), ("client_secret", SECRET)]].concat();
    assert_eq!(Answer::of(lab.token_request().form(&form)).await.error(), "unauthorized_client");
    let public = Lab::with_client(|client| {
        client.client_secret = None;
        client.token_endpoint_auth_method = ClientAuthMethod::None;
        client.grant_types = vec![GrantType::TokenExchange];
    });
    let form = [&subject[..], &[("client_id", "demo-client")]].concat();
    assert_eq!(Answer::of(public.await.token_request().form(&form)).await.error(), "unauthorized_client");
}

#[tokio::test]
async fn introspection_says_who_acts() {
    let lab = lab().await;
    let (tokens, actor) = (lab.tokens(&[]).await, own_token(&lab).await);
    let form = [
        ("subject_token", text(&tokens, "access_token")),
        ("subject_token_type", ACCESS_TOKEN),
        ("actor_token", &actor),
        ("actor_token_type", ACCESS_TOKEN),
    ];
    let exchanged = exchange(&lab, &form).await.json();
    let url = lab.issuer.url(Endpoint::Introspect);
    let form = [("token", text(&exchanged, "access_token")), ("client_id", "service"), ("client_secret", SECRET)];
    let said = Answer::of(lab.request(reqwest::Method::POST, &url).form(&form)).await.json();
    assert_eq!((&said["sub"], &said["act"]), (&json!("auth0|alice"), &json!({ "sub": "service" })));
}
