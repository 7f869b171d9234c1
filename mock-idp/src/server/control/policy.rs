//! A policy that is changed in part.

use serde_json::{Value, json};

use super::problem::{Problem, parse};
use crate::fault::{self, Placeholders};
use crate::terms::with_nearest;
use crate::{Dialect, Policy};

/// Members that the patch leaves out keep their values.
pub(super) fn changed(policy: Policy, patch: &Value) -> Result<Policy, Problem> {
    // A dialect brings a policy along, of which the other members of the patch may be exceptions.
    let current = match patch.get("dialect") {
        Some(dialect) => {
            let dialect: Dialect = serde_json::from_value(dialect.clone())
                .map_err(|error| Problem::about("dialect", with_nearest(&format!("at dialect: {error}"))))?;
            json!(policy.speaking(dialect))
        }
        None => json!(policy),
    };
    let merged = fault::merge(&current, patch, &Placeholders::default()).unwrap_or(current);
    parse(&merged.to_string())
}
