//! The ID token that a client sends back as a hint (OpenID Connect Core §3.1.2.1; RP-Initiated Logout §2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::message::Parameters;

/// A claim of the ID token of the hint. Whether it is genuine makes no difference: a hint is only ever a reason to refuse.
pub(super) fn claim(parameters: Parameters<'_>, name: &str) -> Option<String> {
    let payload = parameters.get("id_token_hint")?.split('.').nth(1)?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    claims.get(name)?.as_str().map(str::to_owned)
}
