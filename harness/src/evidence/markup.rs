//! Whether a page holds markup: as a browser reads it, and not as it is written.

use scraper::{ElementRef, Html, Node};

/// The attributes that a browser goes to, or runs.
const ADDRESSES: [&str; 6] = ["href", "src", "action", "formaction", "data", "xlink:href"];

/// The part of a page that is this markup, as it is written there. `markup` is the beginning of an element, `<img src=x
/// onerror=marker`, or of an address that an attribute has, `javascript:marker`. Escaped it is text, and does no harm.
#[must_use]
pub fn markup_in(page: &str, markup: &str) -> Option<String> {
    let page = Html::parse_document(page);
    let mut elements = page.root_element().descendants().filter_map(ElementRef::wrap);
    if !markup.starts_with('<') {
        let is_address = |text: &str| text.trim_start().to_ascii_lowercase().starts_with(&markup.to_ascii_lowercase());
        let leads_there = |it: &ElementRef<'_>| ADDRESSES.iter().any(|name| it.attr(name).is_some_and(is_address));
        return elements.find(leads_there).map(|it| it.html());
    }
    let whole = if markup.contains('>') { markup.to_owned() } else { format!("{markup}>") };
    let fragment = Html::parse_fragment(&whole);
    // A fragment is put into an element `html`.
    let wanted = fragment.root_element().descendants().filter_map(ElementRef::wrap).nth(1)?;
    elements.find(|element| begins_with(*element, wanted)).map(|it| it.html())
}

/// Whether an element has the name of another, its attributes, or more of them, and its text, or more of it.
fn begins_with(element: ElementRef<'_>, wanted: ElementRef<'_>) -> bool {
    let own = |name: &str| element.attr(name).unwrap_or_default();
    let has_text =
        |text: &str| element.children().any(|it| matches!(it.value(), Node::Text(own) if own.starts_with(text)));
    element.value().name() == wanted.value().name()
        && wanted.value().attrs().all(|(name, value)| own(name).starts_with(value))
        && wanted.text().all(has_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: &str = "<img src=x onerror=marker";
    const SCRIPT: &str = "<script>marker";

    #[test]
    fn markup_is_found_however_it_is_written() {
        for page in [
            "<p>Sorry: <img src=x onerror=marker('88ab')></p>",
            // What a browser makes of it.
            r#"<html><body><img src="x" onerror="marker('88ab')"></body></html>"#,
        ] {
            assert!(markup_in(page, IMAGE).is_some(), "{page}");
        }
        assert!(markup_in("<script>marker('4c1d')</script>", SCRIPT).is_some());
        assert!(markup_in("<b>x</b>", "<b>x</b>").is_some());
        assert!(markup_in("<a href=\"javascript:marker('4c1d')\">more</a>", "javascript:marker").is_some());
    }

    #[test]
    fn what_is_escaped_or_other_markup_is_none() {
        for page in [
            "<p>Sorry: &lt;img src=x onerror=marker('88ab')&gt;</p>",
            "<input value=\"<img src=x onerror=marker('88ab')>\">",
            "<textarea><img src=x onerror=marker('88ab')></textarea>",
            "<img src=\"x.png\">",
        ] {
            assert_eq!(markup_in(page, IMAGE), None, "{page}");
        }
        assert_eq!(markup_in("<script>ready()</script>", SCRIPT), None);
        assert_eq!(markup_in("<p>javascript:marker('4c1d')</p>", "javascript:marker"), None);
        assert_eq!(markup_in("<input type=hidden value=\"javascript:marker('4c1d')\">", "javascript:marker"), None);
        assert_eq!(markup_in("<b>y</b>", "<b>x</b>"), None);
    }
}
