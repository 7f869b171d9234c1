//! Expectations: what is known of a client is let pass, and nothing else is.

use insta::assert_snapshot;
use quintain::exit_code::Exit;
use quintain::expected::{Expectations, rewrite};
use quintain::results::Results;
use quintain::suite::{self, ScenarioId};
use quintain::verdict::Verdict;

use crate::fixtures::Misbehaviour::{self, Nothing};
use crate::shop::{Ended, Shop};

/// The reference client with a defect: one scenario fails, another warns.
const RUN: &str = "verify id-token/nonce-{wrong,missing} callback/code-injection-nonce-only --defect ignores-nonce";

const ENTRY: &str = r#"
[[expected]]
scenarios = ["id-token/nonce-wrong"]
verdict = "fail"
reason = "accepted"
comment = "the nonce is not compared (issue 7)"
"#;

fn shop(expectations: &str) -> Shop {
    Shop::that(Nothing).file("e.toml", expectations)
}

/// The result of a run that is compared with a file.
async fn held(run: &str, expectations: &str) -> Ended {
    shop(expectations).quintain(&format!("{run} --expected e.toml")).await
}

/// What is said of the entries, and how the run ends.
async fn problems(run: &str, expectations: &str) -> String {
    let ended = held(run, expectations).await;
    let lines = ended.stdout.lines().map(str::trim_start);
    let problems: Vec<_> = lines.filter(|line| line.contains("e.toml:") && !line.starts_with("expected")).collect();
    format!("exit code {}\n{}{}", ended.code.unwrap_or(-1), problems.join("\n"), ended.stderr)
}

#[tokio::test]
async fn failure_that_is_expected_is_let_pass_and_counted() {
    assert_eq!(shop("").quintain(RUN).await.code, Some(1), "it is red without expectations");
    let ended = held(RUN, ENTRY).await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stdout.lines().next().expect("a first line").ends_with("expectations e.toml"), "{ended}");
    let lines: Vec<_> = ended.stdout.lines().filter(|line| line.contains("expect")).skip(1).collect();
    assert_snapshot!(lines.join("\n").replace(char::is_numeric, "9"));
}

#[tokio::test]
async fn one_comment_may_explain_scenarios_by_a_glob() {
    let run = "verify userinfo/sub-{case-differs,mismatch} --defect ignores-userinfo-subject";
    let glob =
        ENTRY.replace("id-token/nonce-wrong", "userinfo/sub-{case-differs,mismatch}").replace("accepted", "shown");
    assert_eq!(shop("").quintain(run).await.code, Some(1));
    let ended = held(&format!("{run} --verbose"), &glob).await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stdout.contains("expected 2 scenarios fail"), "{ended}");
}

#[tokio::test]
async fn entry_that_no_longer_holds_is_red() {
    let sound = RUN.replace(" --defect ignores-nonce", "");
    assert_snapshot!("now_passes", problems(&sound, ENTRY).await);
    let other = ENTRY.replace("accepted", "code-redeemed");
    assert_snapshot!("another_reason", problems(RUN, &other).await);
    let warns = ENTRY.replace("id-token/nonce-wrong", "callback/code-injection-nonce-only");
    assert_snapshot!(
        "now_warns",
        problems("verify callback/code-injection-nonce-only --defect ignores-nonce", &warns).await
    );
}

#[tokio::test]
async fn glob_speaks_of_every_scenario_that_it_matches() {
    let wide = ENTRY.replace("nonce-wrong", "nonce-*");
    let told = problems(RUN, &wide).await;
    assert!(told.starts_with("exit code 3\nstale"), "{told}");
    assert!(told.contains("(by \"id-token/nonce-*\") was expected to be fail (accepted), and it passes"), "{told}");
}

#[tokio::test]
async fn entry_for_no_scenario_is_red_and_the_nearest_is_named() {
    assert_snapshot!(
        "unmatched",
        problems(RUN, &format!("{ENTRY}{}", ENTRY.replace("nonce-wrong", "nonce-wrogn"))).await
    );
}

#[tokio::test]
async fn two_entries_for_one_scenario_are_red() {
    assert_snapshot!(
        "ambiguous",
        problems(RUN, &format!("{ENTRY}{}", ENTRY.replace("nonce-wrong", "nonce-wr*"))).await
    );
}

#[tokio::test]
async fn entry_is_red_after_the_day_of_its_review() {
    let past = problems(RUN, &format!("{ENTRY}review_by = 2021-03-31\n")).await;
    let today = regex::Regex::new(r"today is [\d-]+").expect("a pattern");
    assert_snapshot!("overdue", today.replace(&past, "today is [today]"));
    assert_eq!(held(RUN, &format!("{ENTRY}review_by = 2999-03-31\n")).await.code, Some(0));
}

