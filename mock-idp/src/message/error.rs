//! Error responses.

use serde_json::{Value, json};

use super::{Answer, Outcome};
use crate::dialect::Definition;
use crate::{ClientChallenge, Endpoint, Note, Policy};

/// An error in JSON (RFC 6749 §5.2).
#[derive(Clone, Debug)]
pub(crate) struct OAuthError {
    status: u16,
    /// Empty: there is nothing to tell, and no body.
    error: &'static str,
    description: String,
    challenge: Option<String>,
    notes: Vec<Note>,
}

impl OAuthError {
    pub(crate) fn new(status: u16, error: &'static str, description: impl Into<String>) -> Self {
        Self { status, error, description: description.into(), challenge: None, notes: Vec::new() }
    }

    /// A status, and nothing about what is wrong.
    pub(crate) fn without_information(status: u16) -> Self {
        Self::new(status, "", "")
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

    pub(crate) fn invalid_grant(description: impl Into<String>, note: Note) -> Self {
        Self::new(400, "invalid_grant", description).noting(note)
    }

    pub(crate) fn noting(mut self, note: Note) -> Self {
        self.notes.push(note);
        self
    }

    /// The client is not who it says (RFC 6749 §5.2).
    pub(crate) fn invalid_client(note: Note) -> Self {
        Self::new(401, "invalid_client", "Client authentication failed").noting(note)
    }

    /// The error as a dialect words it. The API is no part of the provider, and has its own words.
    pub(crate) fn outcome(mut self, policy: &Policy, dialect: &Definition, endpoint: Endpoint) -> Outcome {
        // RFC 9110 §15.5.2: an answer with status 401 has a challenge, whatever the client has tried.
        let always = policy.client_challenge == ClientChallenge::Always;
        if always && self.error == "invalid_client" && self.challenge.is_none() {
            self = self.challenging("Basic realm=\"mock-idp\"");
        }
        if endpoint == Endpoint::Api || self.error.is_empty() {
            return self.into();
        }
        let form = dialect.errors.form(self.error, &self.notes);
        let error = form.error.clone().unwrap_or_else(|| self.error.to_owned());
        let description = describable(form.description.as_deref().unwrap_or(&self.description));
        self.status = form.status.unwrap_or(self.status);
        self.challenge = form.challenge.clone().or(self.challenge);
        let usual = || json!({ "error": error, "error_description": description });
        let body = form.body(&error, &description).unwrap_or_else(usual);
        self.answered(body.is_object().then_some(body))
    }

    /// With this body, if there is one.
    fn answered(self, body: Option<Value>) -> Outcome {
        let mut headers = vec![("cache-control", "no-store".to_owned())];
        headers.extend(self.challenge.map(|challenge| ("www-authenticate", challenge)));
        let answer = match body {
            Some(body) => Answer::Error { status: self.status, headers, body },
            None => Answer::Empty { status: self.status, headers },
        };
        Outcome { notes: self.notes, ..Outcome::new(answer) }
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
        let body = json!({ "error": error.error, "error_description": describable(&error.description) });
        let has_body = !error.error.is_empty();
        error.answered(has_body.then_some(body))
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
