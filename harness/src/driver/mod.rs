//! Drivers: how a client is operated. One trait, several bindings.
//!
//! A driver never learns a scenario's id or the expected answer, and never judges: it says what the client did.
//!
//! The documentation of the crate `quintain` shows how a client that is written in Rust is driven in process.

pub mod command;
mod common;
mod contract;
pub mod in_process;
pub mod stdio;
mod unopened;
pub mod web_app;

pub use self::common::{SetupError, Trouble, Wording};
pub use self::contract::{Cost, Driver, Launcher, Renamed};
pub use self::unopened::Unopened;
/// What the two traits speak of.
pub use crate::terms::{
    Answer, AuthorizationResponse, BrowserId, Capabilities, Capability, Casting, Check, Checks, Enrolment, Failure,
    Hop, Media, Outlet, Owner, Phase, Profile, Provider, Refusal, Registration, Reply, ResponseMode, Said, Span, Told,
    Whoami,
};
