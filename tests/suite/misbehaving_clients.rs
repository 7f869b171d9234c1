//! Clients that hang, die, flood or will not go away: the right verdict, the right exit code, and nothing left running.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use quintain::results::{Results, ScenarioResult, Stopped};
use quintain::verdict::Verdict;

use crate::fixtures::Misbehaviour::*;
use crate::shop::Shop;

/// A denied authorization is the fault; an honest login never sees it.
const DENIED: &str = "callback/error-access-denied";

fn of<'a>(results: &'a Results, id: &str) -> &'a ScenarioResult {
    results.scenarios.iter().find(|scenario| scenario.id.as_str() == id).expect("it was selected")
}

fn assert_judged(results: &Results, verdict: Verdict, message: &str) {
    let denied = of(results, DENIED);
    assert_eq!((denied.verdict, denied.message.as_str()), (verdict, message));
}

fn verdicts(results: &Results) -> BTreeMap<&str, usize> {
    results.summary.verdicts.iter().map(|(verdict, count)| (verdict.as_str(), *count)).collect()
}

#[tokio::test]
async fn client_that_cannot_be_started_has_exit_code_5_and_nothing_is_judged() {
    let impatient = |shop: Shop| shop.with("ready_within_seconds = 30", "ready_within_seconds = 3");
    let clients = [
        ("exits_at_once", Shop::that(ExitsAtOnce)),
        ("never_listens", impatient(Shop::that(NeverListens))),
        ("answers_500", impatient(Shop::that(Answers500))),
    ];
    for (name, shop) in clients {
        let ended = shop.quintain("verify --json result.json --seed 1").await;
        assert_eq!(shop.files(), ["result.json"]);
        let results = shop.incomplete_results();
        assert_eq!((results.complete, results.stopped), (false, Some(Stopped::SetUpBroken)), "nothing was judged");
        assert!(results.scenarios.iter().all(|scenario| !scenario.was_run()));
        assert_snapshot!(name, ended);
    }
}

#[tokio::test]
async fn busy_port_is_not_taken_for_the_client() {
    let busy = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = busy.local_addr().expect("it has an address").to_string();
    let shop = Shop::that(Nothing).with("127.0.0.1:{port}", &address);
    let ended = shop.quintain("verify --json result.json --seed 1").await;
    assert_eq!((ended.processes, shop.incomplete_results().complete), (0, false), "nothing ran");
    assert_snapshot!(ended);
}

#[tokio::test]
async fn client_with_a_fixed_port_is_verified_where_one_client_is_enough() {
    let shop = Shop::that(Nothing).with("127.0.0.1:{port}", &format!("127.0.0.1:{}", some_port()));
    let ended = shop.quintain("verify callback/code-missing --json result.json").await;
    assert_eq!(ended.code, Some(0), "{ended}");
}

#[tokio::test]
async fn client_with_a_fixed_port_proves_nothing_where_another_client_is_needed() {
    let shop = Shop::that(Nothing).with("127.0.0.1:{port}", &format!("127.0.0.1:{}", some_port()));
    let ended = shop.quintain("verify discovery/issuer-mismatch --json result.json").await;
    let results = shop.results();
    let scenario = &results.scenarios[0];
    assert_eq!(ended.code, Some(1), "{ended}");
    assert_eq!(scenario.verdict, Verdict::NotExercised, "{ended}");
    assert!(scenario.message.contains("some scenarios need a client of their own"), "{}", scenario.message);
}

/// A free port that neither the system nor the harness gives to anybody by itself.
fn some_port() -> u16 {
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| rand::random_range(10_100..20_000)).find(is_free).expect("a port is free")
}

#[tokio::test]
async fn client_that_hangs_at_the_callback_is_inconclusive() {
    let shop = Shop::that(Hangs).at("/callback?error").with("session =", "answers_within_seconds = 1\nsession =");
    let ended = shop.quintain(&format!("verify {DENIED} --json result.json")).await;
    assert_eq!(ended.code, Some(6), "{ended}");
    assert_judged(&shop.results(), Verdict::Inconclusive, "GET /callback was not answered within 1s");
}

