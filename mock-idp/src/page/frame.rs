//! What all pages have in common.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::User;

/// The one script there is: it submits the form of a `form_post` response.
pub(super) const SUBMIT_SCRIPT: &str = "document.forms[0].submit()";

/// What all pages look like.
pub(crate) const STYLE: &str = include_str!("style.css");

/// How much room a page takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// A few words and a decision.
    Card,
    /// Tables.
    Wide,
}

pub(super) fn frame(layout: Layout, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // Or the browser asks for /favicon.ico.
                link rel="icon" href="data:,";
                title { (title) " · mock identity provider" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { strong { "Test provider" } " No password, no real accounts: anybody can be anyone here." }
                main.card[layout == Layout::Card] { h1 { (title) } (body) }
            }
        }
    }
}

/// A user's initial in a circle, which is only decoration.
pub(super) fn avatar(user: &User) -> Markup {
    let initial = user.display_name().chars().find(|letter| letter.is_alphanumeric()).unwrap_or('?');
    html! { span.avatar aria-hidden="true" { (initial.to_uppercase()) } }
}

/// Who is signed in.
pub(super) fn signed_in(user: &User) -> Markup {
    html! {
        fieldset.users {
            legend { "You are" }
            ul.people { li { (avatar(user)) span { (user.display_name()) small { (user.sub) } } } }
        }
    }
}

impl User {
    /// What people call the user.
    pub(super) fn display_name(&self) -> &str {
        self.claims.get("name").and_then(serde_json::Value::as_str).unwrap_or(&self.sub)
    }
}

/// Nothing from elsewhere, and only our own style and script; the icon is an empty one in the page itself. Forms may lead anywhere: that is what `form_post` is for.
pub(crate) fn content_security_policy() -> String {
    let hash = |text: &str| STANDARD.encode(digest(&SHA256, text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SUBMIT_SCRIPT)
    )
}
