//! Who is in front of the browser, and what they say to an authorization request.

use super::cookie;
use super::hint::Hint;
use crate::issuer::State;
use crate::message::{AuthorizationRequest, Parameters, Prompt};
use crate::page;
use crate::session::Session;
use crate::{Request, SignIn, User, random};

/// Header that names the user who is logged in, for this request only; empty: nobody.
pub const SIGN_IN_HEADER: &str = "x-mock-idp-sign-in";

/// What became of the question who is there and whether they allow it.
pub(super) enum ResourceOwner {
    /// A user is logged in and allows it.
    Allows(Box<User>, Login),
    Denies,
    /// Somebody has to log in.
    Absent,
    /// A user is logged in, and has not been asked.
    Undecided(Box<User>),
    /// The user who is logged in is not the one whom the request names.
    Other,
    /// A test named somebody who is not registered.
    Unknown(String),
}

/// The login that an authorization rests on.
pub(super) struct Login {
    /// When the user signed in.
    pub(super) auth_time: i64,
    /// The session at the provider.
    pub(super) sid: String,
    /// What the browser is told of the session.
    pub(super) set_cookie: Option<String>,
}

/// What the client asks for.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) client_id: &'a str,
    pub(super) request: &'a AuthorizationRequest,
    pub(super) scope: &'a [String],
    pub(super) hint: Option<&'a Hint>,
}

/// The page's form, the header, the issuer's setting or the session of the browser says who it is.
pub(super) fn resource_owner(
    issuer: &State,
    http: &Request,
    parameters: Parameters<'_>,
    question: Question<'_>,
) -> ResourceOwner {
    let decision = parameters.get(page::DECISION_FIELD).filter(|_| http.method == "POST");
    if decision == Some(page::DENY) {
        return ResourceOwner::Denies;
    }
    let named = match (decision, http.header(SIGN_IN_HEADER)) {
        (None, Some(sub)) => Some(sub.to_owned()),
        _ => match &*issuer.sign_in.read() {
            SignIn::Headless { sub } if decision.is_none() => Some(sub.clone()),
            SignIn::Headless { .. } => Some(parameters.owned(page::USER_FIELD).unwrap_or_default()),
            SignIn::Page => None,
        },
    };
    match named {
        Some(sub) if sub.is_empty() => ResourceOwner::Absent,
        Some(sub) => question.of_user(issuer, sub, || Login::once(issuer)),
        None => question.in_browser(issuer, cookie::read(issuer, http), decision, parameters.owned(page::USER_FIELD)),
    }
}

impl Login {
    /// For one request, without a session.
    pub(super) fn once(issuer: &State) -> Self {
        Self { auth_time: issuer.clock.now(), sid: random::short(), set_cookie: None }
    }

    /// A user signs in, in a browser that may have an earlier session. The secret of the new one is returned, too.
    pub(super) fn in_session(issuer: &State, earlier: Option<&str>, sub: &str) -> (Self, String) {
        let auth_time = issuer.clock.now();
        let mut sessions = issuer.sessions.lock();
        let secret = sessions.sign_in(earlier, sub, auth_time);
        let sid = sessions.get(&secret).map(|session| session.sid.clone()).unwrap_or_default();
        (Self { auth_time, sid, set_cookie: Some(cookie::set(issuer, &secret)) }, secret)
    }
}

impl Question<'_> {
    /// A user who is known allows it, unless the hint means another one.
    fn of_user(&self, issuer: &State, sub: String, login: impl FnOnce() -> Login) -> ResourceOwner {
        let user = issuer.registry.read().user(&sub).cloned();
        match user {
            Some(_) if !self.means(&sub) => ResourceOwner::Other,
            Some(user) => ResourceOwner::Allows(Box::new(user), login()),
            None => ResourceOwner::Unknown(sub),
        }
    }

    /// With the page: what was decided on it, or what the session of the browser permits without it.
    fn in_browser(
        &self,
        issuer: &State,
        secret: Option<&str>,
        decision: Option<&str>,
        chosen: Option<String>,
    ) -> ResourceOwner {
        if let (Some(page::ALLOW), Some(sub)) = (decision, chosen) {
            return self.of_user(issuer, sub.clone(), || self.sign_in(issuer, secret, &sub));
        }
        let session = secret.and_then(|secret| issuer.sessions.lock().get(secret).cloned());
        let user = session.and_then(|session| self.usable(issuer, &session));
        let (Some(secret), Some(user), None | Some(page::ALLOW)) = (secret, user, decision) else {
            return ResourceOwner::Absent;
        };
        let audience = self.request.audience.as_deref();
        let mut sessions = issuer.sessions.lock();
        if decision == Some(page::ALLOW) {
            sessions.allow(secret, self.client_id, audience, self.scope);
        }
        let allowed = |session: &Session| session.allows(self.client_id, audience, self.scope);
        match sessions.get(secret).filter(|session| allowed(session)) {
            Some(session) if decision.is_some() || !self.request.asks(Prompt::Consent) => {
                let (auth_time, sid) = (session.auth_time, session.sid.clone());
                ResourceOwner::Allows(Box::new(user), Login { auth_time, sid, set_cookie: None })
            }
            _ => ResourceOwner::Undecided(Box::new(user)),
        }
    }

    /// The user of a session that will do for the request.
    fn usable(&self, issuer: &State, session: &Session) -> Option<User> {
        let asks = self.request.asks(Prompt::Login) || self.request.asks(Prompt::SelectAccount);
        let now = issuer.clock.now();
        let young = self.request.max_age.is_none_or(|max_age| session.is_younger_than(max_age, now));
        let user = issuer.registry.read().user(&session.subject).cloned();
        user.filter(|user| !asks && young && self.means(&user.sub))
    }

    /// The user signs in on the page, and allows it there.
    fn sign_in(&self, issuer: &State, earlier: Option<&str>, sub: &str) -> Login {
        let (login, secret) = Login::in_session(issuer, earlier, sub);
        issuer.sessions.lock().allow(&secret, self.client_id, self.request.audience.as_deref(), self.scope);
        login
    }

    /// OpenID Connect Core §3.1.2.1, §5.5.1: never a positive response about somebody else than the person that the hint or
    /// the claim `sub` names.
    fn means(&self, sub: &str) -> bool {
        let hinted = self.hint.and_then(|hint| hint.sub.as_deref());
        [hinted, self.request.claims.subject()].into_iter().flatten().all(|named| named == sub)
    }
}
