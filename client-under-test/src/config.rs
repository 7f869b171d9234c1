//! What the client's operator enters.

use std::time::Duration;

use crate::secret::Secret;

/// The client's configuration for one provider. A client may have several, and the same redirect URI with all of them.
#[derive(Debug, Clone)]
pub struct Config {
    /// The issuer identifier of the provider, to the byte.
    pub issuer: String,
    /// The client identifier.
    pub client_id: String,
    /// The client secret; not used with [`TokenEndpointAuthMethod::None`].
    pub client_secret: Secret,
    /// How the client authenticates at the token endpoint.
    pub token_endpoint_auth_method: TokenEndpointAuthMethod,
    /// The registered redirect URI.
    pub redirect_uri: String,
    /// Where the provider sends the browser after a log-out.
    pub post_logout_redirect_uri: Option<String>,
    /// The scope to ask for. With `openid` in it the client demands an ID token, without it this is plain OAuth.
    pub scope: String,
    /// The API to ask an access token for.
    pub audience: Option<String>,
    /// Where the API is that takes the access tokens of this provider.
    pub api_url: String,
    /// The longest that any request of the client may take.
    pub time_limit: Duration,
}

impl Config {
    /// Whether the user's identity is asked for (OpenID Connect Core §3.1.2.1).
    #[must_use]
    pub fn uses_openid(&self) -> bool {
        self.scope.split(' ').any(|scope| scope == "openid")
    }
}

/// How the client authenticates at the token endpoint (OpenID Connect Core §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[clap(rename_all = "snake_case")]
pub enum TokenEndpointAuthMethod {
    /// HTTP Basic.
    ClientSecretBasic,
    /// `client_id` and `client_secret` in the body.
    ClientSecretPost,
    /// A public client: `client_id` alone.
    None,
}
