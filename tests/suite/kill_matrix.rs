//! Every scenario can fail, and every defect is found: the exact cells.

use std::sync::Arc;

use quintain::kills;
use quintain::matrix::Matrix;
use quintain::suite::{self, Profile};

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_fails_on_a_defect_and_every_defect_fails_a_scenario() {
    let scenarios: Vec<_> = suite::built_in().expect("the built-in suite loads").into_iter().map(Arc::new).collect();
    let matrix = Matrix::compute(&scenarios, Profile::Baseline, 8, |_| {}).await.expect("the matrix can be computed");
    assert_eq!(matrix.unkilled(), Vec::<&suite::ScenarioId>::new(), "scenarios that cannot fail");
    assert_eq!(matrix.uncaught(), Vec::new(), "defects that no scenario finds");
    let computed = matrix.to_string();
    let differing: Vec<_> =
        computed.lines().filter(|line| !kills::EXPECTED.lines().any(|known| known == *line)).collect();
    assert!(
        computed == kills::EXPECTED,
        "features/kill-matrix.txt is stale: `quintain self-test --matrix features/kill-matrix.txt` writes it anew; \
         new or changed lines:\n{}",
        differing.join("\n")
    );
}
