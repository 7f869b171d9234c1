//! What the providers saw of a scenario.

use mock_idp::Entry;
use serde::Serialize;

use super::redaction::Redaction;
use crate::evidence::Evidence;

/// The exchanges of a scenario, its controls aside, without credentials.
#[derive(Debug, Default, Serialize)]
pub(super) struct Journal {
    /// At the provider and its API.
    pub(super) provider: Vec<Entry>,
    /// At the second provider of a client that knows two, and its API.
    pub(super) second_provider: Vec<Entry>,
    /// At the host that the client has no business with.
    pub(super) other_host: Vec<Entry>,
}

impl Journal {
    pub(super) fn of(evidence: &Evidence, redaction: &Redaction) -> Self {
        let at = |issuer| evidence.exchanges_at(issuer).iter().map(|entry| redaction.entry(entry)).collect();
        Self {
            provider: at(&evidence.issuer),
            second_provider: evidence.second.as_ref().map_or_else(Vec::new, |second| at(&second.issuer)),
            other_host: at(&evidence.other_host),
        }
    }
}
