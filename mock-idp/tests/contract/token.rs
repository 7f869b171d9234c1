//! Step 2: request tokens (RFC 6749 §4.1.3, §4.1.4, §2.3.1; RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mock_idp::{ClientAuthMethod, Endpoint, IssuerConfig, Note, PkcePolicy, Policy};
use rsa::sha2::{Digest as _, Sha256};
use serde_json::{Map, json};

use crate::lab::{Answer, CLIENT, Lab, SECRET, VERIFIER, WITH_PKCE, redemption, text};

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

#[tokio::test]
async fn a_code_gives_tokens_that_must_not_be_cached() {
    let lab = Lab::start().await;
    let code = lab.code(&[]).await;
    let answer = lab.redeem(&code, &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = answer.json();
    let members: Vec<_> = body.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["access_token", "refresh_token", "id_token", "scope", "expires_in", "token_type"]);
    assert_eq!(text(&body, "scope"), "openid profile email offline_access read:contacts");
    assert_eq!(body["expires_in"], 86_400);
    assert_eq!(body["token_type"], "Bearer");
}

#[tokio::test]
async fn a_token_request_may_be_json() {
    let lab = Lab::start().await;
    let code = lab.code(&[]).await;
    let members: Map<_, _> = redemption(&code, &[]).into_iter().map(|(name, value)| (name, value.into())).collect();
    assert_eq!(Answer::of(lab.token_request().json(&members)).await.status, 200);
}

#[tokio::test]
async fn parameters_of_a_token_request_do_not_count_in_the_query() {
    let lab = Lab::start().await;
    let code = lab.code(&[]).await;
    let answer = Answer::of(lab.token_request().query(&redemption(&code, &[]))).await;
    assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"));
}

#[tokio::test]
async fn the_halves_of_basic_credentials_are_form_encoded() {
    let (id, secret) = ("shop:a b+\u{e4}", "p%20s&s=:w/\u{f6}rd+");
    let lab = Lab::with_client(|client| {
        client.client_id = id.into();
        client.client_secret = Some(secret.into());
        client.token_endpoint_auth_method = ClientAuthMethod::ClientSecretBasic;
    })
    .await;
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let header = |id: &str, secret: &str| format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let redeem = async |authorization: String| {
        let code = lab.code(&[("client_id", id)]).await;
        let form = redemption(&code, &[("client_id", ""), ("client_secret", "")]);
        Answer::of(lab.token_request().header("authorization", authorization).form(&form)).await
    };
    assert_eq!(redeem(header(&encode(id), &encode(secret))).await.status, 200);
    assert_eq!(redeem(header(&encode(id), secret)).await.status, 401);
}

/// At an issuer whose only client has no secret.
async fn public_client() -> Lab {
    Lab::with_client(|client| {
        client.client_secret = None;
        client.token_endpoint_auth_method = ClientAuthMethod::None;
    })
    .await
}

fn accept_both_methods(lab: &Lab) {
    let lenient = mock_idp::ClientAuthentication::Lenient;
    lab.issuer.set_policy(Policy { client_authentication: lenient, ..Policy::default() });
}

#[tokio::test]
async fn a_public_client_sends_no_secret() {
    let lab = public_client().await;
    let code = lab.code(&WITH_PKCE).await;
    let redeem = async |secret| lab.redeem(&code, &[("client_secret", secret), ("code_verifier", VERIFIER)]).await;
    assert_eq!(redeem("guess").await.status, 401);
    assert_eq!(redeem("").await.status, 200);
}

