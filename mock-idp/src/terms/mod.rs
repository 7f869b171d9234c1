//! The words that all modules speak in: endpoints, policies, grant types, and what is registered.

mod algorithm;
mod build;
mod dialect;
mod endpoint;
mod fault;
mod hosts;
mod loopback;
mod nearest;
mod paths;
mod policy;
mod registered;
mod registration;

pub use self::algorithm::SignatureAlgorithm;
pub(crate) use self::dialect::BUILT_IN;
pub use self::dialect::Dialect;
pub use self::endpoint::Endpoint;
pub use self::fault::{FaultId, PublicKeyForm};
pub use self::hosts::{HostName, HostNameError};
pub(crate) use self::hosts::{Hosts, split};
pub(crate) use self::loopback::{is_loopback, same_loopback};
pub use self::nearest::{likeness, nearest};
pub(crate) use self::nearest::{suggestion, with_nearest};
pub use self::paths::Paths;
pub(crate) use self::paths::{Layout, RESOURCE_METADATA, TokenForm};
pub use self::policy::{
    AccessTokenFormat, AccessTokenSignature, ClientAuthentication, ClientChallenge, CodeBinding, CodeFormat,
    FrontChannel, IssuerParameter, LoopbackPorts, OfflineAccess, PkcePolicy, PlainChallenge, Policy, Presence,
    RefreshRotation, RefreshTokenFormat, Revocation, TokenResponseFormat, Tolerance,
};
pub use self::registered::{Api, Client, ClientAuthMethod, GrantType, SignIn, User};
pub(crate) use self::registration::{ClientRegistration, UserRegistration};
