//! Requests and their bodies, as they are read.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt as _;

use crate::Note;
use crate::form::{MOST_PARAMETERS, decode_body, decode_form};
use crate::journal::Request;

/// Longer bodies are refused.
const BODY_LIMIT: usize = 1024 * 1024;

/// After so much, the connection is closed.
const BODY_READ: usize = 8 * 1024 * 1024;

/// What the journal keeps of a body.
const BODY_KEPT: usize = 64 * 1024;

/// A body takes no longer than this to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

/// A request body.
pub(super) enum Body {
    /// All of it.
    Whole(String),
    /// The request breaks one of the server's limits, and is not answered.
    Beyond(Limit),
}

/// What the server bounds of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// The length of the body.
    Length,
    /// The number of parameters in the query or in the body.
    Parameters,
    /// The time that the body takes to arrive.
    Time,
}

impl Limit {
    pub(super) fn status(self) -> u16 {
        match self {
            Self::Length => 413,
            Self::Parameters => 400,
            Self::Time => 408,
        }
    }

    pub(super) fn note(self) -> Note {
        match self {
            Self::Length => Note::BodyTooLarge,
            Self::Parameters => Note::ParametersTooMany,
            Self::Time => Note::BodyTooSlow,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length => f.write_str("The body is longer than 1 MiB"),
            Self::Parameters => write!(f, "The request has more than {MOST_PARAMETERS} parameters"),
            Self::Time => write!(f, "The body took longer than {} s to arrive", BODY_TIME.as_secs()),
        }
    }
}

/// Reads a request, as the journal keeps it, and its body.
pub(super) async fn read<B: hyper::body::Body<Data = Bytes> + Unpin>(request: http::Request<B>) -> (Request, Body) {
    read_within(request, BODY_TIME).await
}

async fn read_within<B: hyper::body::Body<Data = Bytes> + Unpin>(
    request: http::Request<B>,
    time: Duration,
) -> (Request, Body) {
    let (head, body) = request.into_parts();
    let (bytes, in_time) = read_body(body, time).await;
    let body = String::from_utf8_lossy(&bytes).into_owned();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let content_type = head.headers.get(CONTENT_TYPE).map(text).unwrap_or_default();
    let raw_query = head.uri.query().unwrap_or_default().to_owned();
    let mut query = decode_form(&raw_query);
    let mut params = match head.method.as_str() {
        "GET" | "HEAD" => query.clone(),
        _ if bytes.len() > BODY_LIMIT => Vec::new(),
        _ => decode_body(&content_type, &body).unwrap_or_default(),
    };
    let beyond = match () {
        () if !in_time => Some(Limit::Time),
        () if bytes.len() > BODY_LIMIT => Some(Limit::Length),
        () if query.len().max(params.len()) > MOST_PARAMETERS => Some(Limit::Parameters),
        () => None,
    };
    if beyond.is_some() {
        query.truncate(MOST_PARAMETERS);
        params.truncate(MOST_PARAMETERS);
    }
    let request = Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query,
        raw_query,
        headers: head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: beginning(&body).to_owned(),
        params,
    };
    (request, beyond.map_or(Body::Whole(body), Body::Beyond))
}

/// The body, or a little more than the limit of it, and whether it ended in time. Some of what follows is read and thrown
/// away, because a client that is still sending does not read the answer.
async fn read_body<B: hyper::body::Body<Data = Bytes> + Unpin>(mut body: B, time: Duration) -> (Vec<u8>, bool) {
    let (mut kept, mut read) = (Vec::new(), 0);
    let reading = async {
        while let Some(Ok(frame)) = body.frame().await
            && read <= BODY_READ
        {
            let Some(data) = frame.data_ref() else { continue };
            read += data.len();
            if kept.len() <= BODY_LIMIT {
                kept.extend_from_slice(data);
            }
        }
    };
    let in_time = tokio::time::timeout(time, reading).await.is_ok();
    (kept, in_time)
}

/// What the journal keeps of a body: whole characters.
fn beginning(body: &str) -> &str {
    let end = (0..=BODY_KEPT.min(body.len())).rev().find(|&index| body.is_char_boundary(index));
    &body[..end.unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::Frame;

    use super::*;

    /// A body that begins and never ends.
    struct Endless(Option<&'static str>);

    impl hyper::body::Body for Endless {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            match self.0.take() {
                Some(text) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(text.as_bytes()))))),
                None => Poll::Pending,
            }
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_end_is_given_up() {
        let request = http::Request::post("/oauth/token").body(Endless(Some("grant_type="))).expect("a request");
        let (request, body) = read_within(request, Duration::ZERO).await;
        assert!(matches!(body, Body::Beyond(Limit::Time)));
        assert_eq!(request.body, "grant_type=");
    }
}
