//! Starts web apps as a `quintain.toml` says.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mock_idp::{Authority, ClientAuthMethod, Issuer};
use parking_lot::Mutex;
use url::Url;

use super::landings::Landings;
use super::port::{Lease, occupied};
use super::ready::Ready;
use super::user_agent::{Browsers, Chromium};
use super::{WebApp, Whereabouts};
use crate::config::{Operated, Placeholders, ProviderWays, Start, Template, WebAppConfig};
use crate::driver::common::process::ClientProcess;
use crate::driver::common::{SetupError, Trust, placeholders};
use crate::driver::contract::{Cost, Driver, Launcher};
use crate::terms::{Capabilities, Capability, Casting, Enrolment, Identity, Profile, Registration, those_that_hold};

/// Starts web apps as a `quintain.toml` says.
pub struct WebAppLauncher {
    config: WebAppConfig,
    capabilities: Capabilities,
    /// Where somebody serves https.
    trust: Option<Trust>,
    /// The real browser, once it is needed: it is started again if it has ended.
    chromium: tokio::sync::Mutex<Option<Arc<Chromium>>>,
    /// How long the slowest start has taken that came to its end.
    slowest_start: Mutex<Option<Duration>>,
    landings: Arc<Landings>,
}

impl WebAppLauncher {
    /// A launcher for this configuration.
    ///
    /// # Errors
    ///
    /// If somebody serves https, and there is no room for the certificates.
    pub fn new(config: WebAppConfig) -> Result<Self, SetupError> {
        let capabilities = capabilities(&config);
        let trust = config.uses_tls().then(Trust::new).transpose()?;
        let (chromium, slowest_start, landings) = Default::default();
        Ok(Self { config, capabilities, trust, chromium, slowest_start, landings })
    }
}

/// Declared, or evident from the configuration.
fn capabilities(config: &WebAppConfig) -> Capabilities {
    let app = &config.app;
    let routes = [
        (Capability::ApiCall, app.api.is_some()),
        (Capability::ForcedRefresh, app.refresh.is_some()),
        (Capability::Logout, app.logout.is_some()),
        (Capability::MultipleIssuers, app.login_second.is_some()),
        (Capability::ReturnTarget, app.return_parameter.is_some()),
    ];
    let mut capabilities = config.registration.evident(|name| match &config.operated {
        Operated::Started(start) => start.mentions(name),
        Operated::Running(_) => false,
    });
    capabilities.extend(&config.declares);
    capabilities.insert(Capability::Cookies);
    capabilities.extend(those_that_hold(routes));
    capabilities
}

#[async_trait]
impl Launcher for WebAppLauncher {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn driver(&self) -> &'static str {
        "web-app"
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn cost(&self) -> Cost {
        match &self.config.operated {
            Operated::Started(_) => Cost::Process,
            Operated::Running(provider) => Cost::Unaffordable { provider_port: provider.port.get() },
        }
    }

    fn casting(&self) -> Casting {
        self.config.app.people
    }

    fn identity(&self) -> Identity {
        self.config.app.identity
    }

    fn provider(&self) -> ProviderWays {
        self.config.provider
    }

    fn profile(&self) -> Profile {
        self.config.profile
    }

    fn has_redirect_uri_per_provider(&self) -> bool {
        self.config.app.callback_second.as_ref().is_some_and(|second| *second != self.config.app.callback)
    }

    fn is_told_metadata_url(&self) -> bool {
        matches!(&self.config.operated, Operated::Started(start) if start.names_metadata())
    }

    fn is_told(&self, metadata: &str) -> bool {
        matches!(&self.config.operated, Operated::Started(start) if start.mentions(metadata))
    }

    fn authority(&self) -> Option<&Authority> {
        self.trust.as_ref().map(|trust| &trust.authority).filter(|_| self.config.tls.provider)
    }

    fn auth_methods(&self) -> Vec<ClientAuthMethod> {
        self.config.registration.token_endpoint_auth_method.all().to_vec()
    }

    fn registration(&self) -> Registration {
        let registration = self.config.registration.of_a_run();
        match &self.config.operated {
            Operated::Started(_) => registration,
            Operated::Running(provider) => Registration {
                client_id: provider.client_id.clone(),
                client_secret: provider.client_secret.clone(),
                ..registration
            },
        }
    }

