//! What is arranged before a scenario is played: the Givens.

use mock_idp::{
    AccessTokenFormat, ClientAuthMethod, CodeBinding, CodeFormat, Dialect, Fault, FrontChannel, IssuerParameter,
    PkcePolicy, Policy, Presence, RefreshRotation, RefreshTokenFormat, Trait,
};

use super::message::Message;

/// A Given.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrangement {
    /// One named change to one message of an otherwise honest exchange.
    Fault(Fault),
    /// Another lawful (or, for mechanisms, another lenient) behaviour of the provider.
    Policy(PolicyChange),
    /// A fault of the second provider.
    FaultAtSecond(Fault),
    /// Another behaviour of the second provider.
    PolicyAtSecond(PolicyChange),
    /// One lawful trait of the provider, and no other.
    Varied(Trait),
    /// None of the lawful traits of a provider.
    Plain,
    /// All providers depart from the specifications, and go beyond them, as this one does. They vary in nothing besides.
    Dialect(Dialect),
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
    /// The scenario applies only to clients that get the URLs of the endpoints, from metadata or from their configuration.
    IsToldEndpoints,
    /// The scenario applies to clients without an API, too: its calls are left out for them.
    ApiIsOptional,
    /// The scenario applies only to clients that send an access token somewhere.
    UsesAccessToken,
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
    /// Access tokens that are JWTs carry no `exp`.
    NoAccessTokenExp,
    /// ID tokens hold none of the claims that scopes stand for.
    NoScopeClaimsInIdToken,
    /// The metadata do not say that the provider verifies PKCE, which it does.
    NoPkceInMetadata,
    /// The URL of the authorization endpoint has a query.
    AuthorizationEndpointQuery,
    /// The URL of the token endpoint has a query.
    TokenEndpointQuery,
    /// Access tokens live for this many seconds.
    AccessTokenLifetime(i64),
    /// Authorization responses bring a token in place of a code.
    TokenForCode(FrontChannel),
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
            Self::NoScopeClaimsInIdToken => policy.scope_claims_in_id_token = Presence::Absent,
            Self::NoPkceInMetadata => policy.pkce_in_metadata = Presence::Absent,
            Self::AuthorizationEndpointQuery => policy.authorization_endpoint_query = Presence::Present,
            Self::TokenEndpointQuery => policy.token_endpoint_query = Presence::Present,
            Self::NoAccessTokenHash => policy.access_token_hash = Presence::Absent,
            Self::NoAccessTokenExp => policy.access_token_exp = Presence::Absent,
            Self::AccessTokenLifetime(seconds) => policy.access_token_lifetime = Some(seconds),
            Self::TokenForCode(brought) => policy.front_channel = brought,
        }
    }

    /// Whether the provider is no longer honest with it: honest runs are played without it.
    #[must_use]
    pub fn is_dishonest(self) -> bool {
        matches!(self, Self::TokenForCode(_))
    }

    /// Whether the published metadata changes with it: clients keep metadata for the life of their process.
    pub(super) fn changes_metadata(self) -> bool {
        matches!(
            self,
            Self::IssuerParameter
                | Self::NoPkceInMetadata
                | Self::AuthorizationEndpointQuery
                | Self::TokenEndpointQuery
        )
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
