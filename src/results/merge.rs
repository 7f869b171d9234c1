//! One result from the parts of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};

use super::attribution;
use super::cause::Cause;
use super::expectations::Compared;
use super::run::{ClientInfo, Results, ShardInfo, Summary};
use crate::suite::ScenarioId;

/// Why results are not the parts of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeError(String);

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to merge: {}", self.0)
    }
}

impl std::error::Error for MergeError {}

/// A part, and what it is called in messages.
pub type Named = (String, Results);

/// Merges all parts of a run, in any order. A whole run is its own only part.
///
/// # Errors
///
/// If they are not of one run, or if there are not all of them.
pub fn merge(parts: Vec<Named>) -> Result<Results, MergeError> {
    let Some((first_name, first)) = parts.first() else { return Err(MergeError("there is nothing".to_owned())) };
    if let ([_], None) = (parts.as_slice(), &first.shard) {
        let whole = parts.into_iter().next().map(|(_, results)| results);
        return whole.ok_or_else(|| MergeError("there is nothing".to_owned()));
    }
    for (name, part) in &parts {
        let differ = Differ { names: [first_name, name] };
        differ.unless_same("versions of the suite", &first.suite.version, &part.suite.version)?;
        differ.unless_same("clients", &first.client.name, &part.client.name)?;
        differ.unless_same("drivers", &first.client.driver, &part.client.driver)?;
        differ.unless_same("capabilities", &names(&first.client.capabilities), &names(&part.client.capabilities))?;
        differ.unless_same("checks", &owners(&first.client), &owners(&part.client))?;
        differ.unless_same("profiles", &first.profile, &part.profile)?;
        differ.unless_same("editions", &first.edition, &part.edition)?;
        differ.unless_same("seeds (give all parts the same --seed)", &first.seed, &part.seed)?;
    }
    check_parts(&parts)?;
    let expectations = expectations(&parts)?;
    let mut merged = first.clone();
    merged.command = None;
    merged.shard = None;
    merged.scenarios = parts.iter().flat_map(|(_, part)| part.scenarios.iter().cloned()).collect();
    merged.scenarios.sort_by(|a, b| a.id.cmp(&b.id));
    attribution::by_consequence(&mut merged.scenarios);
    merged.causes = Cause::all(&merged.scenarios);
    merged.expectations = expectations;
    let duration_ms = parts.iter().map(|(_, part)| part.summary.duration_ms).sum();
    merged.summary = Summary::of(&merged.scenarios, duration_ms);
    Ok(merged)
}

fn names(all: &[impl Display]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Who makes which check, to show and to compare.
fn owners(client: &ClientInfo) -> String {
    serde_json::to_string(&client.checks).expect("they are names")
}

/// Two files that ought to agree.
struct Differ<'a> {
    names: [&'a str; 2],
}

impl Differ<'_> {
    fn unless_same<T: PartialEq + Display>(&self, what: &str, a: &T, b: &T) -> Result<(), MergeError> {
        if a == b {
            return Ok(());
        }
        let [first, second] = self.names;
        Err(MergeError(format!(
            "{first} and {second} are of different {what}: {a} and {b}; merge the parts of one run"
        )))
    }
}

/// Each part once, all of them, and all of the same selection.
fn check_parts(parts: &[Named]) -> Result<(), MergeError> {
    let mut by_index: BTreeMap<u32, &str> = BTreeMap::new();
    let mut first: Option<(&str, &ShardInfo)> = None;
    for (name, part) in parts {
        let Some(shard) = &part.shard else {
            return Err(MergeError(format!(
                "{name} is a whole run, not a part of one; leave it out, or merge it alone"
            )));
        };
        let (first_name, first) = *first.get_or_insert((name, shard));
        if shard.of != first.of {
            return Err(MergeError(format!(
                "{first_name} is part {}/{}, and {name} is part {}/{}; merge the parts of one run",
                first.index, first.of, shard.index, shard.of
            )));
        }
        if let Some(other) = by_index.insert(shard.index, name) {
            return Err(MergeError(format!(
                "{other} and {name} both are part {}/{}; give each part once",
                shard.index, shard.of
            )));
        }
        if shard.cases != first.cases {
            return Err(MergeError(format!(
                "{first_name} and {name} are parts of different selections: {}; run all parts with the same selectors \
                 and feature files",
                difference([(first_name, first), (name, shard)])
            )));
        }
    }
    let Some((_, first)) = first else { return Ok(()) };
    let missing: Vec<_> = (1..=first.of).filter(|index| !by_index.contains_key(index)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let all: BTreeSet<_> = parts.iter().flat_map(|(_, part)| part.scenarios.iter().map(|it| &it.id)).collect();
    let lost = first.cases.iter().filter(|id| !all.contains(id)).count();
    let missing: Vec<_> = missing.into_iter().map(|index| format!("{index}/{}", first.of)).collect();
    Err(MergeError(format!(
        "part {} is not here, and {lost} of {} scenarios with it; give all parts",
        missing.join(", "),
        first.cases.len()
    )))
}

/// A scenario that the one has and the other has not.
fn difference([a, b]: [(&str, &ShardInfo); 2]) -> String {
    let only = |x: &ShardInfo, y: &ShardInfo| x.cases.iter().find(|id| !y.cases.contains(id)).cloned();
    let found = |id: ScenarioId, name: &str| format!("{id} is in that of {name} alone");
    let in_a = only(a.1, b.1).map(|id| found(id, a.0));
    in_a.or_else(|| only(b.1, a.1).map(|id| found(id, b.0))).unwrap_or_else(|| "their order differs".to_owned())
}

/// What all parts were held against.
fn expectations(parts: &[Named]) -> Result<Option<Compared>, MergeError> {
    let mut merged: Option<Compared> = None;
    for (index, (name, part)) in parts.iter().enumerate() {
        match (&mut merged, &part.expectations) {
            (None, Some(compared)) if index == 0 => merged = Some(compared.clone()),
            (None, None) => {}
            (Some(merged), Some(compared)) if merged.digest == compared.digest => {
                merged.problems.extend(compared.problems.iter().cloned());
            }
            (Some(_), Some(_)) => {
                return Err(MergeError(format!(
                    "{} and {name} were held against different expectations; run all parts with the same file, or name it \
                     here, --expected FILE",
                    parts[0].0
                )));
            }
            _ => {
                return Err(MergeError(format!(
                    "only one of {} and {name} was held against expectations; run all parts with the same file, or name it \
                     here, --expected FILE",
                    parts[0].0
                )));
            }
        }
    }
    if let Some(merged) = &mut merged {
        // What is wrong with the file itself, every part has found.
        merged.problems.sort();
        merged.problems.dedup();
    }
    Ok(merged)
}
