//! The protocol of Chromium's developer tools over a pair of pipes: JSON messages, each ended by a NUL.
//!
//! Pipes rather than a port: nobody else on the machine can reach the browser, and it ends when the harness does.

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::{SinkExt as _, StreamExt as _};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};
use tokio_util::codec::{AnyDelimiterCodec, FramedRead, FramedWrite};

/// More than a page of the largest size takes, with every character escaped.
const LONGEST_MESSAGE: usize = 64 << 20;

/// The connection to a browser.
pub(super) struct Pipe {
    outgoing: mpsc::UnboundedSender<String>,
    wires: Mutex<Wires>,
    next: AtomicU64,
}

/// Who waits for what; nobody may once the connection has ended.
#[derive(Default)]
struct Wires {
    ended: bool,
    answers: HashMap<u64, oneshot::Sender<Result<Value, CallError>>>,
    sessions: HashMap<String, mpsc::UnboundedSender<Event>>,
}

/// Something that happened in a session.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) method: String,
    pub(super) params: Value,
}

/// Why a command has no result.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum CallError {
    /// The browser is gone.
    #[error("the browser has ended")]
    Ended,
    /// The browser cannot do that.
    #[error("the browser refused a command: {0}")]
    Refused(String),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outgoing<'a> {
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'a str>,
    method: &'a str,
    params: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Incoming {
    id: Option<u64>,
    result: Option<Value>,
    error: Option<Refusal>,
    method: Option<String>,
    #[serde(default)]
    params: Value,
    session_id: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

impl Pipe {
    /// Talks to a browser by the harness's ends of two pipes.
    pub(super) fn new(from_browser: OwnedFd, to_browser: OwnedFd) -> io::Result<Arc<Self>> {
        let codec = || AnyDelimiterCodec::new_with_max_length(b"\0".to_vec(), b"\0".to_vec(), LONGEST_MESSAGE);
        let mut incoming = FramedRead::new(pipe::Receiver::from_owned_fd(from_browser)?, codec());
        let mut outgoing = FramedWrite::new(pipe::Sender::from_owned_fd(to_browser)?, codec());
        let (sender, mut messages) = mpsc::unbounded_channel::<String>();
        let new = Arc::new(Self { outgoing: sender, wires: Mutex::default(), next: AtomicU64::new(1) });
        // Ends when the last one who could send is gone; the browser sees its pipe closed, and ends, too.
        tokio::spawn(async move {
            while let Some(message) = messages.recv().await {
                if outgoing.send(message).await.is_err() {
                    break;
                }
            }
        });
        let reader = Arc::downgrade(&new);
        tokio::spawn(async move {
            while let Some(Ok(message)) = incoming.next().await {
                let Some(pipe) = reader.upgrade() else { return };
                pipe.receive(&message);
            }
            if let Some(pipe) = reader.upgrade() {
                *pipe.wires.lock() = Wires { ended: true, ..Wires::default() };
            }
        });
        Ok(new)
    }

    /// Whether the browser is still there.
    pub(super) fn is_open(&self) -> bool {
        !self.wires.lock().ended
    }

    /// Sends a command, to the browser itself or to one of its sessions, and waits for the result.
    pub(super) async fn call(&self, session: Option<&str>, method: &str, params: Value) -> Result<Value, CallError> {
        let (sender, answer) = oneshot::channel();
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        {
            let mut wires = self.wires.lock();
            if wires.ended {
                return Err(CallError::Ended);
            }
            wires.answers.insert(id, sender);
        }
        self.send(id, session, method, params);
        answer.await.unwrap_or(Err(CallError::Ended))
    }

    /// Sends a command whose result does not matter.
    pub(super) fn tell(&self, session: Option<&str>, method: &str, params: Value) {
        self.send(self.next.fetch_add(1, Ordering::Relaxed), session, method, params);
    }

    /// The events of a session from now on; they end with the browser.
    pub(super) fn events_of(&self, session: &str) -> mpsc::UnboundedReceiver<Event> {
        let (sender, events) = mpsc::unbounded_channel();
        let mut wires = self.wires.lock();
        if !wires.ended {
            wires.sessions.insert(session.to_owned(), sender);
        }
        events
    }

    fn send(&self, id: u64, session: Option<&str>, method: &str, params: Value) {
        let message = Outgoing { id, session_id: session, method, params };
        let message = serde_json::to_string(&message).expect("its keys are strings");
        // If the browser is gone, the code that waits for an answer gets an error.
        let _ = self.outgoing.send(message);
    }

    fn receive(&self, message: &[u8]) {
        // What is no message of the protocol is nothing that anybody waits for.
        let Ok(message) = serde_json::from_slice::<Incoming>(message) else { return };
        let mut wires = self.wires.lock();
        if let Some(sender) = message.id.and_then(|id| wires.answers.remove(&id)) {
            let result = message.error.map_or(Ok(message.result.unwrap_or_default()), |error| Err(error.message));
            let _ = sender.send(result.map_err(CallError::Refused));
        } else if let (Some(session), Some(method)) = (message.session_id, message.method) {
            let event = Event { method, params: message.params };
            if wires.sessions.get(&session).is_some_and(|sender| sender.send(event).is_err()) {
                wires.sessions.remove(&session);
            }
        }
    }
}
