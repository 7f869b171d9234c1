//! The files that a report is written to.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::output::fail;
use crate::exit_code::Exit;
use crate::report::{Stories, check_writable, html, json, junit, markdown, sarif, write_atomically};
use crate::results::Results;

/// Where the results go, besides the console. One of them may be `-`, standard output; then the console is standard error.
#[derive(Debug, Default, clap::Args)]
pub(super) struct ReportFiles {
    /// Writes the results as JSON; here and below `-` is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Writes a summary in Markdown, for the page of a CI job
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Writes the findings as SARIF 2.1.0
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Writes a page with everything that a person at a red build needs; it is one file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl ReportFiles {
    fn named(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let files = [
            ("--json", &self.json),
            ("--junit", &self.junit),
            ("--markdown", &self.markdown),
            ("--sarif", &self.sarif),
            ("--html", &self.html),
        ];
        files.into_iter().filter_map(|(option, file)| Some((option, file.as_deref()?)))
    }

    /// Whether one of them is standard output.
    pub(super) fn take_stdout(&self) -> bool {
        self.named().any(|(_, file)| is_stdout(file))
    }

    /// Checks that all of them can be written after the run; `others` are files that it reads, too.
    pub(super) fn check<'a>(
        &'a self,
        others: impl IntoIterator<Item = (&'static str, &'a Path)>,
    ) -> Result<(), String> {
        let mut taken: Vec<(&str, &Path)> = others.into_iter().collect();
        for (option, file) in self.named() {
            if let Some((other, _)) = taken.iter().find(|(_, other)| is_same(other, file)) {
                return Err(format!("{other} and {option} both name {}; name two files", file.display()));
            }
            if !is_stdout(file) {
                check_writable(file).map_err(|error| error.to_string())?;
            }
            taken.push((option, file));
        }
        Ok(())
    }

    /// Writes the files; one that cannot be written does not stop the others. How the run ends is its exit code, and that
    /// of a file that is missing where nothing else is wrong.
    pub(super) fn write(&self, results: &Results, stories: &Stories) -> Exit {
        let render = |option: &str| match option {
            "--json" => Ok(json::render(results)),
            "--junit" => {
                junit::render(results, stories).map_err(|error| format!("failed to render the JUnit report: {error}"))
            }
            "--markdown" => Ok(markdown::render(results, stories)),
            "--sarif" => Ok(sarif::render(results, stories)),
            _ => Ok(html::render(results, stories)),
        };
        let mut missing = false;
        for (option, file) in self.named() {
            let written = render(option).and_then(|text| match is_stdout(file) {
                true => print(&text).map_err(|error| format!("failed to write {option} to standard output: {error}")),
                false => write_atomically(file, &text).map_err(|error| error.to_string()),
            });
            if let Err(error) = written {
                missing = true;
                fail(Exit::ReportNotWritten, &error);
            }
        }
        match Exit::of(results) {
            Exit::Clean if missing => Exit::ReportNotWritten,
            exit => exit,
        }
    }
}

fn is_stdout(file: &Path) -> bool {
    file == Path::new("-")
}

fn print(text: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// `result.json` and `./result.json` are one file.
fn is_same(a: &Path, b: &Path) -> bool {
    a == b || std::path::absolute(a).ok() == std::path::absolute(b).ok()
}
