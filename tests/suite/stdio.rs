//! Clients behind the stdio protocol: the same verdicts as in process, and every breach of the protocol named.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use quintain::driver::{Check, Owner};
use quintain::results::{Results, ScenarioResult, Stopped};
use quintain::verdict::Verdict;

use crate::shop::{Shop, send, unsupported};
use crate::talkers::Manner;
use crate::talkers::Manner::*;

/// A denied authorization is the fault; an honest login never sees it.
const DENIED: &str = "callback/error-access-denied";

fn of<'a>(results: &'a Results, id: &str) -> &'a ScenarioResult {
    results.scenarios.iter().find(|scenario| scenario.id.as_str() == id).expect("it was selected")
}

/// The verdicts that are no pass.
fn noteworthy(results: &Results) -> BTreeMap<String, (Verdict, String)> {
    let scenarios = results.scenarios.iter().filter(|scenario| scenario.verdict != Verdict::Pass);
    scenarios.map(|scenario| (scenario.id.to_string(), (scenario.verdict, scenario.message.clone()))).collect()
}

#[tokio::test]
async fn reference_client_passes_and_every_request_is_as_the_schema_has_it() {
    passes_with_requests_of_the_schema("--shard 1/5 --seed 1").await;
}

#[tokio::test]
#[ignore = "plays the whole suite"]
async fn whole_suite_passes_and_every_request_is_as_the_schema_has_it() {
    passes_with_requests_of_the_schema("").await;
}

async fn passes_with_requests_of_the_schema(part: &str) {
    let shop = Shop::talking(Civil);
    let ended = shop.quintain(&format!("verify {part} --jobs 2 --json result.json")).await;
    let results = shop.results();
    let verdicts: BTreeMap<_, _> = noteworthy(&results).into_iter().map(|(id, (verdict, _))| (id, verdict)).collect();
    // It has no cookies, no links to its login, and has been told of no authority to trust.
    let out_of_reach = [
        "errors/abandoned-many",
        "logout/old-cookie-dead",
        "session/fixation",
        "session/login-cookie-as-session",
        "session/return-target-backslash",
        "session/return-target-host",
        "session/return-target-name",
        "session/return-target-no-host",
        "session/return-target-path",
        "session/return-target-relative",
        "session/return-target-scheme",
        "session/return-target-script",
        "session/return-target-slashes",
        "session/return-target-tab",
        "transport/tls-wrong-host",
    ];
    assert_eq!(verdicts, unsupported(&results, &out_of_reach));
    assert!(results.scenarios.len() > 50);
    assert_eq!((ended.code, results.client.driver.as_str()), (Some(0), "stdio"), "{ended}");
}

#[tokio::test]
async fn who_makes_which_check_and_who_refused_is_in_the_results() {
    let shop = Shop::talking(Civil);
    let ended = shop.quintain(&format!("verify {DENIED} --json result.json")).await;
    let results = shop.results();
    assert_eq!(results.client.checks[&Check::UserinfoSub], Owner::Application);
    assert_eq!(of(&results, DENIED).refused_by, Some(Owner::Library));
    assert_eq!((ended.code, results.summary.refused_by_shim), (Some(0), 0), "{ended}");
}

#[tokio::test]
async fn refusal_by_the_shim_alone_is_counted_apart() {
    let shop = Shop::talking(RefusesByItself).at("callback?error");
    let ended = shop.quintain(&format!("verify {DENIED} --json result.json --junit result.xml")).await;
    let results = shop.results();
    assert_eq!((of(&results, DENIED).verdict, results.summary.refused_by_shim), (Verdict::Pass, 1), "{ended}");
    let junit = std::fs::read_to_string(shop.path("result.xml")).expect("it was written");
    assert!(junit.contains("the shim alone refused"), "{junit}");
    assert!(ended.stdout.contains("the shim alone refused, which protects nobody else: callback/error-"), "{ended}");
    assert!(ended.stdout.contains("1 passed (1 by the shim alone)"), "{ended}");
}

/// What the console says of a client that breaks the protocol when it is greeted.
async fn greeted(shop: Shop) -> String {
    let ended = shop.quintain("doctor").await;
    assert_eq!(ended.code, Some(5), "{ended}");
    ended.to_string()
}

/// A shell script that is greeted.
async fn script(script: &str) -> String {
    let command = format!("command = [\"sh\", \"-c\", '''{script}''']\nready_within_seconds = 30\n");
    let file = format!("[client]\nname = \"script\"\ndriver = \"stdio\"\n[start]\n{command}");
    greeted(Shop::talking(Civil).file("quintain.toml", file)).await
}

