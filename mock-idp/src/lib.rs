//! A mock OAuth 2.0 authorization server, OpenID provider and protected API for tests of clients.
#![doc = include_str!("../README.md")]
//!
//! # The modules
//!
//! The house stands on its floors: a module imports none that is listed below it, and a test fails where one does. Ground
//! floor first:
//!
//! 1. `terms`: the words that all modules speak in: endpoints, policies, grant types, clients, users, APIs.
//! 2. `form`: form encoding.
//! 3. `secrets`: secrets in the `Authorization` header, and how they are compared.
//! 4. `clock`: the time, which tests can move.
//! 5. `random`: unguessable values.
//! 6. `bounded`: a map that forgets its oldest entries.
//! 7. `keys`: the keys that are signed with.
//! 8. `journal`: the record of everything an issuer saw and handed out.
//! 9. [`fault`]: named changes to single messages.
//! 10. `dialect`: what single providers do otherwise, read from files.
//! 11. `grants`: codes and tokens that have been issued.
//! 12. `session`: who is signed in at the provider, and in which browser.
//! 13. `message`: the messages of the protocol as types.
//! 14. `variation`: lawful ways of looking different.
//! 15. `issuer`: one authorization server with everything that belongs to it.
//! 16. `token`: ID tokens and access tokens, signed.
//! 17. `page`: the pages that people see.
//! 18. `endpoint`: from a request and the issuer's state to an answer.
//! 19. `explorer`: the page on which the flow is played by hand and watched.
//! 20. `server`: the running server, with dialect, variation, faults and journal around the endpoints.
//! 21. `provider_file`: what a served provider is and knows, in a file.
//! 22. `serve`: the program.
//! 23. `arguments`: its command line.

mod arguments;
mod bounded;
mod clock;
mod dialect;
mod endpoint;
mod explorer;
pub mod fault;
mod form;
mod grants;
mod issuer;
mod journal;
mod keys;
mod message;
mod page;
mod provider_file;
mod random;
mod secrets;
mod serve;
mod server;
mod session;
mod terms;
mod token;
mod variation;

pub use arguments::ServeArguments;
pub use clock::Clock;
pub use dialect::{DialectError, Fact, Mark};
pub use endpoint::SIGN_IN_HEADER;
pub use explorer::{App, AppSettings, Companion, Described, Operating, Operation, Outcome, Recording, Starting};
pub use fault::{Change, Fault, FaultError, Point, Signing, Times, ValueForm};
pub use issuer::{ArmedFault, Deed, Expectation, Issuer, IssuerConfig, Responding};
pub use journal::{
    AppRefusal, Credential, CredentialKind, Entry, Handshake, HandshakeEnd, Journal, Note, Place, Presented, Request,
    RequestPattern, Response, Visit,
};
pub use keys::{KeySource, Keys, KeysError};
pub use provider_file::{ProviderFile, ProviderFileError, ServedIssuer};
pub use serve::{Exposure, Opening, ServeError, ServeOptions, open_in_browser, serve};
pub use server::{Authority, Builder, Identity, MockIdp, TlsSource};
pub use terms::{
    AccessTokenFormat, AccessTokenSignature, Api, Client, ClientAuthMethod, ClientAuthentication, ClientChallenge,
    CodeBinding, CodeFormat, Dialect, Endpoint, FaultId, FrontChannel, GrantType, HostName, HostNameError,
    IssuerParameter, LoopbackPorts, OfflineAccess, Paths, PkcePolicy, PlainChallenge, Policy, Presence, PublicKeyForm,
    RefreshRotation, RefreshTokenFormat, Revocation, SignIn, SignatureAlgorithm, TokenResponseFormat, Tolerance, User,
    likeness, nearest,
};
pub use variation::{Trait, Variation};

/// The page for Rust in the book, whose examples are run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/provider/rust.md")]
pub struct PageForRust;
