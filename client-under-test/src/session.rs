//! What belongs to one browser: logins that it has begun, and who is logged in there.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Map, Value};

use crate::authorize::PendingLogin;
use crate::callback::AuthorizationResponse;
use crate::id_token::Login;
use crate::secret::{AccessToken, CodeVerifier, IdToken, RefreshToken, State};
use crate::token::TokenResponse;
use crate::{Behaviour, Config, Defect, Defects, Refusal, Variation, random};

/// The oldest browsers are forgotten first.
const MOST_BROWSERS: usize = 10_000;
/// Logins that one browser may have begun, in tabs side by side.
const MOST_PENDING: usize = 16;
/// More logins than this one browser does not begin in vain, a defect believes.
const MOST_BEGUN: usize = 64;
/// Seconds after which a login that was begun is no longer waited for.
const PENDING_LIFETIME: i64 = 600;

/// The two cookies of this client. A browser has one of them at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CookieName {
    /// Of a browser that has begun a login, and in which nobody has logged in.
    Login,
    /// Of a browser in which somebody has logged in.
    Session,
}

impl CookieName {
    /// Both; the one that counts where a browser sends both comes first.
    pub const ALL: [Self; 2] = [Self::Session, Self::Login];

    /// The name, as browsers see it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Session => "session",
        }
    }
}

/// A browser, by its cookie. The value is unguessable, a new one after every login (OWASP ASVS 3.2.1), and known under the
/// name alone that it was given out for: a login that was begun is no session.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BrowserId {
    name: CookieName,
    value: String,
}

impl BrowserId {
    pub(crate) fn new(name: CookieName) -> Self {
        Self { name, value: random::token() }
    }

    /// What a cookie says: it may be anything.
    #[must_use]
    pub fn from_cookie(name: CookieName, value: impl Into<String>) -> Self {
        Self { name, value: value.into() }
    }

    /// The name of the cookie.
    #[must_use]
    pub fn name(&self) -> CookieName {
        self.name
    }

    /// The value for the cookie.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.value
    }

    /// The same value in another cookie.
    #[must_use]
    pub fn under(&self, name: CookieName) -> Self {
        Self { name, value: self.value.clone() }
    }
}

impl std::fmt::Debug for BrowserId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BrowserId([redacted])")
    }
}

/// Somebody who is logged in.
#[derive(Debug)]
pub(crate) struct Session {
    /// Whose user it is: the identity is this and the subject (OpenID Connect Core §5.7).
    pub(crate) issuer: String,
    /// The user and what the login said of them; `None` with plain OAuth, which does not tell.
    pub(crate) identity: Mutex<Option<Login>>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) tokens: Mutex<Tokens>,
    /// Held while a refresh is under way: there is one at a time.
    pub(crate) refreshing: tokio::sync::Mutex<()>,
    /// When the last refresh was made, if it has failed.
    pub(crate) refresh_failed: Mutex<Option<i64>>,
}

/// What a login has brought.
#[derive(Debug, Clone)]
pub(crate) struct Exchanged {
    pub(crate) tokens: TokenResponse,
    pub(crate) identity: Option<Login>,
    pub(crate) claims: Map<String, Value>,
}

/// The tokens of a session.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access_token: AccessToken,
    /// When the access token expires, in seconds since the Unix epoch; nothing if the provider did not say.
    pub(crate) expires: Option<i64>,
    pub(crate) refresh_token: Option<RefreshToken>,
    /// Names the session at the provider when logging out.
    pub(crate) id_token: Option<IdToken>,
    /// What the user granted: the most that a refresh may ask for (RFC 6749 §6).
    pub(crate) scope: String,
}

impl Tokens {
    /// Without a scope in the response, it is the one that was asked for (RFC 6749 §5.1).
    pub(crate) fn new(response: TokenResponse, asked: &str, now: i64) -> Self {
        Self {
            access_token: response.access_token,
            expires: response.expires_in.map(|seconds| now.saturating_add(seconds)),
            refresh_token: response.refresh_token,
            id_token: response.id_token,
            scope: response.scope.unwrap_or_else(|| asked.to_owned()),
        }
    }
}

impl Session {
    pub(crate) fn new(issuer: &str, identity: Option<Login>, claims: Map<String, Value>, tokens: Tokens) -> Self {
        Self {
            issuer: issuer.to_owned(),
            identity: Mutex::new(identity),
            claims,
            tokens: Mutex::new(tokens),
            refreshing: tokio::sync::Mutex::default(),
            refresh_failed: Mutex::new(None),
        }
    }
}

