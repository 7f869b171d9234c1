//! How a dialect words its errors.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::Note;
use crate::fault::Placeholders;

/// The key of what holds for every error that has no entry.
const ANY: &str = "*";

/// How errors are worded, by their codes (RFC 6749 §5.2). `invalid_grant` is one, `invalid_grant:code-expired` the same
/// with a [`Note`], `*` all others.
#[derive(Clone, Debug, Default)]
pub(crate) struct ErrorTable(BTreeMap<String, ErrorForm>);

/// What is other about an error; what is left out is as the endpoint has it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ErrorForm {
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<String>,
    pub(crate) description: Option<String>,
    /// The whole body, with `{error}` and `{error_description}` in it; an empty text is no body.
    pub(crate) body: Option<Value>,
    /// The `WWW-Authenticate` header.
    pub(crate) challenge: Option<String>,
}

impl ErrorForm {
    /// This one, and what it leaves open as in another.
    fn or(self, other: Self) -> Self {
        Self {
            status: self.status.or(other.status),
            error: self.error.or(other.error),
            description: self.description.or(other.description),
            body: self.body.or(other.body),
            challenge: self.challenge.or(other.challenge),
        }
    }

    /// The body that it gives an error, if it gives one.
    pub(crate) fn body(&self, error: &str, description: &str) -> Option<Value> {
        let words = [("error", error), ("error_description", description)];
        let further = words.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let words = Placeholders { further: Arc::new(further.into()), ..Placeholders::default() };
        self.body.as_ref().map(|body| words.fill_json(body))
    }
}

impl ErrorTable {
    /// The wording of an error.
    pub(crate) fn form(&self, error: &str, notes: &[Note]) -> ErrorForm {
        let with_note = notes.iter().map(|note| format!("{error}:{}", name(*note)));
        let keys = with_note.chain([error.to_owned(), ANY.to_owned()]);
        keys.filter_map(|key| self.0.get(&key).cloned()).fold(ErrorForm::default(), ErrorForm::or)
    }

    /// Adds an entry, in place of one for the same.
    pub(super) fn insert(&mut self, error: String, form: ErrorForm) {
        self.0.insert(error, form);
    }
}

fn name(note: Note) -> String {
    match serde_json::to_value(note) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_more_particular_entry_wins_and_leaves_the_rest_to_the_others() {
        let entry = |status, description: &str| ErrorForm {
            status,
            description: Some(description.to_owned()).filter(|text| !text.is_empty()),
            ..ErrorForm::default()
        };
        let mut table = ErrorTable::default();
        table.insert("*".into(), ErrorForm { body: Some(json!({ "e": "{error}" })), ..entry(Some(400), "any") });
        table.insert("invalid_grant".into(), entry(Some(403), "grant"));
        table.insert("invalid_grant:code-expired".into(), entry(None, "expired"));
        let told = |error, notes: &[Note]| {
            let form = table.form(error, notes);
            (form.status, form.description.clone().unwrap_or_default(), form.body(error, ""))
        };
        let body = |error: &str| Some(json!({ "e": error }));
        let expired = told("invalid_grant", &[Note::CodeExpired]);
        assert_eq!(expired, (Some(403), "expired".into(), body("invalid_grant")));
        assert_eq!(told("invalid_grant", &[]).1, "grant");
        assert_eq!(told("invalid_client", &[]), (Some(400), "any".into(), body("invalid_client")));
    }
}
