//! Alterations that belong together: of one message in several places, or of several messages.

use mock_idp::{Change, Fault, GrantType, Point, Signing};
use serde_json::{Value, json};

use super::faults::{respond, unnamed};
use crate::steps::further_claims;
use crate::verdict::MARK;

/// What a client may take for a reason not to verify a signature, each with a token that is wrong.
pub(super) fn without_keys() -> Vec<[Fault; 2]> {
    let metadata = [json!({ "jwks_uri": null }), json!({ "id_token_signing_alg_values_supported": ["none"] })];
    let tokens = [
        unnamed(Point::IdTokenClaims, None, Change::Merge(json!({ "aud": "another-client" }))),
        unnamed(Point::IdTokenClaims, None, Change::Merge(json!({ "iss": "https://attacker.example/" }))),
        unnamed(Point::IdTokenSignature, None, Change::Sign(Signing::None { spelling: "none".to_owned() })),
        unnamed(Point::IdTokenSignature, None, Change::Sign(Signing::Corrupted)),
    ];
    let pairs = metadata.into_iter().flat_map(|patch| {
        let altered = unnamed(Point::Discovery, None, Change::Merge(patch));
        tokens.clone().map(|token| [altered.clone(), token])
    });
    // The header names no key, and the token is signed with an unknown one.
    let nameless = [json!({ "kid": null }), json!({ "kid": "" }), json!({ "kid": 0 })].map(|patch| {
        let header = unnamed(Point::IdTokenHeader, None, Change::Merge(patch));
        [header, unnamed(Point::IdTokenSignature, None, Change::Sign(Signing::UnknownKey))]
    });
    pairs.chain(nameless).collect()
}

/// Authorization responses that have lost their state, or have a list of states.
pub(super) fn without_state() -> [Fault; 2] {
    let changes =
        [Change::Remove(vec!["state".to_owned()]), Change::Merge(json!({ "state": null, "state[]": "another" }))];
    changes.map(|change| unnamed(Point::AuthorizationResponse, None, change))
}

/// Authorization responses of the second provider that do not say that it is the one who answers.
pub(super) fn without_issuer() -> Vec<Fault> {
    let near = ["", "{first}x", "x{first}", "{first:slash}", "{first:upper}", "{first:shorter}", "{first:scheme}"];
    let near = near.map(|iss| Change::Merge(json!({ "iss": iss })));
    let all = near.into_iter().chain([Change::Remove(vec!["iss".to_owned()])]);
    all.map(|change| unnamed(Point::AuthorizationResponse, None, change)).collect()
}

/// Authorization responses that name no issuer, or two, where the provider has promised one.
pub(super) fn without_promised_issuer() -> Vec<Fault> {
    let (name, value) = ("iss".to_owned(), "https://attacker.example/".to_owned());
    let changes = [
        Change::Remove(vec![name.clone()]),
        Change::Merge(json!({ "iss": "" })),
        Change::Prepend { name: name.clone(), value: value.clone() },
        Change::Append { name, value },
    ];
    changes.map(|change| unnamed(Point::AuthorizationResponse, None, change)).into()
}

/// Metadata whose issuer has a slash more, or less, than it should.
pub(super) fn issuer_with_slash() -> Fault {
    unnamed(Point::Discovery, None, Change::Merge(json!({ "issuer": "{issuer:slash}" })))
}

/// Another issuer whose metadata and ID tokens agree.
pub(super) fn another_issuer() -> [Fault; 2] {
    let issuer = "https://attacker.example/";
    [
        unnamed(Point::Discovery, None, Change::Merge(json!({ "issuer": issuer }))),
        unnamed(Point::IdTokenClaims, None, Change::Merge(json!({ "iss": issuer }))),
    ]
}

/// What people have in common, or seem to, where they have different subjects.
pub(super) fn shared_names() -> Vec<Fault> {
    let claims = [
        json!({ "email": "{alice_email}", "email_verified": false }),
        json!({ "email": "{alice_email}", "email_verified": true }),
        json!({ "email": "{alice_email:upper}", "email_verified": true }),
        json!({ "preferred_username": "{alice_nickname}", "nickname": "{alice_nickname}", "upn": "{alice_email}" }),
    ];
    let at = |point| claims.clone().map(|patch| unnamed(point, None, Change::Merge(patch)));
    at(Point::IdTokenClaims).into_iter().chain(at(Point::Userinfo)).collect()
}

/// Subjects that differ from each other in case alone: what the ID token says, and UserInfo.
pub(super) fn subject_in_capitals() -> [Fault; 2] {
    let claims = || Change::Merge(json!({ "sub": "{alice:upper}" }));
    [unnamed(Point::IdTokenClaims, None, claims()), unnamed(Point::Userinfo, None, claims())]
}

/// An ID token that names the first provider as its issuer: it is for the second one to sign.
pub(super) fn of_other_provider() -> Fault {
    unnamed(Point::IdTokenClaims, None, Change::Merge(json!({ "iss": "{first}" })))
}

