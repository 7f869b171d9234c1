//! The running server.

mod body;
mod connection;
mod control;
mod cors;
mod events;
mod exchange;
mod front;
mod handshake;
mod issuers;
mod render;
mod shared;
mod source;
mod thread;
mod tls;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::events::MOST_LISTENERS;
use self::handshake::TlsPort;
use self::shared::Shared;
pub use self::source::TlsSource;
use self::thread::OwnThread;
pub use self::tls::{Authority, Identity};
use crate::journal::Capacity;
use crate::terms::Hosts;
use crate::variation::HeaderCase;
use crate::{Companion, HostName, Issuer, IssuerConfig, Keys, SignIn};

/// A mock identity provider. Dropping it stops it.
///
/// ```
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// use mock_idp::{Endpoint, MockIdp};
///
/// let idp = MockIdp::start().await?;
/// println!("configure your client with the issuer {}", idp.issuer().identifier());
/// println!("and let it call {}", idp.issuer().url(Endpoint::Api));
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct MockIdp {
    shared: Arc<Shared>,
    listeners: Mutex<JoinSet<()>>,
    /// What they run on, if that is not the executor of the caller. It ends after them.
    _thread: Option<OwnThread>,
}

impl MockIdp {
    /// Starts on a free port of 127.0.0.1, with demo data and embedded keys.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// The same on its own thread, for tests without an executor. The thread ends when the server is dropped.
    ///
    /// ```
    /// use mock_idp::{Client, MockIdp};
    ///
    /// let idp = MockIdp::start_blocking()?;
    /// let shop = Client::confidential("shop", "shop-secret").redirect_uri("http://localhost:3000/callback");
    /// idp.issuer().register_client(shop);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn start_blocking() -> io::Result<Self> {
        Self::builder().start_blocking()
    }

    /// Starts with other settings.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The first issuer, at the root path or where its [`Paths`](crate::Paths) have it.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.shared.first
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// Adds an issuer with its own unguessable path, which shares nothing with the others.
    #[must_use]
    pub fn add_issuer(&self, config: IssuerConfig) -> Issuer {
        self.shared.add(config)
    }

    /// Adds an issuer at the path `/NAME/`, which shares nothing with the others.
    pub(crate) fn add_named_issuer(&self, name: &str, config: IssuerConfig, keys: Keys) {
        let host = format!("{}/{name}/", self.shared.hosts.origin);
        let issuer = Issuer::new(&host, self.shared.hosts.clone(), config, keys, self.shared.journal);
        self.shared.named.write().push((name.to_owned(), issuer));
    }

    /// The issuers that have names; the first one, if none has.
    pub(crate) fn served(&self) -> Vec<Issuer> {
        let named: Vec<_> = self.shared.named.read().iter().map(|(_, issuer)| issuer.clone()).collect();
        if named.is_empty() { vec![self.shared.first.clone()] } else { named }
    }

    /// Removes an issuer: its paths answer 404 from now on. The first one stays.
    pub fn remove_issuer(&self, issuer: &Issuer) {
        self.shared.others.write().remove_issuer(issuer);
    }

    /// Listens on a further port of the same interface, over TLS, for one issuer: the handshakes on that port are in its
    /// journal. Everything is reached there, too, though the issuers go on to call themselves as before. The issuer's base
    /// URL on that port is returned: `https://127.0.0.1:4456/`.
    pub async fn listen_over_tls(&self, issuer: &Issuer, identity: Identity) -> io::Result<String> {
        let listener = TcpListener::bind((self.shared.address.ip(), 0)).await?;
        let path = url::Url::parse(issuer.base_url()).map_or_else(|_| "/".to_owned(), |url| url.path().to_owned());
        let base_url = format!("https://{}{path}", listener.local_addr()?);
        let port = TlsPort { identity, issuer: issuer.clone(), at: base_url.as_str().into() };
        let accept = connection::accept(listener, Some(port), self.shared.header_case, self.shared.clone());
        self.listeners.lock().spawn(accept);
        Ok(base_url)
    }

    /// Waits until the server ends, which it does not do by itself.
    pub(crate) async fn wait(&mut self) {
        // Only an abort or a panic ends a listener, and either is the end.
        self.listeners.get_mut().join_next().await;
    }
}

