//! From HTTP to an issuer's endpoint.

use std::net::SocketAddr;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;

use super::Shared;
use super::connection::Reset;
use super::{control, exchange, render};
use crate::journal::{Request, Response};
use crate::message::{decode_body, decode_form};
use crate::{Endpoint, Issuer, page};

/// Longer bodies are refused.
const BODY_LIMIT: usize = 1024 * 1024;
/// What the journal keeps of a body.
const BODY_KEPT: usize = 64 * 1024;

type HttpResponse = http::Response<Full<Bytes>>;

pub(super) async fn answer(
    shared: &Shared,
    peer: SocketAddr,
    request: http::Request<Incoming>,
) -> Result<HttpResponse, Reset> {
    let Some(Destination { issuer, path }) = shared.destination(request.uri().path()) else {
        return Ok(render::http(Response { status: 404, body: "there is no such issuer\n".into(), ..Response::default() }));
    };
    let (request, body) = match read(request).await {
        Ok(read) => read,
        Err(TooLarge) => {
            let body = "the request body is longer than 1 MiB\n".into();
            return Ok(render::http(Response { status: 413, body, ..Response::default() }));
        }
    };
    if let Some(operation) = path.strip_prefix("_mock/") {
        return Ok(render::http(control::answer(&issuer, peer, operation, &request, &body)));
    }
    if path.is_empty() && request.method == "GET" {
        return Ok(render::http(render::page(200, page::home(&issuer.0))));
    }
    exchange::run(&issuer, Endpoint::at(&path), request).await.map(render::http)
}

struct Destination {
    issuer: Issuer,
    /// Below the issuer, without a leading slash.
    path: String,
}

impl Shared {
    fn destination(&self, path: &str) -> Option<Destination> {
        let path = path.strip_prefix('/').unwrap_or(path);
        // RFC 8414 §3.1 puts the issuer's path behind the well-known one.
        for well_known in [".well-known/openid-configuration", ".well-known/oauth-authorization-server"] {
            if let Some(segment) = path.strip_prefix(well_known).and_then(|rest| rest.strip_prefix("/t/")) {
                let issuer = self.others.read().get(segment.trim_end_matches('/'))?.clone();
                return Some(Destination { issuer, path: well_known.to_owned() });
            }
        }
        if let Some(rest) = path.strip_prefix("t/") {
            let (segment, path) = rest.split_once('/').unwrap_or((rest, ""));
            let issuer = self.others.read().get(segment)?.clone();
            return Some(Destination { issuer, path: path.to_owned() });
        }
        Some(Destination { issuer: self.first.clone(), path: path.to_owned() })
    }
}

struct TooLarge;

/// Reads a request, as the journal keeps it, and its whole body.
async fn read(request: http::Request<Incoming>) -> Result<(Request, String), TooLarge> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(|_| TooLarge)?.to_bytes();
    let body = String::from_utf8_lossy(&body).into_owned();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let content_type = head.headers.get(CONTENT_TYPE).map(text).unwrap_or_default();
    let raw_query = head.uri.query().unwrap_or_default().to_owned();
    let query = decode_form(&raw_query);
    let params = match head.method.as_str() {
        "GET" | "HEAD" => query.clone(),
        _ => decode_body(&content_type, &body).unwrap_or_default(),
    };
    let mut kept = body.clone();
    kept.truncate(kept.floor_char_boundary(BODY_KEPT));
    let request = Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query,
        raw_query,
        headers: head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: kept,
        params,
    };
    Ok((request, body))
}
