//! The record of everything an issuer saw and handed out.

mod changes;
mod credential;
mod entry;
mod handshake;
mod known;
mod note;
mod pattern;
mod queries;
mod recent;
mod ring;
mod tail;
mod visits;

pub use self::credential::{Credential, CredentialKind, Place, Presented};
pub use self::entry::{Entry, Request, Response};
pub use self::handshake::{Handshake, HandshakeEnd};
pub use self::note::Note;
pub use self::pattern::RequestPattern;
pub(crate) use self::pattern::line;
pub(crate) use self::recent::Recent;
pub(crate) use self::ring::Capacity;
pub use self::ring::Journal;
pub(crate) use self::tail::{Over, Tail};
pub use self::visits::{AppRefusal, Visit};
