//! What a client was seen to do in honest runs: it decides which scenarios say anything about the client.
//!
//! Faulty runs are no source: a client sends other messages, or none, because of the fault.

use std::collections::BTreeSet;

use mock_idp::Entry;

use super::message::is;
use crate::plan::Message;

/// What a client sends without a fault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learnt {
    messages: Vec<Message>,
    parameters: BTreeSet<String>,
}

impl Learnt {
    /// Looks through the exchanges of honest runs.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut learnt = Self::default();
        for entry in entries {
            let sent = Message::ALL.into_iter().filter(|message| is(*message, entry) || looks_for(*message, entry));
            let new: Vec<_> = sent.filter(|message| !learnt.messages.contains(message)).collect();
            learnt.messages.extend(new);
            if is(Message::AuthorizationRequest, entry) {
                learnt.parameters.extend(entry.request.params.iter().map(|(name, _)| name.clone()));
            }
        }
        learnt
    }

    /// With further parameters of authorization requests.
    #[must_use]
    pub fn asking_with(mut self, parameters: impl IntoIterator<Item = String>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// Whether the client was heard of at all: one that was not has not shown what it does without.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Whether it was seen to send such a message.
    #[must_use]
    pub fn sends(&self, message: Message) -> bool {
        self.messages.contains(&message)
    }

    /// Whether it was seen to send this parameter in an authorization request.
    #[must_use]
    pub fn asks_with(&self, parameter: &str) -> bool {
        self.parameters.contains(parameter)
    }
}

/// Metadata that are looked for in the wrong place are looked for.
fn looks_for(message: Message, entry: &Entry) -> bool {
    message == Message::DiscoveryRequest
        && entry.request.path.contains("/.well-known/")
        && !is(Message::JwksRequest, entry)
}
