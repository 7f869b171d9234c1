//! Step 1: authorize the user (RFC 6749 §4.1.1, §4.1.2).

use mock_idp::{Client, ClientAuthMethod, IssuerConfig, IssuerParameter, Policy, SIGN_IN_HEADER};
use reqwest::Method;

use crate::lab::{Answer, Lab, REDIRECT_URI, WITH_PKCE, text};

#[tokio::test]
async fn an_authorization_request_is_answered_with_a_code_and_its_state() {
    let lab = Lab::start().await;
    let answer = lab.authorize(&[]).await;
    assert_eq!(answer.status, 302);
    assert!(answer.header("location").is_some_and(|location| location.starts_with(&format!("{REDIRECT_URI}?"))));
    let names: Vec<_> = answer.parameters().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["code", "state"]);
    assert_eq!(answer.parameter("state").as_deref(), Some("state-1"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn state_and_nonce_come_back_byte_for_byte() {
    let lab = Lab::start().await;
    let odd = "a+b c&d=e%2Bf;\"<'>?/~\u{e4}\u{1f511} ";
    let answer = lab.authorize(&[("state", odd), ("nonce", odd)]).await;
    assert_eq!(answer.parameter("state").as_deref(), Some(odd));
    let code = answer.parameter("code").expect("a code");
    let tokens = lab.redeem(&code, &[]).await.json();
    let claims = crate::token_claims::claims(text(&tokens, "id_token"));
    assert_eq!(text(&claims, "nonce"), odd);
}

#[tokio::test]
async fn a_request_without_state_is_answered_without_state() {
    let lab = Lab::start().await;
    assert_eq!(lab.authorize(&[("state", "")]).await.parameter("state"), None);
}

#[tokio::test]
async fn the_query_of_a_registered_redirect_uri_is_kept() {
    for (uri, start) in [
        ("https://rp.example/cb?tenant=a%20b", "https://rp.example/cb?tenant=a%20b&code="),
        ("https://rp.example/cb?", "https://rp.example/cb?code="),
    ] {
        let lab = Lab::with_client(|client| client.redirect_uris = vec![uri.into()]).await;
        let answer = lab.authorize(&[("redirect_uri", uri)]).await;
        assert!(answer.header("location").is_some_and(|location| location.starts_with(start)), "{answer:?}");
    }
}

#[tokio::test]
async fn the_only_registered_redirect_uri_need_not_be_named() {
    let lab = Lab::with_client(|client| client.redirect_uris = vec![REDIRECT_URI.into()]).await;
    let code = lab.code(&[("redirect_uri", "")]).await;
    assert_eq!(lab.redeem(&code, &[("redirect_uri", "")]).await.status, 200);
}

#[tokio::test]
async fn a_response_can_travel_in_a_form() {
    let lab = Lab::start().await;
    let answer = lab.authorize(&[("response_mode", "form_post"), ("state", "a\"b<c>&amp;")]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.body.contains(&format!("<form method=\"post\" action=\"{REDIRECT_URI}\">")));
    assert_eq!(answer.parameter("state").as_deref(), Some("a\"b<c>&amp;"));
    let code = answer.parameter("code").expect("a code");
    assert_eq!(lab.redeem(&code, &[]).await.status, 200);
}

#[tokio::test]
async fn a_response_can_travel_in_a_fragment_and_so_can_an_error() {
    let lab = Lab::start().await;
    for (asked, begins) in [(vec![], "code="), (vec![("audience", "https://unknown.example/")], "error=access_denied")]
    {
        let mode = [("response_mode", "fragment"), ("state", "a&b")];
        let answer = lab.authorize(&[asked, mode.to_vec()].concat()).await;
        let location = answer.header("location").expect("a redirect").to_owned();
        let (redirect_uri, fragment) = location.split_once('#').expect("a fragment");
        assert_eq!(redirect_uri, REDIRECT_URI);
        assert!(fragment.starts_with(begins) && fragment.contains("&state=a%26b"), "{location}");
    }
}

#[tokio::test]
async fn an_authorization_request_may_be_posted() {
    let lab = Lab::start().await;
    let url = lab.authorization_url(&[]);
    let (endpoint, query) = url.split_once('?').expect("a query");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let request = lab.request(Method::POST, endpoint).header(form.0, form.1).body(query.to_owned());
    let answer = Answer::of(request).await;
    assert_eq!(answer.status, 303, "the browser must not post the form again (RFC 9700 §4.12)");
    assert!(answer.parameter("code").is_some());
}

#[tokio::test]
async fn the_issuer_identifies_itself_in_every_response_once_it_says_so() {
    let policy = Policy { issuer_parameter: IssuerParameter::Advertised, ..Policy::default() };
    let lab = Lab::with(IssuerConfig { policy, ..IssuerConfig::default() }).await;
    let issuer = lab.issuer.identifier().to_owned();
    assert_eq!(lab.authorize(&[]).await.parameter("iss"), Some(issuer.clone()));
    assert_eq!(lab.authorize(&[("response_mode", "form_post")]).await.parameter("iss"), Some(issuer.clone()));
    assert_eq!(lab.authorize(&[("response_type", "token")]).await.parameter("iss"), Some(issuer));
}

#[tokio::test]
async fn an_issuer_that_does_not_say_so_sends_no_iss() {
    assert_eq!(Lab::start().await.authorize(&[]).await.parameter("iss"), None);
}

#[tokio::test]
async fn a_header_names_the_user_of_one_request() {
    let lab = Lab::start().await;
    let request = lab.request(Method::GET, &lab.authorization_url(&[])).header(SIGN_IN_HEADER, "auth0|bob");
    let code = Answer::of(request).await.parameter("code").expect("a code");
    let credential = lab.issuer.journal().credential(&code).expect("a known code");
    assert_eq!(credential.subject, "auth0|bob");
}

#[tokio::test]
async fn codes_and_refresh_tokens_may_use_reserved_characters() {
    let policy = Policy {
        code_format: mock_idp::CodeFormat::Reserved,
        refresh_token_format: mock_idp::RefreshTokenFormat::Reserved,
        ..Policy::default()
    };
    let lab = Lab::with(IssuerConfig { policy, ..IssuerConfig::default() }).await;
    let code = lab.code(&[]).await;
    assert!(code.contains("%2B") && code.contains('&'));
    let tokens = lab.redeem(&code, &[]).await.json();
    assert_eq!(lab.refresh(text(&tokens, "refresh_token"), &[]).await.status, 200);
}

#[tokio::test]
async fn a_long_code_is_as_long_as_was_asked_for() {
    let policy = Policy { code_format: mock_idp::CodeFormat::Long { length: 3_000 }, ..Policy::default() };
    let lab = Lab::with(IssuerConfig { policy, ..IssuerConfig::default() }).await;
    assert_eq!(lab.code(&[]).await.len(), 3_000);
}

#[tokio::test]
async fn a_native_app_may_take_any_port_if_the_policy_allows_it() {
    let registered = ["http://127.0.0.1:3000/callback", "http://[::1]/callback", "https://app.example/callback"];
    let client = |secret: Option<&str>| Client {
        client_secret: secret.map(str::to_owned),
        token_endpoint_auth_method: ClientAuthMethod::None,
        redirect_uris: registered.map(str::to_owned).to_vec(),
        ..Client::default()
    };
    let lab = async |secret, policy| {
        Lab::with(IssuerConfig { clients: vec![client(secret)], policy, ..IssuerConfig::default() }).await
    };
    let native = lab(None, Policy::served()).await;
    for (uri, status) in [
        ("http://127.0.0.1:49152/callback", 302),
        ("http://127.0.0.1/callback", 302),
        ("http://[::1]:49152/callback", 302),
        ("http://127.0.0.1:49152/other", 403),
        ("http://127.0.0.1:49152/callback?x=1", 403),
        ("http://127.0.0.2:49152/callback", 403),
        ("http://user@127.0.0.1:49152/callback", 403),
        ("https://127.0.0.1:49152/callback", 403),
        ("https://app.example:49152/callback", 403),
    ] {
        let answer = native.authorize(&[&WITH_PKCE[..], &[("redirect_uri", uri)]].concat()).await;
        assert_eq!((answer.status, answer.parameter("code").is_some()), (status, status == 302), "{uri}");
    }
    let other_port = [("redirect_uri", "http://127.0.0.1:49152/callback")];
    let web_app = lab(Some("secret"), Policy::served()).await;
    assert_eq!(web_app.authorize(&other_port).await.status, 403, "a client with a secret is no native app");
    let strict = lab(None, Policy::default()).await;
    assert_eq!(strict.authorize(&other_port).await.status, 403);
}
