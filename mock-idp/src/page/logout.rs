//! Do you want to log out?

use maud::html;

use super::frame::{Layout, signed_in};
use super::page;
use crate::User;
use crate::message::Outcome;

/// The form field that says [`LOG_OUT`] or [`STAY`].
pub(crate) const LOGOUT_FIELD: &str = "mock_idp_logout";
/// The session ends.
pub(crate) const LOG_OUT: &str = "yes";
/// It does not.
pub(crate) const STAY: &str = "no";

/// What the user is asked.
pub(crate) struct Leaving<'a> {
    pub(crate) action: String,
    pub(crate) user: &'a User,
    /// The parameters of the log-out request, which the form sends again.
    pub(crate) parameters: &'a [(String, String)],
}

/// The page that asks whether the user wants to log out (RP-Initiated Logout §2).
pub(crate) fn leaving(leaving: &Leaving<'_>) -> Outcome {
    let repeated = leaving.parameters.iter().filter(|(name, _)| name != LOGOUT_FIELD);
    let body = html! {
        form method="post" action=(leaving.action) {
            @for (name, value) in repeated { input type="hidden" name=(name) value=(value); }
            (signed_in(leaving.user))
            div.buttons {
                button name=(LOGOUT_FIELD) value=(STAY) { "Stay logged in" }
                button.primary name=(LOGOUT_FIELD) value=(LOG_OUT) { "Log out" }
            }
        }
    };
    page(200, Layout::Card, "Log out?", &body)
}
