//! Drivers: how a client is operated. One trait, several bindings.
//!
//! A driver never learns a scenario's id or the expected answer, and never judges: it says what the client did.
//!
//! # Drive your own Rust client in process
//!
//! Implement [`Launcher`] and [`Driver`] for the client, and hand the launcher to [`cli::main_with`]: the program that
//! comes of it takes the options of `quintain verify`, and ends with the same exit codes. `examples/clients/oauth2-rs`
//! and `examples/clients/openidconnect-rs` are whole ones. Below, `Shop` stands for the client, cut down to what it
//! takes to show the shape: it asks for a code, and redeems none.
//!
//! ```no_run
//! use async_trait::async_trait;
//! use quintain::driver::{
//!     Answer, AuthorizationResponse, BrowserId, Capabilities, Capability, Driver, Enrolment, Failure, Launcher, Phase,
//!     Provider, Refusal, Registration, Reply, SetupError, Whoami,
//! };
//! use quintain::mock_idp::{ClientAuthMethod, Endpoint, Issuer};
//! use url::Url;
//!
//! const REDIRECT_URI: &str = "http://127.0.0.1/callback";
//!
//! struct ShopLauncher {
//!     capabilities: Capabilities,
//! }
//!
//! #[async_trait]
//! impl Launcher for ShopLauncher {
//!     fn name(&self) -> &str {
//!         "shop"
//!     }
//!
//!     fn capabilities(&self) -> &Capabilities {
//!         &self.capabilities
//!     }
//!
//!     fn registration(&self) -> Registration {
//!         Registration {
//!             client_id: "shop".to_owned(),
//!             client_secret: "a secret of this run".to_owned(),
//!             token_endpoint_auth_method: ClientAuthMethod::ClientSecretBasic,
//!             scope: "openid profile".to_owned(),
//!             audience: None,
//!         }
//!     }
//!
//!     async fn launch(
//!         &self,
//!         issuer: &Issuer,
//!         registration: &Registration,
//!         _second: Option<&Enrolment>,
//!     ) -> Result<Box<dyn Driver>, SetupError> {
//!         issuer.register_client(registration.client(REDIRECT_URI));
//!         let endpoint = Url::parse(&issuer.url(Endpoint::Authorize)).expect("the provider's URLs are URLs");
//!         Ok(Box::new(Shop { endpoint, client_id: registration.client_id.clone() }))
//!     }
//! }
//!
//! struct Shop {
//!     endpoint: Url,
//!     client_id: String,
//! }
//!
//! #[async_trait]
//! impl Driver for Shop {
//!     fn redirect_uri(&self) -> &str {
//!         REDIRECT_URI
//!     }
//!
//!     async fn begin(&self, _browser: BrowserId, _: Provider) -> Reply<Url> {
//!         let mut request = self.endpoint.clone();
//!         let params = [("response_type", "code"), ("client_id", &self.client_id), ("redirect_uri", REDIRECT_URI)];
//!         request.query_pairs_mut().extend_pairs(params);
//!         Ok(request)
//!     }
//!
//!     async fn callback(&self, _browser: BrowserId, _response: &AuthorizationResponse) -> Reply<Answer> {
//!         let detail = "this shop redeems no code".to_owned();
//!         Ok(Answer::refused(Refusal { phase: Some(Phase::Callback), detail, ..Refusal::default() }))
//!     }
//!
//!     async fn session(&self, _browser: BrowserId) -> Reply<Whoami> {
//!         Ok(Whoami::Nobody) // Whoami::Somebody { subject, shown } when somebody is logged in
//!     }
//!
//!     async fn call_api(&self, _browser: BrowserId) -> Reply<Answer> {
//!         Err(Failure::Unsupported(Capability::ApiCall))
//!     }
//!
//!     async fn refresh(&self, _browser: BrowserId) -> Reply<Answer> {
//!         Err(Failure::Unsupported(Capability::ForcedRefresh))
//!     }
//!
//!     async fn log_out(&self, _browser: BrowserId) -> Reply<Answer> {
//!         Err(Failure::Unsupported(Capability::Logout))
//!     }
//! }
//!
//! fn main() -> quintain::exit_code::Exit {
//!     quintain::cli::main_with(ShopLauncher { capabilities: Capabilities::from([Capability::Openid]) })
//! }
//! ```
//!
//! In a test, open a [`Lab`] and look at its runs:
//!
//! ```no_run
//! # async fn test(launcher: Box<dyn quintain::driver::Launcher>) -> Result<(), Box<dyn std::error::Error>> {
//! use quintain::lab::Lab;
//! use quintain::mock_idp::Variation;
//! use quintain::suite;
//! use quintain::terms::Profile;
//!
//! let lab = Lab::open(launcher, Profile::Baseline, 4, Variation::default()).await?;
//! let scenarios = suite::built_in()?.into_iter().map(std::sync::Arc::new).collect();
//! for run in lab.run(scenarios, &()).await.runs {
//!     assert!(!run.judgement.verdict.is_red(), "{}: {}", run.scenario.id, run.judgement.message);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`cli::main_with`]: crate::cli::main_with
//! [`Lab`]: crate::lab::Lab

