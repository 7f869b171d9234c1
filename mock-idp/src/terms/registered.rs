//! What is registered at an issuer: clients, users and APIs.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::algorithm::SignatureAlgorithm;

/// A registered client (RFC 6749 §2).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Client {
    /// The client identifier.
    pub client_id: String,
    /// The secret; `None` for a public client.
    pub client_secret: Option<String>,
    /// How the client authenticates at the token endpoint.
    pub token_endpoint_auth_method: ClientAuthMethod,
    /// Allowed redirect URIs, compared as exact strings (RFC 9700 §2.1).
    pub redirect_uris: Vec<String>,
    /// Where a log-out may lead.
    pub post_logout_redirect_uris: Vec<String>,
    /// The grants the client may use.
    pub grant_types: Vec<GrantType>,
    /// What its ID tokens are signed with (OpenID Connect Dynamic Client Registration §2); `None`: with the issuer's first
    /// key, RS256 as a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<SignatureAlgorithm>,
    /// Namespaced claims added to both tokens of every user of this client.
    pub custom_claims: Map<String, Value>,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            client_id: "demo-client".into(),
            client_secret: Some("demo-secret".into()),
            token_endpoint_auth_method: ClientAuthMethod::ClientSecretPost,
            redirect_uris: vec!["http://127.0.0.1:3000/callback".into(), "http://localhost:3000/callback".into()],
            post_logout_redirect_uris: vec!["http://127.0.0.1:3000/".into(), "http://localhost:3000/".into()],
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            id_token_signed_response_alg: None,
            custom_claims: Map::new(),
        }
    }
}

/// How a client authenticates (OpenID Connect Core 1.0 §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    /// HTTP Basic, both halves form-encoded (RFC 6749 §2.3.1).
    ClientSecretBasic,
    /// `client_secret` in the request body.
    ClientSecretPost,
    /// No authentication: a public client.
    None,
}

impl ClientAuthMethod {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ClientSecretBasic, Self::ClientSecretPost, Self::None];

    /// The name that the specification gives it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::None => "none",
        }
    }
}

impl fmt::Display for ClientAuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ClientAuthMethod {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|method| method.as_str() == text);
        known.ok_or_else(|| "expected client_secret_basic, client_secret_post or none".to_owned())
    }
}

/// The grants that the token endpoint knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §4.4: for the client itself, without a user. Only for clients with a secret.
    ClientCredentials,
    /// RFC 8628 §3.4: for devices without a browser.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code", alias = "device_code")]
    #[schemars(transform = with_short_name)]
    DeviceCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 8693 §2.1: one token for another. Only for clients with a secret.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:token-exchange", alias = "token_exchange")]
    #[schemars(transform = with_short_name)]
    TokenExchange,
}

/// A JSON Schema has no aliases: beside the URN, the name at its end is allowed.
fn with_short_name(schema: &mut Schema) {
    if let Some(Value::String(urn)) = schema.remove("const") {
        let short = urn.rsplit(':').next().unwrap_or_default().replace('-', "_");
        schema.insert("enum".to_owned(), json!([urn, short]));
    }
}

impl GrantType {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::AuthorizationCode, Self::ClientCredentials, Self::DeviceCode, Self::RefreshToken, Self::TokenExchange];

    /// The value of the parameter `grant_type`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::RefreshToken => "refresh_token",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }

    /// The grant with this value of the parameter `grant_type`.
    pub(crate) fn named(grant_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == grant_type)
    }
}

/// Someone who can log in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The subject identifier, for instance `auth0|alice`.
    pub sub: String,
    /// Standard claims: `name`, `email`, … handed out by scope.
    #[serde(default)]
    pub claims: Map<String, Value>,
    /// Custom claims of the ID token.
    #[serde(default)]
    pub id_token_claims: Map<String, Value>,
    /// Custom claims of the access token.
    #[serde(default)]
    pub access_token_claims: Map<String, Value>,
    /// Custom claims of the UserInfo response.
    #[serde(default)]
    pub userinfo_claims: Map<String, Value>,
}

impl User {
    /// A user with a plausible profile made from the name.
    #[must_use]
    pub fn named(sub: impl Into<String>, name: &str) -> Self {
        let mut words = name.split_whitespace();
        let given = words.next().unwrap_or(name);
        let family = words.next_back().unwrap_or(given);
        let nickname = given.to_lowercase();
        let claims = json!({
            "name": name,
            "given_name": given,
            "family_name": family,
            "nickname": nickname,
            "preferred_username": nickname,
            "picture": format!("https://pictures.example/{nickname}.png"),
            "updated_at": 1_735_689_600,
            "email": format!("{nickname}@example.com"),
            "email_verified": true,
        });
        Self {
            sub: sub.into(),
            claims: match claims {
                Value::Object(map) => map,
                _ => Map::new(),
            },
            id_token_claims: Map::new(),
            access_token_claims: Map::new(),
            userinfo_claims: Map::new(),
        }
    }
}

/// A protected API (resource server).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Api {
    /// The identifier a client names as `audience`: an opaque string, not necessarily a URL.
    pub identifier: String,
    /// The scopes that can be granted.
    pub scopes: Vec<String>,
    /// Whether `offline_access` gives a refresh token.
    pub allow_offline_access: bool,
    /// Lifetime of access tokens in seconds.
    pub token_lifetime: i64,
    /// The scope without which `/api` answers 403 `insufficient_scope`.
    pub required_scope: Option<String>,
}

impl Default for Api {
    fn default() -> Self {
        Self {
            identifier: "https://api.example/".into(),
            scopes: vec!["read:contacts".into(), "write:contacts".into()],
            allow_offline_access: true,
            token_lifetime: 86_400,
            required_scope: None,
        }
    }
}

/// How the resource owner is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// The authorization endpoint answers at once: this user is logged in and allows everything.
    ///
    /// A request may name another user in the header `x-mock-idp-sign-in`; an empty value means that nobody is logged in.
    Headless {
        /// The subject that is logged in.
        sub: String,
    },
    /// A page asks who you are and whether you allow it. A cookie keeps the session of the browser, so that the next
    /// request is answered without the page.
    Page,
}
