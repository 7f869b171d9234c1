//! Which client a command is about.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::no_client;
use crate::config::Config;
use crate::driver::command::CommandLauncher;
use crate::driver::in_process::InProcessLauncher;
use crate::driver::stdio::StdioLauncher;
use crate::driver::web_app::WebAppLauncher;
use crate::driver::{Launcher, SetupError};
use crate::expected;

/// Which client.
#[derive(Debug, clap::Args)]
pub(super) struct ClientArgs {
    /// The client's quintain.toml; the default is ./quintain.toml
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Takes the built-in reference client instead of one of yours
    #[arg(long, conflicts_with = "config")]
    pub(super) reference: bool,
    /// Gives the reference client a deliberate defect, to see scenarios fail; may be repeated, `list --defects` shows them
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    pub(super) defect: Vec<client_under_test::Defect>,
    /// Gives the reference client a lawful variation, which no scenario may reject; may be repeated,
    /// `list --variations` shows them
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    pub(super) variation: Vec<client_under_test::Variation>,
}

impl ClientArgs {
    /// The configuration; none if the reference client was asked for.
    pub(super) fn config(&self) -> Result<Option<Config>, String> {
        match self.file() {
            Some(file) => Config::read(file).map(Some).map_err(|error| error.to_string()),
            None if self.is_reference() => Ok(None),
            None => Err(no_client::message(Path::new("."))),
        }
    }

    /// The configuration file, if one was named or is here, and the reference client was not asked for.
    pub(super) fn file(&self) -> Option<&Path> {
        let here = Path::new("quintain.toml");
        match &self.config {
            Some(file) => Some(file),
            None if !self.is_reference() && is_there(here) => Some(here),
            None => None,
        }
    }

    pub(super) fn is_reference(&self) -> bool {
        self.reference || !self.defect.is_empty() || !self.variation.is_empty()
    }

    /// The expectations file beside the configuration, if it is there or is to be written.
    pub(super) fn expectations(&self, write: bool) -> Option<PathBuf> {
        let file = self.file()?.with_file_name(expected::DEFAULT_FILE);
        (write || is_there(&file)).then_some(file)
    }

    /// The driver of the client; the set-up is broken if it needs the client to open and does not get it.
    pub(super) async fn launcher(&self, config: Option<Config>) -> Result<Box<dyn Launcher>, SetupError> {
        Ok(match config {
            Some(Config::WebApp(config)) => Box::new(WebAppLauncher::new(*config)?),
            Some(Config::Stdio(config)) => Box::new(StdioLauncher::open(*config).await?),
            Some(Config::Command(config)) => Box::new(CommandLauncher::new(*config)?),
            None => Box::new(InProcessLauncher::with(&self.defect, &self.variation)),
        })
    }
}

/// What is there and cannot be read is an error, not a reason to go on without it.
pub(super) fn is_there(file: &Path) -> bool {
    !file.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound)
}
