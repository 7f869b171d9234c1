//! `client-under-test`: the reference client as a program.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use client_under_test::{Behaviour, Client, Clock, Config, Defect, Secret, TokenEndpointAuthMethod, Variation, web};
use reqwest::Certificate;

/// A regular web app that logs in with OpenID Connect, calls an API and refreshes.
///
/// Every option can be given in the environment, too, under the name that is shown.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Port of 127.0.0.1 to listen on
    #[arg(long, env = "PORT", default_value_t = 3000)]
    port: u16,
    /// The issuer identifier of the provider, to the byte
    #[arg(long, env = "ISSUER")]
    issuer: String,
    /// The client identifier
    #[arg(long, env = "CLIENT_ID")]
    client_id: String,
    /// The client secret
    #[arg(long, env = "CLIENT_SECRET", hide_env_values = true, default_value = "")]
    client_secret: String,
    /// How the client authenticates at the token endpoint
    #[arg(long, env = "TOKEN_ENDPOINT_AUTH_METHOD", value_enum, default_value = "client_secret_basic")]
    auth_method: TokenEndpointAuthMethod,
    /// Where this app is reached; the redirect URI is /callback below it
    #[arg(long, env = "BASE_URL", default_value = "http://127.0.0.1:3000")]
    base_url: String,
    /// The scope to ask for
    #[arg(long, env = "SCOPE", default_value = "openid profile offline_access")]
    scope: String,
    /// The API to ask an access token for
    #[arg(long, env = "AUDIENCE")]
    audience: Option<String>,
    /// Where the API is
    #[arg(long, env = "API_URL")]
    api_url: String,
    /// The issuer identifier of a second provider: `/login?iss=…` logs in there
    #[arg(long, env = "SECOND_ISSUER", requires_all = ["second_client_id", "second_api_url"])]
    second_issuer: Option<String>,
    /// The client identifier at the second provider
    #[arg(long, env = "SECOND_CLIENT_ID")]
    second_client_id: Option<String>,
    /// The client secret at the second provider
    #[arg(long, env = "SECOND_CLIENT_SECRET", hide_env_values = true, default_value = "")]
    second_client_secret: String,
    /// The redirect URI at the second provider, below `/callback/`, if it is another one than at the first: then the client
    /// tells the two apart by it
    #[arg(long, env = "SECOND_REDIRECT_URI", requires = "second_issuer")]
    second_redirect_uri: Option<String>,
    /// Where the API is that takes the access tokens of the second provider
    #[arg(long, env = "SECOND_API_URL")]
    second_api_url: Option<String>,
    /// A PEM file with the authorities whose certificates to accept, in place of those of the system
    #[arg(long, env = "CA_FILE")]
    ca_file: Option<PathBuf>,
    /// A deliberate defect; may be repeated
    #[arg(long, value_name = "NAME")]
    defect: Vec<Defect>,
    /// A lawful variation; may be repeated
    #[arg(long, value_name = "NAME")]
    variation: Vec<Variation>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
    let listener =
        tokio::net::TcpListener::bind(address).await.with_context(|| format!("failed to listen on {address}"))?;
    let base_url = arguments.base_url.trim_end_matches('/');
    let config = Config {
        issuer: arguments.issuer,
        client_id: arguments.client_id,
        client_secret: Secret::new(arguments.client_secret),
        token_endpoint_auth_method: arguments.auth_method,
        redirect_uri: format!("{base_url}/callback"),
        post_logout_redirect_uri: Some(format!("{base_url}/")),
        scope: arguments.scope,
        audience: arguments.audience.filter(|audience| !audience.is_empty()),
        api_url: arguments.api_url,
        time_limit: Duration::from_secs(10),
    };
    println!("Reference client at {base_url}");
    let behaviour = Behaviour {
        defects: arguments.defect.into_iter().collect(),
        variations: arguments.variation.into_iter().collect(),
    };
    let authorities = arguments.ca_file.as_deref().map_or(Ok(Vec::new()), authorities)?;
    let mut client = Client::new(config.clone(), behaviour.http(authorities).build()?, Clock::system(), behaviour);
    if let (Some(issuer), Some(client_id), Some(api_url)) =
        (arguments.second_issuer, arguments.second_client_id, arguments.second_api_url)
    {
        let client_secret = Secret::new(arguments.second_client_secret);
        let redirect_uri = arguments.second_redirect_uri.unwrap_or_else(|| config.redirect_uri.clone());
        client = client.also_at(Config { issuer, client_id, client_secret, api_url, redirect_uri, ..config });
    }
    axum::serve(listener, web::app(Arc::new(client))).await?;
    Ok(())
}

fn authorities(file: &Path) -> anyhow::Result<Vec<Certificate>> {
    let read = || anyhow::Ok(Certificate::from_pem_bundle(&std::fs::read(file)?)?);
    read().with_context(|| format!("failed to read certificates from {}", file.display()))
}