#[tokio::test]
async fn entry_for_a_scenario_that_did_not_run_is_neither_right_nor_wrong() {
    let others = ENTRY.replace("nonce-wrong", "iss-*") + "review_by = 2021-03-31\n";
    let ended = held(RUN, &format!("{ENTRY}{others}")).await;
    assert_eq!(ended.code, Some(0), "{ended}");
}

#[tokio::test]
async fn scenarios_of_other_feature_files_are_known() {
    let feature = "Feature: mine\n  @MUST @refuse\n  Scenario: a/b - c\n    When the user logs in\n    Then the user is not logged in\n";
    let shop = shop(ENTRY).file("my.feature", feature);
    let ended = shop.quintain("verify --features my.feature --expected e.toml --write-expected").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let text = std::fs::read_to_string(shop.path("e.toml")).expect("it is there");
    assert!(text.starts_with(ENTRY) && text.contains(r#"scenarios = ["a/b"]"#), "{text}");
}

const UNPROVEN: &str = r#"
[[expected]]
scenarios = ["userinfo/bad-json"]
verdict = "not-exercised"
reason = "control-failed"
"#;

#[tokio::test]
async fn what_proves_nothing_is_excused_only_by_an_entry_that_says_so_and_why() {
    let run = "verify userinfo/bad-json --defect gives-up-after-userinfo-outage";
    assert_snapshot!("plain_entry_for_what_proves_nothing", problems(run, UNPROVEN).await);
    let silent = format!("{UNPROVEN}excuse = true\n");
    assert_snapshot!("excuse_without_comment", problems(run, &silent).await);
    let excused = format!("{silent}comment = \"the page for errors is not written yet; nothing was let in\"\n");
    assert_eq!(held(run, &excused).await.code, Some(0));
}

#[tokio::test]
async fn file_that_makes_no_sense_is_refused_before_anything_runs() {
    for (name, old, new) in [
        ("entry_for_a_pass", "\"fail\"", "\"pass\""),
        ("entry_for_a_time_out", "\"fail\"", "\"inconclusive\""),
        ("unknown_verdict", "\"fail\"", "\"failed\""),
        ("unknown_key", "comment", "coment"),
        ("no_scenarios", "\"id-token/nonce-wrong\"", ""),
        ("no_scenario_id", "id-token/nonce-wrong", "nonce-wrong"),
        ("no_glob", "id-token/nonce-wrong", "id-token/["),
        ("empty_reason", "\"accepted\"", "\"\""),
        ("excuse_for_a_failure", "comment", "excuse = true\ncomment"),
        ("entry_for_a_broken_driver", "\"accepted\"", "\"driver-broken\""),
        ("no_day", "comment", "review_by = 2027-03-31T12:00:00\ncomment"),
    ] {
        let told = problems(RUN, &ENTRY.replacen(old, new, 1)).await;
        assert!(told.starts_with("exit code 2\n"), "{told}");
        assert_snapshot!(name, told);
    }
    let missing = Shop::that(Nothing).quintain(&format!("{RUN} --expected e.toml")).await;
    assert_snapshot!("no_expectations_file", missing);
}

#[tokio::test]
async fn reports_say_what_was_expected() {
    let shop = shop(&format!("{ENTRY}{}", ENTRY.replace("nonce-wrong", "no-such")));
    let ended = shop.quintain(&format!("{RUN} --expected e.toml --json result.json --junit result.xml")).await;
    assert_eq!(ended.code, Some(3), "{ended}");
    let results = shop.results();
    let compared = results.expectations.as_ref().expect("there are expectations");
    assert_eq!((compared.file.as_str(), compared.entries, compared.problems.len()), ("e.toml", 2, 1));
    assert_eq!(results.summary.expected, 1);
    let result = results.scenarios.iter().find(|it| it.id.as_str() == "id-token/nonce-wrong").expect("it ran");
    assert_eq!(result.expected.as_ref().map(|it| it.comment.as_str()), Some("the nonce is not compared (issue 7)"));
    assert_eq!((result.verdict, result.is_red()), (Verdict::Fail, false));

    let junit = std::fs::read_to_string(shop.path("result.xml")).expect("it was written");
    assert!(
        junit.contains(r#"<skipped message="expected fail (accepted): the nonce is not compared (issue 7)""#),
        "{junit}"
    );
    assert_eq!(junit.matches("<failure").count(), 1, "the entry for no scenario, and nothing else: {junit}");
}

#[tokio::test]
async fn file_beside_the_configuration_is_taken_unless_it_is_to_be_left_alone() {
    let shop = Shop::that(Nothing).env("DEFECT", "ignores-nonce").file("quintain-expected.toml", ENTRY);
    let run = "verify id-token/nonce-wrong --jobs 1";
    let ended = shop.quintain(run).await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stdout.contains("expectations quintain-expected.toml"), "{ended}");
    assert_eq!(shop.quintain(&format!("{run} --no-expected")).await.code, Some(1));
}

#[tokio::test]
async fn time_out_is_never_excused_and_makes_no_entry_stale() {
    let (mut results, known) = results().await;
    let file = Expectations::parse("e.toml".as_ref(), ENTRY).expect("it is right");
    file.compare(&mut results, &known, &known);
    assert_eq!(Exit::of(&results), Exit::Clean);
    let result = results.scenarios.iter_mut().find(|it| it.expected.is_some()).expect("one is expected");
    (result.verdict, result.reason) = (Verdict::Inconclusive, "timed-out".to_owned());
    file.compare(&mut results, &known, &known);
    assert_eq!(Exit::of(&results), Exit::InconclusiveOnly);

    // What is worse comes first.
    let stale = Expectations::parse("e.toml".as_ref(), &format!("{ENTRY}{}", ENTRY.replace("nonce-wrong", "no-such")));
    stale.expect("it is right").compare(&mut results, &known, &known);
    assert_eq!(Exit::of(&results), Exit::StaleExpectation);
    results.scenarios[0].verdict = Verdict::Fail;
    assert_eq!(Exit::of(&results), Exit::UnexpectedResult);
    results.scenarios[0].verdict = Verdict::HarnessError;
    assert_eq!(Exit::of(&results), Exit::OurBug);
}

/// A run with one failure, and all scenarios that there are.
async fn results() -> (Results, Vec<ScenarioId>) {
    let shop = shop("");
    shop.quintain(&format!("{RUN} --json result.json")).await;
    let known = suite::built_in().expect("the built-in suite loads").into_iter().map(|scenario| scenario.id).collect();
    (shop.results(), known)
}

#[tokio::test]
async fn first_file_holds_what_the_run_showed() {
    let shop = shop("");
    let run =
        "verify id-token/nonce-wrong userinfo/bad-json --defect ignores-nonce --defect gives-up-after-userinfo-outage";
    let ended = shop.quintain(&format!("{run} --expected new.toml --write-expected")).await;
    assert_eq!(ended.code, Some(1), "nobody has excused what proves nothing yet: {ended}");
    let text = std::fs::read_to_string(shop.path("new.toml")).expect("it was written");
    assert_snapshot!(text);
    let excused = text.replace("excuse = false\ncomment = \"\"", "excuse = true\ncomment = \"nothing was let in\"");
    std::fs::write(shop.path("new.toml"), excused).expect("it can be written");
    assert_eq!(shop.quintain(&format!("{run} --expected new.toml")).await.code, Some(0));
}

/// Everything that a rewriting has to deal with, and some that is none of its business.
const MANY: &str = r#"# our client

[[expected]]   # the nonce
scenarios = [
    "id-token/nonce-wrong",  # this one holds
    "id-token/nonce-missing",  # and this one does not
]
verdict = "fail"
reason = "accepted"
comment = "the nonce is not compared"
review_by = 2999-03-31

[[expected]]
scenarios = ["callback/code-injection-nonce-only"]
verdict = "fail"
reason = "logged-in"
comment = "it ends in another way"

[[expected]]
scenarios = ["id-token/iss-*", "refresh/token-empty"] # not run
verdict = "crashed"
reason = "crashed"

[[expected]]
scenarios = ["id-token/no-such"]
verdict = "fail"
reason = "accepted"
comment = "a slip"
"#;

#[tokio::test]
async fn rewriting_keeps_what_holds_and_what_did_not_run() {
    let shop = shop(MANY);
    let ended = shop.quintain(&format!("{RUN} --expected e.toml --write-expected")).await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_snapshot!("rewritten", std::fs::read_to_string(shop.path("e.toml")).expect("it is there"));
    let told = ended.stdout.split_once("e.toml is rewritten").expect("it is said").1;
    assert_snapshot!("what_was_rewritten", told);
    let again = shop.quintain(&format!("{RUN} --expected e.toml --write-expected")).await;
    assert!(again.stdout.contains("e.toml is as it was"), "{again}");
}

#[tokio::test]
async fn glob_that_is_too_wide_becomes_the_scenarios_that_end_so() {
    let (results, known) = results().await;
    let wide = ENTRY.replace("nonce-wrong", "nonce-{wrong,missing}");
    let rewritten = rewrite("e.toml".as_ref(), &wide, &results, &known).expect("it can be rewritten");
    assert_eq!(rewritten.text, ENTRY);
}

#[tokio::test]
async fn file_that_cannot_be_read_is_not_written_over() {
    for broken in ["[[expected]\n", "expected = [{ scenarios = [\"a/b\"], verdict = \"fail\", reason = \"x\" }]\n"] {
        let shop = shop(broken);
        let ended = shop.quintain(&format!("{RUN} --expected e.toml --write-expected")).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended}");
        assert_eq!(std::fs::read_to_string(shop.path("e.toml")).expect("it is there"), broken);
    }
}

#[tokio::test]
async fn there_has_to_be_a_file_to_write() {
    let ended = shop("").quintain(&format!("{RUN} --write-expected")).await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("--expected FILE"), "{ended}");
}

