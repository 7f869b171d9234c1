//! SARIF 2.1.0, for places that collect the findings of many tools.
//!
//! Written as plain JSON: the crate with the types of the format generates them while it is built, which costs more
//! than this file. A test reads the report back with that crate.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Stories;
use crate::results::{Problem, Results, ScenarioResult};
use crate::suite::{Clause, Kind, Level};
use crate::verdict::Verdict;

/// The findings as SARIF: each scenario that is not quiet is a result of a rule of its name.
///
/// There is no line of code that a finding belongs to, so it is placed where the client's `quintain.toml` names the client,
/// and what is wrong with an expectation at its entry. What is expected is suppressed, with the comment as justification.
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
        .map(|scenario| finding(scenario, results))
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
    let about = story.map_or("", |it| it.about.as_str());
    let fix = story.map(|it| it.fix.as_str()).filter(|fix| !fix.is_empty()).map(|fix| format!("Fix: {fix}"));
    let more = format!("{} {clauses}. `quintain explain {}` tells more.", scenario.level, scenario.id);
    let told = [Some(about.to_owned()), fix, Some(more)].into_iter().flatten().filter(|part| !part.is_empty());
    let help = told.collect::<Vec<_>>().join("\n\n");
    let full = if about.is_empty() { &scenario.title } else { about };
    let mut rule = json!({
        "id": scenario.id,
        "name": name(scenario.id.as_str()),
        "shortDescription": { "text": sentence(&scenario.title) },
        "fullDescription": { "text": sentence(full) },
        "help": { "text": help, "markdown": help },
        "helpUri": scenario.clauses.first().map_or_else(|| HOME.to_owned(), Clause::url),
        "properties": { "level": scenario.level, "precision": "very-high", "tags": [scenario.area] },
    });
    if let Some(severity) = severity(scenario) {
        rule["properties"]["tags"] = json!(["security", scenario.area]);
        rule["properties"]["security-severity"] = json!(severity);
    }
    rule
}

/// Where rules are explained that rest on no clause.
const HOME: &str = "https://www.rfc-editor.org/rfc/rfc9700";

/// How bad it is, from 0 to 10 as CVSS has it; none for what is a matter of working together.
fn severity(scenario: &ScenarioResult) -> Option<&'static str> {
    match (scenario.kind, scenario.level) {
        (Kind::Tolerate | Kind::Recover, _) | (_, Level::Interop | Level::May) => None,
        (_, Level::Must) => Some("8.0"),
        (_, Level::Should) => Some("5.0"),
    }
}

/// `id-token/nonce-wrong` as the format wants names: `IdTokenNonceWrong`.
fn name(id: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    id.split(['/', '-']).map(capital).collect()
}

/// A text as a sentence: capital letter and full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let text: String = letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
    if text.ends_with(['.', '!', '?']) { text } else { text + "." }
}

fn finding(scenario: &ScenarioResult, results: &Results) -> Value {
    let level = if scenario.verdict == Verdict::Warn { "warning" } else { "error" };
    let place = results.client.configuration.as_ref();
    let (file, line) = place.map_or(("quintain.toml", 1), |place| (place.file.as_str(), place.line));
    let mut result = json!({
        "ruleId": scenario.id,
        "level": level,
        "message": { "text": sentence(&format!("{}: {}", scenario.title, scenario.message)) },
        "locations": [location(file, line)],
        "partialFingerprints": { "scenario/v1": format!("{} {} {}", scenario.id, scenario.verdict.name(), scenario.reason) },
        "properties": { "verdict": scenario.verdict, "reason": scenario.reason, "cause": scenario.cause },
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
    let help = "See the message; `quintain verify --write-expected` brings the file up to date.";
    json!({
        "id": format!("expectations/{kind}"),
        "name": name(&format!("expectations/{kind}")),
        "shortDescription": { "text": text },
        "fullDescription": { "text": text },
        "help": { "text": help },
    })
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
