//! A launcher in the place of one that could not be made: whatever it is to start fails for the same reason.

use async_trait::async_trait;
use mock_idp::Issuer;

use crate::config::Config;
use crate::driver::common::SetupError;
use crate::driver::contract::{Driver, Launcher};
use crate::terms::{Capabilities, Enrolment, Profile, Registration};

/// Of a client that was not started, so that the run has a report nevertheless.
pub struct Unopened {
    name: String,
    driver: &'static str,
    profile: Profile,
    registration: Registration,
    capabilities: Capabilities,
    error: SetupError,
}

impl Unopened {
    /// In the place of a launcher for this configuration.
    #[must_use]
    pub fn new(config: &Config, error: SetupError) -> Self {
        let (name, driver, profile, registration) = match config {
            Config::WebApp(config) => (&config.name, "web-app", config.profile, &config.registration),
            Config::Stdio(config) => (&config.name, "stdio", config.profile, &config.registration),
            Config::Command(config) => (&config.name, "command", config.profile, &config.registration),
        };
        let registration = registration.of_a_run();
        Self { name: name.clone(), driver, profile, registration, capabilities: Capabilities::new(), error }
    }
}

#[async_trait]
impl Launcher for Unopened {
    fn name(&self) -> &str {
        &self.name
    }

    fn driver(&self) -> &'static str {
        self.driver
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn profile(&self) -> Profile {
        self.profile
    }

    fn registration(&self) -> Registration {
        self.registration.clone()
    }

    async fn launch(
        &self,
        _issuer: &Issuer,
        _registration: &Registration,
        _second: Option<&Enrolment>,
    ) -> Result<Box<dyn Driver>, SetupError> {
        Err(self.error.clone())
    }
}
