//! What an answer carries, by name.

use mock_idp::{Endpoint, Response};
use serde_json::Value;
use url::Url;

use crate::text::plain;

/// More names than any honest answer of a flow has.
const MOST: usize = 12;

/// The names of the parameters that a redirect carries, or of the members of a token response or an error. Metadata, keys
/// and claims are no news.
pub(super) fn names(endpoint: Endpoint, response: &Response) -> Vec<String> {
    let mut names = match response.header("location").and_then(|location| Url::parse(location).ok()) {
        Some(location) => location.query_pairs().map(|(name, value)| shown(&name, &value)).collect(),
        None if endpoint == Endpoint::Token || response.status >= 400 => members(&response.body),
        None => Vec::new(),
    };
    names.truncate(MOST);
    names
}

fn members(body: &str) -> Vec<String> {
    let Ok(Value::Object(members)) = serde_json::from_str(body) else { return Vec::new() };
    members.iter().map(|(name, value)| shown(name, value.as_str().unwrap_or_default())).collect()
}

/// An error code is no secret, and the one thing to know of an error.
fn shown(name: &str, value: &str) -> String {
    const LONGEST: usize = 32;
    let cut = |text: &str| plain(text).chars().take(LONGEST).collect::<String>();
    if name == "error" && !value.is_empty() { format!("error={}", cut(value)) } else { cut(name) }
}
