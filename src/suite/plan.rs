//! What a scenario does and claims, as data.
//!
//! A plan never holds an expected verdict: verdicts are computed from evidence, in one place (`verdict`).

use std::fmt;

use mock_idp::{AccessTokenFormat, ClientAuthMethod, Point, RefreshTokenFormat};
use mock_idp::{
    Change, CodeBinding, CodeFormat, Fault, IssuerParameter, PkcePolicy, Policy, Presence, RefreshRotation, Trait,
};

use serde_json::Value;

use crate::terms::{Browser, Outlet, Person, Phase, Provider, Tab};

/// A scenario's steps, compiled.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What differs at the provider or in the registration, and what must hold for the scenario to apply.
    pub arrangements: Vec<Arrangement>,
    /// What is done, in order.
    pub actions: Vec<Action>,
    /// What must be seen.
    pub expectations: Vec<Expectation>,
    /// Which line each arrangement comes from, from 0, for reports that show the two side by side.
    pub arranged_by: Vec<usize>,
    /// The same of each action.
    pub done_by: Vec<usize>,
}

/// A Given.
#[derive(Debug, Clone)]
pub enum Arrangement {
    /// One named change to one message of an otherwise honest exchange.
    Fault(Fault),
    /// Another lawful (or, for mechanisms, another lenient) behaviour of the provider.
    Policy(PolicyChange),
    /// A fault of the second provider.
    FaultAtSecond(Fault),
    /// Another behaviour of the second provider.
    PolicyAtSecond(PolicyChange),
    /// One lawful habit of the provider, and no other.
    Varied(Trait),
    /// None of the lawful habits of a provider.
    Plain,
    /// Another registration of the client.
    Registration(RegistrationChange),
    /// The API asks for a scope that the client was not granted.
    ApiScope(String),
    /// The client is started within the scenario, so that its first requests are seen, too.
    FromStart,
    /// The scenario applies only to clients that send this parameter in the authorization request.
    Sends(String),
    /// The scenario applies only to clients that send this message at all.
    Makes(Message),
}

/// A difference in the provider's behaviour that is no fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyChange {
    /// A refresh answers without a new refresh token; the old one stays valid.
    StaticRefreshTokens,
    /// PKCE is not verified.
    PkceIgnored,
    /// Codes are bound to nothing: PKCE is not verified and whatever nonce is pending is echoed.
    UnboundCodes,
    /// Access tokens are opaque, so many characters long, and use every character that RFC 6750 §2.1 allows.
    OpaqueAccessTokens(usize),
    /// Codes hold every reserved character.
    ReservedCode,
    /// Codes are 2,000 characters long.
    LongCode,
    /// Refresh tokens hold every reserved character.
    ReservedRefreshToken,
    /// RFC 9207: announced in the metadata, `iss` in every authorization response.
    IssuerParameter,
    /// A refresh answers without an ID token.
    NoIdTokenOnRefresh,
    /// ID tokens carry no `at_hash`.
    NoAccessTokenHash,
    /// Access tokens live for this many seconds.
    AccessTokenLifetime(i64),
}

impl PolicyChange {
    /// Changes the policy.
    pub fn apply(self, policy: &mut Policy) {
        match self {
            Self::StaticRefreshTokens => policy.refresh_rotation = RefreshRotation::Static,
            Self::PkceIgnored => policy.pkce = PkcePolicy::Ignore,
            Self::UnboundCodes => policy.code_binding = CodeBinding::Unbound,
            Self::OpaqueAccessTokens(length) => policy.access_token_format = AccessTokenFormat::Opaque { length },
            Self::ReservedCode => policy.code_format = CodeFormat::Reserved,
            Self::LongCode => policy.code_format = CodeFormat::Long { length: 2000 },
            Self::ReservedRefreshToken => policy.refresh_token_format = RefreshTokenFormat::Reserved,
            Self::IssuerParameter => policy.issuer_parameter = IssuerParameter::Advertised,
            Self::NoIdTokenOnRefresh => policy.id_token_on_refresh = Presence::Absent,
            Self::NoAccessTokenHash => policy.access_token_hash = Presence::Absent,
            Self::AccessTokenLifetime(seconds) => policy.access_token_lifetime = Some(seconds),
        }
    }

