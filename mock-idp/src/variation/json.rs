//! JSON that means the same.

use std::io;

use serde::Serialize as _;
use serde_json::ser::Formatter;
use serde_json::{Map, Serializer, Value, json};

use super::seed::Seed;

/// Puts the members of every object in the reverse of the alphabetical order. Doing so twice changes nothing more.
pub(super) fn reorder(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(reorder),
        Value::Object(members) => {
            let mut ordered: Vec<_> = std::mem::take(members).into_iter().collect();
            ordered.sort_by(|(one, _), (another, _)| another.cmp(one));
            ordered.iter_mut().for_each(|(_, member)| reorder(member));
            *members = Map::from_iter(ordered);
        }
        _ => {}
    }
}

/// Adds one or two unknown members, with values of this kind.
pub(super) fn add_unknown(seed: Seed, to: &str, kind: &str, value: &mut Value) {
    let Value::Object(members) = value else { return };
    for name in seed.unknown_names(&format!("{to} {kind}")) {
        let word = || seed.word(&["value", to, &name], 1..=40);
        let value = match kind {
            "null" => Value::Null,
            // More than 32 bits.
            "number" => json!((seed.draw(&["number", to, &name]) >> 24) + (1 << 34)),
            "object" => json!({ "kind": word(), "list": [] }),
            "array" => json!([word(), 1]),
            _ => json!(word()),
        };
        members.insert(name, value);
    }
}

/// With this white space wherever there may be some, and with slashes spelled so.
pub(super) fn text(value: &Value, space: &str, slash: &str) -> String {
    let spelling = Spelling { space, slash };
    let mut text = Vec::new();
    let written = value.serialize(&mut Serializer::with_formatter(&mut text, spelling));
    // Writing into memory does not fail, and what is written are texts and ASCII characters.
    match (written, String::from_utf8(text)) {
        (Ok(()), Ok(text)) => text + space,
        _ => value.to_string(),
    }
}

/// RFC 8259: white space is insignificant around structural characters (§2), and a slash may be escaped (§7).
struct Spelling<'a> {
    space: &'a str,
    slash: &'a str,
}

impl Formatter for Spelling<'_> {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b"," })?;
        writer.write_all(self.space.as_bytes())
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.begin_array_value(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b":")?;
        writer.write_all(self.space.as_bytes())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        writer.write_all(fragment.replace('/', self.slash).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn document() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((".*", inner), 0..5).prop_map(|members| Value::Object(Map::from_iter(members)))
            ]
        })
    }

    proptest! {
        #[test]
        fn another_spelling_means_the_same(space in "[ \\t\\r\\n]{0,3}", escaped: bool, document in document()) {
            let slash = if escaped { "\\/" } else { "/" };
            let read: Value = serde_json::from_str(&text(&document, &space, slash)).expect("JSON");
            prop_assert_eq!(read, document);
        }

        #[test]
        fn another_order_means_the_same_and_is_final(document in document()) {
            let mut once = document.clone();
            reorder(&mut once);
            prop_assert_eq!(&once, &document);
            let mut twice = once.clone();
            reorder(&mut twice);
            prop_assert_eq!(twice.to_string(), once.to_string());
        }

        #[test]
        fn unknown_members_leave_the_others_alone(seed: u64) {
            let known = json!({ "a": 1, "b": [2] });
            let mut more = known.clone();
            for kind in ["text", "null", "number", "object", "array"] {
                add_unknown(Seed::new(seed), "test", kind, &mut more);
            }
            prop_assert!(more.as_object().is_some_and(|members| members.len() >= 7));
            prop_assert_eq!((&more["a"], &more["b"]), (&known["a"], &known["b"]));
        }
    }
}
