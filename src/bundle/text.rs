//! Messages in full, for a terminal.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use har::v1_2::{Entries, Headers};
use har::{Har, Spec};
use regex::Regex;
use serde_json::Value;

use crate::text::plain;

/// Every message of a scenario, in order: request line, header fields, body, and the same of the answer. A JWT is shown with
/// its header and its claims where it comes first.
#[must_use]
pub fn in_full(messages: &Har) -> String {
    let mut shown = HashSet::new();
    let mut in_full = |entry| {
        let mut text = exchange(entry);
        let new: Vec<_> = JWT.find_iter(&text).filter(|jwt| shown.insert(jwt.as_str().to_owned())).collect();
        let decoded: String = new.iter().filter_map(|jwt| decoded(jwt.as_str())).collect();
        text.push_str(&plain(&decoded));
        text
    };
    match &messages.log {
        Spec::V1_2(log) => log.entries.iter().map(&mut in_full).collect::<Vec<_>>().join("\n"),
        // This program does not write it.
        Spec::V1_3(_) => String::new(),
    }
}

static JWT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+").expect("it is one"));

/// Header and claims, if they are JSON.
fn decoded(jwt: &str) -> Option<String> {
    let (header, claims) = jwt.split_once('.')?;
    let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let (start, _) = jwt.split_at(jwt.len().min(12));
    Some(format!("   {start}… is {:#} {:#}\n", json(header)?, json(claims)?))
}

fn exchange(entry: &Entries) -> String {
    let (request, response) = (&entry.request, &entry.response);
    let mut text = format!("── {}\n{} {}\n", entry.comment.as_deref().unwrap_or_default(), request.method, request.url);
    fields(&request.headers, &mut text);
    body(request.post_data.as_ref().and_then(|data| data.text.as_deref()), &mut text);
    match response.status {
        0 => text.push_str("no answer\n"),
        status => {
            let _ = writeln!(text, "→ {status}");
        }
    }
    if response.headers.is_empty() {
        // Of an answer to a browser no more is known than where it leads.
        if let Some(target) = response.redirect_url.as_deref().filter(|target| !target.is_empty()) {
            let _ = writeln!(text, "location: {target}");
        }
    }
    fields(&response.headers, &mut text);
    body(response.content.text.as_deref(), &mut text);
    plain(&text)
}

fn fields(headers: &[Headers], text: &mut String) {
    for field in headers {
        let _ = writeln!(text, "{}: {}", field.name, field.value);
    }
}

fn body(body: Option<&str>, text: &mut String) {
    if let Some(body) = body.filter(|body| !body.is_empty()) {
        let _ = writeln!(text, "\n{}\n", body.trim_end());
    }
}
