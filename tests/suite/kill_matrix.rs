//! Every scenario can fail, and every defect is found: the exact cells.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use client_under_test::Defect;
use quintain::found_by;
use quintain::matrix::Matrix;
use quintain::suite;
use quintain::terms::Profile;

/// Scenarios that claim different things, and that only the same defects break. Every other pair is told apart by some
/// defect, unless the two are examples of one outline.
const BROKEN_TOGETHER: &[&[&str]] = &[
    // Two things that are no URL; nothing but a parser of URLs keeps either from being opened.
    &["discovery/authorization-endpoint-space", "discovery/authorization-endpoint-option"],
    // Three ways to ask one question: is the signature verified at all?
    &["id-token/sig-corrupt", "id-token/sig-other-claims", "id-token/wrong-key-same-kid"],
];

#[test]
fn scenarios_that_claim_different_things_are_told_apart_by_some_defect() {
    let scenarios = suite::built_in().expect("the built-in suite loads");
    let mut alike: BTreeMap<Vec<(&str, &str)>, BTreeMap<String, &str>> = BTreeMap::new();
    for scenario in &scenarios {
        let cells = cells_of(scenario.id.as_str());
        alike.entry(cells).or_default().insert(outline_of(&scenario.source), scenario.id.as_str());
    }
    let together =
        alike.values().filter(|outlines| outlines.len() > 1).map(|it| it.values().copied().collect::<Vec<_>>());
    let together: Vec<_> = together.collect();
    assert_eq!(together, BROKEN_TOGETHER);
}

/// The defects that a scenario finds, and what it says of each.
fn cells_of(id: &str) -> Vec<(&'static str, &'static str)> {
    let mut cells = Vec::new();
    let mut defect = "";
    for line in found_by::EXPECTED.lines() {
        match line.strip_prefix("  ").and_then(|line| line.split_once(": ")) {
            None => defect = line,
            Some(("not-exercised", _)) => {}
            Some((verdict, ids)) if ids.split(' ').any(|known| known == id) => cells.push((defect, verdict)),
            Some(_) => {}
        }
    }
    cells
}

/// Where the outline of an example begins, or the scenario itself: `file:line` of its `Scenario` line.
fn outline_of(source: &str) -> String {
    let (file, line) = source.rsplit_once(':').expect("a source is file:line");
    let line: usize = line.parse().expect("a line is a number");
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("it was read before");
    let above: Vec<_> = text.lines().take(line).collect();
    let start = above.iter().rposition(|line| line.trim_start().starts_with("Scenario"));
    format!("{file}:{}", start.expect("a scenario has such a line"))
}

#[test]
fn every_scenario_fails_on_a_defect_and_every_defect_has_its_row() {
    for scenario in suite::built_in().expect("the built-in suite loads") {
        assert_ne!(found_by::scenario(&scenario.id), [], "{} cannot fail", scenario.id);
    }
    let rows: Vec<_> = found_by::EXPECTED.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(rows, Defect::ALL.iter().map(|defect| defect.name()).collect::<Vec<_>>());
}

/// `quintain self-test` does this for every defect and every lawful variation, which takes minutes.
#[tokio::test(flavor = "multi_thread")]
async fn matrix_that_is_expected_is_the_one_that_is_computed() {
    let scenarios: Vec<_> = suite::built_in().expect("the built-in suite loads").into_iter().map(Arc::new).collect();
    let sample: Vec<_> = Defect::ALL.iter().copied().step_by(120).collect();
    let matrix = Matrix::compute(&sample, &scenarios, Profile::Baseline, 8, |_| {}).await;
    let matrix = matrix.expect("the matrix can be computed");
    for row in matrix.rows {
        let computed = row.to_string();
        let name = row.deviation.name();
        let expected = found_by::EXPECTED.split_inclusive('\n').skip_while(|line| line.trim_end() != name);
        let cells = expected.clone().skip(1).take_while(|line| line.starts_with(' '));
        let expected: String = expected.take(1).chain(cells).collect();
        assert_eq!(
            expected, computed,
            "`quintain self-test --matrix features/kill-matrix.txt` writes the matrix again"
        );
    }
}
