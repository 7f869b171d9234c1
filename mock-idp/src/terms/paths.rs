//! Where an issuer has its endpoints.

use std::sync::LazyLock;

use super::endpoint::Endpoint;

/// Before the path of an API on its host: where its metadata as a protected resource are (RFC 9728 §3.1).
pub(crate) const RESOURCE_METADATA: &str = ".well-known/oauth-protected-resource";

/// Where an issuer is on its host, and where its endpoints are, as a dialect has it. The same for its whole life, because
/// clients keep metadata, and some build the URLs themselves.
///
/// With the paths of Keycloak come its tokens, which its clients read: access tokens are JWTs with and without an audience,
/// refresh tokens are JWTs, and `typ` says in each what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paths(&'static Layout);

/// What a dialect says about its paths. Empty: as in [`Layout::plain`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// What the paths of all endpoints have in common: empty, or with a slash at its end.
    pub(crate) root: String,
    /// What follows the root in the issuer identifier, without a slash at either end.
    pub(crate) issuer: String,
    /// Whether a slash ends the issuer identifier; `None`: both will do.
    pub(crate) slash: Option<bool>,
    /// The paths below the root.
    pub(crate) authorization: String,
    pub(crate) token: String,
    pub(crate) userinfo: String,
    pub(crate) jwks: String,
    pub(crate) revocation: String,
    /// Empty: there is no such endpoint.
    pub(crate) introspection: String,
    pub(crate) end_session: String,
    pub(crate) device_authorization: String,
    /// Follows from `issuer`.
    pub(crate) discovery: String,
    pub(crate) tokens: TokenForm,
}

/// What tokens look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TokenForm {
    /// As the policy has it.
    #[default]
    Plain,
    /// JWTs that say what they are, refresh tokens included.
    Keycloak,
}

static PLAIN: LazyLock<Layout> = LazyLock::new(Layout::plain);

impl Layout {
    /// At the root of its host: `/authorize`, `/oauth/token`, …
    pub(crate) fn plain() -> Self {
        let layout = Self {
            root: String::new(),
            issuer: String::new(),
            slash: None,
            authorization: "authorize".into(),
            token: "oauth/token".into(),
            userinfo: "userinfo".into(),
            jwks: ".well-known/jwks.json".into(),
            revocation: "oauth/revoke".into(),
            introspection: "oauth/introspect".into(),
            end_session: "oidc/logout".into(),
            device_authorization: "oauth/device/code".into(),
            discovery: String::new(),
            tokens: TokenForm::Plain,
        };
        layout.with_discovery()
    }

    /// OpenID Connect Discovery §4: the metadata are below the issuer, whatever else is where.
    pub(crate) fn with_discovery(mut self) -> Self {
        self.discovery = self.below_issuer(".well-known/openid-configuration");
        self
    }

    fn below_issuer(&self, path: &str) -> String {
        let separator = if self.issuer.is_empty() { "" } else { "/" };
        format!("{}{separator}{path}", self.issuer)
    }
}

impl Default for Paths {
    fn default() -> Self {
        Self::plain()
    }
}

impl Paths {
    /// Those of [`Dialect::PLAIN`](super::Dialect::PLAIN).
    #[must_use]
    pub fn plain() -> Self {
        Self(&PLAIN)
    }

    pub(crate) fn of_layout(layout: Layout) -> Self {
        Self(Box::leak(Box::new(layout)))
    }

    pub(crate) fn layout(self) -> &'static Layout {
        self.0
    }

    /// Whether access tokens are JWTs, whatever the policy says of them.
    #[must_use]
    pub fn makes_jwts(self) -> bool {
        self.0.tokens == TokenForm::Keycloak
    }

    /// Whether its issuer always ends with a slash, or never, whatever a lawful variation says.
    #[must_use]
    pub fn decides_on_slash(self) -> bool {
        self.0.slash.is_some()
    }

    /// What all paths have in common, without a leading slash: empty, or with a slash at its end.
    pub(crate) fn root(self) -> &'static str {
        &self.0.root
    }

    /// The path of an endpoint below the root; empty for [`Endpoint::Other`], and for [`Endpoint::ResourceMetadata`], whose path
    /// is above it.
    #[must_use]
    pub fn of(self, endpoint: Endpoint) -> &'static str {
        match endpoint {
            Endpoint::Authorize => &self.0.authorization,
            Endpoint::Token => &self.0.token,
            Endpoint::Userinfo => &self.0.userinfo,
            Endpoint::Jwks => &self.0.jwks,
            Endpoint::Revoke => &self.0.revocation,
            Endpoint::Introspect => &self.0.introspection,
            Endpoint::EndSession => &self.0.end_session,
            Endpoint::Discovery => &self.0.discovery,
            Endpoint::DeviceAuthorization => &self.0.device_authorization,
            Endpoint::DeviceVerification => "activate",
            Endpoint::Certificate => "pem",
            Endpoint::Logout => "v2/logout",
            Endpoint::Api => "api",
            Endpoint::ResourceMetadata | Endpoint::Other => "",
        }
    }

    /// The endpoint at a path below the root. What follows `/~` is not looked at, so that metadata can publish paths that
    /// nobody can guess: `oauth/token/~3f9a`.
    pub(crate) fn endpoint_at(self, path: &str) -> Endpoint {
        let path = path.split_once("/~").map_or(path, |(path, _)| path);
        if path == self.0.below_issuer(".well-known/oauth-authorization-server") {
            return Endpoint::Discovery;
        }
        // A dialect's own path wins over one that no real provider has.
        match Endpoint::ALL.into_iter().find(|it| self.of(*it) == path && !path.is_empty()) {
            Some(endpoint) => endpoint,
            None if path.starts_with("api/") => Endpoint::Api,
            None => Endpoint::Other,
        }
    }

    /// What of a path on the host is below the root; nothing if it is elsewhere.
    pub(crate) fn below(self, path: &str) -> Option<&str> {
        let root = self.root();
        if path == root.trim_end_matches('/') {
            return Some("");
        }
        path.strip_prefix(root)
    }

    /// Whether a path on the host, without slashes around it, is the one of the issuer.
    pub(crate) fn is_issuer(self, path: &str) -> bool {
        self.identifier("", false).trim_end_matches('/') == path
    }

    /// The issuer identifier, for what comes before the root's own path and ends in a slash, or is empty. `slash`: whether
    /// one ends it if the dialect leaves that open.
    pub(crate) fn identifier(self, host: &str, slash: bool) -> String {
        let whole = format!("{host}{}{}", self.0.root, self.0.issuer);
        let bare = whole.trim_end_matches('/');
        if self.0.slash.unwrap_or(slash) { format!("{bare}/") } else { bare.to_owned() }
    }
}
