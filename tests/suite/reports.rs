//! What people and machines get to read.

use std::sync::Arc;

use client_under_test::Defect;
use mock_idp::Variation;
use quintain::driver::in_process::InProcessLauncher;
use quintain::expected::Expectations;
use quintain::lab::{Lab, Observer, Run};
use quintain::report::console::{self, Colours, Detail, Look};
use quintain::report::{Stories, html, json, junit, markdown, sarif};
use quintain::results::{EarlierEnd, Results};
use quintain::suite::{self, Edition, Selector};
use quintain::terms::Profile;
use quintain::verdict::Verdict;
use serde_json::Value;

use crate::json_schema::JsonSchema;

struct Unobserved;

impl Observer for Unobserved {
    fn ended(&self, _run: &Run) {}
}

/// A pass, a warning, a failure, a conflict of what is said and done, and something that does not apply.
const SELECTED: [&str; 6] = [
    "authorize-request/happy-path",
    "callback/code-missing",
    "callback/error-and-code",
    "errors/unknown-code",
    "id-token/nonce-wrong",
    "callback/error-access-denied",
];

async fn results(defects: &[Defect], profile: Profile) -> Results {
    results_of(&SELECTED, defects, profile).await
}

async fn results_of(ids: &[&str], defects: &[Defect], profile: Profile) -> Results {
    let scenarios = suite::built_in().expect("the built-in suite loads");
    let selectors: Vec<_> = ids.iter().map(|id| (*id).to_owned()).collect();
    let selected = Selector::select(&selectors, scenarios).expect("the ids exist");
    let lab = Lab::open(Box::new(InProcessLauncher::new(defects)), profile, 4, Variation::NONE)
        .await
        .expect("a port is free");
    let runs = lab.run(selected.into_iter().map(Arc::new).collect(), &Unobserved).await;
    Results::new(lab.launcher(), profile, Edition::LATEST, 7, &runs)
}

fn stories() -> Stories {
    let scenarios = suite::built_in().expect("the built-in suite loads");
    scenarios.into_iter().map(|scenario| (scenario.id, scenario.story)).collect()
}

/// What a file or a pipe gets.
fn printed(results: &Results, detail: Detail) -> String {
    console::render(results, &stories(), Look { colours: Colours::Off, detail, width: None })
}

/// What differs from run to run.
fn steady() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"in \d+\.\d\d s", "in [time]");
    settings.add_filter(r#"time="[\d.]+""#, r#"time="[time]""#);
    settings.add_filter(r"#\d+", "#[n]");
    settings
}

#[tokio::test]
async fn console_tells_each_cause_and_says_what_was_left_out() {
    let results = results(&[Defect::IgnoresNonce, Defect::LogsInDespiteError], Profile::Oauth).await;
    steady().bind(|| {
        insta::assert_snapshot!("quiet", printed(&results, Detail::Quiet));
        insta::assert_snapshot!("normal", printed(&results, Detail::Normal));
        insta::assert_snapshot!("verbose", printed(&results, Detail::Verbose));
    });
}

#[tokio::test]
async fn console_keeps_to_the_width_of_the_terminal() {
    let results = results(&[Defect::IgnoresNonce, Defect::LogsInDespiteError], Profile::Baseline).await;
    let look = Look { colours: Colours::Off, detail: Detail::Normal, width: Some(80) };
    let text = console::render(&results, &stories(), look);
    // A command to copy is one word to the eye: it is not broken.
    let long: Vec<_> = text.lines().filter(|line| line.chars().count() > 80 && !line.contains('`')).collect();
    assert_eq!(long, Vec::<&str>::new());
}

#[tokio::test]
async fn one_cause_is_told_once_however_many_scenarios_show_it() {
    let results = results(&[Defect::LogsInDespiteError], Profile::Baseline).await;
    let causes: Vec<_> = results.causes.iter().map(|cause| (cause.id.as_str(), cause.scenarios.len())).collect();
    assert_eq!(causes, [("error-response", 3)]);
    let found = results.scenarios.iter().filter(|scenario| scenario.cause.is_some()).count();
    assert_eq!(found, 3, "every finding has a cause, and nothing else has");
    for text in
        [printed(&results, Detail::Normal), markdown::render(&results, &stories()), html_without_digests(&results)]
    {
        assert_eq!(text.matches("is not retried").count(), 1, "{text}");
    }
}

