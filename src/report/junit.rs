//! `JUnit` XML, for CI systems: a test suite per area, a test case per scenario.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Stories;
use crate::results::{Expected, Problem, Results, ScenarioResult};
use crate::suite::Story;
use crate::verdict::Verdict;

/// The results as `JUnit` XML.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn render(results: &Results, stories: &Stories) -> Result<String, quick_junit::SerializeError> {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for scenario in &results.scenarios {
        let suite = suites.entry(&scenario.area).or_insert_with(|| TestSuite::new(scenario.area.as_str()));
        suite.add_test_case(case(scenario, stories.get(&scenario.id)));
    }
    if let Some(compared) = &results.expectations {
        for problem in &compared.problems {
            let suite = suites.entry("expectations").or_insert_with(|| TestSuite::new("expectations"));
            suite.add_test_case(entry(&compared.file, problem));
        }
    }
    let mut report = Report::new(format!("quintain: {}", results.client.name));
    report.set_time(Duration::from_millis(results.summary.duration_ms));
    report.add_test_suites(suites.into_values().map(timed));
    report.to_string().map(|text| without_skipped(&text))
}

/// The schema of Jenkins's xUnit plugin has no `skipped` at `testsuites`, and refuses a file that does.
fn without_skipped(text: &str) -> String {
    let (head, rest) = text.split_once("<testsuites").unwrap_or((text, ""));
    let (attributes, cases) = rest.split_once('>').unwrap_or((rest, ""));
    let kept: Vec<_> = attributes.split(" skipped=\"").collect();
    let kept: String = match kept.as_slice() {
        [before, after] => format!("{before}{}", after.split_once('"').map_or("", |(_, after)| after)),
        _ => attributes.to_owned(),
    };
    format!("{head}<testsuites{kept}>{cases}")
}

/// The time of a suite is that of its cases.
fn timed(mut suite: TestSuite) -> TestSuite {
    let time = suite.test_cases.iter().filter_map(|case| case.time).sum();
    suite.set_time(time);
    suite
}

/// An entry that is wrong fails a separate case: the scenario that it speaks of may well pass.
fn entry(file: &str, problem: &Problem) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(problem.kind.name());
    status.set_message(format!("{file}:{}: {}", problem.line, problem.message));
    let scenario = problem.scenario.as_deref().map(|scenario| format!(": {scenario}")).unwrap_or_default();
    let mut case = TestCase::new(format!("{} in line {}{scenario}", problem.kind.name(), problem.line), status);
    case.set_classname("quintain.expectations");
    case
}

/// Neither a success nor an unexpected finding.
fn expected(scenario: &ScenarioResult, expected: &Expected) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_type(format!("expected {}", scenario.verdict.name()));
    let comment = if expected.comment.is_empty() { &scenario.message } else { &expected.comment };
    status.set_message(format!("expected {} ({}): {comment}", scenario.verdict.name(), scenario.reason));
    status.set_description(scenario.message.as_str());
    status
}

fn case(scenario: &ScenarioResult, story: Option<&Story>) -> TestCase {
    let status = match &scenario.expected {
        Some(entry) if scenario.verdict.is_red() => expected(scenario, entry),
        _ => status(scenario, story),
    };
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

fn status(scenario: &ScenarioResult, story: Option<&Story>) -> TestCaseStatus {
    let mut status = match scenario.verdict {
        Verdict::Pass | Verdict::Warn => TestCaseStatus::success(),
        Verdict::Unsupported | Verdict::Inapplicable => TestCaseStatus::skipped(),
        Verdict::Fail | Verdict::Crashed | Verdict::Conflict | Verdict::Unstable => {
            TestCaseStatus::non_success(NonSuccessKind::Failure)
        }
        Verdict::NotExercised | Verdict::Inconclusive | Verdict::HarnessError => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
    };
    if scenario.verdict != Verdict::Pass && scenario.verdict != Verdict::Warn {
        status.set_type(scenario.verdict.name());
        status.set_message(scenario.message.as_str());
        status.set_description(told(scenario, story));
    }
    status
}

/// Everything that a viewer of test results has room for: what was seen, what was done, and what mends it.
fn told(scenario: &ScenarioResult, story: Option<&Story>) -> String {
    let evidence = &scenario.evidence;
    let exchanges = evidence.provider.iter().map(|exchange| format!("#{} {exchange}", exchange.seq));
    let hops = evidence.browser.iter().map(|hop| format!("browser {}  {}", hop.request, hop.response));
    let cause = scenario.cause.as_deref().map(|cause| format!("Cause: {cause}"));
    let fix = story.map(|story| &story.fix).filter(|fix| !fix.is_empty()).map(|fix| format!("Fix: {fix}"));
    let parts = [
        Some(format!("{}: {}", scenario.title, scenario.message)),
        fix,
        cause,
        Some(evidence.steps.join("\n")),
        Some(hops.chain(exchanges).collect::<Vec<_>>().join("\n")),
        Some(format!("quintain explain {}", scenario.id)),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join("\n\n")
}
