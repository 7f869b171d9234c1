//! By what the page of a client tells who is logged in.

use serde::Deserialize;

/// The claim by which the page of a client tells who is logged in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Identity {
    /// `sub`, which alone identifies a user (OpenID Connect Core §5.7).
    #[default]
    Subject,
    /// `name`.
    Name,
    /// `email`.
    Email,
}

impl Identity {
    /// The name of the claim.
    #[must_use]
    pub fn claim(self) -> &'static str {
        match self {
            Self::Subject => "sub",
            Self::Name => "name",
            Self::Email => "email",
        }
    }

    /// The scopes any of which brings the claim (OpenID Connect Core §5.4): the usual one first.
    #[must_use]
    pub fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Subject => &["openid"],
            Self::Name => &["profile", "name"],
            Self::Email => &["email"],
        }
    }

    /// Whether a client that asks for this scope is told the claim. A subject comes with anything.
    #[must_use]
    pub fn comes_with(self, scope: &str) -> bool {
        self == Self::Subject || scope.split(' ').any(|token| self.scopes().contains(&token))
    }
}