    /// Whether the published metadata changes with it: clients keep metadata for the life of their process.
    fn changes_metadata(self) -> bool {
        self == Self::IssuerParameter
    }
}

/// A difference in the client's registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistrationChange {
    /// Another `client_id`.
    ClientId(String),
    /// Another `client_secret`.
    ClientSecret(String),
    /// Another `token_endpoint_auth_method`.
    AuthMethod(ClientAuthMethod),
    /// Another scope to ask for.
    Scope(String),
    /// Another API identifier.
    Audience(String),
}

/// A When.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// A login from start to end.
    LogIn {
        /// In which browser.
        browser: Browser,
        /// Who signs in.
        person: Person,
        /// Where.
        provider: Provider,
    },
    /// A login from start to end, by a link that names where the browser is to go after it. One by a link to a page of the
    /// client comes first: a client that does not go back to that either has shown nothing.
    LogInReturning {
        /// In which browser.
        browser: Browser,
        /// What the link names; `{client}` is what the client's URLs begin with.
        target: String,
    },
    /// A login up to the authorization response, which is kept.
    Begin {
        /// In which browser.
        browser: Browser,
        /// Who signs in.
        person: Person,
        /// Where.
        provider: Provider,
        /// Parameters that this person takes out of the authorization request.
        without: Vec<String>,
    },
    /// The client's request to one provider is answered by the other one: it is sent on with the `client_id` that the
    /// client has there, and is otherwise as the client made it. The response is kept.
    BeginMixedUp {
        /// In which browser.
        browser: Browser,
        /// Who signs in.
        person: Person,
        /// Where the client sent the browser.
        asked: Provider,
        /// Where the browser goes.
        answers: Provider,
    },
    /// A login up to the authorization response, in one of two tabs of a browser; the response is kept.
    BeginInTab {
        /// In which browser.
        browser: Browser,
        /// In which of its tabs.
        tab: Tab,
    },
    /// The authorization response that was kept for this tab is delivered there.
    DeliverInTab {
        /// In which browser.
        browser: Browser,
        /// In which of its tabs.
        tab: Tab,
    },
    /// A kept authorization response is delivered.
    Deliver {
        /// Whose response.
        of: Browser,
        /// To whose browser.
        to: Browser,
        /// Parameters taken from the response kept for `to` instead.
        with_own: Vec<String>,
        /// Parameters replaced by this value.
        replaced: Vec<(String, String)>,
    },
    /// The kept response is delivered twice at the same time.
    DeliverTwice(Browser),
    /// A response that no provider has sent is delivered.
    Forge {
        /// To whose browser.
        to: Browser,
        /// Its parameters.
        params: Vec<(String, String)>,
    },
    /// The same response as at the last delivery to this browser, once more.
    Replay(Browser),
    /// The client calls the API on behalf of this browser's user.
    CallApi(Browser),
    /// Several calls at once.
    CallApiAtOnce {
        /// On behalf of whom.
        browser: Browser,
        /// How many.
        calls: usize,
    },
    /// One call for each of these browsers, all at once.
    CallApiTogether(Vec<Browser>),
    /// The client is made to refresh.
    Refresh(Browser),
    /// The user logs out.
    LogOut(Browser),
    /// Whoever has a hand in another browser puts the cookies of theirs into it.
    PlantCookies {
        /// Whose cookies.
        of: Browser,
        /// Into whose browser.
        to: Browser,
    },
    /// Somebody else gets the cookies of a browser, and is logged in by them.
    TakeCookies {
        /// Whose cookies.
        of: Browser,
        /// Into whose browser.
        to: Browser,
    },
    /// Logins are started, and abandoned at the provider.
    StartLogins(usize),
    /// The same in one browser, whose cookies pile up.
    AbandonLogins {
        /// In which browser.
        browser: Browser,
        /// How many.
        count: usize,
    },
    /// Requests that are no authorization responses reach the redirect URI: a favicon, a preview, a port scan.
    Stray(Browser),
    /// Logins from start to end, each in a browser of its own.
    CompleteLogins(usize),
    /// So many seconds pass, for the provider and for the client.
    PassTime(i64),
    /// The access token expires, on every clock that can be moved.
    ExpireAccessToken,
    /// The API rejects the access tokens issued so far, before their time.
    RevokeAccessTokens,
    /// The provider revokes the refresh tokens issued so far.
    RevokeRefreshTokens,
    /// The provider replaces its signing keys.
    RotateKeys,
    /// From here on, this fault changes messages, too.
    Arm(Fault),
    /// The provider is honest from here on.
    Disarm,
}