mod advice;
pub mod command;
pub mod in_process;
mod process;
pub mod stdio;
pub(crate) mod text;
mod trust;
mod unopened;
pub mod web_app;

use std::fmt;

use async_trait::async_trait;
use mock_idp::{Authority, ClientAuthMethod, Endpoint, Issuer};
use url::Url;

pub use self::advice::{Trouble, Wording};
use self::text::{cut, cut_to_end};
pub(crate) use self::unopened::Unopened;
use crate::config::Placeholders;
/// What the two traits speak of.
pub use crate::terms::{
    Answer, AuthorizationResponse, BrowserId, Capabilities, Capability, Casting, Check, Checks, Enrolment, Failure,
    Hop, Media, Outlet, Owner, Phase, Profile, Provider, Refusal, Registration, Reply, ResponseMode, Said, Span, Told,
    Whoami,
};

/// Starts clients of one kind.
#[async_trait]
pub trait Launcher: Send + Sync {
    /// What the client is called in reports.
    fn name(&self) -> &str;

    /// The driver's name: `command`, `in-process`, `stdio`, `web-app`.
    fn driver(&self) -> &'static str {
        "in-process"
    }

    /// What the client can do.
    fn capabilities(&self) -> &Capabilities;

    /// What the client calls itself, with its version, if it can be asked.
    fn software(&self) -> Option<&str> {
        None
    }

    /// In which words to say what is wrong with a set-up.
    fn wording(&self) -> Wording {
        Wording::Routes
    }

    /// Whose code makes which check, as far as the client says so.
    fn checks(&self) -> Checks {
        Checks::new()
    }

    /// What one client costs.
    fn cost(&self) -> Cost {
        Cost::Nothing
    }

    /// The authority that the client has been told to trust, if it insists on https: then the providers speak TLS.
    fn authority(&self) -> Option<&Authority> {
        None
    }

    /// The authority whose certificates the client takes wherever it is shown one, be it that the providers themselves
    /// speak plain http.
    fn trusted_authority(&self) -> Option<&Authority> {
        self.authority()
    }

    /// What the client is measured by unless the command line says otherwise.
    fn profile(&self) -> Profile {
        Profile::default()
    }

    /// Whether the people of a scenario may be ones that the client has never met.
    fn casting(&self) -> Casting {
        Casting::New
    }

    /// How the client is registered unless a scenario says otherwise.
    fn registration(&self) -> Registration;

    /// All the ways in which it may authenticate at the token endpoint, as it is registered.
    fn auth_methods(&self) -> Vec<ClientAuthMethod> {
        vec![self.registration().token_endpoint_auth_method]
    }

    /// Starts a client that trusts this issuer, and the second one if there is one, and registers it there.
    ///
    /// # Errors
    ///
    /// If the client does not start or does not become ready: its set-up is broken.
    async fn launch(
        &self,
        issuer: &Issuer,
        registration: &Registration,
        second: Option<&Enrolment>,
    ) -> Result<Box<dyn Driver>, SetupError>;
}

/// What a client is told of its providers.
fn placeholders((issuer, registration): (&Issuer, &Registration), second: Option<&Enrolment>) -> Placeholders {
    let mut values = Placeholders {
        issuer: issuer.identifier().to_owned(),
        client_id: registration.client_id.clone(),
        client_secret: registration.client_secret.clone(),
        api_url: issuer.url(Endpoint::Api),
        audience: registration.audience.clone().unwrap_or_default(),
        scope: registration.scope.clone(),
        token_endpoint_auth_method: registration.token_endpoint_auth_method.to_string(),
        ..Placeholders::default()
    };
    if let Some(Enrolment { issuer, registration }) = second {
        issuer.identifier().clone_into(&mut values.second_issuer);
        values.second_client_id.clone_from(&registration.client_id);
        values.second_client_secret.clone_from(&registration.client_secret);
        values.second_api_url = issuer.url(Endpoint::Api);
    }
    values
}

