//! Serving until the process ends.

mod control_token;
mod open;
mod watch;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;
use url::Url;

pub use self::open::open_in_browser;
use self::watch::{KeysOf, Watched};
use crate::provider_file::{ProviderFileError, ServedIssuer};
use crate::server::{Builder, TlsSource};
use crate::terms::is_loopback;
use crate::{
    Client, Companion, DialectError, Endpoint, HostName, Issuer, IssuerConfig, KeySource, MockIdp, Paths, Policy,
    SignIn, Trait, Variation, random,
};

/// How to serve.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The issuer identifier, if it is not the address: `http://idp:4455`, with or without a slash at its end. Of issuers
    /// that have names: what their identifiers begin with.
    pub issuer: Option<String>,
    /// The names under which the provider is reached, if there are several: the issuers call themselves by the name that a
    /// request is sent to.
    pub hosts: Vec<HostName>,
    /// The name under which browsers reach it, if that is another one than the clients'.
    pub browser_host: Option<HostName>,
    /// Whether an address that others can reach is meant.
    pub exposure: Exposure,
    /// The file with the token that opens the control API to programs on other machines; without one, a provider that others
    /// can reach prints a new token.
    pub control_token_file: Option<PathBuf>,
    /// The keys of all issuers, whatever they have themselves.
    pub keys: Option<KeySource>,
    /// Whether to serve https, and with which certificate.
    pub tls: Option<TlsSource>,
    /// One issuer without a name, or several that have names.
    pub issuers: Vec<ServedIssuer>,
    /// A file that is read again when it changes.
    pub watch: Option<PathBuf>,
    /// What the explorer page has beside what the provider has itself.
    pub companion: Option<Arc<dyn Companion>>,
    /// Whether the explorer page is opened in the system's browser.
    pub open: Opening,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4455)),
            issuer: None,
            hosts: Vec::new(),
            browser_host: None,
            exposure: Exposure::Loopback,
            control_token_file: None,
            keys: None,
            tls: None,
            watch: None,
            companion: None,
            open: Opening::ByHand,
            issuers: vec![ServedIssuer {
                name: None,
                config: IssuerConfig { sign_in: SignIn::Page, policy: Policy::served(), ..IssuerConfig::default() },
                keys: KeySource::Embedded,
            }],
        }
    }
}

/// Who opens the explorer page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// A person, at the URL that is announced.
    ByHand,
    /// The server, in the system's browser.
    InBrowser,
}