impl Action {
    /// Whether the second provider has a part in it.
    #[must_use]
    pub fn uses_second(&self) -> bool {
        match self {
            Self::LogIn { provider, .. } | Self::Begin { provider, .. } => *provider == Provider::Second,
            Self::BeginMixedUp { .. } => true,
            _ => false,
        }
    }

    /// The browsers in which something happens.
    #[must_use]
    pub fn browsers(&self) -> Vec<Browser> {
        match self {
            Self::LogIn { browser, .. }
            | Self::LogInReturning { browser, .. }
            | Self::Begin { browser, .. }
            | Self::BeginMixedUp { browser, .. }
            | Self::BeginInTab { browser, .. }
            | Self::DeliverInTab { browser, .. }
            | Self::AbandonLogins { browser, .. }
            | Self::Stray(browser)
            | Self::Deliver { to: browser, .. }
            | Self::DeliverTwice(browser)
            | Self::Forge { to: browser, .. }
            | Self::Replay(browser)
            | Self::PlantCookies { to: browser, .. }
            | Self::TakeCookies { to: browser, .. }
            | Self::CallApi(browser)
            | Self::CallApiAtOnce { browser, .. }
            | Self::Refresh(browser)
            | Self::LogOut(browser) => vec![*browser],
            Self::CallApiTogether(browsers) => browsers.clone(),
            Self::StartLogins(_) | Self::CompleteLogins(_) => vec![Browser::User],
            _ => Vec::new(),
        }
    }

    /// Whether it begins, goes on with or ends a login, be it a false one.
    #[must_use]
    pub fn is_of_login(&self) -> bool {
        matches!(
            self,
            Self::LogIn { .. }
                | Self::LogInReturning { .. }
                | Self::Begin { .. }
                | Self::BeginMixedUp { .. }
                | Self::BeginInTab { .. }
                | Self::Deliver { .. }
                | Self::DeliverInTab { .. }
                | Self::DeliverTwice(_)
                | Self::Forge { .. }
                | Self::Replay(_)
        )
    }

    /// Whether metadata or keys are other ones afterwards: clients keep them for the life of their process.
    fn changes_what_clients_keep(&self) -> bool {
        match self {
            Self::RotateKeys => true,
            Self::Arm(fault) => matches!(fault.at, Point::Discovery | Point::Jwks),
            _ => false,
        }
    }

    /// What the client is asked for, in a few words.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::CallApi(_) | Self::CallApiAtOnce { .. } | Self::CallApiTogether(_) => "a call of the API",
            Self::Refresh(_) => "a refresh",
            Self::LogOut(_) => "a log-out",
            _ => "a login",
        }
    }

    /// Whether the client is asked to call the API.
    #[must_use]
    pub fn calls_api(&self) -> bool {
        matches!(self, Self::CallApi(_) | Self::CallApiAtOnce { .. } | Self::CallApiTogether(_))
    }
}

