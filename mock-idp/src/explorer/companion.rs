//! What the program around the provider adds to the explorer page: an app to log in with, and scenarios.

use std::fmt::Debug;
use std::path::PathBuf;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

use super::deed::{Deed, Recording};
use crate::{Issuer, Visit};

/// The part of the explorer page that the provider does not have itself.
pub trait Companion: Debug + Send + Sync {
    /// The defects that its app can have.
    fn defects(&self) -> Vec<Described>;

    /// The app that runs for this issuer, if there is one.
    fn app(&self, issuer: &Issuer) -> Option<App>;

    /// Starts the app for this issuer, in place of the one that runs, and registers it there. The error says why it does
    /// not start.
    fn start<'a>(&'a self, issuer: &'a Issuer, settings: AppSettings) -> Starting<'a>;

    /// What the request of a visit is, in a few words, and what somebody did by it.
    fn meaning(&self, visit: &Visit) -> (String, Option<Deed>);

    /// Writes what was done by hand as a feature file with one scenario. The error says why it cannot be written.
    fn scenario(&self, recording: &Recording) -> Result<String, String>;
}

/// An app that is being started.
pub type Starting<'a> = Pin<Box<dyn Future<Output = Result<App, String>> + Send + 'a>>;

/// Something with a name and a sentence about it.
#[derive(Clone, Debug, Serialize)]
pub struct Described {
    /// The name.
    pub name: String,
    /// What it is.
    pub about: String,
}

/// An app that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct App {
    /// Its home page.
    pub url: String,
    /// What it is registered as.
    pub client_id: String,
    /// The defects that it has.
    pub defects: Vec<String>,
}

/// How an app is to be started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppSettings {
    /// The defects that it is to have.
    pub defects: Vec<String>,
    /// The file with the authority of the provider's certificate, if it is not one of the system's.
    #[serde(skip)]
    pub ca_file: Option<PathBuf>,
}
