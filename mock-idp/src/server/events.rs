//! Server-sent events (HTML Standard §9.2): the exchanges of a journal, each as soon as it is over.

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

/// The body of an answer that goes on until the listener hangs up or the issuer is removed.
pub(super) struct EventStream {
    chunks: mpsc::Receiver<Bytes>,
    _place: OwnedSemaphorePermit,
}

impl EventStream {
    /// `place`: one of those that the server has for listeners.
    pub(super) fn new(issuer: Issuer, tail: Tail, place: OwnedSemaphorePermit) -> Self {
        let (sender, chunks) = mpsc::channel(BUFFERED);
        tokio::spawn(write(issuer, tail, sender, HEARTBEAT));
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

async fn write(issuer: Issuer, mut tail: Tail, sender: mpsc::Sender<Bytes>, heartbeat: Duration) {
    let mut text = "retry: 1000\n\n".to_owned();
    while sender.send(Bytes::from(text)).await.is_ok() {
        text = tokio::select! {
            () = sender.closed() => return,
            over = tail.next(issuer.journal()) => match over.is_empty() {
                true => return,
                false => over.iter().map(event).collect(),
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
        tokio::spawn(write(issuer.clone(), Tail::since(0), sender, Duration::from_millis(1)));
        assert_eq!(chunks.recv().await.as_deref(), Some(&b"retry: 1000\n\n"[..]));
        assert_eq!(chunks.recv().await.as_deref(), Some(&b": heartbeat\n\n"[..]));
        issuer.journal().close();
        while chunks.recv().await.is_some() {}
    }
}
