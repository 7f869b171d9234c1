//! The stdio driver: a client behind a program that reads requests from its standard input and replies on its standard
//! output, in whatever language (`docs/stdio.md`).

mod client;
mod connection;
#[cfg(test)]
#[path = "../../../../mock-idp/tests/contract/json_schema.rs"]
mod json_schema;
mod launcher;
pub mod protocol;
pub mod schema;

pub use self::launcher::StdioLauncher;
