//! Token revocation (RFC 7009).

use super::client::authenticated;
use crate::Request;
use crate::issuer::State;
use crate::message::{Answer, OAuthError, Outcome};

pub(super) fn respond(issuer: &State, request: &Request) -> Result<Outcome, OAuthError> {
    let (client, parameters, notes) = authenticated(issuer, request)?;
    let token = parameters.get("token").ok_or_else(|| OAuthError::missing("token"))?;
    let revoked = issuer.grants.lock().revoke(token, &client.client_id, issuer.policy().revocation);
    // RFC 7009 §2.1: another client's token is refused, and the client is told.
    revoked.map_err(|note| OAuthError::invalid_grant("The token belongs to another client", note))?;
    // RFC 7009 §2.2: 200, also for an unknown token.
    Ok(Outcome::new(Answer::Empty { status: 200, headers: Vec::new() }).noting(notes))
}
