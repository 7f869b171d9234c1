//! SARIF 2.1.0, for places that collect the findings of many tools.
//!
//! Written as plain JSON: the crate with the types of the format generates them while it is built, which costs more
//! than this file. A test reads the report back with that crate.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Results, ScenarioResult, Stories};
use crate::expected::Problem;
use crate::verdict::Verdict;

/// The findings as SARIF: each scenario that is not quiet is a result of a rule of its name.
///
/// There is no line of code that a finding belongs to, so it is placed at the client's `quintain.toml`, and what is wrong
/// with an expectation at its entry. What is expected is suppressed, with the comment as justification.
#[must_use]
pub fn render(results: &Results, stories: &Stories) -> String {
    let loud: Vec<_> = results.scenarios.iter().filter(|scenario| !scenario.verdict.is_quiet()).collect();
    let compared = results.expectations.iter();
    let problems: Vec<_> = compared
        .flat_map(|compared| compared.problems.iter().map(|problem| (compared.file.as_str(), problem)))
        .collect();
    let kinds: BTreeSet<_> = problems.iter().map(|(_, problem)| problem.kind.name()).collect();
    let rules = loud.iter().map(|scenario| rule(scenario, stories));
    let rules: Vec<_> = rules.chain(kinds.into_iter().map(problem_rule)).collect();
    let found: Vec<_> = loud
        .iter()
        .map(|scenario| finding(scenario))
        .chain(problems.iter().map(|(file, it)| stale(file, it)))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "quintain", "semanticVersion": results.suite.version, "rules": rules } },
            "automationDetails": { "id": format!("quintain/{}/{}", results.client.name, results.profile) },
            "invocations": [{ "executionSuccessful": results.complete }],
            "columnKind": "unicodeCodePoints",
            "properties": { "seed": results.seed, "edition": results.edition, "driver": results.client.driver },
            "results": found,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).expect("it is made of strings, numbers and lists");
    text.push('\n');
    text
}

fn rule(scenario: &ScenarioResult, stories: &Stories) -> Value {
    let clauses: Vec<_> = scenario.clauses.iter().map(ToString::to_string).collect();
    let clauses = clauses.join(", ");
    let story = stories.get(&scenario.id);
    let parts = [story.map_or("", |it| it.about.as_str()), story.map_or("", |it| it.fix.as_str())];
    let told: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let help = format!(
        "{}\n\n{} {clauses}. `quintain explain {}` tells more.",
        told.join("\n\n"),
        scenario.level,
        scenario.id
    );
    json!({
        "id": scenario.id,
        "shortDescription": { "text": scenario.title },
        "help": { "text": help.trim_start() },
        "properties": { "tags": [scenario.area], "level": scenario.level },
    })
}

fn finding(scenario: &ScenarioResult) -> Value {
    let level = if scenario.verdict == Verdict::Warn { "warning" } else { "error" };
    let mut result = json!({
        "ruleId": scenario.id,
        "level": level,
        "message": { "text": format!("{}: {}", scenario.title, scenario.message) },
        "locations": [location("quintain.toml", 1)],
        "partialFingerprints": { "scenario/v1": format!("{} {} {}", scenario.id, scenario.verdict.name(), scenario.reason) },
        "properties": { "verdict": scenario.verdict, "reason": scenario.reason },
    });
    if let Some(expected) = &scenario.expected {
        let mut suppression = json!({ "kind": "external", "status": "accepted" });
        if !expected.comment.is_empty() {
            suppression["justification"] = json!(expected.comment);
        }
        result["suppressions"] = json!([suppression]);
    }
    result
}

fn problem_rule(kind: &str) -> Value {
    let text = format!("An entry of the expectations is {kind}.");
    json!({ "id": format!("expectations/{kind}"), "shortDescription": { "text": text } })
}

fn stale(file: &str, problem: &Problem) -> Value {
    json!({
        "ruleId": format!("expectations/{}", problem.kind.name()),
        "level": "error",
        "message": { "text": problem.message },
        "locations": [location(file, problem.line)],
    })
}

fn location(file: &str, line: usize) -> Value {
    json!({ "physicalLocation": { "artifactLocation": { "uri": uri(file) }, "region": { "startLine": line } } })
}

/// A path as a relative reference (RFC 3986).
fn uri(file: &str) -> String {
    let escaped: String = url::form_urlencoded::byte_serialize(file.as_bytes()).collect();
    escaped.replace("%2F", "/").replace('+', "%20")
}
