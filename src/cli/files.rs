//! The files that a report is written to.

use std::path::{Path, PathBuf};

use super::fail;
use crate::exit_code::Exit;
use crate::report::{Results, check_writable, json, junit, markdown, write_atomically};

/// Where the results go, besides the console.
#[derive(Debug, Default, clap::Args)]
pub(super) struct ReportFiles {
    /// Writes the results as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Writes a summary in Markdown, for the page of a CI job
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

impl ReportFiles {
    fn named(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let files = [("--json", &self.json), ("--junit", &self.junit), ("--markdown", &self.markdown)];
        files.into_iter().filter_map(|(option, file)| Some((option, file.as_deref()?)))
    }

    /// Checks that all of them can be written after the run; `others` are files that it reads or writes besides.
    pub(super) fn check<'a>(
        &'a self,
        others: impl IntoIterator<Item = (&'static str, &'a Path)>,
    ) -> Result<(), String> {
        let mut taken: Vec<(&str, &Path)> = others.into_iter().collect();
        for (option, file) in self.named() {
            if let Some((other, _)) = taken.iter().find(|(_, other)| *other == file) {
                return Err(format!("{other} and {option} both name {}; name two files", file.display()));
            }
            check_writable(file).map_err(|error| error.to_string())?;
            taken.push((option, file));
        }
        Ok(())
    }

    /// Writes the files, all of which are made before the first is written. How the run ends is its exit code.
    pub(super) fn write(&self, results: &Results) -> Exit {
        let junit = match junit::render(results) {
            Ok(junit) => junit,
            Err(error) => return fail(Exit::OurBug, &format!("failed to render the JUnit report: {error}")),
        };
        let files =
            [(&self.json, json::render(results)), (&self.junit, junit), (&self.markdown, markdown::render(results))];
        for (path, text) in files {
            let Some(path) = path else { continue };
            if let Err(error) = write_atomically(path, &text) {
                return fail(Exit::Usage, &error.to_string());
            }
        }
        Exit::of(results)
    }
}