/// A message that a client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Message {
    /// Seen by the user agent, at the authorization endpoint.
    AuthorizationRequest,
    /// `grant_type=authorization_code`, or anything at the token endpoint that is no refresh.
    TokenRequest,
    /// `grant_type=refresh_token`.
    RefreshRequest,
    /// At the protected API.
    ApiRequest,
    /// At the UserInfo endpoint.
    UserinfoRequest,
    /// For the metadata.
    DiscoveryRequest,
    /// For the keys.
    JwksRequest,
}

impl Message {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::AuthorizationRequest,
        Self::TokenRequest,
        Self::RefreshRequest,
        Self::ApiRequest,
        Self::UserinfoRequest,
        Self::DiscoveryRequest,
        Self::JwksRequest,
    ];
}

/// How many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// No more and no fewer.
    Exactly(usize),
    /// No fewer.
    AtLeast(usize),
    /// No more.
    AtMost(usize),
}

impl Count {
    /// Whether `n` is as many.
    #[must_use]
    pub fn holds(self, n: usize) -> bool {
        match self {
            Self::Exactly(wanted) => n == wanted,
            Self::AtLeast(wanted) => n >= wanted,
            Self::AtMost(wanted) => n <= wanted,
        }
    }
}

/// A Then.
#[derive(Debug, Clone)]
pub enum Expectation {
    /// The last login attempt, API call or refresh was refused by the client, at this phase where the client says so.
    Refused(Phase),
    /// The last login was refused, so the client has looked at the ID token.
    ReadsIdToken,
    /// The last action went through at the client.
    Succeeds,
    /// The last action ended without success, however the client told it.
    EndsWithoutSuccess,
    /// No code of this scenario's faulted exchanges reached the token endpoint; with a person: no code of theirs.
    CodeNotRedeemed(Option<Person>),
    /// No access token minted in this scenario was presented to the API or UserInfo; with a person: none of theirs.
    AccessTokenNotUsed(Option<Person>),
    /// In this browser the client shows this person.
    LoggedIn(Browser, Person),
    /// In this browser the client shows nobody.
    LoggedOut(Browser),
    /// In this browser the client shows anybody but this person.
    NotLoggedInAs(Browser, Person),
    /// In this browser the client shows this person, with what this provider alone says of them.
    LoggedInAt(Browser, Person, Provider),
    /// In this browser the client shows nothing that this provider alone says of this person.
    NotLoggedInAt(Browser, Person, Provider),
    /// No request to the second of these providers holds a credential of the first.
    NoCredentialReaches {
        /// Whose.
        of: Provider,
        /// Where.
        at: Provider,
    },
    /// So many messages of this kind were sent in this scenario.
    Sent(Message, Count),
    /// No message of this kind carries the text anywhere.
    NeverCarried(Message, String),
    /// Every message of this kind, of which there was at least one, passes the check.
    Every(Message, Check),
    /// Each authorization code was presented once.
    EachCodeOnce,
    /// The client secret was presented at the token (and revocation) endpoint only.
    SecretOnlyAtTokenEndpoint,
    /// The last successful API call carried an access token that no earlier call carried.
    NewAccessTokenUsed,
    /// Refresh requests carried the refresh tokens in the order of issue: the newest each time.
    NewestRefreshTokenUsed,
    /// All refresh requests carried the same, first refresh token.
    SameRefreshTokenUsed,
    /// The refresh request authenticates the client by the method of the code exchange.
    SameClientAuthentication,
    /// After the login an ID token or access token claim of this name is what the client shows.
    ShowsClaim(String),
    /// No page of the client, and no body that it gave to a browser, holds this text.
    NeverShown(String),
    /// No page that a browser renders holds this markup.
    NeverRendered(String),
    /// The protected API saw a token with this audience.
    ApiSawAudience(String),
    /// Each API call was made with a token of the person who is logged in where it was asked for.
    ApiCalledForOwnUser,
    /// No page of the client, and no body that it gave to a browser, holds a credential of this provider.
    NoCredentialShown,
    /// In no scenario of the run has the client let a credential out this way.
    NoneExposed(Outlet),
    /// No URL but the callback's own holds a credential: neither of the client's requests nor of its redirects and links.
    NoCredentialInUrls,
    /// A verifier is in no other message than its own token request.
    VerifierAtTokenEndpointOnly,
    /// No request to the stranger, and no URL there that a browser was sent to, holds a credential of this provider.
    NoCredentialAtStranger,
    /// The stranger got no request, and no browser was sent there.
    StrangerNeverAsked,
    /// Every request for metadata is for a path that the issuer's identifier leads to.
    MetadataFromWellKnownPath,
    /// No login by a link that names another site has led there.
    ReturnsHome,
    /// No URL that the client opens in a browser, or sends one to, holds this text.
    NeverSentTo(String),
    /// No URL that the client opens in a browser, or sends one to, begins like this.
    NeverOpened(String),
    /// The client has begun a TLS handshake where it is shown a wrong certificate.
    WrongCertificateShown,
}

