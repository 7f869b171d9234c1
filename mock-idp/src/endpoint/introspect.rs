//! Token introspection (RFC 7662).

use serde_json::{Value, json};

use super::client::authenticated;
use crate::grants::{AccessToken, Authorization, Refreshable};
use crate::issuer::State;
use crate::message::{Answer, OAuthError, Outcome};
use crate::{Note, Request, token};

pub(super) fn respond(issuer: &State, request: &Request) -> Result<Outcome, OAuthError> {
    let (client, parameters, notes) = authenticated(issuer, request)?;
    // RFC 7662 §2.1: nobody asks without a secret, or tokens could be guessed here.
    if client.client_secret.is_none() {
        return Err(OAuthError::invalid_client(Note::ClientAuthenticationFailed));
    }
    let token = parameters.get("token").ok_or_else(|| OAuthError::missing("token"))?;
    // RFC 7662 §2.2: nothing but `active` about a token that is dead, unknown or none of the client's business.
    let body = described(issuer, token, &client.client_id).unwrap_or_else(|| json!({ "active": false }));
    let headers = vec![("cache-control", "no-store".to_owned())];
    Ok(Outcome::new(Answer::Json { status: 200, headers, body }).noting(notes))
}

/// What a good token stands for, if the client may know.
fn described(issuer: &State, token: &str, client_id: &str) -> Option<Value> {
    let now = issuer.clock.now();
    let grants = issuer.grants.lock();
    if let Ok(AccessToken { authorization, scope, issued, expires, .. }) = grants.access_token(token, now) {
        // The client that has it, or the API that gets it.
        let is_for = |audience| audience == client_id;
        let may_know = authorization.client_id == client_id || authorization.audiences().any(is_for);
        let mut body = about(issuer, &authorization, &scope, expires);
        body["token_type"] = json!("Bearer");
        body["iat"] = json!(issued);
        return may_know.then_some(body);
    }
    // Only the client itself can do something with its refresh token.
    let Refreshable { authorization, expires } = grants.peek(token, client_id, now)?;
    Some(about(issuer, &authorization, &authorization.scope, expires))
}

fn about(issuer: &State, authorization: &Authorization, scope: &[String], expires: i64) -> Value {
    let mut body = json!({
        "active": true,
        "iss": token::named(issuer, authorization),
        "client_id": authorization.client_id,
        "sub": authorization.subject,
        "exp": expires,
    });
    if !scope.is_empty() {
        body["scope"] = json!(scope.join(" "));
    }
    if let Some(actor) = &authorization.actor {
        body["act"] = actor.clone();
    }
    match authorization.audiences().collect::<Vec<_>>().as_slice() {
        [] => {}
        [only] => body["aud"] = json!(only),
        several => body["aud"] = json!(several),
    }
    body
}
