//! Step 3: call the API, and userinfo (RFC 6750; OpenID Connect Core §5.3).

use std::fmt::Write as _;

use mock_idp::{Api, Endpoint, Issuer, IssuerConfig, Note, Policy, Tolerance, User};
use reqwest::Method;
use serde_json::json;

use crate::lab::{AUDIENCE, Answer, Lab, text};

#[tokio::test]
async fn the_api_answers_a_good_token_with_what_it_knows() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[("scope", "read:contacts")]).await;
    let answer = lab.call(Endpoint::Api, text(&tokens, "access_token")).await;
    assert_eq!(answer.status, 200);
    let expected = json!({ "sub": "auth0|alice", "scope": "read:contacts", "audience": AUDIENCE });
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn the_api_takes_any_method_and_path_below_it() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[]).await;
    let url = format!("{}/contacts/7", lab.issuer.url(Endpoint::Api));
    for method in [Method::GET, Method::POST, Method::DELETE, Method::PATCH] {
        let request = lab.request(method, &url).bearer_auth(text(&tokens, "access_token"));
        assert_eq!(Answer::of(request).await.status, 200);
    }
}

#[tokio::test]
async fn an_id_token_is_no_access_token() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[]).await;
    assert_eq!(lab.call(Endpoint::Api, text(&tokens, "id_token")).await.error(), "invalid_token");
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let api = Api { required_scope: Some("write:contacts".into()), ..Api::default() };
    let lab = Lab::with(IssuerConfig { apis: vec![api], ..IssuerConfig::default() }).await;
    let tokens = lab.tokens(&[]).await;
    let refused = lab.call(Endpoint::Api, text(&tokens, "access_token")).await;
    assert_eq!((refused.status, refused.error().as_str()), (403, "insufficient_scope"));
    let challenge = refused.header("www-authenticate").expect("a challenge");
    assert_eq!(challenge, r#"Bearer realm="mock-idp", error="insufficient_scope", scope="write:contacts""#);
    let tokens = lab.tokens(&[("scope", "write:contacts")]).await;
    assert_eq!(lab.call(Endpoint::Api, text(&tokens, "access_token")).await.status, 200);
}

#[tokio::test]
async fn an_access_token_expires_by_the_issuers_clock() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[]).await;
    lab.issuer.clock().advance(86_390);
    assert_eq!(lab.call(Endpoint::Api, text(&tokens, "access_token")).await.status, 200);
    lab.issuer.clock().advance(10);
    assert_eq!(lab.call(Endpoint::Api, text(&tokens, "access_token")).await.status, 401);
    let last = lab.issuer.journal().entries().pop().expect("an entry");
    assert_eq!(last.notes, [Note::AccessTokenExpired]);
    lab.issuer.clock().advance(-86_400);
    assert_eq!(lab.call(Endpoint::Api, text(&tokens, "access_token")).await.status, 200);
}

#[tokio::test]
async fn revoked_access_tokens_are_refused() {
    let lab = Lab::start().await;
    let (one, another) = (lab.tokens(&[]).await, lab.tokens(&[]).await);
    assert!(lab.issuer.revoke_access_token(text(&one, "access_token")));
    assert!(!lab.issuer.revoke_access_token("unknown"));
    assert_eq!(lab.call(Endpoint::Api, text(&one, "access_token")).await.status, 401);
    assert_eq!(lab.call(Endpoint::Api, text(&another, "access_token")).await.status, 200);
    lab.issuer.revoke_access_tokens_of("auth0|alice");
    assert_eq!(lab.call(Endpoint::Api, text(&another, "access_token")).await.status, 401);
}

#[tokio::test]
async fn userinfo_has_the_claims_of_the_granted_scope() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[("scope", "openid email")]).await;
    let answer = lab.call(Endpoint::Userinfo, text(&tokens, "access_token")).await;
    let expected = json!({ "sub": "auth0|alice", "email": "alice@example.com", "email_verified": true });
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn userinfo_has_claims_of_its_own_which_replace_none_of_the_others() {
    let alice = User::named("auth0|alice", "Alice Adams")
        .userinfo_claim("https://shop/plan", "gold")
        .userinfo_claim("sub", "x");
    let lab = Lab::with(IssuerConfig { users: vec![alice], ..IssuerConfig::default() }).await;
    let tokens = lab.tokens(&[("scope", "openid")]).await;
    let answer = lab.call(Endpoint::Userinfo, text(&tokens, "access_token")).await;
    assert_eq!(answer.json(), json!({ "sub": "auth0|alice", "https://shop/plan": "gold" }));
}

