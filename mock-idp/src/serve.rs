//! Serving until the process ends.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;

use thiserror::Error;

use crate::{Client, Endpoint, IssuerConfig, Keys, MockIdp, SignIn};

/// How to serve.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The origin in the provider's URLs, if it is not the address.
    pub origin: Option<String>,
    /// Whether an address that others can reach is meant.
    pub exposure: Exposure,
    /// Whether to make fresh keys rather than use the embedded ones.
    pub keys: KeySource,
    /// What the issuer knows.
    pub config: IssuerConfig,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4455)),
            origin: None,
            exposure: Exposure::Loopback,
            keys: KeySource::Embedded,
            config: IssuerConfig { sign_in: SignIn::Page, ..IssuerConfig::default() },
        }
    }
}

/// Who may reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// Programs on this machine.
    Loopback,
    /// Everybody who can route to the address.
    Network,
}

/// Where the keys come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// The published test keys.
    Embedded,
    /// Fresh ones.
    Generated,
}

/// Why the server did not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address is not a loopback one.
    #[error(
        "refused to listen on {0}: anybody who reaches this provider can log in as anybody; if that is meant, say so with --expose"
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be bound.
    #[error("failed to listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}

/// Starts a server, announces it on standard output and serves until the process ends.
pub async fn serve(options: ServeOptions) -> Result<(), ServeError> {
    let ServeOptions { listen, origin, exposure, keys, config } = options;
    if exposure == Exposure::Loopback && !listen.ip().is_loopback() {
        return Err(ServeError::NotLoopback(listen));
    }
    let keys = match keys {
        KeySource::Embedded => Keys::embedded(),
        KeySource::Generated => Keys::generate(),
    };
    let mut builder = MockIdp::builder().listen(listen).keys(keys).config(config.clone()).journal_capacity(2_000);
    if let Some(origin) = origin {
        builder = builder.origin(origin);
    }
    let mut idp = builder.start().await.map_err(|source| ServeError::Listen { address: listen, source })?;
    println!("{}", announcement(&idp, &config));
    idp.wait().await;
    Ok(())
}

/// What somebody needs to know to configure a client.
fn announcement(idp: &MockIdp, config: &IssuerConfig) -> String {
    let issuer = idp.issuer();
    let mut text = format!("Mock identity provider at {}\n\nUsers\n", issuer.identifier());
    for user in &config.users {
        let _ = writeln!(text, "  {}", user.sub);
    }
    text.push_str("\nEndpoints\n");
    for endpoint in Endpoint::ALL {
        let _ = writeln!(text, "  {}", issuer.url(endpoint));
    }
    for client in &config.clients {
        let _ = write!(text, "\nClient\n{}", environment(idp, config, client));
    }
    text
}

fn environment(idp: &MockIdp, config: &IssuerConfig, client: &Client) -> String {
    let issuer = idp.issuer();
    let mut variables = vec![("ISSUER", issuer.identifier().to_owned()), ("CLIENT_ID", client.client_id.clone())];
    variables.extend(client.client_secret.clone().map(|secret| ("CLIENT_SECRET", secret)));
    variables.extend(client.redirect_uris.first().map(|uri| ("REDIRECT_URI", uri.clone())));
    variables.extend(config.apis.first().map(|api| ("AUDIENCE", api.identifier.clone())));
    variables.push(("API_URL", issuer.url(Endpoint::Api)));
    variables.iter().fold(String::new(), |text, (name, value)| text + &format!("  export {name}='{value}'\n"))
}