#[tokio::test]
async fn only_the_registered_authentication_method_is_accepted() {
    let lab = Lab::start().await;
    let code = lab.code(&[]).await;
    let form = redemption(&code, &[("client_id", ""), ("client_secret", "")]);
    let basic = || lab.token_request().basic_auth(CLIENT, Some(SECRET)).form(&form);
    let refused = Answer::of(basic()).await;
    assert_eq!((refused.status, refused.error().as_str()), (401, "invalid_client"));
    assert!(refused.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")));

    accept_both_methods(&lab);
    assert_eq!(Answer::of(basic()).await.status, 200);
    let entries = lab.issuer.journal().entries();
    let noted = entries.iter().filter(|entry| entry.notes == [Note::ClientAuthenticationMethodMismatch]);
    assert_eq!(noted.count(), 2, "the lax server notes what the strict one refuses");
}

#[tokio::test]
async fn an_empty_secret_in_the_header_is_none_where_both_methods_do() {
    let lab = public_client().await;
    let code = lab.code(&WITH_PKCE).await;
    let form = redemption(&code, &[("client_id", ""), ("client_secret", ""), ("code_verifier", VERIFIER)]);
    let sending = |secret| Answer::of(lab.token_request().basic_auth(CLIENT, Some(secret)).form(&form));
    assert_eq!(sending("").await.status, 401);

    accept_both_methods(&lab);
    assert_eq!(sending("guess").await.status, 401);
    assert_eq!(sending("").await.status, 200);
    let last = lab.issuer.journal().entries().pop().expect("an entry");
    assert_eq!(last.notes, [Note::ClientAuthenticationMethodMismatch]);
}

#[tokio::test]
async fn a_client_with_a_secret_cannot_send_an_empty_one() {
    let lab = Lab::start().await;
    accept_both_methods(&lab);
    let code = lab.code(&[]).await;
    let form = redemption(&code, &[("client_id", ""), ("client_secret", "")]);
    let answer = Answer::of(lab.token_request().basic_auth(CLIENT, Some("")).form(&form)).await;
    assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"));
}

#[tokio::test]
async fn a_code_survives_failed_attempts_of_others() {
    let lab = Lab::start().await;
    lab.issuer.register_client(mock_idp::Client { client_id: "other".into(), ..mock_idp::Client::default() });
    let code = lab.code(&[("code_challenge", &challenge()), ("code_challenge_method", "S256")]).await;
    let right = ("code_verifier", VERIFIER);
    for (change, status) in [
        (&[("client_secret", "wrong"), right], 401),
        (&[("client_id", "other"), right], 400),
        (&[("client_id", "nobody"), right], 401),
        (&[("redirect_uri", "http://localhost:3000/callback"), right], 400),
        (&[("code_verifier", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), ("x", "")], 400),
    ] {
        assert_eq!(lab.redeem(&code, change).await.status, status, "{change:?}");
    }
    assert_eq!(lab.redeem(&code, &[right]).await.status, 200);
}

#[tokio::test]
async fn a_code_is_good_for_once_and_its_second_use_revokes_what_the_first_one_gave() {
    let lab = Lab::start().await;
    let code = lab.code(&[]).await;
    let tokens = lab.redeem(&code, &[]).await.json();
    let access_token = text(&tokens, "access_token");
    assert_eq!(lab.call(Endpoint::Api, access_token).await.status, 200);

    let again = lab.redeem(&code, &[]).await;
    assert_eq!((again.status, again.error().as_str()), (400, "invalid_grant"));
    assert_eq!(lab.call(Endpoint::Api, access_token).await.status, 401);
    assert_eq!(lab.call(Endpoint::Userinfo, access_token).await.status, 401);
    assert_eq!(lab.refresh(text(&tokens, "refresh_token"), &[]).await.status, 400);
}

#[tokio::test]
async fn a_code_expires_by_the_issuers_clock() {
    let lab = Lab::start().await;
    let (in_time, late) = (lab.code(&[]).await, lab.code(&[]).await);
    lab.issuer.clock().advance(590);
    assert_eq!(lab.redeem(&in_time, &[]).await.status, 200);
    lab.issuer.clock().advance(10);
    assert_eq!(lab.redeem(&late, &[]).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_challenge_is_answered_by_its_verifier_only() {
    let lab = Lab::start().await;
    let code = lab.code(&[("code_challenge", &challenge()), ("code_challenge_method", "S256")]).await;
    let missing = lab.redeem(&code, &[]).await;
    assert_eq!((missing.status, missing.error().as_str()), (400, "invalid_grant"));
    assert_eq!(lab.redeem(&code, &[("code_verifier", &challenge())]).await.status, 400);
    assert_eq!(lab.redeem(&code, &[("code_verifier", VERIFIER)]).await.status, 200);
}

#[tokio::test]
async fn a_verifier_without_a_challenge_is_a_downgrade() {
    let lab = Lab::start().await;
    let code = lab.code(&[]).await;
    assert_eq!(lab.redeem(&code, &[("code_verifier", VERIFIER)]).await.status, 400);
    lab.issuer.set_policy(Policy { pkce: PkcePolicy::Ignore, ..Policy::default() });
    assert_eq!(lab.redeem(&code, &[("code_verifier", VERIFIER)]).await.status, 200);
    let last = lab.issuer.journal().entries().pop().expect("an entry");
    assert_eq!(last.notes, [Note::PkceVerifierWithoutChallenge]);
}

#[tokio::test]
async fn an_unbound_code_takes_the_nonce_of_the_latest_request() {
    let policy = Policy { code_binding: mock_idp::CodeBinding::Unbound, ..Policy::default() };
    let lab = Lab::with(IssuerConfig { policy, ..IssuerConfig::default() }).await;
    let code = lab.code(&[("nonce", "attacker")]).await;
    lab.code(&[("nonce", "victim")]).await;
    let claims = crate::token_claims::claims(text(&lab.redeem(&code, &[]).await.json(), "id_token"));
    assert_eq!(claims["nonce"], json!("victim"));
}
