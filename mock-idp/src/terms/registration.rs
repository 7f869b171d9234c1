//! Clients and users as people write them, in a file or in a control request: what is left out follows from the rest.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::algorithm::SignatureAlgorithm;
use super::registered::{Client, ClientAuthMethod, GrantType, User};

/// A client to register.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientRegistration {
    /// The client identifier.
    client_id: String,
    /// The secret. A client without one is public.
    client_secret: Option<String>,
    /// How the client authenticates at the token endpoint; by Basic if it has a secret and this is left out.
    token_endpoint_auth_method: Option<ClientAuthMethod>,
    /// Allowed redirect URIs, compared as exact strings.
    redirect_uris: Vec<String>,
    /// Where a log-out may lead.
    #[serde(default)]
    post_logout_redirect_uris: Vec<String>,
    /// The grants that the client may use: those of the code flow, if this is left out.
    grant_types: Option<Vec<GrantType>>,
    /// What its ID tokens are signed with: with the issuer's first key, RS256 as a rule, if this is left out.
    id_token_signed_response_alg: Option<SignatureAlgorithm>,
    /// Claims that both tokens of every user of this client get.
    #[serde(default)]
    custom_claims: Map<String, Value>,
}

/// A user to register.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserRegistration {
    /// The subject identifier.
    sub: String,
    /// A profile is made from it, in which `claims` replaces and adds members.
    name: Option<String>,
    /// Claims by scope, in the ID token and at UserInfo.
    #[serde(default)]
    claims: Map<String, Value>,
    /// Claims of the ID token.
    #[serde(default)]
    id_token_claims: Map<String, Value>,
    /// Claims of the access token.
    #[serde(default)]
    access_token_claims: Map<String, Value>,
    /// Claims of the UserInfo response.
    #[serde(default)]
    userinfo_claims: Map<String, Value>,
}

impl ClientRegistration {
    pub(crate) fn registered(self) -> Client {
        let method = match self.client_secret {
            Some(_) => ClientAuthMethod::ClientSecretBasic,
            None => ClientAuthMethod::None,
        };
        Client {
            client_id: self.client_id,
            client_secret: self.client_secret,
            token_endpoint_auth_method: self.token_endpoint_auth_method.unwrap_or(method),
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            grant_types: self.grant_types.unwrap_or_else(|| Client::default().grant_types),
            id_token_signed_response_alg: self.id_token_signed_response_alg,
            custom_claims: self.custom_claims,
        }
    }
}

impl UserRegistration {
    pub(crate) fn registered(self) -> User {
        let mut claims = self.name.map(|name| User::named(self.sub.as_str(), &name).claims).unwrap_or_default();
        claims.extend(self.claims);
        User {
            sub: self.sub,
            claims,
            id_token_claims: self.id_token_claims,
            access_token_claims: self.access_token_claims,
            userinfo_claims: self.userinfo_claims,
        }
    }
}

impl Client {
    /// Whether it can be registered: its URIs are absolute and without a fragment (RFC 6749 §3.1.2), and its secret goes with
    /// the way in which it authenticates.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Self { client_id, token_endpoint_auth_method: method, .. } = self;
        let uris = self.redirect_uris.iter().map(|uri| ("redirect_uris", uri));
        let uris = uris.chain(self.post_logout_redirect_uris.iter().map(|uri| ("post_logout_redirect_uris", uri)));
        for (key, uri) in uris {
            if Url::parse(uri).map_or(true, |url| url.fragment().is_some()) {
                return Err(format!("client {client_id:?}: {uri:?} in {key} is no absolute URI without a fragment"));
            }
        }
        let has_secret = self.client_secret.is_some();
        if has_secret == (*method == ClientAuthMethod::None) {
            let has = if has_secret { "a" } else { "no" };
            return Err(format!("client {client_id:?} has {has} client_secret, which does not go with {method}"));
        }
        // RFC 6749 §4.4; RFC 8693 §5: without a secret, a stolen token could be exchanged by anybody.
        let confidential = [GrantType::ClientCredentials, GrantType::TokenExchange];
        if let Some(grant) = confidential.into_iter().find(|grant| !has_secret && self.grant_types.contains(grant)) {
            let grant = grant.as_str();
            return Err(format!("client {client_id:?} has no client_secret, which does not go with {grant}"));
        }
        Ok(())
    }
}
