//! A run that is interrupted: no client is left, and what was found by then is reported.

use std::time::{Duration, Instant};

use quintain::results::Stopped;

use crate::fixtures::Misbehaviour::{Hangs, IgnoresSigterm, NeverListens, Nothing, SaysGoodbye};
use crate::shop::{Ended, Shop, send};

const INTERRUPTED: Option<i32> = Some(130);

fn assert_clean(shop: &Shop, ended: &Ended) {
    assert_eq!(ended.code, INTERRUPTED, "{ended}");
    assert!(ended.processes > 0, "a client had been started");
    assert_eq!(shop.files(), ["result.json"], "the report, and nothing else");
    let results = shop.incomplete_results();
    assert!(!results.complete);
    assert_eq!(results.stopped, Some(Stopped::Interrupted));
    assert_eq!(results.summary.total, results.scenarios.len(), "the scenarios that did not run are named, too");
    assert!(results.scenarios.iter().any(|scenario| !scenario.was_run()));
}

#[tokio::test]
async fn signal_while_the_client_starts_ends_both() {
    for signal in ["INT", "TERM", "HUP", "QUIT"] {
        let shop = Shop::that(NeverListens);
        let quintain = shop.start("verify --json result.json");
        shop.until_told("started").await;
        send(signal, &quintain);
        let ended = shop.end_of(quintain).await;
        assert_clean(&shop, &ended);
        assert!(ended.stdout.contains("the run is not whole: 0 of "), "{ended}");
    }
}

#[tokio::test]
async fn signal_in_the_middle_of_a_scenario_ends_everything() {
    for signal in ["INT", "TERM"] {
        let shop = Shop::that(Hangs).at("/callback?error");
        let quintain = shop.start("verify callback/error-access-denied --json result.json");
        shop.until_told("hangs").await;
        send(signal, &quintain);
        let ended = shop.end_of(quintain).await;
        assert_clean(&shop, &ended);
    }
}

#[tokio::test]
async fn signal_with_several_clients_side_by_side_ends_all() {
    let shop = Shop::that(Hangs).at("/callback?error");
    let quintain = shop.start("verify --jobs 3 --json result.json");
    shop.until_told("hangs").await;
    send("TERM", &quintain);
    let ended = shop.end_of(quintain).await;
    assert_clean(&shop, &ended);
}

#[tokio::test]
async fn signal_ends_a_client_that_ignores_signals() {
    let shop = Shop::that(IgnoresSigterm);
    let quintain = shop.start("verify --json result.json");
    shop.until_told("deaf").await;
    send("TERM", &quintain);
    let ended = shop.end_of(quintain).await;
    assert_clean(&shop, &ended);
}

#[tokio::test]
async fn client_of_an_interrupted_run_is_asked_to_end_before_it_is_made_to() {
    let shop = Shop::that(SaysGoodbye);
    let quintain = shop.start("verify --json result.json");
    shop.until_told("polite").await;
    send("INT", &quintain);
    let ended = shop.end_of(quintain).await;
    assert_clean(&shop, &ended);
    shop.until_told("goodbye").await;
}

#[tokio::test]
async fn search_that_is_interrupted_writes_what_it_has_found() {
    for signal in ["INT", "TERM"] {
        let shop = Shop::that(Nothing).env("DEFECT", "redeems-code-twice");
        let mut quintain = shop.start("explore --seconds 600 --jobs 2 --seed 1 --output out --corpus known");
        shop.until_line(&mut quintain, "Then the invariant \"single-use\" holds").await;
        send(signal, &quintain);
        let ended = shop.end_of(quintain).await;
        assert_eq!(ended.code, INTERRUPTED, "{ended}");
        assert!(ended.processes > 0, "a client had been started");
        for file in ["out/found.feature", "out/found.html", "out/found.json", "known/corpus.feature"] {
            assert!(shop.path(file).is_file(), "{file}: {ended}");
        }
        let red = shop.quintain("verify --features out/found.feature").await;
        assert!(red.stdout.contains("presents a code twice"), "{}", red.stdout);
    }
}

#[tokio::test]
async fn signal_while_a_client_does_not_answer_ends_the_search_at_once() {
    let shop = Shop::that(Hangs).at("/callback?error");
    let quintain = shop.start("explore --seconds 600 --jobs 1 --seed 1");
    shop.until_told("hangs").await;
    send("INT", &quintain);
    let sent = Instant::now();
    let ended = shop.end_of(quintain).await;
    assert_eq!(ended.code, INTERRUPTED, "{ended}");
    assert!(ended.processes > 0, "a client had been started");
    assert!(sent.elapsed() < Duration::from_secs(8), "no time limit is waited for");
}

#[tokio::test]
async fn signal_ends_the_doctor() {
    let shop = Shop::that(NeverListens);
    let quintain = shop.start("doctor");
    shop.until_told("started").await;
    send("INT", &quintain);
    let ended = shop.end_of(quintain).await;
    assert_eq!(ended.code, INTERRUPTED, "{ended}");
    assert!(ended.processes > 0, "a client had been started");
    assert_eq!(shop.files(), Vec::<String>::new());
    assert!(ended.stderr.ends_with("quintain: interrupted\n"), "{ended}");
}

#[tokio::test]
async fn signal_is_how_a_server_ends() {
    let shop = Shop::that(Nothing);
    let mut quintain = shop.start("serve --listen 127.0.0.1:0");
    shop.until_printed(&mut quintain, "Mock identity provider at").await;
    send("TERM", &quintain);
    let ended = shop.end_of(quintain).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}
