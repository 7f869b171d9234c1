//! Wrong command lines, feature files, report paths and results: said at once, with the documented exit code, and
//! nothing half-written.

use insta::assert_snapshot;
use quintain::report::json;

use crate::fixtures::Misbehaviour::Nothing;
use crate::shop::{Ended, Shop};

/// What a command line that cannot be followed comes to; no client is started for it.
async fn refused(shop: &Shop, command_line: &str) -> Ended {
    let before = shop.files();
    let ended = shop.quintain(command_line).await;
    assert_eq!((ended.stdout.as_str(), ended.processes), ("", 0), "{}", ended.stderr);
    assert_eq!(shop.files(), before, "nothing is written");
    ended
}

#[tokio::test]
async fn report_path_is_checked_before_anything_runs() {
    let shop = Shop::that(Nothing).file("file", "");
    assert_snapshot!("report_in_a_missing_folder", refused(&shop, "verify --json out/result.json").await);
    assert_snapshot!("report_in_a_file", refused(&shop, "verify --json file/result.json").await);
    assert_snapshot!("report_that_is_a_folder", refused(&shop, "verify --junit .").await);
    assert_snapshot!("two_reports_in_one_file", refused(&shop, "verify --json result --junit result").await);
}

#[tokio::test]
async fn selector_that_matches_nothing_is_named() {
    let shop = Shop::that(Nothing);
    assert_snapshot!("selector_without_match", refused(&shop, "verify callback/* no-such-area").await);
    assert_snapshot!("selector_of_an_unknown_level", refused(&shop, "verify @SHALL").await);
    assert_snapshot!("selector_that_is_no_glob", refused(&shop, "verify callback/[").await);
    assert_snapshot!("id_with_a_typo", refused(&shop, "verify id-token/nonce-wrnog").await);
    assert_snapshot!("explained_id_with_a_typo", refused(&shop, "explain id-token/nonce-wrnog").await);
    for command in ["verify no/such", "list no/such", "explain no/such"] {
        assert_eq!(refused(&shop, command).await.code, Some(4), "{command}");
    }
}

#[tokio::test]
async fn command_line_that_makes_no_sense_has_exit_code_2() {
    let shop = Shop::that(Nothing);
    for command_line in
        ["", "verfy", "verify --jobs 0", "verify --jobs many", "verify --profile stricter", "verify --defect no-such"]
    {
        let ended = refused(&shop, command_line).await;
        assert_eq!(ended.code, Some(2), "{command_line}");
        assert!(!ended.stderr.is_empty(), "{command_line}");
    }
}

#[tokio::test]
async fn provider_that_the_command_line_cannot_mean_is_not_served() {
    let shop = Shop::that(Nothing);
    for (command_line, told) in [
        ("serve --headless alice", "headless = \"alice\", and no user has that sub; there are auth0|alice, auth0|bob"),
        ("serve --redirect-uri no-url", "no-url"),
    ] {
        let ended = refused(&shop, command_line).await;
        assert_eq!(ended.code, Some(2), "{ended}");
        assert!(ended.stderr.contains(told), "{ended}");
        assert_eq!(ended.stdout, "", "nothing is served");
    }
}

/// What is said of a feature file.
async fn of_feature(text: &str) -> Ended {
    let shop = Shop::that(Nothing).file("my.feature", text);
    let ended = refused(&shop, "verify --features my.feature").await;
    assert_eq!(ended.code, Some(2), "{ended}");
    ended
}

const SCENARIO: &str = "\
  @MUST @refuse
  Scenario: a/b - c
    When the user logs in
    Then the user is not logged in
";

#[tokio::test]
async fn wrong_feature_file_is_refused_with_file_and_line() {
    let feature = |scenarios: &str| format!("Feature: mine\n{scenarios}");
    assert_snapshot!("step_that_matches_nothing", of_feature(&feature(&SCENARIO.replace("logs in", "loggs in"))).await);
    assert_snapshot!("unknown_tag", of_feature(&feature(&SCENARIO.replace("@MUST", "@MUST @MSUT"))).await);
    assert_snapshot!("id_used_twice", of_feature(&feature(&SCENARIO.repeat(2))).await);
    assert_snapshot!("no_id", of_feature(&feature(&SCENARIO.replace("a/b - c", "The user logs in"))).await);
    assert_snapshot!("no_scenario", of_feature("Feature: mine\n").await);
    assert_snapshot!("no_gherkin", of_feature("When the user logs in\n").await);
    assert_snapshot!(
        "nothing_claimed",
        of_feature(&feature(&SCENARIO.replace("    Then the user is not logged in\n", ""))).await
    );
}

#[tokio::test]
async fn feature_file_without_a_scenario_is_refused_beside_others_too() {
    let shop = Shop::that(Nothing)
        .file("one.feature", format!("Feature: one\n{SCENARIO}"))
        .file("two.feature", "Feature: two\n");
    let ended = refused(&shop, "verify --features one.feature --features two.feature").await;
    assert_eq!(ended.code, Some(2), "{ended}");
    assert!(ended.stderr.contains("two.feature: holds no scenario"), "{ended}");
}

