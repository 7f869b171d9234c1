//! What people and machines get to read.

use std::sync::Arc;

use client_under_test::Defect;
use mock_idp::Variation;
use quintain::driver::in_process::InProcessLauncher;
use quintain::lab::{Lab, Observer, Run};
use quintain::report::console::{self, Colours};
use quintain::report::{Results, json, junit};
use quintain::suite::{self, Edition, Profile, Selector};

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
    let scenarios = suite::built_in().expect("the built-in suite loads");
    let selectors: Vec<_> = SELECTED.iter().map(|id| (*id).to_owned()).collect();
    let selected = Selector::select(&selectors, scenarios).expect("the ids exist");
    let lab = Lab::open(Box::new(InProcessLauncher::new(defects)), profile, 1, Variation::NONE)
        .await
        .expect("a port is free");
    let runs = lab.run(selected.into_iter().map(Arc::new).collect(), &Unobserved).await.expect("the client starts");
    Results::new(lab.launcher(), profile, Edition::LATEST, 7, &runs)
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
async fn console_shows_findings_with_their_evidence_and_says_what_was_left_out() {
    let results = results(&[Defect::IgnoresNonce, Defect::LogsInDespiteError], Profile::Oauth).await;
    steady().bind(|| insta::assert_snapshot!(console::render(&results, Colours::Off)));
}

#[tokio::test]
async fn console_is_one_line_where_all_is_well() {
    let results = results(&[], Profile::Baseline).await;
    steady()
        .bind(|| insta::assert_snapshot!(console::render(&results, Colours::Off), @"6 scenarios in [time]: 6 passed"));
}

#[tokio::test]
async fn junit_has_a_case_per_scenario_and_a_suite_per_area() {
    let results = results(&[Defect::IgnoresNonce, Defect::FallsOverWithoutCode], Profile::Baseline).await;
    steady().bind(|| insta::assert_snapshot!(junit::render(&results).expect("writing to memory works")));
}

#[tokio::test]
async fn json_reads_back_as_it_was_and_not_when_it_was_tampered_with() {
    let results = results(&[Defect::IgnoresNonce], Profile::Baseline).await;
    let text = json::render(&results);
    assert_eq!(json::read(&text).as_ref(), Ok(&results));

    let truncated = &text[..text.len() / 2];
    assert!(json::read(truncated).expect_err("it is truncated").to_string().contains("truncated"));
    let greener = text.replacen("\"verdict\": \"fail\"", "\"verdict\": \"pass\"", 1);
    assert_ne!(greener, text);
    assert!(json::read(&greener).expect_err("a verdict was changed").to_string().contains("the summary counts"));
    let unfinished = text.replacen("\"complete\": true", "\"complete\": false", 1);
    assert!(json::read(&unfinished).expect_err("it is incomplete").to_string().contains("did not come to its end"));
}

#[tokio::test]
async fn reports_hold_no_secret() {
    let results = results(&[Defect::IgnoresNonce], Profile::Baseline).await;
    let texts = [json::render(&results), console::render(&results, Colours::Off)];
    for text in texts {
        // The registered secret of every run begins like this; codes and tokens are 43 characters and more.
        assert!(!text.contains("secret-"), "the client secret is in a report");
        let long = text.split(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c)).find(|word| word.len() >= 40);
        assert_eq!(long, None, "what looks like a token is in a report");
    }
}
