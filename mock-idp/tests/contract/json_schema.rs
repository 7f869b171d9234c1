//! A JSON Schema that documents are checked against, for the tests of both crates.

use std::fmt::Display;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

/// A schema that stands alone: nothing is fetched for it.
pub(crate) struct JsonSchema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl JsonSchema {
    /// Compiles a schema, and panics where it is none.
    pub(crate) fn of(schema: Value) -> Self {
        const PLACE: &str = "https://schema.test/";
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource(PLACE, schema).unwrap_or_else(|error| panic!("it is no JSON Schema: {error:#}"));
        let index = compiler.compile(PLACE, &mut schemas);
        let index = index.unwrap_or_else(|error| panic!("it is no JSON Schema: {error:#}"));
        Self { schemas, index }
    }

    /// Says where and why a document is not as the schema has it.
    pub(crate) fn check<'a>(&'a self, document: &'a Value) -> Result<(), Box<impl Display + use<'a>>> {
        self.schemas.validate(document, self.index).map_err(Box::new)
    }
}
