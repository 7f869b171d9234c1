//! `--write-expected`: the file as the run would have it.
//!
//! What still holds stays as it is, to the letter. What was not run stays, too. Only what the run has shown to be
//! otherwise goes, and only what it has newly shown is added.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, RawString, Table, TomlError, Value, value};

use super::{Cause, Entry, Expectations, can_be_expected, is_open, needs_excuse};
use crate::results::{Results, ScenarioResult};
use crate::suite::ScenarioId;
use crate::verdict::Verdict;

/// A new text, and how it came about.
#[derive(Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The whole file.
    pub text: String,
    /// What was changed, a line each; none if the text is what it was.
    pub changes: Vec<String>,
}

const INTRODUCTION: &str = "\
# The known findings of this client. `quintain verify` is red for findings that are not in this file, and for entries that
# no longer hold. Write the cause into `comment`. With `review_by = 2027-03-31` an entry is red after that day.
";

/// The expectations file that a run leads to, from the text that is there (none: empty).
///
/// # Errors
///
/// If the text that is there cannot be read: it is not for us to throw it away.
pub fn rewrite(file: &Path, text: &str, results: &Results, known: &[ScenarioId]) -> Result<Rewritten, String> {
    let old = Expectations::parse(file, text).map_err(|error| error.to_string())?;
    let mut document = document(file, text)?;
    let tables = document["expected"].as_array_of_tables_mut().expect("it was looked at when the document was read");
    let run =
        Run { ends: results.scenarios.iter().map(|result| (&result.id, result)).collect(), known, causes: &old.causes };
    let mut changes = Vec::new();
    let mut taken = BTreeSet::new();
    let mut gone = Vec::new();
    for (index, (entry, table)) in old.entries.iter().zip(tables.iter_mut()).enumerate() {
        match run.revise(entry, &mut taken) {
            Revised::Same => {}
            Revised::Scenarios { out, with } => {
                changes.push(format!("line {}: took out {}", entry.line, out.join(", ")));
                narrow(table, &out, &with);
            }
            Revised::Ending { ids, verdict, reason } => {
                changes.push(format!("line {}: {} is now {} ({reason})", entry.line, ids.join(", "), verdict.name()));
                narrow(table, &entry.scenarios.iter().map(|it| it.as_str().to_owned()).collect::<Vec<_>>(), &ids);
                set_ending(table, verdict, &reason);
            }
            Revised::Gone => {
                let comment = entry.comment.as_deref().map(|comment| format!("; it said: {comment}"));
                changes.push(format!("line {}: took out the entry{}", entry.line, comment.unwrap_or_default()));
                gone.push(index);
            }
        }
    }
    gone.into_iter().rev().for_each(|index| drop(tables.remove(index)));
    for ((verdict, reason), ids) in run.unexpected(&taken) {
        changes.push(format!("added {} as {} ({reason})", ids.join(", "), verdict.name()));
        tables.push(table(&ids, verdict, reason));
    }
    if text.is_empty() || old.coverage.is_some() {
        let before: BTreeSet<_> = old.coverage.iter().flat_map(|coverage| coverage.judged.iter().cloned()).collect();
        let judged = judged(before.clone(), results);
        if judged != before {
            changes.push(format!(
                "[coverage]: {} scenarios are judged; before this run {}",
                judged.len(),
                before.len()
            ));
            let judged: Vec<_> = judged.into_iter().collect();
            let mut lines = list(&judged);
            lines.set_trailing_comma(judged.len() > 1);
            document["coverage"]["judged"] = value(lines);
            if let Some(table) = document["coverage"].as_inline_table().cloned() {
                document["coverage"] = Item::Table(table.into_table());
            }
        }
    }
    if changes.is_empty() {
        return Ok(Rewritten { text: text.to_owned(), changes });
    }
    let introduction = if text.is_empty() { INTRODUCTION } else { "" };
    Ok(Rewritten { text: format!("{introduction}{document}"), changes })
}

