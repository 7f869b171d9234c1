//! Where a page leads by itself, without a script: `<meta http-equiv="refresh">`, and the header of that name.

use std::time::Duration;

use scraper::{Html, Selector};
use url::Url;

use crate::text::resolved;

/// Later than that, a person has read the page and goes on in another way.
const LATEST: Duration = Duration::from_secs(5);

/// The page that a browser opens next without being told to, if that is soon and another page. `header` is that of the
/// answer; the first of both counts (HTML §4.2.4.3, "shared declarative refresh steps").
pub(super) fn refreshed(page: &Url, header: Option<&str>, html: Option<&str>) -> Option<Url> {
    let by_header = header.and_then(|content| target_of(page, content));
    let target = by_header.or_else(|| target_of(page, &content_of(html?)?));
    target.filter(|target| target != page)
}

fn content_of(html: &str) -> Option<String> {
    // Most pages have none, and need not be parsed.
    if !html.to_ascii_lowercase().contains("http-equiv") {
        return None;
    }
    let selector = Selector::parse("meta[http-equiv=refresh i]").ok()?;
    Html::parse_document(html).select(&selector).next()?.attr("content").map(str::to_owned)
}

/// `0; url='/next'`: seconds, and where to.
fn target_of(page: &Url, content: &str) -> Option<Url> {
    let is_separator = |character: char| matches!(character, ';' | ',') || character.is_ascii_whitespace();
    let (seconds, rest) = content.trim().split_once(is_separator)?;
    let seconds: f64 = seconds.parse().ok()?;
    let rest = rest.trim_start_matches(is_separator);
    let named = rest.get(..3).filter(|name| name.eq_ignore_ascii_case("url"));
    let named = named.and_then(|_| rest[3..].trim_start().strip_prefix('='));
    let address = named.unwrap_or(rest).trim();
    let address = match address.chars().next() {
        Some(quote @ ('\'' | '"')) => address[1..].split(quote).next().unwrap_or_default(),
        _ => address,
    };
    resolved(page, address).filter(|_| (0.0..=LATEST.as_secs_f64()).contains(&seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn led(header: Option<&str>, html: &str) -> Option<String> {
        let page = Url::parse("http://127.0.0.1:3000/callback?code=c").expect("a URL");
        refreshed(&page, header, Some(html)).map(|url| url[url::Position::BeforePath..].to_owned())
    }

    #[test]
    fn page_that_leads_on_by_itself_is_followed() {
        for html in [
            "<meta http-equiv=refresh content='0;URL=\"/callback?code=c&refresh=1\"'>",
            r#"<html><head><meta http-equiv="Refresh" content="0;URL='/callback?code=c&amp;refresh=1'"></head></html>"#,
            "<META HTTP-EQUIV=refresh CONTENT='1, /callback?code=c&refresh=1'>",
            "<meta http-equiv=refresh content='0 url = /callback?code=c&refresh=1'>",
        ] {
            assert_eq!(led(None, html).as_deref(), Some("/callback?code=c&refresh=1"), "{html}");
        }
        assert_eq!(led(Some("0; url=/home"), "").as_deref(), Some("/home"));
        assert_eq!(led(Some("5"), "<meta http-equiv=refresh content='0; urls.html'>").as_deref(), Some("/urls.html"));
    }

    #[test]
    fn page_that_reloads_itself_or_is_read_first_stays() {
        for html in [
            "<meta http-equiv=refresh content=5>",
            "<meta http-equiv=refresh content='30; url=/home'>",
            "<meta http-equiv=refresh content='0; url=/callback?code=c'>",
            "<p>&lt;meta http-equiv=refresh content='0; url=/home'&gt;</p>",
        ] {
            assert_eq!(led(None, html), None, "{html}");
        }
    }
}
