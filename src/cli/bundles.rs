//! `verify --bundle`: a run is kept in one file.

use std::path::{Path, PathBuf};

use crate::bundle::{self, Sources};
use crate::lab::Runs;
use crate::report::{check_writable, write_atomically};
use crate::results::Results;

/// Checks before a run that it can be kept after it.
pub(super) fn check(file: &Path) -> Result<(), String> {
    if file == Path::new("-") {
        return Err("--bundle - would print a ZIP archive; name a file".to_owned());
    }
    check_writable(file).map_err(|error| error.to_string())
}

/// Keeps a run, with its feature files if they are the user's own.
pub(super) fn write(
    file: &Path,
    results: &Results,
    runs: &Runs,
    features: Vec<(PathBuf, String)>,
) -> Result<(), String> {
    let configuration = results.client.configuration.as_ref();
    let configuration = configuration.and_then(|place| std::fs::read_to_string(&place.file).ok());
    let bytes = bundle::render(results, runs, &Sources { configuration, features })?;
    write_atomically(file, bytes).map_err(|error| error.to_string())
}
