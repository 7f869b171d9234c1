//! `driver = "stdio"`: a client that is talked to over its standard input and output.

use std::path::PathBuf;
use std::time::Duration;

use super::checks::{ABOUT_BROWSER, ABOUT_COMMAND, TLS_FILES, check_tls_files, needed, superfluous};
use super::registration::RegistrationSection;
use super::sections::{Sections, Start, TlsSection, ten_seconds};
use crate::config::ProviderWays;
use crate::terms::Profile;

const DRIVER: &str = "stdio";

/// The configuration of a client that speaks the stdio protocol.
#[derive(Debug, Clone)]
pub struct StdioConfig {
    /// What the client is called in reports.
    pub name: String,
    /// The folder of the file: the command starts here.
    pub folder: PathBuf,
    /// How to start the client.
    pub start: Start,
    /// How the provider behaves.
    pub provider: ProviderWays,
    /// Who serves https.
    pub tls: TlsSection,
    /// How long one operation may take.
    pub answers_within: Duration,
    /// How the client is registered at the authorization server.
    pub registration: RegistrationSection,
    /// What the client is measured by.
    pub profile: Profile,
}

impl StdioConfig {
    pub(super) fn new(file: Sections, folder: PathBuf) -> Result<Self, String> {
        superfluous(file.browser.as_ref(), "browser", DRIVER, ABOUT_BROWSER)?;
        file.provider.check_started("[start]")?;
        superfluous(
            file.app.as_ref(),
            "app",
            DRIVER,
            "such a client has no routes; it is operated over its standard input",
        )?;
        superfluous(file.command.as_ref(), "command", DRIVER, ABOUT_COMMAND)?;
        let start = needed(file.start, "start", DRIVER, "command = [\"python3\", \"shim.py\"] starts the client")?;
        start.check()?;
        check_tls_files(start.templates(), file.tls.provider)?;
        for (place, template) in start.templates() {
            if let Some(name) = template.placeholders().find(|name| !TLS_FILES.contains(name)) {
                return Err(format!(
                    "{place} holds {{{name}}}, and driver = \"{DRIVER}\" does not fill it in: one process is configured \
                     many times, and `configure` tells it everything; take it out"
                ));
            }
        }
        if let Some(capability) = file.profile.declares.first() {
            return Err(format!(
                "[profile] declares \"{capability}\", and with driver = \"{DRIVER}\" the client says itself what it can do, \
                 in its answer to `hello`; leave declares out"
            ));
        }
        Ok(Self {
            name: file.client.name,
            provider: file.provider.ways(&folder)?,
            folder,
            start,
            tls: file.tls,
            answers_within: file.stdio.map_or_else(ten_seconds, |section| section.answers_within),
            registration: file.registration,
            profile: file.profile.name,
        })
    }
}
