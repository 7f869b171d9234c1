//! What a program that serves for days keeps in memory: no more than at the start, once its limits are reached.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::redirect::Policy;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::lab::{CHALLENGE, CLIENT, REDIRECT_URI, SECRET, VERIFIER, text};
use crate::program::program;

/// More than an issuer remembers of anything: 20,000 codes, and as many tokens.
const FLOWS: usize = 25_000;
/// Flows at the same time.
const AT_ONCE: usize = 16;

/// `mock-idp`, or `quintain serve` of the program that the variable QUINTAIN names.
fn server() -> Command {
    let arguments = ["--listen", "127.0.0.1:0", "--headless", "auth0|alice", "--redirect-uri", REDIRECT_URI];
    let Some(quintain) = std::env::var_os("QUINTAIN") else { return program(&arguments) };
    let mut command = Command::new(quintain);
    command.arg("serve").args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    command
}

/// The resident memory of a program in KiB: all of it, and what of it is in no file.
fn resident(program: &Child) -> [usize; 2] {
    let id = program.id().expect("it runs");
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("Linux tells");
    ["VmRSS:", "RssAnon:"].map(|name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a figure");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    })
}

/// Logins with a refresh. No signature needs RSA, so that there can be many.
async fn flows(http: &reqwest::Client, issuer: &str) {
    let left = Arc::new(AtomicUsize::new(FLOWS));
    let loops = (0..AT_ONCE).map(|_| {
        let (http, issuer, left) = (http.clone(), issuer.to_owned(), left.clone());
        tokio::spawn(async move {
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                flow(&http, &issuer).await;
            }
        })
    });
    for one in loops.collect::<Vec<_>>() {
        one.await.expect("the flows succeed");
    }
}

async fn flow(http: &reqwest::Client, issuer: &str) {
    let query = [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "offline_access read:contacts"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let answer = http.get(format!("{issuer}authorize")).query(&query).send().await.expect("an answer");
    let location = answer.headers()["location"].to_str().expect("text").to_owned();
    let location = url::Url::parse(&location).expect("a URL");
    let code = location.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
    let client = [("client_id", CLIENT), ("client_secret", SECRET)];
    let tokens = async |grant: &[(&str, &str)]| -> serde_json::Value {
        let request = http.post(format!("{issuer}oauth/token")).form(&[&client, grant].concat());
        request.send().await.expect("an answer").json().await.expect("tokens")
    };
    let code_grant = [("code", code.as_str()), ("redirect_uri", REDIRECT_URI), ("code_verifier", VERIFIER)];
    let first = tokens(&[&[("grant_type", "authorization_code")][..], &code_grant].concat()).await;
    let refresh_token = text(&first, "refresh_token");
    let refreshed = tokens(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await;
    assert!(refreshed["access_token"].is_string(), "{refreshed}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: cargo test --test contract -- --ignored memory --nocapture"]
async fn memory_stays_the_same_over_many_logins() {
    let mut server = server().spawn().expect("the program starts");
    let mut lines = BufReader::new(server.stdout.take().expect("standard output")).lines();
    let first = lines.next_line().await.expect("text").expect("a line");
    let issuer = first.rsplit(' ').next().expect("an issuer").to_owned();
    // What else it prints is nobody's business, and the pipe must not be full.
    tokio::spawn(async move { while lines.next_line().await.is_ok_and(|line| line.is_some()) {} });
    let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().expect("a client");

    let mut measured = vec![resident(&server)];
    for _ in 0..4 {
        flows(&http, &issuer).await;
        measured.push(resident(&server));
    }
    println!("KiB, all and anonymous, at rest and after each {FLOWS} logins: {measured:?}");
    let ([full, _], [last, _]) = (measured[1], measured[4]);
    assert!(last < full + full / 5, "it grows: {measured:?}");
    assert!(last < 128 * 1024, "it is large: {measured:?}");
    server.kill().await.expect("the program ends");
}