#[tokio::test]
async fn report_is_not_written_over_the_expectations() {
    let shop = shop(ENTRY);
    let ended = shop.quintain(&format!("{RUN} --expected e.toml --json ./e.toml")).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended}");
    assert_eq!(std::fs::read_to_string(shop.path("e.toml")).expect("it is there"), ENTRY);
}

#[tokio::test]
async fn cause_excuses_whatever_ends_so_and_nothing_else() {
    let cause = "[[cause]]\nreason = \"accepted\"\ncomment = \"the nonce is not compared (issue 7)\"\n";
    let ended = held("verify id-token/nonce-* --defect ignores-nonce", cause).await;
    assert_eq!(ended.code, Some(0), "each scenario that ends so: {ended}");
    let ended = held("verify id-token/nonce-* --reference", cause).await;
    assert_eq!(ended.code, Some(0), "never stale: {ended}");
    let ended = held("verify --reference", cause).await;
    assert_eq!(ended.code, Some(3), "of a whole run none ends so: {ended}");
    assert!(ended.stdout.contains("unmatched"), "{ended}");
    let other = cause.replace("accepted", "code-redeemed");
    let ended = held("verify id-token/nonce-wrong --defect ignores-nonce", &other).await;
    assert_eq!(ended.code, Some(1), "another cause: {ended}");
    let crash = "verify callback/code-missing --defect falls-over-without-code";
    for (reason, code) in [("timed-out", 2), ("not-run", 2), ("driver-broken", 2)] {
        assert_eq!(held(crash, &cause.replace("accepted", reason)).await.code, Some(code), "{reason}");
    }
}

