//! Requests across origins: an app that runs in the browser talks to the provider itself (Fetch §3.3).
//!
//! Every origin may read the answers: they depend on credentials that a script puts into the request, never on cookies.
//! So scripts that have the browser send cookies along, as some libraries do, may read them, too: a browser asks for the
//! name of the origin then, and takes no `*`. What a person visits, and the control API, is for the same origin only.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;

use crate::Endpoint;

/// Whether apps of other origins may talk to this endpoint.
fn is_open(endpoint: Endpoint) -> bool {
    match endpoint {
        Endpoint::Token
        | Endpoint::Userinfo
        | Endpoint::Discovery
        | Endpoint::Jwks
        | Endpoint::Certificate
        | Endpoint::Revoke
        | Endpoint::Introspect
        | Endpoint::DeviceAuthorization
        | Endpoint::ResourceMetadata
        | Endpoint::Api => true,
        Endpoint::Authorize
        | Endpoint::Logout
        | Endpoint::EndSession
        | Endpoint::DeviceVerification
        | Endpoint::Other => false,
    }
}

/// The answer to a browser that asks whether a request would be welcome. It is no request to the endpoint, and nothing
/// that a client does: the journal does not have it.
pub(super) fn preflight<B>(endpoint: Endpoint, request: &Request<B>) -> Option<Response<Full<Bytes>>> {
    let asked = request.headers();
    let origin = asked.get(ORIGIN)?;
    let asks = request.method() == Method::OPTIONS && asked.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if !asks || !is_open(endpoint) {
        return None;
    }
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    allow(origin, headers);
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    // `*` would not stand for `Authorization`.
    if let Some(names) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    Some(response)
}

/// Lets an app of another origin read the answer to its request, whatever it is.
pub(super) fn admit(endpoint: Endpoint, origin: &HeaderValue, response: &mut HeaderMap) {
    if is_open(endpoint) {
        allow(origin, response);
        response.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("WWW-Authenticate"));
    }
}

fn allow(origin: &HeaderValue, response: &mut HeaderMap) {
    response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    response.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    response.append(VARY, HeaderValue::from_static("Origin"));
}
