//! `quintain.toml`: how a client is operated, how to start it, and how it is registered.
//!
//! Everything is parsed and checked here, once: behind this module there is no string left to check. What one driver
//! needs is no part of another's configuration. Every key is documented in `docs/quintain-toml.md`.

mod command;
mod placeholders;
mod stdio;
mod web_app;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use mock_idp::ClientAuthMethod;
use rand::RngExt as _;
use serde::Deserialize;
use url::Url;

pub use self::command::CommandConfig;
pub use self::placeholders::{Placeholders, Template, UnknownPlaceholder};
pub use self::stdio::StdioConfig;
pub use self::web_app::{App, BrowserSection, Operated, ProviderSection, WebAppConfig};
use crate::terms::{Capabilities, Capability, Profile, Registration, claimed, those_that_hold};

/// A whole `quintain.toml`, parsed and checked: what it says depends on the driver that it names.
#[derive(Debug, Clone)]
pub enum Config {
    /// `driver = "web-app"`
    WebApp(Box<WebAppConfig>),
    /// `driver = "stdio"`
    Stdio(Box<StdioConfig>),
    /// `driver = "command"`
    Command(Box<CommandConfig>),
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

/// The client's registration, as its operator would enter it at the provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationSection {
    /// How the client authenticates at the token endpoint (OIDC Core §9), or all the ways; `client_secret_basic` unless given.
    #[serde(default)]
    pub token_endpoint_auth_method: AuthMethods,
    /// The scope that the client asks for.
    #[serde(default = "default_scope")]
    pub scope: String,
    /// The API's identifier, if the client names one.
    pub audience: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sections {
    client: ClientSection,
    start: Option<Start>,
    app: Option<App>,
    browser: Option<BrowserSection>,
    stdio: Option<stdio::Section>,
    command: Option<command::Section>,
    provider: Option<ProviderSection>,
    #[serde(default)]
    tls: TlsSection,
    #[serde(default)]
    registration: RegistrationSection,
    #[serde(default)]
    profile: ProfileSection,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientSection {
    name: String,
    driver: DriverName,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DriverName {
    WebApp,
    Stdio,
    Command,
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
struct ProfileSection {
    #[serde(default)]
    name: Profile,
    #[serde(default, deserialize_with = "claimed")]
    declares: Vec<Capability>,
}

/// One method of client authentication, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "OneOrMore")]
pub struct AuthMethods(Vec<ClientAuthMethod>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected client_secret_basic, client_secret_post or none, or a list of them")]
enum OneOrMore {
    One(ClientAuthMethod),
    More(Vec<ClientAuthMethod>),
}

impl AuthMethods {
    /// The one that the client is told of.
    #[must_use]
    pub fn first(&self) -> ClientAuthMethod {
        self.0.first().copied().unwrap_or(ClientAuthMethod::ClientSecretBasic)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[ClientAuthMethod] {
        &self.0
    }
}

impl Default for AuthMethods {
    fn default() -> Self {
        Self(vec![ClientAuthMethod::ClientSecretBasic])
    }
}

impl TryFrom<OneOrMore> for AuthMethods {
    type Error = &'static str;

    fn try_from(methods: OneOrMore) -> Result<Self, Self::Error> {
        match methods {
            OneOrMore::One(method) => Ok(Self(vec![method])),
            OneOrMore::More(methods) if methods.is_empty() => Err("the list is empty; name a method"),
            OneOrMore::More(methods) if methods.len() > 1 && methods.contains(&ClientAuthMethod::None) => {
                Err("a client with a secret is no public one; take none out of the list")
            }
            OneOrMore::More(methods) => Ok(Self(methods)),
        }
    }
}

impl Default for RegistrationSection {
    fn default() -> Self {
        Self { token_endpoint_auth_method: AuthMethods::default(), scope: default_scope(), audience: None }
    }
}

impl RegistrationSection {
    /// The registration of a run, with a secret that no other run has.
    pub(crate) fn of_a_run(&self) -> Registration {
        let mut random = rand::rng();
        let secret = (0..32).map(|_| char::from(random.sample(rand::distr::Alphanumeric)));
        Registration {
            client_id: "quintain-client".to_owned(),
            client_secret: secret.collect(),
            token_endpoint_auth_method: self.token_endpoint_auth_method.first(),
            scope: self.scope.clone(),
            audience: self.audience.clone(),
        }
    }

    /// The capabilities that are evident: by the scopes that are asked for, and by the placeholders that reach the client.
    pub(crate) fn evident(&self, hands_on: impl Fn(&str) -> bool) -> Capabilities {
        let asks_for = |scope: &str| self.scope.split(' ').any(|token| token == scope);
        let evident = [
            (Capability::Openid, asks_for("openid")),
            (Capability::OfflineAccess, asks_for("offline_access")),
            (Capability::ConfigurableCredentials, hands_on("client_id") && hands_on("client_secret")),
            (Capability::ConfigurableScope, hands_on("scope")),
            (Capability::ConfigurableAudience, hands_on("audience")),
            (Capability::ConfigurableAuthMethod, hands_on("token_endpoint_auth_method")),
        ];
        those_that_hold(evident).collect()
    }
}

/// Whether a URL leads to this machine, by its loopback interface.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Why a `quintain.toml` cannot be used: the file, what is wrong, and what to do.
#[derive(Debug)]
pub struct ConfigError {
    file: PathBuf,
    problem: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to read the configuration {}: {}", self.file.display(), self.problem.trim_end())
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    ///
    /// Names the file, the line where there is one, and what was expected.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let failed = |problem: String| ConfigError { file: file.to_owned(), problem };
        let text = text_of(file).map_err(failed)?;
        let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self::parse(&text, folder).map_err(failed)
    }

    fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        let file: Sections = toml::from_str(text).map_err(|error| error.to_string())?;
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        file.check()?;
        match file.client.driver {
            DriverName::WebApp => WebAppConfig::new(file, folder).map(|config| Self::WebApp(Box::new(config))),
            DriverName::Stdio => StdioConfig::new(file, folder).map(|config| Self::Stdio(Box::new(config))),
            DriverName::Command => CommandConfig::new(file, folder).map(|config| Self::Command(Box::new(config))),
        }
    }

    /// Whether every client of a run would listen on the same port, so that there can be one at a time only.
    #[must_use]
    pub fn has_fixed_port(&self) -> bool {
        match self {
            Self::WebApp(config) => config.has_fixed_port(),
            Self::Stdio(_) | Self::Command(_) => false,
        }
    }
}

impl Sections {
    /// What holds for every driver.
    fn check(&self) -> Result<(), String> {
        let name = &self.client.name;
        if name.trim().is_empty() || name.contains(char::is_control) {
            return Err(format!("[client] name = {name:?} is no name for a report; write some words on one line"));
        }
        let scope = &self.registration.scope;
        if scope.split(' ').any(str::is_empty) {
            return Err(format!(
                "[registration] scope = {scope:?} is no list of scopes separated by single spaces (RFC 6749 §3.3)"
            ));
        }
        Ok(())
    }
}

/// A section of the file that the driver has no use for.
fn superfluous<T>(section: Option<&T>, name: &str, driver: &str, why: &str) -> Result<(), String> {
    match section {
        None => Ok(()),
        Some(_) => Err(format!("[{name}] says nothing to driver = \"{driver}\": {why}; leave the section out")),
    }
}

/// A section that the driver cannot do without.
fn needed<T>(section: Option<T>, name: &str, driver: &str, what: &str) -> Result<T, String> {
    section.ok_or_else(|| format!("driver = \"{driver}\" needs the section [{name}]: {what}"))
}

/// The placeholders for files that are there only where somebody serves https.
const TLS_FILES: [&str; 3] = ["ca_file", "certificate_file", "key_file"];

/// They may not be asked for elsewhere.
fn check_tls_files<'a>(
    mut templates: impl Iterator<Item = (String, &'a Template)>,
    uses_tls: bool,
) -> Result<(), String> {
    let mentioned = |template: &Template| TLS_FILES.into_iter().find(|name| template.mentions(name));
    match templates.find_map(|(place, template)| Some((place, mentioned(template)?))) {
        Some((place, name)) if !uses_tls => Err(format!(
            "{place} holds {{{name}}}, and nobody serves https in this run; take it out, or write [tls] provider = true"
        )),
        _ => Ok(()),
    }
}

/// Placeholders that the driver does not fill in.
fn unfillable<'a>(
    templates: impl Iterator<Item = (String, &'a Template)>,
    names: &[&str],
    driver: &str,
    why: &str,
) -> Result<(), String> {
    for (place, template) in templates {
        if let Some(name) = names.iter().find(|name| template.mentions(name)) {
            return Err(format!(
                "{place} holds {{{name}}}, which driver = \"{driver}\" does not fill in: {why}; take it out"
            ));
        }
    }
    Ok(())
}

/// Whether a program can be given what is written here.
fn check_templates<'a>(templates: impl Iterator<Item = (String, &'a Template)>) -> Result<(), String> {
    for (place, template) in templates {
        let filled = template.fill(&Placeholders::example()).map_err(|error| format!("{place}: {error}"))?;
        if filled.contains('\0') {
            return Err(format!("{place} holds a NUL character, which no program can be given; take it out"));
        }
    }
    Ok(())
}

/// Whether these can be names of environment variables.
fn check_names(env: &BTreeMap<String, Template>, section: &str) -> Result<(), String> {
    match env.keys().find(|key| key.is_empty() || key.contains(['=', '\0'])) {
        Some(key) => Err(format!("[{section}] {key:?} is no name of an environment variable; write NAME = \"value\"")),
        None => Ok(()),
    }
}

impl Start {
    /// Everything that is written in the section and may hold placeholders, and where it is written.
    pub(crate) fn templates(&self) -> impl Iterator<Item = (String, &Template)> {
        let words = self.command.iter().map(|word| ("[start] command".to_owned(), word));
        words.chain(self.env.iter().map(|(key, value)| (format!("[start.env] {key}"), value)))
    }

    /// Whether a program can be given all this.
    fn check(&self) -> Result<(), String> {
        if self.command.is_empty() {
            return Err("[start] command is empty; write program and arguments, [\"npm\", \"start\"]".to_owned());
        }
        check_templates(self.templates())?;
        check_names(&self.env, "start.env")
    }
}

/// The text of a configuration file; `/dev/zero` is none, and has no end.
fn text_of(file: &Path) -> Result<String, String> {
    const LARGEST: u64 = 1 << 20;
    let refused = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => {
            "there is no such file; name another with --config, or write one with `quintain init`".to_owned()
        }
        ErrorKind::IsADirectory => "it is a folder; name the file in it".to_owned(),
        ErrorKind::InvalidData => "it is no text in UTF-8; save it as such".to_owned(),
        ErrorKind::PermissionDenied => "it may not be read; see its permissions".to_owned(),
        _ => error.to_string(),
    };
    let mut text = String::new();
    File::open(file).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text)).map_err(refused)?;
    if text.len() as u64 > LARGEST {
        return Err("it is larger than 1 MiB; name the quintain.toml of the client".to_owned());
    }
    Ok(text)
}

