//! Logging out: Auth0's own endpoint and OpenID Connect RP-Initiated Logout 1.0.
//!
//! There is no session to end. What can be tested is where the client asks to be sent, and whether that is allowed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::issuer::State;
use crate::message::{Answer, Outcome, Parameters, encode_form};
use crate::{Client, Note, Request, page};

/// `GET /v2/logout`
pub(super) fn auth0(issuer: &State, request: &Request) -> Outcome {
    answer(issuer, request, "returnTo")
}

/// `GET` or `POST /oidc/logout`
pub(super) fn end_session(issuer: &State, request: &Request) -> Outcome {
    answer(issuer, request, "post_logout_redirect_uri")
}

fn answer(issuer: &State, request: &Request, parameter: &str) -> Outcome {
    let parameters = match Parameters::once_each(&request.params) {
        Ok(parameters) => parameters,
        Err(name) => return page::refusal(400, &format!("The parameter {name} occurs more than once."), "Send it once.").noting([Note::ParameterRepeated]),
    };
    let registry = issuer.registry.read();
    let clients: Vec<&Client> = match client_id(parameters) {
        Some(client_id) => registry.client(&client_id).into_iter().collect(),
        None => registry.clients().iter().collect(),
    };
    let Some(target) = parameters.get(parameter) else {
        return page::notice(200, "Logged out", "You are logged out. No address to return to was given.");
    };
    if !clients.iter().any(|client| client.post_logout_redirect_uris.iter().any(|allowed| allowed == target)) {
        let problem = format!("{target} is not among the allowed log-out URLs of the client.");
        let remedy = "Add it to the client's post_logout_redirect_uris, character by character.";
        return page::refusal(400, &problem, remedy).noting([Note::RedirectUriUnregistered]);
    }
    let location = match parameters.owned("state") {
        Some(state) if parameter == "post_logout_redirect_uri" => {
            let separator = if target.contains('?') { '&' } else { '?' };
            format!("{target}{separator}{}", encode_form(&[("state".into(), state)]))
        }
        _ => target.to_owned(),
    };
    Outcome::new(Answer::Redirect(location))
}

/// The client that is logging out: named, or read from the ID token that it gives as a hint. Whether the hint is genuine
/// makes no difference, because the target has to be registered either way.
fn client_id(parameters: Parameters<'_>) -> Option<String> {
    parameters.owned("client_id").or_else(|| {
        let payload = parameters.get("id_token_hint")?.split('.').nth(1)?;
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        claims.get("aud")?.as_str().map(str::to_owned)
    })
}