/// All browsers.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<Browsers>);

#[derive(Debug, Default)]
struct Browsers {
    known: HashMap<BrowserId, Browser>,
    /// In the order of arrival.
    order: VecDeque<BrowserId>,
    /// Sessions by the state that led to them: a defect's memory.
    by_state: Vec<(State, Arc<Session>)>,
    /// Subjects by a claim that users can change: a defect's memory.
    accounts: HashMap<String, String>,
    /// Users by their subject, with the issuer that came first: a defect's memory.
    by_subject: HashMap<String, (String, Map<String, Value>)>,
    /// Subjects by issuer and subject of an identity that was added to their account: a variation's memory.
    added: HashMap<(String, String), String>,
    /// The tokens of the latest login: a defect's memory.
    shared: Option<Tokens>,
}

#[derive(Debug, Default)]
struct Browser {
    pending: VecDeque<PendingLogin>,
    session: Option<Arc<Session>>,
    /// Logins that were begun: a defect's memory.
    begun: usize,
    /// What the latest of them would redeem its code with: a defect's memory.
    latest_verifier: Option<CodeVerifier>,
    /// The logins that were under way when somebody logged in: a defect's memory.
    overtaken: Vec<State>,
    /// A defect's memory of a failed login.
    locked: bool,
}

impl Browsers {
    fn add(&mut self, id: BrowserId, browser: Browser) {
        self.order.push_back(id.clone());
        self.known.insert(id, browser);
        while self.order.len() > MOST_BROWSERS {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }

    /// Takes a user for another one who shares a claim, or their tokens: defects. Only issuer and subject name a user
    /// (OpenID Connect Core §5.7).
    fn link(&mut self, session: &mut Session, defects: &Defects) {
        if defects.has(Defect::SharesTokensBetweenUsers) {
            let tokens = self.shared.get_or_insert_with(|| session.tokens.lock().clone());
            *session.tokens.lock() = tokens.clone();
        }
        let linked = [
            ("email", Defect::LinksAccountsByEmail),
            ("email", Defect::LinksAccountsByUserinfoEmail),
            ("preferred_username", Defect::LinksAccountsByUserinfoUsername),
            ("preferred_username", Defect::LinksAccountsByUsername),
            ("email", Defect::LinksAccountsByEmailWithoutCase),
            ("email", Defect::LinksAccountsByVerifiedEmail),
            ("sub", Defect::KeysAccountsBySubjectWithoutCase),
        ];
        let by = linked
            .into_iter()
            .find(|(_, defect)| defects.has(*defect))
            .filter(|(_, defect)| {
                let is_verified = session.claims.get("email_verified") == Some(&Value::Bool(true));
                is_verified || *defect != Defect::LinksAccountsByVerifiedEmail
            })
            .and_then(|(claim, _)| session.claims.get(claim));
        let mut identity = session.identity.lock();
        if let (Some(claim), Some(login)) = (by, identity.as_mut()) {
            let key = match ignores_case(defects) {
                true => claim.to_string().to_lowercase(),
                false => claim.to_string(),
            };
            // The rest is about this login: a refreshed ID token is held against it.
            login.subject.clone_from(self.accounts.entry(key).or_insert_with(|| login.subject.clone()));
        }
        if let Some(login) = identity.as_ref().filter(|_| defects.has(Defect::KeysAccountsBySubjectAlone)) {
            let account = self.by_subject.entry(login.subject.clone());
            let (issuer, claims) = account.or_insert_with(|| (session.issuer.clone(), session.claims.clone()));
            if *issuer != session.issuer {
                session.claims.clone_from(claims);
            }
        }
    }

    /// Adds an identity to the account of the user who is logged in, or finds the account that it was added to.
    fn link_identity(&mut self, session: &Session, first: Option<&Session>) {
        let mut identity = session.identity.lock();
        let Some(login) = identity.as_mut() else { return };
        let account = first.and_then(|first| Some(first.identity.lock().as_ref()?.subject.clone()));
        let key = (session.issuer.clone(), login.subject.clone());
        let account = account.or_else(|| self.added.get(&key).cloned());
        if let Some(account) = account {
            login.subject.clone_from(self.added.entry(key).or_insert(account));
        }
    }

    fn remove(&mut self, id: &BrowserId) -> Option<Browser> {
        self.order.retain(|known| known != id);
        self.known.remove(id)
    }
}

/// Whether a defect takes claims for the same that differ in case.
fn ignores_case(defects: &Defects) -> bool {
    [Defect::LinksAccountsByEmailWithoutCase, Defect::KeysAccountsBySubjectWithoutCase]
        .map(|it| defects.has(it))
        .contains(&true)
}

impl Sessions {
    /// Remembers a login, with the browser that has begun it or with a new one.
    pub(crate) fn begin(&self, browser: Option<&BrowserId>, login: PendingLogin, behaviour: &Behaviour) -> BrowserId {
        let mut browsers = self.0.lock();
        if behaviour.has(Defect::KeepsOnePendingLoginForAll) {
            browsers.known.values_mut().for_each(|browser| browser.pending.clear());
        }
        let id = match browser.filter(|id| browsers.known.contains_key(*id)) {
            Some(id) => id.clone(),
            None => {
                let id = BrowserId::new(CookieName::Login);
                browsers.add(id.clone(), Browser::default());
                id
            }
        };
        if let Some(browser) = browsers.known.get_mut(&id) {
            if behaviour.has(Defect::KeepsOnlyLatestLogin) {
                browser.pending.clear();
            }
            browser.begun += 1;
            browser.latest_verifier.clone_from(&login.verifier);
            browser.pending.push_back(login);
            if browser.pending.len() > MOST_PENDING {
                browser.pending.pop_front();
            }
        }
        id
    }

