//! The authorization endpoint (RFC 6749 §3.1; OpenID Connect Core §3.1.2).

use std::sync::{Arc, OnceLock};

use super::minting::{IdToken, Minting};
use super::sign_in::{Login, Question, ResourceOwner, resource_owner};
use super::{cookie, hint, scope};
use crate::fault::Placeholders;
use crate::grants::Authorization;
use crate::issuer::State;
use crate::message::{
    Answer, AuthorizationRequest, AuthorizationResponse, Minted, Outcome, Parameters, Problem, Prompt, ResponseMode,
    Tokens, describable,
};
use crate::page::{self, Consent};
use crate::terms::{Tolerance, same_loopback};
use crate::{
    Client, CredentialKind, FrontChannel, GrantType, IssuerParameter, LoopbackPorts, Note, PkcePolicy, Request, User,
    random,
};

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
        Outcome { about, ..Outcome::new(Answer::Authorization(response, None)) }
    }
}

/// Whether a client may be answered there: compared as strings (RFC 9700 §2.1), but for the port of a native app, if the
/// policy allows that.
fn is_registered(sent: &str, client: &Client, ports: LoopbackPorts) -> bool {
    let native = ports == LoopbackPorts::Any && client.client_secret.is_none();
    let same = |registered: &String| registered == sent || (native && same_loopback(registered, sent));
    client.redirect_uris.iter().any(same)
}

fn decide(issuer: &State, http: &Request, trusted: &Trusted<'_>) -> Result<Outcome, Problem> {
    let policy = issuer.policy();
    let (_, repeated) = Parameters::read(&http.params, policy.repeated_parameters)
        .map_err(|name| Problem("invalid_request", format!("Parameter occurs more than once: {name}")))?;
    if let Some(problem) = trusted.mode_problem.clone() {
        return Err(problem);
    }
    // RFC 6749 §4.1.2.1.
    if !trusted.client.grant_types.contains(&GrantType::AuthorizationCode) {
        return Err(Problem("unauthorized_client", "The client may not ask for a code".into()));
    }
    let mut request = AuthorizationRequest::parse(trusted.parameters, &policy)?;
    if trusted.client.client_secret.is_none() && request.challenge.is_none() && policy.pkce == PkcePolicy::Enforce {
        if policy.missing_pkce == Tolerance::Refused {
            let description = "A public client has to send a code_challenge (RFC 9700 2.1.1)";
            return Err(Problem("invalid_request", description.into()));
        }
        request.notes.push(Note::PkceMissing);
    }
    request.notes.extend(repeated);
    let scope = scope::granted(issuer, &request.scope, request.audience.as_deref())?;
    issuer.grants.lock().asked(&trusted.client.client_id, request.nonce.as_deref());

    let hint = hint::read(issuer, trusted.parameters).map_err(|hint::Forged| {
        Problem("invalid_request", "The id_token_hint is no ID token of this provider".into())
    })?;
    let client_id = &trusted.client.client_id;
    let question = Question { client_id, request: &request, scope: &scope, hint: hint.as_ref() };
    let silent = request.asks(Prompt::None);
    match resource_owner(issuer, http, trusted.parameters, question) {
        ResourceOwner::Allows(user, login) => {
            let notes = std::mem::take(&mut request.notes);
            Ok(grant(issuer, trusted, request, scope, (&user, login)).noting(notes))
        }
        ResourceOwner::Denies => Err(Problem("access_denied", "User did not authorize the request".into())),
        ResourceOwner::Other => {
            Err(Problem("login_required", "Another user is logged in than the request names".into()))
        }
        ResourceOwner::Absent if silent => Err(Problem("login_required", "Login required".into())),
        ResourceOwner::Undecided(_) if silent => Err(Problem("consent_required", "Consent required".into())),
        ResourceOwner::Absent => Ok(ask(issuer, http, trusted, question, None)),
        ResourceOwner::Undecided(user) => Ok(ask(issuer, http, trusted, question, Some(&user))),
        ResourceOwner::Unknown(sub) => {
            let known: Vec<_> = issuer.registry.read().users().iter().map(|user| user.sub.clone()).collect();
            let remedy = format!("Register the user, or name one of these: {}", known.join(", "));
            Ok(page::refusal(400, &format!("There is no user {sub}."), &remedy))
        }
    }
}

