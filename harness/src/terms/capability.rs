//! What a client can do.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};

/// Something that a client can do, or leaves to be configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Calls the API on request.
    ApiCall,
    /// `audience` can be set per instance.
    ConfigurableAudience,
    /// The token endpoint authentication method can be set per instance.
    ConfigurableAuthMethod,
    /// Client identifier and secret can be set per instance.
    ConfigurableCredentials,
    /// The URLs of authorization endpoint and token endpoint can be set per instance.
    ConfigurableEndpoints,
    /// `scope` can be set per instance.
    ConfigurableScope,
    /// Is used by browsers that keep its cookies: for the driver to know, and for no client to claim.
    Cookies,
    /// Refreshes on request.
    ForcedRefresh,
    /// Logs out on request.
    Logout,
    /// Has a clock that the harness can move.
    MovableClock,
    /// Serves several providers with one redirect URI.
    MultipleIssuers,
    /// Keeps a refresh token.
    OfflineAccess,
    /// Uses OpenID Connect: asks for and relies on an ID token.
    Openid,
    /// Refreshes by itself when the access token has expired or the API answers `invalid_token`.
    ReactiveRefresh,
    /// Goes back to a page that the link to its login names: for the driver to know, and for no client to claim.
    ReturnTarget,
    /// Checks the `iss` response parameter (RFC 9207).
    Rfc9207,
    /// Shows the claims of the ID token or UserInfo at the session route.
    ShowsClaims,
}

/// What a client can do.
pub type Capabilities = BTreeSet<Capability>;

impl FromStr for Capability {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_value(serde_json::Value::String(text.to_owned()))
            .map_err(|error| format!("{text:?} is no capability: {error}"))
    }
}

impl Capability {
    /// Where it is said in the `quintain.toml` of a driver; none if nothing there says it.
    #[must_use]
    pub fn key(self, driver: &str) -> Option<String> {
        let section = match driver {
            "web-app" => Some("app"),
            "command" => Some("command"),
            _ => None,
        };
        let route = |name: &str| section.map(|section| format!("[{section}] {name}"));
        match self {
            Self::ApiCall => route("api"),
            Self::ForcedRefresh => route("refresh"),
            Self::Logout => route("logout"),
            Self::MultipleIssuers => route("login_second"),
            Self::ReturnTarget if section == Some("app") => route("return_parameter"),
            Self::Openid => Some("openid in [registration] scope".to_owned()),
            Self::OfflineAccess => Some("offline_access in [registration] scope".to_owned()),
            Self::ReactiveRefresh | Self::Rfc9207 | Self::ShowsClaims if section.is_some() => {
                Some(format!("{self} in [profile] declares"))
            }
            Self::ConfigurableCredentials if section.is_some() => Some("{client_id} and {client_secret}".to_owned()),
            Self::ConfigurableEndpoints if section.is_some() => {
                Some("{authorization_endpoint} and {token_endpoint}".to_owned())
            }
            Self::ConfigurableScope if section.is_some() => Some("{scope}".to_owned()),
            Self::ConfigurableAudience if section.is_some() => Some("{audience}".to_owned()),
            Self::ConfigurableAuthMethod if section.is_some() => Some("{token_endpoint_auth_method}".to_owned()),
            _ => None,
        }
    }

    /// Whether the driver knows it, and no client claims it.
    #[must_use]
    pub fn follows_from_driver(self) -> bool {
        matches!(self, Self::Cookies | Self::ReturnTarget)
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => f.pad(&name),
            _ => Err(fmt::Error),
        }
    }
}

/// Reads the capabilities that somebody claims for a client: not those that the driver alone can have.
pub(crate) fn claimed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Capability>, D::Error> {
    let claimed: Vec<Capability> = Vec::deserialize(deserializer)?;
    if let Some(capability) = claimed.iter().find(|capability| capability.follows_from_driver()) {
        return Err(D::Error::custom(format_args!(
            "`{capability}` cannot be declared: it follows from the driver and its keys; leave it out"
        )));
    }
    Ok(claimed)
}

/// The capabilities that are there.
pub(crate) fn those_that_hold<const N: usize>(all: [(Capability, bool); N]) -> impl Iterator<Item = Capability> {
    all.into_iter().filter_map(|(capability, holds)| holds.then_some(capability))
}
