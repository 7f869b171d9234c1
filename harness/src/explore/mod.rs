//! Search for flaws: plans are tried one by one and drawn at random, played on the client, and judged by what holds in every
//! run.
//!
//! No plan has an expected outcome. What decides are the invariants (see [`crate::plan::Invariant`]). A plan in which one of
//! them does not hold is shrunk to its shortest form, seen again on fresh clients, and written as a scenario. What was seen
//! of the client guides the draw: a plan that has brought out something new is the start of others.

mod behaviour;
mod combined;
mod draw;
mod faults;
mod found;
mod plans;
mod search;
mod shrink;
mod sweep;

pub use self::found::Found;
pub use self::search::{Explored, Limits, Watcher, explore};
