//! The ledger agrees with the suite, and every scenario explains itself.

use std::collections::{BTreeMap, BTreeSet};

use quintain::found_by;
use quintain::ledger::Ledger;
use quintain::suite::{self, ScenarioId};

fn ids() -> BTreeSet<ScenarioId> {
    suite::built_in().expect("the built-in suite loads").into_iter().map(|scenario| scenario.id).collect()
}

fn repeated<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    ids.for_each(|id| *times.entry(id).or_default() += 1);
    times.into_iter().filter(|(_, times)| *times > 1).map(|(id, _)| id).collect()
}

#[test]
fn every_row_points_to_scenarios_that_exist() {
    let in_each_dialect = suite::in_each_dialect().expect("they load").into_iter().map(|scenario| scenario.id);
    let ids: BTreeSet<_> = ids().into_iter().chain(in_each_dialect).collect();
    let ledger = Ledger::get();
    let rows = ledger.requirements.iter().flat_map(|row| row.all().map(|id| (row.id.as_str(), id)));
    let cases = ledger.cases.iter().flat_map(|case| case.scenarios.iter().map(|id| (case.id.as_str(), id)));
    let adrift: Vec<_> = rows.chain(cases).filter(|(_, id)| !ids.contains(id)).collect();
    assert!(adrift.is_empty(), "{adrift:?}");
}

#[test]
fn every_requirement_rests_on_scenarios_or_says_why_not() {
    for requirement in &Ledger::get().requirements {
        let reason = requirement.excluded.as_deref().unwrap_or_default();
        assert_ne!(
            requirement.is_covered(),
            reason.len() > 10,
            "{}: scenarios, or a reason, and not both",
            requirement.id
        );
    }
}

#[test]
fn every_scenario_is_asked_for_by_a_requirement() {
    let asked: BTreeSet<_> = Ledger::get().requirements.iter().flat_map(|row| row.all().cloned()).collect();
    let unasked: Vec<_> = ids().difference(&asked).cloned().collect();
    assert!(unasked.is_empty(), "{unasked:?}");
}

#[test]
fn every_case_that_is_no_scenario_says_why() {
    let ids = ids();
    for case in &Ledger::get().cases {
        let itself = case.scenarios.iter().any(|id| id.as_str() == case.id);
        let is_scenario = ids.iter().any(|id| id.as_str() == case.id);
        assert!(!is_scenario || (itself && case.scenarios.len() > 1), "{} is a separate scenario", case.id);
        assert!(case.reason.len() > 10, "{}: {:?}", case.id, case.reason);
    }
}

#[test]
fn every_case_that_was_merged_is_shown_by_a_defect_that_its_scenario_finds() {
    for case in &Ledger::get().cases {
        let merged = case.reason.contains("merged");
        assert_eq!(merged, case.shown_by.is_some(), "{}: merged, and by which defect that is shown", case.id);
        let Some(name) = &case.shown_by else { continue };
        let found = case.scenarios.iter().any(|id| found_by::scenario(id).iter().any(|defect| defect.name() == name));
        assert!(found, "{}: no scenario that it was merged with finds {name}", case.id);
    }
}

#[test]
fn no_row_is_there_twice() {
    let ledger = Ledger::get();
    assert_eq!(repeated(ledger.requirements.iter().map(|row| row.id.as_str())), Vec::<&str>::new());
    assert_eq!(repeated(ledger.cases.iter().map(|case| case.id.as_str())), Vec::<&str>::new());
}

#[test]
fn every_scenario_tells_the_trouble_and_the_usual_fix() {
    let untold: Vec<_> = suite::built_in()
        .expect("the built-in suite loads")
        .into_iter()
        .filter(|scenario| scenario.story.about.len() < 80 || scenario.story.fix.len() < 20)
        .map(|scenario| scenario.id)
        .collect();
    assert!(untold.is_empty(), "{untold:?}");
}

#[test]
fn every_scenario_names_a_defect_that_fails_it() {
    let never_failing: Vec<_> = ids().into_iter().filter(|id| found_by::scenario(id).is_empty()).collect();
    assert!(never_failing.is_empty(), "{never_failing:?}");
}
