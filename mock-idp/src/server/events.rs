//! Server-sent events (HTML Standard §9.2): the exchanges of a journal, each as soon as it is over.
//!
//! [`Source`] is what they are read from, so that others can be sent in the same way.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::Issuer;
use crate::journal::{Over, Tail};

/// How many listeners a server has at most.
pub(super) const MOST_LISTENERS: usize = 100;

/// A comment keeps the connection alive, and tells a listener that it is.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What has not been sent is read from the journal when there is room for it.
const BUFFERED: usize = 16;

/// What events are read from.
pub(super) trait Source: Send + 'static {
    /// Waits for events that have not been read, and writes them. Nothing: there are no more. It may be given up while it
    /// waits.
    fn next(&mut self) -> impl Future<Output = Option<String>> + Send;
}

/// The exchanges of an issuer.
pub(super) struct Exchanges {
    pub(super) issuer: Issuer,
    pub(super) tail: Tail,
}

impl Source for Exchanges {
    async fn next(&mut self) -> Option<String> {
        let over = self.tail.next(self.issuer.journal()).await;
        (!over.is_empty()).then(|| over.iter().map(event).collect())
    }
}

/// The body of an answer that goes on until the listener hangs up or the issuer is removed.
pub(super) struct EventStream {
    chunks: mpsc::Receiver<Bytes>,
    _place: OwnedSemaphorePermit,
}

impl EventStream {
    /// `place`: one of those that the server has for listeners.
    pub(super) fn new(source: impl Source, place: OwnedSemaphorePermit) -> Self {
        let (sender, chunks) = mpsc::channel(BUFFERED);
        tokio::spawn(write(source, sender, HEARTBEAT));
        Self { chunks, _place: place }
    }
}

impl Body for EventStream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.chunks.poll_recv(context).map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk))))
    }
}

async fn write(mut source: impl Source, sender: mpsc::Sender<Bytes>, heartbeat: Duration) {
    let mut text = "retry: 1000\n\n".to_owned();
    while sender.send(Bytes::from(text)).await.is_ok() {
        text = tokio::select! {
            () = sender.closed() => return,
            events = source.next() => match events {
                Some(events) => events,
                None => return,
            },
            () = tokio::time::sleep(heartbeat) => ": heartbeat\n\n".to_owned(),
        };
    }
}

/// An exchange in one line of JSON.
fn event(Over { entry, read_to }: &Over) -> String {
    let data = serde_json::to_string(&**entry).expect("every entry can be written as JSON");
    format!("id: {read_to}\ndata: {data}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Capacity;
    use crate::terms::Hosts;
    use crate::{IssuerConfig, Keys};

    #[tokio::test]
    async fn a_comment_comes_where_nothing_happens() {
        let hosts = Hosts::of("http://idp.test").into();
        let (config, keys, journal) = (IssuerConfig::default(), Keys::embedded(), Capacity::default());
        let issuer = Issuer::new("http://idp.test/", hosts, config, keys, journal);
        let (sender, mut chunks) = mpsc::channel(1);
        let source = Exchanges { issuer: issuer.clone(), tail: Tail::since(0) };
        tokio::spawn(write(source, sender, Duration::from_millis(1)));
        assert_eq!(chunks.recv().await.as_deref(), Some(&b"retry: 1000\n\n"[..]));
        assert_eq!(chunks.recv().await.as_deref(), Some(&b": heartbeat\n\n"[..]));
        issuer.journal().close();
        while chunks.recv().await.is_some() {}
    }
}
