//! The explorer page: the authorization-code flow, played by hand and watched.
//!
//! It is a part of the control API, at `/_mock/` of each issuer, and not a listener next to the provider: the requests of
//! the page are then of the same origin as the operations that it uses, and the guards of the control API hold for both.
//! What needs a client or Gherkin is brought along by the program around the provider, as a [`Companion`].

mod companion;
mod exchange;
mod files;
mod overview;
mod recording;
mod remark;
mod tokens;

pub use self::companion::{App, AppSettings, Companion, Described, Operating, Operation, Starting};
pub(crate) use self::exchange::{of_deed, of_entry, of_visit};
pub(crate) use self::files::{CONTENT_SECURITY_POLICY, File, file};
pub(crate) use self::overview::{catalogue, overview};
pub use self::recording::{Outcome, Recording};
