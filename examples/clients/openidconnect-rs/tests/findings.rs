//! The findings of the README, pinned: a verdict that appears, goes or changes its reason shows here.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use openidconnect_rs::driver::OpenidconnectLauncher;
use quintain::driver::Launcher as _;
use quintain::lab::Lab;
use quintain::mock_idp::Variation;
use quintain::suite;

#[tokio::test(flavor = "multi_thread")]
async fn suite_finds_what_the_readme_explains_and_nothing_else() {
    let plain = findings(Variation::NONE).await;
    insta::assert_snapshot!(plain);
    for seed in 1..=3 {
        assert_eq!(findings(Variation::seeded(seed)).await, plain, "a provider that varies lawfully, by seed {seed}");
    }
}

/// Id, verdict and reason of every scenario that is no quiet one.
async fn findings(variation: Variation) -> String {
    let launcher = OpenidconnectLauncher::default();
    let profile = launcher.profile();
    let lab = Lab::open(Box::new(launcher), profile, 4, variation).await.expect("a port on loopback can be had");
    for check in lab.check_setup().await {
        assert!(check.result.is_ok(), "{}: {:?}", check.name.fact(), check.result);
    }
    let scenarios = suite::built_in().expect("the built-in suite loads").into_iter().map(Arc::new).collect();
    // The crate never fetches keys again, however long one waits.
    let mut runs = lab.with_pause(Duration::ZERO).run(scenarios, &()).await.runs;
    runs.sort_by(|a, b| a.scenario.id.cmp(&b.scenario.id));

    let mut findings = format!("profile {profile}\n");
    for run in runs.iter().filter(|run| !run.judgement.verdict.is_quiet()) {
        let _ = writeln!(findings, "{} {} {}", run.scenario.id, run.judgement.verdict.name(), run.judgement.reason);
    }
    findings
}
