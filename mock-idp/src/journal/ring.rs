//! The journal itself: a bounded ring of entries, and one of handshakes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::futures::Notified;

use super::changes::Changes;
use super::credential::{Credential, Presented};
use super::entry::{Entry, Request, Response};
use super::handshake::{Handshake, HandshakeEnd, Handshakes};
use super::known::Known;
use crate::{CredentialKind, Endpoint};

/// A ring of [`Entry`]s, bounded in number and in bytes: the oldest make room for the newest.
///
/// A request is there as soon as it has arrived; its entry is completed when it is answered. TLS handshakes, which need
/// not lead to a request, are kept beside them.
pub struct Journal {
    capacity: Capacity,
    pages: Mutex<Pages>,
    changes: Changes,
    closed: AtomicBool,
}

/// How much a journal holds. The newest entry is always there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capacity {
    /// Exchanges, and TLS handshakes.
    pub(crate) entries: usize,
    /// The bytes of all exchanges, about.
    pub(crate) bytes: usize,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { entries: 10_000, bytes: 32 * 1024 * 1024 }
    }
}

struct Pages {
    span: Arc<str>,
    next_seq: u64,
    entries: VecDeque<Arc<Entry>>,
    /// Of the entries.
    bytes: usize,
    handshakes: Handshakes,
    /// Minted credentials are forgotten with the entry that minted them.
    credentials: Known,
}

impl Journal {
    pub(crate) fn new(capacity: Capacity) -> Self {
        let (entries, handshakes, credentials) = Default::default();
        let pages = Pages { span: "".into(), next_seq: 1, entries, bytes: 0, handshakes, credentials };
        Self { capacity, pages: Mutex::new(pages), changes: Changes::default(), closed: AtomicBool::new(false) }
    }

    /// Opens a span: everything seen or minted from now on carries this label. The first one is called `""`.
    pub fn open_span(&self, label: &str) {
        self.pages.lock().span = label.into();
    }

