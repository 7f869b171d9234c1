//! `[registration]`: the client's registration, as its operator would enter it at the provider.

use mock_idp::ClientAuthMethod;
use rand::RngExt as _;
use serde::Deserialize;

use crate::terms::{Capabilities, Capability, Registration, those_that_hold};

/// The client's registration, as its operator would enter it at the provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationSection {
    /// How the client authenticates at the token endpoint (OIDC Core §9), or all the ways; `client_secret_basic` unless given.
    #[serde(default)]
    pub token_endpoint_auth_method: AuthMethods,
    /// The scope that the client asks for.
    #[serde(default = "default_scope")]
    pub scope: String,
    /// The API's identifier, if the client names one.
    pub audience: Option<String>,
}

impl Default for RegistrationSection {
    fn default() -> Self {
        Self { token_endpoint_auth_method: AuthMethods::default(), scope: default_scope(), audience: None }
    }
}

impl RegistrationSection {
    /// The registration of a run, with a secret that no other run has.
    pub(crate) fn of_a_run(&self) -> Registration {
        let mut random = rand::rng();
        let secret = (0..32).map(|_| char::from(random.sample(rand::distr::Alphanumeric)));
        Registration {
            client_id: "quintain-client".to_owned(),
            client_secret: secret.collect(),
            token_endpoint_auth_method: self.token_endpoint_auth_method.first(),
            scope: self.scope.clone(),
            audience: self.audience.clone(),
        }
    }

    /// The capabilities that are evident: by the scopes that are asked for, and by the placeholders that reach the client.
    pub(crate) fn evident(&self, hands_on: impl Fn(&str) -> bool) -> Capabilities {
        let is_public = self.token_endpoint_auth_method.all().iter().all(|method| *method == ClientAuthMethod::None);
        let asks_for = |scope: &str| self.scope.split(' ').any(|token| token == scope);
        let evident = [
            (Capability::Openid, asks_for("openid")),
            (Capability::OfflineAccess, asks_for("offline_access")),
            (Capability::ConfigurableCredentials, hands_on("client_id") && (is_public || hands_on("client_secret"))),
            (Capability::ConfigurableEndpoints, hands_on("authorization_endpoint") && hands_on("token_endpoint")),
            (Capability::ConfigurableScope, hands_on("scope")),
            (Capability::ConfigurableAudience, hands_on("audience")),
            (Capability::ConfigurableAuthMethod, hands_on("token_endpoint_auth_method")),
        ];
        those_that_hold(evident).collect()
    }
}

fn default_scope() -> String {
    "openid profile offline_access".to_owned()
}

/// One method of client authentication, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "OneOrMore")]
pub struct AuthMethods(Vec<ClientAuthMethod>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected client_secret_basic, client_secret_post or none, or a list of them")]
enum OneOrMore {
    One(ClientAuthMethod),
    More(Vec<ClientAuthMethod>),
}

impl AuthMethods {
    /// The one that the client is told of.
    #[must_use]
    pub fn first(&self) -> ClientAuthMethod {
        self.0.first().copied().unwrap_or(ClientAuthMethod::ClientSecretBasic)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[ClientAuthMethod] {
        &self.0
    }
}

impl Default for AuthMethods {
    fn default() -> Self {
        Self(vec![ClientAuthMethod::ClientSecretBasic])
    }
}

impl TryFrom<OneOrMore> for AuthMethods {
    type Error = &'static str;

    fn try_from(methods: OneOrMore) -> Result<Self, Self::Error> {
        match methods {
            OneOrMore::One(method) => Ok(Self(vec![method])),
            OneOrMore::More(methods) if methods.is_empty() => Err("the list is empty; name a method"),
            OneOrMore::More(methods) if methods.len() > 1 && methods.contains(&ClientAuthMethod::None) => {
                Err("a client with a secret is not a public client; take none out of the list")
            }
            OneOrMore::More(methods) => Ok(Self(methods)),
        }
    }
}