/// Settings of a [`MockIdp`].
#[derive(Debug)]
pub struct Builder {
    listen: SocketAddr,
    origin: Option<String>,
    hosts: Vec<HostName>,
    browser_host: Option<HostName>,
    identity: Option<Identity>,
    keys: Keys,
    journal: Capacity,
    other_header_case: bool,
    any_host: bool,
    name: Option<String>,
    companion: Option<Arc<dyn Companion>>,
    ca_file: Option<PathBuf>,
    control_token: Option<String>,
    config: IssuerConfig,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            origin: None,
            hosts: Vec::new(),
            browser_host: None,
            identity: None,
            keys: Keys::embedded(),
            journal: Capacity::default(),
            other_header_case: false,
            any_host: false,
            name: None,
            companion: None,
            ca_file: None,
            control_token: None,
            config: IssuerConfig::default(),
        }
    }
}

impl Builder {
    /// The address to listen on; port 0 is any free one.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// The origin in the issuers' URLs, for instance `https://idp.test`, if it is not the address listened on.
    #[must_use]
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = Some(origin.into().trim_end_matches('/').to_owned());
        self
    }

    /// A further name under which the server is reached; may be repeated. With any, the issuers call themselves by the name
    /// that a request is sent to, in their identifiers, URLs and tokens, and there is no other name than these and this
    /// machine's, [`Builder::any_host`] or not. Without an [origin](Builder::origin), the first name is the usual one.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// use mock_idp::MockIdp;
    ///
    /// let idp = MockIdp::builder().host("idp.test".parse()?).host("idp.internal:8080".parse()?).start().await?;
    /// assert!(idp.issuer().identifier().starts_with("http://idp.test:"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn host(mut self, name: HostName) -> Self {
        self.hosts.push(name);
        self
    }

    /// The name under which browsers reach the server, if it is another one than the clients'. The metadata have it in the
    /// URLs that browsers open, whatever the name of the issuer is. It is also a [host](Builder::host).
    #[must_use]
    pub fn browser_host(mut self, name: HostName) -> Self {
        self.browser_host = Some(name);
        self
    }

    /// Serves over TLS, with this certificate.
    #[must_use]
    pub fn tls(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// The keys to sign with.
    #[must_use]
    pub fn keys(mut self, keys: Keys) -> Self {
        self.keys = keys;
        self
    }

    /// How the first issuer asks its users.
    #[must_use]
    pub fn sign_in(mut self, sign_in: SignIn) -> Self {
        self.config.sign_in = sign_in;
        self
    }

    /// What the first issuer knows; replaces an earlier [`Builder::sign_in`]. Its variation decides how header field names
    /// are written, for the whole server: a connection serves many issuers.
    #[must_use]
    pub fn config(mut self, config: IssuerConfig) -> Self {
        self.config = config;
        self
    }

    /// Puts the first issuer at the path `/NAME/`, so that there is none at the root.
    #[must_use]
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// What the explorer page at `/_mock/` has beside what the provider has itself.
    #[must_use]
    pub fn companion(mut self, companion: Arc<dyn Companion>) -> Self {
        self.companion = Some(companion);
        self
    }

    /// Lets programs on other machines in to the control API if they present this as a bearer token. Without one, it is for
    /// programs on this machine alone.
    #[must_use]
    pub fn control_token(mut self, token: impl Into<String>) -> Self {
        self.control_token = Some(token.into());
        self
    }

    /// The file with the authority of the server's certificate, for the companion's app.
    #[must_use]
    pub(crate) fn ca_file(mut self, file: Option<PathBuf>) -> Self {
        self.ca_file = file;
        self
    }

    /// How many exchanges each issuer remembers, and how many TLS handshakes.
    #[must_use]
    pub fn journal_capacity(mut self, capacity: usize) -> Self {
        self.journal.entries = capacity;
        self
    }

    /// How many bytes of exchanges each issuer remembers, about; 32 MiB by default. The newest exchange is always there.
    #[must_use]
    pub fn journal_bytes(mut self, bytes: usize) -> Self {
        self.journal.bytes = bytes;
        self
    }

    /// Listens on a further port, where header field names are written in the other case: issuers whose variation asks
    /// for that are reached there.
    #[must_use]
    pub fn in_both_header_cases(mut self) -> Self {
        self.other_header_case = true;
        self
    }

    /// Answers whatever the `Host` field says. Without this, a request for another name than this machine's or the
    /// origin's is refused with status 421, because a web page can let a name of its site resolve to this machine.
    #[must_use]
    pub fn any_host(mut self) -> Self {
        self.any_host = true;
        self
    }

    /// Binds the address and starts to serve.
    pub async fn start(self) -> io::Result<MockIdp> {
        let listener = TcpListener::bind(self.listen).await?;
        let address = listener.local_addr()?;
        let scheme = if self.identity.is_some() { "https" } else { "http" };
        let origin_of = |name: &HostName| name.origin(scheme, address.port());
        let browser_origin = self.browser_host.as_ref().map(origin_of);
        let listed: Vec<_> = self.hosts.into_iter().chain(self.browser_host).collect();
        let origin = self.origin.or_else(|| listed.first().map(origin_of));
        let origin = origin.unwrap_or_else(|| format!("{scheme}://{address}"));
        let port = address.port();
        let hosts = Arc::new(Hosts { origin, scheme, names: listed, browser_origin, port, any: self.any_host });
        let origin = &hosts.origin;
        let header_case = self.config.variation.header_case();
        let host = self.name.as_ref().map_or_else(|| format!("{origin}/"), |name| format!("{origin}/{name}/"));
        let first = Issuer::new(&host, hosts.clone(), self.config, self.keys.clone(), self.journal);
        let named = self.name.map(|name| (name, first.clone())).into_iter().collect();
        let other = match self.other_header_case {
            true => Some(TcpListener::bind((address.ip(), 0)).await?),
            false => None,
        };
        let other_origin = match &other {
            Some(listener) => Some(format!("{scheme}://{}", listener.local_addr()?)),
            None => None,
        };
        let shared = Arc::new(Shared {
            address,
            hosts,
            keys: self.keys,
            journal: self.journal,
            header_case,
            other_origin,
            first,
            named: RwLock::new(named),
            others: RwLock::default(),
            listeners: Arc::new(Semaphore::new(MOST_LISTENERS)),
            companion: self.companion,
            ca_file: self.ca_file,
            control_token: self.control_token,
        });
        let tls = self.identity.map(|identity| {
            let at = shared.first.base_url().into();
            TlsPort { identity, issuer: shared.first.clone(), at }
        });
        let mut listeners = JoinSet::new();
        if let Some(other) = other {
            let case = match header_case {
                HeaderCase::Lower => HeaderCase::Title,
                HeaderCase::Title => HeaderCase::Lower,
            };
            listeners.spawn(connection::accept(other, tls.clone(), case, shared.clone()));
        }
        listeners.spawn(connection::accept(listener, tls, header_case, shared.clone()));
        Ok(MockIdp { shared, listeners: Mutex::new(listeners), _thread: None })
    }

    /// The same on its own thread, for tests without an executor. The thread ends when the server is dropped.
    pub fn start_blocking(self) -> io::Result<MockIdp> {
        let (thread, idp) = OwnThread::start(self.start())?;
        Ok(MockIdp { _thread: Some(thread), ..idp })
    }
}
