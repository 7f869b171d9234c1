//! What the provider has refused, in words.

use mock_idp::{Endpoint, Entry};
use url::Url;

/// The last error that the provider answered with, and where, as the end of a sentence; empty if there is none:
/// `; the provider's last refusal: 401 at the token endpoint, {"error":"invalid_client"}`. An error that it sends back by the
/// browser counts, too (RFC 6749 §4.1.2.1).
///
/// A client that presents a refused code again, authenticated in another way for instance, may be refused for another reason:
/// the first one stands before that.
pub fn last_refusal<'e>(entries: impl Iterator<Item = &'e Entry>) -> String {
    let is_refused = |entry: &&Entry| {
        entry.response.as_ref().is_some_and(|response| response.status >= 400) || error_by_browser(entry).is_some()
    };
    let refused: Vec<_> = entries.filter(is_refused).collect();
    let Some(last) = refused.last() else { return String::new() };
    let first =
        refused.iter().find(|entry| presented_code(entry).is_some_and(|code| presented_code(last) == Some(code)));
    let first = first.unwrap_or(last);
    match (told(first), told(last)) {
        (first, last) if first == last => format!("; the provider's last refusal: {last}"),
        (first, last) => format!("; the provider's refusals of the code: {first}; then {last}"),
    }
}

/// The code that a token request presents.
#[must_use]
pub fn presented_code(entry: &Entry) -> Option<&str> {
    entry.request.param("code").filter(|_| entry.endpoint == Endpoint::Token)
}

/// The error in the authorization response that the provider sends the browser back with, of its own accord: one that a
/// scenario has put there is told as what was altered.
fn error_by_browser(entry: &Entry) -> Option<String> {
    let response =
        entry.response.as_ref().filter(|_| entry.endpoint == Endpoint::Authorize && entry.faults.is_empty())?;
    let location = Url::parse(response.header("location")?).ok()?;
    let value = |name| location.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    let description = value("error_description").map_or(String::new(), |text| format!(", {text}"));
    Some(format!("{}{description}", value("error")?))
}

fn told(entry: &Entry) -> String {
    if let Some(error) = error_by_browser(entry) {
        return format!("at the {} endpoint, {error}", entry.endpoint);
    }
    let (status, body) = entry.response.as_ref().map_or((0, ""), |response| (response.status, response.body.as_str()));
    format!("{status} at the {} endpoint, {}", entry.endpoint, excerpt(body))
}

/// The beginning of a text, or of what a page says.
#[must_use]
pub fn excerpt(text: &str) -> String {
    const LENGTH: usize = 300;
    let is_page = text.trim_start().starts_with('<');
    let text = if is_page { words(text) } else { text.to_owned() };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn words(page: &str) -> String {
    let page = scraper::Html::parse_document(page);
    let part = |name| scraper::Selector::parse(name).ok().and_then(|part| page.select(&part).next());
    part("main").or_else(|| part("body")).map_or_else(String::new, |part| part.text().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use mock_idp::MockIdp;

    use super::*;

    #[tokio::test]
    async fn code_that_is_presented_again_is_refused_for_the_first_reason_too() {
        let provider = MockIdp::start_blocking().expect("it starts");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let url = format!("http://{}/oauth/token", provider.address());
        let request = |code: &'static str, client: &'static str| {
            let form = [("grant_type", "authorization_code"), ("code", code), ("client_id", client)];
            http.post(&url).form(&form)
        };
        let told = || {
            let entries = provider.issuer().journal().entries();
            last_refusal(entries.iter().map(AsRef::as_ref))
        };
        request("one", "nobody").send().await.expect("an answer");
        request("one", "nobody").send().await.expect("an answer");
        assert!(told().starts_with("; the provider's last refusal: 401 at the token endpoint, {"), "{}", told());
        request("one", "nobody").body("code=one").send().await.expect("an answer");
        let both = told();
        assert!(both.starts_with("; the provider's refusals of the code: 401 at the token endpoint, {"), "{both}");
        assert!(both.contains("; then 400 at the token endpoint, {"), "{both}");
        request("two", "nobody").send().await.expect("an answer");
        assert!(told().starts_with("; the provider's last refusal: 401 at the token endpoint, {"), "{}", told());
    }
}
