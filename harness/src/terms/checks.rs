//! The checks of the flow, and whose code makes which.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A check that the flow stands or falls by, and that a library may leave to the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The claims of the ID token: `iss`, `aud`, `azp`, `exp`, `iat` (OpenID Connect Core §3.1.3.7).
    Claims,
    /// `iss` of the authorization response (RFC 9207).
    Iss,
    /// The issuer in the metadata (OpenID Connect Discovery §4.3).
    Metadata,
    /// `nonce` of the ID token.
    Nonce,
    /// Challenge and verifier (RFC 7636).
    Pkce,
    /// The signature of the ID token.
    Signature,
    /// `state` of the authorization response.
    State,
    /// `sub` of the UserInfo response (OpenID Connect Core §5.3.2).
    UserinfoSub,
}

/// Whose code does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The library under test.
    Library,
    /// The application around the library, as the library's documentation has it written.
    Application,
    /// What was written for this harness only: nobody else is protected by it.
    Shim,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Library => "library",
            Self::Application => "application",
            Self::Shim => "shim",
        })
    }
}

/// Whose code makes which check.
pub type Checks = BTreeMap<Check, Owner>;
