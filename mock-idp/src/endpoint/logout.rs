//! Logging out: Auth0's own endpoint and OpenID Connect RP-Initiated Logout 1.0.
//!
//! Both end the session of the browser, if it has one, and check whether the client may be led to where it asks to be.

use super::cookie;
use super::hint::{self, Hint};
use crate::form::encode_form;
use crate::issuer::{Registry, State};
use crate::message::{Answer, Outcome, Parameters};
use crate::page::{self, Leaving};
use crate::{Client, Endpoint, Note, Request, User};

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
    let outcome = match parameters.get("returnTo").or_else(|| client_id.as_ref().and_then(|_| first())) {
        None => logged_out(),
        Some(target) if is_allowed(&clients, |allowed| allowed == target || allowed == without_query(target)) => {
            Outcome::new(Answer::Redirect(target.to_owned()))
        }
        Some(target) => return refused(target),
    };
    drop(registry);
    end(issuer, request, None, outcome)
}

/// `GET` or `POST /oidc/logout`. The address is compared as a string (RP-Initiated Logout §3).
pub(super) fn end_session(issuer: &State, request: &Request) -> Outcome {
    let parameters = match once_each(request) {
        Ok(parameters) => parameters,
        Err(refusal) => return *refusal,
    };
    let Ok(hint) = hint::read(issuer, parameters) else {
        let problem = "The id_token_hint is no ID token of this provider.";
        return page::refusal(400, problem, "Send the ID token that the client got, or none.")
            .noting([Note::IdTokenHintForged]);
    };
    let registry = issuer.registry.read();
    let named = parameters.get("client_id");
    if let (Some(client_id), Some(hint)) = (named, &hint)
        && !hint.is_for(client_id)
    {
        let problem = "The ID token of the hint was issued to another client than the client_id names.";
        return page::refusal(400, problem, "Send the ID token of this client, or leave one of them out.");
    }
    let hinted = || hint.as_ref().and_then(|hint| hint.client_id(&registry));
    let clients = candidates(&registry, named.or_else(hinted));
    let target = parameters.get("post_logout_redirect_uri");
    if let Some(target) = target.filter(|target| !is_allowed(&clients, |allowed| allowed == *target)) {
        return refused(target);
    }
    drop(registry);
    if let Some(user) = unasked(issuer, request, hint.as_ref()) {
        match parameters.get(page::LOGOUT_FIELD).filter(|_| request.method == "POST") {
            Some(page::LOG_OUT) => {}
            Some(page::STAY) => return page::notice(200, "Logged in", "You stay logged in."),
            _ => {
                let action = issuer.url(Endpoint::EndSession);
                return page::leaving(&Leaving { action, user: &user, parameters: &request.params });
            }
        }
    }
    let Some(target) = target else { return end(issuer, request, hint.as_ref(), logged_out()) };
    let location = parameters.owned("state").map(|state| {
        let separator = if target.contains('?') { '&' } else { '?' };
        format!("{target}{separator}{}", encode_form(&[("state".into(), state)]))
    });
    let redirect = Outcome::new(Answer::Redirect(location.unwrap_or_else(|| target.to_owned())));
    end(issuer, request, hint.as_ref(), redirect)
}

/// Who is signed in and has to be asked, because no hint names their session (RP-Initiated Logout §2).
fn unasked(issuer: &State, request: &Request, hint: Option<&Hint>) -> Option<User> {
    let subject = issuer.sessions.lock().get(cookie::read(issuer, request)?)?.subject.clone();
    let is_hinted = hint.is_some_and(|hint| hint.sub.as_ref() == Some(&subject));
    issuer.registry.read().user(&subject).filter(|_| !is_hinted).cloned()
}

/// Ends the session of the browser, and the one that the hint names: a form of another site comes without the cookie.
fn end(issuer: &State, request: &Request, hint: Option<&Hint>, mut outcome: Outcome) -> Outcome {
    let mut sessions = issuer.sessions.lock();
    if let Some(sid) = hint.and_then(|hint| hint.sid.as_deref()) {
        sessions.end_known_as(sid);
    }
    if let Some(secret) = cookie::read(issuer, request) {
        sessions.end(secret);
        outcome.set_cookie = Some(cookie::remove(issuer));
    }
    outcome
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
