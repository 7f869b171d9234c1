//! What journal and keys know of faults.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The number of an armed fault, unique in the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct FaultId(pub(crate) u64);

/// An encoding of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PublicKeyForm {
    /// `SubjectPublicKeyInfo` in PEM, with the final line break.
    Pem,
    /// `SubjectPublicKeyInfo` in DER.
    Der,
    /// The JWK as it is published, in JSON without spaces.
    Jwk,
}
