//! The options of the command line, for every program that serves a mock identity provider.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::provider_file::check;
use crate::{
    Client, ClientAuthMethod, Dialect, Exposure, HostName, IssuerConfig, KeySource, Opening, Policy, ProviderFile,
    ServeError, ServeOptions, ServedIssuer, SignIn, TlsSource,
};

/// How to serve, as command-line options.
#[derive(Clone, Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct ServeArguments {
    /// What the provider knows and how it behaves, in a file: its clients, users, APIs and policy.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["client_id", "client_secret", "auth_method", "redirect_uri", "dialect", "paths", "headless", "strict"]
    )]
    pub config: Option<PathBuf>,
    /// Address to listen on. [default: 127.0.0.1:4455]
    #[arg(long)]
    pub listen: Option<SocketAddr>,
    /// The issuer identifier, if clients and browsers reach the provider by another name: <http://idp:4455>, with or
    /// without a slash at its end. If the file has several issuers: what their identifiers begin with.
    #[arg(long, value_name = "URL")]
    pub issuer: Option<String>,
    /// A name under which clients and browsers reach the provider: <idp.test>, with any port, or <idp.test:8080>; may be
    /// repeated. The issuer identifier, the URLs and the tokens follow the name that a request is sent to, and there is no
    /// other name than these and localhost.
    #[arg(long, value_name = "NAME")]
    pub host: Vec<HostName>,
    /// The name under which browsers reach the provider, if that is another one than the clients': <localhost:4455>. The
    /// metadata have it in the URLs that browsers open.
    #[arg(long, value_name = "NAME")]
    pub browser_host: Option<HostName>,
    /// Allow an address that others can reach. Everybody who reaches it can log in as anybody.
    #[arg(long)]
    pub expose: bool,
    /// The file with the token by which programs on other machines are let in to the control API; it is written where it is
    /// missing. Without one, a new token is printed.
    #[arg(long, value_name = "FILE", requires = "expose")]
    pub control_token_file: Option<PathBuf>,
    /// Make fresh keys instead of using the embedded test keys, or those that the file names.
    #[arg(long)]
    pub generate_keys: bool,
    /// Serve https, with a certificate of an authority of this run. Its own certificate is written to the file that is
    /// announced as `CA_FILE`.
    #[arg(long)]
    pub tls: bool,
    /// The file that the authority's certificate is written to; implies --tls. [default: a new file in the folder for
    /// temporary files]
    #[arg(long, value_name = "FILE")]
    pub tls_ca_file: Option<PathBuf>,
    /// Read the file again when it changes. Codes, tokens, sessions, clock and journal stay.
    #[arg(long, requires = "config")]
    pub watch: bool,
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
    /// The provider that it imitates: a name of `quintain list --dialects`, or the path of a file like <./ours.toml>. [default:
    /// plain]
    #[arg(long, value_name = "NAME")]
    pub dialect: Option<Dialect>,
    /// The dialect whose paths it has, with the form of its tokens, if that is another one.
    #[arg(long, value_name = "NAME")]
    pub paths: Option<Dialect>,
    /// Refuse what a strict provider refuses: the other way to send a secret than the registered one, another port than
    /// the registered one in the loopback redirect URI of a public client, and at the API a token that is not for it.
    #[arg(long)]
    pub strict: bool,
    /// Open the explorer page in the system's browser: the flow is played by hand there, and watched.
    #[arg(long)]
    pub open: bool,
    /// Log this user in without asking.
    #[arg(long, value_name = "SUB")]
    pub headless: Option<String>,
}

impl TryFrom<ServeArguments> for ServeOptions {
    type Error = ServeError;

    fn try_from(arguments: ServeArguments) -> Result<Self, ServeError> {
        let exposure = if arguments.expose { Exposure::Network } else { Exposure::Loopback };
        let default = Self { exposure, control_token_file: arguments.control_token_file.clone(), ..Self::default() };
        let (listen, issuer) = (arguments.listen, arguments.issuer.clone());
        let (hosts, browser_host) = (arguments.host.clone(), arguments.browser_host.clone());
        let (generate_keys, open) = (arguments.generate_keys, arguments.open);
        let tls = (arguments.tls || arguments.tls_ca_file.is_some()).then(|| arguments.tls_ca_file.clone());
        let mut options = match &arguments.config {
            Some(path) => {
                let file = ProviderFile::read(path)?;
                Self {
                    listen: listen.or(file.listen).unwrap_or(default.listen),
                    issuer: issuer.or(file.issuer),
                    hosts: if hosts.is_empty() { file.hosts } else { hosts },
                    browser_host: browser_host.or(file.browser_host),
                    issuers: file.issuers,
                    tls: file.tls,
                    watch: arguments.watch.then(|| path.clone()),
                    ..default
                }
            }
            None => {
                let only = ServedIssuer { name: None, config: arguments.issuer_config(), keys: KeySource::Embedded };
                check(&only.config, &only.keys).map_err(ServeError::Registration)?;
                let listen = listen.unwrap_or(default.listen);
                Self { listen, issuer, hosts, browser_host, issuers: vec![only], ..default }
            }
        };
        if open {
            options.open = Opening::InBrowser;
        }
        options.keys = generate_keys.then_some(KeySource::Generated);
        if let Some(ca_file) = tls {
            options.tls = Some(TlsSource::Generated(ca_file));
        }
        Ok(options)
    }
}

impl ServeArguments {
    /// The demonstration with what the command line says about it.
    fn issuer_config(self) -> IssuerConfig {
        let policy = if self.strict { Policy::default() } else { Policy::served() };
        let dialect = self.dialect.unwrap_or_default();
        IssuerConfig {
            clients: vec![self.client()],
            policy: policy.speaking(dialect),
            paths: self.paths.unwrap_or(dialect).paths(),
            sign_in: self.headless.map_or(SignIn::Page, |sub| SignIn::Headless { sub }),
            ..IssuerConfig::default()
        }
    }

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
