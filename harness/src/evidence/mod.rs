//! Evidence: what the journal and the user agent saw of one scenario.

mod attempt;
mod control;
mod gathered;
mod learnt;
mod markup;
mod message;
mod page;
mod printed;
mod provider_refusal;
mod requests;
mod session;
mod violation;

pub use self::attempt::{Attempt, Outcome};
pub use self::control::{Comparison, Control, MixUpDefences, Reading};
pub(crate) use self::gathered::throttles;
pub use self::gathered::{ArmedFault, Evidence, Exposure};
pub use self::learnt::Learnt;
pub use self::markup::markup_in;
pub(crate) use self::message::presented;
pub use self::message::{foreign_site, is};
pub(crate) use self::page::without_errors;
pub use self::provider_refusal::{excerpt, last_refusal, presented_code};
pub use self::requests::RequestProblem;
pub use self::session::Session;
pub use self::violation::Violation;