#[tokio::test]
async fn problems_of_all_feature_files_are_told_at_once() {
    let wrong = SCENARIO.replace("logs in", "loggs in").replace("@MUST", "@MSUT");
    let shop = Shop::that(Nothing)
        .file("one.feature", format!("Feature: one\n{wrong}"))
        .file("two.feature", format!("Feature: two\n{}", wrong.replace("a/b", "a/d")));
    assert_snapshot!(refused(&shop, "verify --features one.feature --features two.feature").await);
}

#[tokio::test]
async fn features_that_cannot_be_read_are_named() {
    let shop = Shop::that(Nothing).file("garbage.feature", b"Feature: caf\xe9\n");
    std::fs::create_dir(shop.path("empty")).expect("a folder can be made");
    assert_snapshot!("missing_feature", refused(&shop, "verify --features no-such.feature").await);
    assert_snapshot!("folder_without_features", refused(&shop, "verify --features empty").await);
    assert_snapshot!("feature_that_is_no_text", refused(&shop, "verify --features garbage.feature").await);
}

/// The results of a short run in process.
async fn results() -> String {
    let shop = Shop::that(Nothing);
    std::fs::remove_file(shop.path("quintain.toml")).expect("it was written");
    let ended = shop.quintain("verify --reference callback/* --json result.json --junit result.xml").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(shop.files(), ["result.json", "result.xml"], "and nothing else");
    let text = std::fs::read_to_string(shop.path("result.json")).expect("it was written");
    assert!(std::fs::read_to_string(shop.path("result.xml")).expect("it was written").ends_with("</testsuites>\n"));
    text
}

#[tokio::test]
async fn truncated_or_altered_results_are_refused() {
    let text = results().await;
    let whole = json::read(&text).expect("what was written can be read");
    let first = &whole.scenarios[0];
    for length in (0..text.trim_end().len()).step_by(text.len() / 50) {
        json::read(&text[..length]).expect_err("it is truncated");
    }
    let scenario = serde_json::to_string_pretty(first).expect("it is JSON");
    let alterations = [
        ("\"complete\": true", "\"complete\": false"),
        ("\"schema\": 1", "\"schema\": 2"),
        ("\"total\": ", "\"total\": 1"),
        ("\"verdict\": \"pass\"", "\"verdict\": \"fail\""),
        ("\"verdict\": \"pass\"", "\"verdict\": \"passed\""),
        ("\"complete\": true,", ""),
        ("\"complete\": true,", "\"complete\": true, \"certified\": true,"),
    ];
    for (old, new) in alterations {
        assert!(text.contains(old), "{old}");
        json::read(&text.replacen(old, new, 1)).expect_err(new);
    }
    let without_first = text.replacen(&format!("{},", indented(&scenario)), "", 1);
    assert!(without_first.len() < text.len());
    json::read(&without_first).expect_err("a scenario is missing");
}

/// As it stands in the list of scenarios.
fn indented(scenario: &str) -> String {
    scenario.replace('\n', "\n    ")
}

#[tokio::test]
async fn report_that_was_there_is_replaced_only_by_a_whole_one() {
    let shop = Shop::that(Nothing).file("result.json", "old");
    let ended = refused(&shop, "verify no/such --json result.json").await;
    assert_eq!(ended.code, Some(4));
    assert_eq!(std::fs::read_to_string(shop.path("result.json")).expect("it is there"), "old");
}

#[tokio::test]
async fn report_that_cannot_be_written_stops_no_other() {
    let shop = Shop::that(Nothing);
    let run = "verify --reference callback/code-missing --json /dev/full --junit result.xml";
    let ended = shop.quintain(run).await;
    assert_eq!((ended.code, shop.files()), (Some(7), vec!["result.xml".to_owned()]), "{ended}");
    assert!(ended.stderr.contains("failed to write /dev/full"), "{ended}");
    let ended = shop.quintain(&format!("{run} --defect accepts-any-issuer id-token/iss-wrong")).await;
    assert_eq!(ended.code, Some(1), "a finding outweighs it: {ended}");
}

#[tokio::test]
async fn reader_that_goes_away_stops_nothing() {
    let shop = Shop::that(Nothing);
    for command_line in ["list", "doctor", "verify callback/code-missing --json result.json"] {
        let mut quintain = shop.start(command_line);
        drop(quintain.stdout.take());
        let ended = shop.end_of(quintain).await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{command_line}");
    }
    assert_eq!(shop.results().summary.total, 1);
}

#[tokio::test]
async fn own_scenarios_are_explained() {
    let text = format!("Feature: Mine\n{SCENARIO}{}", SCENARIO.replace("a/b", "a/other"));
    let shop = Shop::that(Nothing).file("my.feature", &text);
    let ended = shop.quintain("explain --features my.feature").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(ended.stdout.matches("In your files: my.feature:").count(), 2, "{ended}");
    let one = shop.quintain("explain --features my.feature a/b").await;
    assert!(one.stdout.contains("a/b - c") && !one.stdout.contains("a/other"), "{one}");
    let ended = refused(&shop, "explain --features my.feature a/otter").await;
    assert_eq!(ended.code, Some(4), "{ended}");
    assert!(ended.stderr.contains("the nearest is a/other"), "{ended}");
}
