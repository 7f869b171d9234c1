//! Step 2, continued: who the user is (OpenID Connect Core §2, §3.1.3.7).

mod claims;
mod misverify;
mod parts;

use serde_json::Value;

pub use self::claims::Claims;
pub(crate) use self::claims::{Expected, Login, NO_SUBJECT};
use self::parts::{claims, header, is_signed_by};
use crate::discovery::{Fetch, Provider};
use crate::fitted;
use crate::secret::IdToken;
use crate::{Defect, Refusal};

/// The claims of an ID token whose signature verifies with a key that the provider has published.
///
/// OpenID Connect Core §3.1.3.7 no. 6 lets a client skip this for a token that came from the token endpoint over TLS.
/// This one does not: a check that costs so little is not worth the argument.
pub(crate) async fn verified(token: &IdToken, provider: &Provider, fetch: &Fetch<'_>) -> Result<Claims, Refusal> {
    if let Some(claims) = misverify::claims(token, provider, fetch).await? {
        return Ok(claims);
    }
    let header = header(token)?;
    // The algorithm is the one that the client has registered for, not the one that the token would like.
    if header.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err(Refusal::AlgorithmNotAllowed);
    }
    // RFC 7515 §4.1.11: no extension is understood here.
    fetch.defects.enforce(
        Defect::IgnoresCriticalExtensions,
        !header.contains_key("crit"),
        Refusal::CriticalExtension,
    )?;
    fitted::header(fetch.defects, &header)?;
    let known = ["alg", "kid", "typ", "crit"];
    if fetch.defects.has(Defect::RefusesUnknownHeaderMembers)
        && header.keys().any(|name| !known.contains(&name.as_str()))
    {
        return Err(Refusal::IdTokenMalformed);
    }
    if fetch.defects.has(Defect::RefusesLargeIdToken) && token.expose().len() > 4096 {
        return Err(Refusal::IdTokenMalformed);
    }
    let takes_first = fetch.defects.has(Defect::TakesFirstKey);
    let kid = header.get("kid").and_then(Value::as_str).filter(|_| !takes_first);
    let mut keys = match provider.keys(fetch, kid).await {
        Err(_) if fetch.defects.has(Defect::BelievesWithoutKeys) => return claims(token),
        keys => keys?,
    };
    if takes_first || (fetch.defects.has(Defect::TakesFirstKeyOfId) && kid.is_some()) {
        keys.truncate(1);
    }
    if keys.is_empty() {
        return Err(Refusal::KeyUnknown);
    }
    if !keys.iter().any(|key| is_signed_by(token, key)) {
        return Err(Refusal::SignatureInvalid);
    }
    if fetch.defects.has(Defect::TakesFirstOfRepeatedClaims) {
        let part = token.expose().split('.').nth(1);
        return part.and_then(parts::first_of_each).map(Claims).ok_or(Refusal::IdTokenMalformed);
    }
    claims(token)
}