/// What is checked of a single message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// The parameter is there once with this value; `{…}` names a value of the registration.
    Equals(String, String),
    /// The parameter is there once and not empty.
    Has(String),
    /// The parameter is not there.
    Lacks(String),
    /// The list parameter, separated by single spaces, holds this token.
    Lists(String, String),
    /// The parameter has this form.
    Form(String, Form),
    /// The values of the parameter differ in all messages of this kind.
    Distinct(String),
    /// The values of at least one of the parameters, there in every message, carry at least so many bits that vary.
    Bits(Vec<String>, u32),
    /// Every parameter is there once.
    EachParameterOnce,
    /// The parameter has the value that it had in the authorization request of the same login.
    Repeats(String),
    /// `code_verifier` hashes to the `code_challenge` of the same login.
    VerifierMatches,
    /// The header has this value, parameters of a media type aside.
    Header(String, String),
    /// The URL has this parameter with this value.
    InUrl(String, String),
    /// The path of the URL ends like this.
    PathEndsWith(String),
    /// POST, and no parameter in the URL.
    PostWithoutQuery,
    /// `Authorization: Bearer`, one space, the access token to the byte, and the token nowhere else.
    BearerHeader,
    /// Basic credentials are form-encoded before they are joined (RFC 6749 §2.3.1).
    BasicFormEncoded,
    /// Client credentials in the body, none in the header.
    CredentialsInBody,
    /// Not both, header and body.
    OneAuthentication,
    /// Presented an access token, never an ID token.
    AccessTokenPresented,
    /// The scope is absent or within what was granted.
    ScopeWithinGrant,
}

/// The form of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// 43 characters of the base64url alphabet, without padding (RFC 7636 §4.2).
    S256Challenge,
    /// 43 to 128 unreserved characters (RFC 7636 §4.1).
    CodeVerifier,
    /// Tokens separated by single spaces (RFC 6749 §3.3).
    ScopeList,
    /// One of the registered redirect URIs, to the byte.
    RegisteredRedirectUri,
}

impl Plan {
    /// Which line arms each fault: those of the first provider, then those of the second, then those of the actions.
    pub fn fault_lines(&self) -> impl Iterator<Item = Option<usize>> {
        let line = |at: usize| self.arranged_by.get(at).copied();
        let later = self.actions.iter().zip(&self.done_by).filter(|(action, _)| matches!(action, Action::Arm(_)));
        let places = |is_meant: fn(&Arrangement) -> bool| {
            self.arrangements.iter().enumerate().filter(move |(_, it)| is_meant(it)).map(|(at, _)| at)
        };
        let first = places(|it| matches!(it, Arrangement::Fault(_)));
        let given = first.chain(places(|it| matches!(it, Arrangement::FaultAtSecond(_)))).map(line);
        given.chain(later.map(|(_, line)| Some(*line)))
    }

