//! The authorization endpoint (RFC 6749 §3.1; OpenID Connect Core §3.1.2).

use std::sync::Arc;

use url::Url;

use super::hint;
use crate::fault::Placeholders;
use crate::grants::Authorization;
use crate::issuer::State;
use crate::message::{
    Answer, AuthorizationRequest, AuthorizationResponse, Minted, Outcome, Parameters, Problem, Prompt, ResponseMode,
    describable,
};
use crate::page::{self, Consent};
use crate::terms::{Tolerance, is_loopback};
use crate::{
    Client, CredentialKind, IssuerParameter, LoopbackPorts, Note, Presence, Request, SignIn, User, random, token,
};

/// Header that names the user who is logged in, for this request only; empty: nobody.
pub const SIGN_IN_HEADER: &str = "x-mock-idp-sign-in";

pub(super) fn respond(issuer: &State, request: &Request) -> Outcome {
    let trusted = match Trusted::establish(issuer, request) {
        Ok(trusted) => trusted,
        Err(refusal) => return *refusal,
    };
    // From here on, problems are told to the client (RFC 6749 §4.1.2.1).
    match decide(issuer, request, &trusted) {
        Ok(outcome) => outcome,
        Err(Problem(error, description)) => {
            let form = issuer.dialect().errors.form(error, &[]);
            let error = form.error.unwrap_or_else(|| error.to_owned());
            let description = describable(&form.description.unwrap_or(description));
            trusted.answer(issuer, vec![("error".into(), error), ("error_description".into(), description)])
        }
    }
}

/// Client and redirect URI, checked: a response may be sent there.
struct Trusted<'a> {
    client: Client,
    redirect_uri: String,
    parameters: Parameters<'a>,
    mode: ResponseMode,
    /// A response mode that is not supported is an error that is sent in the default one.
    mode_problem: Option<Problem>,
}

impl<'a> Trusted<'a> {
    fn establish(issuer: &State, request: &'a Request) -> Result<Self, Box<Outcome>> {
        let refused = |status, problem: &str, remedy: &str, note| {
            Err(Box::new(page::refusal(status, problem, remedy).noting(note)))
        };
        // A repeated parameter is only told to the client if it is clear who and where that is.
        let certain = ["client_id", "redirect_uri", "state", "response_mode"];
        let mut certain =
            request.params.iter().filter(|(name, _)| certain.contains(&name.as_str())).cloned().collect::<Vec<_>>();
        certain.sort();
        let repeated = certain.windows(2).find(|pair| pair[0].0 == pair[1].0);
        if issuer.policy().repeated_parameters == Tolerance::Refused
            && let Some([(name, _), _]) = repeated
        {
            let problem = format!("The authorization request has the parameter {name} more than once.");
            return refused(400, &problem, "Send every parameter once (RFC 6749 §3.1).", Some(Note::ParameterRepeated));
        }
        let parameters = Parameters::unchecked(&request.params);
        let Some(client_id) = parameters.get("client_id") else {
            return refused(400, "The authorization request has no client_id.", "Send the client's identifier.", None);
        };
        let Some(client) = issuer.registry.read().client(client_id).cloned() else {
            let problem = format!("There is no client with the client_id {client_id}.");
            return refused(400, &problem, "Register it, or correct the client_id.", Some(Note::ClientUnknown));
        };
        let redirect_uri = match (parameters.owned("redirect_uri"), client.redirect_uris.as_slice()) {
            (Some(sent), _) if is_registered(&sent, &client, issuer.policy().loopback_ports) => sent,
            (Some(sent), registered) => {
                let problem = format!("Callback URL mismatch: {sent} is not registered for the client {client_id}.");
                let remedy = format!("Redirect URIs are compared as strings. Registered: {}", registered.join(", "));
                return refused(403, &problem, &remedy, Some(Note::RedirectUriUnregistered));
            }
            (None, [only]) => only.clone(),
            (None, _) => {
                let problem = "The authorization request has no redirect_uri.";
                return refused(400, problem, "Send one: the client has not registered exactly one.", None);
            }
        };
        let (mode, mode_problem) = match ResponseMode::parse(parameters.get("response_mode")) {
            Ok(mode) => (mode, None),
            Err(problem) => (ResponseMode::Query, Some(problem)),
        };
        Ok(Self { client, redirect_uri, parameters, mode, mode_problem })
    }

