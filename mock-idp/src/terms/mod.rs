//! The words that all modules speak in: endpoints, policies, grant types, and what is registered.

mod endpoint;
mod fault;
mod loopback;
mod paths;
mod policy;
mod registered;
mod registration;

pub use self::endpoint::Endpoint;
pub use self::fault::{FaultId, PublicKeyForm};
pub(crate) use self::loopback::is_loopback;
pub use self::paths::Paths;
pub use self::policy::{
    AccessTokenFormat, AccessTokenSignature, ClientAuthentication, CodeBinding, CodeFormat, Dialect, IssuerParameter,
    LoopbackPorts, PkcePolicy, PlainChallenge, Policy, Presence, RefreshRotation, RefreshTokenFormat, Tolerance,
};
pub use self::registered::{Api, Client, ClientAuthMethod, GrantType, SignIn, User};
pub(crate) use self::registration::{ClientRegistration, UserRegistration};
