//! The options of a run of the suite.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::dialects::Dialects;
use super::files::ReportFiles;
use super::terminal::{Terminal, TerminalArgs};
use crate::results::{DialectResult, Results, ScenarioResult};
use crate::suite::{Edition, Shard};
use crate::terms::Profile;

/// The options of `quintain verify` that are about the run, not about the client: for a command line of your own,
/// flatten them into a `clap` parser.
#[derive(Debug, Default, clap::Args)]
pub struct VerifyOptions {
    /// Which scenarios: ids, globs over ids, areas, levels (@MUST) or clauses (RFC9207); all of them if none is given
    #[arg(value_name = "SELECTOR")]
    pub(super) selectors: Vec<String>,
    /// How many clients run side by side
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) jobs: Option<u16>,
    /// The profile to test by, instead of the one in quintain.toml
    #[arg(long, value_enum)]
    pub(super) profile: Option<Profile>,
    /// The edition to test by, such as 2026-11: scenarios that were added later warn at most; the default is the latest
    #[arg(long, value_name = "EDITION")]
    pub(super) edition: Option<Edition>,
    /// Runs an honest session at this provider, imitated, instead of the suite: a name of `quintain list --dialects`, the
    /// path of a file such as ./ours.toml, or all
    #[arg(long, value_name = "NAME", conflicts_with = "shard")]
    pub(super) dialect: Option<Dialects>,
    #[command(flatten)]
    pub(super) reports: ReportFiles,
    /// Keeps the run in one file, with every message and without secrets: `quintain replay` shows it, and runs its scenarios
    /// again
    #[arg(long, value_name = "FILE")]
    pub(super) bundle: Option<PathBuf>,
    /// The revision of the client, for the reports; the default is `GITHUB_SHA`, `CI_COMMIT_SHA` or `GIT_COMMIT`
    #[arg(long, value_name = "TEXT")]
    pub(super) revision: Option<String>,
    #[command(flatten)]
    pub(super) terminal: TerminalArgs,
    /// Ends the run at the first scenario that is red and not expected
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// The known findings: only findings that are not in this file, and entries that no longer hold, turn the run red;
    /// the default is the quintain-expected.toml beside quintain.toml, if there is one
    #[arg(long, value_name = "FILE")]
    pub(super) expected: Option<PathBuf>,
    /// Ignores a quintain-expected.toml
    #[arg(long, conflicts_with_all = ["expected", "write_expected"])]
    pub(super) no_expected: bool,
    /// Updates the expectations file from this run: comments, and entries that still hold, stay
    #[arg(long)]
    pub(super) write_expected: bool,
    /// Runs these feature files, or the ones in these folders, instead of the built-in suite
    #[arg(long, value_name = "PATH")]
    pub(super) features: Vec<PathBuf>,
    /// Runs one part of the scenarios: 1/3, 2/3 and 3/3 on three machines; `quintain report merge` makes one result of them
    #[arg(long, value_name = "I/N", requires = "seed")]
    pub(super) shard: Option<Shard>,
    /// Repeats a run: the order of the scenarios and the lawful variations of the provider follow from this number,
    /// which is random otherwise
    #[arg(long, value_name = "NUMBER")]
    pub(super) seed: Option<u64>,
    /// Ends the run after this time, 90, 90s, 15m or 1h: the other scenarios are reported as not run
    #[arg(long, value_name = "TIME")]
    pub(super) timeout: Option<Limit>,
}

/// How long a run may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit(pub(super) Duration);

impl FromStr for Limit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, unit) = match text.strip_suffix(['s', 'm', 'h']) {
            Some(number) => (number, &text[number.len()..]),
            None => (text, "s"),
        };
        let seconds = match unit {
            "h" => 3600,
            "m" => 60,
            _ => 1,
        };
        let number: u64 = number.parse().ok().filter(|number| *number > 0).ok_or("write 90, 90s, 15m or 1h")?;
        number.checked_mul(seconds).map(|seconds| Self(Duration::from_secs(seconds))).ok_or("it is too long")
    }
}

impl VerifyOptions {
    pub(super) fn edition(&self) -> Edition {
        self.edition.unwrap_or(Edition::LATEST)
    }

    /// One scenario again, as it was played in an earlier run.
    pub(super) fn again(
        before: &ScenarioResult,
        of: &Results,
        features: Vec<PathBuf>,
        terminal: TerminalArgs,
    ) -> Result<Self, String> {
        let has = |row: &&DialectResult| row.steps.iter().any(|step| step.scenario == before.id);
        let dialect = of.dialects.iter().find(has).map(|row| row.dialect.parse()).transpose()?;
        Ok(Self {
            selectors: vec![before.id.to_string()],
            jobs: Some(1),
            profile: Some(of.profile),
            edition: Some(of.edition),
            seed: Some(of.seed),
            no_expected: true,
            dialect,
            features,
            terminal,
            ..Self::default()
        })
    }

    pub(super) fn terminal(&self) -> Terminal {
        self.terminal.open(self.reports.take_stdout())
    }
}
