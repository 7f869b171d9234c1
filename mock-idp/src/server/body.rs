//! Requests and their bodies, as they are read.

use http::header::CONTENT_TYPE;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use crate::form::{decode_body, decode_form};
use crate::journal::Request;

/// Longer bodies are refused.
const BODY_LIMIT: usize = 1024 * 1024;

/// After so much, the connection is closed.
const BODY_READ: usize = 8 * 1024 * 1024;

/// What the journal keeps of a body.
const BODY_KEPT: usize = 64 * 1024;

/// A request body.
pub(super) enum Body {
    /// All of it.
    Whole(String),
    /// More than the server reads.
    TooLong,
}

/// Reads a request, as the journal keeps it, and its body.
pub(super) async fn read(request: http::Request<Incoming>) -> (Request, Body) {
    let (head, body) = request.into_parts();
    let bytes = read_body(body).await;
    let body = String::from_utf8_lossy(&bytes).into_owned();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let content_type = head.headers.get(CONTENT_TYPE).map(text).unwrap_or_default();
    let raw_query = head.uri.query().unwrap_or_default().to_owned();
    let query = decode_form(&raw_query);
    let params = match head.method.as_str() {
        "GET" | "HEAD" => query.clone(),
        _ if bytes.len() > BODY_LIMIT => Vec::new(),
        _ => decode_body(&content_type, &body).unwrap_or_default(),
    };
    let request = Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query,
        raw_query,
        headers: head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: beginning(&body).to_owned(),
        params,
    };
    (request, if bytes.len() > BODY_LIMIT { Body::TooLong } else { Body::Whole(body) })
}

/// The body, or a little more than the limit of it. Some of what follows is read and thrown away, because a client that
/// is still sending does not read the answer.
async fn read_body(mut body: Incoming) -> Vec<u8> {
    let (mut kept, mut read) = (Vec::new(), 0);
    while let Some(Ok(frame)) = body.frame().await
        && read <= BODY_READ
    {
        let Some(data) = frame.data_ref() else { continue };
        read += data.len();
        if kept.len() <= BODY_LIMIT {
            kept.extend_from_slice(data);
        }
    }
    kept
}

/// What the journal keeps of a body: whole characters.
fn beginning(body: &str) -> &str {
    let end = (0..=BODY_KEPT.min(body.len())).rev().find(|&index| body.is_char_boundary(index));
    &body[..end.unwrap_or_default()]
}
