//! Who has logged in: ID token and UserInfo, held together.

use serde_json::{Map, Value};

use super::Client;
use crate::authorize::PendingLogin;
use crate::discovery::{Metadata, Provider};
use crate::id_token::{self, Claims, Expected, Login};
use crate::secret::{AccessToken, IdToken};
use crate::token::TokenResponse;
use crate::{Config, Defect, Refusal, Variation, userinfo};

impl Client {
    /// Who has logged in, and what is known of them. With plain OAuth nobody asks.
    pub(super) async fn identify(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        login: &PendingLogin,
        tokens: &TokenResponse,
    ) -> Result<(Option<Login>, Map<String, Value>), Refusal> {
        let config = &provider.config;
        let Some(id_token) = self.demanded_id_token(config, tokens)? else { return Ok((None, Map::new())) };
        if self.behaviour.does(Variation::FetchesKeysForEveryLogin) {
            provider.forget_keys();
        }
        let has_no_keys = metadata.jwks_uri.is_empty() && self.behaviour.has(Defect::ChecksNothingWithoutKeys);
        if self.behaviour.has(Defect::ReadsNoIdToken) || has_no_keys {
            let found = userinfo::anybody(&self.fetch(provider), metadata, &tokens.access_token).await?;
            let subject = found.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
            return Ok((Some(Login::unread(subject)), found));
        }
        if self.behaviour.has(Defect::ValidatesIdTokenAfterUserinfo) {
            let _ = userinfo::anybody(&self.fetch(provider), metadata, &tokens.access_token).await;
        }
        let claims = match self.verified(provider, id_token).await {
            Err(Refusal::IdTokenMalformed) if self.behaviour.has(Defect::DoesWithoutUnreadableIdToken) => {
                return Ok((None, Map::new()));
            }
            verified => verified?,
        };
        let mut expected = self.expected(config, &tokens.access_token);
        if self.behaviour.has(Defect::AcceptsMetadataOfAnotherIssuer) {
            expected.issuer = &metadata.issuer;
        }
        let subject = claims.check(&expected, login.nonce.as_ref(), &self.behaviour.defects)?;
        let mut profile = claims.profile();
        let has_name = profile.contains_key("name");
        if !has_name && self.behaviour.has(Defect::DemandsNameInIdToken) {
            return Err(Refusal::Unhandled);
        }
        let more = match has_name && self.behaviour.does(Variation::AsksUserinfoForMissingName) {
            true => None,
            false => userinfo::claims(&self.fetch(provider), metadata, &tokens.access_token, &subject).await?,
        };
        if more.is_none() && self.behaviour.has(Defect::GivesUpAfterUserinfoOutage) {
            *self.down.lock() = true;
        }
        if more.is_none() && self.needs_userinfo() {
            return Err(Refusal::UserinfoSubjectMissing);
        }
        let more = more.filter(|_| !self.behaviour.has(Defect::DropsUserinfoClaims));
        if self.behaviour.has(Defect::ShowsTokens) {
            profile.insert("access_token".to_owned(), tokens.access_token.expose().into());
        }
        if self.behaviour.has(Defect::LinksAccountsByUserinfoEmail) {
            profile.remove("email");
        }
        if self.behaviour.has(Defect::LinksAccountsByUserinfoUsername) {
            profile.remove("preferred_username");
        }
        // What is signed is not overwritten by what is not.
        for (name, value) in more.unwrap_or_default() {
            profile.entry(name).or_insert(value);
        }
        if self.behaviour.has(Defect::DropsCustomClaims) {
            profile.retain(|name, _| !name.contains(':'));
        }
        Ok((Some(claims.login(subject, login.nonce.clone())), profile))
    }

    /// The claims of an ID token that the provider of this login has signed, and no other one.
    pub(crate) async fn verified(&self, provider: &Provider, id_token: &IdToken) -> Result<Claims, Refusal> {
        let mut verified = id_token::verified(id_token, provider, &self.fetch(provider)).await;
        for other in self.providers().filter(|_| self.behaviour.has(Defect::SharesKeysBetweenIssuers)) {
            if verified.is_err() {
                verified = id_token::verified(id_token, other, &self.fetch(other)).await;
            }
        }
        verified
    }

    pub(crate) fn expected<'a>(&'a self, config: &'a Config, access_token: &'a AccessToken) -> Expected<'a> {
        let Config { issuer, client_id, .. } = config;
        let known_issuers = self.providers().map(|provider| provider.config.issuer.as_str()).collect();
        Expected { issuer, known_issuers, client_id, now: self.clock.now(), access_token }
    }

    /// The ID token, which is missed only where one was asked for.
    fn demanded_id_token<'a>(
        &self,
        config: &Config,
        tokens: &'a TokenResponse,
    ) -> Result<Option<&'a IdToken>, Refusal> {
        let has = |defect| self.behaviour.has(defect);
        let asked = config.uses_openid() && !has(Defect::DropsOpenid);
        match &tokens.id_token {
            None if has(Defect::DemandsIdTokenAlways) => Err(Refusal::IdTokenMissing),
            None if asked => self
                .behaviour
                .defects
                .enforce(Defect::DoesWithoutIdToken, tokens.salvaged, Refusal::IdTokenMissing)
                .map(|()| None),
            Some(id_token) if config.uses_openid() => Ok(Some(id_token)),
            _ => Ok(None),
        }
    }
}
