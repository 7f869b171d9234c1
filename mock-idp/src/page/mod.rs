//! Pages for people.

mod consent;
mod frame;
mod home;

use maud::{Markup, html};

pub(crate) use consent::{Consent, DECISION_FIELD, USER_FIELD, consent};
pub(crate) use frame::{content_security_policy, frame};
pub(crate) use home::home;

use crate::message::{Answer, AuthorizationResponse, Outcome};

/// A page that says why a request cannot be answered, and what to do about it.
pub(crate) fn refusal(status: u16, problem: &str, remedy: &str) -> Outcome {
    page(status, "This request cannot be answered", &html! {
        p.problem { (problem) }
        p { (remedy) }
    })
}

/// A page with a message.
pub(crate) fn notice(status: u16, title: &str, text: &str) -> Outcome {
    page(status, title, &html! { p { (text) } })
}

/// The page of OAuth 2.0 Form Post Response Mode, which the browser submits by itself.
pub(crate) fn form_post(response: &AuthorizationResponse) -> String {
    let body = html! {
        form method="post" action=(response.redirect_uri) {
            @for (name, value) in &response.parameters {
                input type="hidden" name=(name) value=(value);
            }
            noscript { p { "Your browser does not run scripts." } }
            button { "Continue" }
        }
        script { (maud::PreEscaped(frame::SUBMIT_SCRIPT)) }
    };
    frame("Back to the application", &body).into_string()
}

fn page(status: u16, title: &str, body: &Markup) -> Outcome {
    Outcome::new(Answer::Page { status, markup: frame(title, body).into_string() })
}
