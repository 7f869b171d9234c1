//! Who are you, and do you allow it?

use maud::html;

use super::page;
use crate::User;
use crate::message::Outcome;

/// The form field that names the chosen user.
pub(crate) const USER_FIELD: &str = "mock_idp_user";
/// The form field that says `allow` or `deny`.
pub(crate) const DECISION_FIELD: &str = "mock_idp_decision";

/// What the user is asked.
pub(crate) struct Consent<'a> {
    pub(crate) action: String,
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) scope: &'a [String],
    pub(crate) audience: Option<&'a str>,
    pub(crate) users: &'a [User],
    /// The parameters of the authorization request, which the form sends again.
    pub(crate) parameters: &'a [(String, String)],
}

/// The login and consent page. It keeps nothing on the server: the form repeats the whole authorization request.
pub(crate) fn consent(consent: &Consent<'_>) -> Outcome {
    let repeated = consent.parameters.iter().filter(|(name, _)| name != USER_FIELD && name != DECISION_FIELD);
    page(200, "Log in", &html! {
        p { strong { (consent.client_id) } " asks you to log in" @if !consent.scope.is_empty() { ", and for access to" } "." }
        @if !consent.scope.is_empty() {
            ul { @for scope in consent.scope { li { code { (scope) } } } }
        }
        @if let Some(audience) = consent.audience { p.soft { "API: " code { (audience) } } }
        p.soft { "You will be sent back to " code { (consent.redirect_uri) } }
        form method="post" action=(consent.action) {
            @for (name, value) in repeated { input type="hidden" name=(name) value=(value); }
            fieldset.users {
                legend { "Continue as" }
                @for (index, user) in consent.users.iter().enumerate() {
                    label {
                        input type="radio" name=(USER_FIELD) value=(user.sub) checked[index == 0];
                        span { (display_name(user)) small { (user.sub) } }
                    }
                }
            }
            div.buttons {
                button name=(DECISION_FIELD) value="deny" { "Decline" }
                button.primary name=(DECISION_FIELD) value="allow" { "Log in and allow" }
            }
        }
    })
}

fn display_name(user: &User) -> &str {
    user.claims.get("name").and_then(serde_json::Value::as_str).unwrap_or(&user.sub)
}
