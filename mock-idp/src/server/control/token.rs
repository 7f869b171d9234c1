//! Tokens that a test asks for, with any claims and by any key.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::problem::Problem;
use crate::keys::SigningKey;
use crate::terms::suggestion;
use crate::token::{compact, header};
use crate::{Issuer, SignatureAlgorithm};

/// A token to sign, whether it makes sense or not. The key that signs access tokens signs it, unless `kid` or `alg` says
/// otherwise.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    /// Its claims. `iss`, `iat` and `exp`, an hour from now, are added where they are not given; `null` leaves a claim out.
    pub(super) claims: Map<String, Value>,
    /// Members of the header that replace those of an honest one; `null` leaves a member out.
    #[serde(default)]
    pub(super) header: Map<String, Value>,
    /// The key that signs it, by its identifier: one of the key set, or one that was in it or will be.
    pub(super) kid: Option<String>,
    /// The algorithm that it is signed with. Its keys are in the key set from then on.
    pub(super) alg: Option<SignatureAlgorithm>,
}

/// A signed token.
#[derive(Serialize, JsonSchema)]
pub(super) struct SignedToken {
    /// In the JWS compact serialization (RFC 7515 §7.1).
    pub(super) token: String,
}

/// A token as it is asked for.
pub(super) fn mint(issuer: &Issuer, new: NewToken) -> Result<String, Problem> {
    let (key, now) = (signing_key(issuer, new.kid.as_deref(), new.alg)?, issuer.clock().now());
    let mut claims = json!({ "iss": issuer.identifier(), "iat": now, "exp": now.saturating_add(3600) });
    let mut header = header(&key);
    for (honest, members) in [(&mut claims, new.claims), (&mut header, new.header)] {
        let honest = honest.as_object_mut().expect("it was made as an object");
        honest.extend(members);
        honest.retain(|_, value| !value.is_null());
    }
    Ok(compact(&header, &claims, |message| key.sign(message)))
}

/// The key for a token. What is left out follows from the other, or is as usual.
fn signing_key(
    issuer: &Issuer,
    kid: Option<&str>,
    algorithm: Option<SignatureAlgorithm>,
) -> Result<Arc<SigningKey>, Problem> {
    let keys = &issuer.0.keys;
    let Some(kid) = kid else {
        let missing = |algorithm| Problem::about("alg", format!("there is no key that signs with {algorithm}"));
        return match algorithm {
            Some(algorithm) => keys.publishing(algorithm).ok_or_else(|| missing(algorithm)),
            None => Ok(keys.current()),
        };
    };
    let used = issuer.0.registry.read().id_token_algorithms();
    let known = keys.all(&used);
    let Some(key) = known.iter().find(|key| key.kid() == kid) else {
        let all = known.iter().map(|key| format!("{} ({})", key.kid(), key.algorithm())).collect::<Vec<_>>().join(", ");
        let near = suggestion(kid, known.iter().map(|key| key.kid()));
        return Err(Problem::about("kid", format!("there is no key {kid:?}; the keys are {all}{near}")));
    };
    match algorithm.filter(|algorithm| *algorithm != key.algorithm()) {
        Some(other) => {
            Err(Problem::about("alg", format!("the key {kid:?} signs with {} and not with {other}", key.algorithm())))
        }
        None => Ok(key.clone()),
    }
}
