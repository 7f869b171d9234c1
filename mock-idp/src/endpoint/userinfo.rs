//! The userinfo endpoint (OpenID Connect Core §5.3).

use serde_json::Value;

use super::bearer::{self, Places};
use crate::fault::Placeholders;
use crate::issuer::State;
use crate::message::{Answer, OAuthError, Outcome};
use crate::{Note, Presence, Request, token};

pub(super) fn respond(issuer: &State, request: &Request) -> Result<Outcome, OAuthError> {
    let (access_token, twice) = bearer::access_token(issuer, request, Places::HeaderAndForm)?;
    let openid_connect = issuer.policy().openid_connect == Presence::Present;
    if openid_connect && !access_token.scope.iter().any(|scope| scope == "openid") {
        return Err(bearer::insufficient_scope("openid"));
    }
    let subject = &access_token.authorization.subject;
    let user = issuer.registry.read().user(subject).cloned();
    let user = user.ok_or_else(|| bearer::invalid_token(Note::AccessTokenUnknown))?;
    let claims = token::user_claims(&user, &access_token.scope, &access_token.authorization.userinfo_claims);
    // A claim of a specification is never replaced.
    let claims = user.userinfo_claims.into_iter().chain(claims).collect();
    let about = Placeholders {
        subject: subject.clone(),
        client_id: access_token.authorization.client_id.clone(),
        ..Placeholders::default()
    };
    let answer = Answer::Json { status: 200, headers: Vec::new(), body: Value::Object(claims) };
    Ok(Outcome { about, ..Outcome::new(answer) }.noting(twice))
}
