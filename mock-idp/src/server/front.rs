//! From HTTP to an issuer's endpoint.

use std::net::SocketAddr;

use http::header::{HOST, ORIGIN};
use http_body_util::Either;
use hyper::body::Incoming;

use super::body::read;
use super::exchange::Reset;
use super::shared::{Destination, Shared};
use super::{control, cors, exchange, render};
use crate::journal::Response;
use crate::page;

type HttpResponse = http::Response<render::Content>;

pub(super) async fn answer(
    shared: &Shared,
    peer: SocketAddr,
    request: http::Request<Incoming>,
) -> Result<HttpResponse, Reset> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    if !shared.hosts.include(host) {
        let host = host.unwrap_or_default();
        let body =
            format!("this server is {}, and answers to no other name than that and localhost: {host}\n", shared.origin);
        return Ok(render::http(Response { status: 421, body, ..Response::default() }));
    }
    let Some(Destination { issuer, path, endpoint }) = shared.destination(request.uri().path()) else {
        let body = shared.no_issuer();
        return Ok(render::http(Response { status: 404, body, ..Response::default() }));
    };
    if let Some(welcome) = cors::preflight(endpoint, &request) {
        return Ok(welcome.map(Either::Left));
    }
    let crosses_origins = request.headers().contains_key(ORIGIN);
    let (request, body) = read(request).await;
    if let Some(operation) = path.strip_prefix("_mock/") {
        return Ok(control::answer(shared, &issuer, peer, operation, &request, &body).await);
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
