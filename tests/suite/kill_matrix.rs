//! Every scenario can fail, and every defect is found: the exact cells.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

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

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_fails_on_a_defect_and_every_defect_fails_a_scenario() {
    let scenarios: Vec<_> = suite::built_in().expect("the built-in suite loads").into_iter().map(Arc::new).collect();
    let matrix = Matrix::compute(&scenarios, Profile::Baseline, 8, |_| {}).await.expect("the matrix can be computed");
    assert_eq!(matrix.never_failing(), Vec::<&suite::ScenarioId>::new(), "scenarios that cannot fail");
    assert_eq!(matrix.unfound(), Vec::new(), "defects that no scenario finds");
    let computed = matrix.to_string();
    let (known, now) = (with_their_defect(found_by::EXPECTED), with_their_defect(&computed));
    assert!(
        known == now,
        "features/kill-matrix.txt is stale: `quintain self-test --matrix features/kill-matrix.txt` writes it again.\n\
         Lines that no longer hold: {:#?}\nLines that hold now: {:#?}",
        known.difference(&now).collect::<Vec<_>>(),
        now.difference(&known).collect::<Vec<_>>(),
    );
}

/// The lines of a matrix, each with the defect that it belongs to.
fn with_their_defect(matrix: &str) -> BTreeSet<(&str, &str)> {
    let mut defect = "";
    let mut lines = BTreeSet::new();
    for line in matrix.lines() {
        if !line.starts_with(' ') {
            defect = line;
        }
        lines.insert((defect, line));
    }
    lines
}
