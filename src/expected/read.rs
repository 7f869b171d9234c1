//! Reading an expectations file. Everything is checked here, once.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use chrono::NaiveDate;
use globset::Glob;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::{Cause, Coverage, Entry, Expectations, Pattern, can_be_expected, needs_excuse};
use crate::verdict::{TIMED_OUT, Verdict, is_no_finding};

/// Why an expectations file cannot be used: the file, what is wrong, and what to do.
#[derive(Debug)]
pub struct ReadError {
    file: PathBuf,
    line: Option<usize>,
    problem: String,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to read the expectations {}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.problem.trim_end())
    }
}

impl std::error::Error for ReadError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    expected: Vec<Spanned<Written>>,
    #[serde(default)]
    cause: Vec<Spanned<WrittenCause>>,
    coverage: Option<Spanned<WrittenCoverage>>,
}

/// A cause as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCause {
    reason: String,
    comment: String,
    review_by: Option<Datetime>,
    #[serde(default)]
    excuse: bool,
}

/// What was judged, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCoverage {
    judged: Vec<String>,
}

/// An entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    scenarios: Vec<String>,
    verdict: Verdict,
    reason: String,
    comment: Option<String>,
    review_by: Option<Datetime>,
    #[serde(default)]
    excuse: bool,
}

impl Expectations {
    /// Reads and checks a file.
    ///
    /// # Errors
    ///
    /// Names the file, the line where there is one, and what was expected.
    pub fn read(file: &Path) -> Result<Self, ReadError> {
        Self::parse(file, &text(file)?)
    }

    /// Checks the text of a file.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn parse(file: &Path, text: &str) -> Result<Self, ReadError> {
        let failed = |line, problem| ReadError { file: file.to_owned(), line, problem };
        let written: File = toml::from_str(text).map_err(|error| failed(None, error.to_string()))?;
        let entries = written.expected.into_iter().map(|written| {
            let line = line_of(text, written.span().start);
            entry(line, written.into_inner()).map_err(|problem| failed(Some(line), problem))
        });
        let causes = written.cause.into_iter().map(|written| {
            let line = line_of(text, written.span().start);
            cause(line, written.into_inner()).map_err(|problem| failed(Some(line), problem))
        });
        let coverage = written.coverage.map(|written| {
            let line = line_of(text, written.span().start);
            Coverage { line, judged: written.into_inner().judged }
        });
        let hash = digest(&SHA256, text.as_bytes());
        let digest: Vec<_> = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self {
            file: file.to_owned(),
            digest: digest.concat(),
            entries: entries.collect::<Result<_, _>>()?,
            causes: causes.collect::<Result<_, _>>()?,
            coverage,
        })
    }
}

/// The text of a file.
pub(crate) fn text(file: &Path) -> Result<String, ReadError> {
    std::fs::read_to_string(file).map_err(|error| {
        let problem = match error.kind() {
            ErrorKind::NotFound => {
                "there is no such file; name another with --expected, or let --write-expected write it".to_owned()
            }
            ErrorKind::IsADirectory => "it is a folder; name the file in it".to_owned(),
            ErrorKind::InvalidData => "it is not UTF-8 text; save it as UTF-8".to_owned(),
            ErrorKind::PermissionDenied => "there is no permission to read it; check its permissions".to_owned(),
            _ => error.to_string(),
        };
        ReadError { file: file.to_owned(), line: None, problem }
    })
}

/// The line of a byte.
fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

fn entry(line: usize, written: Written) -> Result<Entry, String> {
    if written.scenarios.is_empty() {
        return Err("this entry names no scenario; write scenarios = [\"area/fact\"], or take the entry out".to_owned());
    }
    let verdict = written.verdict;
    let name = verdict.name();
    if !can_be_expected(verdict) {
        return Err(match verdict {
            Verdict::Inconclusive => format!(
                "no entry excuses {name}: a time-out says nothing about the client; see why it does not answer, or give it more time"
            ),
            Verdict::Unstable => format!(
                "no entry excuses {name}: its verdict differs when it is played alone; see what the client keeps"
            ),
            Verdict::HarnessError => format!("no entry excuses {name}: it says nothing about the client; report it"),
            _ => format!("{name} needs no entry; write fail, warn, crashed, conflict or not-exercised, or take it out"),
        });
    }
    if written.reason.trim().is_empty() {
        return Err("reason is empty; write the reason that the results give, such as \"code-redeemed\"".to_owned());
    }
    if is_no_finding(&written.reason) {
        return Err(format!(
            "no entry excuses {}: the client could not be operated, which says nothing about it; fix the set-up",
            written.reason
        ));
    }
    if written.comment.iter().chain([&written.reason]).any(|text| text.contains(|c: char| c.is_control() && c != '\n'))
    {
        return Err("comment and reason are for people to read; take the control characters out".to_owned());
    }
    let comment = written.comment.filter(|comment| !comment.trim().is_empty());
    if written.excuse && !needs_excuse(verdict) {
        return Err(format!("{name} needs no excuse; leave it out (it is for crashed, conflict and not-exercised)"));
    }
    if written.excuse && comment.is_none() {
        return Err(format!(
            "excuse = true needs a comment: say why {name} hides nothing worse here, in comment = \"…\""
        ));
    }
    Ok(Entry {
        line,
        scenarios: written.scenarios.into_iter().map(pattern).collect::<Result<_, _>>()?,
        verdict,
        reason: written.reason,
        comment,
        review_by: written.review_by.map(date).transpose()?,
        excuse: written.excuse,
    })
}

fn cause(line: usize, written: WrittenCause) -> Result<Cause, String> {
    let WrittenCause { reason, comment, review_by, excuse } = written;
    if reason.trim().is_empty() {
        return Err("reason is empty; write the reason that the results give, such as \"refused-with-500\"".to_owned());
    }
    if is_no_finding(&reason) || reason == TIMED_OUT || reason == "harness" {
        return Err(format!("no entry excuses {reason}: it says nothing about the client"));
    }
    if comment.trim().is_empty() {
        return Err("a cause needs a comment: it covers every scenario that ends with this reason".to_owned());
    }
    if [&reason, &comment].into_iter().any(|text| text.contains(|c: char| c.is_control() && c != '\n')) {
        return Err("comment and reason are for people to read; take the control characters out".to_owned());
    }
    Ok(Cause { line, reason, comment, review_by: review_by.map(date).transpose()?, excuse })
}

fn pattern(text: String) -> Result<Pattern, String> {
    if !text.contains('/') {
        return Err(format!(
            "{text:?} is neither a scenario id nor a glob over ids; write \"area/fact\" or \"area/*\""
        ));
    }
    let glob = Glob::new(&text).map_err(|error| format!("{text:?} is not a glob over scenario ids: {error}"))?;
    Ok(Pattern { glob: glob.compile_matcher(), text })
}

fn date(written: Datetime) -> Result<NaiveDate, String> {
    let date = match written {
        Datetime { date: Some(date), time: None, offset: None } => {
            NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))
        }
        _ => None,
    };
    date.ok_or_else(|| format!("review_by = {written} is not a date; write 2027-03-31"))
}
