//! The sections of a `quintain.toml`, as they are written.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use super::checks::{check_names, check_templates};
use super::placeholders::Template;
use super::provider::ProviderSection;
use super::registration::RegistrationSection;
use crate::terms::{Capability, Casting, Identity, Profile, claimed};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sections {
    pub(super) client: ClientSection,
    pub(super) start: Option<Start>,
    pub(super) app: Option<App>,
    pub(super) browser: Option<BrowserSection>,
    pub(super) stdio: Option<StdioSection>,
    pub(super) command: Option<Commands>,
    #[serde(default)]
    pub(super) provider: ProviderSection,
    #[serde(default)]
    pub(super) tls: TlsSection,
    #[serde(default)]
    pub(super) registration: RegistrationSection,
    #[serde(default)]
    pub(super) profile: ProfileSection,
}

impl Sections {
    /// What holds for every driver.
    pub(super) fn check(&self) -> Result<(), String> {
        let name = &self.client.name;
        if name.trim().is_empty() || name.contains(char::is_control) {
            return Err(format!("[client] name = {name:?} is not a name for a report; write some words on one line"));
        }
        let scope = &self.registration.scope;
        if scope.split(' ').any(str::is_empty) {
            return Err(format!(
                "[registration] scope = {scope:?} is not a list of scopes separated by single spaces (RFC 6749 §3.3)"
            ));
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientSection {
    pub(super) name: String,
    pub(super) driver: DriverName,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum DriverName {
    WebApp,
    Stdio,
    Command,
}

/// How an instance of the client is started.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Program and arguments; no shell is involved.
    pub command: Vec<Template>,
    /// Added to the environment of the harness.
    #[serde(default)]
    pub env: BTreeMap<String, Template>,
    /// How long the client may take until its session route answers. Seconds; 30 unless given.
    #[serde(default = "thirty_seconds", rename = "ready_within_seconds", deserialize_with = "seconds")]
    pub ready_within: Duration,
}

impl Start {
    /// Everything that is written in the section and may hold placeholders, and where it is written.
    pub(crate) fn templates(&self) -> impl Iterator<Item = (String, &Template)> {
        let words = self.command.iter().map(|word| ("[start] command".to_owned(), word));
        words.chain(self.env.iter().map(|(key, value)| (format!("[start.env] {key}"), value)))
    }

    /// Whether a placeholder occurs anywhere.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.templates().any(|(_, template)| template.mentions(name))
    }

    /// Whether the client is told where the metadata are, and does not have to find that out from the issuer.
    pub(crate) fn names_metadata(&self) -> bool {
        self.templates().any(|(_, template)| template.names_metadata())
    }

    /// Whether a program can be given all this.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.command.is_empty() {
            return Err("[start] command is empty; write program and arguments, [\"npm\", \"start\"]".to_owned());
        }
        check_templates(self.templates())?;
        check_names(&self.env, "start.env")
    }
}

/// Who serves https in a run.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSection {
    /// The providers and their APIs, with certificates by an authority that is made for the run.
    pub provider: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileSection {
    #[serde(default)]
    pub(super) name: Profile,
    #[serde(default, deserialize_with = "claimed")]
    pub(super) declares: Vec<Capability>,
}

/// The routes of a web app that the user agent visits.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Where an instance is reached, `{port}` included.
    pub base_url: Template,
    /// Starts a login: answers with a redirect to the authorization endpoint.
    pub login: String,
    /// Finds the form, by CSS, that a user submits on pages between `login` and the provider.
    pub login_form: Option<String>,
    /// What the user fills in there, by the names of the fields.
    #[serde(default)]
    pub login_fields: BTreeMap<String, String>,
    /// The parameter of `login` that names where to go after it.
    pub return_parameter: Option<String>,
    /// Starts a login at the second provider; its placeholders are filled in for every instance.
    pub login_second: Option<Template>,
    /// The path of the redirect URI.
    pub callback: String,
    /// The path of the redirect URI at the second provider, if it is another one there.
    pub callback_second: Option<String>,
    /// 2xx with the subject, or what [`identity`](Self::identity) names, somewhere in the body if, and only if, somebody is
    /// logged in.
    pub session: String,
    /// By which claim the session page tells who is logged in.
    #[serde(default)]
    pub identity: Identity,
    /// Finds, by CSS, what the session page shows only if somebody is logged in, for one that always answers 2xx.
    pub logged_in: Option<String>,
    /// Finds, by CSS, what a page shows only if something went wrong, for an app that answers 2xx then, too.
    pub error: Option<String>,
    /// Makes the client call the API with its access token.
    pub api: Option<String>,
    /// Makes the client refresh its access token.
    pub refresh: Option<String>,
    /// Ends the session at the client.
    pub logout: Option<String>,
    /// Finds the form, by CSS, that a user submits on the page at `logout`.
    pub logout_form: Option<String>,
    /// Whether the people of a scenario may be ones that the app has never met.
    #[serde(default)]
    pub people: Casting,
    /// How long one page may take, redirects included. Seconds; 10 unless given.
    #[serde(default = "ten_seconds", rename = "answers_within_seconds", deserialize_with = "seconds")]
    pub answers_within: Duration,
}

/// A real browser.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrowserSection {
    /// Starts Chromium, or a browser that is made of it: program and arguments.
    #[serde(default = "chromium")]
    pub command: Vec<String>,
    /// Finds, by CSS, what a page shows once it has done all it does by itself.
    pub settled: Option<String>,
}

fn chromium() -> Vec<String> {
    vec!["chromium".to_owned()]
}

/// What the app is run with; each is a program and its arguments, and no shell is involved.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commands {
    /// Opens a browser, waits for the authorization response on a loopback port, and ends.
    pub login: Vec<Template>,
    /// The same, at the second provider.
    pub login_second: Option<Vec<Template>>,
    /// Ends with 0 and prints the subject if, and only if, somebody is logged in.
    pub session: Vec<Template>,
    /// Calls the API with the access token.
    pub api: Option<Vec<Template>>,
    /// Refreshes the access token.
    pub refresh: Option<Vec<Template>>,
    /// Ends the session.
    pub logout: Option<Vec<Template>>,
    /// Added to the environment of the harness.
    #[serde(default)]
    pub env: BTreeMap<String, Template>,
    /// The registered redirect URI, on loopback. The app may listen on any port (RFC 8252 §7.3).
    pub redirect_uri: Url,
    /// Whether the people of a scenario may be ones that the app has never met.
    #[serde(default)]
    pub people: Casting,
    /// How long one command may take. Seconds; 30 unless given.
    #[serde(default = "thirty_seconds", rename = "answers_within_seconds", deserialize_with = "seconds")]
    pub answers_within: Duration,
}

/// What is particular to the protocol.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StdioSection {
    /// How long one operation may take. Seconds; 10 unless given.
    #[serde(default = "ten_seconds", rename = "answers_within_seconds", deserialize_with = "seconds")]
    pub(super) answers_within: Duration,
}

pub(super) fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}

pub(super) fn thirty_seconds() -> Duration {
    Duration::from_secs(30)
}

pub(super) fn seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    use serde::de::Error as _;
    let no_time = || D::Error::custom("this is not a length of time; write a number of seconds, 30 or 0.5");
    let seconds = f64::deserialize(deserializer).map_err(|_| no_time())?;
    Duration::try_from_secs_f64(seconds).ok().filter(|duration| !duration.is_zero()).ok_or_else(no_time)
}
