//! What an issuer starts with.

use crate::Fault;
use crate::terms::{Api, Client, Paths, Policy, SignIn, User};
use crate::variation::Variation;

/// The registration of everything an issuer starts with.
///
/// The default is demo data: one confidential client, two users, one API.
#[derive(Clone, Debug)]
pub struct IssuerConfig {
    /// The registered clients.
    pub clients: Vec<Client>,
    /// The people who can log in.
    pub users: Vec<User>,
    /// The protected APIs that can be named as `audience`.
    pub apis: Vec<Api>,
    /// How the issuer behaves where the specifications leave a choice.
    pub policy: Policy,
    /// Where the issuer and its endpoints are.
    pub paths: Paths,
    /// How the issuer does what the specifications leave open; the same for its whole life, because clients keep
    /// metadata and keys.
    pub variation: Variation,
    /// How the resource owner is asked.
    pub sign_in: SignIn,
    /// Faults that are armed from the start.
    pub faults: Vec<Fault>,
}

impl Default for IssuerConfig {
    fn default() -> Self {
        Self {
            clients: vec![Client::default()],
            users: vec![User::named("auth0|alice", "Alice Adams"), User::named("auth0|bob", "Bob Brown")],
            apis: vec![Api::default()],
            policy: Policy::default(),
            paths: Paths::plain(),
            variation: Variation::NONE,
            sign_in: SignIn::Headless { sub: "auth0|alice".into() },
            faults: Vec::new(),
        }
    }
}
