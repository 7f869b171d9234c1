//! Changes of JSON documents, with placeholders.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::date::iso_8601;
use super::{Change, Placeholders, ValueForm};

/// What a change makes of a JSON body, of claims or of a header. `None`: nothing would change.
pub(crate) fn patched(target: &Value, change: &Change, placeholders: &Placeholders) -> Option<Value> {
    match change {
        Change::Merge(patch) => merge(target, patch, placeholders),
        Change::Insert { path, values } => insert(target, path, values, End::First, placeholders),
        Change::InsertLast { path, values } => insert(target, path, values, End::Last, placeholders),
        Change::SetNull(members) => nulled(target, members),
        Change::Remove(members) => {
            altered(target, |object| members.iter().for_each(|name| drop(object.shift_remove(name))))
        }
        Change::Rename(names) => altered(target, |object| rename(object, names)),
        Change::Retype(forms) => altered(target, |object| {
            for (name, form) in forms {
                if let Some(value) = object.get_mut(name)
                    && let Some(written) = form.write(value)
                {
                    *value = written;
                }
            }
        }),
        _ => None,
    }
}

/// What comes of changing an object. `None`: nothing, or there is no object.
fn altered(target: &Value, change: impl FnOnce(&mut Map<String, Value>)) -> Option<Value> {
    let mut result = target.clone();
    change(result.as_object_mut()?);
    (result != *target).then_some(result)
}

/// Members keep their places.
fn rename(object: &mut Map<String, Value>, names: &BTreeMap<String, String>) {
    let members = std::mem::take(object).into_iter();
    *object = members.map(|(name, value)| (names.get(&name).cloned().unwrap_or(name), value)).collect();
}

impl ValueForm {
    /// `None`: it cannot be written so.
    fn write(self, value: &Value) -> Option<Value> {
        match (self, value) {
            (Self::Text, Value::Bool(_) | Value::Number(_)) => Some(value.to_string().into()),
            (Self::Date, value) => Some(iso_8601(value.as_i64()?).into()),
            (Self::List, Value::String(text)) => Some(json!(text.split_whitespace().collect::<Vec<_>>())),
            (Self::Commas, Value::String(text)) => Some(text.replace(' ', ",").into()),
            _ => None,
        }
    }
}

/// Of an array.
#[derive(Clone, Copy)]
enum End {
    First,
    Last,
}

/// Adds values to those that the array at this place has. `None`: there is no array.
fn insert(target: &Value, path: &str, values: &[Value], end: End, placeholders: &Placeholders) -> Option<Value> {
    let mut result = target.clone();
    let array = result.pointer_mut(path)?.as_array_mut()?;
    let at = match end {
        End::First => 0,
        End::Last => array.len(),
    };
    array.splice(at..at, values.iter().map(|value| placeholders.fill_json(value)));
    (result != *target).then_some(result)
}

/// Sets members of an object to null. `None`: they are null already, or there is no object.
fn nulled(target: &Value, members: &[String]) -> Option<Value> {
    let mut result = target.clone();
    let object = result.as_object_mut()?;
    for member in members {
        object.insert(member.clone(), Value::Null);
    }
    (result != *target).then_some(result)
}

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

/// What a change makes of the parameters of an authorization response: an ordered object of strings, in which a name may
/// occur more than once. `None`: nothing would change.
pub(crate) fn patched_parameters(
    parameters: &[(String, String)],
    change: &Change,
    placeholders: &Placeholders,
) -> Option<Vec<(String, String)>> {
    let mut result = parameters.to_vec();
    match change {
        Change::Merge(Value::Object(patch)) => merge_parameters(&mut result, patch, placeholders),
        Change::Append { name, value } => result.push((name.clone(), placeholders.fill(value))),
        Change::Prepend { name, value } => result.insert(0, (name.clone(), placeholders.fill(value))),
        Change::Remove(names) => result.retain(|(name, _)| !names.contains(name)),
        Change::Rename(names) => result.iter_mut().for_each(|(name, _)| {
            if let Some(new) = names.get(name) {
                name.clone_from(new);
            }
        }),
        _ => return None,
    }
    (result != parameters).then_some(result)
}

