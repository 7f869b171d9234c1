//! What the provider remarks on a request, in words.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;
use serde_json::Value;

use crate::Note;

/// A remark with its name and a sentence.
#[derive(Serialize)]
pub(crate) struct Remark {
    name: String,
    text: &'static str,
}

/// The sentences are those of the control API's description.
static SENTENCES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let schema = serde_json::to_value(schemars::schema_for!(Note)).expect("a schema is JSON");
    let variants = schema["oneOf"].as_array().cloned().unwrap_or_default();
    // The page shows plain text: names are not set off.
    let text = |variant: &Value, member: &str| {
        variant[member].as_str().unwrap_or_default().replace('\n', " ").replace('`', "")
    };
    variants.iter().map(|variant| (text(variant, "const"), text(variant, "description"))).collect()
});

impl Remark {
    pub(super) fn of(note: Note) -> Self {
        let name = serde_json::to_value(note).ok().and_then(|name| Some(name.as_str()?.to_owned())).unwrap_or_default();
        let text = SENTENCES.get(&name).map_or("", String::as_str);
        Self { name, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_remark_has_a_sentence_for_people() {
        assert!(SENTENCES.len() > 40);
        for (name, text) in &*SENTENCES {
            assert!(text.len() > 10 && !text.contains(['`', '[']), "{name}: {text}");
        }
        assert_eq!(Remark::of(Note::CodeReused).text, "The code was redeemed before (RFC 6749 §4.1.2).");
    }
}
