//! Provider metadata (OpenID Connect Discovery 1.0 §3; RFC 8414 §2) and keys.

use serde_json::json;

use crate::issuer::State;
use crate::message::{Answer, OAuthError, Outcome};
use crate::terms::RESOURCE_METADATA;
use crate::token::{CLAIM_SCOPES, claims_of_scopes};
use crate::{Endpoint, GrantType, IssuerParameter, PlainChallenge, Policy, Presence, Request, SignatureAlgorithm};

pub(super) fn metadata(issuer: &State) -> Outcome {
    let policy = issuer.policy();
    let auth_methods = ["client_secret_basic", "client_secret_post", "none"];
    let mut scopes = vec!["openid", "profile", "offline_access"];
    scopes.extend(CLAIM_SCOPES);
    let registry = issuer.registry.read();
    for scope in registry.apis().iter().flat_map(|api| &api.scopes) {
        if !scopes.contains(&scope.as_str()) {
            scopes.push(scope);
        }
    }
    let mut body = json!({
        "issuer": issuer.identifier,
        "authorization_endpoint": issuer.url(Endpoint::Authorize),
        "token_endpoint": issuer.url(Endpoint::Token),
        "userinfo_endpoint": issuer.url(Endpoint::Userinfo),
        "jwks_uri": issuer.url(Endpoint::Jwks),
        "revocation_endpoint": issuer.url(Endpoint::Revoke),
        "end_session_endpoint": issuer.url(Endpoint::EndSession),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": grant_types(issuer),
        "code_challenge_methods_supported": challenge_methods(policy),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": signing_algorithms(issuer),
        "token_endpoint_auth_methods_supported": auth_methods,
        "claims_supported": claims(),
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "revocation_endpoint_auth_methods_supported": auth_methods,
    });
    if policy.pkce_in_metadata == Presence::Absent
        && let Some(members) = body.as_object_mut()
    {
        members.shift_remove("code_challenge_methods_supported");
    }
    if issuer.introspects() {
        body["introspection_endpoint"] = issuer.url(Endpoint::Introspect).into();
        body["introspection_endpoint_auth_methods_supported"] = json!(["client_secret_basic", "client_secret_post"]);
    }
    if issuer.has_devices() {
        body["device_authorization_endpoint"] = issuer.url(Endpoint::DeviceAuthorization).into();
    }
    if policy.issuer_parameter == IssuerParameter::Advertised {
        body["authorization_response_iss_parameter_supported"] = true.into();
    }
    document(body)
}

/// Those of the code flow, and what else a registered client may use.
fn grant_types(issuer: &State) -> Vec<&'static str> {
    let registry = issuer.registry.read();
    let always = [GrantType::AuthorizationCode, GrantType::RefreshToken];
    let is_used = |grant: &GrantType| registry.clients().iter().any(|client| client.grant_types.contains(grant));
    let further = GrantType::ALL.into_iter().filter(|grant| !always.contains(grant) && is_used(grant));
    always.into_iter().chain(further).map(GrantType::as_str).collect()
}

/// Those that ID tokens are signed with, for one client or another.
fn signing_algorithms(issuer: &State) -> Vec<&'static str> {
    let used = issuer.registry.read().id_token_algorithms();
    issuer.keys.algorithms(&used).into_iter().map(SignatureAlgorithm::as_str).collect()
}

/// RFC 8414 §2: what the provider supports.
fn challenge_methods(policy: Policy) -> &'static [&'static str] {
    if policy.plain_challenge == PlainChallenge::Accepted { &["S256", "plain"] } else { &["S256"] }
}

/// The claims that the provider may be able to supply values for.
fn claims() -> Vec<&'static str> {
    let of_tokens = ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid"];
    of_tokens.into_iter().chain(claims_of_scopes()).collect()
}

pub(super) fn jwks(issuer: &State) -> Outcome {
    let used = issuer.registry.read().id_token_algorithms();
    document(issuer.keys.jwks(&used))
}

/// The certificate of the key that signs. Keys that were generated have none.
pub(super) fn certificate(issuer: &State) -> Result<Outcome, OAuthError> {
    let key = issuer.keys.current();
    let missing = || OAuthError::new(404, "not_found", "The key that signs has no certificate");
    let body = key.certificate().ok_or_else(missing)?.to_owned();
    Ok(Outcome::new(Answer::Text { media_type: "application/x-pem-file", body }))
}

/// The metadata of the API as a protected resource (RFC 9728 §2). They name no scopes: a client asks for those that it is
/// configured with.
pub(super) fn of_resource(issuer: &State, request: &Request) -> Outcome {
    let path = request.path.strip_prefix('/').unwrap_or(&request.path);
    let path = path.strip_prefix(RESOURCE_METADATA).unwrap_or(path);
    document(json!({
        "resource": format!("{}{path}", issuer.origin()),
        "authorization_servers": [issuer.identifier],
        "bearer_methods_supported": ["header"],
    }))
}

fn document(body: serde_json::Value) -> Outcome {
    let headers = vec![("cache-control", "public, max-age=3600".to_owned())];
    Outcome::new(Answer::Json { status: 200, headers, body })
}
