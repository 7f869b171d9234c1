//! The lab: issuers, clients and people, and the scenarios run on them.
//!
//! Scenarios run side by side, each on its own issuer or on the issuer of the client process that they share.
//! When all have ended and the clients are gone, everything is judged once more, over the whole journal: a code that
//! was redeemed late turns an earlier pass into a failure.

mod alternatives;
mod checks;
mod client_said;
mod comparison;
mod equipment;
mod execution;
mod instance;
mod judging;
mod other_hosts;
mod outcome;
mod panic;
mod patience;
mod probes;
mod provider;
mod provider_said;
mod providers;
mod running;
mod runs;
mod scenario_run;
mod scene;
mod second_login;
mod setup;
mod stopped;
mod tolerance;
mod trial;
mod visit;
mod work;

pub use self::checks::{CheckName, CheckResult};
pub use self::comparison::Reach;
pub use self::equipment::Lab;
pub use self::other_hosts::name_each_other;
pub use self::provider::{honest, issuer_config};
pub use self::runs::{Observer, Run, Runs};
pub use self::stopped::Stopped;
pub use self::trial::Trial;
pub use self::visit::follow;