#[tokio::test]
async fn defence_that_somebody_gets_past_is_not_said_to_hold() {
    let ids = ["callback/state-mismatch", "callback/csrf-empty-state"];
    for (defects, sign) in [(&[][..], '✓'), (&[Defect::TakesEmptyStateForNone], '~')] {
        let results = results_of(&ids, defects, Profile::Baseline).await;
        let page = markdown::render(&results, &stories());
        assert!(page.contains(&format!("| state | {sign} |")), "{page}");
    }
}

#[tokio::test]
async fn what_follows_from_another_finding_is_told_under_its_cause() {
    let told = async |defects: &[Defect], ids: &[&str]| {
        let results = results_of(ids, defects, Profile::Baseline).await;
        results.causes.into_iter().map(|cause| (cause.id, cause.scenarios.len())).collect::<Vec<_>>()
    };
    let states = ["callback/state-mismatch", "callback/duplicate-state-first"];
    let takes_last = Defect::TakesLastOfRepeatedParameters;
    assert_eq!(told(&[takes_last], &states).await, [("form-of-response".to_owned(), 1)]);
    assert_eq!(told(&[Defect::IgnoresState, takes_last], &states).await, [("response-binding".to_owned(), 2)]);
    let verifiers = ["token-request/single-use", "pkce/verifier-unique"];
    assert_eq!(told(&[Defect::RedeemsCodeTwice], &verifiers).await, [("code-once".to_owned(), 2)]);
    // The first attempt has failed for another reason.
    let retries = [Defect::DropsEndpointQuery, Defect::RetriesRefusedCode];
    let query = ["token-request/endpoint-query-kept"];
    assert_eq!(told(&retries, &query).await, [("token-request".to_owned(), 1)]);
    // Whatever is wrong with the login whose refresh token it uses.
    let refused = ["id-token/nonce-wrong", "id-token/alg-none", "token-response/id-token-missing"];
    assert_eq!(told(&[Defect::RefreshesRefusedLogin], &refused).await, [("failed-login".to_owned(), 3)]);
    let by_state = ["callback/state-mismatch", "callback/stray-requests", "errors/foreign-error-keeps-login"];
    assert_eq!(told(&[Defect::IgnoresState], &by_state).await, [("response-binding".to_owned(), 3)]);
    let stopped = ["token-response/server-error-5xx", "token-response/error-shape-text"];
    assert_eq!(told(&[Defect::GivesUpAfterOutage], &stopped).await, [("login-recovers".to_owned(), 2)]);
    // A constant verifier is a consequence, and has one.
    let chain =
        ["authorize-request/injection-wall-present", "pkce/verifier-unique", "callback/two-tabs-own-values-in-order"];
    assert_eq!(told(&[Defect::RepeatsEverySecret], &chain).await, [("code-binding".to_owned(), 3)]);
    let unread = ["id-token/read-at-all", "userinfo/sub-mismatch"];
    assert_eq!(told(&[Defect::ReadsNoIdToken], &unread).await, [("id-token-read".to_owned(), 2)]);
}

#[tokio::test]
async fn what_needs_a_step_that_fails_in_honest_runs_is_one_cause() {
    let ids = ["refresh/*", "api/*", "tolerate/refresh-token-length", "leakage/secret-only-to-token-endpoint"];
    let causes = async |defect| results_of(&ids, &[defect], Profile::Baseline).await.causes;

    let refresh = causes(Defect::WidensScopeOnRefresh).await;
    let found: Vec<_> = refresh.iter().map(|cause| cause.id.as_str()).collect();
    assert_eq!(found, ["honest-refresh", "refresh-request"], "the second is what is wrong in the request");
    assert!(refresh[0].scenarios.len() > 30, "{refresh:?}");

    let api = causes(Defect::PresentsIdTokenToApi).await;
    let found: Vec<_> = api.iter().map(|cause| cause.id.as_str()).collect();
    assert_eq!(found, ["honest-api-call", "api-call"]);

    // The provider takes back what it has issued for a code that comes twice.
    let some =
        ["api/{bearer-header-form,opaque-token,401-forever-stops}", "refresh/{rotated-token-stored,id-token-absent}"];
    let code = results_of(&some, &[Defect::RedeemsCodeTwice], Profile::Baseline).await.causes;
    let found: Vec<_> = code.iter().map(|cause| (cause.id.as_str(), cause.scenarios.len())).collect();
    assert_eq!(found, [("code-once", 5)]);

    // Its first refresh is good.
    let found: Vec<_> = causes(Defect::KeepsOldRefreshToken).await.into_iter().map(|cause| cause.id).collect();
    assert!(!found.contains(&"honest-refresh".to_owned()), "{found:?}");
}

