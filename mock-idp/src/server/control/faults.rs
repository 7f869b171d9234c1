//! Faults in control requests: named or described.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::problem::{Problem, parse};
use crate::Fault;
use crate::fault::{self, FaultError, Times};
use crate::terms::{suggestion, with_nearest};

/// A fault to arm.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "the description of what is read in two steps, so that mistakes are told with their place"
)]
pub(super) enum NewFault {
    /// One of the named faults.
    Named(NamedFault),
    /// One that is described.
    Described(Fault),
}

/// One of the named faults.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NamedFault {
    /// Its name, `id-token/alg-none`.
    named: String,
    /// How often it changes its message; `always` unless it says otherwise.
    times: Option<Times>,
}

/// The fault that a request describes or names.
pub(super) fn new(fault: &Value) -> Result<Fault, Problem> {
    let text = fault.to_string();
    if fault.get("named").is_none() {
        return Fault::from_json(&text).map_err(|error| {
            let detail = with_nearest(&error.to_string());
            match error {
                FaultError::Json { path, .. } if path != "." => Problem::about(&path, detail),
                _ => Problem::new(400, detail),
            }
        });
    }
    let NamedFault { named, times } = parse(&text)?;
    let unknown = || {
        let near = suggestion(&named, fault::names());
        Problem::about("named", format!("there is no fault named {named}; GET faults lists the names{near}"))
    };
    let known = fault::named(&named).ok_or_else(unknown)?;
    let new = Fault { times: times.unwrap_or(known.times), ..known };
    new.check().map_err(|error| Problem::about("times", error.to_string()))?;
    Ok(new)
}
