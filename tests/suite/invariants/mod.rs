//! What holds in every run: for each check a client that does not pass it, and the correct one that does.

mod broken;
mod excused;

use std::path::PathBuf;
use std::sync::Arc;

use client_under_test::Defect;
use quintain::driver::in_process::InProcessLauncher;
use quintain::lab::{Lab, Trial};
use quintain::mock_idp::Variation;
use quintain::plan::Invariant;
use quintain::suite::{self, Scenario};
use quintain::terms::Profile;
use quintain::verdict::Judgement;

use self::broken::BROKEN;
use self::excused::EXCUSED;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_specifications_leave_open_breaks_no_invariant() {
    for (steps, defects, variations, invariant) in EXCUSED {
        let launcher = Box::new(InProcessLauncher::with(defects, variations));
        let judgement = judged_on(launcher, steps, *invariant).await;
        assert_ne!(judgement.reason, invariant.name(), "{steps}: {}", judgement.message);
    }
    let used = "Given the token response has \"token_type\" set to \"DPoP\"\nWhen the user logs in\n\
                And the client calls the API";
    let judgement = judged(&[Defect::IgnoresTokenType], used, Invariant::ForbiddenMessage).await;
    assert_eq!(judgement.reason, "forbidden-message", "{}", judgement.message);
}

/// How a token without a type is presented is left open, but for the URL.
#[tokio::test(flavor = "multi_thread")]
async fn token_without_a_type_does_not_belong_in_a_url_either() {
    let steps = "Given the token response has no \"token_type\"\nWhen the user logs in\nAnd the client calls the API";
    let takes_it = Defect::TakesMissingTokenTypeForBearer;
    for (defects, reason) in [(&[takes_it][..], ""), (&[takes_it, Defect::PutsAccessTokenIntoApiQuery], "requests")] {
        let judgement = judged(defects, steps, Invariant::Requests).await;
        assert_eq!(judgement.reason, reason, "{}", judgement.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_invariant_is_broken_by_a_defect_and_not_by_the_correct_client() {
    let mut wrong = Vec::new();
    for (steps, defect, invariant, verdict) in BROKEN {
        let broken = judged(&[*defect], steps, *invariant).await;
        if (broken.verdict, broken.reason) != (*verdict, invariant.name()) {
            wrong.push(format!("{defect}: {} {}: {}", broken.verdict.name(), broken.reason, broken.message));
        }
        let kept = judged(&[], steps, *invariant).await;
        if kept.reason == invariant.name() {
            wrong.push(format!("the correct client, {steps}: {}", kept.message));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What breaks an invariant in a scenario that is about something else is a finding, and it is told once: where another scenario
/// shows it, that one tells it.
#[tokio::test(flavor = "multi_thread")]
async fn invariants_hold_in_every_scenario_of_a_run() {
    let scenarios = suite::built_in().expect("the built-in suite loads");
    let selected = ["invariants/whole-run", "refresh/5xx-keeps-session", "token-request/auth-single-method"];
    let scenarios: Vec<_> =
        scenarios.into_iter().filter(|it| selected.contains(&it.id.as_str())).map(Arc::new).collect();
    for (defect, red) in [
        (Defect::AuthenticatesTwiceAfterFailedRefresh, &["invariants/whole-run"][..]),
        (Defect::AuthenticatesTwice, &["token-request/auth-single-method"]),
    ] {
        let runs = lab(&[defect]).await.run(scenarios.clone(), &()).await.runs;
        let found = runs.iter().filter(|run| run.judgement.verdict.is_red()).map(|run| run.scenario.id.as_str());
        assert_eq!(found.collect::<Vec<_>>(), red, "{defect}");
    }
}

async fn judged(defects: &[Defect], steps: &str, invariant: Invariant) -> Judgement {
    judged_on(Box::new(InProcessLauncher::new(defects)), steps, invariant).await
}

async fn judged_on(launcher: Box<InProcessLauncher>, steps: &str, invariant: Invariant) -> Judgement {
    let text = format!(
        "Feature: mine\n  @MUST @observe\n  Scenario: a/b - c\n{steps}\nThen the invariant \"{invariant}\" holds\n"
    );
    let lab = lab_of(launcher).await;
    lab.run(Vec::new(), &()).await;
    Trial::new(&lab).judge_alone(&Arc::new(read(&text))).await.judgement
}

pub(crate) fn read(feature: &str) -> Scenario {
    let read = suite::from_text(PathBuf::from("mine.feature"), feature.to_owned());
    read.unwrap_or_else(|error| panic!("{error}\n{feature}")).remove(0)
}

pub(crate) async fn lab(defects: &[Defect]) -> Lab {
    lab_of(Box::new(InProcessLauncher::new(defects))).await
}

async fn lab_of(launcher: Box<InProcessLauncher>) -> Lab {
    Lab::open(launcher, Profile::Baseline, 1, Variation::NONE).await.expect("a port is free")
}
