//! What requests have in common.

use std::collections::BTreeMap;
use std::fmt;

use super::credential::Place;
use super::entry::Entry;
use crate::Endpoint;

/// What requests have in common: every part that is set has to be so.
///
/// ```
/// use mock_idp::{Endpoint, RequestPattern};
///
/// let refreshes = RequestPattern::to(Endpoint::Token).param("grant_type", "refresh_token").status(200);
/// assert_eq!(refreshes.to_string(), "token requests with grant_type=refresh_token and the answer 200");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestPattern {
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) params: BTreeMap<String, String>,
    pub(crate) status: Option<u16>,
    pub(crate) since: u64,
}

impl RequestPattern {
    /// All requests.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// Requests to an endpoint.
    #[must_use]
    pub fn to(endpoint: Endpoint) -> Self {
        Self { endpoint: Some(endpoint), ..Self::default() }
    }

    /// The first parameter of this name has this value.
    #[must_use]
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.params.insert(name.into(), value.into());
        self
    }

    /// They are answered with this status.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    /// Their number in the journal is this one or a later one.
    #[must_use]
    pub fn since(self, seq: u64) -> Self {
        Self { since: seq, ..self }
    }

    /// Whether a request is one of them.
    #[must_use]
    pub fn matches(&self, entry: &Entry) -> bool {
        let has = |(name, value): (&String, &String)| entry.request.param(name) == Some(value);
        entry.seq >= self.since
            && self.endpoint.is_none_or(|endpoint| entry.endpoint == endpoint)
            && self.params.iter().all(has)
            && self.status.is_none_or(|status| entry.status() == Some(status))
    }
}

impl fmt::Display for RequestPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.endpoint {
            Some(endpoint) => write!(f, "{endpoint} requests")?,
            None => f.write_str("requests")?,
        }
        let params = self.params.iter().map(|(name, value)| format!("{name}={value}"));
        let parts: Vec<_> = params.chain(self.status.map(|status| format!("the answer {status}"))).collect();
        if parts.is_empty() { Ok(()) } else { write!(f, " with {}", parts.join(" and ")) }
    }
}

/// What a person has to know of an exchange, in one line and without secrets.
pub(crate) fn line(entry: &Entry) -> String {
    let request = &entry.request;
    let grant = request.param("grant_type").map(|grant| format!(" grant_type={grant}")).unwrap_or_default();
    let answer = entry.status().map_or("no answer".to_owned(), |status| status.to_string());
    let path = match entry.presented.iter().any(|it| it.place == Place::Path) {
        true => "(a path with a secret in it)",
        false => &request.path,
    };
    let notes: Vec<_> = entry.notes.iter().filter_map(|note| serde_json::to_value(note).ok()).collect();
    let notes: Vec<_> = notes.iter().filter_map(|note| note.as_str()).collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
    format!("#{} {} {path}{grant} → {answer}{notes}", entry.seq, request.method)
}
