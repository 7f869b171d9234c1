//! Defects that send credentials to another host, kept apart from the code that is meant to be copied.

use std::time::Duration;

use http::header::{LINK, LOCATION, WWW_AUTHENTICATE};
use reqwest::RequestBuilder;
use serde_json::Value;
use url::Url;

use crate::http::{Answer, send};

/// A redirect is an answer like any other, unless a defect `follows` it (from where, to where) with all that the request
/// carried.
pub(crate) async fn followed(
    answer: Answer,
    repeated: Option<RequestBuilder>,
    time_limit: Duration,
    follows: impl Fn(&Url, &Url) -> bool,
) -> Result<Answer, String> {
    let repeated = repeated.map(RequestBuilder::build_split);
    let Some((http, Ok(mut repeated))) = repeated.filter(|_| answer.status.is_redirection()) else { return Ok(answer) };
    match header(&answer, &LOCATION).and_then(|location| repeated.url().join(location).ok()) {
        Some(target) if follows(repeated.url(), &target) => {
            *repeated.url_mut() = target;
            send(RequestBuilder::from_parts(http, repeated), time_limit).await
        }
        _ => Ok(answer),
    }
}

/// Where an answer of the API says that there is more: `Link`, `Location`, or `next` in the body.
pub(crate) fn next_page(answer: &Answer) -> Option<String> {
    let link = header(answer, &LINK).and_then(|link| Some(link.split_once('<')?.1.split_once('>')?.0));
    let in_header = link.or_else(|| header(answer, &LOCATION)).map(str::to_owned);
    in_header.or_else(|| serde_json::from_str::<Value>(&answer.body).ok()?.get("next")?.as_str().map(str::to_owned))
}

/// The token endpoint that a challenge of the API leads to.
pub(crate) fn challenged_token_endpoint(answer: &Answer) -> Option<String> {
    let (_, rest) = header(answer, &WWW_AUTHENTICATE)?.split_once("authorization_uri=\"")?;
    let (authorization_endpoint, _) = rest.split_once('"')?;
    Some(authorization_endpoint.replace("/authorize", "/oauth/token"))
}

fn header<'a>(answer: &'a Answer, name: &http::HeaderName) -> Option<&'a str> {
    answer.headers.get(name)?.to_str().ok()
}
