//! Expectations: what a client is known to do wrong, so that only new findings turn a build red.
//!
//! An expectations file is a list of claims about results (`docs/expectations.md`). Each claim is held against every
//! run: one that no longer holds, or matches no result, or is due for review, is a finding itself.

mod compare;
mod read;
mod rewrite;

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use globset::GlobMatcher;

pub use self::read::ReadError;
pub(crate) use self::read::text;
pub use self::rewrite::{Rewritten, check_rewritable, rewrite};
use crate::results::ScenarioResult;
use crate::suite::ScenarioId;
use crate::verdict::{Verdict, is_no_finding};

/// The file beside `quintain.toml` that is used unless another is named.
pub const DEFAULT_FILE: &str = "quintain-expected.toml";

/// A whole expectations file, parsed and checked.
#[derive(Debug, Clone)]
pub struct Expectations {
    file: PathBuf,
    digest: String,
    entries: Vec<Entry>,
    causes: Vec<Cause>,
    coverage: Option<Coverage>,
}

impl Expectations {
    /// Where it was read from, as it was named.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Its entries, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// A claim: all these scenarios end so.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where it begins in the file; the first line is 1.
    pub line: usize,
    /// Which scenarios.
    pub scenarios: Vec<Pattern>,
    /// How they end.
    pub verdict: Verdict,
    /// The `reason` that the results give.
    pub reason: String,
    /// Why that is so, and what is to become of it.
    pub comment: Option<String>,
    /// The last day on which the entry is taken at its word.
    pub review_by: Option<NaiveDate>,
    /// Whether a verdict that is more than a failure is let pass, too.
    pub excuse: bool,
}

impl Entry {
    /// Whether the entry lets pass what it describes. A crash, a contradiction and a scenario that proves nothing may
    /// hide anything, so somebody has to have said that this one does not.
    #[must_use]
    pub fn excuses(&self) -> bool {
        self.excuse || !needs_excuse(self.verdict)
    }

    fn matches(&self, id: &ScenarioId) -> bool {
        self.scenarios.iter().any(|pattern| pattern.matches(id))
    }
}

/// A claim about one cause: whatever ends by this reason is known, in whichever scenario.
#[derive(Debug, Clone)]
pub struct Cause {
    /// Where it begins in the file; the first line is 1.
    pub line: usize,
    /// The `reason` that the results give.
    pub reason: String,
    /// Why that is so, and what is to become of it.
    pub comment: String,
    /// The last day on which the entry is taken at its word.
    pub review_by: Option<NaiveDate>,
    /// Whether a verdict that is more than a failure is let pass, too.
    pub excuse: bool,
}

/// What was judged when the file was written.
#[derive(Debug, Clone)]
struct Coverage {
    /// Where it begins in the file.
    line: usize,
    /// The ids.
    judged: Vec<String>,
}

/// A scenario id, or a glob over ids.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    glob: GlobMatcher,
}

impl Pattern {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn matches(&self, id: &ScenarioId) -> bool {
        self.glob.is_match(id.as_str())
    }
}

/// Whether an entry for this verdict needs `excuse = true`.
#[must_use]
pub fn needs_excuse(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Crashed | Verdict::Conflict | Verdict::NotExercised)
}

/// Whether there can be an entry for this verdict. A time-out says nothing about the client, and our own failures
/// nothing about anything.
#[must_use]
pub fn can_be_expected(verdict: Verdict) -> bool {
    verdict == Verdict::Warn || verdict == Verdict::Fail || needs_excuse(verdict)
}

/// Whether a result says anything about the client that an entry could hold for.
fn is_open(result: &ScenarioResult) -> bool {
    matches!(result.verdict, Verdict::Unstable | Verdict::Inconclusive | Verdict::HarnessError)
        || is_no_finding(&result.reason)
}
