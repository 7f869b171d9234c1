//! The endpoints: plain functions from a request and the issuer's state to an [`Outcome`].
//!
//! None of them knows of faults, journal or limits: those are layers around them.

mod api;
mod authorize;
mod bearer;
mod client;
mod cookie;
mod device;
mod discovery;
mod exchange;
mod hint;
mod introspect;
mod logout;
mod minting;
mod revoke;
mod scope;
mod sign_in;
mod token;
mod userinfo;

pub use self::sign_in::SIGN_IN_HEADER;
use serde_json::json;

use crate::issuer::State;
use crate::message::{Answer, OAuthError, Outcome};
use crate::{Endpoint, Presence, Request};

/// Answers a request.
pub(crate) fn respond(issuer: &State, endpoint: Endpoint, request: &Request) -> Outcome {
    let allowed = methods(endpoint);
    let method = if request.method == "HEAD" { "GET" } else { &request.method };
    if !allowed.is_empty() && !allowed.contains(&method) {
        return method_not_allowed(allowed);
    }
    let policy = issuer.policy();
    let refused = |error: OAuthError| error.outcome(&policy, issuer.dialect(), endpoint);
    let not_found = || refused(OAuthError::new(404, "not_found", "There is no such endpoint"));
    match endpoint {
        Endpoint::Authorize => authorize::respond(issuer, request),
        Endpoint::Token => token::respond(issuer, request).unwrap_or_else(refused),
        Endpoint::Userinfo => userinfo::respond(issuer, request).unwrap_or_else(refused),
        Endpoint::Discovery | Endpoint::Jwks if policy.openid_connect == Presence::Absent => not_found(),
        Endpoint::Discovery => discovery::metadata(issuer),
        Endpoint::Jwks => discovery::jwks(issuer),
        Endpoint::Certificate => discovery::certificate(issuer).unwrap_or_else(refused),
        Endpoint::Revoke => revoke::respond(issuer, request).unwrap_or_else(refused),
        Endpoint::Introspect if issuer.introspects() => introspect::respond(issuer, request).unwrap_or_else(refused),
        Endpoint::DeviceAuthorization if issuer.has_devices() => {
            device::authorize(issuer, request).unwrap_or_else(refused)
        }
        Endpoint::DeviceVerification if issuer.has_devices() => device::verify(issuer, request),
        Endpoint::Logout => logout::auth0(issuer, request),
        Endpoint::EndSession => logout::end_session(issuer, request),
        Endpoint::Api => api::respond(issuer, request).unwrap_or_else(refused),
        Endpoint::ResourceMetadata => discovery::of_resource(issuer, request),
        Endpoint::Introspect | Endpoint::DeviceAuthorization | Endpoint::DeviceVerification | Endpoint::Other => {
            not_found()
        }
    }
}

/// The methods of an endpoint; none: all.
fn methods(endpoint: Endpoint) -> &'static [&'static str] {
    match endpoint {
        Endpoint::Authorize | Endpoint::Userinfo | Endpoint::EndSession | Endpoint::DeviceVerification => {
            &["GET", "POST"]
        }
        Endpoint::Token | Endpoint::Revoke | Endpoint::Introspect | Endpoint::DeviceAuthorization => &["POST"],
        Endpoint::Discovery
        | Endpoint::ResourceMetadata
        | Endpoint::Jwks
        | Endpoint::Certificate
        | Endpoint::Logout => &["GET"],
        Endpoint::Api | Endpoint::Other => &[],
    }
}

fn method_not_allowed(allowed: &[&str]) -> Outcome {
    let body = json!({ "error": "method_not_allowed", "error_description": "Method not allowed" });
    Outcome::new(Answer::Json { status: 405, headers: vec![("allow", allowed.join(", "))], body })
}
