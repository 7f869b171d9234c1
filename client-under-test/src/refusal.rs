//! Every reason to say no: one closed list, each entry one misdeed.

use strum::IntoStaticStr;
use thiserror::Error;

/// The step at which the client refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Provider metadata and keys.
    Discovery,
    /// The authorization request.
    Authorize,
    /// The authorization response.
    Callback,
    /// The token response.
    Token,
    /// The ID token.
    IdToken,
    /// The UserInfo response.
    Userinfo,
    /// The API call.
    Api,
    /// The refresh.
    Refresh,
    /// The client's own session.
    Session,
}

/// Why the client refused. What is shown holds no secret, and nothing that came from outside but error codes.
#[derive(Debug, Clone, PartialEq, Eq, Error, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[non_exhaustive]
pub enum Refusal {
    /// RFC 6749 §5.1.
    #[error("the token response has no access_token")]
    AccessTokenMissing,
    /// OpenID Connect Core §3.1.3.8.
    #[error("at_hash is not the hash of the access token")]
    AccessTokenSubstituted,
    /// OpenID Connect Core §3.1.3.7 no. 7; RFC 8725 §3.1.
    #[error("the ID token is not signed with RS256")]
    AlgorithmNotAllowed,
    /// No answer of the API.
    #[error("the API gave no answer: {0}")]
    ApiUnreachable(String),
    /// OpenID Connect Core §3.1.3.7 no. 3.
    #[error("the ID token has no audience")]
    AudienceMissing,
    /// OpenID Connect Core §3.1.3.7 no. 3.
    #[error("the ID token is also meant for others, which this client does not trust")]
    AudienceUntrusted,
    /// OpenID Connect Core §3.1.3.7 no. 3.
    #[error("the ID token is meant for another client")]
    AudienceWrong,
    /// RFC 6749 §4.1.2.1.
    #[error("the provider did not authorize the login: {error}")]
    AuthorizationDenied {
        /// The error code.
        error: String,
    },
    /// OpenID Connect Core §3.1.3.7 no. 5.
    #[error("the ID token was issued at the request of another client")]
    AuthorizedPartyWrong,
    /// OpenID Connect Core §12.2.
    #[error("the refreshed ID token tells of another authentication")]
    AuthTimeChanged,
    /// RFC 6749 §4.1.2.
    #[error("the authorization response has no code")]
    CodeMissing,
    /// RFC 7515 §4.1.11.
    #[error("the ID token demands an extension that is not understood here")]
    CriticalExtension,
    /// OpenID Connect Core §2.
    #[error("the ID token does not say when it expires")]
    ExpiryMissing,
    /// OpenID Connect Core §3.1.3.7 no. 9.
    #[error("the ID token has expired")]
    IdTokenExpired,
    /// It is no JWT in the compact serialization, or its claims have the wrong types.
    #[error("the ID token is malformed")]
    IdTokenMalformed,
    /// OpenID Connect Core §3.1.3.3.
    #[error("the token response has no id_token")]
    IdTokenMissing,
    /// RFC 7519 §4.1.5, §4.1.6.
    #[error("the ID token comes from the future")]
    IdTokenPremature,
    /// OpenID Connect Core §2.
    #[error("the ID token does not say when it was issued")]
    IssuedAtMissing,
    /// OpenID Connect Core §2.
    #[error("the ID token names no issuer")]
    IssuerMissing,
    /// RFC 9207 §2.4.
    #[error("the authorization response names no issuer, although the provider promised that it would")]
    IssuerParameterMissing,
    /// RFC 9207 §2.4.
    #[error("the authorization response comes from another issuer")]
    IssuerParameterWrong,
    /// OpenID Connect Core §4: a site that starts a login elsewhere cannot choose the provider freely.
    #[error("no provider with this issuer is configured here")]
    IssuerUnknown,
    /// OpenID Connect Core §3.1.3.7 no. 2.
    #[error("the ID token comes from another issuer")]
    IssuerWrong,
    /// OpenID Connect Core §10.1.
    #[error("the ID token is signed with a key that the provider has not published")]
    KeyUnknown,
    /// RFC 7517 §5.
    #[error("the provider's keys cannot be read")]
    KeysMalformed,
    /// No keys, no signatures.
    #[error("the provider's keys cannot be fetched: {0}")]
    KeysUnreachable(String),
    /// OpenID Connect Discovery §4.3.
    #[error("the provider metadata cannot be read: {0}")]
    MetadataMalformed(String),
    /// OpenID Connect Discovery §4.3.
    #[error("the provider metadata belong to another issuer")]
    MetadataOfAnotherIssuer,
    /// No metadata, no login.
    #[error("the provider metadata cannot be fetched: {0}")]
    MetadataUnreachable(String),
    /// OpenID Connect Core §3.1.3.7 no. 11.
    #[error("the ID token does not carry the nonce of this login")]
    NonceMissing,
    /// OpenID Connect Core §3.1.3.7 no. 11.
    #[error("the ID token carries the nonce of another login")]
    NonceWrong,
    /// There is no session to act for.
    #[error("nobody is logged in")]
    NotLoggedIn,
    /// RFC 6749 §3.1.
    #[error("the authorization response has {0} more than once")]
    ParameterRepeated(&'static str),
    /// RFC 6749 §5.2.
    #[error("the refresh was refused: {error}")]
    RefreshRefused {
        /// The error code.
        error: String,
    },
    /// RFC 6749 §5.2: the grant is gone, and a new login is needed.
    #[error("the refresh token is not good any more; the user has to log in again")]
    RefreshTokenDead,
    /// There is none.
    #[error("there is no refresh token")]
    RefreshTokenMissing,
    /// An outage: the session stays.
    #[error("the refresh got no answer that makes sense: {0}")]
    RefreshUnavailable(String),
    /// RFC 7515 §5.2.
    #[error("the signature of the ID token does not verify")]
    SignatureInvalid,
    /// RFC 6749 §10.12.
    #[error("the authorization response has no state")]
    StateMissing,
    /// RFC 6749 §10.12.
    #[error("this browser has started no login with the state of this authorization response")]
    StateUnknown,
    /// OpenID Connect Core §12.2.
    #[error("the refreshed ID token is about another user")]
    SubjectChanged,
    /// OpenID Connect Core §2.
    #[error("the ID token has no subject")]
    SubjectMissing,
    /// RFC 6749 §5.2.
    #[error("the token endpoint refused the code: {error}")]
    TokenRequestRefused {
        /// The error code.
        error: String,
    },
    /// RFC 6749 §5.1.
    #[error("the token response cannot be read: {0}")]
    TokenResponseMalformed(String),
    /// RFC 6749 §7.1.
    #[error("the access token is of a type that is not understood here")]
    TokenTypeUnknown,
    /// The token endpoint is down.
    #[error("the token endpoint gave no answer: {0}")]
    TokenUnavailable(String),
    /// A defect: what a web framework answers with status 500.
    #[error("an unexpected error occurred")]
    Unhandled,
    /// OpenID Connect Core §5.3.2.
    #[error("the UserInfo response has no subject")]
    UserinfoSubjectMissing,
    /// OpenID Connect Core §5.3.2.
    #[error("the UserInfo response is about another user")]
    UserinfoSubjectWrong,
}

impl Refusal {
    /// A stable name, `id-token-expired`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// The step at which it happens.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self {
            Self::KeysMalformed
            | Self::KeysUnreachable(_)
            | Self::MetadataMalformed(_)
            | Self::MetadataOfAnotherIssuer
            | Self::MetadataUnreachable(_) => Phase::Discovery,
            Self::IssuerUnknown => Phase::Authorize,
            Self::AuthorizationDenied { .. }
            | Self::CodeMissing
            | Self::IssuerParameterMissing
            | Self::IssuerParameterWrong
            | Self::ParameterRepeated(_)
            | Self::StateMissing
            | Self::StateUnknown
            | Self::Unhandled => Phase::Callback,
            Self::AccessTokenMissing
            | Self::IdTokenMissing
            | Self::TokenRequestRefused { .. }
            | Self::TokenResponseMalformed(_)
            | Self::TokenTypeUnknown
            | Self::TokenUnavailable(_) => Phase::Token,
            Self::AccessTokenSubstituted
            | Self::AlgorithmNotAllowed
            | Self::AudienceMissing
            | Self::AudienceUntrusted
            | Self::AudienceWrong
            | Self::AuthorizedPartyWrong
            | Self::CriticalExtension
            | Self::ExpiryMissing
            | Self::IdTokenExpired
            | Self::IdTokenMalformed
            | Self::IdTokenPremature
            | Self::IssuedAtMissing
            | Self::IssuerMissing
            | Self::IssuerWrong
            | Self::KeyUnknown
            | Self::NonceMissing
            | Self::NonceWrong
            | Self::SignatureInvalid
            | Self::SubjectMissing => Phase::IdToken,
            Self::UserinfoSubjectMissing | Self::UserinfoSubjectWrong => Phase::Userinfo,
            Self::ApiUnreachable(_) => Phase::Api,
            Self::AuthTimeChanged
            | Self::RefreshRefused { .. }
            | Self::RefreshTokenDead
            | Self::RefreshTokenMissing
            | Self::RefreshUnavailable(_)
            | Self::SubjectChanged => Phase::Refresh,
            Self::NotLoggedIn => Phase::Session,
        }
    }

    /// Whether a person would see a page of status 500 instead of a refusal.
    #[must_use]
    pub fn is_crash(&self) -> bool {
        *self == Self::Unhandled
    }
}
