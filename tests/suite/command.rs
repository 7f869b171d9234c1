//! Native apps: the harness is the browser that they open.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use quintain::results::{Results, ScenarioResult};
use quintain::verdict::Verdict;

use crate::natives::Nature;
use crate::natives::Nature::*;
use crate::shop::{Shop, send};

/// A denied authorization is the fault; an honest login never sees it.
const DENIED: &str = "callback/error-access-denied";

fn of<'a>(results: &'a Results, id: &str) -> &'a ScenarioResult {
    results.scenarios.iter().find(|scenario| scenario.id.as_str() == id).expect("it was selected")
}

#[tokio::test]
async fn reference_client_passes_what_a_login_is_about() {
    let shop = Shop::native(Sound);
    let selected = "callback/code-* callback/csrf-* callback/iss-* callback/replayed-* callback/state-* \
                    authorize-request/redirect-uri-exact errors/foreign-error-keeps-login id-token/aud-* logout/* session/* \
                    discovery/issuer-mismatch";
    let ended = shop.quintain(&format!("verify {selected} --json result.json --markdown summary.md")).await;
    let results = shop.results();
    let noteworthy: BTreeMap<_, _> = results
        .scenarios
        .iter()
        .filter(|scenario| !scenario.verdict.is_quiet())
        .map(|scenario| (scenario.id.as_str(), (scenario.verdict, scenario.message.as_str())))
        .collect();
    // It ends with the login that it was started for, no matter who has sent the error.
    assert_eq!(noteworthy.keys().collect::<Vec<_>>(), [&"errors/foreign-error-keeps-login"], "{noteworthy:?}");
    // It compares the state nevertheless.
    let summary = std::fs::read_to_string(shop.path("summary.md")).expect("it was asked for");
    assert!(summary.contains("| state | ✓ |"), "{summary}");
    assert_eq!((ended.code, results.client.driver.as_str()), (Some(0), "command"), "{ended}");
    assert!(results.count(Verdict::Pass) > 20, "{ended}");
}

#[tokio::test]
async fn defect_of_a_native_app_is_found() {
    for (defect, scenario) in [("ignores-nonce", "id-token/nonce-wrong"), ("ignores-iss", "callback/iss-wrong")] {
        let shop = Shop::native(Sound).env("DEFECT", defect);
        let ended = shop.quintain(&format!("verify {scenario} --json result.json")).await;
        assert_eq!((ended.code, shop.results().count(Verdict::Fail)), (Some(1), 1), "{defect}: {ended}");
    }
}

#[tokio::test]
async fn app_that_keeps_waiting_where_it_has_refused_passes() {
    let shop = Shop::native(KeepsWaiting);
    let ended = shop.quintain(&format!("verify {DENIED} errors/foreign-error-keeps-login --json result.json")).await;
    assert_eq!((ended.code, shop.results().count(Verdict::Pass)), (Some(0), 2), "{ended}");
}

#[tokio::test]
async fn each_of_two_logins_gets_its_own_response() {
    let at_root = Shop::native(ListensAtRoot).with("127.0.0.1/callback", "127.0.0.1");
    for shop in [Shop::native(Sound), at_root] {
        let ended = shop.quintain("verify callback/two-tabs-* --json result.json").await;
        let results = shop.results();
        assert_eq!((ended.code, results.count(Verdict::Pass)), (Some(0), results.scenarios.len()), "{ended}");
    }
}

#[tokio::test]
async fn app_that_ends_at_a_stray_request_is_found_and_one_that_goes_on_waiting_passes() {
    for (nature, verdict) in [(Sound, Verdict::Warn), (KeepsWaiting, Verdict::Pass), (LeavesUnanswered, Verdict::Pass)]
    {
        let shop = Shop::native(nature);
        let ended = shop.quintain("verify callback/stray-requests --json result.json").await;
        assert_eq!((ended.code, shop.results().count(verdict)), (Some(0), 1), "{nature:?}: {ended}");
    }
}

