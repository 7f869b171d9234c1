//! What a token response consists of, whatever it is given for.

use std::sync::Arc;

use crate::fault::Placeholders;
use crate::grants::Authorization;
use crate::issuer::State;
use crate::message::{Answer, IssuedTokenType, OAuthError, Outcome, TokenValue, Tokens};
use crate::{
    AccessTokenFormat, Client, GrantType, Note, OfflineAccess, Policy, Presence, RefreshTokenFormat, User, random,
    token,
};

/// Until when an authorization gives refresh tokens, if it does.
pub(super) fn refresh_until(authorization: &Authorization, client: &Client, policy: &Policy, now: i64) -> Option<i64> {
    let is_offline = match policy.offline_access {
        OfflineAccess::Scope | OfflineAccess::Api => authorization.grants("offline_access"),
        OfflineAccess::Parameter => authorization.offline,
        OfflineAccess::Always => true,
        OfflineAccess::Never => false,
    };
    let may_refresh = is_offline && client.grant_types.contains(&GrantType::RefreshToken);
    may_refresh.then(|| now.saturating_add(policy.refresh_token_lifetime))
}

/// Who has granted this.
pub(super) fn user(issuer: &State, authorization: &Authorization) -> Result<User, OAuthError> {
    let user = issuer.registry.read().user(&authorization.subject).cloned();
    user.ok_or_else(|| OAuthError::invalid_grant("The user of this grant is gone", Note::CodeUnknown))
}

/// Whether the answer has an ID token if `openid` was granted.
#[derive(Clone, Copy)]
pub(super) enum IdToken<'a> {
    Due { nonce: Option<&'a str> },
    NotDue,
}

pub(super) struct Minting<'a> {
    pub(super) issuer: &'a State,
    pub(super) client: &'a Client,
    pub(super) user: User,
    pub(super) policy: Policy,
    pub(super) now: i64,
}

impl Minting<'_> {
    /// `refresh_until`: there is a refresh token, and it expires then.
    pub(super) fn tokens(
        &self,
        authorization: &Arc<Authorization>,
        scope: Vec<String>,
        id_token: IdToken<'_>,
        refresh_until: Option<i64>,
    ) -> Outcome {
        let tokens = self.mint(authorization, scope, id_token, refresh_until);
        let authorization = &tokens.authorization;
        let about = Placeholders {
            client_id: authorization.client_id.clone(),
            subject: authorization.subject.clone(),
            state: authorization.state.clone().unwrap_or_default(),
            redirect_uri: authorization.redirect_uri.clone(),
            ..Placeholders::default()
        };
        Outcome { about, ..Outcome::new(Answer::Tokens(Box::new(tokens))) }
    }

    /// The tokens alone.
    pub(super) fn mint(
        &self,
        authorization: &Arc<Authorization>,
        scope: Vec<String>,
        id_token: IdToken<'_>,
        refresh_until: Option<i64>,
    ) -> Tokens {
        // From now on, this is the issuer of all its tokens.
        authorization.issuer.get_or_init(|| self.issuer.identifier.clone());
        let registry = self.issuer.registry.read();
        let of_apis = authorization.audiences().filter_map(|it| registry.api(it)).map(|api| api.token_lifetime).min();
        drop(registry);
        let lifetime = self.policy.access_token_lifetime.or(of_apis).unwrap_or(86_400);
        let id_token = match id_token {
            IdToken::Due { nonce } if scope.iter().any(|scope| scope == "openid") => {
                let times = (self.now, self.policy.id_token_lifetime);
                let told = match self.policy.scope_claims_in_id_token {
                    Presence::Present => &scope[..],
                    Presence::Absent => &[],
                };
                let about_user = token::user_claims(&self.user, told, &authorization.id_token_claims);
                let custom = [&about_user, &self.client.custom_claims, &self.user.id_token_claims];
                let mut claims = token::id_token(self.issuer, authorization, nonce, custom, times);
                if self.issuer.paths.makes_jwts() {
                    token::keycloak::extend_id_token(&mut claims, authorization);
                }
                Some(claims)
            }
            _ => None,
        };
        let refresh_token = refresh_until.map(|expires| self.refresh_token(authorization, expires));
        Tokens {
            authorization: authorization.clone(),
            access_token: self.access_token(authorization, &scope, lifetime),
            scope,
            expires_in: lifetime,
            issued_at: self.now,
            id_token,
            refresh_token,
            issued: None,
        }
    }

    /// The answer to a token exchange (RFC 8693 §2.2.1).
    pub(super) fn exchanged(
        &self,
        authorization: &Arc<Authorization>,
        scope: Vec<String>,
        issued: IssuedTokenType,
    ) -> Result<Outcome, OAuthError> {
        let mut outcome = self.tokens(authorization, scope, IdToken::NotDue, None);
        if let Answer::Tokens(tokens) = &mut outcome.answer {
            if issued == IssuedTokenType::Jwt && matches!(tokens.access_token, TokenValue::Opaque(_)) {
                return Err(OAuthError::invalid_request("Without an audience, access tokens are no JWTs here"));
            }
            tokens.issued = Some(issued);
        }
        Ok(outcome)
    }

    fn access_token(&self, authorization: &Authorization, scope: &[String], lifetime: i64) -> TokenValue {
        let claims = |audiences: Vec<_>| {
            let times = (self.now, lifetime);
            let people = (&self.user, self.client);
            let mut claims = token::access_token(self.issuer, authorization, scope, audiences, people, times);
            if let (Presence::Absent, Some(claims)) = (self.policy.access_token_exp, claims.as_object_mut()) {
                claims.shift_remove("exp");
            }
            claims
        };
        let named = Some(authorization.audiences().collect::<Vec<_>>()).filter(|named| !named.is_empty());
        match (self.policy.access_token_format, self.issuer.paths.makes_jwts(), named) {
            (AccessTokenFormat::Opaque { length }, ..) => TokenValue::Opaque(random::opaque_access_token(length)),
            (AccessTokenFormat::Rfc9068, _, Some(named)) => {
                let mut claims = claims(named);
                token::follow_rfc9068(&mut claims, authorization);
                TokenValue::Jwt { claims, typ: "at+jwt" }
            }
            (AccessTokenFormat::ByAudience, true, _) => {
                let mut claims = claims(token::keycloak::audiences(authorization));
                token::keycloak::extend_access_token(&mut claims, authorization, &self.user);
                TokenValue::Jwt { claims, typ: "JWT" }
            }
            (AccessTokenFormat::Rfc9068, _, None) | (AccessTokenFormat::ByAudience, false, None) => {
                TokenValue::Opaque(random::token())
            }
            (AccessTokenFormat::ByAudience, false, Some(named)) => {
                TokenValue::Jwt { claims: claims(named), typ: "JWT" }
            }
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
