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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::super::connection::decode;
    use super::super::json_schema::JsonSchema;
    use super::*;

    /// Whether the parser takes a reply.
    fn is_read<T: DeserializeOwned>(reply: &Value) -> bool {
        let Value::Object(mut reply) = reply.clone() else { return false };
        reply.shift_remove("id").is_some_and(|id| id.is_u64()) && decode::<T>(reply).is_ok()
    }

    #[test]
    fn schema_and_parser_agree_on_every_reply() {
        let schema: Value = serde_json::from_str(&of_replies()).expect("the schema is JSON");
        let parsers: HashMap<&str, fn(&Value) -> bool> = HashMap::from([
            ("hello", is_read::<Hello> as fn(&Value) -> bool),
            ("begin", is_read::<Begun>),
            ("inspect", is_read::<Inspected>),
            ("call", is_read::<Called>),
            ("callback", is_read::<Done>),
        ]);
        for (op, parser) in parsers {
            let of_op = json!({ "$ref": schema["properties"][op]["$ref"], "$defs": schema["$defs"] });
            let validator = JsonSchema::of(of_op);
            let mut valid = 0;
            for reply in REPLIES {
                let reply = serde_json::from_str(reply).expect("the replies are JSON");
                assert_eq!(validator.check(&reply).is_ok(), parser(&reply), "{op}: {reply}");
                valid += usize::from(parser(&reply));
            }
            assert!((6..REPLIES.len() / 2).contains(&valid), "{op}: {valid} of {} replies are valid", REPLIES.len());
        }
    }

    /// Right for one operation, and wrong for others; or wrong for all.
    const REPLIES: &[&str] = &[
        "[]",
        "null",
        "{}",
        r#"{"id":1}"#,
        r#"{"ok":{}}"#,
        r#"{"id":-1,"ok":{}}"#,
        r#"{"id":"1","ok":{}}"#,
        r#"{"id":null,"ok":{}}"#,
        r#"{"id":1,"ok":{}}"#,
        r#"{"id":1,"ok":null}"#,
        r#"{"id":1,"ok":{},"refused":{"by":"shim","detail":""}}"#,
        r#"{"id":1,"ok":{},"note":"hello"}"#,
        r#"{"id":1,"okay":{}}"#,
        r#"{"id":1,"ok":{"url":"/"}}"#,
        r#"{"id":1,"ok":{"url":null}}"#,
        r#"{"id":1,"ok":{"url":"/","uri":"/"}}"#,
        r#"{"id":1,"ok":{"session":null}}"#,
        r#"{"id":1,"ok":{"session":{}}}"#,
        r#"{"id":1,"ok":{"session":{"subject":null,"claims":{}}}}"#,
        r#"{"id":1,"ok":{"session":{"subject":"alice","claims":{"name":["A"]}}}}"#,
        r#"{"id":1,"ok":{"session":{"subject":7}}}"#,
        r#"{"id":1,"ok":{"session":{"claims":null}}}"#,
        r#"{"id":1,"ok":{"session":{"sub":"alice"}}}"#,
        r#"{"id":1,"ok":{"session":"alice"}}"#,
        r#"{"id":1,"ok":{"status":200}}"#,
        r#"{"id":1,"ok":{"status":200,"body":null}}"#,
        r#"{"id":1,"ok":{"status":200,"body":"{}"}}"#,
        r#"{"id":1,"ok":{"status":"200"}}"#,
        r#"{"id":1,"ok":{"status":70000}}"#,
        r#"{"id":1,"ok":{"protocol":1,"name":"shop"}}"#,
        r#"{"id":1,"ok":{"protocol":1,"name":"shop","capabilities":["logout"],"checks":{"state":"shim"}}}"#,
        r#"{"id":1,"ok":{"protocol":1,"name":"shop","capabilities":["log-out"]}}"#,
        r#"{"id":1,"ok":{"protocol":1,"name":"shop","capabilities":["logout","cookies"]}}"#,
        r#"{"id":1,"ok":{"protocol":1,"name":"shop","checks":{"estate":"shim"}}}"#,
        r#"{"id":1,"ok":{"protocol":1,"name":"shop","checks":{"state":"nobody"}}}"#,
        r#"{"id":1,"ok":{"protocol":"1","name":"shop"}}"#,
        r#"{"id":1,"refused":{"by":"library","detail":"no"}}"#,
        r#"{"id":1,"refused":{"by":"library","phase":"id-token","reason":"BadAud","detail":"no"}}"#,
        r#"{"id":1,"refused":{"by":"library","phase":null,"reason":null,"detail":"no"}}"#,
        r#"{"id":1,"refused":{"detail":"no"}}"#,
        r#"{"id":1,"refused":{"by":"library"}}"#,
        r#"{"id":1,"refused":{"by":"library","phase":"login","detail":"no"}}"#,
        r#"{"id":1,"refused":{"by":"library","detail":"no","code":7}}"#,
        r#"{"id":1,"crashed":{"detail":"TypeError"}}"#,
        r#"{"id":1,"crashed":{}}"#,
        r#"{"id":1,"crashed":"TypeError"}"#,
        r#"{"id":1,"unsupported":{"detail":"no such operation"}}"#,
        r#"{"id":1,"failed_to_run":{"detail":"the database is gone"}}"#,
        r#"{"id":1,"failed_to_run":{"detail":"the database is gone","retry":true}}"#,
    ];
}
