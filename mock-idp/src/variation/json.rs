//! JSON that means the same.

use std::io;

use serde::Serialize as _;
use serde_json::ser::Formatter;
use serde_json::{Map, Serializer, Value, json};

use super::seed::Seed;

/// Puts the members of every object in an order of the seed's own. Doing so twice changes nothing more.
pub(super) fn reorder(seed: Seed, value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| reorder(seed, item)),
        Value::Object(members) => {
            let mut ordered: Vec<_> = std::mem::take(members).into_iter().collect();
            ordered.sort_by_cached_key(|(name, _)| seed.draw(&["member", name]));
            ordered.iter_mut().for_each(|(_, member)| reorder(seed, member));
            *members = Map::from_iter(ordered);
        }
        _ => {}
    }
}

/// Adds members that nobody knows.
pub(super) fn add_unknown(seed: Seed, to: &str, value: &mut Value) {
    let Value::Object(members) = value else { return };
    for name in seed.unknown_names(to) {
        let word = seed.word(&["value", to, &name], 1..=40);
        let values = [
            json!(word),
            json!(seed.draw(&["number", to, &name]) >> 32),
            json!([word, 1]),
            json!({ "kind": word, "list": [] }),
            json!(true),
            json!(null),
        ];
        let value = &values[seed.between(&["kind", to, &name], 0..=values.len() - 1)];
        members.insert(name, value.clone());
    }
}

/// With the white space and the escapes of the seed's choice.
pub(super) fn text(seed: Seed, value: &Value) -> String {
    let spelling = Spelling {
        space: seed.one_of(&["space"], &["", " ", "\n", "\n\t", "\r\n  "]),
        slash: seed.one_of(&["slash"], &["/", "\\/"]),
    };
    let mut text = Vec::new();
    let written = value.serialize(&mut Serializer::with_formatter(&mut text, spelling));
    // Writing into memory does not fail, and what is written are texts and ASCII characters.
    match (written, String::from_utf8(text)) {
        (Ok(()), Ok(text)) => text + seed.one_of(&["end"], &["", "\n"]),
        _ => value.to_string(),
    }
}

/// RFC 8259: white space is insignificant around structural characters (§2), and a slash may be escaped (§7).
struct Spelling {
    space: &'static str,
    slash: &'static str,
}

impl Formatter for Spelling {
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
        fn another_spelling_means_the_same(seed: u64, document in document()) {
            let read: Value = serde_json::from_str(&text(Seed::new(seed), &document)).expect("JSON");
            prop_assert_eq!(read, document);
        }

        #[test]
        fn another_order_means_the_same_and_is_final(seed: u64, document in document()) {
            let mut once = document.clone();
            reorder(Seed::new(seed), &mut once);
            prop_assert_eq!(&once, &document);
            let mut twice = once.clone();
            reorder(Seed::new(seed), &mut twice);
            prop_assert_eq!(twice.to_string(), once.to_string());
        }

        #[test]
        fn unknown_members_leave_the_others_alone(seed: u64) {
            let known = json!({ "a": 1, "b": [2] });
            let mut more = known.clone();
            add_unknown(Seed::new(seed), "test", &mut more);
            prop_assert!(more.as_object().is_some_and(|members| members.len() > 2));
            prop_assert_eq!((&more["a"], &more["b"]), (&known["a"], &known["b"]));
        }
    }
}
