//! The command driver: a native app, started again for each operation. The harness is the browser that it opens
//! (RFC 8252).

mod client;
mod hand_off;
mod last_words;
mod loopback;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use mock_idp::{Authority, ClientAuthMethod, Issuer};
use tempfile::TempDir;

use self::client::CommandClient;
pub use self::hand_off::hand_over;
use crate::config::{CommandConfig, ProviderWays};
use crate::driver::common::{SetupError, Trust, Wording};
use crate::driver::contract::{Cost, Driver, Launcher};
use crate::terms::{Capabilities, Capability, Casting, Enrolment, Profile, Registration, those_that_hold};

/// Runs the commands of a `quintain.toml`.
///
/// The browser that it gives to the app is `hand-over`, a command of the `quintain` program itself: a program of another
/// name that uses this launcher needs one, too, and calls [`hand_over`].
pub struct CommandLauncher {
    config: CommandConfig,
    capabilities: Capabilities,
    folder: TempDir,
    /// Where the providers serve https.
    trust: Option<Trust>,
    next: AtomicU64,
}

impl CommandLauncher {
    /// A launcher for this configuration.
    ///
    /// # Errors
    ///
    /// If there is no room for what the clients keep.
    pub fn new(config: CommandConfig) -> Result<Self, SetupError> {
        let capabilities = capabilities(&config);
        let trust = config.tls.provider.then(Trust::new).transpose()?;
        let folder = tempfile::tempdir().map_err(|error| no_folder(&error))?;
        Ok(Self { config, capabilities, folder, trust, next: AtomicU64::new(1) })
    }

    /// A folder for what one client keeps.
    fn folder(&self) -> Result<PathBuf, SetupError> {
        let folder = self.folder.path().join(self.next.fetch_add(1, Ordering::Relaxed).to_string());
        std::fs::create_dir(&folder).map_err(|error| no_folder(&error))?;
        Ok(folder)
    }
}

fn no_folder(error: &std::io::Error) -> SetupError {
    SetupError::new("make a folder for the app's state", error.to_string(), "see that TMPDIR can be written to")
}

/// Declared, or evident from the configuration.
fn capabilities(config: &CommandConfig) -> Capabilities {
    let command = &config.command;
    let commands = [
        (Capability::ApiCall, command.api.is_some()),
        (Capability::ForcedRefresh, command.refresh.is_some()),
        (Capability::Logout, command.logout.is_some()),
        (Capability::MultipleIssuers, command.login_second.is_some()),
    ];
    let mut capabilities = config.registration.evident(|name| command.mentions(name));
    capabilities.extend(&config.declares);
    capabilities.extend(those_that_hold(commands));
    capabilities
}

#[async_trait]
impl Launcher for CommandLauncher {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn driver(&self) -> &'static str {
        "command"
    }

    fn wording(&self) -> Wording {
        Wording::Commands
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Nothing runs between two commands: a client is a folder, and each scenario can have its own.
    fn cost(&self) -> Cost {
        Cost::Nothing
    }

    fn casting(&self) -> Casting {
        self.config.command.people
    }

    fn provider(&self) -> ProviderWays {
        self.config.provider
    }

    fn profile(&self) -> Profile {
        self.config.profile
    }

    fn is_told_metadata_url(&self) -> bool {
        self.config.command.names_metadata()
    }

    fn is_told(&self, metadata: &str) -> bool {
        self.config.command.mentions(metadata)
    }

    fn authority(&self) -> Option<&Authority> {
        self.trust.as_ref().map(|trust| &trust.authority)
    }

    fn auth_methods(&self) -> Vec<ClientAuthMethod> {
        self.config.registration.token_endpoint_auth_method.all().to_vec()
    }

    fn registration(&self) -> Registration {
        self.config.registration.of_a_run()
    }

    async fn launch(
        &self,
        issuer: &Issuer,
        registration: &Registration,
        second: Option<&Enrolment>,
    ) -> Result<Box<dyn Driver>, SetupError> {
        let trust = self.trust.as_ref();
        let client = CommandClient::new(&self.config, self.folder()?, (issuer, registration), second, trust);
        client.nobody_is_logged_in().await?;
        Ok(Box::new(client))
    }
}