/// An app that does well with honest users, and misbehaves where it should refuse.
async fn judged(nature: Nature, verdict: Verdict, code: i32) -> String {
    let shop = Shop::native(nature).at("error=");
    let shop = shop.with("answers_within_seconds = 30", "answers_within_seconds = 3");
    let ended = shop.quintain(&format!("verify {DENIED} --json result.json")).await;
    let results = shop.results();
    let denied = of(&results, DENIED);
    assert_eq!((denied.verdict, ended.code), (verdict, Some(code)), "{ended}");
    denied.message.clone()
}

#[tokio::test]
async fn app_that_is_ended_by_a_signal_is_crashed() {
    let message = judged(Dies, Verdict::Crashed, 1).await;
    assert!(message.starts_with("`login` ended with signal: 6"), "{message}");
}

#[tokio::test]
async fn app_that_hangs_is_inconclusive() {
    assert_eq!(judged(Hangs, Verdict::Inconclusive, 6).await, "`login` did not end within 3s");
}

#[tokio::test]
async fn app_that_ignores_sigterm_is_ended_all_the_same() {
    judged(IgnoresSigterm, Verdict::Inconclusive, 6).await;
}

#[tokio::test]
async fn app_that_prints_without_end_is_inconclusive() {
    judged(Floods, Verdict::Inconclusive, 6).await;
}

#[tokio::test]
async fn process_that_an_app_leaves_behind_is_ended_too() {
    judged(LeavesGrandchild, Verdict::Pass, 0).await;
}

#[tokio::test]
async fn app_that_says_refused_and_redeems_the_code_is_a_conflict() {
    let shop = Shop::native(Lies).at("attacker.example").env("DEFECT", "ignores-iss");
    let ended = shop.quintain("verify callback/iss-wrong --json result.json").await;
    let results = shop.results();
    assert!(matches!(results.scenarios[0].verdict, Verdict::Fail | Verdict::Conflict), "{ended}");
    assert_eq!(ended.code, Some(1), "{ended}");
}

/// What the console says of a set-up that is broken.
async fn broken(shop: Shop) -> String {
    let shop = shop.with("answers_within_seconds = 30", "answers_within_seconds = 3");
    let ended = shop.quintain("doctor").await;
    assert_eq!(ended.code, Some(5), "{ended}");
    ended.to_string()
}

#[tokio::test]
async fn set_up_that_is_broken_is_named() {
    assert_snapshot!("opens_nothing", broken(Shop::native(OpensNothing)).await);
    assert_snapshot!("opens_elsewhere", broken(Shop::native(OpensElsewhere)).await);
    assert_snapshot!("never_opens", broken(Shop::native(NeverOpens)).await);
    let familiar = Shop::native(LogsAnybodyIn).with("redirect_uri =", "people = \"fixed\"\nredirect_uri =");
    assert_snapshot!("logs_anybody_in", broken(familiar).await);
    let elsewhere = Shop::native(Sound).with("127.0.0.1/callback", "127.0.0.1/elsewhere");
    assert_snapshot!("other_redirect_uri", broken(elsewhere).await);
    assert_snapshot!(
        "no_such_command",
        broken(Shop::native(Sound).with("session = [\"env\"", "session = [\"no-such\"")).await
    );
}

/// What the console says of a configuration that is wrong.
async fn refused(shop: Shop) -> String {
    let ended = shop.quintain("verify").await;
    assert_eq!((ended.code, ended.processes), (Some(2), 0), "{ended}");
    ended.stderr
}

