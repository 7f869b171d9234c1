//! Token requests that fail (RFC 6749 §5.2, RFC 9110 §15.5.2).

use std::fmt::Write as _;

use mock_idp::{ClientAuthMethod, Endpoint, GrantType, Note};
use reqwest::Method;

use crate::lab::{Answer, Lab, redemption};

#[tokio::test]
async fn errors_read_like_this() {
    let lab = Lab::start().await;
    let code = lab.code(&[]).await;
    let mut all = String::new();
    for (case, change) in [
        ("no grant type", ("grant_type", "")),
        ("unknown grant type", ("grant_type", "password")),
        ("no client", ("client_id", "")),
        ("unknown client", ("client_id", "nobody")),
        ("no secret", ("client_secret", "")),
        ("wrong secret", ("client_secret", "guess")),
        ("no code", ("code", "")),
        ("unknown code", ("code", "never-issued")),
        ("other redirect URI", ("redirect_uri", "http://localhost:3000/callback")),
        ("no redirect URI", ("redirect_uri", "")),
        ("verifier without challenge", ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")),
    ] {
        let answer = lab.redeem(&code, &[change]).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}");
        let _ = writeln!(all, "{case}\n  {} {}", answer.status, answer.body);
    }
    let answer = lab.refresh("never-issued", &[]).await;
    let _ = writeln!(all, "unknown refresh token\n  {} {}", answer.status, answer.body);
    insta::assert_snapshot!(all);
}

#[tokio::test]
async fn a_grant_that_the_client_may_not_use_is_refused() {
    let lab = Lab::with_client(|client| client.grant_types = vec![GrantType::AuthorizationCode]).await;
    let answer = lab.refresh("any", &[]).await;
    assert_eq!((answer.status, answer.error().as_str()), (400, "unauthorized_client"));
    assert_eq!(lab.tokens(&[]).await.get("refresh_token"), None, "nor is such a token handed out");
}

#[tokio::test]
async fn a_client_authenticates_in_one_way_only() {
    let lab = Lab::with_client(|client| client.token_endpoint_auth_method = ClientAuthMethod::ClientSecretBasic).await;
    let code = lab.code(&[]).await;
    let twice = lab.token_request().basic_auth("demo-client", Some("demo-secret")).form(&redemption(&code, &[]));
    assert_eq!(Answer::of(twice).await.error(), "invalid_request");
    let form = redemption(&code, &[("client_secret", ""), ("client_id", "other")]);
    let differing = lab.token_request().basic_auth("demo-client", Some("demo-secret")).form(&form);
    assert_eq!(Answer::of(differing).await.error(), "invalid_request");
    let unreadable = lab
        .token_request()
        .header("authorization", "Basic %%%")
        .form(&redemption(&code, &[("client_id", ""), ("client_secret", "")]));
    let answer = Answer::of(unreadable).await;
    assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"));
    assert!(answer.header("www-authenticate").is_some());
}

#[tokio::test]
async fn a_repeated_parameter_is_refused() {
    let lab = Lab::start().await;
    let mut form = redemption(&lab.code(&[]).await, &[]);
    form.push(("code".into(), "other".into()));
    assert_eq!(Answer::of(lab.token_request().form(&form)).await.error(), "invalid_request");
    let last = lab.issuer.journal().entries().pop().expect("an entry");
    assert_eq!(last.notes, [Note::ParameterRepeated]);
}

#[tokio::test]
async fn the_token_endpoint_takes_post_only() {
    let lab = Lab::start().await;
    for method in [Method::GET, Method::PUT, Method::HEAD] {
        let answer = Answer::of(lab.request(method, &lab.issuer.url(Endpoint::Token))).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_and_written_down() {
    let lab = Lab::start().await;
    let body = "x".repeat(1024 * 1024 + 1);
    let answer = Answer::of(lab.token_request().body(body)).await;
    assert_eq!((answer.status, answer.error().as_str()), (413, "invalid_request"));
    let entry = lab.issuer.journal().entries().pop().expect("an entry");
    assert_eq!(entry.notes, [Note::BodyTooLarge]);
    assert_eq!(entry.request.body.len(), 64 * 1024);
    assert_eq!(entry.response.as_ref().map(|response| response.status), Some(413));
}
