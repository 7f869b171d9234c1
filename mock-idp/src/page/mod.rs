//! Pages for people.

mod consent;
mod device;
mod frame;
mod home;
mod logout;

use maud::{Markup, html};

pub(crate) use consent::{ALLOW, Consent, DECISION_FIELD, DENY, USER_FIELD, consent};
pub(crate) use device::{DeviceConsent, device_consent, user_code};
use frame::{Layout, frame};
pub(crate) use frame::{STYLE, content_security_policy};
pub(crate) use home::home;
pub(crate) use logout::{LOG_OUT, LOGOUT_FIELD, Leaving, STAY, leaving};

use crate::message::{Answer, AuthorizationResponse, Outcome};

/// A page that says why a request cannot be answered, and what to do about it.
pub(crate) fn refusal(status: u16, problem: &str, remedy: &str) -> Outcome {
    let body = html! {
        p.problem { (problem) }
        p { (remedy) }
    };
    page(status, Layout::Card, "This request cannot be answered", &body)
}

/// A page with a message.
pub(crate) fn notice(status: u16, title: &str, text: &str) -> Outcome {
    page(status, Layout::Card, title, &html! { p { (text) } })
}

/// The page of OAuth 2.0 Form Post Response Mode, which the browser submits by itself.
pub(crate) fn form_post(response: &AuthorizationResponse) -> String {
    let body = html! {
        form method="post" action=(response.redirect_uri) {
            @for (name, value) in &response.parameters {
                input type="hidden" name=(name) value=(value);
            }
            noscript { p { "Your browser does not run scripts." } }
            div.buttons { button.primary { "Continue" } }
        }
        script { (maud::PreEscaped(frame::SUBMIT_SCRIPT)) }
    };
    frame(Layout::Card, "Back to the application", &body).into_string()
}

fn page(status: u16, layout: Layout, title: &str, body: &Markup) -> Outcome {
    Outcome::new(Answer::Page { status, markup: frame(layout, title, body).into_string() })
}
