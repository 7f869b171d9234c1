//! Writes bundles.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use toml_edit::{DocumentMut, Item, TableLike, Value};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::har::{Clock, har};
use super::journal::Journal;
use super::redaction::Redaction;
use super::{CONFIGURATION, FEATURES, RESULTS, journal_of, messages_of};
use crate::lab::Runs;
use crate::report::json;
use crate::results::Results;

/// The files that a run was made from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The text of `quintain.toml`.
    pub configuration: Option<String>,
    /// The feature files of the user, with their texts.
    pub features: Vec<(PathBuf, String)>,
}

/// A run as a bundle: the bytes of the file.
///
/// # Errors
///
/// If it is too large for the format: a member of more than 4 GiB.
pub fn render(results: &Results, runs: &Runs, sources: &Sources) -> Result<Vec<u8>, String> {
    let mut archive = Archive(ZipWriter::new(Cursor::new(Vec::new())));
    let redaction = Redaction::of(runs);
    archive.add(RESULTS, json::render(results).as_bytes())?;
    if let Some(configuration) = &sources.configuration {
        archive.add(CONFIGURATION, redaction.text(&without_secrets(configuration)).as_bytes())?;
    }
    for (number, (path, text)) in sources.features.iter().enumerate() {
        archive.add(&format!("{FEATURES}{:02}-{}", number + 1, file_name(path)), text.as_bytes())?;
    }
    let clock = Clock::now();
    for run in &runs.runs {
        let Some(evidence) = &run.evidence else { continue };
        let journal = Journal::of(evidence, &redaction);
        archive.add_json(&journal_of(&run.scenario.id), &journal)?;
        archive.add_json(&messages_of(&run.scenario.id), &har(evidence, &journal, &redaction, clock))?;
    }
    archive.0.finish().map(Cursor::into_inner).map_err(|error| error.to_string())
}

struct Archive(ZipWriter<Cursor<Vec<u8>>>);

impl Archive {
    fn add(&mut self, name: &str, content: &[u8]) -> Result<(), String> {
        let started = self.0.start_file(name, SimpleFileOptions::default());
        let written = started.map_err(std::io::Error::from).and_then(|()| self.0.write_all(content));
        written.map_err(|error| format!("failed to write {name} of the bundle: {error}"))
    }

    fn add_json(&mut self, name: &str, value: &impl Serialize) -> Result<(), String> {
        self.add(name, &serde_json::to_vec(value).map_err(|error| error.to_string())?)
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| "own.feature".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// A configuration without the values whose keys say that they are secret.
fn without_secrets(configuration: &str) -> String {
    // What is no TOML was no configuration, and there would be no run.
    let Ok(mut document) = configuration.parse::<DocumentMut>() else { return String::new() };
    hide(document.as_table_mut());
    document.to_string()
}

fn hide(table: &mut dyn TableLike) {
    for (key, item) in table.iter_mut() {
        let name = key.to_lowercase();
        let is_secret =
            name.contains("secret") || name.contains("password") || name.ends_with("token") || name.ends_with("key");
        // A placeholder stands for what differs in each run.
        let is_given = |value: &Value| value.as_str().is_some_and(|text| !text.starts_with('{'));
        match item {
            Item::Value(value) if is_secret && is_given(value) => *value = "[redacted]".into(),
            Item::ArrayOfTables(tables) => tables.iter_mut().for_each(|table| hide(table)),
            item => {
                if let Some(table) = item.as_table_like_mut() {
                    hide(table);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_keeps_all_but_secrets() {
        let configuration = "# ours\n[registration]\nclient_secret = \"geheim\" # not this\nscope = \"openid\"\n\
                             [app.environment]\nAPI_TOKEN = \"abc\"\nenv = { DB_PASSWORD = \"x\", PORT = \"{port}\" }\n\
                             CLIENT_SECRET = \"{client_secret}\"\ntoken_endpoint_auth_method = \"none\"\n";
        assert_eq!(
            without_secrets(configuration),
            "# ours\n[registration]\nclient_secret = \"[redacted]\"\nscope = \"openid\"\n\
             [app.environment]\nAPI_TOKEN = \"[redacted]\"\nenv = { DB_PASSWORD = \"[redacted]\", PORT = \"{port}\" }\n\
             CLIENT_SECRET = \"{client_secret}\"\ntoken_endpoint_auth_method = \"none\"\n"
        );
    }
}
