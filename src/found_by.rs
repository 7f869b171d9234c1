//! Which defects of the reference client each scenario finds.
//!
//! The exact cells are in `features/kill-matrix.txt`; a test computes the matrix and compares.

use client_under_test::Defect;

use crate::suite::ScenarioId;
use crate::verdict::Verdict;

/// The matrix that is expected, as [`Matrix`](crate::matrix::Matrix) prints it.
pub const EXPECTED: &str = include_str!("../features/kill-matrix.txt");

/// The defects that a scenario finds.
#[must_use]
pub fn scenario(id: &ScenarioId) -> Vec<Defect> {
    let mut defects = Vec::new();
    let mut current: Option<Defect> = None;
    for line in EXPECTED.lines() {
        match line.strip_prefix("  ").and_then(|cells| cells.split_once(": ")) {
            None => current = line.parse().ok(),
            Some((verdict, ids)) if finds(verdict) && ids.split(' ').any(|it| it == id.as_str()) => {
                defects.extend(current);
            }
            Some(_) => {}
        }
    }
    defects
}

fn finds(verdict: &str) -> bool {
    Verdict::ALL.into_iter().any(|it| it.name() == verdict && crate::matrix::finds(it))
}
