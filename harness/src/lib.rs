//! The harness of Quintain: plays scenarios on OAuth 2.0 / OpenID Connect clients, gathers the evidence and judges it.
//!
//! The crate `quintain` puts reports and the command line on top of it, and re-exports these modules.
//!
//! The house stands on its floors: a module imports none that is listed below it, and a test fails where one does. Ground
//! floor first:
//!
//! 1. [`terms`]: the words that all modules speak in: people, browsers, providers, registrations, answers.
//! 2. [`text`]: what comes from outside, made fit for consoles, reports and shells.
//! 3. [`resources`]: what the harness needs of the system.
//! 4. [`plan`]: what a scenario does and claims, as data.
//! 5. [`config`]: the file `quintain.toml`, read and checked.
//! 6. [`driver`]: how a client is operated.
//! 7. [`steps`]: the vocabulary of the scenarios; its lines build plans.
//! 8. [`suite`]: the scenarios, loaded from Gherkin.
//! 9. [`ledger`]: which requirement rests on which scenarios.
//! 10. [`evidence`]: what the provider's journal and the user agent saw of a scenario.
//! 11. [`verdict`]: one function from evidence to a judgement.
//! 12. [`lab`]: scenarios are played, on clients that a driver operates, against the mock provider of `mock_idp`.
//! 13. [`explore`]: plans drawn at random, and what they show.

/// The mock provider, whose types the drivers' traits use.
pub use mock_idp;

pub mod config;
pub mod driver;
pub mod evidence;
pub mod explore;
pub mod lab;
pub mod ledger;
pub mod plan;
pub mod resources;
pub mod steps;
pub mod suite;
pub mod terms;
pub mod text;
pub mod verdict;
