//! What all pages have in common.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

/// The one script there is: it submits the form of a `form_post` response.
pub(super) const SUBMIT_SCRIPT: &str = "document.forms[0].submit()";

const STYLE: &str = include_str!("style.css");

pub(crate) fn frame(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · mock identity provider" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { strong { "Mock" } " identity provider for tests: no password is real here" }
                main { h1 { (title) } (body) }
            }
        }
    }
}

/// Nothing from elsewhere, and only our own style and script. Forms may lead anywhere: that is what `form_post` is for.
pub(crate) fn content_security_policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SUBMIT_SCRIPT)
    )
}
