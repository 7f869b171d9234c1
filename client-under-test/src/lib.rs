//! The reference client: a regular web app that logs a user in, calls an API for them and keeps them logged in.
//!
//! It is an OAuth 2.0 / `OpenID` Connect client for the authorization-code flow with PKCE, written to be read and copied.
//! The modules follow the flow:
//!
//! 1. [`discovery`]: whom to talk to, and whose signatures to believe.
//! 2. [`authorize`]: the authorization request, and what has to be remembered until its answer comes.
//! 3. [`callback`]: the authorization response.
//! 4. [`token`]: the code becomes tokens; [`id_token`] and [`userinfo`] say who the user is.
//! 5. [`api`]: the access token is used.
//! 6. [`refresh`]: the access token is replaced.
//!
//! [`session`] keeps what belongs to one browser, [`refusal`] names every reason to say no, and [`client`] strings the
//! steps together. [`web`] puts it all behind routes and a cookie.
//!
//! It can also be broken on purpose: each [`Defect`] switches off one defence. And it can be made unusual: each
//! [`Variation`] is another lawful way of doing the same. Whoever copies this code leaves out what mentions `defects`,
//! `variations` or `behaviour`, and keeps the checks beside it.

pub mod api;
pub mod authorize;
mod behaviour;
pub mod callback;
pub mod client;
mod clock;
mod config;
mod defect;
pub mod discovery;
mod fitted;
mod http;
pub mod id_token;
mod misdirected;
mod random;
pub mod refresh;
pub mod refusal;
mod return_target;
pub mod secret;
pub mod session;
pub mod token;
pub mod userinfo;
mod variation;
pub mod web;

pub use api::ApiAnswer;
pub use behaviour::Behaviour;
pub use callback::AuthorizationResponse;
pub use client::{Begun, Client, LoggedIn, Profile};
pub use clock::Clock;
pub use config::{Config, TokenEndpointAuthMethod};
pub use defect::{Defect, Defects};
pub use refusal::{Phase, Refusal};
pub use secret::Secret;
pub use session::BrowserId;
pub use variation::{Variation, Variations};
