//! The expectations file of a run: read before it, held against it, brought up to date after it.

use std::path::{Path, PathBuf};

use super::client::is_there;
use super::output::complain;
use crate::expected::{self, Expectations};
use crate::report::{check_writable, write_atomically};
use crate::results::{Results, ScenarioResult};
use crate::suite::ScenarioId;
use crate::verdict::is_no_finding;

/// The scenarios that an entry may name.
pub(super) struct Known {
    /// All that there are.
    pub(super) all: Vec<ScenarioId>,
    /// Those of a whole run.
    pub(super) whole: Vec<ScenarioId>,
}

/// What a run is held against.
pub(super) struct Expected {
    file: PathBuf,
    /// The text that is there; empty if it has still to be written.
    text: String,
    /// What it says.
    expectations: Expectations,
    known: Known,
    /// Whether the file is brought up to date first.
    write: bool,
}

impl Expected {
    /// Before anything runs: a file that cannot be read must not be found out afterwards.
    pub(super) fn read(file: Option<PathBuf>, write: bool, known: Known) -> Result<Option<Self>, String> {
        let Some(file) = file else {
            return match write {
                true => {
                    Err("--write-expected has no quintain.toml to write beside; name the file, --expected FILE"
                        .to_owned())
                }
                false => Ok(None),
            };
        };
        let is_new = write && !is_there(&file);
        let text = if is_new { String::new() } else { expected::text(&file).map_err(|error| error.to_string())? };
        let expectations = Expectations::parse(&file, &text).map_err(|error| error.to_string())?;
        if write {
            expected::check_rewritable(&file, &text)?;
            check_writable(&file).map_err(|error| error.to_string())?;
        }
        Ok(Some(Self { file, text, expectations, known, write }))
    }

    /// Whether a result is expected.
    pub(super) fn expects(&self, result: &ScenarioResult) -> bool {
        self.expectations.expect(result)
    }

    /// What was changed in the file, if it was to be written. A run that has not come to its end, or in which the
    /// client was not once judged, knows too little: it leaves the file alone, and says so on standard error.
    pub(super) fn judge(self, results: &mut Results) -> Result<Option<String>, String> {
        let Self { file, text, mut expectations, known, write } = self;
        let knows_too_little = knows_too_little(results).filter(|_| write);
        if let Some(why) = &knows_too_little {
            complain(&format!("{} is left as it is, for {why}", file.display()));
        }
        let changes = if write && knows_too_little.is_none() {
            let rewritten = expected::rewrite(&file, &text, results, &known.all)?;
            if rewritten.text != text {
                write_atomically(&file, &rewritten.text).map_err(|error| error.to_string())?;
            }
            expectations = Expectations::parse(&file, &rewritten.text).map_err(|error| error.to_string())?;
            Some(written(&file, &rewritten.changes))
        } else {
            None
        };
        expectations.compare(results, &known.all, &known.whole);
        Ok(changes)
    }
}

/// Why nothing can be written down of a run.
fn knows_too_little(results: &Results) -> Option<String> {
    if let Some(stopped) = results.stopped {
        return Some(stopped.to_string());
    }
    let was_judged = |result: &ScenarioResult| !is_no_finding(&result.reason);
    (!results.scenarios.iter().any(was_judged))
        .then(|| "the client could not be operated, so nothing was judged".to_owned())
}

fn written(file: &Path, changes: &[String]) -> String {
    if changes.is_empty() {
        return format!("{} is as it was: the run shows nothing else", file.display());
    }
    format!(
        "{} is rewritten; review the diff, and name the causes in `comment`\n  {}",
        file.display(),
        changes.join("\n  ")
    )
}
