//! Token introspection (RFC 7662), and what a revocation ends.

use mock_idp::{Client, ClientAuthMethod, Dialect, Endpoint, IssuerConfig, Paths, Policy, Presence};
use reqwest::Method;
use serde_json::{Value, json};

use crate::lab::{AUDIENCE, Answer, CLIENT, Lab, SECRET, text};
use crate::token_claims::claims;

/// The demo client, another one, the API as a client, and a public client.
async fn lab() -> Lab {
    let named = |client_id: &str| Client { client_id: client_id.into(), ..Client::default() };
    let public = Client { client_secret: None, token_endpoint_auth_method: ClientAuthMethod::None, ..named("public") };
    let clients = vec![named(CLIENT), named("other"), named(AUDIENCE), public];
    Lab::with(IssuerConfig { clients, ..IssuerConfig::default() }).await
}

async fn post(lab: &Lab, endpoint: Endpoint, form: &[(&str, &str)]) -> Answer {
    Answer::of(lab.request(Method::POST, &lab.issuer.url(endpoint)).form(form)).await
}

async fn introspect(lab: &Lab, client_id: &str, token: &str) -> Value {
    let form = [("client_id", client_id), ("client_secret", SECRET), ("token", token)];
    let answer = post(lab, Endpoint::Introspect, &form).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{}", answer.body);
    answer.json()
}

fn dead() -> Value {
    json!({ "active": false })
}

#[tokio::test]
async fn a_good_access_token_is_described_to_its_client_and_to_its_api() {
    let lab = lab().await;
    let tokens = lab.tokens(&[]).await;
    let access_token = text(&tokens, "access_token");
    let said = introspect(&lab, CLIENT, access_token).await;
    let claims = claims(access_token);
    let expected = json!({
        "active": true,
        "iss": lab.issuer.identifier(),
        "client_id": CLIENT,
        "sub": "auth0|alice",
        "exp": claims["exp"],
        "scope": "openid profile email offline_access read:contacts",
        "aud": AUDIENCE,
        "token_type": "Bearer",
        "iat": claims["iat"],
    });
    assert_eq!(said, expected);
    assert_eq!(introspect(&lab, AUDIENCE, access_token).await, expected);
    let opaque = lab.tokens(&[("audience", "")]).await;
    assert_eq!(introspect(&lab, CLIENT, text(&opaque, "access_token")).await["active"], true);
}

#[tokio::test]
async fn a_good_refresh_token_is_described_to_its_client_only() {
    let lab = lab().await;
    let tokens = lab.tokens(&[]).await;
    let refresh_token = text(&tokens, "refresh_token");
    let said = introspect(&lab, CLIENT, refresh_token).await;
    assert_eq!((&said["active"], said.get("token_type")), (&json!(true), None));
    assert_eq!(introspect(&lab, AUDIENCE, refresh_token).await, dead());
    assert_eq!(lab.refresh(refresh_token, &[]).await.status, 200, "a question does not use it up");
    assert_eq!(introspect(&lab, CLIENT, refresh_token).await, dead(), "a refresh does");
    let successor = lab.tokens(&[]).await;
    assert_eq!(introspect(&lab, CLIENT, text(&successor, "refresh_token")).await["active"], true);
}

#[tokio::test]
async fn nothing_is_said_about_other_tokens() {
    let lab = lab().await;
    let tokens = lab.tokens(&[]).await;
    let code = lab.code(&[]).await;
    let elsewhere = lab.beside(IssuerConfig::default()).tokens(&[]).await;
    for (client_id, token) in [
        ("other", text(&tokens, "access_token")),
        ("other", text(&tokens, "refresh_token")),
        (CLIENT, text(&tokens, "id_token")),
        (CLIENT, &code),
        (CLIENT, "unknown"),
        (CLIENT, text(&elsewhere, "access_token")),
    ] {
        assert_eq!(introspect(&lab, client_id, token).await, dead(), "{client_id} {token}");
    }
    lab.issuer.clock().advance(86_400);
    assert_eq!(introspect(&lab, CLIENT, text(&tokens, "access_token")).await, dead(), "it has expired");
}

#[tokio::test]
async fn only_a_client_that_authenticates_is_told() {
    let lab = lab().await;
    let tokens = lab.tokens(&[]).await;
    let token = ("token", text(&tokens, "access_token"));
    for form in [
        &[("client_id", CLIENT), ("client_secret", "guess"), token][..],
        &[("client_id", CLIENT), token],
        &[("client_id", "public"), token],
        &[("client_id", "nobody"), token],
    ] {
        let answer = post(&lab, Endpoint::Introspect, form).await;
        assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"), "{form:?}");
        assert!(answer.header("www-authenticate").is_some());
    }
    let without = post(&lab, Endpoint::Introspect, &[("client_id", CLIENT), ("client_secret", SECRET)]).await;
    assert_eq!((without.status, without.error().as_str()), (400, "invalid_request"));
    let bearer = lab.request(Method::POST, &lab.issuer.url(Endpoint::Introspect)).bearer_auth(token.1).form(&[token]);
    assert_eq!(Answer::of(bearer).await.status, 400);
}

#[tokio::test]
async fn a_revoked_access_token_is_dead_everywhere() {
    let lab = lab().await;
    for audience in [AUDIENCE, ""] {
        for revoked in ["access_token", "refresh_token"] {
            let tokens = lab.tokens(&[("audience", audience)]).await;
            let access_token = text(&tokens, "access_token");
            assert_eq!(access_token.contains('.'), !audience.is_empty(), "a JWT for an audience");
            let form = [("client_id", CLIENT), ("client_secret", SECRET), ("token", text(&tokens, revoked))];
            assert_eq!(post(&lab, Endpoint::Revoke, &form).await.status, 200);
            for endpoint in [Endpoint::Api, Endpoint::Userinfo] {
                let answer = lab.call(endpoint, access_token).await;
                assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_token"), "{revoked} {endpoint}");
            }
            assert_eq!(introspect(&lab, CLIENT, access_token).await, dead(), "{revoked}");
            let refresh = lab.refresh(text(&tokens, "refresh_token"), &[]).await;
            assert_eq!(refresh.status, if revoked == "refresh_token" { 400 } else { 200 });
        }
    }
}

#[tokio::test]
async fn the_metadata_name_the_endpoint_where_there_is_one() {
    let absent = Policy { introspection: Presence::Absent, ..Policy::default() };
    let dialect = |name: &str| name.parse::<Dialect>().expect("it is built in");
    for (policy, paths, there) in [
        (Policy::default(), Paths::plain(), true),
        (Policy::default(), dialect("keycloak").paths(), true),
        (absent, Paths::plain(), false),
        (Policy::of(dialect("auth0")), dialect("auth0").paths(), false),
    ] {
        let lab = Lab::with(IssuerConfig { policy, paths, ..IssuerConfig::default() }).await;
        let metadata = lab.get(&lab.issuer.url(Endpoint::Discovery)).await.json();
        let url = lab.issuer.url(Endpoint::Introspect);
        assert_eq!(metadata.get("introspection_endpoint"), there.then_some(&json!(url)));
        assert_eq!(metadata.get("introspection_endpoint_auth_methods_supported").is_some(), there);
        assert_eq!(post(&lab, Endpoint::Introspect, &[]).await.status, if there { 400 } else { 404 });
    }
}
