//! The library in a Rust test: a thread of its own, questions to the journal, and what lasts as long as it is held.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use mock_idp::{Api, Client, Endpoint, IssuerConfig, MockIdp, RequestPattern, Response, User, fault};

use crate::lab::{Lab, REDIRECT_URI, SECRET, text};

/// Asks for the keys with nothing but the standard library, and returns the answer.
fn keys(idp: &MockIdp) -> String {
    let mut stream = TcpStream::connect(idp.address()).expect("a connection");
    let path = url::Url::parse(&idp.issuer().url(Endpoint::Jwks)).expect("a URL").path().to_owned();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

fn message(panic: Result<(), Box<dyn std::any::Any + Send>>) -> String {
    *panic.expect_err("it panics").downcast::<String>().expect("a message")
}

#[test]
fn a_server_of_its_own_thread_serves_until_it_is_dropped() {
    let idp = MockIdp::start_blocking().expect("a free port");
    assert!(keys(&idp).starts_with("HTTP/1.1 200"));
    let issuer = idp.add_issuer(IssuerConfig::default());
    assert!(issuer.identifier().starts_with(idp.issuer().identifier()));
    let address = idp.address();
    drop(idp);
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address");
    assert!(MockIdp::builder().listen(address).start_blocking().is_err(), "the error reaches the caller");
}

#[test]
fn a_thread_waits_for_requests() {
    let idp = MockIdp::start_blocking().expect("a free port");
    let journal = idp.issuer().journal();
    assert!(!journal.block_until(|entries| !entries.is_empty(), Duration::from_millis(1)));
    thread::scope(|scope| {
        scope.spawn(|| keys(&idp));
        assert!(
            journal.block_until(|entries| entries.iter().any(|it| it.status() == Some(200)), Duration::from_secs(30))
        );
    });
}

#[test]
fn a_missed_expectation_panics_at_the_end_with_what_was_seen() {
    let idp = MockIdp::start_blocking().expect("a free port");
    let issuer = idp.issuer();
    keys(&idp);
    let tokens = RequestPattern::to(Endpoint::Token).param("grant_type", "refresh_token");
    let nothing = message(catch_unwind(AssertUnwindSafe(|| drop(issuer.expect(tokens.clone())))));
    assert_eq!(
        nothing,
        "expected at least 1 token requests with grant_type=refresh_token, found 0; no request has arrived"
    );
    let other = message(catch_unwind(AssertUnwindSafe(|| {
        let _two = issuer.expect(tokens).times(2);
        keys(&idp);
    })));
    assert!(other.contains("expected 2 token requests"), "{other}");
    assert!(other.ends_with("these have arrived:\n  #2 GET /.well-known/jwks.json → 200"), "{other}");
}

#[test]
fn an_expectation_counts_what_comes_while_it_lives() {
    let idp = MockIdp::start_blocking().expect("a free port");
    keys(&idp);
    let pattern = || RequestPattern::to(Endpoint::Jwks).status(200);
    let two = idp.issuer().expect(pattern()).times(2);
    keys(&idp);
    assert!(two.check().is_err());
    keys(&idp);
    drop(two);
    drop(idp.issuer().expect(pattern()).never());
    assert!(idp.issuer().expect(RequestPattern::any()).at_least(0).check().is_ok());
}

#[test]
fn a_test_that_fails_already_hears_nothing_of_expectations() {
    let idp = MockIdp::start_blocking().expect("a free port");
    let told = catch_unwind(AssertUnwindSafe(|| {
        let _expected = idp.issuer().expect(RequestPattern::any());
        panic!("{}", "the login failed".to_owned());
    }));
    assert_eq!(message(told), "the login failed");
}

#[test]
fn a_fault_and_a_closure_last_as_long_as_they_are_held() {
    let idp = MockIdp::start_blocking().expect("a free port");
    {
        let empty = idp.issuer().arm_while(fault::named("jwks/empty").expect("a named fault"));
        assert!(keys(&idp).ends_with(r#"{"keys":[]}"#));
        assert_eq!(empty.fired(), 1);
        let _teapot = idp.issuer().answer_while(Endpoint::Jwks, |request, honest| {
            assert_eq!(request.header("host"), Some("localhost"));
            Response { status: 418, ..honest }
        });
        let answer = keys(&idp);
        assert!(answer.starts_with("HTTP/1.1 418") && answer.ends_with(r#"{"keys":[]}"#), "{answer}");
    }
    let honest = keys(&idp);
    assert!(honest.starts_with("HTTP/1.1 200") && !honest.ends_with(r#"{"keys":[]}"#), "{honest}");
    let seen: Vec<_> = idp.issuer().journal().entries().iter().map(|entry| entry.status()).collect();
    assert_eq!(seen, [Some(200), Some(418), Some(200)], "the journal has what was sent");
}

#[tokio::test]
async fn clients_users_and_apis_are_put_together_in_code() {
    let lab = Lab::with(IssuerConfig {
        clients: vec![
            Client::confidential(crate::lab::CLIENT, SECRET)
                .redirect_uri(REDIRECT_URI)
                .auth_method(mock_idp::ClientAuthMethod::ClientSecretPost),
        ],
        users: vec![
            User::named("auth0|alice", "Alice Adams").claim("email", "alice@shop.example").id_token_claim("plan", 7),
        ],
        apis: vec![Api::named(crate::lab::AUDIENCE).scope("read:contacts")],
        ..IssuerConfig::default()
    })
    .await;
    let tokens = lab.tokens(&[]).await;
    let claims = crate::token_claims::claims(text(&tokens, "id_token"));
    assert_eq!((&claims["email"], &claims["plan"]), (&"alice@shop.example".into(), &7.into()));
    assert_eq!(lab.call(Endpoint::Api, text(&tokens, "access_token")).await.status, 200);

    let journal = lab.issuer.journal();
    let numbers = |entries: Vec<std::sync::Arc<mock_idp::Entry>>| entries.iter().map(|it| it.seq).collect::<Vec<_>>();
    assert_eq!(numbers(journal.authorization_requests()), [1]);
    assert_eq!(numbers(journal.token_requests()), [2]);
    assert_eq!(numbers(journal.api_requests()), [3]);
    assert_eq!(numbers(journal.userinfo_requests()), [] as [u64; 0]);
    assert_eq!(numbers(journal.requests(&RequestPattern::any().since(3))), [3]);
}
