//! The files that a report is written to.

use std::path::{Path, PathBuf};

use super::fail;
use crate::exit_code::Exit;
use crate::report::{Results, check_writable, json, junit, write_atomically};

/// Where the results go, besides the console.
#[derive(Debug, Default, clap::Args)]
pub(super) struct ReportFiles {
    /// Writes the results as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

impl ReportFiles {
    fn named(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let files = [("--json", &self.json), ("--junit", &self.junit)];
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
        let junit = match self.junit.as_deref().map(|path| Ok((path, junit::render(results)?))).transpose() {
            Ok(junit) => junit,
            Err(error) => {
                let error: quick_junit::SerializeError = error;
                return fail(Exit::OurBug, &format!("failed to render the JUnit report: {error}"));
            }
        };
        let json = self.json.as_deref().map(|path| (path, json::render(results)));
        for (path, text) in json.into_iter().chain(junit) {
            if let Err(error) = write_atomically(path, &text) {
                return fail(Exit::Usage, &error.to_string());
            }
        }
        Exit::of(results)
    }
}
