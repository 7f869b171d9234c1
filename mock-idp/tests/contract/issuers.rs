//! Many issuers in one process, which know nothing of each other.

use mock_idp::{Endpoint, IssuerConfig};

use crate::lab::{Lab, text};

#[tokio::test]
async fn issuers_share_neither_codes_nor_tokens_nor_time_nor_faults_nor_journal() {
    let one = Lab::start().await;
    let other = one.beside(IssuerConfig::default());
    let fault = mock_idp::fault::named("discovery/wrong-issuer").expect("a named fault");
    one.issuer.arm(fault);
    one.issuer.clock().advance(1_000);
    one.issuer.rotate_keys();

    let code = one.code(&[]).await;
    assert_eq!(other.redeem(&code, &[]).await.error(), "invalid_grant");
    let tokens = one.redeem(&code, &[]).await.json();
    assert_eq!(other.call(Endpoint::Api, text(&tokens, "access_token")).await.status, 401);
    assert_eq!(other.refresh(text(&tokens, "refresh_token"), &[]).await.status, 400);

    let metadata = other.get(&other.issuer.url(Endpoint::Discovery)).await.json();
    assert_eq!(metadata["issuer"], other.issuer.identifier());
    assert_eq!(other.issuer.clock().offset(), 0);
    assert_eq!(other.issuer.journal().entries().len(), 4);
    assert!(other.issuer.journal().credential(&code).is_none());
}

#[tokio::test]
async fn a_hundred_issuers_serve_flows_at_the_same_time() {
    let first = Lab::start().await;
    let flows: Vec<_> = (0..100)
        .map(|_| {
            let lab = first.beside(IssuerConfig::default());
            tokio::spawn(async move {
                let tokens = lab.tokens(&[]).await;
                let claims = crate::token_claims::claims(text(&tokens, "id_token"));
                assert_eq!(claims["iss"], lab.issuer.identifier());
                lab.issuer.journal().entries().len()
            })
        })
        .collect();
    for flow in flows {
        assert_eq!(flow.await.expect("a flow"), 2);
    }
    assert!(first.issuer.journal().entries().is_empty());
}

#[tokio::test]
async fn a_removed_issuer_is_gone_and_the_first_one_stays() {
    let first = Lab::start().await;
    let other = first.beside(IssuerConfig::default());
    let url = other.issuer.url(Endpoint::Discovery);
    assert_eq!(first.get(&url).await.status, 200);
    first.idp.remove_issuer(&other.issuer);
    assert_eq!(first.get(&url).await.status, 404);
    first.idp.remove_issuer(&first.issuer);
    assert_eq!(first.get(&first.issuer.url(Endpoint::Discovery)).await.status, 200);
}