    /// Completes an authorization response with `state` and, if advertised, `iss` (RFC 9207 §2).
    fn answer(&self, issuer: &State, mut parameters: Vec<(String, String)>) -> Outcome {
        let state = self.parameters.owned("state");
        parameters.extend(state.clone().map(|state| ("state".into(), state)));
        if issuer.policy().issuer_parameter == IssuerParameter::Advertised {
            parameters.push(("iss".into(), issuer.identifier.clone()));
        }
        let about = Placeholders {
            client_id: self.client.client_id.clone(),
            nonce: self.parameters.owned("nonce").unwrap_or_default(),
            state: state.unwrap_or_default(),
            redirect_uri: self.redirect_uri.clone(),
            ..Placeholders::default()
        };
        let response = AuthorizationResponse { redirect_uri: self.redirect_uri.clone(), mode: self.mode, parameters };
        Outcome { about, ..Outcome::new(Answer::Authorization(response)) }
    }
}

/// Whether a client may be answered there: compared as strings (RFC 9700 §2.1), but for the port of a native app, if the
/// policy allows that.
fn is_registered(sent: &str, client: &Client, ports: LoopbackPorts) -> bool {
    let native = ports == LoopbackPorts::Any && client.client_secret.is_none();
    let same = |registered: &String| registered == sent || (native && same_loopback(registered, sent));
    client.redirect_uris.iter().any(same)
}

/// Whether two redirect URIs on a loopback address differ in nothing but the port (RFC 8252 §7.3).
fn same_loopback(one: &str, other: &str) -> bool {
    let without_port = |uri: &str| {
        let native = |url: &Url| url.scheme() == "http" && url.host_str().is_some_and(is_loopback);
        let mut url = Url::parse(uri).ok().filter(native)?;
        url.set_port(None).ok()?;
        Some(url)
    };
    without_port(one).is_some_and(|one| without_port(other) == Some(one))
}

fn decide(issuer: &State, http: &Request, trusted: &Trusted<'_>) -> Result<Outcome, Problem> {
    let policy = issuer.policy();
    let (_, repeated) = Parameters::read(&http.params, policy.repeated_parameters)
        .map_err(|name| Problem("invalid_request", format!("Parameter occurs more than once: {name}")))?;
    if let Some(problem) = trusted.mode_problem.clone() {
        return Err(problem);
    }
    let mut request = AuthorizationRequest::parse(trusted.parameters, &policy)?;
    request.notes.extend(repeated);
    let scope = granted_scope(issuer, &request)?;
    issuer.grants.lock().asked(&trusted.client.client_id, request.nonce.as_deref());

    match resource_owner(issuer, http, trusted.parameters) {
        // OpenID Connect Core §3.1.2.1: never a positive response about somebody else than the hint's person.
        ResourceOwner::Allows(user)
            if hint::claim(trusted.parameters, "sub").is_some_and(|hinted| hinted != user.sub) =>
        {
            Err(Problem("login_required", "Another user is logged in than the id_token_hint names".into()))
        }
        ResourceOwner::Allows(user) => {
            let notes = std::mem::take(&mut request.notes);
            Ok(grant(issuer, trusted, request, scope, &user).noting(notes))
        }
        ResourceOwner::Denies => Err(Problem("access_denied", "User did not authorize the request".into())),
        ResourceOwner::Absent if request.prompt == Prompt::None => {
            Err(Problem("login_required", "Login required".into()))
        }
        ResourceOwner::Absent => {
            let registry = issuer.registry.read();
            let consent = Consent {
                action: issuer.url(crate::Endpoint::Authorize),
                client_id: &trusted.client.client_id,
                redirect_uri: &trusted.redirect_uri,
                scope: &scope,
                audience: request.audience.as_deref(),
                users: registry.users(),
                login_hint: trusted.parameters.get("login_hint"),
                parameters: &http.params,
            };
            Ok(page::consent(&consent))
        }
        ResourceOwner::Unknown(sub) => {
            let known: Vec<_> = issuer.registry.read().users().iter().map(|user| user.sub.clone()).collect();
            let remedy = format!("Register the user, or name one of these: {}", known.join(", "));
            Ok(page::refusal(400, &format!("There is no user {sub}."), &remedy))
        }
    }
}

