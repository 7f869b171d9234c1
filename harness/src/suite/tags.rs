//! The tags of a scenario: level, kind, clauses, profile.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::Capability;

/// How strong a duty is (RFC 2119), or `INTEROP` where no text demands it and deployments break without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Not met: `fail`.
    Must,
    /// Not met: `warn`.
    Should,
    /// Not met: `warn`.
    Interop,
    /// Not met: `warn`, and a reader may shrug.
    May,
}

impl Level {
    /// Reads a tag such as `MUST`.
    pub(super) fn from_tag(tag: &str) -> Option<Self> {
        Some(match tag {
            "MUST" => Self::Must,
            "SHOULD" => Self::Should,
            "INTEROP" => Self::Interop,
            "MAY" => Self::May,
            _ => return None,
        })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::Interop => "INTEROP",
            Self::May => "MAY",
        })
    }
}

/// What form of proof a scenario is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An altered message must be refused: decided by the four-part rule.
    Refuse,
    /// Valid but unusual input must be accepted.
    Tolerate,
    /// Evidence of honest runs.
    Observe,
    /// One defence alone, the others taken away at the provider; fails only where the profile demands that defence.
    Mechanism,
    /// Trouble must be survived.
    Recover,
}

impl Kind {
    /// Whether a refusal of what is altered is what such a scenario is after.
    #[must_use]
    pub fn asks_for_refusal(self) -> bool {
        matches!(self, Self::Refuse | Self::Mechanism)
    }

    /// Reads a tag such as `refuse`.
    pub(super) fn from_tag(tag: &str) -> Option<Self> {
        Some(match tag {
            "refuse" => Self::Refuse,
            "tolerate" => Self::Tolerate,
            "observe" => Self::Observe,
            "mechanism" => Self::Mechanism,
            "recover" => Self::Recover,
            _ => return None,
        })
    }
}

/// A clause of a specification, `RFC6749-4.1.2`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Clause(String);

impl Clause {
    /// Reads a tag; the document must be one that the suite knows.
    pub(super) fn from_tag(tag: &str) -> Option<Self> {
        const DOCUMENTS: &[&str] = &["OIDC-Core", "OIDC-Discovery", "OIDC-RP-Initiated-Logout", "Auth0", "OWASP-ASVS"];
        let known = |document: &str| {
            DOCUMENTS.contains(&document)
                || document.strip_prefix("RFC").is_some_and(|n| n.len() == 4 && n.bytes().all(|b| b.is_ascii_digit()))
        };
        let document = match tag.rsplit_once('-') {
            Some((document, section)) if section.starts_with(|c: char| c.is_ascii_digit()) => document,
            _ => tag,
        };
        known(document).then(|| Self(tag.to_owned()))
    }

    /// Where it can be read.
    #[must_use]
    pub fn url(&self) -> String {
        let (document, section) = self.parts();
        match document {
            "OIDC-Core" => "https://openid.net/specs/openid-connect-core-1_0.html".to_owned(),
            "OIDC-Discovery" => "https://openid.net/specs/openid-connect-discovery-1_0.html".to_owned(),
            "OIDC-RP-Initiated-Logout" => "https://openid.net/specs/openid-connect-rpinitiated-1_0.html".to_owned(),
            "OWASP-ASVS" => "https://owasp.org/www-project-application-security-verification-standard/".to_owned(),
            "Auth0" => "https://auth0.com/docs/get-started/authentication-and-authorization-flow".to_owned(),
            rfc => {
                let anchor = section.map(|section| format!("#section-{section}")).unwrap_or_default();
                format!("https://www.rfc-editor.org/rfc/{}{anchor}", rfc.to_lowercase())
            }
        }
    }

    /// The document, and the section if one is named.
    fn parts(&self) -> (&str, Option<&str>) {
        match self.0.rsplit_once('-') {
            Some((document, section)) if section.starts_with(|c: char| c.is_ascii_digit()) => (document, Some(section)),
            _ => (self.0.as_str(), None),
        }
    }

    /// The tag as written, `RFC6749-4.1.2`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Clause {
    /// For people: `RFC 6749 §4.1.2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (document, section) = self.parts();
        let document = match document.strip_prefix("RFC") {
            Some(number) => format!("RFC {number}"),
            None => document.replace("OIDC-", "OpenID Connect ").replace('-', " "),
        };
        match section {
            Some(section) => write!(f, "{document} §{section}"),
            None => f.write_str(&document),
        }
    }
}

/// Whose duty a scenario is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Debtor {
    /// That of clients with this capability.
    With(Capability),
    /// That of clients that refuse another issuer in the authorization response: what they compare, they compare right.
    ComparesIssuer,
}

impl FromStr for Debtor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "comparing-iss" { Ok(Self::ComparesIssuer) } else { text.parse().map(Self::With) }
    }
}

impl fmt::Display for Debtor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::With(capability) => write!(f, "with {capability}"),
            Self::ComparesIssuer => f.write_str("that compare iss"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clause_reads_like_a_citation() {
        let shown = |tag| Clause::from_tag(tag).map(|clause| clause.to_string());
        assert_eq!(shown("RFC6749-4.1.2").as_deref(), Some("RFC 6749 §4.1.2"));
        assert_eq!(shown("OIDC-Core-3.1.3.7").as_deref(), Some("OpenID Connect Core §3.1.3.7"));
        assert_eq!(shown("Auth0").as_deref(), Some("Auth0"));
        assert_eq!(shown("RCF6749-1"), None);
    }
}
