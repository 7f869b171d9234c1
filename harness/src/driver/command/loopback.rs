//! The loopback interface: where a native app waits for its authorization response (RFC 8252 §7.3).

use std::sync::LazyLock;
use std::time::Duration;

use futures::StreamExt as _;
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use url::Url;

use crate::text::resolved;

/// A page larger than this is cut off.
const LARGEST_PAGE: usize = 1 << 20;
/// More redirects than any app needs to show that it is done.
const MOST_REDIRECTS: usize = 5;

/// What the app showed in the browser.
pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) body: String,
    /// Where it sent the browser, here or elsewhere; elsewhere is not followed.
    pub(super) redirects: Vec<String>,
}

/// Why there is no page.
#[derive(Debug)]
pub(super) enum NoPage {
    /// Nobody listens there.
    NobodyListens,
    /// The connection was closed, or garbled.
    Closed(String),
    /// There was no answer in time.
    TimedOut,
}

static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("an HTTP client without its own TLS files can be built")
});

/// Delivers an authorization response, and follows redirects while they stay with the app.
pub(super) async fn deliver(url: Url, form: Option<String>, limit: Duration) -> Result<Page, NoPage> {
    match tokio::time::timeout(limit, follow(url, form)).await {
        Ok(Ok(page)) => Ok(page),
        Ok(Err(error)) if error.is_connect() => Err(NoPage::NobodyListens),
        Ok(Err(error)) => Err(NoPage::Closed(error.without_url().to_string())),
        Err(_) => Err(NoPage::TimedOut),
    }
}

/// What else reaches a loopback port while a login is under way: a browser that asks for the icon, one that looks ahead by
/// HEAD, somebody who connects and says nothing, a visit without parameters. The answers do not matter, and there need not be
/// any.
pub(super) async fn stray(redirect_uri: &Url) {
    const LONGEST_WAIT: Duration = Duration::from_secs(2);
    let mut bare = redirect_uri.clone();
    bare.set_query(None);
    let icon = bare.join("/favicon.ico").unwrap_or_else(|_| bare.clone());
    if let (Some(host), Some(port)) = (bare.host_str(), bare.port_or_known_default()) {
        let connection = tokio::net::TcpStream::connect((host.trim_matches(['[', ']']), port)).await;
        drop(connection);
    }
    let get_icon = HTTP.get(icon);
    for request in [get_icon, HTTP.head(bare.clone()), HTTP.get(bare)] {
        let _ = tokio::time::timeout(LONGEST_WAIT, request.header(ACCEPT, "*/*").send()).await;
    }
}

async fn follow(mut url: Url, mut form: Option<String>) -> reqwest::Result<Page> {
    let mut redirects = Vec::new();
    loop {
        let request = match form.take() {
            Some(form) => HTTP.post(url.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form),
            None => HTTP.get(url.clone()),
        };
        let response = request.header(ACCEPT, "text/html").send().await?;
        let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        let target =
            location.and_then(|location| resolved(&url, location)).filter(|_| response.status().is_redirection());
        redirects.extend(target.as_ref().map(Url::to_string));
        match target.filter(|target| target.origin() == url.origin() && redirects.len() <= MOST_REDIRECTS) {
            Some(target) => url = target,
            None => return Ok(Page { status: response.status(), body: body(response).await?, redirects }),
        }
    }
}

async fn body(response: reqwest::Response) -> reqwest::Result<String> {
    let mut bytes = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        bytes.extend_from_slice(&chunk?);
        if bytes.len() >= LARGEST_PAGE {
            bytes.truncate(LARGEST_PAGE);
            break;
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
