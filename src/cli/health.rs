//! `quintain health`: whether a provider answers, for the health check of a container that has no other program.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::cli::output::{fail, say};
use crate::exit_code::Exit;
use crate::text::innermost;

/// How long a provider may take; it answers in milliseconds.
const LIMIT: Duration = Duration::from_secs(5);

/// Options of `quintain health`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where the provider is reached, with the path of its issuer identifier
    #[arg(value_name = "URL", default_value = "http://127.0.0.1:4455/")]
    provider: Url,
}

pub(super) async fn run(args: &Args) -> Exit {
    let url = format!("{}/.well-known/openid-configuration", args.provider.as_str().trim_end_matches('/'));
    match issuer(&url).await {
        Ok(issuer) => {
            say(&format!("{issuer} answers"));
            Exit::Clean
        }
        Err(error) => fail(Exit::UnexpectedResult, &format!("failed to fetch the provider's metadata: {error}")),
    }
}

/// The issuer identifier that the metadata name.
async fn issuer(url: &str) -> Result<String, String> {
    let of_the_connection = |error: reqwest::Error| format!("no answer from {url}: {}", innermost(&error));
    // Whether it answers is asked, not who it is. So no authorities are loaded, of which an empty image has none.
    let client = reqwest::Client::builder().no_proxy().tls_danger_accept_invalid_certs(true).timeout(LIMIT);
    let client = client.build().map_err(of_the_connection)?;
    let response = client.get(url).send().await.map_err(of_the_connection)?;
    let status = response.status();
    if !status.is_success() {
        return Err(format!("{url} answered {status}"));
    }
    let metadata: Value = response.json().await.map_err(|error| format!("{url} answered no JSON: {error}"))?;
    let issuer = metadata["issuer"].as_str().ok_or_else(|| format!("{url} names no issuer"))?;
    Ok(issuer.to_owned())
}
