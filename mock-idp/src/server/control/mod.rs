//! The control API below `/_mock/`: what the library offers, for tests in other languages.
//!
//! Only for programs on the same machine, and not for web pages in a browser on it: writing takes a JSON content type
//! or a method that browsers do not send across origins unasked, and the `Host` has to be the machine itself. Others need a
//! token, which no web page of another origin can send unasked either.

mod description;
mod expectation;
mod explorer;
mod faults;
mod issuers;
mod messages;
mod operation;
mod policy;
mod problem;
mod token;

use std::net::SocketAddr;

use subtle::ConstantTimeEq as _;

use self::operation::{Call, Operation, Reply};
use self::problem::Problem;
use super::body::Body;
use super::render;
use super::render::Content;
use super::shared::Shared;
use crate::terms::suggestion;
use crate::{Issuer, Request};

/// `path`: what follows `/_mock/`.
pub(super) async fn answer(
    shared: &Shared,
    issuer: &Issuer,
    peer: SocketAddr,
    path: &str,
    request: &Request,
    body: &Body,
) -> http::Response<Content> {
    match answered((shared, issuer), peer, path, request, body).await {
        Ok(Reply::Json(status, answer)) => render::http(render::json(status, Vec::new(), answer.to_string())),
        Ok(Reply::Events(stream)) => render::events(stream),
        Ok(Reply::File(file)) => render::http(render::explorer(&file)),
        Err(problem) => render::http(problem.response()),
    }
}

async fn answered(
    (shared, issuer): (&Shared, &Issuer),
    peer: SocketAddr,
    path: &str,
    request: &Request,
    body: &Body,
) -> Result<Reply, Problem> {
    if !is_local(shared, peer, request) && !has_token(shared, request) {
        let detail = match shared.control_token {
            None => "the control API is only for programs on the same machine",
            Some(_) => {
                "from another machine, or under another name, the control API needs the control token: \
                 Authorization: Bearer TOKEN; it was printed at the start, or is in the file of --control-token-file"
            }
        };
        return Err(Problem::new(403, detail));
    }
    let is_json = request.header("content-type").is_some_and(|value| value.starts_with("application/json"));
    if request.method == "POST" && !is_json {
        return Err(Problem::new(415, "send a JSON body with the content type application/json"));
    }
    let body = match body {
        Body::Whole(body) => body,
        Body::Beyond(limit) => return Err(Problem::new(limit.status(), limit.to_string())),
    };
    if (request.method.as_str(), path) == ("GET", "openapi.json") {
        return Ok(Reply::Json(200, description::openapi(issuer.base_url())));
    }
    if let Some(answer) = explorer::answered((shared, issuer), path, request, body).await {
        return answer;
    }
    let Some((operation, item)) = Operation::at(&request.method, path) else {
        let known: Vec<_> = Operation::ALL.iter().map(|it| format!("{} {}", it.method, it.path)).collect();
        let near = suggestion(&format!("{} {path}", request.method), &known);
        let detail = format!("the operations are {}; GET openapi.json describes them{near}", known.join(", "));
        return Err(Problem::new(404, detail));
    };
    operation.run(&Call { shared, issuer, request, item, body }).await
}

/// A peer on this machine that also means this machine: DNS rebinding gives another name as `Host` than its own and those
/// that were listed.
fn is_local(shared: &Shared, peer: SocketAddr, request: &Request) -> bool {
    peer.ip().is_loopback() && request.header("host").is_some_and(|host| shared.hosts.include_surely(host))
}

/// Whether a request presents the control token.
fn has_token(shared: &Shared, request: &Request) -> bool {
    let presented = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let (Some(token), Some(presented)) = (&shared.control_token, presented) else { return false };
    token.as_bytes().ct_eq(presented.as_bytes()).into()
}
