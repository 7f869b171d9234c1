//! Holding a run against its expectations.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::{NaiveDate, Utc};
use mock_idp::nearest;

use super::{Cause, Coverage, Entry, Expectations, Pattern, is_open, needs_excuse};
use crate::results::{Compared, Expected, Problem, ProblemKind, Results, ScenarioResult};
use crate::suite::ScenarioId;
use crate::verdict::Verdict;

impl Expectations {
    /// Marks the results that are expected, and says what is wrong with the entries.
    ///
    /// `known` are all scenarios that there are, whether they ran or not: an entry for one that did not run is neither
    /// right nor wrong. `whole` are those of a whole run: a cause that none of them ends by is gone.
    pub fn compare(&self, results: &mut Results, known: &[ScenarioId], whole: &[ScenarioId]) {
        self.compare_on(Utc::now().date_naive(), results, (known, whole));
    }

    /// Whether a result is as an entry says.
    #[must_use]
    pub fn expect(&self, result: &ScenarioResult) -> bool {
        match self.entries.iter().find(|entry| entry.matches(&result.id)) {
            Some(entry) => matches!(judge(entry, result), Holds::Yes),
            None => self.causes.iter().any(|cause| cause.matches(result) && cause.excuses(result.verdict)),
        }
    }

    fn compare_on(&self, today: NaiveDate, results: &mut Results, (known, whole): (&[ScenarioId], &[ScenarioId])) {
        let mut problems = Vec::new();
        let (mut used, mut met) = (BTreeSet::new(), BTreeSet::new());
        let mut unexcused: BTreeMap<usize, Vec<&ScenarioId>> = BTreeMap::new();
        for result in &mut results.scenarios {
            result.expected = None;
            let mut entries = self.entries.iter().filter(|entry| entry.matches(&result.id));
            let Some(entry) = entries.next() else {
                if let Some(cause) = self.causes.iter().find(|cause| cause.matches(result)) {
                    met.insert(cause.line);
                    if cause.excuses(result.verdict) {
                        result.expected = Some(Expected { line: cause.line, comment: cause.comment.clone() });
                    }
                }
                continue;
            };
            problems.extend(entries.map(|other| ambiguous(entry, other, &result.id)));
            used.insert(entry.line);
            match judge(entry, result) {
                Holds::Yes => result.expected = Some(mark(entry)),
                Holds::No(message) => {
                    let scenario = Some(result.id.to_string());
                    problems.push(Problem { line: entry.line, kind: ProblemKind::Stale, scenario, message });
                }
                Holds::Unexcused => unexcused.entry(entry.line).or_default().push(&result.id),
                Holds::Open => {}
            }
        }
        problems.extend(self.entries.iter().filter_map(|entry| {
            let ids = unexcused.get(&entry.line)?;
            Some(plain(entry, ids))
        }));
        problems.extend(self.entries.iter().flat_map(|entry| unmatched(entry, known)));
        problems.extend(
            self.entries.iter().filter(|entry| used.contains(&entry.line)).filter_map(|entry| overdue(entry, today)),
        );
        problems.extend(self.causes.iter().filter_map(|cause| {
            if met.contains(&cause.line) { overdue_cause(cause, today) } else { unmet(cause, results, whole) }
        }));
        problems.extend(self.coverage.iter().flat_map(|coverage| lost(coverage, results)));
        problems.sort();
        results.summary.expected = results.scenarios.iter().filter(|result| result.expected.is_some()).count();
        results.expectations = Some(Compared {
            file: self.file.display().to_string(),
            digest: self.digest.clone(),
            entries: self.entries.len() + self.causes.len(),
            problems,
        });
    }
}

impl Cause {
    fn matches(&self, result: &ScenarioResult) -> bool {
        !result.verdict.is_quiet() && !is_open(result) && result.reason == self.reason
    }

    fn excuses(&self, verdict: Verdict) -> bool {
        self.excuse || !needs_excuse(verdict)
    }
}

/// A cause that no scenario of a whole run ends by.
fn unmet(cause: &Cause, results: &Results, whole: &[ScenarioId]) -> Option<Problem> {
    let ran = |id: &ScenarioId| results.scenarios.iter().any(|result| result.id == *id && result.was_run());
    let is_whole = results.complete && results.shard.is_none() && whole.iter().all(ran);
    is_whole.then(|| Problem {
        line: cause.line,
        kind: ProblemKind::Unmatched,
        scenario: None,
        message: format!("no scenario ends by the cause {:?}; take it out", cause.reason),
    })
}

fn overdue_cause(cause: &Cause, today: NaiveDate) -> Option<Problem> {
    let day = cause.review_by.filter(|day| *day < today)?;
    let message = format!(
        "the cause {:?} was to be reviewed by {day}, and today is {today}; see whether it is still true, and then give \
         it a later day",
        cause.reason
    );
    Some(Problem { line: cause.line, kind: ProblemKind::Overdue, scenario: None, message })
}

