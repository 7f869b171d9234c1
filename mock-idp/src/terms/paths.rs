//! Where an issuer has its endpoints.

use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;

/// Where an issuer is on its host, and where its endpoints are below it. The same for its whole life, because clients keep
/// metadata, and some build the URLs themselves.
///
/// With the paths of Keycloak come its tokens, which its clients read: access tokens are JWTs with and without an audience,
/// refresh tokens are JWTs, and `typ` says in each what it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Paths {
    /// At the root of its host: `/authorize`, `/oauth/token`, …
    #[default]
    Plain,
    /// As Keycloak has it: `/realms/quintain`, and `/protocol/openid-connect/…` below. The issuer identifier has a path, and no
    /// slash at its end.
    Keycloak,
}

/// What every realm of Keycloak has its endpoints below.
macro_rules! protocol {
    ($name:literal) => {
        concat!("protocol/openid-connect/", $name)
    };
}

impl Paths {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Keycloak];

    /// The path of the issuer on its host, without a leading slash: empty, or with a slash at its end.
    pub(crate) fn root(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Keycloak => "realms/quintain/",
        }
    }

    /// The path of an endpoint below the issuer; empty for [`Endpoint::Other`].
    #[must_use]
    pub fn of(self, endpoint: Endpoint) -> &'static str {
        match (self, endpoint) {
            (Self::Plain, Endpoint::Authorize) => "authorize",
            (Self::Plain, Endpoint::Token) => "oauth/token",
            (Self::Plain, Endpoint::Userinfo) => "userinfo",
            (Self::Plain, Endpoint::Jwks) => ".well-known/jwks.json",
            (Self::Plain, Endpoint::Revoke) => "oauth/revoke",
            (Self::Plain, Endpoint::Introspect) => "oauth/introspect",
            (Self::Plain, Endpoint::EndSession) => "oidc/logout",
            (Self::Keycloak, Endpoint::Authorize) => protocol!("auth"),
            (Self::Keycloak, Endpoint::Token) => protocol!("token"),
            (Self::Keycloak, Endpoint::Userinfo) => protocol!("userinfo"),
            (Self::Keycloak, Endpoint::Jwks) => protocol!("certs"),
            (Self::Keycloak, Endpoint::Revoke) => protocol!("revoke"),
            (Self::Keycloak, Endpoint::Introspect) => protocol!("token/introspect"),
            (Self::Keycloak, Endpoint::EndSession) => protocol!("logout"),
            // OpenID Connect Discovery §4: below the issuer, whatever else is where.
            (_, Endpoint::Discovery) => ".well-known/openid-configuration",
            (_, Endpoint::Certificate) => "pem",
            (_, Endpoint::Logout) => "v2/logout",
            (_, Endpoint::Api) => "api",
            (_, Endpoint::Other) => "",
        }
    }

    /// The endpoint at a path below the issuer. What follows `/~` is not looked at, so that metadata can publish paths
    /// that nobody can guess: `oauth/token/~3f9a`.
    pub(crate) fn endpoint_at(self, path: &str) -> Endpoint {
        match path.split_once("/~").map_or(path, |(path, _)| path) {
            ".well-known/oauth-authorization-server" => Endpoint::Discovery,
            path if path.starts_with("api/") => Endpoint::Api,
            path => Endpoint::ALL.into_iter().find(|it| self.of(*it) == path).unwrap_or(Endpoint::Other),
        }
    }

    /// What of a path on the host is below the issuer; nothing if it is elsewhere.
    pub(crate) fn below(self, path: &str) -> Option<&str> {
        let root = self.root();
        if path == root.trim_end_matches('/') {
            return Some("");
        }
        path.strip_prefix(root)
    }

    /// The issuer identifier, for a base URL that ends in a slash.
    pub(crate) fn identifier(self, base_url: &str) -> &str {
        match self {
            Self::Plain => base_url,
            Self::Keycloak => base_url.strip_suffix('/').unwrap_or(base_url),
        }
    }
}