    /// Whether a login is under way in a browser.
    pub(crate) fn is_pending(&self, browser: &BrowserId) -> bool {
        self.0.lock().known.get(browser).is_some_and(|browser| !browser.pending.is_empty())
    }

    /// The login of this browser that a response answers. It is forgotten: a state is good for one response, accepted
    /// or not (RFC 9700 §4.2.4).
    pub(crate) fn take(
        &self,
        browser: Option<&BrowserId>,
        response: &AuthorizationResponse,
        (config, now): (&Config, i64),
        defects: &Defects,
    ) -> Result<PendingLogin, Refusal> {
        let has = |defect| defects.has(defect);
        let mut browsers = self.0.lock();
        if has(Defect::FindsLoginsOfAnyBrowser) || has(Defect::KeepsOnePendingLoginForAll) {
            let state = response.state().ok_or(Refusal::StateMissing)?;
            let all = browsers.known.values().flat_map(|browser| &browser.pending);
            return all.into_iter().find(|login| login.state == state).cloned().ok_or(Refusal::StateUnknown);
        }
        let own = browser.and_then(|id| browsers.known.get_mut(id));
        let drowned =
            own.as_ref().is_some_and(|browser| browser.begun > MOST_BEGUN && has(Defect::DrownsInAbandonedLogins));
        if drowned || own.as_ref().is_some_and(|browser| browser.locked) {
            return Err(Refusal::Unhandled);
        }
        let state = response.state();
        let answers_nothing = (has(Defect::AcceptsBareResponses) && state.is_none() && !response.has_empty_state())
            || (has(Defect::TakesEmptyStateForNone) && response.has_empty_state());
        if answers_nothing && !response.is_error() && own.as_ref().is_none_or(|browser| browser.pending.is_empty()) {
            return Ok(PendingLogin::unsolicited(State::new(""), config, now));
        }
        if has(Defect::AcceptsUnsolicitedResponses) && own.as_ref().is_none_or(|browser| browser.pending.is_empty()) {
            return Ok(PendingLogin::unsolicited(state.ok_or(Refusal::StateMissing)?, config, now));
        }
        let stateless = [
            Defect::SendsNoState,
            Defect::BindsResponseByPkceAlone,
            Defect::BindsResponseToNothing,
            Defect::IgnoresState,
        ];
        let stateless = stateless.into_iter().any(has);
        let latest_verifier = own.as_ref().and_then(|browser| browser.latest_verifier.clone());
        let pending = own.map(|browser| &mut browser.pending);
        let pending = match pending {
            Some(pending) if has(Defect::ForgetsLoginsOnError) && response.is_error() => {
                let latest = pending.pop_back();
                pending.clear();
                pending.extend(latest.filter(|login| Some(&login.state) == state.as_ref()));
                Some(pending)
            }
            Some(pending) if has(Defect::ForgetsLoginsOnStrayRequest) && response.says_nothing() => {
                pending.clear();
                Some(pending)
            }
            pending => pending,
        };
        let latest_will_do = stateless
            || (state.is_none()
                && (has(Defect::AcceptsMissingState) || has(Defect::ComparesValuesOnlyIfPresent))
                && !response.has_empty_state()
                && !response.has_state_list())
            || (has(Defect::AcceptsStateList) && response.has_state_list())
            || (has(Defect::AcceptsEmptyState) && response.has_empty_state());
        let position = match (&state, &pending) {
            (_, Some(pending)) if latest_will_do => pending.len().checked_sub(1),
            (None, _) => return Err(Refusal::StateMissing),
            (Some(state), Some(pending)) => pending.iter().position(|login| login.state == *state),
            (Some(_), None) => None,
        };
        let found = match (pending, position) {
            (Some(pending), Some(at)) if has(Defect::KeepsSpentLogin) || has(Defect::ForgetsLoginAfterExchange) => {
                pending.get(at).cloned()
            }
            (Some(pending), Some(at)) => pending.remove(at),
            _ => None,
        };
        let found = found.map(|login| match latest_verifier {
            Some(verifier) if has(Defect::SendsVerifierOfLatestLogin) => login.with_verifier(verifier),
            _ => login,
        });
        found.filter(|login| now < login.begun.saturating_add(PENDING_LIFETIME)).ok_or(Refusal::StateUnknown)
    }