/// What a further client costs: decides whether scenarios share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// Nothing to speak of: each scenario gets a client and an issuer of its own.
    Nothing,
    /// A process: scenarios share it, except those that poison what clients keep for ever.
    Process,
    /// It cannot be had: somebody has started the one that there is, and it knows a provider at a fixed port.
    Unaffordable {
        /// Where the first provider listens.
        provider_port: u16,
    },
}

/// One running client.
#[async_trait]
pub trait Driver: Send + Sync {
    /// The redirect URI that it was registered with.
    fn redirect_uri(&self) -> &str;

    /// The same with the loopback ports that a native app has listened on (RFC 8252 §7.3), all of them registered, too.
    fn loopback_redirect_uris(&self) -> Vec<String> {
        Vec::new()
    }

    /// Starts a login in a browser, at one of the client's providers; answers with the authorization request's URL.
    async fn begin(&self, browser: BrowserId, provider: Provider) -> Reply<Url>;

    /// Delivers an authorization response to a browser, and follows it to its end.
    async fn callback(&self, browser: BrowserId, response: &AuthorizationResponse) -> Reply<Answer>;

    /// As [`Self::begin`] at the first provider, by a link that names where the browser is to go after the login.
    async fn begin_returning(&self, _browser: BrowserId, _target: &str) -> Reply<Url> {
        Err(Failure::Unsupported(Capability::ReturnTarget))
    }

    /// A page of the client that it may be asked to go back to.
    fn page(&self) -> Option<Url> {
        None
    }

    /// Where the client's last answer to this browser has led it, to the byte, for a driver that keeps no trace. It is told
    /// once.
    fn led_to(&self, _browser: BrowserId) -> Option<String> {
        None
    }

    /// Sends the redirect URI what else arrives there while a login is under way, and is no authorization response.
    /// Whatever the client answers will do; the default is a visit without parameters.
    async fn stray_requests(&self, browser: BrowserId) -> Reply<()> {
        let redirect_uri = self.redirect_uri().to_owned();
        let nothing = AuthorizationResponse { redirect_uri, mode: ResponseMode::Query, params: Vec::new() };
        match self.callback(browser, &nothing).await {
            Ok(_) | Err(Failure::Refused(_) | Failure::ServerError(_)) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Asks who is logged in, in this browser.
    async fn session(&self, browser: BrowserId) -> Reply<Whoami>;

    /// Makes the client call the API once.
    async fn call_api(&self, browser: BrowserId) -> Reply<Answer>;

    /// Makes the client refresh its access token.
    async fn refresh(&self, browser: BrowserId) -> Reply<Answer>;

    /// Ends the session at the client.
    async fn log_out(&self, browser: BrowserId) -> Reply<Answer>;

    /// Plants all cookies that one browser has of the client in another, and says how many there were.
    async fn plant_cookies(&self, _of: BrowserId, _to: BrowserId) -> Reply<usize> {
        Err(Failure::Unsupported(Capability::Cookies))
    }

    /// A browser is not used any more.
    fn close(&self, _browser: BrowserId) {}

    /// Moves the client's own clock; false if it has none that can be moved.
    async fn advance(&self, _seconds: i64) -> bool {
        false
    }

    /// What the user agent exchanged with the client since the last call, for reports.
    fn take_trace(&self) -> Vec<Hop> {
        Vec::new()
    }

    /// What the client has given to browsers and printed since the last call; nothing if the driver sees no more than
    /// answers.
    fn take_told(&self) -> Vec<Told> {
        Vec::new()
    }

    /// The last lines that the client printed, for reports.
    fn output(&self) -> String {
        String::new()
    }

    /// What the client has printed so far belongs to a scenario that is over.
    fn forget_output(&self) {}

    /// Whether the client still runs.
    fn is_alive(&self) -> bool {
        true
    }

    /// Ends the client; nothing of it is left afterwards.
    async fn stop(&self) {}
}

/// The set-up is broken: not a finding about the client, but about how it is started or configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupError {
    /// What was attempted.
    pub attempted: String,
    /// What was found.
    pub found: String,
    /// What to do.
    pub advice: String,
    /// What the client printed.
    pub output: String,
}

impl SetupError {
    /// Of a client that has not printed anything.
    pub(crate) fn new(attempted: &str, found: String, advice: &str) -> Self {
        Self { attempted: attempted.to_owned(), found, advice: advice.to_owned(), output: String::new() }
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to {}: {}\n  what to do: {}", self.attempted, cut(&self.found), cut(&self.advice))?;
        if !self.output.trim().is_empty() {
            write!(f, "\n  what was printed:")?;
            cut_to_end(self.output.trim_end()).lines().try_for_each(|line| write!(f, "\n    | {line}"))?;
        }
        Ok(())
    }
}

impl std::error::Error for SetupError {}
