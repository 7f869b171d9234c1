//! Step 4: refresh (RFC 6749 §6; RFC 9700 §4.14; OpenID Connect Core §12).

use mock_idp::{Api, Endpoint, IssuerConfig, Note, Policy, Presence, RefreshRotation};

use crate::lab::{Lab, text};
use crate::token_claims::claims;

const DAY: i64 = 86_400;

#[tokio::test]
async fn a_refresh_gives_new_tokens_for_the_same_authorization() {
    let lab = Lab::start().await;
    let old = lab.tokens(&[]).await;
    lab.issuer.clock().advance(100);
    let answer = lab.refresh(text(&old, "refresh_token"), &[]).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let new = answer.json();
    assert_ne!(new["access_token"], old["access_token"]);
    assert_ne!(new["refresh_token"], old["refresh_token"]);
    assert_eq!(new["scope"], old["scope"]);
    assert_eq!(lab.call(Endpoint::Api, text(&new, "access_token")).await.status, 200);

    let (old, new) = (claims(text(&old, "id_token")), claims(text(&new, "id_token")));
    for kept in ["iss", "sub", "aud", "auth_time", "sid"] {
        assert_eq!(old[kept], new[kept], "{kept}");
    }
    assert_ne!(old["iat"], new["iat"]);
    assert_eq!(new.get("nonce"), None);
}

#[tokio::test]
async fn a_refresh_token_needs_offline_access_and_an_api_that_allows_it() {
    let lab = Lab::start().await;
    assert_eq!(lab.tokens(&[("scope", "openid")]).await.get("refresh_token"), None);
    lab.issuer.register_api(Api { allow_offline_access: false, ..Api::default() });
    let tokens = lab.tokens(&[("scope", "openid offline_access")]).await;
    assert_eq!(tokens.get("refresh_token"), None);
    assert_eq!(tokens["scope"], "openid");
}

#[tokio::test]
async fn the_successor_of_a_refresh_token_works_next_time() {
    let lab = Lab::start().await;
    let mut tokens = lab.tokens(&[]).await;
    for _ in 0..3 {
        let answer = lab.refresh(text(&tokens, "refresh_token"), &[]).await;
        assert_eq!(answer.status, 200);
        tokens = answer.json();
    }
}

#[tokio::test]
async fn a_used_refresh_token_takes_its_family_down_with_it() {
    let lab = Lab::start().await;
    let first = lab.tokens(&[]).await;
    let second = lab.refresh(text(&first, "refresh_token"), &[]).await.json();
    let unrelated = lab.tokens(&[]).await;
    let replayed = lab.refresh(text(&first, "refresh_token"), &[]).await;
    assert_eq!((replayed.status, replayed.error().as_str()), (400, "invalid_grant"));
    assert_eq!(lab.refresh(text(&second, "refresh_token"), &[]).await.status, 400);
    assert_eq!(lab.refresh(text(&unrelated, "refresh_token"), &[]).await.status, 200);
    let notes: Vec<_> = lab.issuer.journal().entries().iter().flat_map(|entry| entry.notes.clone()).collect();
    assert_eq!(notes, [Note::RefreshTokenReused, Note::RefreshTokenRevoked]);
}

#[tokio::test]
async fn a_failed_refresh_does_not_use_the_token_up() {
    let lab = Lab::start().await;
    lab.issuer.register_client(mock_idp::Client { client_id: "other".into(), ..mock_idp::Client::default() });
    let tokens = lab.tokens(&[]).await;
    let token = text(&tokens, "refresh_token");
    assert_eq!(lab.refresh(token, &[("client_id", "other")]).await.error(), "invalid_grant");
    assert_eq!(lab.refresh(token, &[("client_secret", "")]).await.error(), "invalid_client");
    assert_eq!(lab.refresh(token, &[("scope", "openid write:contacts")]).await.error(), "invalid_scope");
    assert_eq!(lab.refresh(token, &[]).await.status, 200);
}

#[tokio::test]
async fn a_refresh_can_ask_for_less_and_the_next_one_for_all_again() {
    let lab = Lab::start().await;
    let all = lab.tokens(&[]).await;
    let less = lab.refresh(text(&all, "refresh_token"), &[("scope", "read:contacts")]).await.json();
    assert_eq!(less["scope"], "read:contacts");
    assert_eq!(less.get("id_token"), None);
    let again = lab.refresh(text(&less, "refresh_token"), &[]).await.json();
    assert_eq!(again["scope"], all["scope"]);
}

#[tokio::test]
async fn a_static_refresh_token_stays_the_same() {
    let policy = Policy {
        refresh_rotation: RefreshRotation::Static,
        id_token_on_refresh: Presence::Absent,
        ..Policy::default()
    };
    let lab = Lab::with(IssuerConfig { policy, ..IssuerConfig::default() }).await;
    let tokens = lab.tokens(&[]).await;
    for _ in 0..2 {
        let new = lab.refresh(text(&tokens, "refresh_token"), &[]).await.json();
        assert_eq!((new.get("refresh_token"), new.get("id_token")), (None, None));
    }
}

#[tokio::test]
async fn rotation_does_not_lengthen_the_life_of_a_refresh_token() {
    let lab = Lab::start().await;
    let first = lab.tokens(&[]).await;
    lab.issuer.clock().advance(29 * DAY);
    let second = lab.refresh(text(&first, "refresh_token"), &[]).await.json();
    lab.issuer.clock().advance(DAY);
    assert_eq!(lab.refresh(text(&second, "refresh_token"), &[]).await.error(), "invalid_grant");
    let last = lab.issuer.journal().entries().pop().expect("an entry");
    assert_eq!(last.notes, [Note::RefreshTokenExpired]);
}

#[tokio::test]
async fn the_refresh_tokens_of_a_user_can_be_revoked() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[]).await;
    lab.issuer.revoke_refresh_tokens_of("auth0|alice");
    assert_eq!(lab.refresh(text(&tokens, "refresh_token"), &[]).await.error(), "invalid_grant");
    assert_eq!(lab.call(Endpoint::Api, text(&tokens, "access_token")).await.status, 200);
}
