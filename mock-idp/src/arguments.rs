//! The options of the command line, for every program that serves a mock identity provider.

use std::net::SocketAddr;

use url::Url;

use crate::{
    Client, ClientAuthMethod, Dialect, Exposure, IssuerConfig, KeySource, Paths, Policy, ServeOptions, SignIn,
};

/// How to serve, as command-line options.
#[derive(Clone, Debug, clap::Args)]
pub struct ServeArguments {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:4455")]
    pub listen: SocketAddr,
    /// Allow an address that others can reach. Whoever reaches it can log in as anybody.
    #[arg(long)]
    pub expose: bool,
    /// The origin in the provider's URLs, if clients and browsers reach it by another name, for instance `http://idp:4455`.
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    pub origin: Option<String>,
    /// Make fresh keys instead of using the embedded test keys.
    #[arg(long)]
    pub generate_keys: bool,
    /// The client's identifier.
    #[arg(long)]
    pub client_id: Option<String>,
    /// The client's secret; empty for a public client.
    #[arg(long)]
    pub client_secret: Option<String>,
    /// How the client authenticates.
    #[arg(long, default_value_t = ClientAuthMethod::ClientSecretPost)]
    pub auth_method: ClientAuthMethod,
    /// A redirect URI of the client; may be repeated.
    #[arg(long)]
    pub redirect_uri: Vec<String>,
    /// Whose ways the provider has where they depart from the specifications.
    #[arg(long, value_enum, default_value_t)]
    pub dialect: Dialect,
    /// Where the provider and its endpoints are, and what its tokens look like.
    #[arg(long, value_enum, default_value_t)]
    pub paths: Paths,
    /// Log this user in without asking.
    #[arg(long, value_name = "SUB")]
    pub headless: Option<String>,
}

impl From<ServeArguments> for ServeOptions {
    fn from(arguments: ServeArguments) -> Self {
        let client = arguments.client();
        let policy = Policy { dialect: arguments.dialect, ..Policy::default() };
        let sign_in = arguments.headless.map_or(SignIn::Page, |sub| SignIn::Headless { sub });
        Self {
            listen: arguments.listen,
            exposure: if arguments.expose { Exposure::Network } else { Exposure::Loopback },
            origin: arguments.origin,
            keys: if arguments.generate_keys { KeySource::Generated } else { KeySource::Embedded },
            config: IssuerConfig {
                clients: vec![client],
                policy,
                paths: arguments.paths,
                sign_in,
                ..IssuerConfig::default()
            },
        }
    }
}

/// Scheme, host and port, and nothing else.
fn origin(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let origin = url.origin().ascii_serialization();
    let is_web = matches!(url.scheme(), "http" | "https");
    if is_web && url.as_str().trim_end_matches('/') == origin {
        Ok(origin)
    } else {
        Err("it has to be a scheme, a host and a port, for instance http://idp:4455".to_owned())
    }
}

impl ServeArguments {
    /// The demo client with what the command line says about it.
    fn client(&self) -> Client {
        let mut client = Client { token_endpoint_auth_method: self.auth_method, ..Client::default() };
        if let Some(client_id) = &self.client_id {
            client.client_id.clone_from(client_id);
        }
        if let Some(secret) = &self.client_secret {
            client.client_secret = Some(secret.clone()).filter(|secret| !secret.is_empty());
        }
        if client.client_secret.is_none() {
            client.token_endpoint_auth_method = ClientAuthMethod::None;
        }
        if !self.redirect_uri.is_empty() {
            client.redirect_uris.clone_from(&self.redirect_uri);
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_is_a_scheme_a_host_and_a_port() {
        assert_eq!(origin("http://idp:4455"), Ok("http://idp:4455".to_owned()));
        assert_eq!(origin("https://IDP.test:443/"), Ok("https://idp.test".to_owned()));
        for other in ["idp:4455", "ftp://idp", "http://idp/path", "http://user@idp", "http://idp/?query", "idp"] {
            assert!(origin(other).is_err(), "{other}");
        }
    }
}
