//! The provider side of a login: the user agent visits the authorization endpoint, a person signs in.

use std::sync::LazyLock;
use std::time::Duration;

use reqwest::header::LOCATION;
use scraper::{Html, Selector};
use url::Url;

use crate::resources::are_exhausted;
use crate::terms::{AuthorizationResponse, ResponseMode};

/// What the authorization endpoint answered.
pub(super) enum Visit {
    /// A redirect, or a form to post, to the client.
    Response(AuthorizationResponse),
    /// A page for the person: the request was not acceptable.
    Page(String),
    /// Nothing that a browser could show.
    Nothing(String),
    /// This machine has run out of files.
    OutOfResources(String),
}

static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        // Whose certificate it is does not matter to the people of the lab: it is the clients that are on trial.
        .tls_danger_accept_invalid_certs(true)
        .timeout(Duration::from_secs(10))
        .build()
        .expect("an HTTP client without its own TLS files can be built")
});

/// The longest authorization request that the provider takes, in bytes: servers take a quarter of it. The response, which
/// echoes the state, fits into a URL as well.
const LONGEST: usize = 32 << 10;

/// Follows an authorization request as a browser does, with a person of this subject who signs in at once.
pub(super) async fn visit(authorization_request: Url, subject: &str) -> Visit {
    let length = authorization_request.as_str().len();
    if length > LONGEST {
        return Visit::Page(format!("its URL has {length} bytes, and no provider takes more than {LONGEST}"));
    }
    let request = HTTP.get(authorization_request).header("accept", "text/html").header("x-mock-idp-sign-in", subject);
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) if are_exhausted(&error) => {
            return Visit::OutOfResources(format!("the harness cannot reach the authorization endpoint: {error:?}"));
        }
        Err(error) => return Visit::Nothing(format!("the authorization endpoint gave no answer: {error}")),
    };
    let status = response.status();
    if let Some(location) = response.headers().get(LOCATION) {
        return match location.to_str().ok().and_then(redirect) {
            Some(response) => Visit::Response(response),
            None => Visit::Nothing(format!("the authorization endpoint redirects to {location:?}, which is no URL")),
        };
    }
    let body = response.text().await.unwrap_or_default();
    match form(&body) {
        Some(response) if status.is_success() => Visit::Response(response),
        _ => Visit::Page(format!("status {status}: {}", first_words(&body))),
    }
}

/// The authorization response to a request, if a person of this subject signs in at once; else why there is none.
pub async fn follow(authorization_request: Url, subject: &str) -> Result<AuthorizationResponse, String> {
    match visit(authorization_request, subject).await {
        Visit::Response(response) => Ok(response),
        Visit::Page(why) | Visit::Nothing(why) | Visit::OutOfResources(why) => Err(why),
    }
}

pub(super) fn redirect(location: &str) -> Option<AuthorizationResponse> {
    let mut url = Url::parse(location).ok()?;
    if let Some(fragment) = url.fragment() {
        let params = url::form_urlencoded::parse(fragment.as_bytes()).into_owned().collect();
        url.set_fragment(None);
        return Some(AuthorizationResponse { redirect_uri: url.into(), mode: ResponseMode::Fragment, params });
    }
    let params = url.query_pairs().into_owned().collect();
    url.set_query(None);
    Some(AuthorizationResponse { redirect_uri: url.into(), mode: ResponseMode::Query, params })
}

/// The page of the Form Post Response Mode: a form that submits itself.
pub(super) fn form(page: &str) -> Option<AuthorizationResponse> {
    let select = |css| Selector::parse(css).expect("the selector is a constant");
    let page = Html::parse_document(page);
    let form = page.select(&select("form[method=post]")).next()?;
    let value = |input: scraper::ElementRef<'_>| {
        Some((input.attr("name")?.to_owned(), input.attr("value").unwrap_or_default().to_owned()))
    };
    let params = form.select(&select("input[type=hidden]")).filter_map(value).collect();
    Some(AuthorizationResponse { redirect_uri: form.attr("action")?.to_owned(), mode: ResponseMode::FormPost, params })
}

fn first_words(page: &str) -> String {
    let page = Html::parse_document(page);
    let body = Selector::parse("body").ok().and_then(|body| page.select(&body).next());
    let text = body.unwrap_or_else(|| page.root_element()).text().collect::<Vec<_>>().join(" ");
    text.split_whitespace().take(40).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn request_that_no_server_takes_is_refused_and_nothing_breaks() {
        let mut request = Url::parse("http://127.0.0.1:9/authorize").expect("a URL");
        request.query_pairs_mut().append_pair("state", &"x".repeat(66_000));
        match visit(request, "somebody").await {
            Visit::Page(why) => assert!(why.contains("no provider takes more than 32768"), "{why}"),
            _ => panic!("it is for the client to answer for"),
        }
    }
}
