//! The token endpoint (RFC 6749 §3.2).

use std::sync::Arc;

use serde_json::Map;

use crate::fault::Placeholders;
use crate::grants::{Authorization, CodeRedemption, Refreshable};
use crate::issuer::State;
use crate::message::{
    Answer, ClientCredentials, Grant, Malformed, OAuthError, Outcome, Parameters, TokenRequest, TokenValue, Tokens,
    scope_tokens,
};
use crate::secrets::same_secret;
use crate::{
    AccessTokenFormat, Client, ClientAuthMethod, ClientAuthentication, GrantType, Note, OfflineAccess, Policy,
    Presence, RefreshRotation, RefreshTokenFormat, Request, User, random, token,
};

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
        Grant::RefreshToken { token, scope } => {
            let token = token.ok_or_else(|| OAuthError::missing("refresh_token"))?;
            refresh(issuer, token, scope, &client)
        }
    };
    outcome.map(|outcome| outcome.noting(notes).noting(client_notes))
}

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
fn authenticate(issuer: &State, credentials: &ClientCredentials) -> Result<(Client, Option<Note>), OAuthError> {
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
    let is_offline = match policy.offline_access {
        OfflineAccess::Scope | OfflineAccess::Api => authorization.grants("offline_access"),
        OfflineAccess::Parameter => authorization.offline,
        OfflineAccess::Always => true,
        OfflineAccess::Never => false,
    };
    let may_refresh = is_offline && client.grant_types.contains(&GrantType::RefreshToken);
    let refresh_until = may_refresh.then(|| now.saturating_add(policy.refresh_token_lifetime));
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
        Some(scope) => tokens_of(scope, &policy)?,
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
    let (asked, malformed) = scope.map(|scope| tokens_of(scope, &policy)).transpose()?.unzip();
    let scope = scope_of_client(issuer, asked.as_deref(), audience)?;
    let mut grants = issuer.grants.lock();
    let authorization = Arc::new(Authorization {
        flow: grants.next_flow(),
        client_id: client.client_id.clone(),
        redirect_uri: String::new(),
        redirect_uri_sent: false,
        scope: scope.clone(),
        offline: false,
        audience: audience.map(str::to_owned),
        state: None,
        nonce: None,
        challenge: None,
        // RFC 9068 §2.2: without a user, the client is the subject.
        subject: client.client_id.clone(),
        auth_time: now,
        sid: random::short(),
    });
    grants.authorize_client(&authorization);
    drop(grants);
    let user = User {
        sub: client.client_id.clone(),
        claims: Map::new(),
        id_token_claims: Map::new(),
        access_token_claims: Map::new(),
    };
    let minting = Minting { issuer, client, user, policy, now };
    Ok(minting.tokens(&authorization, scope, IdToken::NotDue, None).noting(malformed.flatten()))
}

/// The tokens of the parameter `scope`, and what was let pass.
fn tokens_of(scope: &str, policy: &Policy) -> Result<(Vec<String>, Option<Note>), OAuthError> {
    scope_tokens(scope, policy.malformed_scope).map_err(|Malformed| {
        let description = "A scope is not of the form of RFC 6749 3.3";
        OAuthError::new(400, "invalid_scope", description).noting(Note::ScopeMalformed)
    })
}

/// What of the APIs a client may use for itself: what it asks for, or else everything. Scopes about a user are not
/// granted.
fn scope_of_client(
    issuer: &State,
    asked: Option<&[String]>,
    audience: Option<&str>,
) -> Result<Vec<String>, OAuthError> {
    let registry = issuer.registry.read();
    let apis = match audience {
        None => registry.apis(),
        Some(audience) => registry.api(audience).map(std::slice::from_ref).ok_or_else(|| {
            // RFC 8693 §2.2.2.
            OAuthError::new(400, "invalid_target", "There is no such API").noting(Note::AudienceUnknown)
        })?,
    };
    let known = apis.iter().flat_map(|api| &api.scopes);
    let Some(asked) = asked else { return Ok(known.cloned().collect()) };
    let known: Vec<_> = known.filter(|scope| asked.contains(scope)).cloned().collect();
    // RFC 6749 §5.1: no scope cannot be told.
    if known.is_empty() {
        return Err(OAuthError::new(400, "invalid_scope", "None of the requested scopes is known"));
    }
    Ok(known)
}