/// Who may reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// Programs on this machine.
    Loopback,
    /// Everybody who can route to the address.
    Network,
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
    /// No issuer can be called this.
    #[error("{issuer:?} cannot be the issuer identifier: it has to be an http or https URL with {path}")]
    Issuer {
        /// What was asked for.
        issuer: String,
        /// What has to follow the host.
        path: String,
    },
    /// The file describes no provider.
    #[error(transparent)]
    File(#[from] ProviderFileError),
    /// The command line registers what cannot be.
    #[error("the command line does not describe a provider: {0}")]
    Registration(String),
    /// The certificate of the authority cannot be written.
    #[error("failed to write {path}: {source}")]
    AuthorityFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The token of the control API cannot be read or written.
    #[error("failed to take the control token from {path}: {source}")]
    ControlToken {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is no such dialect.
    #[error(transparent)]
    Dialect(#[from] DialectError),
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
    let ServeOptions {
        listen,
        issuer,
        hosts,
        browser_host,
        exposure,
        control_token_file,
        keys,
        tls,
        mut issuers,
        watch,
        companion,
        open,
    } = options;
    if exposure == Exposure::Loopback && !listen.ip().is_loopback() {
        return Err(ServeError::NotLoopback(listen));
    }
    let mut builder = MockIdp::builder().listen(listen).journal_capacity(2_000);
    if let Some(issuer) = &issuer {
        for one in &mut issuers {
            let (origin, variation) = match one.name {
                Some(_) => based(issuer)?,
                None => named(issuer, one.config.paths)?,
            };
            builder = builder.origin(origin);
            one.config.variation = variation;
        }
    }
    let mut control = None;
    if exposure == Exposure::Network {
        let token = match &control_token_file {
            Some(path) => control_token::of_file(path)
                .map_err(|source| ServeError::ControlToken { path: path.clone(), source })?,
            None => random::token(),
        };
        control = Some(match &control_token_file {
            Some(path) => format!("the token in {}", path.display()),
            None => token.clone(),
        });
        builder = builder.any_host().control_token(token);
    }
    let mut authority = None;
    if let Some(tls) = tls {
        let host = issuer.as_deref().and_then(|issuer| Url::parse(issuer).ok()?.host_str().map(str::to_owned));
        let names = hosts.iter().chain(&browser_host).map(|name| name.host().to_owned());
        let identity = tls.identity(&host.into_iter().chain(names).collect::<Vec<_>>());
        let (identity, file) = identity.map_err(|(path, source)| ServeError::AuthorityFile { path, source })?;
        (builder, authority) = (builder.tls(identity).ca_file(file.clone()), file);
    }
    if let Some(companion) = companion.clone() {
        builder = builder.companion(companion);
    }
    builder = hosts.into_iter().fold(builder, Builder::host);
    if let Some(name) = browser_host {
        builder = builder.browser_host(name);
    }
    let mut idp = start(builder, &issuers, keys.as_ref())
        .await
        .map_err(|source| ServeError::Listen { address: listen, source })?;
    if let Some(companion) = companion {
        companion.serves(&idp.served());
    }
    let watched = watch.map(Watched::at);
    // Somebody who has read enough may have closed the pipe: `quintain serve | head -1`.
    let _ = writeln!(io::stdout(), "{}", announcement(&idp, &issuers, authority.as_deref()));
    if let Some(control) = control {
        let _ =
            writeln!(io::stdout(), "Control API for programs on other machines\n  Authorization: Bearer {control}\n");
    }
    if open == Opening::InBrowser && !open_in_browser(&explorer(&idp, idp.issuer())) {
        let _ = writeln!(io::stderr(), "There is no browser to open here: the explorer page is at the URL above.");
    }
    match watched {
        Some(watched) => {
            let running = idp.served().into_iter().zip(issuers).collect();
            let keys = if keys.is_some() { KeysOf::CommandLine } else { KeysOf::File };
            tokio::select! {
                () = idp.wait() => {}
                () = watched.follow(keys, running) => {}
            }
        }
        None => idp.wait().await,
    }
    Ok(())
}

/// Starts a server with these issuers and their faults.
async fn start(mut builder: Builder, issuers: &[ServedIssuer], keys: Option<&KeySource>) -> io::Result<MockIdp> {
    let keys = |served: &ServedIssuer| keys.unwrap_or(&served.keys).clone().keys();
    let (first, others) = issuers.split_first().expect("there is an issuer to serve");
    builder = builder.config(first.config.clone()).keys(keys(first));
    if let Some(name) = &first.name {
        builder = builder.named(name);
    }
    let idp = builder.start().await?;
    for other in others {
        idp.add_named_issuer(other.name.as_deref().unwrap_or_default(), other.config.clone(), keys(other));
    }
    Ok(idp)
}

/// The origin of an issuer identifier, and whether a slash ends it.
fn named(issuer: &str, paths: Paths) -> Result<(String, Variation), ServeError> {
    let path = || match paths.identifier("/", true) {
        path if path.is_empty() => "no path, not even a slash".to_owned(),
        path => format!("the path {path}, and nothing behind it"),
    };
    origin(issuer, |base, slash| paths.identifier(base, slash) == issuer, path)
}

/// The same of what several issuer identifiers begin with: a slash ends them if it ends that.
fn based(url: &str) -> Result<(String, Variation), ServeError> {
    let is_origin = |base: &str, slash: bool| url == if slash { base } else { base.trim_end_matches('/') };
    origin(url, is_origin, || "no path: the names of the issuers follow it".to_owned())
}

/// `is_this`: whether the text is what belongs to an origin with a slash at its end. `path`: what the text has to have.
fn origin(
    text: &str,
    is_this: impl FnOnce(&str, bool) -> bool,
    path: impl FnOnce() -> String,
) -> Result<(String, Variation), ServeError> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let origin = url.map(|url| url.origin().ascii_serialization()).filter(|origin| !origin.is_empty());
    let slash = text.ends_with('/');
    match origin.filter(|origin| is_this(&format!("{origin}/"), slash)) {
        Some(origin) if slash => Ok((origin, Variation::NONE)),
        Some(origin) => Ok((origin, Variation::only(Trait::IssuerWithoutSlash))),
        None => Err(ServeError::Issuer { issuer: text.to_owned(), path: path() }),
    }
}

/// What somebody needs to know to configure a client, for each issuer.
fn announcement(idp: &MockIdp, issuers: &[ServedIssuer], authority: Option<&Path>) -> String {
    let described: Vec<_> = idp
        .served()
        .iter()
        .zip(issuers)
        .map(|(issuer, served)| description((idp, issuer), &served.config, authority))
        .collect();
    described.join("\n")
}

fn description((idp, issuer): (&MockIdp, &Issuer), config: &IssuerConfig, authority: Option<&Path>) -> String {
    let mut text = format!("Mock identity provider at {}\n", issuer.identifier());
    let _ = writeln!(text, "Play and watch the flow at {}\n\nUsers", explorer(idp, issuer));
    for user in &config.users {
        let _ = writeln!(text, "  {}", user.sub);
    }
    text.push_str("\nEndpoints\n");
    for endpoint in issuer.0.endpoints() {
        let _ = writeln!(text, "  {}", issuer.url(endpoint));
    }
    if !issuer.names().is_empty() {
        text.push_str("\nIssuer under each name\n");
    }
    for name in issuer.names() {
        let _ = writeln!(text, "  {name}");
    }
    for client in &config.clients {
        let _ = write!(text, "\nClient\n{}", environment(issuer, config, client, authority));
    }
    text
}

/// The explorer page of an issuer. It answers on this machine alone, so that its name is this machine's.
fn explorer(idp: &MockIdp, issuer: &Issuer) -> String {
    let page = format!("{}_mock/", issuer.base_url());
    let is_local = |url: &Url| url.host_str().is_some_and(is_loopback);
    match Url::parse(&page) {
        Ok(mut url) if !is_local(&url) => {
            let moved = url.set_host(Some("localhost")).is_ok() && url.set_port(Some(idp.address().port())).is_ok();
            if moved { url.into() } else { page }
        }
        _ => page,
    }
}

fn environment(issuer: &Issuer, config: &IssuerConfig, client: &Client, authority: Option<&Path>) -> String {
    let mut variables = vec![("ISSUER", issuer.identifier().to_owned()), ("CLIENT_ID", client.client_id.clone())];
    variables.extend(client.client_secret.clone().map(|secret| ("CLIENT_SECRET", secret)));
    variables.extend(client.redirect_uris.first().map(|uri| ("REDIRECT_URI", uri.clone())));
    variables.extend(config.apis.first().map(|api| ("AUDIENCE", api.identifier.clone())));
    variables.extend(authority.map(|path| ("CA_FILE", path.display().to_string())));
    variables.push(("API_URL", issuer.url(Endpoint::Api)));
    variables.iter().fold(String::new(), |text, (name, value)| text + &format!("  export {name}='{value}'\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;

    #[test]
    fn an_issuer_identifier_is_an_origin_with_or_without_a_slash() {
        let slash = |issuer, paths| {
            named(issuer, paths).map(|(origin, way)| (origin, !way.has(Trait::IssuerWithoutSlash))).ok()
        };
        let origin = || "http://idp:4455".to_owned();
        let keycloak = "keycloak".parse::<Dialect>().expect("it is built in").paths();
        assert_eq!(slash("http://idp:4455/", Paths::plain()), Some((origin(), true)));
        assert_eq!(slash("http://idp:4455", Paths::plain()), Some((origin(), false)));
        assert_eq!(slash("http://idp:4455/realms/quintain", keycloak), Some((origin(), false)));
        for other in [
            "idp:4455",
            "ftp://idp/",
            "http://idp/path",
            "http://user@idp/",
            "http://idp/?query",
            "http://IDP/",
            "idp",
            "",
        ] {
            assert_eq!(slash(other, Paths::plain()), None, "{other}");
        }
        let based = |url| based(url).map(|(origin, way)| (origin, !way.has(Trait::IssuerWithoutSlash))).ok();
        assert_eq!(based("http://idp:4455"), Some((origin(), false)));
        assert_eq!(based("http://idp:4455/"), Some((origin(), true)));
        assert_eq!(based("http://idp:4455/path"), None);
        let message = named("http://idp/realms/quintain/", keycloak).expect_err("it has no slash").to_string();
        assert!(message.contains("the path /realms/quintain, and nothing"), "{message}");
    }
}