#[tokio::test]
async fn console_is_one_line_where_all_is_well() {
    let results = results(&[], Profile::Baseline).await;
    steady().bind(|| insta::assert_snapshot!(printed(&results, Detail::Normal), @"6 scenarios in [time]: 6 passed"));
}

#[tokio::test]
async fn junit_has_a_case_per_scenario_and_a_suite_per_area() {
    let results = results(&[Defect::IgnoresNonce, Defect::FallsOverWithoutCode], Profile::Baseline).await;
    steady().bind(|| insta::assert_snapshot!(junit::render(&results, &stories()).expect("writing to memory works")));
}

#[tokio::test]
async fn markdown_is_one_page_for_the_summary_of_a_job() {
    let results = results(&[Defect::IgnoresNonce, Defect::LogsInDespiteError], Profile::Baseline).await;
    steady().bind(|| insta::assert_snapshot!(markdown::render(&results, &stories())));
}

#[tokio::test]
async fn markdown_fits_the_summary_of_a_job_however_much_is_red() {
    let mut results = results(&[Defect::IgnoresNonce], Profile::Baseline).await;
    let red = results.scenarios.iter().find(|it| it.verdict == Verdict::Fail).expect("a failure").clone();
    results.causes[0].scenarios = vec![red.id; 2000];
    let text = markdown::render(&results, &stories());
    assert!(text.len() < 1 << 20, "{}", text.len());
    assert!(text.contains("more are in the JSON results"));
}

#[tokio::test]
async fn page_tells_clause_steps_finding_trace_and_fix_of_what_is_red() {
    let results = results(&[Defect::IgnoresNonce], Profile::Baseline).await;
    let page = html::render(&results, &stories());
    assert_eq!(page.matches("<details id=").count(), results.summary.total);
    let (_, section) = page.split_once("id=\"id-token/nonce-wrong\"").expect("it is there");
    let story = &stories()[&"id-token/nonce-wrong".parse().expect("it is an id")];
    let fix = story.fix.split('`').next().expect("a first part");
    let told = ["OpenID Connect Core §3.1.3.7", "the client did not refuse", "POST token", fix];
    for text in told.into_iter().chain([
        "Then the client refuses at the ID token step",
        "(altered by a fault)",
        "(<code>accepted</code>)",
    ]) {
        assert!(!text.is_empty() && section.contains(text), "{text}: {section}");
    }
}

#[tokio::test]
async fn page_tells_how_a_scenario_ended_before_it_was_played_again() {
    let mut results = results(&[], Profile::Baseline).await;
    assert!(!html::render(&results, &stories()).contains("without a pause"));
    let (verdict, reason) = (Verdict::Fail, "not-logged-in".to_owned());
    results.scenarios[0].before_pause =
        Some(EarlierEnd { verdict, reason, message: "no new keys were fetched".into() });
    let page = html::render(&results, &stories());
    assert!(page.contains("At first, without a pause: fail (<code>not-logged-in</code>)"));
    assert!(page.contains("no new keys were fetched"));
}

#[tokio::test]
async fn page_needs_nothing_from_elsewhere_and_runs_nothing_that_a_client_says() {
    let mut results = results(&[Defect::IgnoresNonce], Profile::Baseline).await;
    let hostile = "\"><script>alert(1)</script><img src=https://attacker.example/>";
    results.client.name = hostile.to_owned();
    for scenario in &mut results.scenarios {
        hostile.clone_into(&mut scenario.message);
        hostile.clone_into(&mut scenario.evidence.output);
        scenario.evidence.steps.push(hostile.to_owned());
    }
    let page = html::render(&results, &stories());
    assert_eq!(page.matches("<script").count(), 1, "its own");
    assert!(!page.contains("<img") && page.contains("&lt;script&gt;alert(1)"));
    for link in page.match_indices("href=\"").map(|(at, start)| &page[at + start.len()..]) {
        assert!(link.starts_with('#') || link.starts_with("data:"), "{}", &link[..40]);
    }
    let policy = page.split_once("default-src 'none'").expect("there is a policy").1;
    let policy = policy.split_once('>').expect("it has an end").0;
    assert!(!policy.contains("unsafe") && policy.matches("sha256-").count() == 2, "{policy}");
}