#[tokio::test]
async fn client_that_sends_what_it_must_not_is_judged_though_it_hangs_then() {
    for (id, defect, verdict) in [
        ("token-request/no-code-replay-after-lost-answer", "retries-lost-exchange", Verdict::Fail),
        ("token-request/no-code-replay-after-lost-answer", "ignores-nonce", Verdict::Inconclusive),
        ("id-token/before-userinfo", "validates-id-token-after-userinfo", Verdict::Warn),
    ] {
        let shop = Shop::that(HangsOnErrors).at("/callback").env("DEFECT", defect);
        let shop = shop.with("session =", "answers_within_seconds = 1\nsession =");
        let ended = shop.quintain(&format!("verify {id} --json result.json")).await;
        let results = shop.results();
        let judged = of(&results, id);
        assert_eq!(judged.verdict, verdict, "{ended}");
        assert!(judged.message.contains("GET /callback was not answered within 1s"), "{}", judged.message);
    }
}

#[tokio::test]
async fn client_that_hung_once_is_replaced_for_the_other_scenarios() {
    let shop = Shop::that(Hangs).at("/callback?error").with("session =", "answers_within_seconds = 1\nsession =");
    let ended = shop.quintain("verify callback/* --jobs 1 --json result.json").await;
    let results = shop.results();
    let hung = verdicts(&results)["inconclusive"];
    let said_so = results.count(Verdict::Unsupported);
    assert_eq!(results.count(Verdict::Pass) + hung + said_so, results.summary.total, "{ended}");
    assert_eq!(ended.code, Some(6), "{ended}");
}

#[tokio::test]
async fn client_that_dies_is_crashed_and_the_run_ends_complete() {
    let shop = Shop::that(Dies).at("/callback?error");
    let ended = shop.quintain("verify callback/* --jobs 1 --json result.json").await;
    assert_eq!(ended.code, Some(1), "{ended}");
    let results = shop.results();
    let denied = of(&results, DENIED);
    assert_eq!(denied.verdict, Verdict::Crashed, "{ended}");
    assert!(denied.message.contains("the client's process ended with signal: 6"), "{}", denied.message);
    assert!(denied.evidence.output.contains("panicked: a bug"), "{}", denied.evidence.output);
    for scenario in results.scenarios.iter().filter(|scenario| !scenario.verdict.is_quiet()) {
        let its_own = scenario.message.contains("the client's process ended with signal: 6");
        assert!(
            its_own,
            "the death of one client says nothing about other scenarios: {}: {}",
            scenario.id, scenario.message
        );
    }
    assert!(results.count(Verdict::Pass) > 20, "{ended}");
}

#[tokio::test]
async fn client_that_cannot_be_started_again_is_tried_twice_and_told_of_in_the_report() {
    let shop = Shop::that(StartsOnce);
    let ended = shop.quintain("verify callback/code-missing --json result.json --seed 1").await;
    assert_eq!(shop.files(), ["result.json", "started"]);
    assert_eq!(
        ended.processes, 5,
        "for the set-up checks, for the provider's variations, and twice for the scenario: {ended}"
    );
    let scenario = &shop.results().scenarios[0];
    assert_eq!((scenario.verdict, scenario.reason.as_str()), (Verdict::NotExercised, "not-started"));
    assert!(scenario.message.contains("tried twice: the command ended with exit status: 4"), "{ended}");
    assert_eq!(ended.code, Some(5), "{ended}");
}

#[tokio::test]
async fn run_stops_trying_to_start_a_client_that_does_not_start() {
    let shop = Shop::that(StartsOnce);
    let ended = shop.quintain("verify callback/* --jobs 1 --json result.json --junit result.xml").await;
    assert_eq!(ended.code, Some(5), "{ended}");
    let results = shop.incomplete_results();
    assert_eq!((results.complete, results.stopped), (false, Some(Stopped::ClientDoesNotStart)));
    let tried = results.scenarios.iter().filter(|scenario| scenario.reason == "not-started").count();
    // A scenario that alters what a client reads at its start takes a failed start for a refusal, and may come between.
    assert!((4..10).contains(&tried), "{ended}");
    assert!(results.scenarios.iter().all(|scenario| scenario.verdict != Verdict::Pass), "{ended}");
    assert!(ended.stdout.contains("the run stopped trying"), "{ended}");
}

