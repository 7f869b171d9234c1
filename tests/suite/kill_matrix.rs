//! Every scenario can fail, and every defect is found: the exact cells.

use std::sync::Arc;

use quintain::kills;
use quintain::matrix::Matrix;
use quintain::suite::{self, Profile};

/// Set, the expected cells are written instead of compared.
const UPDATE: &str = "UPDATE_KILLS";

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_fails_on_a_defect_and_every_defect_fails_a_scenario() {
    let scenarios: Vec<_> = suite::built_in().expect("the built-in suite loads").into_iter().map(Arc::new).collect();
    let matrix = Matrix::compute(&scenarios, Profile::Baseline, 8, |_| {}).await.expect("the matrix can be computed");
    assert_eq!(matrix.unkilled(), Vec::<&suite::ScenarioId>::new(), "scenarios that cannot fail");
    assert_eq!(matrix.uncaught(), Vec::new(), "defects that no scenario finds");
    let computed = matrix.to_string();
    if std::env::var_os(UPDATE).is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/features/kill-matrix.txt");
        std::fs::write(file, computed).expect("the file can be written");
        return;
    }
    let differing: Vec<_> =
        computed.lines().filter(|line| !kills::EXPECTED.lines().any(|known| known == *line)).collect();
    assert!(
        computed == kills::EXPECTED,
        "the matrix differs from features/kill-matrix.txt; {UPDATE}=1 writes it anew. New or changed lines:\n{}",
        differing.join("\n")
    );
}