    async fn launch(
        &self,
        issuer: &Issuer,
        registration: &Registration,
        second: Option<&Enrolment>,
    ) -> Result<Box<dyn Driver>, SetupError> {
        let app = &self.config.app;
        let lease = self.lease()?;
        let (further_ports, mut leases) = self.further_ports()?;
        let mut values = Placeholders {
            port: lease.as_ref().map_or(String::new(), |lease| lease.port().to_string()),
            further_ports,
            ..placeholders((issuer, registration), second)
        };
        leases.extend(lease);
        if let Some(trust) = &self.trust {
            trust.tell(&mut values);
        }
        let filled = |template: &Template, values: &Placeholders| {
            template
                .fill(values)
                .map_err(|error| SetupError::new("fill in the configuration", error.to_string(), "fix quintain.toml"))
        };
        values.base_url = filled(&app.base_url, &values)?;
        values.redirect_uri = format!("{}{}", values.base_url, app.callback);
        issuer.register_client(registration.client(&values.redirect_uri));
        values.second_redirect_uri =
            format!("{}{}", values.base_url, app.callback_second.as_ref().unwrap_or(&app.callback));
        if let Some(Enrolment { issuer, registration }) = second {
            let mut client = registration.client(&values.second_redirect_uri);
            // It is the attacker's, and nothing binds an attacker to what is registered.
            client.redirect_uris.push(values.redirect_uri.clone());
            client.redirect_uris.dedup();
            issuer.register_client(client);
        }
        let login_second = app.login_second.as_ref().map(|template| filled(template, &values)).transpose()?;

        let base = Url::parse(&values.base_url).map_err(|error| {
            SetupError::new("read [app] base_url", error.to_string(), "write http://127.0.0.1:{port}")
        })?;
        let browsers = self.browsers().await?;
        let process = match &self.config.operated {
            Operated::Started(start) => Some(self.start(start, &base, &values)?),
            Operated::Running(_) => None,
        };
        let whereabouts = Whereabouts {
            base,
            redirect_uri: values.redirect_uri,
            second_redirect_uri: values.second_redirect_uri,
            issuer: issuer.clone(),
            second: second.map(|second| second.issuer.clone()).zip(login_second),
            client_secret: registration.client_secret.clone(),
        };
        let web_app = WebApp::new(self.config.clone(), whereabouts, browsers, process, leases, self.landings.clone());
        let usual = *self.slowest_start.lock();
        match web_app.ready(usual).await {
            Ok(Ready::ForNobody(took)) => {
                let mut slowest = self.slowest_start.lock();
                *slowest = (*slowest).max(Some(took));
            }
            Ok(Ready::InTrouble) => {}
            Err(error) => {
                web_app.stop().await;
                return Err(error);
            }
        }
        Ok(Box::new(web_app))
    }
}

impl WebAppLauncher {
    async fn browsers(&self) -> Result<Browsers, SetupError> {
        let Some(section) = &self.config.browser else { return Ok(Browsers::Plain) };
        let mut chromium = self.chromium.lock().await;
        let running = match chromium.take().filter(|chromium| chromium.is_alive()) {
            Some(running) => running,
            None => {
                let trusted = self.trust.as_ref().map(|trust| STANDARD.encode(trust.authority.server_key_sha256()));
                Arc::new(Chromium::start(section, trusted.as_deref()).await?)
            }
        };
        *chromium = Some(Arc::clone(&running));
        Ok(Browsers::Chromium(running))
    }

    /// The further ports that the client is told of.
    fn further_ports(&self) -> Result<([String; 8], Vec<Lease>), SetupError> {
        let Operated::Started(start) = &self.config.operated else { return Ok(Default::default()) };
        let (mut ports, mut leases): ([String; 8], Vec<Lease>) = Default::default();
        for (name, port) in Placeholders::FURTHER_PORTS.into_iter().zip(&mut ports) {
            if start.templates().any(|(_, template)| template.mentions(name)) {
                let lease = free_port()?;
                *port = lease.port().to_string();
                leases.push(lease);
            }
        }
        Ok((ports, leases))
    }

    /// The port of a client that we start; a client that runs already has its own.
    fn lease(&self) -> Result<Option<Lease>, SetupError> {
        if let Operated::Running(_) = self.config.operated {
            return Ok(None);
        }
        if !self.config.has_fixed_port() {
            return free_port().map(Some);
        }
        let fixed =
            self.config.app.base_url.fill(&Placeholders::default()).ok().and_then(|base| Url::parse(&base).ok());
        let Some(port) = fixed.and_then(|base| base.port_or_known_default()) else { return Ok(None) };
        let lease = Lease::of(port).ok_or_else(|| {
            SetupError::new(
                "start another client",
                format!(
                    "the one that runs already has the fixed port {port}, and some scenarios need a client of their own"
                ),
                CHOOSE_PORT,
            )
        })?;
        Ok(Some(lease))
    }

    fn start(&self, start: &Start, base: &Url, values: &Placeholders) -> Result<ClientProcess, SetupError> {
        if let Some(address) = occupied(base) {
            let found = format!("something else listens on {address} already");
            return Err(SetupError::new("start the client", found, &format!("stop it, or {CHOOSE_PORT}")));
        }
        ClientProcess::start(start, &self.config.folder, values)
    }
}

fn free_port() -> Result<Lease, SetupError> {
    Lease::of_a_free_port().ok_or_else(|| {
        SetupError::new(
            "find a free port",
            "none of 1000 tries was free".to_owned(),
            "free some ports of the loopback interface",
        )
    })
}

const CHOOSE_PORT: &str =
    "let the harness choose a free port: base_url = \"http://127.0.0.1:{port}\", and PORT = \"{port}\" in [start.env]";
