//! The protected API: the resource server that the tutorial leaves to the reader.

use serde_json::json;

use super::bearer;
use crate::fault::Placeholders;
use crate::issuer::State;
use crate::message::{Answer, OAuthError, Outcome};
use crate::{Note, Request};

pub(super) fn respond(issuer: &State, request: &Request) -> Result<Outcome, OAuthError> {
    let access_token = bearer::access_token(issuer, request)?;
    let audience = access_token.authorization.audience.clone();
    let registry = issuer.registry.read();
    // A token without audience is accepted, too, so that clients that cannot ask for one can be tested.
    let api = match &audience {
        Some(audience) => {
            Some(registry.api(audience).ok_or_else(|| bearer::invalid_token(Note::AccessTokenOfAnotherAudience))?)
        }
        None => registry.apis().first(),
    };
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
    Ok(Outcome { about, ..Outcome::new(Answer::Json { status: 200, headers: Vec::new(), body }) })
}
