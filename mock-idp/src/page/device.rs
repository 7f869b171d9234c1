//! Which device is it, and do you allow it access?

use maud::html;

use super::consent::{ALLOW, DECISION_FIELD, DENY, chips, users};
use super::frame::Layout;
use super::page;
use crate::User;
use crate::grants::Device;
use crate::message::Outcome;

/// The page on which a user enters the code that a device shows (RFC 8628 §3.3).
pub(crate) fn user_code(status: u16, action: &str, problem: Option<&str>) -> Outcome {
    let body = html! {
        p { "Enter the code that the device shows." }
        form method="get" action=(action) {
            @if let Some(problem) = problem { p.problem role="alert" { (problem) } }
            p.code-entry {
                label for="user_code" { "Code" }
                input #user_code name="user_code" required autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="32" placeholder="BCDF-GHJK";
            }
            div.buttons { button.primary { "Continue" } }
        }
    };
    page(status, Layout::Card, "Connect a device", &body)
}

/// What the user is asked.
pub(crate) struct DeviceConsent<'a> {
    pub(crate) action: String,
    pub(crate) device: &'a Device,
    pub(crate) users: &'a [User],
    /// Who it probably is: a subject.
    pub(crate) likely: Option<&'a str>,
}

/// The page that shows the code again, so that the user can compare it (RFC 8628 §3.3.1), and asks who it is.
pub(crate) fn device_consent(consent: &DeviceConsent<'_>) -> Outcome {
    let DeviceConsent { action, device, .. } = consent;
    let body = html! {
        p { "The device gets access for " strong { (device.client_id) } "." }
        form method="post" action=(action) {
            input type="hidden" name="user_code" value=(device.user_code);
            (users(consent.users, consent.likely))
            (chips(&device.scope))
            dl {
                @if let Some(audience) = &device.audience { dt { "API" } dd { code { (audience) } } }
                dt { "The device shows" } dd { code { (device.user_code) } }
            }
            div.buttons {
                button name=(DECISION_FIELD) value=(DENY) { "Decline" }
                button.primary name=(DECISION_FIELD) value=(ALLOW) { "Log in and allow" }
            }
        }
    };
    page(200, Layout::Card, "Connect a device", &body)
}
