//! Token revocation (RFC 7009).

use mock_idp::{Endpoint, Note};
use reqwest::Method;
use serde_json::json;

use crate::lab::{Answer, CLIENT, Lab, SECRET, text};

async fn revoke(lab: &Lab, form: &[(&str, &str)]) -> Answer {
    Answer::of(lab.request(Method::POST, &lab.issuer.url(Endpoint::Revoke)).form(form)).await
}

#[tokio::test]
async fn a_revoked_refresh_token_and_its_successors_are_refused() {
    let lab = Lab::start().await;
    let first = lab.tokens(&[]).await;
    let second = lab.refresh(text(&first, "refresh_token"), &[]).await.json();
    let form = [("client_id", CLIENT), ("client_secret", SECRET), ("token", text(&first, "refresh_token"))];
    let answer = revoke(&lab, &form).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(lab.refresh(text(&second, "refresh_token"), &[]).await.error(), "invalid_grant");
}

#[tokio::test]
async fn revoking_an_unknown_token_is_no_error() {
    let form = [("client_id", CLIENT), ("client_secret", SECRET), ("token", "unknown")];
    assert_eq!(revoke(&Lab::start().await, &form).await.status, 200);
}

#[tokio::test]
async fn a_revocation_may_be_json() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[]).await;
    let body = json!({ "client_id": CLIENT, "client_secret": SECRET, "token": tokens["refresh_token"] });
    let request = lab.request(Method::POST, &lab.issuer.url(Endpoint::Revoke)).json(&body);
    assert_eq!(Answer::of(request).await.status, 200);
    assert_eq!(lab.refresh(text(&tokens, "refresh_token"), &[]).await.status, 400);
}

#[tokio::test]
async fn only_the_client_itself_can_revoke_its_token() {
    let lab = Lab::start().await;
    lab.issuer.register_client(mock_idp::Client { client_id: "other".into(), ..mock_idp::Client::default() });
    let tokens = lab.tokens(&[]).await;
    let token = ("token", text(&tokens, "refresh_token"));
    let other = revoke(&lab, &[("client_id", "other"), ("client_secret", SECRET), token]).await;
    assert_eq!(other.error(), "invalid_grant");
    let last = lab.issuer.journal().entries().pop().expect("an entry");
    assert_eq!(last.notes, [Note::RefreshTokenOfAnotherClient]);
    assert_eq!(revoke(&lab, &[("client_id", CLIENT), ("client_secret", "guess"), token]).await.status, 401);
    assert_eq!(revoke(&lab, &[("client_id", CLIENT), ("client_secret", SECRET)]).await.error(), "invalid_request");
    assert_eq!(lab.refresh(token.1, &[]).await.status, 200);
}
