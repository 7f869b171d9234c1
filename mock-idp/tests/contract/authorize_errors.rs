//! Authorization requests that fail: some are told to the client, some only to the user (RFC 6749 §4.1.2.1).

use std::fmt::Write as _;

use mock_idp::{IssuerConfig, Note, SignIn};

use crate::lab::{Answer, CLIENT, Lab, REDIRECT_URI, text};

#[tokio::test]
async fn only_a_registered_redirect_uri_gets_an_answer() {
    let lab = Lab::start().await;
    for near_miss in [
        "http://127.0.0.1:3000/callback/",
        "http://127.0.0.1:3000/callback?x=1",
        "http://127.0.0.1:3000/callback#x",
        "http://127.0.0.1:3000/Callback",
        "http://127.0.0.1:3001/callback",
        "https://127.0.0.1:3000/callback",
        "http://127.0.0.1:3000/callback/../callback",
        "http://127.0.0.1:3000@attacker.example/callback",
        "https://attacker.example/",
    ] {
        let answer = lab.authorize(&[("redirect_uri", near_miss)]).await;
        assert_eq!((answer.status, answer.header("location")), (403, None), "{near_miss}");
    }
    let noted = lab.issuer.journal().entries();
    assert!(noted.iter().all(|entry| entry.notes == [Note::RedirectUriUnregistered] && entry.minted.is_empty()));
}

#[tokio::test]
async fn a_redirect_uri_of_another_client_gets_no_answer() {
    let lab = Lab::start().await;
    lab.issuer.register_client(mock_idp::Client {
        client_id: "other".into(),
        redirect_uris: vec!["https://other.example/cb".into()],
        ..mock_idp::Client::default()
    });
    let answer = lab.authorize(&[("redirect_uri", "https://other.example/cb")]).await;
    assert_eq!((answer.status, answer.header("location")), (403, None));
}

#[tokio::test]
async fn a_request_that_cannot_be_trusted_is_answered_to_the_user_only() {
    let lab = Lab::start().await;
    let twice = |name: &str, value: &str| format!("{}&{name}={value}", lab.authorization_url(&[]));
    for url in [
        lab.authorization_url(&[("client_id", "")]),
        lab.authorization_url(&[("client_id", "nobody")]),
        lab.authorization_url(&[("redirect_uri", "")]),
        twice("client_id", CLIENT),
        twice("redirect_uri", "https%3A%2F%2Fattacker.example"),
        twice("state", "other"),
        format!("{}&response_mode=query", lab.authorization_url(&[("response_mode", "form_post")])),
    ] {
        let answer = lab.get(&url).await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{url}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    }
}

#[tokio::test]
async fn other_problems_are_told_to_the_client_with_its_state() {
    let lab = Lab::start().await;
    for (parameter, value, error) in [
        ("response_type", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_mode", "web_message", "invalid_request"),
        ("audience", "https://unknown.example/", "access_denied"),
        ("prompt", "none login", "invalid_request"),
        ("max_age", "soon", "invalid_request"),
        ("request", "eyJ", "request_not_supported"),
        ("request_uri", "urn:x", "request_uri_not_supported"),
        ("code_challenge_method", "S256", "invalid_request"),
        ("code_challenge", "too-short", "invalid_request"),
        ("code_challenge", "0000000000000000000000000000000000000000000", "invalid_request"),
    ] {
        let answer = lab.authorize(&[(parameter, value)]).await;
        assert_eq!(answer.status, 302, "{parameter}={value}");
        assert!(answer.header("location").is_some_and(|location| location.starts_with(REDIRECT_URI)));
        assert_eq!(answer.parameter("error").as_deref(), Some(error), "{parameter}={value}");
        assert_eq!(answer.parameter("state").as_deref(), Some("state-1"));
        assert_eq!(answer.parameter("code"), None);
    }
}

#[tokio::test]
async fn a_repeated_parameter_is_told_to_the_client_if_it_is_clear_who_that_is() {
    let lab = Lab::start().await;
    let answer = lab.get(&format!("{}&nonce=other", lab.authorization_url(&[]))).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn an_error_can_travel_in_a_form() {
    let lab = Lab::start().await;
    let answer = lab.authorize(&[("response_mode", "form_post"), ("response_type", "token")]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.parameter("error").as_deref(), Some("unsupported_response_type"));
}

#[tokio::test]
async fn a_login_without_interaction_needs_somebody_logged_in() {
    let lab = Lab::with(IssuerConfig { sign_in: SignIn::Page, ..IssuerConfig::default() }).await;
    let answer = lab.authorize(&[("prompt", "none")]).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("login_required"));
    assert_eq!(answer.parameter("error_description").as_deref(), Some("Login required"));
    lab.issuer.set_sign_in(SignIn::Headless { sub: "auth0|alice".into() });
    assert!(lab.authorize(&[("prompt", "none")]).await.parameter("code").is_some());
}

#[tokio::test]
async fn a_hint_at_one_person_gives_no_tokens_about_another() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[]).await;
    let hint = ("id_token_hint", text(&tokens, "id_token"));
    assert!(lab.authorize(&[hint]).await.parameter("code").is_some());
    lab.issuer.set_sign_in(SignIn::Headless { sub: "auth0|bob".into() });
    assert_eq!(lab.authorize(&[hint]).await.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn descriptions_keep_to_the_characters_that_the_specification_allows() {
    let lab = Lab::start().await;
    let answer = lab.authorize(&[("response_type", "\"\\\u{e4}\n")]).await;
    assert_eq!(answer.parameter("error_description").as_deref(), Some("Unsupported response type: ????"));
}

#[tokio::test]
async fn errors_read_like_this() {
    let lab = Lab::start().await;
    let mut all = String::new();
    for (parameter, value) in [
        ("response_type", ""),
        ("response_type", "token"),
        ("response_mode", "web_message"),
        ("audience", "https://unknown.example/"),
        ("code_challenge", "0000000000000000000000000000000000000000000"),
        ("client_id", ""),
        ("client_id", "nobody"),
        ("redirect_uri", "https://attacker.example/"),
    ] {
        let answer = lab.authorize(&[(parameter, value)]).await;
        let _ = writeln!(all, "{parameter}={value}\n  {}\n{}", answer.status, told(&answer));
    }
    insta::assert_snapshot!(all);
}

/// What the client or the user is told.
fn told(answer: &Answer) -> String {
    if answer.header("location").is_some() {
        let told = answer.parameters().into_iter();
        return told.fold(String::new(), |text, (name, value)| text + &format!("  {name}: {value}\n"));
    }
    let main = answer.body.split("<main").nth(1).expect("a page");
    let words = main.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text);
    words.filter(|text| !text.is_empty()).fold(String::new(), |text, line| text + &format!("  | {line}\n"))
}
