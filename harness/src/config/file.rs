//! The whole file: read, parsed and checked by what its driver needs.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::command::CommandConfig;
use super::sections::{DriverName, Sections};
use super::stdio::StdioConfig;
use super::web_app::WebAppConfig;

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

/// The text of a configuration file; `/dev/zero` is none, and has no end.
fn text_of(file: &Path) -> Result<String, String> {
    const LARGEST: u64 = 1 << 20;
    let refused = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => {
            "there is no such file; name another with --config, or write one with `quintain init`".to_owned()
        }
        ErrorKind::IsADirectory => "it is a folder; name the file in it".to_owned(),
        ErrorKind::InvalidData => "it is not UTF-8 text; save it as UTF-8".to_owned(),
        ErrorKind::PermissionDenied => "there is no permission to read it; check its permissions".to_owned(),
        _ => error.to_string(),
    };
    let mut text = String::new();
    File::open(file).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text)).map_err(refused)?;
    if text.len() as u64 > LARGEST {
        return Err("it is larger than 1 MiB; name the quintain.toml of the client".to_owned());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mock_idp::ClientAuthMethod;

    use super::*;
    use crate::terms::{Identity, Profile};

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
        assert!(
            problem(&with_route).contains("does not pass {second_issuer} to the client"),
            "{}",
            problem(&with_route)
        );
        let config =
            Config::parse(&with_route.replace("{issuer}\"", "{issuer}\", \"{second_issuer}\""), Path::new("."));
        assert!(config.is_ok(), "{config:?}");
    }

    #[test]
    fn claim_that_nobody_asks_for_is_no_identity() {
        let by_address = MINIMAL.replace("login =", "identity = \"email\"\nlogin =");
        let message = problem(&by_address);
        assert!(message.contains("[app] identity = \"email\"") && message.contains("holds no email"), "{message}");
        assert_eq!(
            web_app(&format!("{by_address}[registration]\nscope = \"openid email\"")).app.identity,
            Identity::Email
        );
        assert_eq!(web_app(&MINIMAL.replace("login =", "identity = \"name\"\nlogin =")).app.identity, Identity::Name);
    }

    #[test]
    fn relative_route_is_refused() {
        let message = problem(&MINIMAL.replace("\"/me\"", "\"me\""));
        assert!(message.contains("[app] session") && message.contains("leading slash"), "{message}");
    }
}
