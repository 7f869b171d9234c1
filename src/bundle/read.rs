//! Reads bundles. They may come from anywhere, so what is read of them is bounded.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use har::Har;
use zip::ZipArchive;
use zip::result::ZipError;

use super::{FEATURES, RESULTS, messages_of};
use crate::report::json;
use crate::results::Results;
use crate::suite::ScenarioId;

/// A bundle on disk.
pub struct Bundle {
    path: PathBuf,
    archive: ZipArchive<File>,
    /// The results of the run.
    pub results: Results,
    /// The feature files that its scenarios are from; none if they are those of the suite.
    pub features: Vec<(PathBuf, String)>,
}

/// A file is no bundle, or one that is broken.
#[derive(Debug, thiserror::Error)]
#[error("failed to read the bundle {}: {problem}", path.display())]
pub struct ReadError {
    path: PathBuf,
    problem: String,
}

/// No run is as large.
const LARGEST: u64 = 256 << 20;
/// Nobody has as many files.
const MOST_FEATURES: usize = 1_000;

impl Bundle {
    /// Opens a bundle and reads its results.
    ///
    /// # Errors
    ///
    /// If there is none, or it holds no results that this version can read.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let failed = |problem: String| ReadError { path: path.to_owned(), problem };
        let written = "name a file that `quintain verify --bundle` has written";
        let file = File::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => failed(format!("there is no such file; {written}")),
            _ => failed(error.to_string()),
        })?;
        let archive =
            ZipArchive::new(file).map_err(|error| failed(format!("it is no ZIP archive ({error}); {written}")));
        let mut archive = archive?;
        let text = member(&mut archive, RESULTS).map_err(|error| failed(format!("{error}; {written}")))?;
        let results = json::read_unfinished(&text).map_err(|error| failed(format!("{RESULTS}: {error}")))?;
        let names = archive.file_names().filter_map(Result::ok).filter(|name| name.starts_with(FEATURES));
        let names: Vec<String> = names.map(Cow::into_owned).collect();
        let features = names.into_iter().take(MOST_FEATURES).map(|name| {
            let text = member(&mut archive, &name).map_err(&failed)?;
            Ok((PathBuf::from(name), text))
        });
        let features = features.collect::<Result<_, ReadError>>()?;
        Ok(Self { path: path.to_owned(), archive, results, features })
    }

    /// The messages of a scenario; nothing if it was not played.
    ///
    /// # Errors
    ///
    /// If they are there and cannot be read.
    pub fn messages(&mut self, id: &ScenarioId) -> Result<Option<Har>, ReadError> {
        let name = messages_of(id);
        if self.archive.index_for_name(&name).is_none() {
            return Ok(None);
        }
        let text = member(&mut self.archive, &name);
        let messages = text.and_then(|text| har::from_str(&text).map_err(|error| format!("{name}: {error}")));
        messages.map(Some).map_err(|problem| ReadError { path: self.path.clone(), problem })
    }
}

/// The text of a member, if it is not too large.
fn member(archive: &mut ZipArchive<File>, name: &str) -> Result<String, String> {
    let mut found = archive.by_name(name).map_err(|error| match error {
        ZipError::FileNotFound => format!("it holds no {name}"),
        other => format!("{name}: {other}"),
    })?;
    if found.size() > LARGEST {
        return Err(too_large(name));
    }
    // What the archive says of the size need not be true.
    text_of(found.by_ref(), LARGEST).map_err(|error| format!("{name}: {error}"))?.ok_or_else(|| too_large(name))
}

fn too_large(name: &str) -> String {
    format!("{name} has more than {} MiB", LARGEST >> 20)
}

/// The whole text; nothing if it is larger than this, in bytes.
fn text_of(text: impl Read, largest: u64) -> io::Result<Option<String>> {
    let mut read = String::new();
    text.take(largest + 1).read_to_string(&mut read)?;
    Ok(Some(read).filter(|read| read.len() as u64 <= largest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_up_to_its_bound_whatever_the_archive_says_of_its_size() {
        let blanks = |number| text_of(io::repeat(b' ').take(number), 1_000).expect("it is text");
        assert_eq!(blanks(1_000), Some(" ".repeat(1_000)));
        assert_eq!(blanks(1_001), None);
        assert_eq!(text_of(io::repeat(b' '), 1_000).expect("it is text"), None);
    }
}
