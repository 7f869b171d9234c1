//! The protected API: the resource server that the tutorial leaves to the reader.

use serde_json::json;

use super::bearer::{self, Places};
use crate::fault::Placeholders;
use crate::issuer::{Registry, State};
use crate::message::{Answer, OAuthError, Outcome};
use crate::terms::{Policy, Tolerance};
use crate::{Note, Request};

pub(super) fn respond(issuer: &State, request: &Request) -> Result<Outcome, OAuthError> {
    let (access_token, twice) = bearer::access_token(issuer, request, Places::Header)?;
    let audiences: Vec<_> = access_token.authorization.audiences().collect();
    let registry = issuer.registry.read();
    let wrong = wrong_audience(&registry, &issuer.policy(), &audiences);
    if let Some((note, Tolerance::Refused)) = wrong {
        return Err(bearer::invalid_token(note));
    }
    // A token that is for no API in particular is measured by the one that answers.
    let answers = registry.apis().first();
    let is_meant = answers.is_some_and(|api| audiences.contains(&api.identifier.as_str()));
    let named = audiences.first().filter(|_| !is_meant).and_then(|audience| registry.api(audience));
    let api = named.or(answers);
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
    let body = json!({ "sub": subject, "scope": access_token.scope.join(" "), "audience": audiences.first() });
    let outcome = Outcome { about, ..Outcome::new(Answer::Json { status: 200, headers: Vec::new(), body }) };
    Ok(outcome.noting(twice).noting(wrong.map(|(note, _)| note)))
}

/// What is wrong with the audience of a token at the first registered API, and what the policy says to it.
fn wrong_audience(registry: &Registry, policy: &Policy, audiences: &[&str]) -> Option<(Note, Tolerance)> {
    let answers = registry.apis().first().map(|api| api.identifier.as_str());
    match answers {
        None if audiences.is_empty() => None,
        Some(_) if audiences.is_empty() => Some((Note::AccessTokenWithoutAudience, policy.missing_audience)),
        Some(answers) if audiences.contains(&answers) => None,
        _ if audiences.iter().all(|audience| registry.api(audience).is_none()) => {
            Some((Note::AccessTokenOfAnotherAudience, Tolerance::Refused))
        }
        _ => Some((Note::AccessTokenOfAnotherAudience, policy.other_audience)),
    }
}
