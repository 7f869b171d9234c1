//! Quintain proves that an OAuth 2.0 / OpenID Connect client handles the authorization-code flow correctly, above all
//! when things go wrong.
//!
//! The crate `quintain-harness`, whose modules are re-exported here, plays scenarios on clients and judges the evidence.
//! This crate tells people and machines what was found.
//!
//! # A client written in Rust, in process
//!
//! Implement [`Launcher`](driver::Launcher) and [`Driver`](driver::Driver) for the client, and hand the launcher to
//! [`cli::main_with`]: the resulting program takes the options of `quintain verify`, and ends with the same exit codes.
//! `examples/clients/oauth2-rs` and `examples/clients/openidconnect-rs` are whole ones. Below, `Shop` stands for the
//! client, cut down to what it takes to show the shape: it asks for a code, and redeems none.
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
//! In a test, open a [`Lab`](lab::Lab) and look at its runs:
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
//! # Modules
//!
//! The house stands on its floors: a module imports none that is listed below it, and a test fails where one does. Ground
//! floor first:
//!
//! 1. [`results`]: what a run found, in the published form.
//! 2. [`expected`]: what a client is known to do, so that only new findings turn a build red.
//! 3. [`exit_code`]: how a command ends, for scripts.
//! 4. [`report`]: results for people and for machines.
//! 5. [`bundle`]: a run in one file, to be looked at later and to be run again.
//! 6. [`matrix`]: every scenario on every defect of the reference client.
//! 7. [`found_by`]: which defects each scenario has to find.
//! 8. [`companion`]: what a served provider's explorer page has beside the provider: an app, and scenarios.
//! 9. [`cli`]: the command line.

use quintain_harness::text;
pub use quintain_harness::{
    config, driver, evidence, explore, lab, ledger, mock_idp, plan, resources, steps, suite, terms, verdict,
};

pub mod bundle;
pub mod cli;
pub mod companion;
pub mod exit_code;
pub mod expected;
pub mod found_by;
pub mod matrix;
pub mod report;
pub mod results;
