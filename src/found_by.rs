//! Which defects of the reference client each scenario finds.
//!
//! The exact cells are in `features/kill-matrix.txt`; `quintain self-test` computes them and compares, and a test does so
//! for some of the defects.

use std::collections::BTreeSet;

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

/// The cells that are expected and not in this matrix of all defects, and those that nobody expects: a sentence each.
#[must_use]
pub fn differences(computed: &str) -> Vec<String> {
    let (expected, computed) = (cells(EXPECTED), cells(computed));
    let gone = expected.difference(&computed).map(|cell| format!("{}: no longer {}", cell.defect, cell.text()));
    let new = computed.difference(&expected).map(|cell| format!("{}: now {}", cell.defect, cell.text()));
    gone.chain(new).collect()
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Cell<'a> {
    defect: &'a str,
    /// A verdict, or a whole line that is about no scenario.
    says: &'a str,
    /// Empty where it is a whole line.
    scenario: &'a str,
}

impl Cell<'_> {
    fn text(&self) -> String {
        if self.scenario.is_empty() { self.says.to_owned() } else { format!("{} for {}", self.says, self.scenario) }
    }
}

fn cells(matrix: &str) -> BTreeSet<Cell<'_>> {
    let mut defect = "";
    let mut cells = BTreeSet::new();
    for line in matrix.lines() {
        let Some(cell) = line.strip_prefix("  ") else {
            defect = line;
            continue;
        };
        let verdict = cell.split_once(": ").filter(|(name, _)| verdict_named(name).is_some());
        let (says, scenarios) = verdict.unwrap_or((cell, ""));
        cells.extend(scenarios.split(' ').map(|scenario| Cell { defect, says, scenario }));
    }
    cells
}

fn finds(verdict: &str) -> bool {
    verdict_named(verdict).is_some_and(crate::matrix::finds)
}

fn verdict_named(name: &str) -> Option<Verdict> {
    Verdict::ALL.into_iter().find(|it| it.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrix_that_is_expected_differs_in_nothing() {
        assert_eq!(differences(EXPECTED), Vec::<String>::new());
    }

    #[test]
    fn cell_that_is_gone_and_one_that_is_new_are_named() {
        let changed = EXPECTED.replacen("id-token/nonce-wrong", "id-token/nonce-new", 1);
        let [gone, new] = &differences(&changed)[..] else { panic!("{:?}", differences(&changed)) };
        assert!(gone.contains(": no longer ") && gone.ends_with(" for id-token/nonce-wrong"), "{gone}");
        assert!(new.contains(": now ") && new.ends_with(" for id-token/nonce-new"), "{new}");
        assert_eq!(gone.split(':').next(), new.split(':').next());
    }

    #[test]
    fn defect_that_keeps_no_login_from_working_any_more_is_named() {
        let line = EXPECTED.lines().find(|line| line.contains("an honest login succeeds")).expect("there is one");
        let [gone] = &differences(&EXPECTED.replacen(&format!("{line}\n"), "", 1))[..] else {
            panic!("one line is gone")
        };
        assert!(gone.ends_with("no longer set-up: it is not so that an honest login succeeds"), "{gone}");
    }
}
