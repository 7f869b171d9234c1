//! The token endpoint (RFC 6749 §3.2).

use serde_json::Map;

use super::client::authenticate;
use super::minting::{IdToken, Minting, refresh_until, user};
use super::{device, exchange, scope};
use crate::grants::{Authorization, CodeRedemption, Refreshable};
use crate::issuer::State;
use crate::message::{Grant, OAuthError, Outcome, TokenRequest};
use crate::{Client, Note, Presence, RefreshRotation, Request, User, random};

pub(super) fn respond(issuer: &State, request: &Request) -> Result<Outcome, OAuthError> {
    let TokenRequest { grant, client, notes } = TokenRequest::parse(request, &issuer.policy())?;
    let (client, client_notes) = authenticate(issuer, &client)?;
    let kind = grant.kind();
    if !client.grant_types.contains(&kind) {
        let description = format!("Grant type '{}' not allowed for the client.", kind.as_str());
        return Err(OAuthError::new(400, "unauthorized_client", description));
    }
    let outcome = match grant {
        Grant::AuthorizationCode { code, redirect_uri, verifier } => {
            let code = code.ok_or_else(|| OAuthError::missing("code"))?;
            let redemption = CodeRedemption { code, client_id: &client.client_id, redirect_uri, verifier };
            exchange_code(issuer, redemption, &client)
        }
        // RFC 6749 §4.4: only for confidential clients.
        Grant::ClientCredentials { .. } if client.client_secret.is_none() => {
            return Err(OAuthError::new(400, "unauthorized_client", "Only a client with a secret can act for itself"));
        }
        Grant::ClientCredentials { scope, audience } => client_itself(issuer, scope, audience, &client),
        Grant::DeviceCode { device_code } => {
            device::tokens(issuer, device_code.ok_or_else(|| OAuthError::missing("device_code"))?, &client)
        }
        // RFC 8693 §5.
        Grant::TokenExchange(_) if client.client_secret.is_none() => {
            return Err(OAuthError::new(400, "unauthorized_client", "Only a client with a secret can exchange tokens"));
        }
        Grant::TokenExchange(request) => exchange::tokens(issuer, &request, &client),
        Grant::RefreshToken { token, scope } => {
            let token = token.ok_or_else(|| OAuthError::missing("refresh_token"))?;
            refresh(issuer, token, scope, &client)
        }
    };
    outcome.map(|outcome| outcome.noting(notes).noting(client_notes))
}

fn exchange_code(issuer: &State, request: CodeRedemption<'_>, client: &Client) -> Result<Outcome, OAuthError> {
    let (policy, now) = (issuer.policy(), issuer.clock.now());
    let redeemed = issuer.grants.lock().redeem(request, &policy, now).map_err(|note| {
        let description = match note {
            Note::PkceMalformed
            | Note::PkceMismatch
            | Note::PkceVerifierMissing
            | Note::PkceVerifierWithoutChallenge => "Failed to verify code verifier",
            Note::RedirectUriMismatch => {
                "The redirect URI is wrong: it has to equal the one of the authorization request"
            }
            _ => "Invalid authorization code",
        };
        OAuthError::invalid_grant(description, note)
    })?;
    let authorization = redeemed.authorization;
    let scope = authorization.scope.clone();
    let refresh_until = refresh_until(&authorization, client, &policy, now);
    let minting = Minting { issuer, client, user: user(issuer, &authorization)?, policy, now };
    let id_token = IdToken::Due { nonce: redeemed.nonce.as_deref() };
    let mut outcome = minting.tokens(&authorization, scope, id_token, refresh_until).noting(redeemed.notes);
    request.code.clone_into(&mut outcome.about.code);
    outcome.about.nonce = redeemed.nonce.unwrap_or_default();
    Ok(outcome)
}

/// RFC 6749 §6: the scope can only become narrower, and the refresh token keeps the original one.
fn refresh(issuer: &State, token: &str, scope: Option<&str>, client: &Client) -> Result<Outcome, OAuthError> {
    let (policy, now) = (issuer.policy(), issuer.clock.now());
    let refused = |note| OAuthError::invalid_grant("Unknown or invalid refresh token.", note);
    let mut grants = issuer.grants.lock();
    let Refreshable { authorization, expires } = grants.refreshable(token, &client.client_id, now).map_err(refused)?;
    let (scope, malformed) = match scope {
        None => (authorization.scope.clone(), None),
        Some(scope) => scope::tokens_of(scope, &policy)?,
    };
    if let Some(wider) = scope.iter().find(|scope| !authorization.grants(scope)) {
        let description = format!("The scope '{wider}' was not granted: a refresh can only ask for less");
        return Err(OAuthError::new(400, "invalid_scope", description).noting(Note::ScopeWidened));
    }
    grants.refresh(token, &client.client_id, policy.refresh_rotation, now).map_err(refused)?;
    drop(grants);
    let minting = Minting { issuer, client, user: user(issuer, &authorization)?, policy, now };
    let id_token = match policy.id_token_on_refresh {
        // OpenID Connect Core §12.2: without nonce, with the original auth_time.
        Presence::Present => IdToken::Due { nonce: None },
        Presence::Absent => IdToken::NotDue,
    };
    let refresh_until = (policy.refresh_rotation != RefreshRotation::Static).then_some(expires);
    let mut outcome = minting.tokens(&authorization, scope, id_token, refresh_until);
    // A refresh belongs to the authorization that it descends from: its nonce is the one that a token may repeat (§12.2).
    outcome.about.nonce = authorization.nonce.clone().unwrap_or_default();
    Ok(outcome.noting(malformed))
}

/// RFC 6749 §4.4: an access token for the client itself, and no refresh token (§4.4.3).
fn client_itself(
    issuer: &State,
    scope: Option<&str>,
    audience: Option<&str>,
    client: &Client,
) -> Result<Outcome, OAuthError> {
    let (policy, now) = (issuer.policy(), issuer.clock.now());
    let (asked, malformed) = scope.map(|scope| scope::tokens_of(scope, &policy)).transpose()?.unzip();
    let scope = scope::of_apis(issuer, asked.as_deref(), audience.as_slice())?;
    let authorization = Authorization {
        client_id: client.client_id.clone(),
        scope: scope.clone(),
        audience: audience.map(str::to_owned),
        // RFC 9068 §2.2: without a user, the client is the subject.
        subject: client.client_id.clone(),
        auth_time: now,
        sid: random::short(),
        ..Authorization::default()
    };
    let authorization = issuer.grants.lock().authorize_without_code(authorization);
    let user = User {
        sub: client.client_id.clone(),
        claims: Map::new(),
        id_token_claims: Map::new(),
        access_token_claims: Map::new(),
        userinfo_claims: Map::new(),
    };
    let minting = Minting { issuer, client, user, policy, now };
    Ok(minting.tokens(&authorization, scope, IdToken::NotDue, None).noting(malformed.flatten()))
}
