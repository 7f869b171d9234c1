//! Requests of the client to provider and API: no redirects, no endless answers, and a time limit.

use std::error::Error;
use std::time::Duration;

use bytes::BytesMut;
use futures::StreamExt as _;
use http::{HeaderMap, StatusCode};
use reqwest::RequestBuilder;

use crate::{Variation, Variations};

/// No answer that this client needs is longer.
const LONGEST_BODY: usize = 1 << 20;

/// Settings for the HTTP client: a redirect is never followed, because credentials would travel with it.
pub(crate) fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none())
}

/// The access token in the header (RFC 6750 §2.1). The scheme is compared without regard to case (RFC 9110 §11.1).
pub(crate) fn with_bearer(request: RequestBuilder, token: &str, variations: &Variations) -> RequestBuilder {
    match variations.has(Variation::SpellsSchemesInLowerCase) {
        true => request.header(http::header::AUTHORIZATION, format!("bearer {token}")),
        false => request.bearer_auth(token),
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// The media type, without parameters and in lower case (RFC 9110 §8.3.1).
    pub(crate) fn media_type(&self) -> String {
        let value =
            self.headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

/// Sends a GET, which may be sent again (RFC 9110 §9.2.2), though only a variation does.
pub(crate) async fn get(
    request: RequestBuilder,
    time_limit: Duration,
    variations: &Variations,
) -> Result<Answer, String> {
    let again = request.try_clone().filter(|_| variations.has(Variation::RetriesOutages));
    let answer = send(request, time_limit).await;
    let in_trouble = answer.as_ref().map_or(true, |answer| answer.status.is_server_error());
    match again.filter(|_| in_trouble) {
        Some(again) => send(again, time_limit).await,
        None => answer,
    }
}

/// Sends a request and reads the answer. The error says what went wrong, without the URL and what may stand in it.
pub(crate) async fn send(request: RequestBuilder, time_limit: Duration) -> Result<Answer, String> {
    let exchange = async {
        let response = request.send().await.map_err(describe)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            body.extend_from_slice(&chunk.map_err(describe)?);
            if body.len() > LONGEST_BODY {
                return Err(format!("the answer is longer than {} MiB", LONGEST_BODY >> 20));
            }
        }
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    };
    let too_late = || Err(format!("there was no answer within {} s", time_limit.as_secs_f32()));
    tokio::time::timeout(time_limit, exchange).await.unwrap_or_else(|_| too_late())
}

fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
