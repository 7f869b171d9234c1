//! The ID token that a client sends back as a hint (OpenID Connect Core §3.1.2.1; RP-Initiated Logout §2).

use serde_json::Value;

use crate::issuer::{Registry, State};
use crate::message::Parameters;
use crate::terms::Tolerance;
use crate::token;

/// What the ID token of a hint says. It may have expired.
#[derive(Debug)]
pub(super) struct Hint {
    pub(super) sub: Option<String>,
    pub(super) sid: Option<String>,
    aud: Vec<String>,
}

/// The hint is no ID token of this issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Forged;

/// The hint of a request, if it has one.
pub(super) fn read(issuer: &State, parameters: Parameters<'_>) -> Result<Option<Hint>, Forged> {
    let Some(id_token) = parameters.get("id_token_hint") else { return Ok(None) };
    if issuer.policy().unverified_hint == Tolerance::Accepted {
        return Ok(token::unverified(id_token).map(|claims| Hint::of(&claims)));
    }
    let claims = token::verified(id_token, &issuer.keys).ok_or(Forged)?;
    let hint = Hint::of(&claims);
    // An access token is signed with the same keys, and has no client as its audience.
    let is_for_a_client = hint.client_id(&issuer.registry.read()).is_some();
    let is_ours = claims.get("iss").and_then(Value::as_str).is_some_and(|it| issuer.calls_itself(it));
    if is_ours && is_for_a_client { Ok(Some(hint)) } else { Err(Forged) }
}

impl Hint {
    fn of(claims: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let aud = match claims.get("aud") {
            Some(Value::Array(several)) => several.iter().filter_map(text).collect(),
            one => one.and_then(text).into_iter().collect(),
        };
        Self { sub: claims.get("sub").and_then(text), sid: claims.get("sid").and_then(text), aud }
    }

    /// Whether the ID token was issued to this client.
    pub(super) fn is_for(&self, client_id: &str) -> bool {
        self.aud.is_empty() || self.aud.iter().any(|aud| aud == client_id)
    }

    /// The client that the ID token was issued to.
    pub(super) fn client_id(&self, registry: &Registry) -> Option<&str> {
        self.aud.iter().map(String::as_str).find(|aud| registry.client(aud).is_some())
    }
}
