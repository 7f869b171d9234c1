//! Scenario outlines: whether their Examples have every column that the lines name.

use std::path::Path;
use std::sync::LazyLock;

use cucumber::gherkin::{Feature, Scenario};
use mock_idp::nearest;
use regex::Regex;

/// What is written between angle brackets, as the expansion of outlines reads it.
static COLUMN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"<([^>\s](?:[^>\t\n\r]*[^>\s])?)>").expect("it is a regular expression"));

/// One message per wrong line.
pub(super) fn check(feature: &Feature, path: &Path) -> Vec<String> {
    let ruled = feature.rules.iter().flat_map(|rule| &rule.scenarios);
    let found = feature.scenarios.iter().chain(ruled).flat_map(of_scenario);
    found.map(|(line, problem)| format!("{}:{line}: {problem}", path.display())).collect()
}

fn of_scenario(scenario: &Scenario) -> Vec<(usize, String)> {
    if scenario.examples.is_empty() {
        let is_outline = scenario.keyword.contains("Outline") || scenario.keyword.contains("Template");
        let problem = "an outline needs Examples: a table with a column for each <name> in it".to_owned();
        return if is_outline { vec![(scenario.position.line, problem)] } else { Vec::new() };
    }
    let mut problems = Vec::new();
    for examples in &scenario.examples {
        let rows = examples.table.as_ref().map_or(&[][..], |table| &table.rows);
        let [columns, _, ..] = rows else {
            problems.push((examples.position.line, "the Examples have no row: the outline would not run".to_owned()));
            continue;
        };
        let steps = scenario.steps.iter().flat_map(|step| {
            let texts = [Some(step.value.as_str()), step.docstring.as_deref()];
            texts.into_iter().flatten().map(|text| (step.position.line, text))
        });
        for (line, text) in std::iter::once((scenario.position.line, scenario.name.as_str())).chain(steps) {
            for name in COLUMN.captures_iter(text).map(|captures| captures[1].to_owned()) {
                if !columns.contains(&name) {
                    problems.push((line, unknown(&name, columns)));
                }
            }
        }
    }
    problems
}

fn unknown(name: &str, columns: &[String]) -> String {
    let nearest = nearest(name, columns).map_or("", String::as_str);
    let known: Vec<_> = columns.iter().map(|column| format!("<{column}>")).collect();
    format!("<{name}> is no column of the Examples; the nearest is <{nearest}>; known are {}", known.join(", "))
}
