//! `quintain.toml`: how a client is operated, how to start it, and how it is registered.
//!
//! Everything is parsed and checked here, once: behind this module there is no string left to check. What one driver
//! needs is no part of another's configuration. Every key is documented in `docs/quintain-toml.md`.

mod checks;
mod command;
mod file;
mod placeholders;
mod provider;
mod registration;
mod sections;
mod stdio;
mod web_app;

pub(crate) use self::checks::is_loopback;
pub use self::command::CommandConfig;
pub use self::file::{Config, ConfigError};
pub use self::placeholders::{EndpointUrls, Placeholders, Template, UnknownPlaceholder};
pub use self::provider::{KnownProvider, ProviderWays};
pub use self::registration::{AuthMethods, RegistrationSection};
pub use self::sections::{App, BrowserSection, Commands, Start, TlsSection};
pub use self::stdio::StdioConfig;
pub use self::web_app::{Operated, WebAppConfig};
