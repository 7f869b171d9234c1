//! The findings of the README, pinned: a verdict that appears, goes or changes its reason shows here.

use std::fmt::Write as _;
use std::sync::Arc;

use oauth2_rs::driver::Oauth2Launcher;
use quintain::driver::Launcher as _;
use quintain::lab::Lab;
use quintain::suite;

#[tokio::test(flavor = "multi_thread")]
async fn suite_finds_what_the_readme_explains_and_nothing_else() {
    let launcher = Oauth2Launcher::default();
    let profile = launcher.profile();
    let lab = Lab::open(Box::new(launcher), profile, 4, quintain::mock_idp::Variation::default())
        .await
        .expect("a port on loopback can be had");
    for check in lab.check_setup().await {
        assert!(check.result.is_ok(), "{}: {:?}", check.name.fact(), check.result);
    }
    let scenarios = suite::built_in().expect("the built-in suite loads").into_iter().map(Arc::new).collect();
    let mut runs = lab.run(scenarios, &()).await.expect("the client starts").runs;
    runs.sort_by(|a, b| a.scenario.id.cmp(&b.scenario.id));

    let mut findings = format!("profile {profile}\n");
    for run in runs.iter().filter(|run| !run.judgement.verdict.is_quiet()) {
        let _ = writeln!(findings, "{} {} {}", run.scenario.id, run.judgement.verdict.name(), run.judgement.reason);
    }
    insta::assert_snapshot!(findings);
}
