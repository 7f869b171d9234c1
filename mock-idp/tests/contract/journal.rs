//! The journal: what arrived, what went out, and which credential turned up where.

use std::time::Duration;

use mock_idp::{CredentialKind, Endpoint, MockIdp, Place};
use reqwest::Method;

use crate::lab::{AUDIENCE, Answer, CLIENT, Lab, SECRET, text};

#[tokio::test]
async fn every_exchange_is_written_down_with_the_credentials_in_it() {
    let lab = Lab::start().await;
    let journal = lab.issuer.journal();
    journal.open_span("scenario-1");
    let code = lab.code(&[]).await;
    let tokens = lab.redeem(&code, &[]).await.json();
    lab.call(Endpoint::Api, text(&tokens, "access_token")).await;

    let entries = journal.entries();
    assert_eq!(entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(entries.iter().all(|entry| &*entry.span == "scenario-1" && entry.response.is_some()));
    let kinds: Vec<Vec<_>> =
        entries.iter().map(|entry| entry.minted.iter().map(|minted| minted.kind).collect()).collect();
    let tokens_minted = vec![CredentialKind::AccessToken, CredentialKind::RefreshToken, CredentialKind::IdToken];
    assert_eq!(kinds, [vec![CredentialKind::Code], tokens_minted, vec![]]);

    let presented = |index: usize| -> Vec<(CredentialKind, Place)> {
        entries[index].presented.iter().map(|found| (found.credential.kind, found.place.clone())).collect()
    };
    let in_body = |kind, name: &str| (kind, Place::Body(name.into()));
    let redemption = [in_body(CredentialKind::Code, "code"), in_body(CredentialKind::ClientSecret, "client_secret")];
    assert_eq!(presented(1), redemption);
    assert_eq!(presented(2), [(CredentialKind::AccessToken, Place::AuthorizationHeader)]);
}

#[tokio::test]
async fn a_credential_knows_where_it_comes_from() {
    let lab = Lab::start().await;
    lab.issuer.journal().open_span("first");
    lab.code(&[]).await;
    lab.issuer.journal().open_span("second");
    let tokens = lab.tokens(&[]).await;
    let refreshed = lab.refresh(text(&tokens, "refresh_token"), &[]).await.json();
    let credential = lab.issuer.journal().credential(text(&refreshed, "access_token")).expect("a known token");
    assert_eq!(&*credential.span, "second");
    assert_eq!((credential.flow, credential.seq), (2, 4));
    assert_eq!(credential.subject, "auth0|alice");
    assert_eq!(credential.client_id, CLIENT);
    assert_eq!(credential.audience.as_deref(), Some(AUDIENCE));
}

#[tokio::test]
async fn a_credential_is_found_wherever_it_turns_up() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[]).await;
    let token = text(&tokens, "refresh_token");
    let api = lab.issuer.url(Endpoint::Api);
    let leaks = lab.request(Method::GET, &format!("{api}/{token}")).query(&[("t", token)]);
    Answer::of(leaks.header("referer", format!("https://rp.example/?r={token}"))).await;
    let entry = lab.issuer.journal().entries().pop().expect("an entry");
    let places: Vec<_> = entry.presented.iter().map(|found| found.place.clone()).collect();
    assert_eq!(places, [Place::Query("t".into()), Place::Path, Place::Referer("r".into())]);
}

#[tokio::test]
async fn secrets_are_not_printed() {
    let lab = Lab::start().await;
    let code = lab.code(&[]).await;
    let printed = format!("{:?}", lab.issuer.journal().credentials());
    assert!(printed.contains("[redacted]") && !printed.contains(&code) && !printed.contains(SECRET));
}

#[tokio::test]
async fn the_oldest_entries_make_room_and_their_credentials_are_forgotten() {
    let idp = MockIdp::builder().journal_capacity(2).start().await.expect("a free port");
    let lab = Lab::at(idp);
    let forgotten = lab.code(&[]).await;
    let (kept, _) = (lab.code(&[]).await, lab.code(&[]).await);
    let journal = lab.issuer.journal();
    assert_eq!(journal.entries().iter().map(|entry| entry.seq).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(journal.since(3).len(), 1);
    assert!(journal.credential(&forgotten).is_none() && journal.credential(&kept).is_some());
}

#[tokio::test]
async fn one_can_wait_for_an_entry() {
    let lab = Lab::start().await;
    let journal = lab.issuer.journal();
    let redeemed = journal.wait_until(|entries| entries.len() == 2, Duration::from_secs(10));
    let (seen, _) = tokio::join!(redeemed, lab.tokens(&[]));
    assert!(seen);
    assert!(!journal.wait_until(|entries| entries.len() == 3, Duration::from_millis(1)).await);
}
