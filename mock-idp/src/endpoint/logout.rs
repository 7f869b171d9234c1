//! Logging out: Auth0's own endpoint and OpenID Connect RP-Initiated Logout 1.0.
//!
//! There is no session to end. What can be tested is where the client asks to be sent, and whether that is allowed.

use super::hint;
use crate::form::encode_form;
use crate::issuer::{Registry, State};
use crate::message::{Answer, Outcome, Parameters};
use crate::{Client, Note, Request, page};

/// `GET /v2/logout`. The query and fragment of `returnTo` may be anything; without it, a client is sent to the first
/// address it has registered.
pub(super) fn auth0(issuer: &State, request: &Request) -> Outcome {
    let parameters = match once_each(request) {
        Ok(parameters) => parameters,
        Err(refusal) => return *refusal,
    };
    let registry = issuer.registry.read();
    let client_id = parameters.owned("client_id");
    let clients = candidates(&registry, client_id.as_deref());
    let first = || clients.first()?.post_logout_redirect_uris.first().map(String::as_str);
    match parameters.get("returnTo").or_else(|| client_id.as_ref().and_then(|_| first())) {
        None => logged_out(),
        Some(target) if is_allowed(&clients, |allowed| allowed == target || allowed == without_query(target)) => {
            Outcome::new(Answer::Redirect(target.to_owned()))
        }
        Some(target) => refused(target),
    }
}

/// `GET` or `POST /oidc/logout`. The address is compared as a string (RP-Initiated Logout §3).
pub(super) fn end_session(issuer: &State, request: &Request) -> Outcome {
    let parameters = match once_each(request) {
        Ok(parameters) => parameters,
        Err(refusal) => return *refusal,
    };
    let registry = issuer.registry.read();
    let (named, hinted) = (parameters.owned("client_id"), hint::claim(parameters, "aud"));
    if named.is_some() && hinted.is_some() && named != hinted {
        let problem = "The ID token of the hint was issued to another client than the client_id names.";
        return page::refusal(400, problem, "Send the ID token of this client, or leave one of them out.");
    }
    let clients = candidates(&registry, named.or(hinted).as_deref());
    let Some(target) = parameters.get("post_logout_redirect_uri") else { return logged_out() };
    if !is_allowed(&clients, |allowed| allowed == target) {
        return refused(target);
    }
    let location = parameters.owned("state").map(|state| {
        let separator = if target.contains('?') { '&' } else { '?' };
        format!("{target}{separator}{}", encode_form(&[("state".into(), state)]))
    });
    Outcome::new(Answer::Redirect(location.unwrap_or_else(|| target.to_owned())))
}

fn once_each(request: &Request) -> Result<Parameters<'_>, Box<Outcome>> {
    Parameters::once_each(&request.params).map_err(|name| {
        let problem = format!("The parameter {name} occurs more than once.");
        Box::new(page::refusal(400, &problem, "Send it once.").noting([Note::ParameterRepeated]))
    })
}

/// The client named; all of them if none is.
fn candidates<'a>(registry: &'a Registry, client_id: Option<&str>) -> Vec<&'a Client> {
    match client_id {
        Some(client_id) => registry.client(client_id).into_iter().collect(),
        None => registry.clients().iter().collect(),
    }
}

fn is_allowed(clients: &[&Client], matches: impl Fn(&str) -> bool) -> bool {
    clients.iter().any(|client| client.post_logout_redirect_uris.iter().any(|allowed| matches(allowed)))
}

fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

fn logged_out() -> Outcome {
    page::notice(200, "Logged out", "You are logged out. No address to return to was given.")
}

fn refused(target: &str) -> Outcome {
    let problem = format!("{target} is not among the allowed log-out URLs of the client.");
    let remedy = "Add it to the client's post_logout_redirect_uris, character by character.";
    page::refusal(400, &problem, remedy).noting([Note::RedirectUriUnregistered])
}
