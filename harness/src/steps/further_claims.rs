//! Claims that make an ID token large, and a cookie that holds it.

use serde_json::{Map, Value};

use crate::text::s256;

/// So many namespaced claims of some 250 characters each. No cookie becomes smaller by compressing them.
pub(crate) fn further_claims(number: u32) -> Map<String, Value> {
    let noise = |n: u32| (0..6).map(|k| s256(&format!("{n}/{k}"))).collect::<String>();
    (0..number).map(|n| (format!("https://claims.example/further/{n}"), Value::from(noise(n)))).collect()
}
