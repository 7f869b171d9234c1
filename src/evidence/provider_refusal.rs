//! What the provider has refused, in words.

use mock_idp::Entry;

/// The last error that the provider answered with, and where, as the end of a sentence; empty if there is none:
/// `; the provider's last refusal: 401 at the token endpoint, {"error":"invalid_client"}`.
pub fn last_refusal<'e>(entries: impl DoubleEndedIterator<Item = &'e Entry>) -> String {
    let refusal = entries.rev().find_map(|entry| {
        let response = entry.response.as_ref().filter(|response| response.status >= 400)?;
        let (status, endpoint, said) = (response.status, entry.endpoint, excerpt(&response.body));
        Some(format!("; the provider's last refusal: {status} at the {endpoint} endpoint, {said}"))
    });
    refusal.unwrap_or_default()
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
