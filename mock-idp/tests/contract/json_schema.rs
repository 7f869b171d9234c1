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
        let added = compiler.add_resource(PLACE, schema);
        let compiled = added.and_then(|()| compiler.compile(PLACE, &mut schemas));
        Self { index: compiled.unwrap_or_else(|error| panic!("it is no JSON Schema: {error:#}")), schemas }
    }

    /// Says where and why a document is not as the schema has it.
    pub(crate) fn check<'a>(&'a self, document: &'a Value) -> Result<(), impl Display + use<'a>> {
        self.schemas.validate(document, self.index)
    }
}
