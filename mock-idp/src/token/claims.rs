//! Which claims a token carries.

use serde_json::{Map, Value, json};

use crate::grants::Authorization;
use crate::issuer::State;
use crate::{Api, Client, Endpoint, OfflineAccess, User};

/// OpenID Connect Core §5.4.
const CLAIMS_BY_SCOPE: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("phone", &["phone_number", "phone_number_verified"]),
    ("address", &["address"]),
];

/// Claim names that are scopes by themselves, as with Auth0: a provider may define scopes of its own (RFC 6749 §3.3).
pub(crate) const CLAIM_SCOPES: [&str; 9] =
    ["name", "given_name", "family_name", "nickname", "email", "email_verified", "picture", "phone", "address"];

/// What the user's `sub` and profile say to a client with this scope that asks for these claims besides.
pub(crate) fn user_claims(user: &User, scope: &[String], asked: &[String]) -> Map<String, Value> {
    let has = |name: &str| scope.iter().any(|granted| granted == name);
    let by_scope = |claim: &str| CLAIMS_BY_SCOPE.iter().any(|(scope, claims)| has(scope) && claims.contains(&claim));
    let visible = user.claims.iter().filter(|(claim, _)| has(claim) || by_scope(claim) || asked.contains(claim));
    let mut claims = Map::from_iter([("sub".to_owned(), json!(user.sub))]);
    claims.extend(visible.map(|(claim, value)| (claim.clone(), value.clone())));
    claims
}

/// The names of all claims that tokens and the userinfo endpoint may have by scope.
pub(crate) fn claims_of_scopes() -> impl Iterator<Item = &'static str> {
    CLAIMS_BY_SCOPE.iter().flat_map(|(_, claims)| claims.iter().copied())
}

/// The part of the requested scope that is granted. What is unknown is dropped (RFC 6749 §3.3).
///
/// Without an audience, the scopes of every registered API count, so that clients that cannot name one are served, too.
pub(crate) fn granted_scope(
    requested: &[String],
    audience: Option<&Api>,
    apis: &[Api],
    offline_access: OfflineAccess,
) -> Vec<String> {
    let named = audience;
    let apis = audience.map_or(apis, std::slice::from_ref);
    let known = |scope: &String| match scope.as_str() {
        "offline_access" => match (offline_access, named) {
            (OfflineAccess::Scope | OfflineAccess::Always, None) => true,
            (OfflineAccess::Parameter | OfflineAccess::Never, _) => false,
            _ => apis.iter().any(|api| api.allow_offline_access),
        },
        "openid" | "profile" => true,
        name => CLAIM_SCOPES.contains(&name) || apis.iter().any(|api| api.scopes.contains(scope)),
    };
    requested.iter().filter(|scope| known(scope)).cloned().collect()
}

/// The claims of a JWT access token in Auth0's profile.
pub(crate) fn access_token(
    issuer: &State,
    authorization: &Authorization,
    scope: &[String],
    audiences: Vec<&str>,
    (user, client): (&User, &Client),
    (now, lifetime): (i64, i64),
) -> Value {
    // With `openid`, the token is good for userinfo, too.
    let userinfo = scope.iter().any(|scope| scope == "openid").then(|| issuer.url(Endpoint::Userinfo));
    let audiences: Vec<_> = audiences.into_iter().chain(userinfo.as_deref()).collect();
    let aud = match audiences.as_slice() {
        [only] => json!(only),
        several => json!(several),
    };
    let mut standard = json!({
        "iss": named(issuer, authorization),
        "sub": authorization.subject,
        "aud": aud,
        "azp": authorization.client_id,
        "iat": now,
        "exp": now.saturating_add(lifetime),
        "scope": scope.join(" "),
        "jti": crate::random::short(),
    });
    if let Some(actor) = &authorization.actor {
        standard["act"] = actor.clone();
    }
    with_custom(standard, [&client.custom_claims, &user.access_token_claims])
}

/// Turns the claims of an access token into those of RFC 9068 §2.2.
pub(crate) fn follow_rfc9068(claims: &mut Value, authorization: &Authorization) {
    if let Some(claims) = claims.as_object_mut() {
        claims.shift_remove("azp");
        claims.insert("client_id".to_owned(), json!(authorization.client_id));
        // RFC 9068 §2.2.1: only where somebody has signed in.
        if authorization.subject != authorization.client_id {
            claims.insert("auth_time".to_owned(), json!(authorization.auth_time));
        }
    }
}

/// The claims of an ID token (OpenID Connect Core §2), without `at_hash`; `further`: of the user and of the client.
pub(crate) fn id_token(
    issuer: &State,
    authorization: &Authorization,
    nonce: Option<&str>,
    further: [&Map<String, Value>; 3],
    (now, lifetime): (i64, i64),
) -> Value {
    let mut claims = json!({
        "iss": named(issuer, authorization),
        "sub": authorization.subject,
        "aud": authorization.client_id,
        "iat": now,
        "exp": now.saturating_add(lifetime),
        "auth_time": authorization.auth_time,
        "sid": authorization.sid,
    });
    if let Some(nonce) = nonce {
        claims["nonce"] = nonce.into();
    }
    with_custom(claims, further)
}

/// What the tokens of an authorization call the issuer.
pub(crate) fn named<'a>(issuer: &'a State, authorization: &'a Authorization) -> &'a str {
    authorization.issuer.get().unwrap_or(&issuer.identifier)
}

/// Adds claims; those that are there already win, so that nobody customizes `iss` by accident.
fn with_custom<const N: usize>(mut claims: Value, custom: [&Map<String, Value>; N]) -> Value {
    if let Value::Object(claims) = &mut claims {
        for (name, value) in custom.into_iter().flatten() {
            claims.entry(name).or_insert_with(|| value.clone());
        }
    }
    claims
}
