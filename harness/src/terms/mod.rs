//! The words that all of the harness speaks in: people, browsers, providers, registrations, what a client can do, and what
//! it answers.
//!
//! Nothing here drives a client, reads a file or judges. So the configuration, the drivers, the suite and the evidence use
//! these words without knowing each other.

mod answer;
mod authorization_response;
mod browser;
mod capability;
mod checks;
mod identity;
mod people;
mod profile;
mod provider;
mod refusal;
mod registration;
mod trace;

pub use self::answer::{Answer, Failure, Reply, Said, Whoami};
pub use self::authorization_response::{AuthorizationResponse, ResponseMode};
pub use self::browser::{Browser, BrowserId, Tab};
pub use self::capability::{Capabilities, Capability};
pub(crate) use self::capability::{claimed, those_that_hold};
pub use self::checks::{Check, Checks, Owner};
pub use self::identity::Identity;
pub use self::people::{Casting, People, Person};
pub use self::profile::Profile;
pub use self::provider::{Provider, URLS_IN_METADATA};
pub use self::refusal::{Phase, Refusal};
pub use self::registration::{Enrolment, Registration};
pub use self::trace::{Hop, Media, Outlet, Span, Told};
