//! Actions, one after the other: what the people of a scenario do, and the outcomes.

mod actions;
mod delivery;
mod login;
mod renamed;
mod seen;
mod session;
mod state;
mod time;

pub(super) use self::state::{Execution, Pause, SecondLogin, new_browser};
