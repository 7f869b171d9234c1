//! Who are you, and do you allow it?

use maud::{Markup, html};

use super::frame::{Layout, avatar, signed_in};
use super::page;
use crate::User;
use crate::message::Outcome;

/// The form field that names the chosen user.
pub(crate) const USER_FIELD: &str = "mock_idp_user";
/// The form field that says [`ALLOW`], [`DENY`] or that somebody else is there.
pub(crate) const DECISION_FIELD: &str = "mock_idp_decision";
/// The user allows it.
pub(crate) const ALLOW: &str = "allow";
/// The user does not allow it.
pub(crate) const DENY: &str = "deny";
/// The user is another one.
const SWITCH: &str = "switch";

/// What the user is asked.
pub(crate) struct Consent<'a> {
    pub(crate) action: String,
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) scope: &'a [String],
    pub(crate) audience: Option<&'a str>,
    pub(crate) users: &'a [User],
    /// Who it probably is (`login_hint`, for instance): a subject or an e-mail address.
    pub(crate) likely: Option<&'a str>,
    /// Who is signed in already and only has to allow it.
    pub(crate) signed_in: Option<&'a User>,
    /// The parameters of the authorization request, which the form sends again.
    pub(crate) parameters: &'a [(String, String)],
}

/// The login and consent page. It keeps nothing on the server: the form repeats the whole authorization request.
pub(crate) fn consent(consent: &Consent<'_>) -> Outcome {
    let repeated = consent.parameters.iter().filter(|(name, _)| name != USER_FIELD && name != DECISION_FIELD);
    let body = html! {
        p { "to continue to " strong { (consent.client_id) } }
        form method="post" action=(consent.action) {
            @for (name, value) in repeated { input type="hidden" name=(name) value=(value); }
            @match consent.signed_in {
                Some(user) => (signed_in(user)),
                None => (users(consent.users, consent.likely)),
            }
            (chips(consent.scope))
            dl {
                @if let Some(audience) = consent.audience { dt { "API" } dd { code { (audience) } } }
                dt { "Then back to" } dd { code { (consent.redirect_uri) } }
            }
            div.buttons {
                button name=(DECISION_FIELD) value=(DENY) { "Decline" }
                @if consent.signed_in.is_some() {
                    button name=(DECISION_FIELD) value=(SWITCH) { "Somebody else" }
                    button.primary name=(DECISION_FIELD) value=(ALLOW) { "Allow" }
                } @else {
                    button.primary name=(DECISION_FIELD) value=(ALLOW) { "Log in and allow" }
                }
            }
        }
    };
    page(200, Layout::Card, if consent.signed_in.is_some() { "Allow access" } else { "Log in" }, &body)
}

/// What the client asks for.
pub(super) fn chips(scope: &[String]) -> Markup {
    html! {
        @if !scope.is_empty() {
            h2 { "What it asks for" }
            ul.chips { @for scope in scope { li { code { (scope) } } } }
        }
    }
}

/// The users to choose from. `likely`: who it probably is, a subject or an e-mail address.
pub(super) fn users(users: &[User], likely: Option<&str>) -> Markup {
    let hinted = users.iter().position(|user| is_meant(user, likely)).unwrap_or_default();
    html! {
        fieldset.users {
            legend { "Who are you?" }
            @for (index, user) in users.iter().enumerate() {
                label {
                    input type="radio" name=(USER_FIELD) value=(user.sub) checked[index == hinted];
                    (avatar(user))
                    span { (user.display_name()) small { (user.sub) } }
                }
            }
        }
    }
}

fn is_meant(user: &User, likely: Option<&str>) -> bool {
    let email = user.claims.get("email").and_then(serde_json::Value::as_str);
    likely.is_some_and(|likely| likely == user.sub || email == Some(likely))
}
