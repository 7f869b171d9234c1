//! What the provider has said last, where a login does not succeed.

use std::sync::Arc;

use mock_idp::{Endpoint, Entry, Issuer};

use super::visit::{form, redirect};

/// What the provider said instead of sending the browser back.
pub(super) fn refused_authorization(issuer: &Issuer) -> Option<String> {
    let entry = last_exchange(issuer, Endpoint::Authorize)?;
    let response = entry.response.as_ref().filter(|response| response.status >= 400)?;
    let said = excerpt(&response.body);
    Some(format!("the provider refused the authorization request, status {}: {said}", response.status))
}

/// The error that the provider itself gave to the last authorization request, by way of the browser.
pub(super) fn error_by_redirect(issuer: &Issuer) -> Option<String> {
    let entry = last_exchange(issuer, Endpoint::Authorize)?;
    let response = entry.response.as_ref()?;
    let location = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
    let params = match location {
        Some((_, location)) => redirect(location)?.params,
        None => form(&response.body)?.params,
    };
    let of = |name: &str| params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let described = of("error_description").map(|text| format!(", {text:?}")).unwrap_or_default();
    Some(format!("the error {}{described}", of("error")?))
}

/// The last exchange at one of its endpoints.
pub(super) fn last_exchange(issuer: &Issuer, endpoint: Endpoint) -> Option<Arc<Entry>> {
    issuer.journal().entries().into_iter().rev().find(|entry| entry.endpoint == endpoint)
}

/// The last error that it answered with, and where.
pub(super) fn last_refusal(issuer: &Issuer) -> Option<String> {
    issuer.journal().entries().into_iter().rev().find_map(|entry| {
        let response = entry.response.as_ref().filter(|response| response.status >= 400)?;
        Some(format!("{} at the {} endpoint, {}", response.status, entry.endpoint, excerpt(&response.body)))
    })
}

/// The beginning of a text, or of what a page says.
pub(super) fn excerpt(text: &str) -> String {
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
