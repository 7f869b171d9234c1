//! What Keycloak's tokens say besides: its clients look into all of them.

use serde_json::{Value, json};

use super::claims::named;
use crate::grants::Authorization;
use crate::issuer::State;
use crate::{User, random};

/// The audience of an access token for which no API was named.
const ACCOUNT: &str = "account";

/// What `typ` says that a token is.
#[derive(Clone, Copy)]
enum Kind {
    Access,
    Id,
    Refresh,
}

impl Kind {
    fn typ(self) -> &'static str {
        match self {
            Self::Access => "Bearer",
            Self::Id => "ID",
            Self::Refresh => "Refresh",
        }
    }
}

/// The audiences of an access token.
pub(crate) fn audiences(authorization: &Authorization) -> Vec<&str> {
    let named: Vec<_> = authorization.audiences().collect();
    if named.is_empty() { vec![ACCOUNT] } else { named }
}

/// Adds to the claims of an access token.
pub(crate) fn extend_access_token(claims: &mut Value, authorization: &Authorization, user: &User) {
    say(claims, Kind::Access);
    claims["sid"] = json!(authorization.sid);
    claims["realm_access"] = json!({ "roles": ["user"] });
    claims["resource_access"] = json!({ authorization.client_id.clone(): { "roles": ["user"] } });
    for name in ["preferred_username", "name", "email", "email_verified"] {
        if let Some(value) = user.claims.get(name).filter(|_| is_told(name, authorization)) {
            claims[name] = value.clone();
        }
    }
}

/// Whether the scope brings the claim (OpenID Connect Core §5.4).
fn is_told(claim: &str, authorization: &Authorization) -> bool {
    authorization.grants(if claim.starts_with("email") { "email" } else { "profile" })
}

/// Adds to the claims of an ID token.
pub(crate) fn extend_id_token(claims: &mut Value, authorization: &Authorization) {
    say(claims, Kind::Id);
    claims["azp"] = json!(authorization.client_id);
}

/// The claims of a refresh token.
pub(crate) fn refresh_token(issuer: &State, authorization: &Authorization, now: i64, expires: i64) -> Value {
    let mut claims = json!({
        "iss": named(issuer, authorization),
        "aud": named(issuer, authorization),
        "sub": authorization.subject,
        "azp": authorization.client_id,
        "iat": now,
        "exp": expires,
        "jti": random::short(),
        "sid": authorization.sid,
        "scope": authorization.scope.join(" "),
    });
    say(&mut claims, Kind::Refresh);
    claims
}

fn say(claims: &mut Value, kind: Kind) {
    claims["typ"] = json!(kind.typ());
}
