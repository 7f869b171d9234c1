//! The profiles that a client is measured by.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a client is measured by. Frozen: a later scenario never turns an old profile red.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// What the specifications demand of every client.
    #[default]
    Baseline,
    /// As baseline, and a refusal has to be a planned one: status 500 fails where baseline warns.
    Strict,
    /// `state` itself must hold, whatever other defences there are.
    StrictState,
    /// The ID token's signature must be verified, although OIDC Core §3.1.3.7 lets a client skip it on the direct channel.
    SignatureRequired,
    /// Plain OAuth: no ID token, scenarios about OpenID Connect do not apply.
    Oauth,
}

impl Profile {
    /// Reads the profile of a tag such as `MUST-in:strict-state`.
    pub(crate) fn from_tag(tag: &str) -> Option<Self> {
        let name = tag.strip_prefix("MUST-in:")?;
        [Self::Baseline, Self::Strict, Self::StrictState, Self::SignatureRequired, Self::Oauth]
            .into_iter()
            .find(|profile| profile.to_string() == name)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Baseline => "baseline",
            Self::Strict => "strict",
            Self::StrictState => "strict-state",
            Self::SignatureRequired => "signature-required",
            Self::Oauth => "oauth",
        })
    }
}
