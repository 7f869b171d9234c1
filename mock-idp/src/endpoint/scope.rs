//! What a client asks for and may be granted.

use crate::issuer::State;
use crate::message::{Malformed, OAuthError, Problem, scope_tokens};
use crate::terms::Tolerance;
use crate::{Note, Policy, Presence, token};

/// Of a scope that a client asks for: an unknown audience is refused, and unknown scopes are ignored (RFC 6749 §3.3).
pub(super) fn granted(issuer: &State, asked: &[String], audience: Option<&str>) -> Result<Vec<String>, Problem> {
    let registry = issuer.registry.read();
    let unknown = |audience| Problem("access_denied", format!("Service not enabled within domain: {audience}"));
    let api = audience.map(|audience| registry.api(audience).ok_or_else(|| unknown(audience))).transpose()?;
    let policy = issuer.policy();
    let mut granted = token::granted_scope(asked, api, registry.apis(), policy.offline_access);
    granted.retain(|scope| scope != "openid" || policy.openid_connect == Presence::Present);
    // RFC 6749 §5.1: the client has to be told of a scope that differs, and no scope cannot be told (appendix A.4).
    if granted.is_empty() && !asked.is_empty() && policy.no_known_scope == Tolerance::Refused {
        return Err(Problem("invalid_scope", "None of the requested scopes is known".into()));
    }
    Ok(granted)
}

/// The tokens of the parameter `scope`, and what was let pass.
pub(super) fn tokens_of(scope: &str, policy: &Policy) -> Result<(Vec<String>, Option<Note>), OAuthError> {
    scope_tokens(scope, policy.malformed_scope).map_err(|Malformed| {
        let description = "A scope is not of the form of RFC 6749 3.3";
        OAuthError::new(400, "invalid_scope", description).noting(Note::ScopeMalformed)
    })
}

/// What a client asks for of the scopes of some APIs, or of all if none is named; everything if it does not say. Scopes
/// about a user are not among them.
pub(super) fn of_apis(issuer: &State, asked: Option<&[String]>, audiences: &[&str]) -> Result<Vec<String>, OAuthError> {
    let registry = issuer.registry.read();
    // RFC 8693 §2.2.2.
    let unknown = |audience| {
        let description = format!("There is no such API: {audience}");
        OAuthError::new(400, "invalid_target", description).noting(Note::AudienceUnknown)
    };
    let named = audiences.iter().map(|audience| registry.api(audience).ok_or_else(|| unknown(audience)));
    let named = named.collect::<Result<Vec<_>, _>>()?;
    let apis = if named.is_empty() { registry.apis().iter().collect() } else { named };
    let mut known = Vec::new();
    for scope in apis.into_iter().flat_map(|api| &api.scopes) {
        if asked.is_none_or(|asked| asked.contains(scope)) && !known.contains(scope) {
            known.push(scope.clone());
        }
    }
    // RFC 6749 §5.1: no scope cannot be told.
    if asked.is_some() && known.is_empty() {
        return Err(OAuthError::new(400, "invalid_scope", "None of the requested scopes is known"));
    }
    Ok(known)
}
