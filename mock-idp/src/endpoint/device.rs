//! The device flow (RFC 8628): the device asks for a code, the user enters it on a page, the client asks for tokens.

use serde_json::json;

use super::client::authenticated;
use super::minting::{IdToken, Minting, refresh_until, user};
use super::sign_in::Login;
use super::{SIGN_IN_HEADER, cookie, scope};
use crate::fault::Placeholders;
use crate::form::encode_form;
use crate::grants::{Authorization, Device, SLOWER, Unready};
use crate::issuer::State;
use crate::message::{Answer, OAuthError, Outcome, Parameters, Problem};
use crate::page::{self, DeviceConsent};
use crate::{Client, Endpoint, GrantType, Note, Request, SignIn, random};

/// The parameter of the page that names the device (RFC 8628 §3.3.1).
const USER_CODE: &str = "user_code";

/// The device authorization endpoint (RFC 8628 §3.1, §3.2).
pub(super) fn authorize(issuer: &State, request: &Request) -> Result<Outcome, OAuthError> {
    let (client, parameters, notes) = authenticated(issuer, request)?;
    if !client.grant_types.contains(&GrantType::DeviceCode) {
        return Err(OAuthError::new(400, "unauthorized_client", "The client may not use the device flow"));
    }
    let (policy, now) = (issuer.policy(), issuer.clock.now());
    let asked = parameters.get("scope").map(|scope| scope::tokens_of(scope, &policy)).transpose()?;
    let (asked, malformed) = asked.unwrap_or_default();
    let audience = parameters.get("audience");
    let scope = scope::granted(issuer, &asked, audience)
        .map_err(|Problem(error, description)| OAuthError::new(400, error, description))?;
    let (device_code, user_code) = (random::token(), random::user_code());
    let device = Device::asking(user_code.clone(), &client.client_id, scope, audience, (now, &policy));
    issuer.grants.lock().devices.ask(device_code.clone(), device);
    let page = issuer.url(Endpoint::DeviceVerification);
    let body = json!({
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?{}", encode_form(&[(USER_CODE.to_owned(), user_code.clone())])),
        "expires_in": policy.device_code_lifetime,
        "interval": policy.device_interval,
    });
    let headers = vec![("cache-control", "no-store".to_owned())];
    let about = Placeholders { client_id: client.client_id, ..Placeholders::default() };
    let outcome = Outcome { about, ..Outcome::new(Answer::Json { status: 200, headers, body }) };
    Ok(outcome.noting(notes).noting(malformed))
}

/// The page on which the user enters the code and decides (RFC 8628 §3.3).
pub(super) fn verify(issuer: &State, request: &Request) -> Outcome {
    let parameters = Parameters::unchecked(&request.params);
    let Some(user_code) = parameters.get(USER_CODE) else {
        return page::user_code(200, &issuer.url(Endpoint::DeviceVerification), None);
    };
    let now = issuer.clock.now();
    let waiting = issuer.grants.lock().devices.waiting(user_code, now).cloned();
    let Some(device) = waiting else {
        let problem = "No device waits with this code. It may have a typing error, or have expired.";
        return page::user_code(400, &issuer.url(Endpoint::DeviceVerification), Some(problem))
            .noting([Note::DeviceCodeUnknown]);
    };
    let decision = parameters.get(page::DECISION_FIELD).filter(|_| request.method == "POST");
    if decision == Some(page::DENY) {
        if let Some(device) = issuer.grants.lock().devices.waiting(user_code, now) {
            device.deny();
        }
        return page::notice(200, "Declined", "The device gets no access. You can close this page.");
    }
    let named = match (decision, request.header(SIGN_IN_HEADER)) {
        (Some(_), _) => parameters.owned(page::USER_FIELD),
        (None, Some(sub)) => Some(sub.to_owned()).filter(|sub| !sub.is_empty()),
        (None, None) => match &*issuer.sign_in.read() {
            SignIn::Headless { sub } => Some(sub.clone()),
            SignIn::Page => None,
        },
    };
    match named {
        Some(sub) if issuer.registry.read().user(&sub).is_some() => {
            let outcome = page::notice(200, "Device connected", "You can close this page and go back to the device.");
            Outcome { set_cookie: allow(issuer, request, &device, &sub), ..outcome }
        }
        Some(sub) => page::refusal(400, &format!("There is no user {sub}."), "Name one who is registered."),
        None => {
            let sessions = issuer.sessions.lock();
            let session = cookie::read(issuer, request).and_then(|secret| sessions.get(secret));
            let (registry, likely) = (issuer.registry.read(), session.map(|session| session.subject.as_str()));
            let action = issuer.url(Endpoint::DeviceVerification);
            page::device_consent(&DeviceConsent { action, device: &device, users: registry.users(), likely })
        }
    }
}

/// The user allows it. On the page that is a login as any other: what is returned is the cookie of the session.
fn allow(issuer: &State, request: &Request, device: &Device, sub: &str) -> Option<String> {
    let login = match &*issuer.sign_in.read() {
        SignIn::Page => Login::in_session(issuer, cookie::read(issuer, request), sub).0,
        SignIn::Headless { .. } => Login::once(issuer),
    };
    let mut grants = issuer.grants.lock();
    let authorization = grants.authorize_without_code(Authorization {
        client_id: device.client_id.clone(),
        scope: device.scope.clone(),
        audience: device.audience.clone(),
        subject: sub.to_owned(),
        auth_time: login.auth_time,
        sid: login.sid,
        ..Authorization::default()
    });
    if let Some(device) = grants.devices.waiting(&device.user_code, login.auth_time) {
        device.allow(authorization);
    }
    login.set_cookie
}

/// The client asks for the tokens (RFC 8628 §3.4, §3.5).
pub(super) fn tokens(issuer: &State, device_code: &str, client: &Client) -> Result<Outcome, OAuthError> {
    let (policy, now) = (issuer.policy(), issuer.clock.now());
    let polled = issuer.grants.lock().devices.poll(device_code, &client.client_id, now);
    let authorization = polled.map_err(|unready| match unready {
        Unready::Pending => OAuthError::new(400, "authorization_pending", "The user has not decided yet"),
        Unready::TooOften => {
            let description = format!("Wait {SLOWER} seconds longer between two requests from now on");
            OAuthError::new(400, "slow_down", description).noting(Note::DevicePolledTooOften)
        }
        Unready::Denied => OAuthError::new(400, "access_denied", "The user declined"),
        Unready::Expired => {
            OAuthError::new(400, "expired_token", "The device code expired").noting(Note::DeviceCodeExpired)
        }
        Unready::Invalid(note) => OAuthError::invalid_grant("Unknown or invalid device code", note),
    })?;
    let minting = Minting { issuer, client, user: user(issuer, &authorization)?, policy, now };
    let refresh_until = refresh_until(&authorization, client, &policy, now);
    Ok(minting.tokens(&authorization, authorization.scope.clone(), IdToken::Due { nonce: None }, refresh_until))
}
