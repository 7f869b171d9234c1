//! `mock-idp`: the mock identity provider as a program.

use std::net::SocketAddr;

use clap::Parser;
use mock_idp::{Client, ClientAuthMethod, Exposure, IssuerConfig, KeySource, ServeOptions, SignIn};

/// A mock OAuth 2.0 / OpenID Connect provider and protected API for tests of clients.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:4455")]
    listen: SocketAddr,
    /// Allow an address that others can reach. Whoever reaches it can log in as anybody.
    #[arg(long)]
    expose: bool,
    /// Make fresh keys instead of using the embedded test keys.
    #[arg(long)]
    generate_keys: bool,
    /// The client's identifier.
    #[arg(long)]
    client_id: Option<String>,
    /// The client's secret; empty for a public client.
    #[arg(long)]
    client_secret: Option<String>,
    /// How the client authenticates.
    #[arg(long, value_parser = auth_method, default_value = "client_secret_post")]
    auth_method: ClientAuthMethod,
    /// A redirect URI of the client; may be repeated.
    #[arg(long)]
    redirect_uri: Vec<String>,
    /// Log this user in without asking.
    #[arg(long, value_name = "SUB")]
    headless: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Ok(mock_idp::serve(Arguments::parse().into()).await?)
}

impl From<Arguments> for ServeOptions {
    fn from(arguments: Arguments) -> Self {
        let client = arguments.client();
        let sign_in = arguments.headless.map_or(SignIn::Page, |sub| SignIn::Headless { sub });
        Self {
            listen: arguments.listen,
            exposure: if arguments.expose { Exposure::Network } else { Exposure::Loopback },
            keys: if arguments.generate_keys { KeySource::Generated } else { KeySource::Embedded },
            config: IssuerConfig { clients: vec![client], sign_in, ..IssuerConfig::default() },
        }
    }
}

impl Arguments {
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

fn auth_method(text: &str) -> Result<ClientAuthMethod, String> {
    match text {
        "client_secret_basic" => Ok(ClientAuthMethod::ClientSecretBasic),
        "client_secret_post" => Ok(ClientAuthMethod::ClientSecretPost),
        "none" => Ok(ClientAuthMethod::None),
        _ => Err("expected client_secret_basic, client_secret_post or none".into()),
    }
}