    /// All entries still held, in order.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.since(0)
    }

    /// The entries from this number on.
    pub fn since(&self, seq: u64) -> Vec<Arc<Entry>> {
        let pages = self.pages.lock();
        let start = pages.entries.partition_point(|entry| entry.seq < seq);
        pages.entries.range(start..).cloned().collect()
    }

    /// The number that the next entry will have.
    pub fn next_seq(&self) -> u64 {
        self.pages.lock().next_seq
    }

    /// Waits until the entries satisfy the condition, and says whether they did within the time allowed.
    pub async fn wait_until(&self, condition: impl Fn(&[Arc<Entry>]) -> bool, at_most: Duration) -> bool {
        let satisfied = async {
            loop {
                // Enabled before looking, so that no change between looking and waiting is missed.
                let changed = self.changes.next();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if condition(&self.entries()) {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(at_most, satisfied).await.is_ok()
    }

    /// The same in a thread, which it blocks: for tests without an executor.
    pub fn block_until(&self, condition: impl Fn(&[Arc<Entry>]) -> bool, at_most: Duration) -> bool {
        let deadline = Instant::now() + at_most;
        loop {
            let known = self.changes.count();
            if condition(&self.entries()) {
                return true;
            }
            if !self.changes.block_after(known, deadline) {
                return false;
            }
        }
    }

    /// Becomes ready at the next change.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.changes.next()
    }

    /// Ends the event streams: the issuer is gone.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.wake();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Has everybody who waits look again.
    pub(crate) fn wake(&self) {
        self.changes.tell();
    }

    /// Looks up a credential by its value.
    pub fn credential(&self, value: &str) -> Option<Arc<Credential>> {
        self.pages.lock().credentials.get(value).cloned()
    }

    /// All credentials known, oldest first.
    pub fn credentials(&self) -> Vec<Arc<Credential>> {
        self.pages.lock().credentials.all().cloned().collect()
    }

    /// Forgets all entries, handshakes and credentials. The numbers go on: what is answered only now is not taken for
    /// something newer.
    pub(crate) fn clear(&self) {
        let mut pages = self.pages.lock();
        pages.span = "".into();
        pages.entries.clear();
        pages.bytes = 0;
        pages.handshakes.held.clear();
        pages.credentials.clear();
        drop(pages);
        self.changes.tell();
    }

    /// Makes a secret known that was registered rather than minted.
    pub(crate) fn register_secret(&self, client_id: &str, secret: &str) {
        let mut pages = self.pages.lock();
        let credential = Credential {
            value: secret.to_owned(),
            kind: CredentialKind::ClientSecret,
            span: pages.span.clone(),
            subject: String::new(),
            client_id: client_id.to_owned(),
            audience: None,
            flow: 0,
            seq: 0,
        };
        pages.credentials.insert(credential);
    }

    /// Whether a code or a token that was issued here is among these values.
    pub(crate) fn has_issued(&self, values: &[String]) -> bool {
        let pages = self.pages.lock();
        let known =
            |value: &String| pages.credentials.get(value).is_some_and(|it| it.kind != CredentialKind::ClientSecret);
        values.iter().any(known)
    }

    /// Enters an exchange that is over, at an address that is no endpoint.
    pub(crate) fn put_down(&self, time: i64, request: Request, response: Response) {
        let (seq, _) = self.arrived(time, Endpoint::Other, request);
        self.amend(seq, |entry| entry.response = Some(response));
        self.ended(seq);
    }

    /// Enters a request; returns its number, and the known credentials in it.
    pub(crate) fn arrived(&self, time: i64, endpoint: Endpoint, request: Request) -> (u64, Vec<Presented>) {
        let places = request.values();
        let mut pages = self.pages.lock();
        let presented: Vec<_> = places
            .into_iter()
            .filter_map(|(value, place)| {
                pages.credentials.get(&value).map(|known| Presented { credential: Credential::clone(known), place })
            })
            .collect();
        let seq = pages.next_seq;
        pages.next_seq += 1;
        let entry = Arc::new(Entry {
            seq,
            span: pages.span.clone(),
            time,
            arrived: Instant::now(),
            answered: None,
            unanswered: false,
            endpoint,
            request,
            response: None,
            presented: presented.clone(),
            minted: Vec::new(),
            faults: Vec::new(),
            notes: Vec::new(),
        });
        pages.bytes += entry.bytes();
        pages.entries.push_back(entry);
        pages.keep_within(self.capacity);
        drop(pages);
        self.changes.tell();
        (seq, presented)
    }

    /// An exchange has ended. If nothing was answered, nothing will be.
    pub(crate) fn ended(&self, seq: u64) {
        let is_over = self.since(seq).first().is_none_or(|entry| entry.seq != seq || entry.is_over());
        if !is_over {
            self.amend(seq, |entry| entry.unanswered = true);
        }
    }

    /// Changes an entry that is still held.
    pub(crate) fn amend(&self, seq: u64, change: impl FnOnce(&mut Entry)) {
        let mut pages = self.pages.lock();
        let Ok(index) = pages.entries.binary_search_by_key(&seq, |entry| entry.seq) else { return };
        let entry = Arc::make_mut(&mut pages.entries[index]);
        let (before, known) = (entry.bytes(), entry.minted.len());
        change(entry);
        if entry.response.is_some() && entry.answered.is_none() {
            entry.answered = Some(Instant::now());
        }
        let minted: Vec<_> = entry.minted.iter().skip(known).cloned().collect();
        let after = entry.bytes();
        pages.bytes = pages.bytes - before + after;
        minted.into_iter().for_each(|credential| pages.credentials.insert(credential));
        pages.keep_within(self.capacity);
        drop(pages);
        self.changes.tell();
    }
}

impl Pages {
    fn keep_within(&mut self, capacity: Capacity) {
        while self.entries.len() > 1 && (self.entries.len() > capacity.entries || self.bytes > capacity.bytes) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.entries.pop_front() else { return };
        self.bytes -= oldest.bytes();
        for credential in &oldest.minted {
            self.credentials.remove(&credential.value);
        }
    }
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
        let span = pages.span.clone();
        let handshakes = &mut pages.handshakes;
        handshakes.begun += 1;
        let seq = handshakes.begun;
        handshakes.held.push_back(Arc::new(Handshake { seq, span, time, at, server_name, end: None }));
        if handshakes.held.len() > self.capacity.entries {
            handshakes.held.pop_front();
        }
        drop(pages);
        self.changes.tell();
        seq
    }

    /// Completes a handshake that is still held.
    pub(crate) fn handshake_ended(&self, seq: u64, end: HandshakeEnd) {
        let mut pages = self.pages.lock();
        let held = &mut pages.handshakes.held;
        let Ok(index) = held.binary_search_by_key(&seq, |handshake| handshake.seq) else { return };
        Arc::make_mut(&mut held[index]).end = Some(end);
        drop(pages);
        self.changes.tell();
    }
}
