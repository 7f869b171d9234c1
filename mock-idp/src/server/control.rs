//! The control API below `/_mock/`: what the library offers, for tests in other languages.
//!
//! Only for programs on the same machine, and not for web pages in a browser on it: writing takes a JSON content type
//! or a method that browsers do not send across origins unasked, and the `Host` has to be the machine itself.

use std::net::SocketAddr;

use serde::Deserialize;
use serde_json::{Value, json};

use super::body::Body;
use super::{host, render};
use crate::fault::Placeholders;
use crate::journal::Response;
use crate::{Entry, Fault, Handshake, Issuer, Policy, Request, fault};

/// All operations, for the answer to an unknown one.
const OPERATIONS: &str = "GET journal, GET handshakes, POST fault, GET or DELETE faults, POST clock, GET or POST policy, \
     POST rotate-keys, DELETE sessions";

pub(super) fn answer(issuer: &Issuer, peer: SocketAddr, operation: &str, request: &Request, body: &Body) -> Response {
    if !is_local(peer, request) {
        return problem(403, "the control API is only for programs on the same machine");
    }
    let is_json = request.header("content-type").is_some_and(|value| value.starts_with("application/json"));
    if request.method == "POST" && !is_json {
        return problem(415, "send a JSON body with the content type application/json");
    }
    let body = match body {
        Body::Whole(body) => body,
        Body::Beyond(limit) => return problem(limit.status(), &limit.to_string()),
    };
    match (request.method.as_str(), operation) {
        ("GET", "journal") => {
            let entries = issuer.journal().since(since(request));
            let entries: Vec<&Entry> = entries.iter().map(|entry| &**entry).collect();
            done(&json!({ "entries": entries, "next_seq": issuer.journal().next_seq() }))
        }
        ("GET", "handshakes") => {
            let handshakes = issuer.journal().handshakes_since(since(request));
            let handshakes: Vec<&Handshake> = handshakes.iter().map(|handshake| &**handshake).collect();
            done(&json!({ "handshakes": handshakes, "next_seq": issuer.journal().next_handshake_seq() }))
        }
        ("POST", "fault") => arm(issuer, body),
        ("GET", "faults") => done(&armed(issuer)),
        ("DELETE", "faults") => {
            issuer.disarm_all();
            done(&json!({}))
        }
        ("POST", "clock") => match parse::<ClockChange>(body) {
            Ok(change) => {
                issuer.clock().advance(change.advance);
                done(&json!({ "now": issuer.clock().now(), "offset": issuer.clock().offset() }))
            }
            Err(error) => problem(400, &error),
        },
        ("GET", "policy") => done(&json!(issuer.policy())),
        ("POST", "policy") => change_policy(issuer, body),
        ("DELETE", "sessions") => {
            issuer.end_sessions();
            done(&json!({}))
        }
        ("POST", "rotate-keys") => {
            issuer.rotate_keys();
            done(&json!({ "kid": issuer.0.keys.current().kid() }))
        }
        _ => problem(404, &format!("the operations are {OPERATIONS}")),
    }
}

/// The number of the first entry or handshake that is asked for.
fn since(request: &Request) -> u64 {
    request.param("since").and_then(|since| since.parse().ok()).unwrap_or(0)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    /// Seconds.
    advance: i64,
}

/// A fault in JSON, or `{"named": "id-token/wrong-issuer"}`.
fn arm(issuer: &Issuer, body: &str) -> Response {
    let named =
        serde_json::from_str::<Value>(body).ok().and_then(|value| Some(value.get("named")?.as_str()?.to_owned()));
    let fault = match named {
        Some(name) => fault::named(&name).ok_or_else(|| format!("there is no fault named {name}")),
        None => Fault::from_json(body).map_err(|error| error.to_string()),
    };
    match fault {
        Ok(fault) => done(&json!({ "id": issuer.arm(fault) })),
        Err(error) => problem(400, &error),
    }
}

fn armed(issuer: &Issuer) -> Value {
    let armed = issuer.0.faults.list().into_iter();
    let armed: Vec<_> =
        armed.map(|(id, fault)| json!({ "id": id, "fired": issuer.fired(id), "fault": *fault })).collect();
    json!({ "armed": armed, "names": fault::names().collect::<Vec<_>>() })
}

/// Members that are left out keep their values.
fn change_policy(issuer: &Issuer, body: &str) -> Response {
    let changed = parse::<Value>(body).and_then(|patch| {
        let current = json!(issuer.policy());
        let merged = fault::merge(&current, &patch, &Placeholders::default()).unwrap_or(current);
        parse::<Policy>(&merged.to_string())
    });
    match changed {
        Ok(policy) => {
            issuer.set_policy(policy);
            done(&json!(policy))
        }
        Err(error) => problem(400, &error),
    }
}

fn parse<T: for<'de> Deserialize<'de>>(body: &str) -> Result<T, String> {
    let mut deserializer = serde_json::Deserializer::from_str(body);
    serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| format!("at {}: {}", error.path(), error.inner()))
}

/// A peer on this machine that also means this machine: DNS rebinding gives another name as `Host`.
fn is_local(peer: SocketAddr, request: &Request) -> bool {
    peer.ip().is_loopback() && request.header("host").is_some_and(host::is_local)
}

fn done(body: &Value) -> Response {
    render::json(200, Vec::new(), body.to_string())
}

fn problem(status: u16, text: &str) -> Response {
    render::json(status, Vec::new(), json!({ "error": text }).to_string())
}
