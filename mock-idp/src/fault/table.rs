//! The faults that have a name, in the order of the flow.

use serde_json::{Value, json};

use super::{Change, Point, Signing};
use crate::GrantType;
use crate::terms::PublicKeyForm;

/// A fault with a name.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) at: Point,
    pub(super) grant: Option<GrantType>,
    pub(super) change: Change,
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(discovery());
    rows.extend(jwks());
    rows.extend(authorization_response());
    rows.extend(token_response());
    rows.extend(id_token_header());
    rows.extend(id_token_claims());
    rows.extend(id_token_signature());
    rows.extend(access_token());
    rows.extend(userinfo());
    rows.extend(api());
    rows.extend(refresh());
    rows
}

fn discovery() -> impl Iterator<Item = Row> {
    at(
        Point::Discovery,
        [
            ("discovery/wrong-issuer", merge(json!({ "issuer": ATTACKER }))),
            (
                "discovery/wrong-token-endpoint",
                merge(json!({ "token_endpoint": "https://attacker.example/oauth/token" })),
            ),
            ("discovery/without-jwks-uri", merge(json!({ "jwks_uri": null }))),
            ("discovery/without-pkce", merge(json!({ "code_challenge_methods_supported": null }))),
            ("discovery/only-alg-none", merge(json!({ "id_token_signing_alg_values_supported": ["none"] }))),
            ("discovery/promises-iss", merge(json!({ "authorization_response_iss_parameter_supported": true }))),
            ("discovery/html", html()),
            ("discovery/server-error", server_error()),
        ],
    )
}

fn jwks() -> impl Iterator<Item = Row> {
    let oddities = vec![
        json!({ "kty": "X-TEST", "kid": "x" }),
        json!({ "kty": "EC", "crv": "P-999", "kid": "y", "x": "AA", "y": "AA" }),
        json!({ "kty": "RSA", "kid": "z" }),
    ];
    let symmetric = json!({ "kty": "oct", "kid": "symmetric", "alg": "HS256", "k": "c2VjcmV0" });
    at(
        Point::Jwks,
        [
            ("jwks/empty", merge(json!({ "keys": [] }))),
            ("jwks/unknown-kty", insert("/keys", oddities)),
            ("jwks/symmetric-key", insert("/keys", vec![symmetric])),
            ("jwks/html", html()),
            ("jwks/server-error", server_error()),
            ("jwks/reset", Change::Reset),
        ],
    )
}

fn authorization_response() -> impl Iterator<Item = Row> {
    let error = |error: &str| merge(json!({ "code": null, "error": error, "error_description": "Injected fault" }));
    at(
        Point::AuthorizationResponse,
        [
            ("authorization-response/other-state", merge(json!({ "state": "another-state" }))),
            ("authorization-response/without-state", merge(json!({ "state": null }))),
            ("authorization-response/repeated-state", append("state", "another-state")),
            ("authorization-response/without-code", merge(json!({ "code": null }))),
            ("authorization-response/unknown-code", merge(json!({ "code": "never-issued" }))),
            ("authorization-response/repeated-code", append("code", "another-code")),
            ("authorization-response/other-issuer", merge(json!({ "iss": ATTACKER }))),
            ("authorization-response/error-beside-code", merge(json!({ "error": "access_denied" }))),
            ("authorization-response/access-denied", error("access_denied")),
            ("authorization-response/server-error", error("server_error")),
            ("authorization-response/unknown-parameter", append("x_vendor", "1")),
        ],
    )
}

