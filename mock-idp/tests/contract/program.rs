//! `mock-idp` as a program.

use std::net::TcpListener;
use std::process::{Output, Stdio};

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mock-idp"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Runs it until it ends, which is at once.
async fn failing(arguments: &[&str]) -> (String, Output) {
    let output = program(arguments).output().await.expect("the program runs");
    assert!(!output.status.success());
    (String::from_utf8_lossy(&output.stderr).into_owned(), output)
}

#[tokio::test]
async fn it_says_what_a_client_needs_to_know() {
    let mut child = program(&["--listen", "127.0.0.1:0"]).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
    let mut announcement = String::new();
    while let Some(line) = lines.next_line().await.expect("text") {
        announcement += &line;
        announcement += "\n";
        if line.contains("API_URL") {
            break;
        }
    }
    let issuer = announcement.lines().next().and_then(|line| line.rsplit(' ').next()).expect("an issuer").to_owned();
    let discovery = format!("{issuer}.well-known/openid-configuration");
    let metadata: serde_json::Value =
        reqwest::get(discovery).await.expect("an answer").json().await.expect("the metadata");
    assert_eq!(metadata["issuer"], issuer);

    let mut settings = insta::Settings::clone_current();
    settings.add_filter(&issuer.replace('.', r"\."), "[issuer]/");
    settings.bind(|| insta::assert_snapshot!(announcement));
    child.kill().await.expect("the program ends");
}

#[tokio::test]
async fn it_speaks_the_dialect_that_it_is_told_to() {
    for (arguments, methods) in [(&[][..], json!(["S256"])), (&["--dialect", "auth0"], json!(["S256", "plain"]))] {
        let mut child =
            program(&[&["--listen", "127.0.0.1:0"], arguments].concat()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
        let first = lines.next_line().await.expect("text").expect("a line");
        let issuer = first.rsplit(' ').next().expect("an issuer");
        let discovery = format!("{issuer}.well-known/openid-configuration");
        let metadata: serde_json::Value =
            reqwest::get(discovery).await.expect("an answer").json().await.expect("the metadata");
        assert_eq!(metadata["code_challenge_methods_supported"], methods);
        child.kill().await.expect("the program ends");
    }
}

#[tokio::test]
async fn it_refuses_an_address_that_others_can_reach() {
    let (message, output) = failing(&["--listen", "0.0.0.0:0"]).await;
    assert!(message.contains("refused to listen on 0.0.0.0:0"), "{message}");
    assert!(message.contains("--expose"), "{message}");
    assert!(output.stdout.is_empty());
}

#[tokio::test]
async fn a_busy_port_is_named_in_the_message() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let (message, _) = failing(&["--listen", &address]).await;
    assert!(message.contains(&format!("failed to listen on {address}")), "{message}");
    assert!(message.to_lowercase().contains("in use"), "{message}");
}

#[tokio::test]
async fn an_unknown_authentication_method_is_answered_with_the_known_ones() {
    let (message, _) = failing(&["--auth-method", "magic"]).await;
    assert!(message.contains("client_secret_basic, client_secret_post or none"), "{message}");
}
