//! The protected API: the resource server that the tutorial leaves to the reader.

use serde_json::json;

use super::bearer;
use crate::fault::Placeholders;
use crate::issuer::{Registry, State};
use crate::message::{Answer, OAuthError, Outcome};
use crate::terms::{Policy, Tolerance};
use crate::{Note, Request};

pub(super) fn respond(issuer: &State, request: &Request) -> Result<Outcome, OAuthError> {
    let (access_token, twice) = bearer::access_token(issuer, request)?;
    let audience = access_token.authorization.audience.clone();
    let registry = issuer.registry.read();
    let wrong = wrong_audience(&registry, &issuer.policy(), audience.as_deref());
    if let Some((note, Tolerance::Refused)) = wrong {
        return Err(bearer::invalid_token(note));
    }
    // A token that is for no API in particular is measured by the one that answers.
    let api = audience.as_ref().and_then(|audience| registry.api(audience)).or_else(|| registry.apis().first());
    if let Some(needed) = api.and_then(|api| api.required_scope.as_ref())
        && !access_token.scope.contains(needed)
    {
        return Err(bearer::insufficient_scope(needed));
    }
    let subject = &access_token.authorization.subject;
    let about = Placeholders {
        subject: subject.clone(),
        client_id: access_token.authorization.client_id.clone(),
        ..Placeholders::default()
    };
    let body = json!({ "sub": subject, "scope": access_token.scope.join(" "), "audience": audience });
    let outcome = Outcome { about, ..Outcome::new(Answer::Json { status: 200, headers: Vec::new(), body }) };
    Ok(outcome.noting(twice).noting(wrong.map(|(note, _)| note)))
}

/// What is wrong with the audience of a token at the first registered API, and what the policy says to it.
fn wrong_audience(registry: &Registry, policy: &Policy, audience: Option<&str>) -> Option<(Note, Tolerance)> {
    let answers = registry.apis().first().map(|api| api.identifier.as_str());
    match audience {
        None if answers.is_some() => Some((Note::AccessTokenWithoutAudience, policy.missing_audience)),
        Some(audience) if registry.api(audience).is_none() => {
            Some((Note::AccessTokenOfAnotherAudience, Tolerance::Refused))
        }
        Some(audience) if answers != Some(audience) => {
            Some((Note::AccessTokenOfAnotherAudience, policy.other_audience))
        }
        _ => None,
    }
}