/// The page without the digests of its style and script.
fn html_without_digests(results: &Results) -> String {
    let page = html::render(results, &stories());
    let digest = regex::Regex::new("sha256-[0-9A-Za-z+/=]+").expect("a pattern");
    digest.replace_all(&page, "").into_owned()
}

#[tokio::test]
async fn sarif_holds_each_finding_once_and_suppresses_what_is_expected() {
    let mut results = results(&[Defect::IgnoresNonce, Defect::LogsInDespiteError], Profile::Baseline).await;
    let file = r#"
        [[expected]]
        scenarios = ["id-token/nonce-wrong", "id-token/no-such"]
        verdict = "fail"
        reason = "accepted"
        comment = "not yet"
    "#;
    let known: Vec<_> = stories().into_keys().collect();
    Expectations::parse("e x.toml".as_ref(), file).expect("it is right").compare(&mut results, &known, &known);
    let text = sarif::render(&results, &stories());
    let log: Value = serde_json::from_str(&text).expect("it is JSON");
    let schema = serde_json::from_str(include_str!("sarif.schema.json")).expect("the schema is JSON");
    JsonSchema::of(schema).check(&log).unwrap_or_else(|error| panic!("it is no SARIF: {error:#}"));
    let list = |of: &Value| of.as_array().cloned().unwrap_or_default();
    let run = &log["runs"][0];
    let rules: Vec<_> = list(&run["tool"]["driver"]["rules"]).iter().map(|rule| rule["id"].clone()).collect();
    let found = list(&run["results"]);
    assert!(found.iter().all(|it| rules.contains(&it["ruleId"])), "{rules:?}");
    assert_eq!(found.len(), 5, "three failures, a warning and an entry for no scenario: {text}");
    let suppressed: Vec<_> = found.iter().filter(|it| !list(&it["suppressions"]).is_empty()).collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0]["ruleId"], "id-token/nonce-wrong");
    assert!(text.contains("\"uri\": \"e%20x.toml\""), "{text}");
}

#[tokio::test]
async fn json_reads_back_as_it_was_and_not_when_it_was_tampered_with() {
    let results = results(&[Defect::IgnoresNonce], Profile::Baseline).await;
    let text = json::render(&results);
    assert_eq!(json::read(&text).as_ref(), Ok(&results));

    let truncated = &text[..text.len() / 2];
    assert!(json::read(truncated).expect_err("it is truncated").to_string().contains("truncated"));
    let fewer = text.replace("\"tested\": 1", "\"tested\": 2");
    assert!(json::read(&fewer).expect_err("a cause was changed").to_string().contains("the causes are not those"));
    let greener = text.replace("\"verdict\": \"fail\"", "\"verdict\": \"pass\"");
    assert_ne!(greener, text);
    assert!(json::read(&greener).expect_err("a verdict was changed").to_string().contains("the summary counts"));
    let unfinished = text.replacen("\"complete\": true", "\"complete\": false", 1);
    assert!(json::read(&unfinished).expect_err("it is incomplete").to_string().contains("did not come to its end"));
}

#[tokio::test]
async fn reports_hold_no_secret() {
    let results = results(&[Defect::IgnoresNonce], Profile::Baseline).await;
    let texts = [json::render(&results), printed(&results, Detail::Verbose), markdown::render(&results, &stories())];
    let texts = texts.into_iter().chain([html_without_digests(&results), sarif::render(&results, &stories())]);
    for text in texts {
        // The registered secret of every run begins like this; codes and tokens are 43 characters and more.
        assert!(!text.contains("secret-"), "the client secret is in a report");
        let long = text.split(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c)).find(|word| word.len() >= 40);
        assert_eq!(long, None, "what looks like a token is in a report");
    }
}
