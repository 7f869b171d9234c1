//! Quintain proves that an OAuth 2.0 / OpenID Connect client handles the authorization-code flow correctly, above all
//! when things go wrong.
//!
//! The house stands on its floors: a module imports none that is listed below it, and a test fails where one does. Ground
//! floor first:
//!
//! 1. [`terms`]: the words that all modules speak in: people, browsers, providers, registrations, answers.
//! 2. `text`: what comes from outside, made fit for consoles, reports and shells.
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
//! 14. [`results`]: what a run found, in the published form.
//! 15. [`expected`]: what a client is known to do, so that only new findings turn a build red.
//! 16. [`exit_code`]: how a command ends, for scripts.
//! 17. [`report`]: results for people and for machines.
//! 18. [`bundle`]: a run in one file, to be looked at later and to be run again.
//! 19. [`matrix`]: every scenario on every defect of the reference client.
//! 20. [`found_by`]: which defects each scenario has to find.
//! 21. [`companion`]: what a served provider's explorer page has beside the provider: an app, and scenarios.
//! 22. [`cli`]: the command line.
//!
//! To verify a client that is written in Rust in process, see [`driver`].

/// The mock provider, whose types the drivers' traits use.
pub use mock_idp;

pub mod bundle;
pub mod cli;
pub mod companion;
pub mod config;
pub mod driver;
pub mod evidence;
pub mod exit_code;
pub mod expected;
pub mod explore;
pub mod found_by;
pub mod lab;
pub mod ledger;
pub mod matrix;
pub mod plan;
pub mod report;
pub mod resources;
pub mod results;
pub mod steps;
pub mod suite;
pub mod terms;
mod text;
pub mod verdict;