#[tokio::test]
async fn configuration_that_cannot_work_is_refused_before_anything_runs() {
    let changed = |old: &str, new: &str| refused(Shop::native(Sound).with(old, new));
    assert_snapshot!("no_state", changed("STATE_DIR = \"{state_dir}\"", "").await);
    assert_snapshot!("no_issuer", changed("ISSUER = \"{issuer}\"", "").await);
    assert_snapshot!("port", changed("\"{issuer}\"", "\"{issuer}{port}\"").await);
    assert_snapshot!("not_loopback", changed("http://127.0.0.1/callback", "https://shop.example/callback").await);
    assert_snapshot!("start", changed("[registration]", "[start]\ncommand = [\"x\"]\n[registration]").await);
    assert_snapshot!(
        "no_section",
        refused(Shop::native(Sound).file("quintain.toml", "[client]\nname = \"a\"\ndriver = \"command\"\n")).await
    );
    assert_snapshot!("no_api", changed("declares = [", "declares = [\"api-call\", ").await);
}

#[tokio::test]
async fn interrupted_run_leaves_no_command() {
    let shop = Shop::native(Hangs).at("error=");
    let quintain = shop.start(&format!("verify {DENIED} --json result.json"));
    shop.until_told("hangs").await;
    send("TERM", &quintain);
    let ended = shop.end_of(quintain).await;
    assert_eq!((ended.code, shop.incomplete_results().complete), (Some(130), false), "{ended}");
}

#[tokio::test]
async fn what_an_app_opens_is_seen_to_the_byte() {
    let selected = "discovery/authorization-endpoint-space discovery/authorization-endpoint-option";
    let shop = Shop::native(Sound);
    let ended = shop.quintain(&format!("verify {selected} --json result.json")).await;
    assert_eq!((ended.code, shop.results().count(Verdict::Pass)), (Some(0), 2), "{ended}");

    let shop = Shop::native(Sound).env("DEFECT", "opens-endpoint-as-published");
    let ended = shop.quintain(&format!("verify {selected} --json result.json")).await;
    let results = shop.results();
    assert!(results.scenarios.iter().all(|it| (it.verdict, &*it.reason) == (Verdict::Warn, "sent-astray")), "{ended}");
}

#[tokio::test]
async fn what_a_shell_has_run_of_a_url_is_seen_where_the_app_opens_it() {
    let selected = "discovery/authorization-endpoint-shell*";
    let verdicts = async |shop: Shop| {
        let ended = shop.quintain(&format!("verify {selected} --json result.json")).await;
        assert_eq!(ended.code, Some(0), "{ended}");
        let results = shop.results();
        results.scenarios.iter().map(|it| (it.id.to_string(), it.verdict)).collect::<Vec<_>>()
    };
    assert!(verdicts(Shop::native(Sound)).await.iter().all(|(_, verdict)| *verdict == Verdict::Pass));
    // Between double quotes a shell runs what stands in backticks or after a dollar sign.
    let found = verdicts(Shop::native(OpensByShell)).await;
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|(_, verdict)| *verdict == Verdict::Warn), "{found:?}");
}

#[tokio::test]
async fn app_that_does_away_with_its_folders_is_no_bug_of_ours() {
    let shop = Shop::native(DeletesFolders).at("error=");
    let ended = shop.quintain(&format!("verify {DENIED} errors/error-without-state --json result.json --jobs 1")).await;
    let results = shop.results();
    assert_eq!(results.count(Verdict::HarnessError), 0, "{ended}");
    assert!(matches!(ended.code, Some(0 | 1)), "{ended}");

    // Whenever it logs in: it loses what it has kept, and nothing worse comes of it.
    let shop = Shop::native(DeletesFolders).at("code=");
    let ended = shop.quintain("verify callback/code-missing session/user-switch --json result.json").await;
    assert_ne!(ended.code, Some(70), "{ended}");
}

#[tokio::test]
async fn app_that_takes_no_provider_by_http_is_told_of_the_switch() {
    let ended = Shop::native(DemandsHttps).quintain("doctor").await;
    assert_eq!(ended.code, Some(5), "{ended}");
    assert!(ended.stderr.contains("what to do: the library refuses http: write [tls] provider = true"), "{ended}");
}
