//! A run in one file: its results, and every message of every scenario, to be looked at later and to be run again.
//!
//! A bundle is a ZIP archive:
//!
//! | member | what it holds |
//! |---|---|
//! | `results.json` | the results of the run, as `--json` writes them: seed, command, revision, verdicts, evidence |
//! | `quintain.toml` | the configuration of the client, if it has a file |
//! | `features/*.feature` | the feature files of `--features` |
//! | `scenarios/ID/journal.json` | what the providers saw of the scenario ID, their journal |
//! | `scenarios/ID/messages.har` | its messages as an HTTP Archive 1.2, for the developer tools of a browser |
//!
//! Credentials are not in it: see [`Redaction`].

mod har;
mod journal;
mod read;
mod redaction;
mod text;
mod write;

pub use self::read::{Bundle, ReadError};
pub use self::redaction::Redaction;
pub use self::text::in_full;
pub use self::write::{Sources, render};

const RESULTS: &str = "results.json";
const CONFIGURATION: &str = "quintain.toml";
const FEATURES: &str = "features/";

fn journal_of(id: &crate::suite::ScenarioId) -> String {
    format!("scenarios/{id}/journal.json")
}

fn messages_of(id: &crate::suite::ScenarioId) -> String {
    format!("scenarios/{id}/messages.har")
}