/// What is judged now: a scenario that did not run stays what it was.
fn judged(mut before: BTreeSet<String>, results: &Results) -> BTreeSet<String> {
    for result in results.scenarios.iter().filter(|result| result.was_run() && !is_open(result)) {
        if matches!(result.verdict, Verdict::Unsupported | Verdict::Inapplicable) {
            before.remove(result.id.as_str());
        } else {
            before.insert(result.id.to_string());
        }
    }
    before
}

/// Checks before a run that a text can be rewritten after it.
///
/// # Errors
///
/// As [`rewrite`].
pub fn check_rewritable(file: &Path, text: &str) -> Result<(), String> {
    Expectations::parse(file, text).map_err(|error| error.to_string())?;
    document(file, text).map(drop)
}

fn document(file: &Path, text: &str) -> Result<DocumentMut, String> {
    let failed = |problem: &str| format!("failed to rewrite the expectations {}: {problem}", file.display());
    let mut document: DocumentMut = text.parse().map_err(|error: TomlError| failed(&error.to_string()))?;
    match document.entry("expected").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new())) {
        Item::ArrayOfTables(_) => Ok(document),
        _ => Err(failed("its entries are a list of inline tables; write each as a section [[expected]]")),
    }
}

/// What has to become of an entry.
enum Revised {
    Same,
    /// Some patterns go; ids come in their place where a glob was too wide.
    Scenarios {
        out: Vec<String>,
        with: Vec<String>,
    },
    /// All its scenarios now end in one other way.
    Ending {
        ids: Vec<String>,
        verdict: Verdict,
        reason: String,
    },
    Gone,
}

struct Run<'a> {
    ends: BTreeMap<&'a ScenarioId, &'a ScenarioResult>,
    known: &'a [ScenarioId],
    causes: &'a [Cause],
}

impl<'a> Run<'a> {
    /// `taken` are the scenarios that an earlier entry, and afterwards this one, speaks of.
    fn revise(&self, entry: &Entry, taken: &mut BTreeSet<&'a ScenarioId>) -> Revised {
        let (mut out, mut with, mut kept, mut others) = (Vec::new(), Vec::new(), 0, Vec::new());
        for pattern in &entry.scenarios {
            let members: BTreeSet<_> = self.known.iter().filter(|id| pattern.matches(id)).collect();
            let (fit, unfit): (Vec<_>, Vec<_>) =
                members.iter().copied().filter(|id| !taken.contains(id)).partition(|id| self.fits(entry, id));
            if !fit.is_empty() && fit.len() == members.len() {
                kept += 1;
            } else {
                out.push(pattern.as_str().to_owned());
                with.extend(fit.iter().map(ToString::to_string));
                others.extend(unfit);
            }
            taken.extend(fit);
        }
        if out.is_empty() {
            return Revised::Same;
        }
        if kept > 0 || !with.is_empty() {
            return Revised::Scenarios { out, with };
        }
        let endings: BTreeSet<_> = others.iter().map(|id| self.ending(id)).collect();
        match endings.first() {
            Some(Some((verdict, reason))) if endings.len() == 1 => {
                let revised = Revised::Ending {
                    ids: others.iter().map(ToString::to_string).collect(),
                    verdict: *verdict,
                    reason: (*reason).to_owned(),
                };
                taken.extend(others);
                revised
            }
            _ => Revised::Gone,
        }
    }

    /// Nothing that was seen speaks against it.
    fn fits(&self, entry: &Entry, id: &ScenarioId) -> bool {
        let holds = |result: &ScenarioResult| result.verdict == entry.verdict && result.reason == entry.reason;
        self.ends.get(id).is_none_or(|result| is_open(result) || holds(result))
    }