/// What is altered in several places of one message.
pub(super) fn combined() -> Vec<Fault> {
    let claims = |patch| unnamed(Point::IdTokenClaims, None, Change::Merge(patch));
    let response = |patch| unnamed(Point::AuthorizationResponse, None, Change::Merge(patch));
    let shared_key = json!({
        "kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "kid": "{kid}",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    let (path, values) = (|| "/keys".to_owned(), vec![shared_key]);
    let keys = [Change::Insert { path: path(), values: values.clone() }, Change::InsertLast { path: path(), values }];
    let twice = Signing::RepeatedClaim { name: "sub".to_owned(), first: "{bob}".into() };
    let no_json = format!("<p>{MARK}</p>");
    let all = [
        claims(json!({ "aud": "another-client", "azp": "{client_id}" })),
        claims(json!({ "aud": ["{client_id}", "another-client"], "azp": "{client_id}" })),
        claims(Value::Object(further_claims(40))),
        response(json!({ "access_token": MARK, "token_type": "Bearer", "expires_in": "3600" })),
        response(json!({ "nonce": "x" })),
        response(json!({ "redirect_uri": "https://attacker.example/" })),
        response(json!({ "code_verifier": "x" })),
        response(json!({ "code": null, "state": null, "error": "access_denied" })),
        unnamed(Point::IdTokenSignature, None, Change::Sign(twice)),
        unnamed(Point::Userinfo, None, respond(Some(200), Some(("content-type", "text/html")), Some(&no_json))),
    ];
    all.into_iter().chain(keys.map(|change| unnamed(Point::Jwks, None, change))).collect()
}

/// A refresh token that rides along with the code, where the token response has none.
pub(super) fn refresh_token_of_browser() -> [Fault; 2] {
    let response = Change::Merge(json!({ "refresh_token": MARK }));
    [unnamed(Point::AuthorizationResponse, None, response), without_refresh_token()]
}

/// Access tokens that are no texts.
pub(super) fn tokens_of_other_types() -> [Fault; 3] {
    [json!(12_345), json!(["x"]), json!({ "value": "x" })].map(|token| {
        let change = Change::Merge(json!({ "access_token": token }));
        unnamed(Point::TokenResponse, Some(GrantType::AuthorizationCode), change)
    })
}

/// Answers of a provider that refuses, or is out of order, for a while.
pub(super) fn interruptions() -> Vec<Fault> {
    let of_code = Some(GrantType::AuthorizationCode);
    let outages = [respond(Some(503), None, Some("out of order")), respond(Some(404), None, None), Change::Reset];
    let points =
        [(Point::Discovery, None), (Point::Jwks, None), (Point::TokenResponse, of_code), (Point::Userinfo, None)];
    let outages = points.into_iter().flat_map(|(at, grant)| outages.clone().map(|change| unnamed(at, grant, change)));
    let refusals = [
        refusal(400, "invalid_request"),
        refusal(401, "invalid_client"),
        refusal(400, "unauthorized_client"),
        refusal(403, "unauthorized_client"),
        refusal(400, "unsupported_grant_type"),
        refusal(429, "too_many_requests"),
        refusal(503, "temporarily_unavailable"),
    ];
    let denials =
        ["access_denied", "login_required", "interaction_required", "invalid_request", "temporarily_unavailable"];
    let denials = denials.map(|error| Change::Merge(json!({ "code": null, "error": error })));
    let denials = denials.map(|change| unnamed(Point::AuthorizationResponse, None, change));
    outages.chain(refusals.map(|change| unnamed(Point::TokenResponse, of_code, change))).chain(denials).collect()
}

/// A login that brings no refresh token.
pub(super) fn without_refresh_token() -> Fault {
    let change = Change::Remove(vec!["refresh_token".to_owned()]);
    unnamed(Point::TokenResponse, Some(GrantType::AuthorizationCode), change)
}

/// Refusals of a refresh, in the ways that providers word them.
pub(super) fn refused_refreshes() -> Vec<Fault> {
    let refusals = [
        refusal(400, "invalid_grant"),
        refusal(401, "invalid_client"),
        refusal(403, "invalid_grant"),
        refusal(429, "too_many_requests"),
        refusal(503, "temporarily_unavailable"),
    ];
    refusals.map(|change| unnamed(Point::TokenResponse, Some(GrantType::RefreshToken), change)).into()
}

/// An answer that refuses, with the code of an error (RFC 6749 §5.2).
fn refusal(status: u16, error: &str) -> Change {
    let body = json!({ "error": error }).to_string();
    respond(Some(status), Some(("content-type", "application/json")), Some(&body))
}

/// An ID token that says where its key is.
pub(super) fn with_key_elsewhere() -> [Fault; 2] {
    ["jku", "x5u"].map(|name| {
        let header = json!({ "kid": "{stranger_kid}", (name): "{stranger}.well-known/jwks.json" });
        unnamed(Point::IdTokenHeader, None, Change::Merge(header))
    })
}
