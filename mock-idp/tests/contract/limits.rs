//! What a stranger may send: bounded in number, in bytes and in time.

use mock_idp::{Endpoint, MockIdp, Note};
use reqwest::Method;

use crate::lab::{Answer, Lab};

/// Parameters with names that all differ, as in `p0=&p1=&…`.
fn parameters(count: usize) -> String {
    (0..count).map(|n| format!("p{n}=")).collect::<Vec<_>>().join("&")
}

async fn post(lab: &Lab, endpoint: Endpoint, body: String) -> Answer {
    let request = lab.request(Method::POST, &lab.issuer.url(endpoint));
    Answer::of(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await
}

#[tokio::test]
async fn a_request_has_a_thousand_parameters_at_most() {
    let lab = Lab::start().await;
    for endpoint in [Endpoint::Token, Endpoint::Revoke, Endpoint::Authorize, Endpoint::Logout] {
        let answer = post(&lab, endpoint, parameters(20_000)).await;
        assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("invalid_request")), "{endpoint}");
        let entries = lab.issuer.journal().entries();
        let entry = entries.last().expect("it is in the journal");
        assert_eq!(entry.notes, [Note::ParametersTooMany]);
        assert_eq!(entry.request.params.len(), 1_000);
    }
    let answer = lab.get(&format!("{}?{}", lab.issuer.url(Endpoint::Authorize), parameters(1_001))).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn so_many_parameters_are_still_told_what_is_wrong_with_them() {
    let lab = Lab::start().await;
    let answer = post(&lab, Endpoint::Token, format!("{}&p0=", parameters(999))).await;
    assert!(answer.body.contains("more than once: p0"), "{}", answer.body);
}

#[tokio::test]
async fn the_journal_is_bounded_in_bytes() {
    const BOUND: usize = 4 * 1024 * 1024;
    let lab = Lab::at(MockIdp::builder().journal_bytes(BOUND).start().await.expect("a free port"));
    for _ in 0..40 {
        post(&lab, Endpoint::Token, format!("code={}", "c".repeat(1024 * 1000))).await;
    }
    let journal = lab.issuer.journal();
    let held = journal.entries();
    let bytes: usize =
        held.iter().flat_map(|entry| &entry.request.params).map(|(name, value)| name.len() + value.len()).sum();
    assert!((1..=BOUND).contains(&bytes), "{bytes} in {} entries", held.len());
    assert_eq!(held.last().map(|entry| entry.seq), Some(journal.next_seq() - 1), "the newest is there");
}

#[tokio::test]
async fn the_newest_exchange_is_held_however_long_it_is() {
    let lab = Lab::at(MockIdp::builder().journal_bytes(0).start().await.expect("a free port"));
    let code = lab.code(&[]).await;
    assert_eq!(lab.redeem(&code, &[]).await.status, 200, "the journal decides nothing");
    let held = lab.issuer.journal().entries();
    assert_eq!(held.iter().map(|entry| entry.endpoint).collect::<Vec<_>>(), [Endpoint::Token]);
}

#[tokio::test]
async fn another_name_for_the_server_gets_nothing() {
    let lab = Lab::start().await;
    let urls = [lab.authorization_url(&[]), lab.issuer.url(Endpoint::Discovery), lab.issuer.url(Endpoint::Jwks)];
    for url in &urls {
        for host in ["attacker.example", "attacker.example:4455", "127.0.0.1.attacker.example", "@"] {
            let answer = Answer::of(lab.request(Method::GET, url).header("host", host)).await;
            assert!([400, 421].contains(&answer.status), "{url} as {host}: {}", answer.status);
        }
        for host in ["localhost", "127.0.0.1:1", "[::1]"] {
            let answer = Answer::of(lab.request(Method::GET, url).header("host", host)).await;
            assert!(answer.status < 400, "{url} as {host}: {}", answer.status);
        }
    }
    let named = Lab::at(MockIdp::builder().origin("https://idp.example").start().await.expect("a free port"));
    let url = format!("http://{}/.well-known/openid-configuration", named.idp.address());
    assert_eq!(Answer::of(named.request(Method::GET, &url).header("host", "IDP.example:443")).await.status, 200);
    let any = Lab::at(MockIdp::builder().any_host().start().await.expect("a free port"));
    let request = any.request(Method::GET, &any.issuer.url(Endpoint::Jwks)).header("host", "anybody.example");
    assert_eq!(Answer::of(request).await.status, 200);
}
