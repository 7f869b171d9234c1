//! Which client sends a request (RFC 6749 §2.3, §3.2.1).

use crate::issuer::State;
use crate::message::{ClientCredentials, OAuthError, Parameters};
use crate::secrets::same_secret;
use crate::{Client, ClientAuthMethod, ClientAuthentication, Note, Request};

/// A request that a client makes about a token (RFC 7009 §2.1, RFC 7662 §2.1): the client, the parameters, and what was let
/// pass.
pub(super) fn authenticated<'a>(
    issuer: &State,
    request: &'a Request,
) -> Result<(Client, Parameters<'a>, Vec<Note>), OAuthError> {
    let policy = issuer.policy();
    let (parameters, repeated) =
        Parameters::read(&request.params, policy.repeated_parameters).map_err(OAuthError::repeated)?;
    let (credentials, twice) = ClientCredentials::parse(request, parameters, &policy)?;
    let (client, mismatch) = authenticate(issuer, &credentials)?;
    Ok((client, parameters, repeated.into_iter().chain(twice).chain(mismatch).collect()))
}

/// RFC 6749 §3.2.1. Returns the client and what was let pass.
pub(super) fn authenticate(
    issuer: &State,
    credentials: &ClientCredentials,
) -> Result<(Client, Option<Note>), OAuthError> {
    let refused = |note| {
        let error = OAuthError::invalid_client(note);
        match credentials.method {
            // RFC 6749 §5.2: answered with the scheme that was used.
            ClientAuthMethod::ClientSecretBasic => error.challenging("Basic realm=\"mock-idp\""),
            _ => error,
        }
    };
    let registry = issuer.registry.read();
    let client = registry.client(&credentials.client_id).ok_or_else(|| refused(Note::ClientUnknown))?.clone();
    drop(registry);
    let secret_matches = match (&client.client_secret, &credentials.secret) {
        (Some(registered), Some(sent)) => same_secret(registered, sent),
        (_, None) => client.token_endpoint_auth_method == ClientAuthMethod::None,
        // RFC 6749 §2.3.1: an empty secret may be left out, so it says no more than none does.
        (None, Some(sent)) => sent.is_empty(),
    };
    if !secret_matches {
        return Err(refused(Note::ClientAuthenticationFailed));
    }
    if client.token_endpoint_auth_method == credentials.method {
        return Ok((client, None));
    }
    let mismatch = Note::ClientAuthenticationMethodMismatch;
    match issuer.policy().client_authentication {
        ClientAuthentication::Strict => Err(refused(mismatch)),
        ClientAuthentication::Lenient => Ok((client, Some(mismatch))),
    }
}