/// What may be granted: an unknown audience is refused, and unknown scopes are ignored (RFC 6749 §3.3).
fn granted_scope(issuer: &State, request: &AuthorizationRequest) -> Result<Vec<String>, Problem> {
    let registry = issuer.registry.read();
    let api = match &request.audience {
        None => None,
        Some(audience) => Some(
            registry
                .api(audience)
                .ok_or_else(|| Problem("access_denied", format!("Service not enabled within domain: {audience}")))?,
        ),
    };
    let policy = issuer.policy();
    let mut granted = token::granted_scope(&request.scope, api, registry.apis(), policy.offline_access);
    granted.retain(|scope| scope != "openid" || policy.openid_connect == Presence::Present);
    // RFC 6749 §5.1: the client has to be told of a scope that differs, and no scope cannot be told (appendix A.4).
    if granted.is_empty() && !request.scope.is_empty() && policy.no_known_scope == Tolerance::Refused {
        return Err(Problem("invalid_scope", "None of the requested scopes is known".into()));
    }
    Ok(granted)
}

enum ResourceOwner {
    Allows(Box<User>),
    Denies,
    /// Nobody is logged in.
    Absent,
    /// A test named somebody who is not registered.
    Unknown(String),
}

/// Who is in front of the browser, and what they say: the page's form, the header, or the issuer's setting.
fn resource_owner(issuer: &State, http: &Request, parameters: Parameters<'_>) -> ResourceOwner {
    let sub = match (parameters.get(page::DECISION_FIELD), http.header(SIGN_IN_HEADER)) {
        (Some("deny"), _) if http.method == "POST" => return ResourceOwner::Denies,
        (Some(_), _) if http.method == "POST" => parameters.owned(page::USER_FIELD),
        (_, Some(sub)) => Some(sub.to_owned()).filter(|sub| !sub.is_empty()),
        (_, None) => match &*issuer.sign_in.read() {
            SignIn::Headless { sub } => Some(sub.clone()),
            SignIn::Page => None,
        },
    };
    let Some(sub) = sub else { return ResourceOwner::Absent };
    match issuer.registry.read().user(&sub) {
        Some(user) => ResourceOwner::Allows(Box::new(user.clone())),
        None => ResourceOwner::Unknown(sub),
    }
}

fn grant(
    issuer: &State,
    trusted: &Trusted<'_>,
    request: AuthorizationRequest,
    scope: Vec<String>,
    user: &User,
) -> Outcome {
    let (policy, now) = (issuer.policy(), issuer.clock.now());
    let code = random::code(policy.code_format);
    let mut grants = issuer.grants.lock();
    let authorization = Arc::new(Authorization {
        flow: grants.next_flow(),
        client_id: trusted.client.client_id.clone(),
        redirect_uri: trusted.redirect_uri.clone(),
        redirect_uri_sent: trusted.parameters.get("redirect_uri").is_some(),
        scope,
        offline: trusted.parameters.get("access_type") == Some("offline"),
        audience: request.audience,
        state: trusted.parameters.owned("state"),
        nonce: request.nonce,
        challenge: request.challenge,
        subject: user.sub.clone(),
        auth_time: now,
        sid: random::short(),
    });
    grants.authorize(code.clone(), authorization.clone(), now.saturating_add(policy.code_lifetime));
    drop(grants);
    let mut outcome = trusted.answer(issuer, vec![("code".into(), code.clone())]);
    outcome.about.subject.clone_from(&user.sub);
    outcome.about.code.clone_from(&code);
    outcome.minted.push(Minted { value: code, kind: CredentialKind::Code, authorization });
    outcome
}
