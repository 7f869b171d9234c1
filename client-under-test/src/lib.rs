//! The reference client: a regular web app that logs a user in, calls an API for them and keeps them logged in.
//!
//! It is an OAuth 2.0 / OpenID Connect client for the authorization-code flow with PKCE, written to be read and copied.
//! The house stands on its floors: a module imports none that is listed below it, and a test fails where one does. Ground
//! floor first. From [`discovery`] on, the modules follow the flow:
//!
//! 1. [`secret`]: codes, tokens and the like, as types that do not print what they hold.
//! 2. [`refusal`]: every reason to say no.
//! 3. `clock`: the client's time.
//! 4. `random`: unguessable values.
//! 5. `config`: what the client's operator enters.
//! 6. `defect`: the catalogue of deliberate defects.
//! 7. `variation`: the catalogue of lawful variations.
//! 8. `http`: requests to provider and API.
//! 9. `behaviour`: the defects and variations that one client has.
//! 10. `fitted`: defects of a client that has been fitted to one provider.
//! 11. `misdirected`: defects that send credentials to another host.
//! 12. [`discovery`]: whom to talk to, and whose signatures to believe.
//! 13. `return_target`: where the browser goes after the login.
//! 14. [`authorize`]: the authorization request, and what has to be remembered until its answer comes.
//! 15. [`callback`]: the authorization response.
//! 16. [`token`]: the code becomes tokens.
//! 17. [`id_token`]: who the user is.
//! 18. [`userinfo`]: more about the user.
//! 19. [`session`]: what belongs to one browser.
//! 20. [`client`]: a login from start to end, who is logged in, and the logout.
//! 21. [`refresh`]: the access token is replaced.
//! 22. [`api`]: the access token is used.
//! 23. [`web`]: all of it behind routes and a cookie.
//!
//! It can also be broken on purpose: each [`Defect`] switches off one defence. And it can be made unusual: each
//! [`Variation`] is another lawful way of doing the same. To copy this code, leave out what mentions `defects`,
//! `variations` or `behaviour`, and keep the checks beside it.

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
pub use session::{BrowserId, CookieName};
pub use variation::{Variation, Variations};
