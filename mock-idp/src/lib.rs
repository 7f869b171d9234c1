//! A mock OAuth 2.0 authorization server, OpenID provider and protected API for tests of clients.
//!
//! It plays the authorization-code flow with refresh tokens, by the letter of the specifications unless told otherwise: a
//! [`Dialect`] gives it the ways of a provider that departs from them, [`Fault`]s change single messages, a [`Policy`] makes it lax, a [`Variation`] makes it look different in lawful ways, a
//! [`Clock`] lets tokens expire at once, and a [`Journal`] records every exchange, every credential and every TLS
//! handshake.

mod arguments;
mod clock;
mod endpoint;
pub mod fault;
mod grants;
mod issuer;
mod journal;
mod keys;
mod message;
mod page;
mod random;
mod serve;
mod server;
mod token;
mod variation;

pub use arguments::ServeArguments;
pub use clock::Clock;
pub use endpoint::SIGN_IN_HEADER;
pub use fault::{Change, Fault, FaultError, FaultId, Point, PublicKeyForm, Signing, Times};
pub use issuer::{
    AccessTokenFormat, AccessTokenSignature, Api, Client, ClientAuthMethod, ClientAuthentication, CodeBinding,
    CodeFormat, Dialect, Endpoint, GrantType, Issuer, IssuerConfig, IssuerParameter, Paths, PkcePolicy, PlainChallenge,
    Policy, Presence, RefreshRotation, RefreshTokenFormat, SignIn, Tolerance, User,
};
pub use journal::{
    Credential, CredentialKind, Entry, Handshake, HandshakeEnd, Journal, Note, Place, Presented, Request, Response,
};
pub use keys::Keys;
pub use serve::{Exposure, KeySource, ServeError, ServeOptions, serve};
pub use server::{Authority, Builder, Identity, MockIdp};
pub use variation::{Trait, Variation};