    /// Forgets a login that was begun, late: a defect.
    pub(crate) fn forget(&self, browser: Option<&BrowserId>, state: &State) {
        let mut browsers = self.0.lock();
        if let Some(browser) = browser.and_then(|id| browsers.known.get_mut(id)) {
            browser.pending.retain(|login| login.state != *state);
        }
    }

    /// Logs somebody in. The browser gets a new cookie, so that one that was planted beforehand is worth nothing; other
    /// logins that it has begun come along.
    pub(crate) fn log_in(
        &self,
        browser: Option<&BrowserId>,
        mut session: Session,
        state: &State,
        behaviour: &Behaviour,
    ) -> BrowserId {
        let defects = &behaviour.defects;
        let mut browsers = self.0.lock();
        let mut known = browser.and_then(|id| browsers.remove(id)).unwrap_or_default();
        known.begun = 0;
        if defects.has(Defect::ForgetsOtherLogins) {
            known.pending.clear();
        }
        browsers.link(&mut session, defects);
        if behaviour.does(Variation::LinksAccountsWhileLoggedIn) {
            browsers.link_identity(&session, known.session.as_deref());
        }
        let is_overtaken = known.overtaken.contains(state);
        known.overtaken = known.pending.iter().map(|login| login.state.clone()).collect();
        let session = match known.session.take() {
            Some(first) if defects.has(Defect::KeepsFirstUser) => first,
            Some(first) if defects.has(Defect::ReplacesTokensByEarlierLogin) && is_overtaken => {
                std::mem::swap(&mut *first.tokens.lock(), &mut *session.tokens.lock());
                first
            }
            Some(first) if defects.has(Defect::KeepsTokensOfFirstUser) => {
                *session.tokens.lock() = first.tokens.lock().clone();
                Arc::new(session)
            }
            _ => Arc::new(session),
        };
        if defects.has(Defect::RemembersSessionsByState) {
            browsers.by_state.push((state.clone(), session.clone()));
        }
        known.session = Some(session);
        let id = match browser {
            Some(id) if defects.has(Defect::KeepsSessionIdentifier) => id.clone(),
            _ => BrowserId::new(CookieName::Session),
        };
        browsers.add(id.clone(), known);
        id
    }

    /// The session that a state has led to before: a defect.
    pub(crate) fn recall(&self, response: &AuthorizationResponse) -> Option<BrowserId> {
        let state = response.state()?;
        let mut browsers = self.0.lock();
        let (_, session) = browsers.by_state.iter().find(|(known, _)| *known == state)?;
        let browser = Browser { session: Some(session.clone()), ..Browser::default() };
        let id = BrowserId::new(CookieName::Session);
        browsers.add(id.clone(), browser);
        Some(id)
    }

    /// Locks a browser out after a failed login: a defect.
    pub(crate) fn lock_out(&self, browser: Option<&BrowserId>) {
        let mut browsers = self.0.lock();
        if let Some(browser) = browser.and_then(|id| browsers.known.get_mut(id)) {
            browser.locked = true;
        }
    }

    pub(crate) fn get(&self, browser: &BrowserId) -> Option<Arc<Session>> {
        self.0.lock().known.get(browser)?.session.clone()
    }

    /// Ends the session of a browser, and forgets the browser.
    pub(crate) fn end(&self, browser: &BrowserId) -> Option<Arc<Session>> {
        self.0.lock().remove(browser)?.session
    }
}
