//! JSON, the published form.

use std::fmt;

use crate::results::{Cause, Results, SCHEMA_VERSION};
use crate::suite::Shard;
use crate::verdict::Verdict;

/// The results as JSON text.
#[must_use]
pub fn render(results: &Results) -> String {
    let mut text = serde_json::to_string_pretty(results).expect("results are made of strings, numbers and lists");
    text.push('\n');
    text
}

/// The JSON Schema of the published form.
#[must_use]
pub fn schema() -> String {
    let schema = schemars::schema_for!(Results);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text.push('\n');
    text
}

/// Why a file is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidResults(String);

impl fmt::Display for InvalidResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "these results prove nothing: {}", self.0)
    }
}

impl std::error::Error for InvalidResults {}

/// Reads results back, those of a run, too, that did not come to its end: they are there to be looked at.
///
/// # Errors
///
/// If they are no results, or of another version.
pub fn read_unfinished(text: &str) -> Result<Results, InvalidResults> {
    let results: Results = serde_json::from_str(text)
        .map_err(|error| InvalidResults(format!("they are truncated or altered ({error})")))?;
    if results.schema != SCHEMA_VERSION {
        return Err(InvalidResults(format!(
            "they are of schema version {}, and this is version {SCHEMA_VERSION}",
            results.schema
        )));
    }
    Ok(results)
}

/// Reads results back. What is truncated, incomplete or does not add up is refused.
///
/// # Errors
///
/// Says what is missing.
pub fn read(text: &str) -> Result<Results, InvalidResults> {
    let results = read_unfinished(text)?;
    let invalid = |why: String| Err(InvalidResults(why));
    if !results.complete {
        let why = results.stopped.map_or(String::new(), |stopped| format!("; {stopped}"));
        return invalid(format!("the run did not come to its end{why}"));
    }
    if results.summary.total != results.scenarios.len() {
        return invalid(format!(
            "the summary counts {} scenarios, and {} are here",
            results.summary.total,
            results.scenarios.len()
        ));
    }
    let mut seen = std::collections::BTreeSet::new();
    if let Some(twice) = results.scenarios.iter().find(|scenario| !seen.insert(&scenario.id)) {
        return invalid(format!("the scenario {} is here twice", twice.id));
    }
    if let Some(shard) = &results.shard {
        let Some(part) = Shard::new(shard.index, shard.of) else {
            return invalid(format!("there is no part {}/{}", shard.index, shard.of));
        };
        let due: Vec<_> = shard.cases.iter().filter(|id| part.holds(id)).collect();
        if due != results.scenarios.iter().map(|scenario| &scenario.id).collect::<Vec<_>>() {
            return invalid(format!("they are not the scenarios of part {part}, of which there are {}", due.len()));
        }
    }
    let expected = results.scenarios.iter().filter(|scenario| scenario.expected.is_some()).count();
    if results.summary.expected != expected {
        let counted = results.summary.expected;
        return invalid(format!("the summary counts {counted} expected results, and {expected} are here"));
    }
    if expected > 0 && results.expectations.is_none() {
        return invalid(format!("{expected} results are expected, and by nothing"));
    }
    let by_shim = results.scenarios.iter().filter(|scenario| scenario.rests_on_shim()).count();
    if by_shim != results.summary.refused_by_shim {
        return invalid(format!(
            "the summary counts {} refusals by the shim alone, and {by_shim} are here",
            results.summary.refused_by_shim
        ));
    }
    for verdict in Verdict::ALL {
        let found = results.scenarios.iter().filter(|scenario| scenario.verdict == verdict).count();
        if found != results.count(verdict) {
            return invalid(format!(
                "the summary counts {} × {}, and {found} are here",
                results.count(verdict),
                verdict.name()
            ));
        }
    }
    // Titles are prose, which another version may word otherwise.
    let facts = |cause: Cause| (cause.id, cause.verdict, cause.tested, cause.scenarios);
    let told = results.causes.iter().cloned().map(facts);
    if !told.eq(Cause::all(&results.scenarios).into_iter().map(facts)) {
        return invalid("the causes are not those of the scenarios".to_owned());
    }
    Ok(results)
}
