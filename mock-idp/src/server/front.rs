//! From HTTP to an issuer's endpoint.

use std::net::SocketAddr;

use http::HeaderValue;
use http::header::{CONNECTION, HOST, ORIGIN};
use http_body_util::Either;
use hyper::body::Incoming;

use super::body::read;
use super::exchange::Reset;
use super::shared::{Destination, Shared};
use super::{control, cors, exchange, render};
use crate::issuer::MEANT;
use crate::journal::Response;
use crate::{Endpoint, page};

type HttpResponse = http::Response<render::Content>;

pub(super) async fn answer(
    shared: &Shared,
    peer: SocketAddr,
    request: http::Request<Incoming>,
) -> Result<HttpResponse, Reset> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let (is_included, host) = (shared.hosts.include(host), host.unwrap_or_default().to_owned());
    if !is_included {
        let body = shared.hosts.refusal(&host) + "\n";
        return Ok(render::http(Response { status: 421, body, ..Response::default() }));
    }
    let Some(Destination { issuer, path, endpoint }) = shared.destination(request.uri().path()) else {
        let response = Response { status: 404, body: shared.no_issuer(&host), ..Response::default() };
        shared.put_down_stray(read(request).await.0, &response);
        return Ok(render::http(response));
    };
    let issuer = issuer.called(&host, meant(endpoint, &path).as_deref());
    if let Some(mut welcome) = cors::preflight(endpoint, &request) {
        if exchange::must_close(&issuer) {
            welcome.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        return Ok(welcome.map(Either::Left));
    }
    let origin = request.headers().get(ORIGIN).cloned();
    let (request, body) = read(request).await;
    if let Some(operation) = path.strip_prefix("_mock/") {
        return Ok(control::answer(shared, &issuer, peer, operation, &request, &body).await);
    }
    if path.is_empty() && request.method == "GET" {
        return Ok(render::http(render::page(200, page::home(&issuer.0))));
    }
    let stray = (endpoint == Endpoint::Other && !Shared::is_below_added(&request.path)).then(|| request.clone());
    let response = exchange::run(&issuer, endpoint, request, &body).await?;
    stray.into_iter().for_each(|request| shared.put_down_stray(request, &response));
    let mut response = render::http(response);
    if let Some(origin) = origin {
        cors::admit(endpoint, &origin, response.headers_mut());
    }
    Ok(response)
}

/// The host of the issuer that the client knows, where a browser knows another one.
fn meant(endpoint: Endpoint, path: &str) -> Option<String> {
    let (_, host) = path.split_once(MEANT).filter(|_| endpoint == Endpoint::Authorize)?;
    // Some encode it, although a path needs that no more than an authority does (RFC 3986 §3.3).
    Some(host.replace("%3A", ":").replace("%3a", ":"))
}
