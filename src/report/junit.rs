//! `JUnit` XML, for CI systems: a test suite per area, a test case per scenario.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Results, ScenarioResult};
use crate::verdict::Verdict;

/// The results as `JUnit` XML.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn render(results: &Results) -> Result<String, quick_junit::SerializeError> {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for scenario in &results.scenarios {
        let suite = suites.entry(&scenario.area).or_insert_with(|| TestSuite::new(scenario.area.as_str()));
        suite.add_test_case(case(scenario));
    }
    let mut report = Report::new(format!("quintain: {}", results.client.name));
    report.set_time(Duration::from_millis(results.summary.duration_ms));
    report.add_test_suites(suites.into_values());
    report.to_string()
}

fn case(scenario: &ScenarioResult) -> TestCase {
    let mut status = match scenario.verdict {
        Verdict::Pass | Verdict::Warn => TestCaseStatus::success(),
        Verdict::Unsupported | Verdict::Inapplicable => TestCaseStatus::skipped(),
        Verdict::Fail | Verdict::Crashed | Verdict::Conflict => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::NotExercised | Verdict::Inconclusive | Verdict::HarnessError => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
    };
    if scenario.verdict != Verdict::Pass && scenario.verdict != Verdict::Warn {
        status.set_type(scenario.verdict.name());
        status.set_message(scenario.message.as_str());
        let steps = scenario.evidence.steps.join("\n");
        status.set_description(format!("{}\n\n{steps}\n\nquintain explain {}", scenario.message, scenario.id));
    }
    let mut case = TestCase::new(scenario.id.as_str(), status);
    case.set_classname(format!("quintain.{}", scenario.area));
    case.set_time(Duration::from_millis(scenario.duration_ms));
    if scenario.verdict == Verdict::Warn {
        case.set_system_out(format!("warn: {}", scenario.message));
    }
    if scenario.rests_on_shim() {
        case.set_system_out("the shim alone refused, which protects nobody else");
    }
    case
}
