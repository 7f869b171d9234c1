//! Remarks on requests.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was wrong with a request: why it was refused or, where a lax [`Policy`](crate::Policy) let it pass,
/// why a strict server would have refused it. The status of the response tells the two apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Note {
    /// The access token has expired.
    AccessTokenExpired,
    /// An access token in the `Authorization` header and elsewhere, or two such headers (RFC 6750 §2).
    AccessTokenInTwoPlaces,
    /// An API or userinfo request without an access token in the `Authorization` header.
    AccessTokenMissing,
    /// The access token is for somebody else.
    AccessTokenOfAnotherAudience,
    /// The access token belongs to another client.
    AccessTokenOfAnotherClient,
    /// The access token was revoked.
    AccessTokenRevoked,
    /// This issuer never minted the access token, or has forgotten it.
    AccessTokenUnknown,
    /// The access token is for no API in particular, because the client named none.
    AccessTokenWithoutAudience,
    /// The API named as audience is not registered.
    AudienceUnknown,
    /// The request body is longer than the server reads.
    BodyTooLarge,
    /// The request body did not arrive in the time that the server waits.
    BodyTooSlow,
    /// The client did not authenticate as it is registered to.
    ClientAuthenticationFailed,
    /// The client authenticated in the header and in the body at once (RFC 6749 §2.3).
    ClientAuthenticatedTwice,
    /// The client used another authentication method than its registered one.
    ClientAuthenticationMethodMismatch,
    /// No such client.
    ClientUnknown,
    /// The code has expired.
    CodeExpired,
    /// The code was issued to another client.
    CodeOfAnotherClient,
    /// The code was redeemed before (RFC 6749 §4.1.2).
    CodeReused,
    /// This issuer never issued the code, or has forgotten it.
    CodeUnknown,
    /// The device code has expired.
    DeviceCodeExpired,
    /// The device code was issued to another client.
    DeviceCodeOfAnotherClient,
    /// This issuer never issued the device code, has forgotten it, or has exchanged it for tokens already.
    DeviceCodeUnknown,
    /// The client asks for the tokens of a device more often than it may (RFC 8628 §3.5).
    DevicePolledTooOften,
    /// The `grant_type` is missing or unknown (RFC 6749 §4.1.3, §6).
    GrantTypeUnknown,
    /// The `id_token_hint` is no ID token of this issuer.
    IdTokenHintForged,
    /// The ID token carries the nonce of a later authorization request: the policy binds codes to nothing.
    NonceFromAnotherRequest,
    /// The scope `openid` was not asked for (OpenID Connect Core §3.1.2.1).
    OpenidMissing,
    /// A parameter occurs more than once (RFC 6749 §3.1).
    ParameterRepeated,
    /// The request has more parameters than the server reads.
    ParametersTooMany,
    /// Challenge or verifier is not of the form that RFC 7636 §4.1 and §4.2 demand.
    PkceMalformed,
    /// A public client asks for a code without a challenge (RFC 9700 §2.1.1).
    PkceMissing,
    /// The code has a challenge, the token request no verifier.
    PkceVerifierMissing,
    /// The verifier does not belong to the challenge.
    PkceMismatch,
    /// The code has no challenge, but the token request a verifier: a PKCE downgrade (RFC 9700 §4.8.2).
    PkceVerifierWithoutChallenge,
    /// The redirect URI of the token request is not the one of the authorization request.
    RedirectUriMismatch,
    /// The redirect URI is not registered.
    RedirectUriUnregistered,
    /// The `response_type` asks for more than a code.
    ResponseTypeUnsupported,
    /// The refresh token has expired.
    RefreshTokenExpired,
    /// The refresh token belongs to another client.
    RefreshTokenOfAnotherClient,
    /// The refresh token had been exchanged for a newer one (RFC 9700 §4.14.2).
    RefreshTokenReused,
    /// The refresh token was revoked.
    RefreshTokenRevoked,
    /// This issuer never issued the refresh token, or has forgotten it.
    RefreshTokenUnknown,
    /// The access token lacks the scope that the endpoint needs.
    ScopeInsufficient,
    /// The token that is to be exchanged is unknown, has expired, or is of another kind than the request says (RFC 8693
    /// §2.2.2).
    SubjectTokenInvalid,
    /// The scope is not of the form that RFC 6749 §3.3 demands.
    ScopeMalformed,
    /// The refresh asks for more scope than was granted.
    ScopeWidened,
}
