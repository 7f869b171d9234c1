//! User agents: browsers where it matters for the protocol.
//!
//! A visit is followed as long as it stays with the client. The provider's pages are visited by the lab, and nobody else's
//! are visited at all.

mod agent;
mod browsers;
mod chromium;
mod console;
mod form;
mod jar;
mod plain;
mod refresh;
mod request;

pub(super) use self::agent::{Followed, Page, Setting, UserAgent, Visit, VisitError};
pub(super) use self::browsers::Browsers;
pub(super) use self::chromium::Chromium;