#[tokio::test]
async fn run_stops_asking_a_client_that_hangs() {
    let shop = Shop::that(HangsLater).at("/callback").with("logout =", "answers_within_seconds = 1\nlogout =");
    let ended = shop.quintain("verify callback/* --jobs 1 --json result.json").await;
    assert_eq!(ended.code, Some(6), "time-outs only: {ended}");
    let results = shop.incomplete_results();
    assert_eq!((results.complete, results.stopped), (false, Some(Stopped::ClientHangs)));
    let of = |reason: &str| results.scenarios.iter().filter(|scenario| scenario.reason == reason).collect::<Vec<_>>();
    let asked = of("timed-out");
    assert!((4..10).contains(&asked.len()), "{ended}");
    let after_a_control = asked.iter().filter(|scenario| scenario.message.contains("without the fault"));
    assert!(after_a_control.clone().count() > 0, "{ended}");
    assert!(after_a_control.clone().all(|scenario| scenario.evidence.actions.is_empty()), "then it is over: {ended}");
    assert!(of("not-run").len() > 20 && of("not-run").iter().all(|it| it.verdict == Verdict::Inconclusive), "{ended}");
    assert!(ended.stdout.contains("the run stopped asking"), "{ended}");
}

#[tokio::test]
async fn time_of_a_run_is_bounded_and_its_report_is_written() {
    let shop = Shop::that(NeverListens);
    let ended = shop.quintain("verify --timeout 1s --json result.json --junit result.xml").await;
    assert_eq!(
        (ended.code, shop.files()),
        (Some(6), vec!["result.json".to_owned(), "result.xml".to_owned()]),
        "{ended}"
    );
    let results = shop.incomplete_results();
    assert_eq!((results.complete, results.stopped), (false, Some(Stopped::TimeIsUp)));
    assert_eq!(results.summary.total, results.scenarios.len());
    for wrong in ["0", "soon", "1d", "-1"] {
        let ended = shop.quintain(&format!("verify --timeout={wrong}")).await;
        assert_eq!(ended.code, Some(2), "{wrong}: {ended}");
    }
}

#[tokio::test]
async fn refusal_by_status_500_is_a_warning_and_a_failure_in_the_strict_profile() {
    for (profile, code, verdict) in [("baseline", 0, Verdict::Warn), ("strict", 1, Verdict::Fail)] {
        let shop = Shop::that(Answers500).at("/callback?error");
        let ended = shop.quintain(&format!("verify {DENIED} --profile {profile} --json result.json")).await;
        assert_eq!(ended.code, Some(code), "{ended}");
        let results = shop.results();
        assert_judged(&results, verdict, "/callback answered with status 500: Internal Server Error");
        assert_eq!(of(&results, DENIED).reason, "refused-with-500");
    }
}

/// It took the response for a login, and failed at the page where logins end.
#[tokio::test]
async fn status_500_at_the_page_where_logins_end_is_no_refusal() {
    let shop = Shop::that(FallsOverAtHome);
    let ended = shop.quintain(&format!("verify {DENIED} --json result.json")).await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_judged(&shop.results(), Verdict::Warn, "/ answered with status 500");
    assert_eq!(of(&shop.results(), DENIED).reason, "refused-with-500");
}

#[tokio::test]
async fn status_500_hides_nothing_that_was_let_in() {
    let shop = Shop::that(FallsOverAfterwards).at("/callback?error").env("DEFECT", "logs-in-despite-error");
    let ended = shop.quintain("verify callback/error-access-denied --json result.json").await;
    assert_eq!(ended.code, Some(1), "{ended}");
    assert_ne!(of(&shop.results(), "callback/error-access-denied").reason, "refused-with-500", "{ended}");
}