    /// The faults, in order.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.arrangements.iter().filter_map(|arrangement| match arrangement {
            Arrangement::Fault(fault) => Some(fault),
            _ => None,
        })
    }

    /// The faults of the second provider, in order.
    pub fn faults_at_second(&self) -> impl Iterator<Item = &Fault> {
        self.arrangements.iter().filter_map(|arrangement| match arrangement {
            Arrangement::FaultAtSecond(fault) => Some(fault),
            _ => None,
        })
    }

    /// The differences in the behaviour of a provider.
    pub fn policy(&self, provider: Provider) -> impl Iterator<Item = PolicyChange> {
        self.arrangements.iter().filter_map(move |arrangement| match (arrangement, provider) {
            (Arrangement::Policy(change), Provider::First)
            | (Arrangement::PolicyAtSecond(change), Provider::Second) => Some(*change),
            _ => None,
        })
    }

    /// Whether it is about how the client authenticates at the token endpoint.
    #[must_use]
    pub fn registers_auth_method(&self) -> bool {
        let is_method = |it: &Arrangement| matches!(it, Arrangement::Registration(RegistrationChange::AuthMethod(_)));
        self.arrangements.iter().any(is_method)
    }

    /// The lawful habits that the scenario is about. With one of them, all others are off.
    pub fn varied(&self) -> impl Iterator<Item = Trait> {
        self.arrangements.iter().filter_map(|arrangement| match arrangement {
            Arrangement::Varied(habit) => Some(*habit),
            _ => None,
        })
    }

    /// Whether the provider has none of its lawful habits.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.arrangements.iter().any(|it| matches!(it, Arrangement::Plain))
    }

    /// Whether the second provider has a part in it.
    #[must_use]
    pub fn uses_second(&self) -> bool {
        self.actions.iter().any(Action::uses_second)
    }

    /// Whether a client that has seen the honest provider already can be used: clients keep metadata and keys for ever.
    #[must_use]
    pub fn needs_fresh_client(&self) -> bool {
        self.starts_client()
            || self.actions.iter().any(Action::changes_what_clients_keep)
            || self.arrangements.iter().any(|arrangement| match arrangement {
                Arrangement::Registration(_) => true,
                Arrangement::Policy(change) | Arrangement::PolicyAtSecond(change) => change.changes_metadata(),
                _ => false,
            })
    }

    /// A browser that an expectation speaks of and no action uses.
    #[must_use]
    pub fn unused_browser(&self) -> Option<Browser> {
        let used: Vec<_> = self.actions.iter().flat_map(Action::browsers).collect();
        let claimed = self.expectations.iter().filter_map(|expectation| match expectation {
            Expectation::LoggedIn(browser, _)
            | Expectation::LoggedOut(browser)
            | Expectation::NotLoggedInAs(browser, _)
            | Expectation::LoggedInAt(browser, ..)
            | Expectation::NotLoggedInAt(browser, ..) => Some(*browser),
            _ => None,
        });
        claimed.into_iter().find(|browser| !used.contains(browser))
    }

    /// Whether it is about nothing but what an ID token says, and how it is signed.
    #[must_use]
    pub fn poisons_id_token_alone(&self) -> bool {
        let armed = self.actions.iter().filter_map(|action| match action {
            Action::Arm(fault) => Some(fault),
            _ => None,
        });
        let mut faults = self.faults().chain(self.faults_at_second()).chain(armed).peekable();
        faults.peek().is_some()
            && faults.all(|fault| match (fault.at, &fault.change) {
                (Point::IdTokenHeader | Point::IdTokenClaims | Point::IdTokenSignature, _) => true,
                (Point::TokenResponse, Change::Merge(Value::Object(patch))) => {
                    patch.keys().all(|name| name == "id_token")
                }
                _ => false,
            })
    }

    /// Whether it claims that nothing of a poisoned UserInfo response is shown: true of every client that never shows any.
    #[must_use]
    pub fn hides_userinfo(&self) -> bool {
        let poisoned =
            |fault: &Fault| fault.at == mock_idp::Point::Userinfo && matches!(fault.change, Change::Merge(_));
        self.faults().any(poisoned) && self.expectations.iter().any(|it| matches!(it, Expectation::NeverShown(_)))
    }

    /// Whether it is about what has been seen in the whole run.
    #[must_use]
    pub fn judges_run(&self) -> bool {
        self.expectations.iter().any(|expectation| matches!(expectation, Expectation::NoneExposed(_)))
    }

    /// Whether the client is registered otherwise than it usually is.
    #[must_use]
    pub fn changes_registration(&self) -> bool {
        self.arrangements.iter().any(|it| matches!(it, Arrangement::Registration(_)))
    }

    /// Whether the client's start is part of the scenario: where metadata or keys are poisoned or vary, which clients keep
    /// for ever, and where its first requests are looked at. Such a client cannot run its own control.
    #[must_use]
    pub fn starts_client(&self) -> bool {
        let poisoned = self
            .faults()
            .chain(self.faults_at_second())
            .any(|fault| matches!(fault.at, mock_idp::Point::Discovery | mock_idp::Point::Jwks));
        poisoned
            || self
                .arrangements
                .iter()
                .any(|it| matches!(it, Arrangement::FromStart | Arrangement::Plain | Arrangement::Varied(_)))
    }

    /// Whether the honest run is needed, before and after, to show that the client was able: where a refusal is claimed,
    /// where the scenario applies only to what the client is seen to do, and where silence would satisfy every claim.
    #[must_use]
    pub fn needs_controls(&self) -> bool {
        // A client that uses metadata asks for them before anything else can go wrong.
        let conditional = self
            .arrangements
            .iter()
            .any(|it| matches!(it, Arrangement::Makes(message) if *message != Message::DiscoveryRequest));
        let refusal = self.expectations.iter().any(Expectation::claims_refusal);
        conditional || refusal || !self.expectations.iter().any(Expectation::needs_evidence)
    }
}

