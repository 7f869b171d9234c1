//! Token revocation (RFC 7009).

use super::token::authenticate;
use crate::Request;
use crate::issuer::State;
use crate::message::{Answer, ClientCredentials, OAuthError, Outcome, Parameters};

pub(super) fn respond(issuer: &State, request: &Request) -> Result<Outcome, OAuthError> {
    let policy = issuer.policy();
    let (parameters, repeated) =
        Parameters::read(&request.params, policy.repeated_parameters).map_err(OAuthError::repeated)?;
    let (credentials, twice) = ClientCredentials::parse(request, parameters, &policy)?;
    let (client, note) = authenticate(issuer, &credentials)?;
    let token = parameters.get("token").ok_or_else(|| OAuthError::missing("token"))?;
    let revoked = issuer.grants.lock().revoke(token, &client.client_id, policy.revocation);
    // RFC 7009 §2.1: another client's token is refused, and the client is told.
    revoked.map_err(|note| OAuthError::invalid_grant("The token belongs to another client", note))?;
    // RFC 7009 §2.2: 200, also for a token that nobody knows.
    Ok(Outcome::new(Answer::Empty { status: 200, headers: Vec::new() }).noting(repeated).noting(twice).noting(note))
}
