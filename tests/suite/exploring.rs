//! The search for plans in which an invariant does not hold.

use std::sync::Arc;

use client_under_test::Defect;
use quintain::explore::{Explored, Limits, explore};
use quintain::plan::Invariant;
use tokio::sync::watch;

use crate::fixtures::Misbehaviour::Nothing;
use crate::invariants::{lab, read};
use crate::shop::Shop;

async fn explored(defects: &[Defect], runs: u64) -> Explored {
    let (_stop, stopped) = watch::channel(false);
    let limits = Limits { until: None, runs: Some(runs), flaws: Some(1), seed: 1, jobs: 1, stop: stopped };
    explore(Arc::new(lab(defects).await), Vec::new(), limits, Arc::new(())).await.expect("ports can be had")
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_found_on_the_correct_client() {
    let explored = explored(&[], 150).await;
    let found: Vec<_> = explored.found.iter().map(|found| &found.feature).collect();
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!((explored.unplayed, explored.unconfirmed), (0, Vec::new()));
    assert!(explored.runs > 100 && explored.kinds > 20, "{} plans, {} kinds", explored.runs, explored.kinds);
}

/// What is found is a scenario that a run of the suite finds red, and green on the correct client.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_is_a_short_scenario_that_is_red_on_that_client_alone() {
    for (defect, invariant, longest) in [
        (Defect::AcceptsMissingNonce, Invariant::ForbiddenMessage, 2),
        (Defect::RedeemsCodeTwice, Invariant::SingleUse, 1),
        (Defect::FindsLoginsOfAnyBrowser, Invariant::Identity, 3),
    ] {
        let explored = explored(&[defect], 3_000).await;
        let found = explored.found.first().unwrap_or_else(|| panic!("{defect} is not found"));
        assert_eq!(found.violation.invariant, invariant, "{}", found.feature);
        let scenario = Arc::new(read(&found.feature));
        let steps = scenario.plan.arrangements.len() + scenario.plan.actions.len();
        assert!(steps <= longest, "{steps} steps: {}", found.feature);
        for (defects, red) in [(vec![defect], true), (vec![], false)] {
            let lab = lab(&defects).await;
            let run = lab.run(vec![scenario.clone()], &()).await.runs.remove(0);
            assert_eq!(run.judgement.reason == invariant.name(), red, "{}", found.feature);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lawful_trait_that_a_client_does_not_tolerate_is_a_flaw() {
    let explored = explored(&[Defect::DemandsTyp], 1).await;
    let [found] = explored.found.as_slice() else { panic!("{} flaws", explored.found.len()) };
    assert_eq!(found.violation.invariant, Invariant::HonestFlow);
    assert!(found.feature.contains("Given the provider varies in \""), "{}", found.feature);
}

#[tokio::test]
async fn found_scenarios_and_the_corpus_are_files_that_other_commands_read() {
    let shop = Shop::that(Nothing);
    let explored = shop
        .quintain(
            "explore --defect redeems-code-twice --runs 60 --flaws 1 --jobs 1 --seed 1 --output out --corpus known",
        )
        .await;
    assert_eq!(explored.code, Some(1), "{}{}", explored.stdout, explored.stderr);
    assert!(explored.stdout.contains("MUST single-use: the client presents a code twice"), "{}", explored.stdout);
    for file in ["out/found.feature", "out/found.html", "out/found.json", "known/corpus.feature"] {
        assert!(shop.path(file).is_file(), "{file}");
    }
    let red = shop.quintain("verify --defect redeems-code-twice --features out/found.feature").await;
    assert_eq!(red.code, Some(1), "{}", red.stdout);
    let green = shop.quintain("verify --reference --features out/found.feature").await;
    assert_eq!(green.code, Some(0), "{}", green.stdout);
    let again = shop.quintain("explore --reference --runs 20 --jobs 1 --seed 2 --corpus known").await;
    assert_eq!(again.code, Some(0), "{}{}", again.stdout, again.stderr);
}

#[tokio::test]
async fn corpus_that_is_none_is_refused_before_anything_runs() {
    let shop = Shop::that(Nothing).file("corpus.feature", "Feature: f\n  Scenario: nonsense\n");
    let refused = shop.quintain("explore --reference --corpus .").await;
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{}", refused.stderr);
    assert!(refused.stderr.contains("corpus.feature"), "{}", refused.stderr);
}