fn merge_parameters(parameters: &mut Vec<(String, String)>, patch: &Map<String, Value>, placeholders: &Placeholders) {
    for (name, value) in patch {
        let Some(value) = text(&placeholders.fill_json(value)) else {
            parameters.retain(|(candidate, _)| candidate != name);
            continue;
        };
        match parameters.iter_mut().find(|(candidate, _)| candidate == name) {
            Some((_, old)) => *old = value,
            None => parameters.push((name.clone(), value)),
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn inserted(target: &Value, path: &str, values: Value) -> Option<Value> {
        let Value::Array(values) = values else { return None };
        let placeholders = Placeholders { issuer: "https://idp/".into(), ..Placeholders::default() };
        patched(target, &Change::Insert { path: path.into(), values }, &placeholders)
    }

    #[test]
    fn members_are_set_to_null_where_they_stand_or_at_the_end() {
        let change = Change::SetNull(vec!["b".into(), "d".into()]);
        let nulled = patched(&json!({ "a": 1, "b": 2, "c": 3 }), &change, &Placeholders::default());
        assert_eq!(nulled.map(|it| it.to_string()), Some(r#"{"a":1,"b":null,"c":3,"d":null}"#.to_owned()));
        assert_eq!(patched(&json!([]), &change, &Placeholders::default()), None);
    }

    #[test]
    fn members_are_removed_renamed_and_written_in_another_way_if_they_are_there() {
        let changed = |change: Value| {
            let change: Change = serde_json::from_value(change).expect("a change");
            let target = json!({ "a": true, "b": 1_735_689_600, "c": "x y" });
            patched(&target, &change, &Placeholders::default()).map(|it| it.to_string())
        };
        for (change, expected) in [
            (json!({ "remove": ["a", "z"] }), r#"{"b":1735689600,"c":"x y"}"#),
            (json!({ "rename": { "a": "d", "z": "e" } }), r#"{"d":true,"b":1735689600,"c":"x y"}"#),
            (json!({ "retype": { "a": "text", "b": "text" } }), r#"{"a":"true","b":"1735689600","c":"x y"}"#),
            (
                json!({ "retype": { "b": "date", "c": "list" } }),
                r#"{"a":true,"b":"2025-01-01T00:00:00.000Z","c":["x","y"]}"#,
            ),
            (json!({ "retype": { "c": "commas" } }), r#"{"a":true,"b":1735689600,"c":"x,y"}"#),
        ] {
            assert_eq!(changed(change).as_deref(), Some(expected));
        }
        assert_eq!(changed(json!({ "retype": { "a": "date", "c": "text", "z": "list" } })), None);
    }

    #[test]
    fn inserted_values_come_first_and_in_order() {
        let keys = json!({ "keys": [3] });
        assert_eq!(inserted(&keys, "/keys", json!([1, "{issuer}"])), Some(json!({ "keys": [1, "https://idp/", 3] })));
    }

    #[test]
    fn an_inner_array_is_reached_by_its_json_pointer() {
        let document = json!({ "a/b": [{ "c": [] }] });
        assert_eq!(inserted(&document, "/a~1b/0/c", json!([1])), Some(json!({ "a/b": [{ "c": [1] }] })));
    }

    #[test]
    fn nothing_is_inserted_where_there_is_no_array() {
        let document = json!({ "aud": "client" });
        assert_eq!(inserted(&document, "/aud", json!([1])), None);
        assert_eq!(inserted(&document, "/other", json!([1])), None);
    }

    #[test]
    fn the_examples_of_rfc_7396_appendix_a_hold() {
        let cases = [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": "foo"}), json!({"b": {"bb": {"ccc": null}}}), json!({"a": "foo", "b": {"bb": {}}})),
        ];
        for (target, patch, expected) in cases {
            assert_eq!(merge(&target, &patch, &Placeholders::default()), Some(expected), "{target} + {patch}");
        }
    }
}
