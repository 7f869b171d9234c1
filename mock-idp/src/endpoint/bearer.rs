//! Bearer tokens at resource servers (RFC 6750).

use crate::grants::AccessToken;
use crate::issuer::State;
use crate::message::OAuthError;
use crate::terms::Tolerance;
use crate::{Note, Request};

/// Where a request may have its access token beside the header `Authorization`, which every resource server has to support
/// (RFC 6750 §2.1).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Places {
    /// Nowhere.
    Header,
    /// In the form that is posted, too: OpenID Connect Core §5.3.1 refers to RFC 6750 §2 as a whole.
    HeaderAndForm,
}

/// The access token of a request, if it is good, and what was let pass. RFC 6750 §3.1 has the answers if not.
pub(super) fn access_token(
    issuer: &State,
    request: &Request,
    places: Places,
) -> Result<(AccessToken, Option<Note>), OAuthError> {
    let is_usual = places == Places::HeaderAndForm && request.method == "POST";
    let is_taken = is_usual || issuer.policy().access_token_parameter == Tolerance::Accepted;
    if let Some(token) = token_of_parameter(request).filter(|_| is_taken) {
        let found = issuer.grants.lock().access_token(token, issuer.clock.now());
        let note = (!is_usual).then_some(Note::AccessTokenMissing);
        return found.map(|found| (found, note)).map_err(invalid_token);
    }
    let Some(token) = bearer_token(request) else {
        // RFC 6750 §3: at least one parameter; §3.1: no error information for a request without any token.
        let error = OAuthError::without_information(401);
        return Err(error.challenging("Bearer realm=\"mock-idp\"").noting(Note::AccessTokenMissing));
    };
    // RFC 6750 §2: no more than one method.
    let elsewhere = request.params.iter().chain(&request.query).any(|(name, _)| name == "access_token");
    let twice = (elsewhere || request.has_twice("authorization")).then_some(Note::AccessTokenInTwoPlaces);
    if let Some(note) = twice.filter(|_| issuer.policy().double_authentication == Tolerance::Refused) {
        let challenge = "Bearer realm=\"mock-idp\", error=\"invalid_request\"";
        return Err(OAuthError::invalid_request("Only one access token is allowed")
            .challenging(challenge)
            .noting(note));
    }
    let found = issuer.grants.lock().access_token(token, issuer.clock.now());
    found.map(|found| (found, twice)).map_err(invalid_token)
}

pub(super) fn invalid_token(note: Note) -> OAuthError {
    let description = match note {
        Note::AccessTokenExpired => "The access token expired",
        Note::AccessTokenRevoked => "The access token was revoked",
        Note::AccessTokenOfAnotherAudience | Note::AccessTokenWithoutAudience => {
            "The access token is not meant for this API"
        }
        _ => "The access token is unknown",
    };
    OAuthError::new(401, "invalid_token", description)
        .challenging(format!("Bearer realm=\"mock-idp\", error=\"invalid_token\", error_description=\"{description}\""))
        .noting(note)
}

pub(super) fn insufficient_scope(needed: &str) -> OAuthError {
    OAuthError::new(403, "insufficient_scope", format!("The scope {needed} is needed"))
        .challenging(format!("Bearer realm=\"mock-idp\", error=\"insufficient_scope\", scope=\"{needed}\""))
        .noting(Note::ScopeInsufficient)
}

/// The access token of a form or of the query, of a request that has one nowhere else (RFC 6750 §2.2, §2.3).
fn token_of_parameter(request: &Request) -> Option<&str> {
    let is_form = request.header("content-type").is_some_and(|it| it.starts_with("application/x-www-form-urlencoded"));
    let count = |parameters: &[(String, String)]| parameters.iter().filter(|(name, _)| name == "access_token").count();
    let has_place = match request.method.as_str() {
        // Its parameters are those of the query.
        "GET" => true,
        "POST" => is_form && count(&request.query) == 0,
        _ => false,
    };
    let is_alone = count(&request.params) == 1 && request.header("authorization").is_none();
    request.param("access_token").filter(|_| has_place && is_alone)
}

/// The access token of `Authorization: Bearer` (RFC 6750 §2.1).
fn bearer_token(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