/// Who has granted this.
fn user(issuer: &State, authorization: &Authorization) -> Result<User, OAuthError> {
    let user = issuer.registry.read().user(&authorization.subject).cloned();
    user.ok_or_else(|| OAuthError::invalid_grant("The user of this grant is gone", Note::CodeUnknown))
}

/// Whether the answer has an ID token if `openid` was granted.
#[derive(Clone, Copy)]
enum IdToken<'a> {
    Due { nonce: Option<&'a str> },
    NotDue,
}

struct Minting<'a> {
    issuer: &'a State,
    client: &'a Client,
    user: User,
    policy: Policy,
    now: i64,
}

impl Minting<'_> {
    /// `refresh_until`: there is a refresh token, and it expires then.
    fn tokens(
        &self,
        authorization: &Arc<Authorization>,
        scope: Vec<String>,
        id_token: IdToken<'_>,
        refresh_until: Option<i64>,
    ) -> Outcome {
        let registry = self.issuer.registry.read();
        let api = authorization.audience.as_deref().and_then(|audience| registry.api(audience)).cloned();
        drop(registry);
        let lifetime = self.policy.access_token_lifetime.or(api.map(|api| api.token_lifetime)).unwrap_or(86_400);
        let id_token = match id_token {
            IdToken::Due { nonce } if scope.iter().any(|scope| scope == "openid") => {
                let times = (self.now, self.policy.id_token_lifetime);
                let issuer = &self.issuer.identifier;
                let about_user = token::user_claims(&self.user, &scope);
                let custom = [&about_user, &self.client.custom_claims, &self.user.id_token_claims];
                let mut claims = token::id_token(issuer, authorization, nonce, custom, times);
                if self.issuer.paths.makes_jwts() {
                    token::keycloak::extend_id_token(&mut claims, authorization);
                }
                Some(claims)
            }
            _ => None,
        };
        let refresh_token = refresh_until.map(|expires| self.refresh_token(authorization, expires));
        let about = Placeholders {
            client_id: authorization.client_id.clone(),
            subject: authorization.subject.clone(),
            state: authorization.state.clone().unwrap_or_default(),
            redirect_uri: authorization.redirect_uri.clone(),
            ..Placeholders::default()
        };
        let tokens = Tokens {
            authorization: authorization.clone(),
            access_token: self.access_token(authorization, &scope, lifetime),
            scope,
            expires_in: lifetime,
            issued_at: self.now,
            id_token,
            refresh_token,
        };
        Outcome { about, ..Outcome::new(Answer::Tokens(Box::new(tokens))) }
    }

    fn access_token(&self, authorization: &Authorization, scope: &[String], lifetime: i64) -> TokenValue {
        let claims = |audience: &str| {
            let times = (self.now, lifetime);
            token::access_token(self.issuer, authorization, scope, audience, (&self.user, self.client), times)
        };
        match (self.policy.access_token_format, self.issuer.paths.makes_jwts(), authorization.audience.as_deref()) {
            (AccessTokenFormat::Opaque { length }, ..) => TokenValue::Opaque(random::opaque_access_token(length)),
            (AccessTokenFormat::ByAudience, true, _) => {
                let mut claims = claims(token::keycloak::audience(authorization));
                token::keycloak::extend_access_token(&mut claims, authorization, &self.user);
                TokenValue::Jwt(claims)
            }
            (AccessTokenFormat::ByAudience, false, None) => TokenValue::Opaque(random::token()),
            (AccessTokenFormat::ByAudience, false, Some(audience)) => TokenValue::Jwt(claims(audience)),
        }
    }

    fn refresh_token(&self, authorization: &Arc<Authorization>, expires: i64) -> String {
        let token = match (self.issuer.paths.makes_jwts(), self.policy.refresh_token_format) {
            (true, RefreshTokenFormat::Plain | RefreshTokenFormat::Long { .. }) => {
                let mut claims = token::keycloak::refresh_token(self.issuer, authorization, self.now, expires);
                if let RefreshTokenFormat::Long { length } = self.policy.refresh_token_format {
                    claims["jti"] = random::of_length(length).into();
                }
                token::seal_refresh_token(&claims)
            }
            (_, format) => random::refresh_token(format),
        };
        self.issuer.grants.lock().issue_refresh_token(token.clone(), authorization.clone(), expires);
        token
    }
}