#[tokio::test]
async fn breach_of_the_protocol_at_the_greeting_is_named() {
    let hello = r#"{"id":1,"ok":{"protocol":1,"name":"script"}}"#;
    let answer = |line: &str| format!("read hello; echo \"{}\"; read -r rest", line.replace('"', "\\\""));
    assert_snapshot!("noise", script(&answer("Welcome to the shop!")).await);
    assert_snapshot!("no_object", script(&answer("[1]")).await);
    assert_snapshot!("no_id", script(&answer(r#"{"ok":{}}"#)).await);
    assert_snapshot!("no_answer", script(&answer(r#"{"id":1}"#)).await);
    assert_snapshot!("two_answers", script(&answer(r#"{"id":1,"ok":{},"unsupported":{"detail":""}}"#)).await);
    assert_snapshot!("unknown_answer", script(&answer(r#"{"id":1,"okay":{}}"#)).await);
    assert_snapshot!("missing_member", script(&answer(r#"{"id":1,"ok":{"protocol":1}}"#)).await);
    let unknown = r#"{"id":1,"ok":{"protocol":1,"name":"script","checks":{"state":"nobody"}}}"#;
    assert_snapshot!("unknown_value", script(&answer(unknown)).await);
    assert_snapshot!("other_version", script(&answer(r#"{"id":1,"ok":{"protocol":2,"name":"script"}}"#)).await);
    assert_snapshot!("request_never_made", script(&answer(r#"{"id":7,"ok":{}}"#)).await);
    assert_snapshot!("refused", script(&answer(r#"{"id":1,"refused":{"by":"shim","detail":"not today"}}"#)).await);
    assert_snapshot!("goes_on_talking", script(&answer(&format!("{hello}\n{hello}"))).await);
    assert_snapshot!("ends", script("echo \"no such module: shop\" >&2; exit 3").await);
}

#[tokio::test]
async fn operation_that_does_not_exist_has_to_be_declined() {
    let hello = r#"{"id":1,"ok":{"protocol":1,"name":"script"}}"#.replace('"', "\\\"");
    let then = |line: &str| format!("read a; echo \"{hello}\"; read b; {line}; read -r rest");
    assert_snapshot!("unknown_is_ok", script(&then(r#"echo "{\"id\":2,\"ok\":{}}""#)).await);
    assert_snapshot!("unknown_is_the_end", script(&then("exit 1")).await);
}

#[tokio::test]
async fn client_that_does_not_flush_is_given_up_in_time() {
    let shop = Shop::talking(Hangs).at("hello").with("ready_within_seconds = 30", "ready_within_seconds = 1");
    assert_snapshot!(greeted(shop).await);
}

#[tokio::test]
async fn shim_that_fails_at_the_greeting_has_a_report_of_a_run_that_judged_nothing() {
    let file = "[client]\nname = \"script\"\ndriver = \"stdio\"\n[start]\ncommand = [\"sh\", \"-c\", \"exit 3\"]\n";
    let shop = Shop::talking(Civil).file("quintain.toml", file);
    let ended = shop.quintain(&format!("verify {DENIED} --json result.json --junit result.xml --seed 1")).await;
    let results = shop.incomplete_results();
    assert_eq!((results.complete, results.stopped), (false, Some(Stopped::SetUpBroken)), "{ended}");
    assert_eq!((ended.code, results.client.driver.as_str()), (Some(5), "stdio"), "{ended}");
    assert!(results.scenarios.iter().all(|scenario| !scenario.was_run()));
    assert_eq!(shop.files(), ["result.json", "result.xml"]);
    assert!(ended.stderr.contains("greet the client"), "{ended}");
}

#[tokio::test]
async fn command_that_cannot_be_started_is_named() {
    let shop = Shop::talking(Civil);
    let shop = shop.with("command = [\"sh\"", "command = [\"no-such-program\"");
    assert_snapshot!(greeted(shop).await);
}

/// A client that is civil to honest users, and misbehaves where it should refuse.
async fn judged(manner: Manner, verdict: Verdict, code: i32) -> String {
    let shop =
        Shop::talking(manner).at("callback?error").with("answers_within_seconds = 10", "answers_within_seconds = 1");
    let ended = shop.quintain("verify errors/* callback/error-* --jobs 1 --json result.json").await;
    let results = shop.results();
    let denied = of(&results, DENIED);
    assert_eq!((denied.verdict, ended.code), (verdict, Some(code)), "{ended}");
    let others = results.scenarios.iter().filter(|scenario| scenario.verdict.is_red() && scenario.verdict != verdict);
    let others: Vec<_> = others.map(|scenario| (&scenario.id, scenario.verdict, &scenario.message)).collect();
    assert!(others.is_empty(), "what one client does says nothing about other scenarios: {others:?}");
    regex::Regex::new(r"line \d+").expect("a pattern").replace(&denied.message, "line [number]").into_owned()
}

#[tokio::test]
async fn client_that_breaks_the_protocol_where_it_should_refuse_proves_nothing() {
    assert_snapshot!("chats", judged(Chats, Verdict::NotExercised, 5).await);
    assert_snapshot!("fails_to_run", judged(FailsToRun, Verdict::NotExercised, 5).await);
    assert_snapshot!("floods", judged(Floods, Verdict::NotExercised, 5).await);
    assert_snapshot!("misspells", judged(Misspells, Verdict::NotExercised, 5).await);
    assert_snapshot!("replies_to_nobody", judged(RepliesToNobody, Verdict::NotExercised, 5).await);
    assert_snapshot!("says_yes_and_no", judged(SaysYesAndNo, Verdict::NotExercised, 5).await);
}

#[tokio::test]
async fn client_that_dies_is_crashed() {
    let message = judged(Dies, Verdict::Crashed, 1).await;
    assert!(message.starts_with("the client's process ended with signal: 6"), "{message}");
}

#[tokio::test]
async fn client_that_falls_over_and_goes_on_has_refused_without_a_plan() {
    assert_eq!(judged(FallsOver, Verdict::Warn, 0).await, "it crashed: TypeError: undefined");
}

#[tokio::test]
async fn client_that_hangs_is_inconclusive() {
    assert_eq!(judged(Hangs, Verdict::Inconclusive, 6).await, "`callback` was not answered within 1s");
}

#[tokio::test]
async fn reply_that_comes_twice_is_found() {
    let shop = Shop::talking(RepliesTwice).at("begin");
    let ended = shop.quintain("doctor").await;
    assert_eq!(ended.code, Some(5), "{ended}");
    assert!(ended.stderr.contains("for the second time"), "{ended}");
}

#[tokio::test]
async fn client_that_says_refused_and_redeems_the_code_is_a_conflict() {
    let shop = Shop::talking(Lies).at("callback?attacker.example").env("DEFECT", "ignores-iss");
    let ended = shop.quintain("verify callback/iss-wrong --json result.json").await;
    let results = shop.results();
    assert_eq!((results.scenarios[0].verdict, ended.code), (Verdict::Conflict, Some(1)), "{ended}");
}

#[tokio::test]
async fn client_that_prints_errors_without_end_is_judged_as_any_other() {
    let shop = Shop::talking(FloodsErrors);
    let ended = shop.quintain("verify callback/code-missing --json result.json").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let output = &shop.results().scenarios[0].evidence.output;
    assert!(output.contains("flood flood") && output.len() <= 16 << 10, "{} bytes were kept", output.len());
}

#[tokio::test]
async fn client_that_will_not_end_is_ended() {
    let shop = Shop::talking(IgnoresTheEnd);
    let ended = shop.quintain("verify callback/code-missing --json result.json").await;
    assert_eq!((ended.code, ended.processes), (Some(0), 1), "one process is greeted and used for everything: {ended}");
}

#[tokio::test]
async fn process_that_a_client_leaves_behind_is_ended_too() {
    let shop = Shop::talking(LeavesGrandchild);
    let ended = shop.quintain("verify callback/code-missing --json result.json").await;
    assert_eq!((ended.code, ended.processes), (Some(0), 2), "{ended}");
}

#[tokio::test]
async fn client_that_does_not_forget_is_replaced() {
    let shop = Shop::talking(FailsToRun).at("reset");
    let ended = shop.quintain("verify callback/code-missing --json result.json").await;
    assert_eq!(
        (ended.code, ended.processes),
        (Some(0), 3),
        "for set-up, the provider's variations and the scenario: {ended}"
    );
}

#[tokio::test]
async fn interrupted_run_leaves_no_client() {
    let shop = Shop::talking(Hangs).at("callback?error");
    let quintain = shop.start(&format!("verify {DENIED} --json result.json"));
    shop.until_told("hangs").await;
    send("TERM", &quintain);
    let ended = shop.end_of(quintain).await;
    assert_eq!((ended.code, shop.incomplete_results().complete), (Some(130), false), "{ended}");
}

#[tokio::test]
async fn authorization_request_without_measure_is_the_clients_and_is_quoted_in_part() {
    let shop = Shop::talking(LongWinded).at("begin");
    let ended = shop.quintain(&format!("verify {DENIED} --json result.json")).await;
    assert_eq!(ended.code, Some(5), "{ended}");
    assert!(ended.stderr.contains("its URL has 900"), "{ended}");
    let report = std::fs::read_to_string(shop.path("result.json")).expect("it was written");
    assert!(report.len() + ended.stderr.len() < 20_000, "{} bytes", report.len());
}

#[tokio::test]
async fn somebody_in_a_browser_in_which_nobody_has_logged_in_is_a_contradiction() {
    let shop = Shop::talking(KnowsOneFaceOnly).at("inspect");
    let ended = shop.quintain("doctor").await;
    assert_eq!(ended.code, Some(5), "{ended}");
    assert!(ended.stderr.contains("in a browser in which nobody has logged in"), "{ended}");
}

#[tokio::test]
async fn session_that_asks_userinfo_does_not_contradict_the_login_where_userinfo_fails() {
    let shop = Shop::talking(CallsApiFirst).at("inspect");
    let shop = shop.env("API_PATH", "userinfo").env("VARIATION", "skips-userinfo");
    let ended = shop.quintain("verify userinfo/status-* --json result.json").await;
    let results = shop.results();
    assert_eq!((ended.code, results.count(Verdict::Pass)), (Some(0), 2), "{ended}");
}
