//! `driver = "command"`: a native app that is started again for each operation.

use std::path::PathBuf;

use mock_idp::ClientAuthMethod;
use url::Url;

use super::checks::{
    ABOUT_BROWSER, ABOUT_STDIO, check_issuer_hosts, check_names, check_templates, check_tls_files, finds_provider,
    is_loopback, needed, superfluous, unfillable,
};
use super::placeholders::{Placeholders, Template};
use super::registration::RegistrationSection;
use super::sections::{Commands, Sections, TlsSection};
use crate::config::ProviderWays;
use crate::terms::{Capability, Profile};

const DRIVER: &str = "command";

/// The configuration of a native app.
#[derive(Debug, Clone)]
pub struct CommandConfig {
    /// What the client is called in reports.
    pub name: String,
    /// The folder of the file: commands start here.
    pub folder: PathBuf,
    /// The commands.
    pub command: Commands,
    /// How the provider behaves.
    pub provider: ProviderWays,
    /// Who serves https.
    pub tls: TlsSection,
    /// How the client is registered at the authorization server.
    pub registration: RegistrationSection,
    /// What the client is measured by.
    pub profile: Profile,
    /// What the client says of itself.
    pub declares: Vec<Capability>,
}

impl CommandConfig {
    pub(super) fn new(file: Sections, folder: PathBuf) -> Result<Self, String> {
        superfluous(file.browser.as_ref(), "browser", DRIVER, ABOUT_BROWSER)?;
        superfluous(file.start.as_ref(), "start", DRIVER, "the commands of [command] are started one by one")?;
        file.provider.check_started("[command]")?;
        superfluous(file.app.as_ref(), "app", DRIVER, "such a client has no routes")?;
        superfluous(file.stdio.as_ref(), "stdio", DRIVER, ABOUT_STDIO)?;
        let provider = file.provider.ways(&folder)?;
        let config = Self {
            name: file.client.name,
            folder,
            command: needed(file.command, "command", DRIVER, "login, session and redirect_uri")?,
            provider,
            tls: file.tls,
            registration: file.registration,
            profile: file.profile.name,
            declares: file.profile.declares,
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let command = &self.command;
        for (name, words) in command.all() {
            if words.is_empty() {
                return Err(format!(
                    "[command] {name} is empty; write program and arguments, [\"./shop\", \"{name}\"]"
                ));
            }
        }
        check_names(&command.env, "command.env")?;
        check_templates(command.templates())?;
        let why = "the app chooses a port, and its redirect URI is taken from the authorization request";
        let of_web_apps = [["port", "base_url", "redirect_uri"].as_slice(), &Placeholders::FURTHER_PORTS].concat();
        unfillable(command.templates(), &of_web_apps, DRIVER, why)?;
        check_tls_files(command.templates(), self.tls.provider)?;
        check_issuer_hosts(command.templates(), self.provider)?;
        self.check_handed_on()?;
        check_redirect_uri(&command.redirect_uri)?;
        let declared = |capability| self.declares.contains(&capability);
        let missing = [
            ("api", command.api.is_none(), Capability::ApiCall),
            ("refresh", command.refresh.is_none(), Capability::ForcedRefresh),
            ("logout", command.logout.is_none(), Capability::Logout),
            ("login_second", command.login_second.is_none(), Capability::MultipleIssuers),
        ];
        match missing.into_iter().find(|(_, missing, capability)| *missing && declared(*capability)) {
            Some((name, _, capability)) => Err(format!(
                "[profile] declares \"{capability}\", and there is no [command] {name}; name the command, or declare less"
            )),
            None => Ok(()),
        }
    }

    fn check_handed_on(&self) -> Result<(), String> {
        let command = &self.command;
        let public = self.registration.token_endpoint_auth_method.first() == ClientAuthMethod::None;
        let needed = [
            (
                !finds_provider("", |name| command.mentions(name)),
                "issuer",
                "every run has its own issuer, so the app cannot find it",
                "ISSUER",
            ),
            (!public, "client_secret", "every run has its own secret", "CLIENT_SECRET"),
            (true, "state_dir", "two people would share what the app stores about them", "SHOP_HOME"),
            (
                command.login_second.is_some() && !finds_provider("second_", |name| command.mentions(name)),
                "second_issuer",
                "login_second cannot find it",
                "SECOND_ISSUER",
            ),
        ];
        match needed.into_iter().find(|(needed, name, ..)| *needed && !command.mentions(name)) {
            Some((_, name, why, variable)) => Err(format!(
                "[command] does not pass {{{name}}} to the app, and {why}; write it into the commands or into [command.env], \
                 {variable} = \"{{{name}}}\""
            )),
            None => Ok(()),
        }
    }
}

impl Commands {
    /// The commands by name.
    fn all(&self) -> impl Iterator<Item = (&'static str, &Vec<Template>)> {
        let always = [("login", Some(&self.login)), ("session", Some(&self.session))];
        let sometimes = [
            ("login_second", self.login_second.as_ref()),
            ("api", self.api.as_ref()),
            ("refresh", self.refresh.as_ref()),
            ("logout", self.logout.as_ref()),
        ];
        always.into_iter().chain(sometimes).filter_map(|(name, words)| Some((name, words?)))
    }

    fn templates(&self) -> impl Iterator<Item = (String, &Template)> {
        let words =
            self.all().flat_map(|(name, words)| words.iter().map(move |word| (format!("[command] {name}"), word)));
        words.chain(self.env.iter().map(|(key, value)| (format!("[command.env] {key}"), value)))
    }

    /// Whether a placeholder occurs anywhere.
    #[must_use]
    pub fn mentions(&self, name: &str) -> bool {
        self.templates().any(|(_, template)| template.mentions(name))
    }

    /// Whether the app is told where the metadata are, and does not have to find that out from the issuer.
    pub(crate) fn names_metadata(&self) -> bool {
        self.templates().any(|(_, template)| template.names_metadata())
    }
}

fn check_redirect_uri(uri: &Url) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("[command] redirect_uri = \"{uri}\" {what}"));
    if uri.scheme() != "http" || !is_loopback(uri) {
        return wrong(
            "is not on loopback; a command is given its response there, \"http://127.0.0.1/callback\" (RFC 8252 §7.3)",
        );
    }
    if uri.query().is_some() || uri.fragment().is_some() || !uri.username().is_empty() {
        return wrong("is more than host and path; write \"http://127.0.0.1/callback\"");
    }
    Ok(())
}
