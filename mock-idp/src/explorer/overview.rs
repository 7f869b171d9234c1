//! What there is to see and to choose from: the issuer as it is now, and the catalogues.

use serde_json::{Value, json};

use super::companion::{App, Companion};
use crate::issuer::State;
use crate::{Change, Fault, Issuer, Point, fault};

/// The issuer as it is now. It has no secrets in it. `issuers`: all of the server.
pub(crate) fn overview(issuer: &Issuer, issuers: &[Issuer], app: Option<&App>) -> Value {
    let state = &*issuer.0;
    let registry = state.registry.read();
    let clients: Vec<_> = registry
        .clients()
        .iter()
        .map(|client| {
            json!({
                "client_id": client.client_id,
                "token_endpoint_auth_method": client.token_endpoint_auth_method,
                "redirect_uris": client.redirect_uris,
            })
        })
        .collect();
    json!({
        "issuer": state.identifier,
        "issuers": issuers.iter().map(|it| json!({
            "issuer": it.identifier(),
            "page": format!("{}_mock/", it.base_url()),
        })).collect::<Vec<_>>(),
        "clock": { "now": state.clock.now(), "offset": state.clock.offset(), "frozen": state.clock.is_frozen() },
        // How far the page can know the exchanges already.
        "run": state.run,
        "read": {
            "entries": state.journal.next_seq() - 1,
            "visits": state.visits.next_number() - 1,
            "deeds": state.deeds.next_number() - 1,
        },
        "kid": issuer.key_id(),
        "clients": clients,
        "users": registry.users(),
        "apis": registry.apis(),
        "armed": armed(state),
        "endpoints": state.endpoints().map(|endpoint| json!({
            "name": endpoint.to_string(),
            "url": state.url(endpoint),
        })).collect::<Vec<_>>(),
        "app": app,
    })
}

fn armed(state: &State) -> Value {
    let all = state.faults.list();
    let one = |(id, fault): &(crate::FaultId, std::sync::Arc<Fault>)| {
        json!({
            "id": id,
            "text": fault.to_string(),
            "fault": **fault,
            "times": fault.times,
            "fired": state.faults.fired(*id),
        })
    };
    all.iter().map(one).collect()
}

/// The named faults with what they do, the errors that can be chosen, and the defects of the companion's app.
pub(crate) fn catalogue(companion: Option<&dyn Companion>) -> Value {
    let faults: Vec<_> = fault::names()
        .filter_map(fault::named)
        .map(|fault| json!({ "name": fault.name, "at": fault.at, "message": message(fault.at), "does": does(&fault), "fault": fault }))
        .collect();
    json!({
        "faults": faults,
        "errors": ERRORS.iter().map(|(at, errors)| json!({ "at": at, "errors": errors })).collect::<Vec<_>>(),
        "defects": companion.map(Companion::defects),
    })
}

/// The errors of RFC 6749 §4.1.2.1 with OpenID Connect Core §3.1.2.6, and of RFC 6749 §5.2.
const ERRORS: [(Point, &[&str]); 2] = [
    (
        Point::AuthorizationResponse,
        &[
            "access_denied",
            "server_error",
            "temporarily_unavailable",
            "invalid_request",
            "unauthorized_client",
            "invalid_scope",
            "login_required",
            "consent_required",
            "interaction_required",
        ],
    ),
    (
        Point::TokenResponse,
        &["invalid_grant", "invalid_client", "invalid_request", "unauthorized_client", "invalid_scope"],
    ),
];

/// The message that a fault changes, in words.
fn message(at: Point) -> &'static str {
    match at {
        Point::Discovery => "metadata",
        Point::Jwks => "key set",
        Point::AuthorizationResponse => "authorization response",
        Point::TokenResponse => "token response",
        Point::IdTokenHeader => "header of the ID token",
        Point::IdTokenClaims => "claims of the ID token",
        Point::IdTokenSignature => "signature of the ID token",
        Point::AccessTokenClaims => "claims of the access token",
        Point::Userinfo => "UserInfo response",
        Point::ApiResponse => "API response",
    }
}

/// What a fault does, in a few words.
fn does(fault: &Fault) -> String {
    let members = |patch: &Value| {
        let all = patch.as_object().into_iter().flatten().map(|(name, value)| match value {
            Value::Null => format!("without {name}"),
            Value::String(text) => format!("{name} is {text}"),
            other => format!("{name} is {other}"),
        });
        all.collect::<Vec<_>>().join(", ")
    };
    match &fault.change {
        Change::Merge(patch) => members(patch),
        Change::Append { name, value } => format!("a second {name}, {value}"),
        Change::Respond { status: Some(status), body: Some(body), .. } if body.len() < 60 && !body.is_empty() => {
            format!("status {status}: {body}")
        }
        Change::Respond { status: Some(status), .. } => format!("status {status}"),
        Change::Reset => "the connection is closed".to_owned(),
        Change::Hang => "no answer".to_owned(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}
