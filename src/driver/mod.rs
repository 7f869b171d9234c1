//! Drivers: how a client is operated. One trait, several bindings.
//!
//! A driver never learns a scenario's id or the expected answer, and never judges: it says what the client did.
//!
//! # Drive your own Rust client in process
//!
//! Implement [`Launcher`] and [`Driver`] for the client, and hand the launcher to [`cli::main_with`]: the resulting
//! program takes the options of `quintain verify`, and ends with the same exit codes. `examples/clients/oauth2-rs`
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

pub mod command;
mod common;
mod contract;
pub mod in_process;
pub mod stdio;
mod unopened;
pub mod web_app;

pub use self::common::{SetupError, Trouble, Wording};
pub use self::contract::{Cost, Driver, Launcher, Renamed};
pub(crate) use self::unopened::Unopened;
/// What the two traits speak of.
pub use crate::terms::{
    Answer, AuthorizationResponse, BrowserId, Capabilities, Capability, Casting, Check, Checks, Enrolment, Failure,
    Hop, Media, Outlet, Owner, Phase, Profile, Provider, Refusal, Registration, Reply, ResponseMode, Said, Span, Told,
    Whoami,
};
