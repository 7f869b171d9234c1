//! The control API's description: `OpenAPI` 3.1, made from the table of operations.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::operation::{Media, Operation};
use super::problem::ProblemDetails;

/// `base_url`: what the issuer's URLs begin with. Ends with a slash.
pub(super) fn openapi(base_url: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    let mut schemas = settings.into_generator();
    let problem = schemas.subschema_for::<ProblemDetails<'_>>();
    let mut paths = Map::new();
    for operation in Operation::ALL {
        let mut described = json!({
            "operationId": operation.id(),
            "summary": operation.summary,
            "parameters": parameters(operation),
            "responses": {
                (operation.status.to_string()): {
                    "description": "done",
                    "content": answer(operation, &json!((operation.answer)(&mut schemas))),
                },
                "default": {
                    "description": "refused",
                    "content": { "application/problem+json": { "schema": problem } },
                },
            },
        });
        if let Some(body) = operation.body {
            let content = json_of(&json!(body(&mut schemas)));
            described["requestBody"] = json!({ "required": true, "content": content });
        }
        let path = paths.entry(format!("/{}", operation.path)).or_insert_with(|| json!({}));
        path[operation.method.to_lowercase()] = described;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "The control API of Quintain's provider",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Changes the provider, and reads what happened. For programs on the same machine.",
        },
        "servers": [{ "url": format!("{base_url}_mock") }],
        "paths": paths,
        "components": { "schemas": schemas.take_definitions(true) },
    })
}

fn json_of(schema: &Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}

fn answer(operation: &Operation, schema: &Value) -> Value {
    match operation.media {
        Media::Json => json_of(schema),
        // OpenAPI 3.1 has no word for the type of an event.
        Media::Events => {
            let about = "the data of each event is an Entry in JSON; its id is for Last-Event-ID";
            json!({ "text/event-stream": { "schema": { "type": "string", "description": about } } })
        }
    }
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let whole = json!({ "type": "integer", "minimum": 0 });
    let query = operation.query.iter().map(
        |(name, about)| json!({ "name": name, "in": "query", "required": false, "description": about, "schema": whole }),
    );
    let item = operation.item().map(|(_, name)| {
        let (about, schema) = match name {
            "id" => ("its number", whole.clone()),
            _ => ("its name", json!({ "type": "string" })),
        };
        json!({ "name": name, "in": "path", "required": true, "description": about, "schema": schema })
    });
    let resumed = (operation.media == Media::Events).then(|| {
        let about = "the id of the last event that was received: events after it are sent";
        json!({ "name": "Last-Event-ID", "in": "header", "required": false, "description": about, "schema": whole })
    });
    query.chain(item).chain(resumed).collect()
}
