//! Clients, users and APIs that are put together in code.

use serde_json::Value;

use super::registered::{Api, Client, ClientAuthMethod, GrantType, User};

impl Client {
    /// A client with a secret, which it sends by HTTP Basic (RFC 6749 §2.3.1). It may use the authorization-code flow and
    /// refresh tokens, and has no redirect URI yet.
    ///
    /// ```
    /// use mock_idp::{Client, ClientAuthMethod};
    ///
    /// let shop = Client::confidential("shop", "shop-secret").redirect_uri("http://localhost:3000/callback");
    /// assert_eq!(shop.token_endpoint_auth_method, ClientAuthMethod::ClientSecretBasic);
    /// ```
    #[must_use]
    pub fn confidential(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        let client_secret = Some(secret.into());
        Self { client_secret, ..Self::public(client_id) }.auth_method(ClientAuthMethod::ClientSecretBasic)
    }

    /// A client without a secret (RFC 6749 §2.1): a native app, a single-page app. It needs PKCE.
    ///
    /// ```
    /// use mock_idp::Client;
    ///
    /// let app = Client::public("app").redirect_uri("http://127.0.0.1/callback");
    /// assert_eq!(app.client_secret, None);
    /// ```
    #[must_use]
    pub fn public(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: None,
            token_endpoint_auth_method: ClientAuthMethod::None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            ..Self::default()
        }
    }

    /// Allows a further redirect URI.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Allows a further place where a log-out may lead.
    #[must_use]
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uris.push(uri.into());
        self
    }

    /// Allows a further grant.
    #[must_use]
    pub fn grant_type(mut self, grant_type: GrantType) -> Self {
        if !self.grant_types.contains(&grant_type) {
            self.grant_types.push(grant_type);
        }
        self
    }

    /// Says how it authenticates at the token endpoint.
    #[must_use]
    pub fn auth_method(mut self, method: ClientAuthMethod) -> Self {
        self.token_endpoint_auth_method = method;
        self
    }
}

impl User {
    /// Sets a claim that goes by scope into the ID token and to UserInfo.
    ///
    /// ```
    /// use mock_idp::User;
    ///
    /// let alice = User::named("alice", "Alice Adams").claim("email", "alice@shop.example");
    /// assert_eq!((&alice.claims["given_name"], &alice.claims["email"]), (&"Alice".into(), &"alice@shop.example".into()));
    /// ```
    #[must_use]
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Sets a claim of the ID token alone.
    #[must_use]
    pub fn id_token_claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.id_token_claims.insert(name.into(), value.into());
        self
    }

    /// Sets a claim of the access token alone.
    #[must_use]
    pub fn access_token_claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.access_token_claims.insert(name.into(), value.into());
        self
    }

    /// Sets a claim of the UserInfo response alone.
    #[must_use]
    pub fn userinfo_claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.userinfo_claims.insert(name.into(), value.into());
        self
    }
}

impl Api {
    /// An API that grants no scope yet.
    ///
    /// ```
    /// use mock_idp::Api;
    ///
    /// let orders = Api::named("https://orders.example/").scope("read:orders");
    /// assert_eq!(orders.scopes, ["read:orders"]);
    /// ```
    #[must_use]
    pub fn named(identifier: impl Into<String>) -> Self {
        Self { identifier: identifier.into(), scopes: Vec::new(), ..Self::default() }
    }

    /// Grants a further scope.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }
}
