//! Pages between the login route and the provider: a user who has to press a button first.

use std::collections::BTreeMap;

use http::Method;
use scraper::{ElementRef, Html, Selector};
use url::form_urlencoded;

use super::agent::Page;
use super::request::Request;

/// What the browser sends when the form is submitted that the CSS selector finds first; nothing if there is none.
///
/// Fields have the values that the page gives them, but for those that are filled in here.
pub(super) fn submitted(page: &Page, selector: &str, filled_in: &BTreeMap<String, String>) -> Option<Request> {
    let document = Html::parse_document(&page.body);
    let form =
        document.select(&Selector::parse(selector).ok()?).next().filter(|found| found.value().name() == "form")?;
    let action = form.attr("action").unwrap_or_default();
    let mut url = if action.is_empty() { page.url.clone() } else { page.url.join(action).ok()? };
    let mut body = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields(form) {
        body.append_pair(&name, filled_in.get(&name).unwrap_or(&value));
    }
    let body = body.finish();
    if form.attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post")) {
        return Some(Request { method: Method::POST, url, form: Some(body) });
    }
    url.set_query(Some(&body));
    Some(Request { method: Method::GET, url, form: None })
}

/// The successful controls, as HTML calls them: of buttons the first one, because it is pressed.
fn fields(form: ElementRef<'_>) -> Vec<(String, String)> {
    let controls = Selector::parse("input, button, textarea").expect("the selector is a constant");
    let mut pressed = false;
    let mut fields = Vec::new();
    for control in form.select(&controls) {
        let kind = match control.value().name() {
            "button" => control.attr("type").unwrap_or("submit"),
            "textarea" => "text",
            _ => control.attr("type").unwrap_or("text"),
        };
        let counts = match kind {
            "submit" | "image" => !std::mem::replace(&mut pressed, true),
            "checkbox" | "radio" => control.attr("checked").is_some(),
            "button" | "reset" | "file" => false,
            _ => true,
        };
        if let Some(name) = control.attr("name").filter(|name| counts && !name.is_empty()) {
            let value = match control.value().name() {
                "textarea" => control.text().collect(),
                _ => control.attr("value").unwrap_or_default().to_owned(),
            };
            fields.push((name.to_owned(), value));
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(form: &str) -> Option<Request> {
        let url = "http://127.0.0.1:3000/login?x=1".parse().expect("a URL");
        let page = Page { status: 200, url, body: format!("<body><form id=other></form>{form}</body>") };
        submitted(&page, "#login", &BTreeMap::from([("email".to_owned(), "a b@c".to_owned())]))
    }

    #[test]
    fn posted_form_sends_what_a_browser_sends() {
        let form = r#"<form id=login method=POST action="/auth"><input type=hidden name=csrf value="t&k">
            <input name=email value=x><input type=checkbox name=stay><input type=checkbox name=terms value=1 checked>
            <button name=how value=oidc>Log in</button><button name=how value=password>Other</button></form>"#;
        let Some(Request { url, form: Some(body), .. }) = sent(form) else { panic!("it is posted") };
        assert_eq!(url.as_str(), "http://127.0.0.1:3000/auth");
        assert_eq!(body, "csrf=t%26k&email=a+b%40c&terms=1&how=oidc");
    }

    #[test]
    fn form_without_method_and_action_is_opened_where_it_is() {
        let Some(Request { url, form: None, .. }) = sent("<form id=login><input name=q value=1></form>") else {
            panic!("a GET")
        };
        assert_eq!(url.as_str(), "http://127.0.0.1:3000/login?q=1");
    }

    #[test]
    fn page_without_the_form_has_nothing_to_submit() {
        assert!(sent("<form id=logout></form>").is_none());
        assert!(sent("<button id=login>A script's business</button>").is_none());
    }
}
