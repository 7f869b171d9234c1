//! TLS handshakes: who has looked at a certificate, and what came of it.

use std::sync::Arc;
use std::time::Duration;

use mock_idp::{Authority, Endpoint, Handshake, HandshakeEnd, Identity, IssuerConfig, MockIdp};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, SupportedCipherSuite, SupportedProtocolVersion,
};

use crate::lab::Lab;

/// Everybody else's certificates are none of its business.
fn client_that_trusts(authority: &Authority) -> reqwest::Client {
    let certificate = reqwest::Certificate::from_pem(authority.certificate_pem().as_bytes()).expect("a certificate");
    reqwest::Client::builder().no_proxy().tls_certs_only([certificate]).build().expect("an HTTP client")
}

/// The handshakes of an issuer, as soon as there are so many and all of them have ended.
async fn ended(lab: &Lab, count: usize) -> Vec<Arc<Handshake>> {
    let journal = lab.issuer.journal();
    let all = |handshakes: &[Arc<Handshake>]| handshakes.len() == count && handshakes.iter().all(|it| it.end.is_some());
    assert!(journal.wait_until(|_| all(&journal.handshakes()), Duration::from_secs(10)).await);
    journal.handshakes()
}

/// The first message of a client that asks for `localhost` and knows these cipher suites.
fn client_hello(cipher_suites: &[SupportedCipherSuite], version: &'static SupportedProtocolVersion) -> Vec<u8> {
    let provider = CryptoProvider { cipher_suites: cipher_suites.to_vec(), ..aws_lc_rs::default_provider() };
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[version])
        .expect("the cipher suites are of that version")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let name = "localhost".try_into().expect("a host name");
    let mut connection = ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut message = Vec::new();
    connection.write_tls(&mut message).expect("a vector takes everything");
    message
}

#[tokio::test]
async fn what_the_client_makes_of_the_certificate_is_written_down() {
    let (authority, lab) = (Authority::new(), Lab::start().await);
    let client = client_that_trusts(&authority);
    lab.issuer.journal().open_span("certificates");
    let certificates = [
        (authority.issue(), HandshakeEnd::Established),
        (authority.issue_for_another_host(), HandshakeEnd::Alert("bad_certificate".into())),
        (Identity::self_signed(), HandshakeEnd::Alert("unknown_ca".into())),
    ];
    for (index, (identity, end)) in certificates.into_iter().enumerate() {
        let base_url = lab.idp.listen_over_tls(&lab.issuer, identity).await.expect("a free port");
        let answer = client.get(format!("{base_url}.well-known/jwks.json")).send().await;
        assert_eq!(answer.is_ok(), end == HandshakeEnd::Established, "{base_url}: {answer:?}");
        let handshake = ended(&lab, index + 1).await.pop().expect("the last one");
        assert_eq!((&*handshake.at, handshake.end.as_ref()), (base_url.as_str(), Some(&end)));
        assert_eq!((&*handshake.span, handshake.seq), ("certificates", index as u64 + 1));
    }
    assert_eq!(lab.issuer.journal().entries().len(), 1, "one of them led to a request");
}

#[tokio::test]
async fn handshake_is_there_before_the_client_has_decided() {
    let lab = Lab::start().await;
    let base_url = lab.idp.listen_over_tls(&lab.issuer, Identity::self_signed()).await.expect("a free port");
    let address = base_url.trim_start_matches("https://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).await.expect("the port is listened on");
    stream.write_all(&client_hello(aws_lc_rs::ALL_CIPHER_SUITES, &TLS13)).await.expect("it is read");
    stream.readable().await.expect("the server answers with its certificate");
    let begun = lab.issuer.journal().handshakes();
    assert_eq!(
        begun.iter().map(|it| (it.server_name.as_deref(), &it.end)).collect::<Vec<_>>(),
        [(Some("localhost"), &None)]
    );
    drop(stream);
    assert_eq!(ended(&lab, 1).await[0].end, Some(HandshakeEnd::Closed));
}

#[tokio::test]
async fn client_that_has_no_cipher_suite_in_common_has_seen_no_certificate() {
    let lab = Lab::start().await;
    let base_url = lab.idp.listen_over_tls(&lab.issuer, Identity::self_signed()).await.expect("a free port");
    let address = base_url.trim_start_matches("https://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).await.expect("the port is listened on");
    // The server's key is for ECDSA.
    let suites = [aws_lc_rs::cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256];
    stream.write_all(&client_hello(&suites, &TLS12)).await.expect("it is read");
    let end = ended(&lab, 1).await[0].end.clone();
    assert!(matches!(&end, Some(HandshakeEnd::Refused(_))), "{end:?}");
}

#[tokio::test]
async fn connection_without_a_handshake_is_none() {
    let lab = Lab::start().await;
    let base_url = lab.idp.listen_over_tls(&lab.issuer, Identity::self_signed()).await.expect("a free port");
    let plain = lab.request(reqwest::Method::GET, &base_url.replace("https://", "http://")).send().await;
    assert!(plain.is_err(), "{plain:?}");
    lab.get(&lab.issuer.url(Endpoint::Jwks)).await;
    assert_eq!(lab.issuer.journal().handshakes(), []);
}

#[tokio::test]
async fn each_port_belongs_to_one_issuer_and_the_shared_one_to_the_first() {
    let authority = Authority::new();
    let idp = MockIdp::builder().tls(authority.issue()).start().await.expect("a free port");
    let first = Lab::at(idp);
    let other = first.beside(IssuerConfig::default());
    let client = client_that_trusts(&authority);
    let base_url = other.idp.listen_over_tls(&other.issuer, authority.issue()).await.expect("a free port");
    assert_eq!(base_url.splitn(4, '/').nth(3), other.issuer.identifier().splitn(4, '/').nth(3), "the same path");
    for url in [other.issuer.identifier(), &base_url] {
        assert!(client.get(url).send().await.is_ok(), "{url}");
    }
    assert_eq!(*ended(&first, 1).await[0].at, *first.issuer.identifier());
    assert_eq!(*ended(&other, 1).await[0].at, *base_url);
}

#[tokio::test]
async fn oldest_handshakes_make_room() {
    let (authority, idp) = (Authority::new(), MockIdp::builder().journal_capacity(2).start().await);
    let lab = Lab::at(idp.expect("a free port"));
    let base_url = lab.idp.listen_over_tls(&lab.issuer, Identity::self_signed()).await.expect("a free port");
    for _ in 0..3 {
        assert!(client_that_trusts(&authority).get(&base_url).send().await.is_err());
    }
    let held = ended(&lab, 2).await;
    assert_eq!(held.iter().map(|handshake| handshake.seq).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(lab.issuer.journal().handshakes_since(3).len(), 1);
}

#[tokio::test]
async fn control_api_tells_of_handshakes() {
    let (authority, lab) = (Authority::new(), Lab::start().await);
    let base_url = lab.idp.listen_over_tls(&lab.issuer, Identity::self_signed()).await.expect("a free port");
    assert!(client_that_trusts(&authority).get(&base_url).send().await.is_err());
    let time = ended(&lab, 1).await[0].time;
    let asked = |since| format!("{}_mock/handshakes?since={since}", lab.issuer.identifier());
    let handshake = json!({
        "seq": 1, "chapter": "", "time": time, "at": base_url, "server_name": null, "end": { "alert": "unknown_ca" },
    });
    assert_eq!(lab.get(&asked(1)).await.json(), json!({ "handshakes": [handshake], "next_seq": 2 }));
    assert_eq!(lab.get(&asked(2)).await.json(), json!({ "handshakes": [], "next_seq": 2 }));
}
