//! Common faults by name.

use serde_json::{Value, json};

use super::{Change, Fault, Point, Times};

/// The fault of this name, if there is one.
#[must_use]
pub fn named(name: &str) -> Option<Fault> {
    let (_, at, change) = table().into_iter().find(|(candidate, ..)| *candidate == name)?;
    Some(Fault { name: Some(name.to_owned()), at, grant: None, change, times: Times::Always })
}

/// All names, in the order of the flow.
pub fn names() -> impl Iterator<Item = &'static str> {
    table().into_iter().map(|(name, ..)| name)
}

fn table() -> Vec<(&'static str, Point, Change)> {
    vec![
        ("discovery/wrong-issuer", Point::Discovery, merge(json!({ "issuer": "https://attacker.example/" }))),
    ]
}

fn merge(patch: Value) -> Change {
    Change::Merge(patch)
}
