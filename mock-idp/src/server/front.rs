//! From HTTP to an issuer's endpoint.

use std::net::SocketAddr;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ORIGIN};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;

use super::Shared;
use super::connection::Reset;
use super::{control, cors, exchange, render};
use crate::journal::{Request, Response};
use crate::message::{decode_body, decode_form};
use crate::{Endpoint, Issuer, page};

/// Longer bodies are refused.
const BODY_LIMIT: usize = 1024 * 1024;
/// After so much, the connection is closed.
const BODY_READ: usize = 8 * 1024 * 1024;
/// What the journal keeps of a body.
const BODY_KEPT: usize = 64 * 1024;

type HttpResponse = http::Response<Full<Bytes>>;

pub(super) async fn answer(
    shared: &Shared,
    peer: SocketAddr,
    request: http::Request<Incoming>,
) -> Result<HttpResponse, Reset> {
    let Some(Destination { issuer, path, endpoint }) = shared.destination(request.uri().path()) else {
        let body = "there is no such issuer\n".into();
        return Ok(render::http(Response { status: 404, body, ..Response::default() }));
    };
    if let Some(welcome) = cors::preflight(endpoint, &request) {
        return Ok(welcome);
    }
    let crosses_origins = request.headers().contains_key(ORIGIN);
    let (request, body) = read(request).await;
    if let Some(operation) = path.strip_prefix("_mock/") {
        return Ok(render::http(control::answer(&issuer, peer, operation, &request, &body)));
    }
    if path.is_empty() && request.method == "GET" {
        return Ok(render::http(render::page(200, page::home(&issuer.0))));
    }
    let mut response = exchange::run(&issuer, endpoint, request, &body).await.map(render::http)?;
    if crosses_origins {
        cors::admit(endpoint, response.headers_mut());
    }
    Ok(response)
}

struct Destination {
    issuer: Issuer,
    /// Below the issuer, without a leading slash.
    path: String,
    /// What is there.
    endpoint: Endpoint,
}

impl Shared {
    fn destination(&self, path: &str) -> Option<Destination> {
        let path = path.strip_prefix('/').unwrap_or(path);
        // RFC 8414 §3.1 puts the issuer's path behind the well-known one, OpenID Connect Discovery §4.1 before it.
        for well_known in [".well-known/openid-configuration", ".well-known/oauth-authorization-server"] {
            if let Some(rest) = path.strip_prefix(well_known).and_then(|rest| rest.strip_prefix('/'))
                && !rest.is_empty()
                && let Some((issuer, of_host)) = self.issuer_at(rest.trim_end_matches('/'))
                && issuer.0.paths.below(of_host) == Some("")
            {
                return Some(Destination { issuer, path: well_known.to_owned(), endpoint: Endpoint::Discovery });
            }
        }
        let (issuer, rest) = self.issuer_at(path)?;
        let paths = issuer.0.paths;
        Some(match paths.below(rest) {
            Some(below) => {
                Destination { path: below.to_owned(), endpoint: paths.endpoint_at(below), issuer: issuer.clone() }
            }
            // The host itself: the page and the control API of its only issuer.
            None => Destination { path: rest.to_owned(), endpoint: Endpoint::Other, issuer },
        })
    }

    /// The issuer that a path on the host belongs to, and what of the path is on the issuer's own host.
    fn issuer_at<'a>(&self, path: &'a str) -> Option<(Issuer, &'a str)> {
        let Some(rest) = path.strip_prefix("t/") else { return Some((self.first.clone(), path)) };
        let (segment, rest) = rest.split_once('/').unwrap_or((rest, ""));
        Some((self.others.read().get(segment)?.clone(), rest))
    }
}

/// A request body.
pub(super) enum Body {
    /// All of it.
    Whole(String),
    /// More than the server reads.
    TooLong,
}

/// Reads a request, as the journal keeps it, and its body.
async fn read(request: http::Request<Incoming>) -> (Request, Body) {
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
