//! The JSON Schemas of the protocol, as published in `docs/`.

use schemars::{JsonSchema, Schema, schema_for};

use super::protocol::{Begun, Called, Done, Hello, Inspected, Reply, Request};

/// Replies, by the `op` that they reply to.
#[derive(JsonSchema)]
#[schemars(title = "Replies")]
#[expect(
    dead_code,
    reason = "the schema is made of its fields; a reply by itself is read by the request that it answers"
)]
struct Replies {
    hello: Reply<Hello>,
    configure: Reply<Done>,
    begin: Reply<Begun>,
    callback: Reply<Done>,
    inspect: Reply<Inspected>,
    call: Reply<Called>,
    refresh: Reply<Done>,
    logout: Reply<Done>,
    advance: Reply<Done>,
    reset: Reply<Done>,
    stop: Reply<Done>,
    no_such_operation: Reply<Done>,
}

/// The JSON Schema of a request: one line to the client.
#[must_use]
pub fn of_requests() -> String {
    text(&schema_for!(Request))
}

/// The JSON Schema of replies: under `properties` there is one for each `op`.
#[must_use]
pub fn of_replies() -> String {
    text(&schema_for!(Replies))
}

fn text(schema: &Schema) -> String {
    let mut text = serde_json::to_string_pretty(schema).expect("a schema is JSON");
    text.push('\n');
    text
}