fn token_response() -> impl Iterator<Item = Row> {
    at(
        Point::TokenResponse,
        [
            ("token-response/without-access-token", merge(json!({ "access_token": null }))),
            ("token-response/without-token-type", merge(json!({ "token_type": null }))),
            ("token-response/other-token-type", merge(json!({ "token_type": "mac" }))),
            ("token-response/without-expires-in", merge(json!({ "expires_in": null }))),
            ("token-response/expires-in-text", merge(json!({ "expires_in": "86400" }))),
            ("token-response/without-id-token", merge(json!({ "id_token": null }))),
            ("token-response/error-with-status-200", respond(200, "application/json", INVALID_GRANT)),
            ("token-response/invalid-grant", respond(400, "application/json", INVALID_GRANT)),
            ("token-response/invalid-client", respond(401, "application/json", r#"{"error":"invalid_client"}"#)),
            ("token-response/redirect", answer(307, &[("location", "https://attacker.example/oauth/token")], "")),
            ("token-response/html", html()),
            ("token-response/server-error", server_error()),
            ("token-response/rate-limited", rate_limited()),
            ("token-response/reset", Change::Reset),
            ("token-response/hang", Change::Hang),
        ],
    )
}

fn id_token_header() -> impl Iterator<Item = Row> {
    at(
        Point::IdTokenHeader,
        [
            ("id-token/unknown-kid", merge(json!({ "kid": "unknown" }))),
            ("id-token/without-kid", merge(json!({ "kid": null }))),
            ("id-token/critical-extension", merge(json!({ "crit": ["x-test"], "x-test": true }))),
        ],
    )
}

fn id_token_claims() -> impl Iterator<Item = Row> {
    at(
        Point::IdTokenClaims,
        [
            ("id-token/wrong-issuer", merge(json!({ "iss": ATTACKER }))),
            ("id-token/wrong-audience", merge(json!({ "aud": "another-client" }))),
            ("id-token/wrong-azp", merge(json!({ "aud": ["{client_id}", "another-client"], "azp": "another-client" }))),
            ("id-token/expired", merge(json!({ "exp": "{now-3600}", "iat": "{now-7200}" }))),
            ("id-token/from-the-future", merge(json!({ "iat": "{now+86400}", "nbf": "{now+86400}" }))),
            ("id-token/without-exp", merge(json!({ "exp": null }))),
            ("id-token/without-iat", merge(json!({ "iat": null }))),
            ("id-token/without-sub", merge(json!({ "sub": null }))),
            ("id-token/other-nonce", merge(json!({ "nonce": "another-nonce" }))),
            ("id-token/without-nonce", merge(json!({ "nonce": null }))),
            ("id-token/wrong-at-hash", merge(json!({ "at_hash": "AAAAAAAAAAAAAAAAAAAAAA" }))),
        ],
    )
}

fn id_token_signature() -> impl Iterator<Item = Row> {
    let hmac = |form| Change::Sign(Signing::HmacWithPublicKey { form });
    let none = |spelling: &str| Change::Sign(Signing::None { spelling: spelling.to_owned() });
    at(
        Point::IdTokenSignature,
        [
            ("id-token/alg-none", none("none")),
            ("id-token/alg-none-in-odd-case", none("nOnE")),
            ("id-token/hmac-with-public-key", hmac(PublicKeyForm::Pem)),
            ("id-token/unknown-key", Change::Sign(Signing::UnknownKey)),
            ("id-token/embedded-jwk", Change::Sign(Signing::EmbeddedJwk)),
            ("id-token/hs256-client-secret", Change::Sign(Signing::HmacWithClientSecret)),
            ("id-token/hs256-empty-key", Change::Sign(Signing::HmacWithEmptyKey)),
            ("id-token/empty-signature", Change::Sign(Signing::Stripped)),
            ("id-token/two-parts", Change::Sign(Signing::TwoParts)),
            ("id-token/corrupted-signature", Change::Sign(Signing::Corrupted)),
            ("id-token/changed-after-signing", Change::Sign(Signing::AfterSigning(json!({ "sub": "auth0|mallory" })))),
        ],
    )
}

fn access_token() -> impl Iterator<Item = Row> {
    at(
        Point::AccessTokenClaims,
        [
            ("access-token/wrong-audience", merge(json!({ "aud": "https://other-api.example/" }))),
            ("access-token/expired", merge(json!({ "exp": "{now-3600}", "iat": "{now-7200}" }))),
        ],
    )
}

fn userinfo() -> impl Iterator<Item = Row> {
    at(
        Point::Userinfo,
        [
            ("userinfo/other-subject", merge(json!({ "sub": "auth0|mallory" }))),
            ("userinfo/without-sub", merge(json!({ "sub": null }))),
            ("userinfo/html", html()),
            ("userinfo/server-error", server_error()),
        ],
    )
}

fn api() -> impl Iterator<Item = Row> {
    let challenge = |parameters: &str| format!("Bearer realm=\"mock-idp\", {parameters}");
    let invalid_token = challenge("error=\"invalid_token\"");
    let insufficient_scope = challenge("error=\"insufficient_scope\", scope=\"admin\"");
    at(
        Point::ApiResponse,
        [
            ("api/invalid-token", answer(401, &[("www-authenticate", &invalid_token)], "")),
            ("api/insufficient-scope", answer(403, &[("www-authenticate", &insufficient_scope)], "")),
            ("api/rate-limited", rate_limited()),
            ("api/server-error", server_error()),
        ],
    )
}

fn refresh() -> impl Iterator<Item = Row> {
    let responses = at(
        Point::TokenResponse,
        [
            ("refresh-response/invalid-grant", respond(400, "application/json", INVALID_GRANT)),
            ("refresh-response/without-access-token", merge(json!({ "access_token": null }))),
            ("refresh-response/without-refresh-token", merge(json!({ "refresh_token": null }))),
            ("refresh-response/without-id-token", merge(json!({ "id_token": null }))),
            ("refresh-response/server-error", server_error()),
        ],
    );
    let id_tokens = at(
        Point::IdTokenClaims,
        [
            ("refresh-response/other-subject", merge(json!({ "sub": "auth0|mallory" }))),
            ("refresh-response/wrong-issuer", merge(json!({ "iss": ATTACKER }))),
        ],
    );
    responses.chain(id_tokens).map(|row| Row { grant: Some(GrantType::RefreshToken), ..row })
}

const ATTACKER: &str = "https://attacker.example/";
const INVALID_GRANT: &str = r#"{"error":"invalid_grant","error_description":"Injected fault"}"#;

fn at<const N: usize>(at: Point, faults: [(&'static str, Change); N]) -> impl Iterator<Item = Row> {
    faults.into_iter().map(move |(name, change)| Row { name, at, grant: None, change })
}

fn merge(patch: Value) -> Change {
    Change::Merge(patch)
}

fn insert(path: &str, values: Vec<Value>) -> Change {
    Change::Insert { path: path.to_owned(), values }
}

fn append(name: &str, value: &str) -> Change {
    Change::Append { name: name.to_owned(), value: value.to_owned() }
}

fn html() -> Change {
    respond(200, "text/html", "<!DOCTYPE html><title>Sorry</title><p>Back soon.</p>")
}

fn server_error() -> Change {
    respond(503, "text/plain", "Service Unavailable")
}

fn rate_limited() -> Change {
    let body = r#"{"error":"too_many_requests","error_description":"Rate limit exceeded."}"#;
    answer(429, &[("content-type", "application/json"), ("retry-after", "1")], body)
}

fn respond(status: u16, content_type: &str, body: &str) -> Change {
    answer(status, &[("content-type", content_type)], body)
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Change {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Change::Respond { status: Some(status), headers, body: Some(body.to_owned()) }
}
