//! Error responses.

use serde_json::json;

use super::{Answer, Outcome};
use crate::Note;

/// An error in JSON (RFC 6749 §5.2), with the status codes of Auth0.
#[derive(Clone, Debug)]
pub(crate) struct OAuthError {
    status: u16,
    error: &'static str,
    description: String,
    challenge: Option<String>,
    notes: Vec<Note>,
}

impl OAuthError {
    pub(crate) fn new(status: u16, error: &'static str, description: impl Into<String>) -> Self {
        Self { status, error, description: description.into(), challenge: None, notes: Vec::new() }
    }

    pub(crate) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(400, "invalid_request", description)
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        Self::invalid_request(format!("Missing required parameter: {parameter}"))
    }

    pub(crate) fn repeated(parameter: &str) -> Self {
        Self::invalid_request(format!("Parameter occurs more than once: {parameter}")).noting(Note::ParameterRepeated)
    }

    /// Auth0 answers 403 where RFC 6749 §5.2 has 400.
    pub(crate) fn invalid_grant(description: impl Into<String>, note: Note) -> Self {
        Self::new(403, "invalid_grant", description).noting(note)
    }

    pub(crate) fn noting(mut self, note: Note) -> Self {
        self.notes.push(note);
        self
    }

    /// Adds a `WWW-Authenticate` header.
    pub(crate) fn challenging(mut self, challenge: impl Into<String>) -> Self {
        self.challenge = Some(challenge.into());
        self
    }
}

/// An `error_description` in the characters that RFC 6749 §4.1.2.1 and §5.2 allow: visible ASCII and spaces, without
/// `"` and `\\`. Others become `?`.
pub(crate) fn describable(text: &str) -> String {
    let allowed = |character| matches!(character, ' '..='!' | '#'..='[' | ']'..='~');
    text.chars().map(|character| if allowed(character) { character } else { '?' }).collect()
}

impl From<OAuthError> for Outcome {
    fn from(error: OAuthError) -> Self {
        let mut headers = vec![("cache-control", "no-store".to_owned())];
        headers.extend(error.challenge.map(|challenge| ("www-authenticate", challenge)));
        let body = json!({ "error": error.error, "error_description": describable(&error.description) });
        Self { notes: error.notes, ..Self::new(Answer::Json { status: error.status, headers, body }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_keep_to_the_characters_that_rfc_6749_allows() {
        assert_eq!(describable("Unsupported: 'a b' \"c\\d\" ä\n~"), "Unsupported: 'a b' ?c?d? ??~");
    }
}
