//! Signs the tokens of a token response, honestly or as the armed faults would have it.

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::jws;
use crate::CredentialKind;
use crate::fault::{Change, Firing, Layer, Placeholders, Point, Signing, merge, patched};
use crate::grants::AccessToken;
use crate::issuer::State;
use crate::keys::SigningKey;
use crate::message::{Minted, TokenValue, Tokens};
use crate::terms::{AccessTokenSignature, FrontChannel, Presence, SignatureAlgorithm};

/// What provider and API share, if that is how access tokens are signed.
const API_SECRET: &[u8] = b"between the provider and its API: no client has to know it";

/// The JSON body of the token response and the secrets in it. The access token becomes known to the API.
pub(crate) fn seal(
    issuer: &State,
    tokens: Tokens,
    faults: &mut Firing<'_>,
    placeholders: &mut Placeholders,
) -> (Value, Vec<Minted>) {
    let Tokens { authorization, scope, .. } = tokens;
    let key = issuer.keys.current();
    let access_token = match tokens.access_token {
        TokenValue::Opaque(value) => value,
        TokenValue::Jwt { claims, typ } => sign_access_token(claims, typ, (&key, issuer), faults, placeholders),
    };
    let known = AccessToken {
        authorization: authorization.clone(),
        scope: scope.clone(),
        issued: tokens.issued_at,
        expires: tokens.issued_at.saturating_add(tokens.expires_in),
        revoked: false,
    };
    issuer.grants.lock().remember_access_token(&access_token, known);
    placeholders.access_token.clone_from(&access_token);
    placeholders.first_scope = scope.first().cloned().unwrap_or_default();

    let id_token = tokens.id_token.map(|mut claims| {
        let wanted = {
            let registry = issuer.registry.read();
            registry.client(&authorization.client_id).and_then(|client| client.id_token_signed_response_alg)
        };
        let key = issuer.keys.current_for(wanted);
        // OpenID Connect Core §3.2.2.10: where no access token comes with it, there is nothing to hash.
        let policy = issuer.policy();
        if policy.access_token_hash == Presence::Present && policy.front_channel != FrontChannel::IdToken {
            claims["at_hash"] = at_hash(&access_token, key.algorithm()).into();
        }
        sign_id_token(claims, &key, issuer, faults, placeholders)
    });

    let mut body = Map::from_iter([("access_token".to_owned(), json!(access_token))]);
    let mut minted = vec![(access_token, CredentialKind::AccessToken)];
    if let Some(refresh_token) = tokens.refresh_token {
        body.insert("refresh_token".into(), json!(refresh_token));
        minted.push((refresh_token, CredentialKind::RefreshToken));
    }
    if let Some(id_token) = id_token {
        placeholders.id_token.clone_from(&id_token);
        body.insert("id_token".into(), json!(id_token));
        minted.push((id_token, CredentialKind::IdToken));
    }
    if !scope.is_empty() {
        body.insert("scope".into(), json!(scope.join(" ")));
    }
    body.insert("expires_in".into(), json!(tokens.expires_in));
    body.insert("token_type".into(), json!("Bearer"));
    if let Some(issued) = tokens.issued {
        body.insert("issued_token_type".into(), json!(issued.as_str()));
    }

    let minted = minted.into_iter().map(|(value, kind)| Minted { value, kind, authorization: authorization.clone() });
    (Value::Object(body), minted.collect())
}

/// A refresh token that its clients can read. What it is good for stands in the grants: nobody else verifies it.
pub(crate) fn seal_refresh_token(claims: &Value) -> String {
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    jws::compact(&header, claims, |message| jws::hmac_sha256(API_SECRET, message))
}

fn sign_access_token(
    mut claims: Value,
    typ: &str,
    (key, issuer): (&SigningKey, &State),
    faults: &mut Firing<'_>,
    placeholders: &Placeholders,
) -> String {
    faults.apply((Point::AccessTokenClaims, Layer::Content), &mut claims, |claims, change| {
        patched(claims, change, placeholders)
    });
    match issuer.policy().access_token_signature {
        AccessTokenSignature::Rs256 => {
            let mut header = jws::header(key);
            header["typ"] = json!(typ);
            jws::compact(&header, &claims, |message| key.sign(message))
        }
        AccessTokenSignature::Hs256 => {
            let header = json!({ "alg": "HS256", "typ": typ });
            jws::compact(&header, &claims, |message| jws::hmac_sha256(API_SECRET, message))
        }
    }
}

fn sign_id_token(
    mut claims: Value,
    key: &SigningKey,
    issuer: &State,
    faults: &mut Firing<'_>,
    placeholders: &Placeholders,
) -> String {
    let mut header = jws::header(key);
    issuer.dialect().value((Point::IdTokenHeader, None), &mut header, placeholders);
    issuer.variation.header(&mut header);
    faults.apply((Point::IdTokenClaims, Layer::Content), &mut claims, |claims, change| {
        patched(claims, change, placeholders)
    });
    faults.apply((Point::IdTokenHeader, Layer::Content), &mut header, |header, change| {
        patched(header, change, placeholders)
    });

    let mut signing = None;
    faults.apply((Point::IdTokenSignature, Layer::Signature), &mut signing, |_, change| match change {
        Change::Sign(Signing::AfterSigning(patch)) => {
            merge(&claims, patch, placeholders).map(|changed| Some(Signing::AfterSigning(changed)))
        }
        Change::Sign(Signing::RepeatedClaim { name, first }) => {
            let (name, first) = (name.clone(), placeholders.fill_json(first));
            Some(Some(Signing::RepeatedClaim { name, first }))
        }
        Change::Sign(other) => Some(Some(other.clone())),
        _ => None,
    });
    match signing {
        None => jws::compact(&header, &claims, |message| key.sign(message)),
        Some(signing) => {
            let registry = issuer.registry.read();
            let client = registry.client(&placeholders.client_id);
            let secret = client.and_then(|client| client.client_secret.as_deref());
            jws::sign_otherwise(&signing, &header, &claims, (key, &issuer.keys), secret)
        }
    }
}

/// OpenID Connect Core §3.1.3.6: the left half of the hash, with the hash function of the signature; of Ed25519 that is
/// SHA-512 (RFC 8032 §5.1).
fn at_hash(access_token: &str, algorithm: SignatureAlgorithm) -> String {
    let function = match algorithm {
        SignatureAlgorithm::RS256 | SignatureAlgorithm::PS256 | SignatureAlgorithm::ES256 => &SHA256,
        SignatureAlgorithm::RS384 | SignatureAlgorithm::PS384 | SignatureAlgorithm::ES384 => &SHA384,
        SignatureAlgorithm::RS512 | SignatureAlgorithm::PS512 | SignatureAlgorithm::EdDSA => &SHA512,
    };
    let hash = digest(function, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..function.output_len() / 2])
}
