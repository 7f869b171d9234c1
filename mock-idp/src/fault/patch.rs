//! JSON merge patches with placeholders.

use serde_json::{Map, Value};

use super::Placeholders;

/// Applies a merge patch (RFC 7396 §2) after filling in its placeholders. `None`: nothing would change.
///
/// Members keep their order; new ones go to the end.
pub(crate) fn merge(target: &Value, patch: &Value, placeholders: &Placeholders) -> Option<Value> {
    let mut result = target.clone();
    merge_into(&mut result, &placeholders.fill_json(patch));
    (result != *target).then_some(result)
}

fn merge_into(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.shift_remove(name);
        } else {
            merge_into(members.entry(name).or_insert(Value::Null), value);
        }
    }
}

/// The same for the parameters of an authorization response: an ordered object of strings.
pub(crate) fn merge_parameters(
    parameters: &[(String, String)],
    patch: &Value,
    placeholders: &Placeholders,
) -> Option<Vec<(String, String)>> {
    let Value::Object(patch) = patch else { return None };
    let mut result = parameters.to_vec();
    for (name, value) in patch {
        let Some(value) = text(&placeholders.fill_json(value)) else {
            result.retain(|(candidate, _)| candidate != name);
            continue;
        };
        match result.iter_mut().find(|(candidate, _)| candidate == name) {
            Some((_, old)) => *old = value,
            None => result.push((name.clone(), value)),
        }
    }
    (result != parameters).then_some(result)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