/// What was judged and no longer is, a problem for each reason.
fn lost(coverage: &Coverage, results: &Results) -> Vec<Problem> {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for result in &results.scenarios {
        let absent = matches!(result.verdict, Verdict::Unsupported | Verdict::Inapplicable);
        if absent && coverage.judged.iter().any(|id| id == result.id.as_str()) {
            by_reason.entry(&result.message).or_default().push(result.id.as_str());
        }
    }
    let problem = |(reason, ids): (&str, Vec<&str>)| Problem {
        line: coverage.line,
        kind: ProblemKind::Lost,
        scenario: None,
        message: format!(
            "{} of the scenarios that were judged no longer apply ({reason}): {}; fix the set-up, or let \
             --write-expected take them out",
            ids.len(),
            ids.join(", ")
        ),
    };
    by_reason.into_iter().map(problem).collect()
}

fn mark(entry: &Entry) -> Expected {
    Expected { line: entry.line, comment: entry.comment.clone().unwrap_or_default() }
}

/// Whether an entry holds for a result.
enum Holds {
    Yes,
    /// It ended otherwise: as the message says.
    No(String),
    /// It does, and must not be let pass by that alone.
    Unexcused,
    /// Nothing is known: the scenario came to no end. It is red by itself.
    Open,
}

fn judge(entry: &Entry, result: &ScenarioResult) -> Holds {
    let expected = ending(entry.verdict, &entry.reason);
    let id = &result.id;
    match result.verdict {
        _ if is_open(result) => Holds::Open,
        verdict if verdict == entry.verdict && result.reason == entry.reason => {
            if entry.excuses() {
                Holds::Yes
            } else {
                Holds::Unexcused
            }
        }
        verdict => {
            let through = through(entry, id);
            let message = if verdict == Verdict::Pass {
                format!("{id}{through} was expected to be {expected}, and it passes; take it out of this entry")
            } else {
                let found = ending(verdict, &result.reason);
                format!(
                    "{id}{through} was expected to be {expected}, and it is {found}: {}; if that is known, too, give it \
                     an entry that says so, and take it out of this one",
                    result.message
                )
            };
            Holds::No(message)
        }
    }
}

fn plain(entry: &Entry, ids: &[&ScenarioId]) -> Problem {
    let ids: Vec<_> = ids.iter().map(|id| id.as_str()).collect();
    let message = format!(
        "{} as expected, and that is more than a failure, so it may hide other findings: {}; fix the client, or find out what \
         it does and write excuse = true and a comment into this entry",
        ending(entry.verdict, &entry.reason),
        ids.join(", ")
    );
    Problem { line: entry.line, kind: ProblemKind::Unexcused, scenario: None, message }
}

/// `fail (code-redeemed)`
fn ending(verdict: Verdict, reason: &str) -> String {
    if reason.is_empty() { verdict.name().to_owned() } else { format!("{} ({reason})", verdict.name()) }
}

/// The glob by which an entry speaks of a scenario.
fn through(entry: &Entry, id: &ScenarioId) -> String {
    let pattern = entry.scenarios.iter().find(|pattern| pattern.matches(id));
    match pattern.map(Pattern::as_str) {
        Some(text) if text != id.as_str() => format!(" (by {text:?})"),
        _ => String::new(),
    }
}

fn ambiguous(first: &Entry, second: &Entry, id: &ScenarioId) -> Problem {
    let message = format!(
        "{id}{} is in the entry of line {}{}, too; take it out of one of them",
        through(second, id),
        first.line,
        through(first, id)
    );
    Problem { line: second.line, kind: ProblemKind::Ambiguous, scenario: Some(id.to_string()), message }
}

fn unmatched(entry: &Entry, known: &[ScenarioId]) -> Vec<Problem> {
    let lost = entry.scenarios.iter().filter(|pattern| !known.iter().any(|id| pattern.matches(id)));
    let problem = |pattern: &Pattern| {
        let text = pattern.as_str();
        let mut message = format!("there is no scenario {text:?}; correct it or take it out of this entry");
        if let Some(nearest) = nearest(text, known.iter().map(ScenarioId::as_str)) {
            let _ = write!(message, " (the nearest is {nearest})");
        }
        Problem { line: entry.line, kind: ProblemKind::Unmatched, scenario: Some(text.to_owned()), message }
    };
    lost.map(problem).collect()
}

fn overdue(entry: &Entry, today: NaiveDate) -> Option<Problem> {
    let day = entry.review_by.filter(|day| *day < today)?;
    let message = format!(
        "this entry for {} was to be reviewed by {day}, and today is {today}; see whether it is still true, and then give it a later day",
        ending(entry.verdict, &entry.reason)
    );
    Some(Problem { line: entry.line, kind: ProblemKind::Overdue, scenario: None, message })
}