/// OpenID Connect Core §5.3.1: a bearer token, per section 2 of RFC 6750. A form is one of its ways. Nothing has to take one of
/// the query (RFC 6750 §2.3).
#[tokio::test]
async fn userinfo_takes_the_token_of_a_form_and_all_else_is_a_tolerance() {
    let strict = Lab::start().await;
    let policy = Policy { access_token_parameter: Tolerance::Accepted, ..Policy::default() };
    let lax = Lab::with(IssuerConfig { policy, ..IssuerConfig::default() }).await;
    for (lab, others) in [(strict, 401), (lax, 200)] {
        let tokens = lab.tokens(&[]).await;
        let parameter = [("access_token", text(&tokens, "access_token"))];
        let url = |endpoint| lab.issuer.url(endpoint);
        let posted = async |endpoint| Answer::of(lab.request(Method::POST, &url(endpoint)).form(&parameter)).await;
        let got = async |endpoint| Answer::of(lab.request(Method::GET, &url(endpoint)).query(&parameter)).await;
        assert_eq!((posted(Endpoint::Userinfo).await.status, posted(Endpoint::Api).await.status), (200, others));
        assert_eq!((got(Endpoint::Userinfo).await.status, got(Endpoint::Api).await.status), (others, others));
        let twice = lab.request(Method::GET, &url(Endpoint::Userinfo)).query(&parameter).query(&parameter);
        assert_eq!(Answer::of(twice).await.status, 401);
    }
}

/// A client that makes up an endpoint sends there what it has got from an issuer, whose journal shows it.
#[tokio::test]
async fn code_that_goes_to_a_made_up_endpoint_of_the_host_is_in_the_journal_of_its_issuer() {
    let lab = Lab::start().await;
    let added = lab.beside(IssuerConfig::default());
    let code = added.code(&[]).await;
    let address = format!("{}token", lab.issuer.identifier());
    let form = [("grant_type", "authorization_code"), ("code", code.as_str())];
    assert_eq!(Answer::of(lab.request(Method::POST, &address).form(&form)).await.status, 404);
    let made_up = |issuer: &Issuer| {
        let entries = issuer.journal().entries().into_iter().filter(|entry| entry.endpoint == Endpoint::Other);
        entries.map(|entry| (entry.status(), entry.presented.len())).collect::<Vec<_>>()
    };
    assert_eq!(made_up(&added.issuer), [(Some(404), 1)]);
    assert_eq!(made_up(&lab.issuer), [(Some(404), 0)]);
}

#[tokio::test]
async fn userinfo_needs_the_scope_openid() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[("scope", "read:contacts")]).await;
    let answer = lab.call(Endpoint::Userinfo, text(&tokens, "access_token")).await;
    assert_eq!((answer.status, answer.error().as_str()), (403, "insufficient_scope"));
}

#[tokio::test]
async fn errors_read_like_this() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[("scope", "read:contacts")]).await;
    let good = text(&tokens, "access_token");
    let mut all = String::new();
    let mut write = |case: &str, answer: Answer| {
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        let _ = writeln!(all, "{case}\n  {}\n  {challenge}\n  {}", answer.status, answer.body);
    };
    write("no token", lab.get(&lab.issuer.url(Endpoint::Api)).await);
    write("unknown token", lab.call(Endpoint::Api, "unknown").await);
    write("userinfo without openid", lab.call(Endpoint::Userinfo, good).await);
    lab.issuer.clock().advance(86_400);
    write("expired token", lab.call(Endpoint::Api, good).await);
    lab.issuer.clock().advance(-86_400);
    lab.issuer.revoke_access_token(good);
    write("revoked token", lab.call(Endpoint::Api, good).await);
    insta::assert_snapshot!(all);
}
