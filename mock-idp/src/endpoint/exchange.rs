//! Token exchange (RFC 8693): a token of a user for one that is good at another API.

use serde_json::{Value, json};

use super::minting::{Minting, user};
use super::scope;
use crate::grants::Authorization;
use crate::issuer::State;
use crate::message::{IssuedTokenType, OAuthError, Outcome, TokenExchange};
use crate::{Client, Note, random, token};

/// Token types (RFC 8693 §3).
mod types {
    pub(super) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
    pub(super) const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
    pub(super) const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
}

/// Somebody whom a token speaks for, and what it is good for.
struct Party {
    subject: String,
    auth_time: i64,
    scope: Vec<String>,
    /// Who acts for them already.
    actor: Option<Value>,
}

/// An access token for the subject, and no refresh token. With an actor, the token says who acts (RFC 8693 §4.1).
pub(super) fn tokens(issuer: &State, request: &TokenExchange<'_>, client: &Client) -> Result<Outcome, OAuthError> {
    let (policy, now) = (issuer.policy(), issuer.clock.now());
    let kind = match request.requested_type {
        None | Some(types::ACCESS_TOKEN) => IssuedTokenType::AccessToken,
        Some(types::JWT) => IssuedTokenType::Jwt,
        Some(other) => return Err(OAuthError::invalid_request(format!("Not issued here: {other}"))),
    };
    let subject = request.subject.ok_or_else(|| OAuthError::missing("subject_token"))?;
    let subject_type = request.subject_type.ok_or_else(|| OAuthError::missing("subject_token_type"))?;
    let subject = party(issuer, "subject_token", subject, subject_type)?;
    let actor = match (request.actor, request.actor_type) {
        (None, None) => None,
        (Some(actor), Some(actor_type)) => Some(party(issuer, "actor_token", actor, actor_type)?),
        // RFC 8693 §2.1: the one is required with the other, and may not be there without it.
        (Some(_), None) => return Err(OAuthError::missing("actor_token_type")),
        (None, Some(_)) => return Err(OAuthError::missing("actor_token")),
    };
    let (asked, malformed) = request.scope.map(|scope| scope::tokens_of(scope, &policy)).transpose()?.unzip();
    let mut scope = scope::of_apis(issuer, asked.as_deref(), &request.targets)?;
    if asked.is_none() {
        scope.retain(|scope| subject.scope.contains(scope));
    }
    let mut targets = request.targets.iter().map(|target| (*target).to_owned());
    let authorization = Authorization {
        client_id: client.client_id.clone(),
        scope: scope.clone(),
        audience: targets.next(),
        further_audiences: targets.collect(),
        subject: subject.subject,
        auth_time: subject.auth_time,
        sid: random::short(),
        // Who acts now stands outside, and who acted before stands in it.
        actor: actor.map(|actor| acting(&actor.subject, subject.actor.clone())).or(subject.actor),
        ..Authorization::default()
    };
    let authorization = issuer.grants.lock().authorize_without_code(authorization);
    let minting = Minting { issuer, client, user: user(issuer, &authorization)?, policy, now };
    let outcome = minting.exchanged(&authorization, scope, kind)?;
    Ok(outcome.noting(malformed.flatten()))
}

fn acting(subject: &str, before: Option<Value>) -> Value {
    let mut actor = json!({ "sub": subject });
    if let Some(before) = before {
        actor["act"] = before;
    }
    actor
}

/// The party of a token that this issuer made and that is good (RFC 8693 §2.1).
fn party(issuer: &State, parameter: &str, value: &str, kind: &str) -> Result<Party, OAuthError> {
    let found = match kind {
        types::ACCESS_TOKEN => of_access_token(issuer, value),
        types::ID_TOKEN => of_id_token(issuer, value),
        types::JWT => of_access_token(issuer, value).or_else(|| of_id_token(issuer, value)),
        other => return Err(OAuthError::invalid_request(format!("{parameter}_type is not known here: {other}"))),
    };
    // RFC 8693 §2.2.2.
    let description = format!("{parameter} is no good token of the type that the request says");
    found.ok_or_else(|| OAuthError::invalid_request(description).noting(Note::SubjectTokenInvalid))
}

fn of_access_token(issuer: &State, value: &str) -> Option<Party> {
    let token = issuer.grants.lock().access_token(value, issuer.clock.now()).ok()?;
    let Authorization { subject, auth_time, actor, .. } = &*token.authorization;
    Some(Party { subject: subject.clone(), auth_time: *auth_time, scope: token.scope, actor: actor.clone() })
}

fn of_id_token(issuer: &State, value: &str) -> Option<Party> {
    let claims = token::verified(value, &issuer.keys)?;
    let number = |name: &str| claims.get(name).and_then(Value::as_i64);
    let is_ours = claims.get("iss").and_then(Value::as_str).is_some_and(|it| issuer.calls_itself(it));
    // An access token is signed with the same keys, and has no client as its audience.
    let audience = claims.get("aud").and_then(Value::as_str)?;
    let is_id_token = is_ours && issuer.registry.read().client(audience).is_some();
    let is_good = is_id_token && number("exp").is_some_and(|expires| issuer.clock.now() < expires);
    let subject = claims.get("sub").and_then(Value::as_str).filter(|_| is_good)?.to_owned();
    Some(Party { subject, auth_time: number("auth_time").unwrap_or_default(), scope: Vec::new(), actor: None })
}
