//! What the program around the provider adds to the explorer page: an app to log in with, and scenarios.

use std::fmt::Debug;
use std::path::PathBuf;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

use super::recording::Recording;
use crate::{Deed, Issuer, Visit};

/// The part of the explorer page that the provider does not have itself.
pub trait Companion: Debug + Send + Sync {
    /// Tells it which issuers are served, before anybody can ask for anything.
    fn serves(&self, _issuers: &[Issuer]) {}

    /// The defects that its app can have.
    fn defects(&self) -> Vec<Described>;

    /// The app that runs for this issuer, if there is one.
    fn app(&self, issuer: &Issuer) -> Option<App>;

    /// Starts the app for this issuer, in place of the one that runs, and registers it there. The error says why it does
    /// not start.
    fn start<'a>(&'a self, issuer: &'a Issuer, settings: AppSettings) -> Starting<'a>;

    /// Does something with the app that is otherwise done in a browser, and tells the issuer of it by visits. The answer is what
    /// came of it, in words. Only an app that has operations is asked.
    fn operate<'a>(&'a self, _issuer: &'a Issuer, _operation: Operation) -> Operating<'a> {
        Box::pin(async { Err("this app is used in a browser".to_owned()) })
    }

    /// What the request of a visit is, in a few words, and what somebody did by it.
    fn meaning(&self, visit: &Visit) -> (String, Option<Deed>);

    /// Writes what was done by hand at this issuer as a feature file with one scenario. The error says why it cannot be
    /// written.
    fn scenario(&self, issuer: &Issuer, recording: &Recording) -> Result<String, String>;
}

/// An app that is being started.
pub type Starting<'a> = Pin<Box<dyn Future<Output = Result<App, String>> + Send + 'a>>;

/// An operation under way.
pub type Operating<'a> = Pin<Box<dyn Future<Output = Result<String, String>> + Send + 'a>>;

/// What is done with an app that has no pages, or none that a person has to open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Operation {
    /// A user begins a login and signs in at the provider.
    LogIn {
        /// Who.
        sub: String,
    },
    /// The client calls the API.
    CallApi,
    /// The client refreshes its access token.
    Refresh,
    /// The user logs out.
    LogOut,
    /// The client is asked who is logged in.
    AskWho,
    /// From here on it is another browser, in which nobody is logged in.
    ChangeBrowser,
}

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
    /// What it is called.
    pub name: String,
    /// Its home page; nothing if it has none.
    pub url: Option<String>,
    /// What it is registered as.
    pub client_id: String,
    /// The defects that it has.
    pub defects: Vec<String>,
    /// Whether it can be operated without a browser: [`Companion::operate`].
    pub is_operated: bool,
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