fn default_scope() -> String {
    "openid profile offline_access".to_owned()
}

fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}

fn thirty_seconds() -> Duration {
    Duration::from_secs(30)
}

fn seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    use serde::de::Error as _;
    let no_time = || D::Error::custom("this is no length of time; write a number of seconds, 30 or 0.5");
    let seconds = f64::deserialize(deserializer).map_err(|_| no_time())?;
    Duration::try_from_secs_f64(seconds).ok().filter(|duration| !duration.is_zero()).ok_or_else(no_time)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r#"
        [client]
        name = "shop"
        driver = "web-app"
        [start]
        command = ["npm", "start", "{port}", "{issuer}", "{client_secret}"]
        [app]
        base_url = "http://127.0.0.1:{port}"
        login = "/login"
        callback = "/callback"
        session = "/me"
    "#;

    fn problem(text: &str) -> String {
        Config::parse(text, Path::new(".")).expect_err("the file is wrong")
    }

    fn web_app(text: &str) -> WebAppConfig {
        match Config::parse(text, Path::new(".")).expect("the file is right") {
            Config::WebApp(config) => *config,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn minimal_file_gets_the_documented_defaults() {
        let config = web_app(MINIMAL);
        assert_eq!(config.registration.scope, "openid profile offline_access");
        assert_eq!(config.registration.token_endpoint_auth_method.first(), ClientAuthMethod::ClientSecretBasic);
        assert_eq!(config.profile, Profile::Baseline);
        assert_eq!(config.app.answers_within, Duration::from_secs(10));
    }

    #[test]
    fn unknown_key_is_named_with_its_line_and_the_known_ones() {
        let message = problem(&MINIMAL.replace("session =", "sesion ="));
        assert!(message.contains("line 11"), "{message}");
        assert!(message.contains("unknown field `sesion`"), "{message}");
        assert!(message.contains("`session`"), "{message}");
    }

    #[test]
    fn wrong_type_is_named_with_its_line() {
        let message = problem(&MINIMAL.replace("\"/login\"", "7"));
        assert!(message.contains("line 9") && message.contains("expected a string"), "{message}");
    }

    #[test]
    fn unknown_placeholder_lists_the_known_ones() {
        let message = problem(&format!("{MINIMAL}\n[start.env]\nISSUER = \"{{isuer}}\"\n"));
        assert!(message.contains("{isuer}") && message.contains("{issuer}"), "{message}");
    }

    #[test]
    fn client_on_another_machine_is_refused() {
        let message = problem(&MINIMAL.replace("127.0.0.1:{port}", "shop.example:{port}"));
        assert!(message.contains("loopback"), "{message}");
    }

    #[test]
    fn running_client_needs_a_real_port() {
        let running = MINIMAL.replace("[start]", "").replace("command =", "# command =");
        assert!(problem(&running).contains("[provider]"), "{}", problem(&running));
        let message = problem(&format!("{running}\n[provider]\nport = 4456\nclient_id = \"shop\"\n"));
        assert!(message.contains("{port}") && message.contains("[start]"), "{message}");
    }

    #[test]
    fn second_provider_has_to_be_told_to_the_client() {
        let with_route = MINIMAL.replace("login =", "login_second = \"/login?iss={second_issuer}\"\nlogin =");
        assert!(problem(&with_route).contains("hands {second_issuer} to nobody"), "{}", problem(&with_route));
        let config =
            Config::parse(&with_route.replace("{issuer}\"", "{issuer}\", \"{second_issuer}\""), Path::new("."));
        assert!(config.is_ok(), "{config:?}");
    }

    #[test]
    fn relative_route_is_refused() {
        let message = problem(&MINIMAL.replace("\"/me\"", "\"me\""));
        assert!(message.contains("[app] session") && message.contains("leading slash"), "{message}");
    }
}
