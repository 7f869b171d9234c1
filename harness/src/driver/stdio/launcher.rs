//! Starts clients behind the protocol: a process is greeted, and configured for each client.

use std::sync::Arc;

use async_trait::async_trait;
use mock_idp::{Authority, ClientAuthMethod, Issuer};
use parking_lot::Mutex;

use super::client::{NotConfigured, REDIRECT_URI, StdioClient};
use super::connection::{Connection, Idle, reason, words};
use super::protocol::{self, Answer, Done, Hello, Operation};
use crate::config::{ProviderWays, StdioConfig};
use crate::driver::common::{SetupError, Trust, Wording};
use crate::driver::contract::{Cost, Driver, Launcher};
use crate::terms::{Capabilities, Capability, Checks, Enrolment, Profile, Registration};

/// Starts processes that speak the protocol, as a `quintain.toml` says.
pub struct StdioLauncher {
    config: Arc<StdioConfig>,
    hello: Hello,
    capabilities: Capabilities,
    idle: Arc<Idle>,
    /// Where the providers serve https.
    trust: Option<Trust>,
}

impl StdioLauncher {
    /// Starts a first process, and asks it who it is.
    ///
    /// # Errors
    ///
    /// If it cannot be started, or does not speak the protocol.
    pub async fn open(config: StdioConfig) -> Result<Self, SetupError> {
        let trust = config.tls.provider.then(Trust::new).transpose()?;
        let connection = Connection::start(&config, trust.as_ref())?;
        let hello = match greet(&connection, &config).await {
            Ok(hello) => hello,
            Err(error) => {
                connection.end().await;
                return Err(error);
            }
        };
        let capabilities = capabilities(&config, &hello);
        let idle = Arc::new(Mutex::new(vec![Arc::new(connection)]));
        Ok(Self { config: Arc::new(config), hello, capabilities, idle, trust })
    }

    /// A process that knows nothing: one that is idle, or a new one.
    async fn connection(&self) -> Result<Arc<Connection>, SetupError> {
        let idle = self.idle.lock().pop();
        if let Some(connection) = idle {
            return Ok(connection);
        }
        let connection = Connection::start(&self.config, self.trust.as_ref())?;
        match greet(&connection, &self.config).await {
            Ok(_) => Ok(Arc::new(connection)),
            Err(error) => {
                connection.end().await;
                Err(error)
            }
        }
    }
}

/// Who are you? And: do you say so when you are asked for what you do not know?
async fn greet(connection: &Connection, config: &StdioConfig) -> Result<Hello, SetupError> {
    let limit = config.start.ready_within;
    let hello = connection.ask::<Hello>(Operation::Hello { protocol: protocol::VERSION }, limit).await;
    let hello = match hello {
        Ok(Answer::Ok(hello)) if hello.protocol == protocol::VERSION => hello,
        Ok(Answer::Ok(hello)) => {
            let found = format!(
                "it speaks version {} of the protocol, and this is version {}",
                hello.protocol,
                protocol::VERSION
            );
            return Err(not_greeted(
                connection,
                &found,
                "answer `unsupported` to a version that the client does not speak",
            )
            .await);
        }
        Ok(other) => {
            return Err(not_greeted(connection, &words(&other), "answer `hello` with `ok`, see docs/stdio.md").await);
        }
        Err(failure) => {
            return Err(not_greeted(
                connection,
                reason(&failure),
                "see what it printed, and docs/stdio.md for the protocol",
            )
            .await);
        }
    };
    match connection.ask::<Done>(Operation::NoSuchOperation, limit).await {
        Ok(Answer::Unsupported(_)) => Ok(hello),
        Ok(other) => {
            let found = format!("an operation that does not exist was answered: {}", words(&other));
            Err(not_greeted(connection, &found, "answer `unsupported` to every operation that the client does not know: later versions have more of them").await)
        }
        Err(failure) => {
            let found = format!("an operation that does not exist was not declined: {}", reason(&failure));
            Err(not_greeted(
                connection,
                &found,
                "answer `unsupported` to every operation that the client does not know, and go on",
            )
            .await)
        }
    }
}

async fn not_greeted(connection: &Connection, found: &str, advice: &str) -> SetupError {
    connection.last_words().await;
    SetupError { output: connection.output(), ..SetupError::new("greet the client", found.to_owned(), advice) }
}

/// What the client says, what its registration says, and what `configure` brings to every client.
fn capabilities(config: &StdioConfig, hello: &Hello) -> Capabilities {
    let mut capabilities: Capabilities = hello.capabilities.iter().copied().collect();
    // What the client asks for is for the registration to say, and `configure` tells it everything.
    capabilities.retain(|capability| ![Capability::Openid, Capability::OfflineAccess].contains(capability));
    capabilities.extend(config.registration.evident(|_| true));
    capabilities
}

#[async_trait]
impl Launcher for StdioLauncher {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn driver(&self) -> &'static str {
        "stdio"
    }

    fn software(&self) -> Option<&str> {
        Some(&self.hello.name)
    }

    fn wording(&self) -> Wording {
        Wording::Operations
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn checks(&self) -> Checks {
        self.hello.checks.clone()
    }

    fn cost(&self) -> Cost {
        Cost::Process
    }

    fn provider(&self) -> ProviderWays {
        self.config.provider
    }

    fn profile(&self) -> Profile {
        self.config.profile
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
        let mut client =
            StdioClient::new(self.connection().await?, &self.config, (issuer, registration), second, &self.idle);
        let second = second.map(|second| (&second.issuer, &second.registration));
        for (issuer, registration) in [Some((issuer, registration)), second].into_iter().flatten() {
            issuer.register_client(registration.client(REDIRECT_URI));
            match client.configure(issuer, registration).await {
                Ok(()) => {}
                Err(NotConfigured::Declined(found)) => {
                    client.stop().await;
                    let advice = "choose a registration that the client can do";
                    return Err(SetupError::new("configure the client", found, advice));
                }
                Err(NotConfigured::Failed(failure)) => client.fail_with(failure),
            }
        }
        Ok(Box::new(client))
    }
}