/// The page that asks who it is and whether they allow it; only the latter if a user is signed in.
fn ask(
    issuer: &State,
    http: &Request,
    trusted: &Trusted<'_>,
    question: Question<'_>,
    signed_in: Option<&User>,
) -> Outcome {
    let earlier =
        cookie::read(issuer, http).and_then(|secret| Some(issuer.sessions.lock().get(secret)?.subject.clone()));
    let registry = issuer.registry.read();
    let hinted = question.hint.and_then(|hint| hint.sub.as_deref());
    page::consent(&Consent {
        action: issuer.url(crate::Endpoint::Authorize),
        client_id: question.client_id,
        redirect_uri: &trusted.redirect_uri,
        scope: question.scope,
        audience: question.request.audience.as_deref(),
        users: registry.users(),
        likely: hinted.or(trusted.parameters.get("login_hint")).or(earlier.as_deref()),
        signed_in,
        parameters: &http.params,
    })
}

fn grant(
    issuer: &State,
    trusted: &Trusted<'_>,
    request: AuthorizationRequest,
    scope: Vec<String>,
    (user, login): (&User, Login),
) -> Outcome {
    let (policy, now) = (issuer.policy(), issuer.clock.now());
    let code = random::code(policy.code_format);
    let mut grants = issuer.grants.lock();
    let authorization = Arc::new(Authorization {
        flow: grants.next_flow(),
        client_id: trusted.client.client_id.clone(),
        issuer: OnceLock::new(),
        redirect_uri: trusted.redirect_uri.clone(),
        redirect_uri_sent: trusted.parameters.get("redirect_uri").is_some(),
        scope,
        offline: trusted.parameters.get("access_type") == Some("offline"),
        audience: request.audience,
        further_audiences: Vec::new(),
        state: trusted.parameters.owned("state"),
        nonce: request.nonce,
        challenge: request.challenge,
        subject: user.sub.clone(),
        auth_time: login.auth_time,
        sid: login.sid,
        userinfo_claims: request.claims.of_userinfo(),
        id_token_claims: request.claims.of_id_token(),
        actor: None,
    });
    if policy.front_channel != FrontChannel::Code {
        drop(grants);
        let mut outcome = trusted.answer(issuer, Vec::new());
        outcome.set_cookie = login.set_cookie;
        outcome.about.subject.clone_from(&user.sub);
        if let Answer::Authorization(_, tokens) = &mut outcome.answer {
            *tokens = Some(Box::new(in_front_channel(issuer, trusted, user, &authorization)));
        }
        return outcome;
    }
    grants.authorize(code.clone(), authorization.clone(), now.saturating_add(policy.code_lifetime));
    drop(grants);
    let mut outcome = trusted.answer(issuer, vec![("code".into(), code.clone())]);
    outcome.set_cookie = login.set_cookie;
    outcome.about.subject.clone_from(&user.sub);
    outcome.about.code.clone_from(&code);
    outcome.minted.push(Minted { value: code, kind: CredentialKind::Code, authorization });
    outcome
}

/// The tokens of a response that has no code.
fn in_front_channel(issuer: &State, trusted: &Trusted<'_>, user: &User, authorization: &Arc<Authorization>) -> Tokens {
    let (policy, now) = (issuer.policy(), issuer.clock.now());
    let id_token = match policy.front_channel {
        FrontChannel::IdToken => IdToken::Due { nonce: authorization.nonce.as_deref() },
        FrontChannel::Code | FrontChannel::AccessToken => IdToken::NotDue,
    };
    let minting = Minting { issuer, client: &trusted.client, user: user.clone(), policy, now };
    minting.mint(authorization, authorization.scope.clone(), id_token, None)
}
