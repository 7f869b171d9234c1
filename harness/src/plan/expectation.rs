//! What must be seen: the Thens.

use super::invariant::Invariant;
use super::message::{Count, Message};
use crate::terms::{Browser, Outlet, Person, Phase, Provider};

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
    /// What the API and UserInfo are given for an access token is one of the provider.
    NoOtherToken,
    /// In this browser the client shows this person.
    LoggedIn(Browser, Person),
    /// In this browser the client shows nobody.
    LoggedOut(Browser),
    /// In this browser the client shows anybody but this person.
    NotLoggedInAs(Browser, Person),
    /// In this browser the client shows this person or nobody.
    NobodyBut(Browser, Person),
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
    /// No authorization request has a challenge of another method than S256, or of none, which is plain (RFC 7636 §4.3).
    NoPlainChallenge,
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
    /// A refresh authenticates the client, in whatever way, if the code exchange does.
    ClientAuthenticatesOnRefresh,
    /// After the login an ID token or access token claim of this name is what the client shows.
    ShowsClaim(String),
    /// No page of the client, and no body that it gave to a browser, holds this text.
    NeverShown(String),
    /// No page of somebody who is logged in holds this text; the page of a refusal may.
    NeverInSession(String),
    /// No page that a browser renders holds this markup.
    NeverRendered(String),
    /// The protected API saw a token with this audience.
    ApiSawAudience(String),
    /// Each API call was made with a token of the person who is logged in where it was asked for.
    ApiCalledForOwnUser,
    /// No API call was made with a token of anybody but the person who is logged in where it was asked for; there need not
    /// be one.
    ApiNotCalledForOthers,
    /// No page of the client, and no body that it gave to a browser, holds a credential of this provider.
    NoCredentialShown,
    /// In no scenario of the run has the client let a credential out this way.
    NoneExposed(Outlet),
    /// No URL but the callback's own holds a credential: neither of the client's requests nor of its redirects and links.
    NoCredentialInUrls,
    /// A verifier is in no other message than its own token request.
    VerifierAtTokenEndpointOnly,
    /// No request to the other host, and no URL there that a browser was sent to, holds a credential of this provider.
    NoCredentialAtOtherHost,
    /// The other host got no request, and no browser was sent there.
    OtherHostNeverAsked,
    /// Every request for metadata is for a path that the issuer's identifier leads to.
    MetadataFromWellKnownPath,
    /// No login by a link that names another site has led there.
    ReturnsHome,
    /// No URL that the client opens in a browser, or sends one to, holds this text.
    NeverSentTo(String),
    /// No browser is sent from the client to another site by a URL that holds this text.
    NeverSentAway(String),
    /// No URL that the client opens in a browser, or sends one to, begins like this.
    NeverOpened(String),
    /// The client has begun a TLS handshake where it is shown a wrong certificate.
    WrongCertificateShown,
    /// What holds in every run holds in this one.
    Holds(Invariant),
    /// In no scenario of the run something happens that breaks an invariant, and that no scenario claims.
    AllHoldInRun,
}

impl Expectation {
    pub(super) fn claims_refusal(&self) -> bool {
        matches!(
            self,
            Self::Refused(_)
                | Self::ReadsIdToken
                | Self::EndsWithoutSuccess
                | Self::CodeNotRedeemed(_)
                | Self::AccessTokenNotUsed(_)
                | Self::LoggedOut(_)
                | Self::NotLoggedInAs(..)
                | Self::NobodyBut(..)
                | Self::NotLoggedInAt(..)
                | Self::NoCredentialReaches { .. }
                | Self::NoCredentialAtOtherHost
                | Self::OtherHostNeverAsked
                | Self::NeverSentTo(_)
                | Self::NeverSentAway(_)
                | Self::NeverOpened(_)
                | Self::ReturnsHome
        )
    }

    /// Whether a client that does nothing at all fails it.
    pub(super) fn needs_evidence(&self) -> bool {
        match self {
            Self::Sent(_, count) => !count.holds(0),
            Self::SecretOnlyAtTokenEndpoint
            | Self::NeverShown(_)
            | Self::NeverInSession(_)
            | Self::NoOtherToken
            | Self::NeverRendered(_)
            | Self::NoCredentialShown
            | Self::NoneExposed(_)
            | Self::AllHoldInRun
            | Self::NoCredentialInUrls
            | Self::VerifierAtTokenEndpointOnly => false,
            other => !other.claims_refusal(),
        }
    }
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
    /// POST, and no parameter of a token request in the URL.
    FormPost,
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