#[tokio::test]
async fn scenario_that_was_judged_and_is_no_more_is_unexpected() {
    let shop = shop("");
    let run = "verify logout/* callback/code-missing --expected new.toml";
    let ended = shop.quintain(&format!("{run} --write-expected")).await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let text = std::fs::read_to_string(shop.path("new.toml")).expect("it was written");
    assert!(text.contains("[coverage]\njudged = ["), "{text}");
    assert_eq!(shop.quintain(run).await.code, Some(0), "nothing is lost");
    let shop = shop.with("logout = \"/logout\"", "");
    let ended = shop.quintain(run).await;
    assert_eq!(ended.code, Some(3), "{ended}");
    assert!(ended.stdout.contains("lost new.toml:"), "{ended}");
    assert!(ended.stdout.contains("the client does not declare logout"), "{ended}");
    let ended = shop.quintain(&format!("{run} --write-expected")).await;
    assert_eq!(ended.code, Some(0), "it is wanted so: {ended}");
}

#[tokio::test]
async fn run_that_knows_too_little_leaves_the_file_alone() {
    let stopped = ("verify callback/* --jobs 1", 5, "the run stopped trying");
    let whole = ("verify callback/code-missing", 5, "the client could not be operated, so nothing was judged");
    let broken = ("verify --timeout 1s", 6, "the time of the run (--timeout) was over");
    let clients =
        [(Misbehaviour::StartsOnce, stopped), (Misbehaviour::StartsOnce, whole), (Misbehaviour::NeverListens, broken)];
    for (misbehaviour, (run, code, why)) in clients {
        for text in [None, Some(ENTRY)] {
            let shop = Shop::that(misbehaviour);
            let shop = match text {
                Some(text) => shop.file("e.toml", text),
                None => shop,
            };
            let ended = shop.quintain(&format!("{run} --expected e.toml --write-expected")).await;
            assert_eq!(ended.code, Some(code), "{ended}");
            assert!(ended.stderr.contains("e.toml is left as it is") && ended.stderr.contains(why), "{ended}");
            assert_eq!(std::fs::read_to_string(shop.path("e.toml")).ok().as_deref(), text, "{ended}");
        }
    }
}
