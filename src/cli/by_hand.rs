//! `quintain explore --serve`: the explorer page, with a client of the user's own beside it.

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;

use mock_idp::{
    IssuerConfig, KeySource, Keys, Opening, ServeOptions, ServedIssuer, TlsSource, Trait, Variation, serve,
};

use super::client::ClientArgs;
use super::interruption::interrupted;
use super::output::fail;
use crate::companion::DrivenClient;
use crate::driver::{Cost, Launcher};
use crate::exit_code::Exit;
use crate::lab::{honest, issuer_config};
use crate::terms::{Capability, Registration};

/// Options of the page.
#[derive(Debug, clap::Args)]
pub(super) struct Page {
    /// Searches nothing, and serves the explorer page with this client beside it: the flow is played by hand there
    #[arg(
        long,
        conflicts_with_all = ["seconds", "runs", "flaws", "seed", "jobs", "profile", "output", "corpus"]
    )]
    pub(super) serve: bool,
    /// The address of the page and the provider. [default: 127.0.0.1:4455]
    #[arg(long, value_name = "ADDRESS", requires = "serve")]
    listen: Option<SocketAddr>,
    /// Opens the page in the system's browser
    #[arg(long, requires = "serve")]
    open: bool,
}

/// The provider of the client, or the two that it knows. One that knows the host of its provider alone cannot have two of one
/// host.
fn issuers(launcher: &dyn Launcher) -> Vec<ServedIssuer> {
    let ways = launcher.provider();
    let variation = match ways.issuer_without_slash {
        true => Variation::only(Trait::IssuerWithoutSlash),
        false => Variation::NONE,
    };
    let users = IssuerConfig::default().users;
    let config = |registration: &Registration| IssuerConfig {
        users: users.clone(),
        ..issuer_config(registration, (honest(ways.dialect), ways.paths), variation)
    };
    let registration = launcher.registration();
    let first = ServedIssuer { name: None, config: config(&registration), keys: KeySource::Embedded };
    let is_told = !matches!(launcher.cost(), Cost::Unaffordable { .. }) && !ways.at_root;
    if !is_told || !launcher.capabilities().contains(&Capability::MultipleIssuers) {
        return vec![first];
    }
    let second = ServedIssuer {
        name: Some("second".to_owned()),
        config: config(&registration.elsewhere()),
        keys: KeySource::Given(Keys::attacker()),
    };
    vec![ServedIssuer { name: Some("first".to_owned()), ..first }, second]
}

/// Serves until a signal comes. The client ends with it.
pub(super) async fn run(client: &ClientArgs, page: &Page) -> Exit {
    let config = match client.config() {
        Ok(config) => config,
        Err(error) => return fail(Exit::Usage, &error),
    };
    let mut interrupted = pin!(interrupted());
    let launcher = tokio::select! {
        launcher = client.launcher(config) => launcher,
        () = &mut interrupted => return fail(Exit::Interrupted, "interrupted before it began"),
    };
    let launcher = match launcher {
        Ok(launcher) => launcher,
        Err(error) => return fail(Exit::DriverBroken, &error.to_string()),
    };
    let usual = ServeOptions::default();
    let listen = match (launcher.cost(), page.listen) {
        // Such a client knows where its provider is.
        (Cost::Unaffordable { provider_port }, None) => (Ipv4Addr::LOCALHOST, provider_port).into(),
        (_, listen) => listen.unwrap_or(usual.listen),
    };
    let issuers = issuers(&*launcher);
    let tls = launcher.authority().map(|authority| TlsSource::Given(authority.issue()));
    let client = Arc::new(DrivenClient::new(launcher));
    let options = ServeOptions {
        listen,
        tls,
        companion: Some(client.clone()),
        open: if page.open { Opening::InBrowser } else { Opening::ByHand },
        issuers,
        ..usual
    };
    let served = tokio::select! {
        served = serve(options) => served,
        () = &mut interrupted => Ok(()),
    };
    client.stop().await;
    match served {
        Ok(()) => Exit::Clean,
        Err(error) => fail(Exit::Usage, &format!("{error:#}")),
    }
}
