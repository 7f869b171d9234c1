//! What a scenario does and claims, as data.
//!
//! A plan never holds an expected verdict: verdicts are computed from evidence, in one place (`verdict`).

mod action;
mod arrangement;
mod certificates;
mod compiled;
mod expectation;
mod honest;
mod identity;
mod invariant;
mod message;

pub use self::action::{Action, pause_after};
pub use self::arrangement::{Arrangement, PolicyChange, RegistrationChange};
pub use self::certificates::WrongCertificate;
pub use self::compiled::Plan;
pub use self::expectation::{Check, Expectation, Form};
pub use self::invariant::Invariant;
pub use self::message::{Count, Message};