/// The scenario asks for no more than what is shown. A login that has failed lets nobody in all the same.
#[tokio::test]
async fn status_500_of_a_login_that_has_let_somebody_in_is_told_as_that() {
    let feature = r#"Feature: own
      @SHOULD @refuse @RFC6749-4.1.2.1
      Scenario: own/shown - a login that fails shows nothing
        Fix: show nothing.
        Given the authorization response is the error "access_denied"
        When the user logs in
        Then the client never shows "marker"
    "#;
    let shop = Shop::that(FallsOverAfterwards).at("/callback?error").env("DEFECT", "logs-in-despite-error");
    let shop = shop.file("own.feature", feature);
    let ended = shop.quintain("verify --features own.feature --json result.json").await;
    let judged = of(&shop.results(), "own/shown").clone();
    assert_eq!((judged.verdict, judged.reason.as_str()), (Verdict::Warn, "logged-in-despite-500"), "{ended}");
    assert!(judged.message.contains("shows none of the people of this scenario all the same"), "{}", judged.message);
}

#[tokio::test]
async fn client_that_streams_without_end_is_cut_off_and_crashed() {
    let shop = Shop::that(Streams).at("/callback?error");
    let ended = shop.quintain(&format!("verify {DENIED} --json result.json")).await;
    assert_eq!(ended.code, Some(1), "{ended}");
    assert_judged(&shop.results(), Verdict::Crashed, "/callback sent more than 8 MiB and did not stop");
}

#[tokio::test]
async fn redirect_loop_at_the_callback_is_a_refusal_that_ends() {
    let shop = Shop::that(Loops).at("/callback?error");
    let ended = shop.quintain(&format!("verify {DENIED} --json result.json")).await;
    assert_eq!(ended.code, Some(0), "{ended}");
}

#[tokio::test]
async fn client_that_ignores_sigterm_is_ended_all_the_same() {
    let shop = Shop::that(IgnoresSigterm);
    let ended = shop.quintain("verify callback/code-missing --json result.json").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(ended.processes, 3, "for the set-up, the provider's variations and the scenario; all have ended");
}

#[tokio::test]
async fn process_that_a_client_leaves_behind_is_ended_too() {
    let shop = Shop::that(LeavesGrandchild);
    let ended = shop.quintain("verify callback/code-missing --json result.json").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(ended.processes, 6, "three clients with a process of theirs each; all have ended");
}

#[tokio::test]
async fn client_that_floods_its_output_is_judged_as_any_other() {
    let shop = Shop::that(FloodsOutput);
    let ended = shop.quintain("verify callback/code-missing --json result.json").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let results = shop.results();
    let output = &results.scenarios[0].evidence.output;
    assert!(output.contains("flood flood"));
    assert!(output.len() <= 16 << 10, "{} bytes were kept", output.len());
}

#[tokio::test]
async fn printed_secrets_and_terminal_control_do_not_reach_the_reports() {
    let shop = Shop::that(PrintsSecretsInColour);
    let ended = shop.quintain("verify callback/code-missing --json result.json").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let results = shop.results();
    let printed = results.scenarios[0].evidence.output.lines().find(|line| line.contains("my secret"));
    assert_eq!(printed, Some("my secret is [redacted]"));
}

/// The client says no more than that a login failed; why it did, the provider knows.
#[tokio::test]
async fn what_the_provider_has_refused_is_quoted_where_a_login_fails() {
    let feature = "Feature: ours\n\n  @MUST @tolerate\n  Scenario: ours/login - somebody logs in\n    \
                   Given the client is registered with the client_secret \"50%off+more\"\n    When the user logs in\n    \
                   Then the user is logged in as alice\n";
    let shop = Shop::that(Nothing).file("ours.feature", feature);
    let client = "--defect joins-basic-credentials-unencoded";
    let ended = shop.quintain(&format!("verify {client} --features ours.feature --json result.json")).await;
    let message = &shop.results().scenarios[0].message;
    assert!(message.contains("the provider's last refusal: 401 at the token endpoint, {"), "{ended}");
    assert!(message.contains("invalid_client"), "{ended}");
}
