//! TLS handshakes: a connection that ends in one never becomes a request.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::Journal;
use super::credential::shared_text;

/// A TLS handshake that a client has begun, whatever came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Handshake {
    /// Running number, from 1, without gaps. Entries are counted apart.
    pub seq: u64,
    /// The label that was current when the client began.
    #[serde(serialize_with = "shared_text")]
    pub chapter: Arc<str>,
    /// When the client began, by the issuer's clock.
    pub time: i64,
    /// The base URL of the issuer on the port that was asked, `https://127.0.0.1:4456/`.
    #[serde(serialize_with = "shared_text")]
    pub at: Arc<str>,
    /// The host that the client asked for (RFC 6066 §3), which it does not do by address.
    pub server_name: Option<String>,
    /// How it ended; `None` while it goes on.
    pub end: Option<HandshakeEnd>,
}

/// How a TLS handshake ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum HandshakeEnd {
    /// The client broke it off and said why: the alert's name, `unknown_ca` (RFC 8446 §6.2).
    Alert(String),
    /// The client hung up without a word.
    Closed,
    /// It succeeded. A client that looks at the certificate only now may still hang up.
    Established,
    /// The server broke it off, and this is why: no version in common, say. No certificate was shown.
    Refused(String),
}

impl fmt::Display for HandshakeEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert(name) => write!(f, "the client broke it off by the alert {name}"),
            Self::Closed => f.write_str("the client hung up"),
            Self::Established => f.write_str("it succeeded"),
            Self::Refused(why) => write!(f, "the server broke it off: {why}"),
        }
    }
}

/// The handshakes that a journal holds: as many as entries, and the oldest make room for the newest, too.
#[derive(Default)]
pub(super) struct Handshakes {
    begun: u64,
    held: VecDeque<Arc<Handshake>>,
}

impl Journal {
    /// All TLS handshakes still held, in order.
    ///
    /// A handshake is there as soon as the client has sent its first message, before it has seen any certificate; how it
    /// ended is added later. The handshakes of a port that all issuers share are in the journal of the first issuer.
    pub fn handshakes(&self) -> Vec<Arc<Handshake>> {
        self.handshakes_since(0)
    }

    /// The handshakes from this number on.
    pub fn handshakes_since(&self, seq: u64) -> Vec<Arc<Handshake>> {
        let pages = self.pages.lock();
        let held = &pages.handshakes.held;
        held.range(held.partition_point(|handshake| handshake.seq < seq)..).cloned().collect()
    }

    /// The number that the next handshake will have.
    pub fn next_handshake_seq(&self) -> u64 {
        self.pages.lock().handshakes.begun + 1
    }

    /// Enters a handshake and returns its number.
    pub(crate) fn handshake_begun(&self, time: i64, at: Arc<str>, server_name: Option<String>) -> u64 {
        let mut pages = self.pages.lock();
        let chapter = pages.chapter.clone();
        let handshakes = &mut pages.handshakes;
        handshakes.begun += 1;
        let seq = handshakes.begun;
        handshakes.held.push_back(Arc::new(Handshake { seq, chapter, time, at, server_name, end: None }));
        if handshakes.held.len() > self.capacity {
            handshakes.held.pop_front();
        }
        drop(pages);
        self.changed.notify_waiters();
        seq
    }

    /// Completes a handshake that is still held.
    pub(crate) fn handshake_ended(&self, seq: u64, end: HandshakeEnd) {
        let mut pages = self.pages.lock();
        let held = &mut pages.handshakes.held;
        let Ok(index) = held.binary_search_by_key(&seq, |handshake| handshake.seq) else { return };
        Arc::make_mut(&mut held[index]).end = Some(end);
        drop(pages);
        self.changed.notify_waiters();
    }
}
