//! How a client is registered at a provider.

use mock_idp::{Client, ClientAuthMethod, GrantType, Issuer};
use url::Url;

/// A client's registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// `client_id`
    pub client_id: String,
    /// `client_secret`
    pub client_secret: String,
    /// `token_endpoint_auth_method`
    pub token_endpoint_auth_method: ClientAuthMethod,
    /// The scope that the client asks for.
    pub scope: String,
    /// The API identifier that the client asks for.
    pub audience: Option<String>,
}

impl Registration {
    /// As the provider stores it.
    #[must_use]
    pub fn client(&self, redirect_uri: &str) -> Client {
        let public = self.token_endpoint_auth_method == ClientAuthMethod::None;
        Client {
            client_id: self.client_id.clone(),
            client_secret: (!public).then(|| self.client_secret.clone()),
            token_endpoint_auth_method: self.token_endpoint_auth_method,
            redirect_uris: vec![redirect_uri.to_owned()],
            post_logout_redirect_uris: Url::parse(redirect_uri).map_or(Vec::new(), |url| {
                let origin = url.origin().ascii_serialization();
                vec![origin.clone(), format!("{origin}/")]
            }),
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            ..Client::default()
        }
    }

    /// That of the same client at a second provider: what is given to one is not valid at the other.
    #[must_use]
    pub fn elsewhere(self) -> Self {
        Self { client_id: format!("{}-elsewhere", self.client_id), ..self }
    }

    /// Whether it asks for an ID token.
    #[must_use]
    pub fn asks_for(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|token| token == scope)
    }
}

/// A provider, and how the client is registered there.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The provider.
    pub issuer: Issuer,
    /// The registration.
    pub registration: Registration,
}