impl Expectation {
    fn claims_refusal(&self) -> bool {
        matches!(
            self,
            Self::Refused(_)
                | Self::ReadsIdToken
                | Self::EndsWithoutSuccess
                | Self::CodeNotRedeemed(_)
                | Self::AccessTokenNotUsed(_)
                | Self::LoggedOut(_)
                | Self::NotLoggedInAs(..)
                | Self::NotLoggedInAt(..)
                | Self::NoCredentialReaches { .. }
                | Self::NoCredentialAtStranger
                | Self::StrangerNeverAsked
                | Self::NeverSentTo(_)
                | Self::NeverOpened(_)
                | Self::ReturnsHome
        )
    }

    /// Whether a client that does nothing at all fails it.
    fn needs_evidence(&self) -> bool {
        match self {
            Self::Sent(_, count) => !count.holds(0),
            Self::SecretOnlyAtTokenEndpoint
            | Self::NeverShown(_)
            | Self::NeverRendered(_)
            | Self::NoCredentialShown
            | Self::NoneExposed(_)
            | Self::NoCredentialInUrls
            | Self::VerifierAtTokenEndpointOnly => false,
            other => !other.claims_refusal(),
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AuthorizationRequest => "authorization request",
            Self::TokenRequest => "token request",
            Self::RefreshRequest => "refresh request",
            Self::ApiRequest => "API request",
            Self::UserinfoRequest => "UserInfo request",
            Self::DiscoveryRequest => "metadata request",
            Self::JwksRequest => "key set request",
        })
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(0) => f.write_str("none"),
            Self::Exactly(n) => write!(f, "exactly {n}"),
            Self::AtLeast(n) => write!(f, "at least {n}"),
            Self::AtMost(n) => write!(f, "at most {n}"),
        }
    }
}
