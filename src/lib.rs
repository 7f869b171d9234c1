//! Quintain proves that an OAuth 2.0 / `OpenID` Connect client handles the authorization-code flow correctly, above all
//! when things go wrong.
//!
//! Read in this order:
//!
//! 1. [`suite`]: scenarios in Gherkin become plans, by the vocabulary of [`steps`].
//! 2. [`lab`]: a plan is executed on a client that a [`driver`] operates, against the mock provider of `mock_idp`.
//! 3. [`evidence`]: what the provider's journal and the user agent saw.
//! 4. [`verdict`]: one function from evidence to a result.
//! 5. [`report`], [`exit_code`]: what people and machines get to read.
//! 6. [`expected`]: what a client is known to do, so that only news turns a build red.
//! 7. [`cli`], [`config`]: the command line and `quintain.toml`.
//! 8. [`resources`]: what the harness needs of the system.
//!
//! And about itself: [`matrix`], every scenario on every defect; [`kills`], what has to come of that; [`ledger`], which
//! requirement rests on which scenarios.
//!
//! To verify a client that is written in Rust in process, see [`driver`].

/// The mock provider, whose types the drivers' traits use.
pub use mock_idp;

pub mod cli;
pub mod config;
pub mod driver;
pub mod evidence;
pub mod exit_code;
pub mod expected;
pub mod kills;
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