    /// How a scenario ended, if that is something to expect.
    fn ending(&self, id: &ScenarioId) -> Option<(Verdict, &'a str)> {
        let result = self.ends.get(id)?;
        (can_be_expected(result.verdict) && !is_open(result)).then_some((result.verdict, result.reason.as_str()))
    }

    /// What is red and in no entry, by how it ends.
    fn unexpected(&self, taken: &BTreeSet<&ScenarioId>) -> BTreeMap<(Verdict, &'a str), Vec<String>> {
        let mut unexpected: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for id in self.ends.keys().filter(|id| !taken.contains(*id)) {
            match self.ending(id) {
                // It is known by its cause.
                Some((_, reason)) if self.causes.iter().any(|cause| cause.reason == reason) => {}
                Some((verdict, reason)) if verdict.is_red() => {
                    unexpected.entry((verdict, reason)).or_default().push(id.to_string());
                }
                _ => {}
            }
        }
        unexpected
    }
}

/// Takes patterns out of an entry's list and adds ids.
///
/// A comment behind an element stands, for TOML, before the next one: each has to stay with what it is about.
fn narrow(table: &mut Table, out: &[String], with: &[String]) {
    let Some(list) = table.get_mut("scenarios").and_then(Item::as_array_mut) else { return };
    let mut narrowed = Array::new();
    let mut behind: Option<String> = None;
    let mut indent = String::new();
    for mut value in list.clone() {
        let before = prefix(&value);
        let (behind_last, above) = split(&before);
        let behind_last = behind.take().unwrap_or_else(|| behind_last.to_owned());
        if value.as_str().is_some_and(|text| out.iter().any(|gone| gone == text)) {
            behind = Some(behind_last);
        } else {
            value.decor_mut().set_prefix(format!("{behind_last}{above}"));
            narrowed.push_formatted(value);
        }
        indent = above.rsplit_once('\n').map_or(indent, |(_, spaces)| format!("\n{spaces}"));
    }
    for id in with {
        let before = match (behind.take(), narrowed.is_empty() || !indent.is_empty()) {
            (behind, true) => format!("{}{indent}", behind.unwrap_or_default()),
            (_, false) => " ".to_owned(),
        };
        narrowed.push_formatted(Value::from(id).decorated(before, ""));
    }
    let trailing = list.trailing().as_str().unwrap_or_default();
    let (behind_last, end) = split(trailing);
    narrowed.set_trailing(format!("{}{end}", behind.as_deref().unwrap_or(behind_last)));
    narrowed.set_trailing_comma(list.trailing_comma() && !narrowed.is_empty());
    *narrowed.decor_mut() = list.decor().clone();
    *list = narrowed;
}

fn prefix(value: &Value) -> String {
    value.decor().prefix().and_then(RawString::as_str).unwrap_or_default().to_owned()
}

/// What follows an element on its line, and the lines below.
fn split(text: &str) -> (&str, &str) {
    text.split_at(text.find('\n').unwrap_or(0))
}

fn set_ending(table: &mut Table, verdict: Verdict, reason: &str) {
    table["verdict"] = value(verdict.name());
    table["reason"] = value(reason);
    // The excuse was written for the old ending.
    table.remove("excuse");
    if needs_excuse(verdict) {
        table["excuse"] = value(false);
    }
}

fn table(ids: &[String], verdict: Verdict, reason: &str) -> Table {
    let mut table = Table::new();
    table.decor_mut().set_prefix("\n");
    table["scenarios"] = value(list(ids));
    table["verdict"] = value(verdict.name());
    table["reason"] = value(reason);
    if needs_excuse(verdict) {
        table["excuse"] = value(false);
    }
    table["comment"] = value("");
    table
}

/// One line for one id, a line each for several.
fn list(ids: &[String]) -> Array {
    let mut list: Array = ids.iter().collect();
    if ids.len() > 1 {
        list.iter_mut().for_each(|value| value.decor_mut().set_prefix("\n    "));
        list.set_trailing("\n");
        list.set_trailing_comma(true);
    }
    list
}
