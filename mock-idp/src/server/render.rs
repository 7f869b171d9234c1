//! From decisions to HTTP.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::{Either, Full};
use serde_json::Value;

use super::events::EventStream;
use crate::explorer::{CONTENT_SECURITY_POLICY, File};
use crate::fault::{Change, Placeholders};
use crate::form::encode_form;
use crate::journal::Response;
use crate::message::{AuthorizationResponse, ResponseMode};
use crate::page::{content_security_policy, form_post};

pub(super) fn json(status: u16, headers: Vec<(&'static str, String)>, text: String) -> Response {
    let response = empty(status, headers);
    with(response, "content-type", "application/json").with_body(text)
}

/// The members of a JSON object as a form.
pub(super) fn form(status: u16, headers: Vec<(&'static str, String)>, body: &Value) -> Response {
    let response = with(empty(status, headers), "content-type", "application/x-www-form-urlencoded; charset=utf-8");
    response.with_body(encode_form(&parameters(body)))
}

/// The members of a JSON object as parameters: a text as it is, anything else in JSON.
pub(super) fn parameters(body: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    body.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
}

pub(super) fn text(media_type: &str, body: String) -> Response {
    let response = Response { status: 200, ..Response::default() };
    with(response, "content-type", media_type).with_body(body)
}

pub(super) fn page(status: u16, markup: String) -> Response {
    let response = Response { status, ..Response::default() };
    let response = with(response, "content-type", "text/html; charset=utf-8");
    let response = with(response, "content-security-policy", &content_security_policy());
    let response = with(response, "cache-control", "no-store");
    with(response, "referrer-policy", "no-referrer").with_body(markup)
}

/// A file of the explorer page.
pub(super) fn explorer(file: &File) -> Response {
    let response = text(file.media_type, file.text.to_owned());
    [
        ("content-security-policy", CONTENT_SECURITY_POLICY),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-cache"),
    ]
    .into_iter()
    .fold(response, |response, (name, value)| with(response, name, value))
}

pub(super) fn authorization(response: &AuthorizationResponse, method: &str) -> Response {
    match response.mode {
        ResponseMode::Query | ResponseMode::Fragment => redirect(&response.location(), method),
        ResponseMode::FormPost => page(200, form_post(response)),
    }
}

/// RFC 9700 §4.12: 303 after POST, so that the browser does not post the form again.
pub(super) fn redirect(location: &str, method: &str) -> Response {
    let status = if method == "POST" { 303 } else { 302 };
    let response = with(Response { status, ..Response::default() }, "location", location);
    with(response, "cache-control", "no-store")
}

pub(super) fn empty(status: u16, headers: Vec<(&'static str, String)>) -> Response {
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Response { status, headers, body: String::new() }
}

/// Applies [`Change::Respond`].
pub(super) fn replaced(response: &Response, change: &Change, placeholders: &Placeholders) -> Option<Response> {
    let Change::Respond { status, headers, body } = change else { return None };
    let mut new = response.clone();
    new.status = status.unwrap_or(new.status);
    new.headers.retain(|(name, _)| !headers.iter().any(|(replaced, _)| replaced.eq_ignore_ascii_case(name)));
    new.headers.extend(headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), placeholders.fill(value))));
    if let Some(body) = body {
        new.body = placeholders.fill(body);
    }
    (new != *response).then_some(new)
}

/// What is sent: all of it at once, or events as they happen.
pub(super) type Content = Either<Full<Bytes>, EventStream>;

pub(super) fn events(stream: EventStream) -> http::Response<Content> {
    let response = with(Response { status: 200, ..Response::default() }, "content-type", "text/event-stream");
    http(with(response, "cache-control", "no-store")).map(|_| Either::Right(stream))
}

/// The response on the wire. Header fields that HTTP does not allow are left out.
pub(super) fn http(response: Response) -> http::Response<Content> {
    let mut http = http::Response::new(Either::Left(Full::new(Bytes::from(response.body))));
    *http.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in response.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            http.headers_mut().append(name, value);
        }
    }
    http
}

fn with(mut response: Response, name: &str, value: &str) -> Response {
    response.headers.push((name.to_owned(), value.to_owned()));
    response
}

impl Response {
    fn with_body(mut self, body: String) -> Self {
        self.body = body;
        self
    }
}
