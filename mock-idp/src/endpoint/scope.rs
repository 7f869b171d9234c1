//! What may be granted.

use crate::issuer::State;
use crate::message::Problem;
use crate::terms::Tolerance;
use crate::{Presence, token};

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
