//! The catalogue of deliberate defects: each switches off one defence, or adds one mistake.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use strum::{EnumMessage as _, VariantArray as _};

use crate::Refusal;

/// One thing that the client does wrong. The name is the mistake, the documentation says what it is, and both are shown
/// to people.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::EnumMessage,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "kebab-case")]
#[non_exhaustive]
pub enum Defect {
    /// Believes an ID token whose header says that it is not signed.
    AcceptsAlgNone,
    /// Believes an ID token that is meant for another client.
    AcceptsAnyAudience,
    /// Talks to servers with any certificate.
    AcceptsAnyCertificate,
    /// Talks to servers whose certificate is for another host, if an authority that it trusts vouches for it.
    AcceptsAnyHostName,
    /// Believes an ID token that another issuer has issued.
    AcceptsAnyIssuer,
    /// Takes a response without state, where no login was begun, for the answer to a login.
    AcceptsBareResponses,
    /// Accepts a response with an empty iss from a provider that has promised one.
    AcceptsEmptyIss,
    /// Believes an ID token whose signature is empty.
    AcceptsEmptySignature,
    /// Takes a response with an empty state for the answer to the latest login.
    AcceptsEmptyState,
    /// Uses a UserInfo response whose subject is empty.
    AcceptsEmptyUserinfoSubject,
    /// Believes an ID token whose nonce is empty or false.
    AcceptsFalsyNonce,
    /// Believes an ID token that is signed with the client secret, although RS256 is registered.
    AcceptsHmacWithClientSecret,
    /// Believes an ID token that is signed with the client secret, if it names no key, although RS256 is registered.
    AcceptsHmacWithClientSecretIfUnnamed,
    /// Believes an ID token that is signed with an empty secret.
    AcceptsHmacWithEmptyKey,
    /// Believes an ID token that another of its providers has issued.
    AcceptsIssuersOfEveryProvider,
    /// Takes the issuer from the metadata instead of comparing it with the configured one.
    AcceptsMetadataOfAnotherIssuer,
    /// Takes metadata that name no issuer for those of the configured one.
    AcceptsMetadataWithoutIssuer,
    /// Takes a token response without access token for a success.
    AcceptsMissingAccessToken,
    /// Believes an ID token that names no audience.
    AcceptsMissingAudience,
    /// Believes an ID token that never expires.
    AcceptsMissingExpiry,
    /// Accepts a response without iss from a provider that has promised one.
    AcceptsMissingIss,
    /// Believes an ID token that does not say when it was issued.
    AcceptsMissingIssuedAt,
    /// Believes an ID token that names no issuer.
    AcceptsMissingIssuer,
    /// Believes an ID token without the nonce that was sent.
    AcceptsMissingNonce,
    /// Takes a response without state for the answer to the latest login.
    AcceptsMissingState,
    /// Logs somebody in whose ID token names no subject.
    AcceptsMissingSubject,
    /// Believes an ID token whose nonce is a list.
    AcceptsNonceList,
    /// Takes a response whose state is a list for the answer to the latest login.
    AcceptsStateList,
    /// Believes an ID token that has no part for the signature.
    AcceptsTwoPartIdToken,
    /// Takes a response that no login was begun for as the answer to a login.
    AcceptsUnsolicitedResponses,
    /// Uses a UserInfo response that names no subject.
    AcceptsUserinfoWithoutSubject,
    /// Changes the user when a refreshed ID token names another subject.
    AdoptsSubjectOfRefreshedIdToken,
    /// Refuses an ID token from a clock that is a little ahead.
    AllowsNoClockSkew,
    /// Sends its secret to an API that asks for a password.
    AnswersBasicChallenge,
    /// Asks for an ID token in the authorization response.
    AsksForIdTokenInFrontChannel,
    /// Authenticates by HTTP Basic although it is registered for the body.
    AuthenticatesByBasicAlways,
    /// Authenticates by the method that the metadata list first.
    AuthenticatesByFirstListedMethod,
    /// Sends its secret in the header and in the body.
    AuthenticatesTwice,
    /// Sends its secret in the header and in the body when it refreshes again after a refresh has failed.
    AuthenticatesTwiceAfterFailedRefresh,
    /// Believes an ID token whose header names no key.
    BelievesWithoutKeyId,
    /// Believes an ID token when the keys cannot be fetched.
    BelievesWithoutKeys,
    /// Sends no code challenge, and a nonce that can be guessed.
    BindsCodeByShortNonce,
    /// Sends neither a code challenge nor a nonce.
    BindsCodeToNothing,
    /// Sends a code challenge, and neither a state nor a nonce.
    BindsResponseByPkceAlone,
    /// Sends neither a state nor a code challenge nor a nonce.
    BindsResponseToNothing,
    /// Refuses the algorithm "none" in this spelling alone.
    BlocksLiteralNoneOnly,
    /// Refuses to begin a login in a browser where another one has begun.
    BlocksLoginsWhilePending,
    /// Presents the access tokens of every issuer to the API of the first one.
    CallsFirstApiForAllIssuers,
    /// Accepts a response that names another issuer if none was promised.
    ChecksIssOnlyIfPromised,
    /// Believes every ID token if the metadata name no key set.
    ChecksNothingWithoutKeys,
    /// Converts an access token that is no text to text.
    CoercesAccessToken,
    /// Converts an ID token that is no text to text, and a list to its first item.
    CoercesIdToken,
    /// Converts a subject that is no text to text.
    CoercesSubject,
    /// Believes an ID token whose audience begins with its own identifier.
    ComparesAudienceByPrefix,
    /// Accepts a response whose iss begins with the issuer.
    ComparesIssByPrefix,
    /// Compares iss without regard to case.
    ComparesIssWithoutCase,
    /// Compares iss without its scheme.
    ComparesIssWithoutScheme,
    /// Compares iss with the issuer's identifier less its last slash.
    ComparesIssWithoutSlash,
    /// Believes an ID token whose issuer begins with the right one.
    ComparesIssuerByPrefix,
    /// Begins logins by the metadata of another issuer, and refuses their responses.
    ComparesIssuerOfMetadataLate,
    /// Believes an ID token whose issuer differs in case alone.
    ComparesIssuerWithoutCase,
    /// Believes an ID token whose issuer differs in the scheme alone.
    ComparesIssuerWithoutScheme,
    /// Believes an ID token whose issuer differs in slashes at the end alone.
    ComparesIssuerWithoutSlashes,
    /// Reads a token response only if its media type has no parameters and the usual case.
    ComparesMediaTypeExactly,
    /// Reads metadata only if their media type has no parameters and the usual case.
    ComparesMediaTypeOfMetadataExactly,
    /// Reads UserInfo only if its media type has no parameters and the usual case.
    ComparesMediaTypeOfUserinfoExactly,
    /// Takes a space before the semicolon for a part of the media type.
    ComparesMediaTypeUntrimmed,
    /// Reads a token response only if its media type is in lower case.
    ComparesMediaTypeWithCase,
    /// Uses a UserInfo response whose subject differs in case alone.
    ComparesSubjectsWithoutCase,
    /// Demands the token type in the spelling "Bearer".
    ComparesTokenTypeExactly,
    /// Compares state and nonce only where they are there.
    ComparesValuesOnlyIfPresent,
    /// Uses numbers in sequence for states.
    CountsStates,
    /// Decodes the code once more than it was encoded.
    DecodesCodeTwice,
    /// Demands that the access token is the first member of a token response.
    DemandsAccessTokenFirst,
    /// Refuses an ID token without `at_hash`, which the code flow does not demand.
    DemandsAccessTokenHash,
    /// Refuses a key set with a key without `alg`.
    DemandsAlgOfKeys,
    /// Refuses a key set with a key without a certificate.
    DemandsCertificateOfKeys,
    /// Demands that the code is the first parameter of the authorization response.
    DemandsCodeFirst,
    /// Refuses a key set with a key that lacks a member.
    DemandsCompleteKeys,
    /// Refuses a token response without `expires_in`.
    DemandsExpiresIn,
    /// Refuses metadata that may not be kept for exactly an hour.
    DemandsHourOfFreshness,
    /// Refuses a token response without an ID token although it has not asked for one.
    DemandsIdTokenAlways,
    /// Refuses a refresh response without an ID token.
    DemandsIdTokenOnRefresh,
    /// Refuses a key set with a key on a curve that it does not know.
    DemandsKnownCurves,
    /// Refuses a key set with a key that it does not understand.
    DemandsKnownKeys,
    /// Refuses metadata with an algorithm that it does not know.
    DemandsKnownMetadataValues,
    /// Refuses an access token that does not live for exactly a day.
    DemandsLifetimeOfADay,
    /// Falls over when the ID token has no name.
    DemandsNameInIdToken,
    /// Refuses the ID token of a refresh if it has no nonce.
    DemandsNonceOnRefresh,
    /// Falls over when a time comes as text.
    DemandsNumericTimes,
    /// Refuses metadata without a member that has a default.
    DemandsOptionalMetadata,
    /// Refuses metadata without a member that is recommended.
    DemandsRecommendedMetadata,
    /// Refuses a token response without refresh token.
    DemandsRefreshToken,
    /// Falls over when UserInfo leaves out a claim that was asked for.
    DemandsRequestedClaims,
    /// Refuses a token response without scope.
    DemandsScope,
    /// Refuses an issuer whose identifier does not end in a slash.
    DemandsSlashAfterIssuer,
    /// Refuses an ID token without `typ` in its header.
    DemandsTyp,
    /// Falls over when a truth value comes as text.
    DemandsTypedClaims,
    /// Refuses a key set with a key without `use`.
    DemandsUseOfKeys,
    /// Refuses metadata without a UserInfo endpoint.
    DemandsUserinfoEndpoint,
    /// Refuses an access token of a length that it does not know.
    DemandsUsualAccessTokens,
    /// Refuses a code that has not 43 characters.
    DemandsUsualCodes,
    /// Refuses a key set with a key identifier that is no thumbprint.
    DemandsUsualKeyIds,
    /// Refuses a refresh token that has not 43 characters.
    DemandsUsualRefreshTokens,
    /// Refuses a token response whose lifetime is no plain number of seconds.
    DemandsWholeLifetimes,
    /// Refuses a token response with less scope than was asked for.
    DemandsWholeScope,
    /// Logs somebody in without ID token.
    DoesWithoutIdToken,
    /// Logs somebody in whose ID token cannot be read.
    DoesWithoutUnreadableIdToken,
    /// Asks for metadata at a path with two slashes.
    DoublesSlashInDiscovery,
    /// Leaves the code challenge out after a request with one was refused.
    DowngradesAfterRefusal,
    /// Does not pass custom claims to the application.
    DropsCustomClaims,
    /// Drops the query of the provider's endpoints.
    DropsEndpointQuery,
    /// Asks for every scope but openid.
    DropsOpenid,
    /// Forgets its refresh token when a refresh gives no new one.
    DropsRefreshTokenWithoutSuccessor,
    /// Does not pass the claims of UserInfo to the application.
    DropsUserinfoClaims,
    /// Refuses a browser that has begun many logins and finished none.
    DrownsInAbandonedLogins,
    /// Shows an error code as it has come.
    EchoesErrorCode,
    /// Shows an error description as it has come.
    EchoesErrorDescription,
    /// Logs the user out when a refresh fails because the provider is down.
    EndsSessionOnRefreshOutage,
    /// Logs the user out when an authorization response is refused.
    EndsSessionOnRefusal,
    /// Logs the user out when a refresh comes too early for the provider.
    EndsSessionWhenThrottled,
    /// Logs the user out when the ID token expires.
    EndsSessionWithIdToken,
    /// Sends its verifier as the challenge, and no method, where the metadata announce `plain` alone.
    FallsBackToPlain,
    /// Falls over a number of more than 32 bits in a token response or an ID token.
    FallsOverLargeNumbers,
    /// Falls over an object or an array in a token response or an ID token.
    FallsOverNestedValues,
    /// Falls over a null in a token response or an ID token.
    FallsOverNull,
    /// Falls over a null in UserInfo.
    FallsOverNullOfUserinfo,
    /// Answers an error of an unusual shape with an internal error.
    FallsOverOnOddErrors,
    /// Answers a response without code with an internal error.
    FallsOverWithoutCode,
    /// Verifies a signature with a certificate from a URL in the token.
    FetchesCertificateFromHeaderUrl,
    /// Verifies a signature with a key from a URL in the token.
    FetchesKeysFromHeaderUrl,
    /// Fetches keys when a login starts, and not when it ends.
    FetchesKeysOnlyWhenLoginStarts,
    /// Fetches keys again and again for a key id that is not there.
    FetchesKeysWithoutEnd,
    /// Accepts a response whose iss is a piece of the issuer.
    FindsIssInIssuer,
    /// Accepts a response whose iss has the issuer somewhere in it.
    FindsIssuerInIss,
    /// Looks for the login that a response answers among those of every browser.
    FindsLoginsOfAnyBrowser,
    /// Follows a redirect of the API with the access token.
    FollowsApiRedirectsWithToken,
    /// Takes the access token along where the API redirects it with 307 or 308.
    FollowsPreservingApiRedirectsWithToken,
    /// Follows a redirect of the token endpoint with refresh token and secret.
    FollowsRefreshRedirectsWithCredentials,
    /// Follows a redirect of the token endpoint with code, verifier and secret.
    FollowsTokenRedirectsWithCredentials,
    /// Follows a redirect of the userinfo endpoint with the access token.
    FollowsUserinfoRedirectsWithToken,
    /// Takes the issuer of the latest login for the one of every login.
    ForgetsIssuerOfLogin,
    /// Forgets that a login was begun only when its code has been redeemed.
    ForgetsLoginAfterExchange,
    /// Forgets the logins of a browser at any error response.
    ForgetsLoginsOnError,
    /// Forgets the logins of a browser when something arrives that is no response.
    ForgetsLoginsOnStrayRequest,
    /// Forgets the other logins of a browser when one of them has succeeded.
    ForgetsOtherLogins,
    /// Never tries the token endpoint again once it was down.
    GivesUpAfterOutage,
    /// Refuses every login after an outage of UserInfo.
    GivesUpAfterUserinfoOutage,
    /// Builds the authorization endpoint from the issuer, and ignores the metadata.
    GuessesAuthorizationEndpoint,
    /// Builds the URL of the keys from the issuer, and ignores the metadata.
    GuessesKeySetUrl,
    /// Guesses endpoints that the metadata do not name.
    GuessesMissingEndpoints,
    /// Guesses that a token endpoint that the metadata do not name is at the root of the issuer's host.
    GuessesMissingTokenEndpointAtHost,
    /// Builds the token endpoint from the issuer, and ignores the metadata.
    GuessesTokenEndpoint,
    /// Builds the UserInfo endpoint from the issuer, and ignores the metadata.
    GuessesUserinfoEndpoint,
    /// Says that a refresh succeeded when it did not.
    HidesRefreshFailures,
    /// Uses an access token that does not belong to the ID token.
    IgnoresAccessTokenHash,
    /// Believes an ID token that another client has asked for.
    IgnoresAuthorizedParty,
    /// Believes an ID token that demands an extension which it does not know.
    IgnoresCriticalExtensions,
    /// Reads tokens from an error under a status of success.
    #[strum(serialize = "ignores-error-under-status-200")]
    IgnoresErrorUnderStatus200,
    /// Believes an ID token that has expired.
    IgnoresExpiry,
    /// Believes an ID token that was issued in the future.
    IgnoresFutureIssuedAt,
    /// Accepts a response that names another issuer.
    IgnoresIss,
    /// Reads metadata from an answer with an error status.
    IgnoresMetadataStatus,
    /// Believes an ID token with the nonce of another login.
    IgnoresNonce,
    /// Believes a refreshed ID token with the nonce of another login.
    IgnoresNonceOnRefresh,
    /// Believes an ID token that is not valid yet.
    IgnoresNotBefore,
    /// Believes a refreshed ID token without a look at its issuer and its audience.
    IgnoresOriginOfRefreshedIdToken,
    /// Reads tokens from an error response to a refresh request.
    IgnoresRefreshStatus,
    /// Compares iss without slashes at the end.
    IgnoresSlashesAfterIss,
    /// Compares the issuer of metadata without slashes at the end.
    IgnoresSlashesAfterIssuer,
    /// Takes any response for the answer to the latest login of the browser.
    IgnoresState,
    /// Reads tokens from an error response.
    IgnoresTokenStatus,
    /// Uses an access token of any type as a bearer token.
    IgnoresTokenType,
    /// Reads claims from a UserInfo response, whatever its status is.
    IgnoresUserinfoStatus,
    /// Uses a UserInfo response about another user.
    IgnoresUserinfoSubject,
    /// Joins identifier and secret for HTTP Basic without encoding them.
    JoinsBasicCredentialsUnencoded,
    /// Joins the client identifier as it is to the form-encoded secret.
    JoinsClientIdUnencoded,
    /// Leaves the first user logged in when another one logs in.
    KeepsFirstUser,
    /// Never looks for new keys.
    KeepsKeysForEver,
    /// Goes on with the old access token after a refresh.
    KeepsOldAccessToken,
    /// Goes on with the old refresh token after a rotation.
    KeepsOldRefreshToken,
    /// Remembers one login for all browsers together.
    KeepsOnePendingLoginForAll,
    /// Remembers the latest login of a browser alone.
    KeepsOnlyLatestLogin,
    /// Deletes the cookie of the browser at a log-out, and keeps the session.
    KeepsSessionForOldCookies,
    /// Keeps the session identifier of a browser when somebody logs in.
    KeepsSessionIdentifier,
    /// Leaves the user logged in after a log-out.
    KeepsSessionOnLogout,
    /// Accepts a second response to the same login.
    KeepsSpentLogin,
    /// Keeps the tokens of the first user when another one logs in.
    KeepsTokensOfFirstUser,
    /// Keeps the tokens of a login whose ID token it refuses, and calls the API with them.
    KeepsTokensOfRefusedLogin,
    /// Calls the API for a browser whose user has logged out, with the tokens of the session that is over.
    KeepsTokensOnLogout,
    /// Keeps the tokens of a login that fails because UserInfo is down, and calls the API with them.
    KeepsTokensWithoutUserinfo,
    /// Treats users of two issuers with the same subject as one user.
    KeysAccountsBySubjectAlone,
    /// Treats users whose subjects differ in case alone as one user.
    KeysAccountsBySubjectWithoutCase,
    /// Recognises a dead refresh token under status 400 alone.
    #[strum(serialize = "knows-invalid-grant-by-status-400-only")]
    KnowsInvalidGrantByStatus400Only,
    /// Treats users with the same e-mail address as one user.
    LinksAccountsByEmail,
    /// Treats users whose e-mail addresses differ in case alone as one user.
    LinksAccountsByEmailWithoutCase,
    /// Treats users with the same e-mail address at UserInfo as one user.
    LinksAccountsByUserinfoEmail,
    /// Treats users with the same `preferred_username` at UserInfo as one user.
    LinksAccountsByUserinfoUsername,
    /// Treats users with the same `preferred_username` as one user.
    LinksAccountsByUsername,
    /// Treats users with the same e-mail address as one user, if the provider has verified it.
    LinksAccountsByVerifiedEmail,
    /// Refuses every later login of a browser in which a login has failed.
    LocksBrowserAfterFailure,
    /// Logs somebody in after an error response.
    LogsInDespiteError,
    /// Accepts a response if one of several iss is the right one.
    LooksForIssAmongSeveral,
    /// Ignores refresh tokens for good after a login without one.
    MissesRefreshTokensForGood,
    /// Gives up when the provider closes a connection.
    NeedsKeptConnections,
    /// Does not refresh an expired or refused access token.
    NeverRefreshesByItself,
    /// Does not refresh an access token that the API refuses before it expires.
    #[strum(serialize = "never-refreshes-on-401")]
    NeverRefreshesOn401,
    /// Does not name the API in the authorization request.
    OmitsAudience,
    /// Leaves the redirect URI out of the authorization request.
    OmitsRedirectUri,
    /// Leaves the redirect URI out of the token request.
    OmitsRedirectUriAtToken,
    /// Sends browsers to an authorization endpoint of any scheme.
    OpensAnyScheme,
    /// Opens the authorization endpoint as the metadata have it, URL or not.
    OpensEndpointAsPublished,
    /// Has a shell open the page of the provider.
    OpensPagesByShell,
    /// Has a shell open the page of the provider, and escapes the dollar signs only.
    OpensPagesByShellWithDollarEscaped,
    /// Has a shell open the page of the provider, as the metadata write it, between single quotes.
    OpensPagesByShellWithinQuotes,
    /// Uses metadata whatever issuer they name, and expects the configured one in tokens.
    OverlooksIssuerOfMetadata,
    /// Pads the code challenge.
    PadsChallenge,
    /// Fills a code verifier of 16 random bits up with a constant.
    PadsVerifier,
    /// Demands that an access token be a JWT.
    ParsesAccessToken,
    /// Uses an access token that comes with the code.
    PrefersTokensOfCallback,
    /// Requests the authorization endpoint itself before it sends the browser there.
    PrefetchesAuthorizationRequest,
    /// Presents the ID token to the API.
    PresentsIdTokenToApi,
    /// Writes the tokens that it gets to its log.
    PrintsTokens,
    /// Presents the access token to the API in the URL instead of the header.
    PutsAccessTokenIntoApiQuery,
    /// Presents the access token to UserInfo in the URL instead of the header.
    PutsAccessTokenIntoUserinfoQuery,
    /// Sends its secret through the browser.
    PutsSecretIntoAuthorizationRequest,
    /// Keeps the access token in a cookie, in clear.
    PutsTokensIntoCookie,
    /// Uses the code verifier for the state, too.
    PutsVerifierIntoState,
    /// Understands one spelling of a challenge only.
    ReadsChallengesLiterally,
    /// Reads metadata and token responses only if there is no white space between the tokens of JSON.
    ReadsCompactJsonOnly,
    /// Finds the header fields of metadata only if their names are in lower case.
    ReadsLowerCaseHeadersOnly,
    /// Takes the user from UserInfo, and reads no ID token.
    ReadsNoIdToken,
    /// Reads metadata and token responses only if no slash is escaped.
    ReadsPlainSlashesOnly,
    /// Redeems the code of a response that is an error, too.
    RedeemsCodeDespiteError,
    /// Redeems every code twice.
    RedeemsCodeTwice,
    /// Redeems a code that is empty.
    RedeemsEmptyCode,
    /// Redeems a code that is not there.
    RedeemsMissingCode,
    /// Refreshes the access token before every call once it has refreshed it.
    RefreshesAlwaysAfterRefresh,
    /// Presents the refresh tokens of every issuer to the first one.
    RefreshesAtFirstIssuer,
    /// Refreshes the access token before every call.
    RefreshesBeforeEveryCall,
    /// Sends refresh requests as JSON.
    RefreshesByJson,
    /// Refreshes once for each of several calls at the same time.
    RefreshesInParallel,
    /// Refreshes when the API misses a scope.
    #[strum(serialize = "refreshes-on-403")]
    RefreshesOn403,
    /// Refreshes when the API is busy.
    #[strum(serialize = "refreshes-on-429")]
    RefreshesOn429,
    /// Refreshes when the API is down.
    #[strum(serialize = "refreshes-on-5xx")]
    RefreshesOn5xx,
    /// Presents the refresh token of a login that it refuses, to get other tokens.
    RefreshesRefusedLogin,
    /// Refreshes again and again while the new access token has no time to live.
    RefreshesUntilFresh,
    /// Sends its secret in the body of refresh requests, however it is registered.
    RefreshesWithSecretInBody,
    /// Sends a refresh request without its secret.
    RefreshesWithoutAuthentication,
    /// Refreshes again and again while the API refuses the access token.
    RefreshesWithoutEnd,
    /// Refreshes again and again when the API refuses a token and does not say why.
    RefreshesWithoutEndIfUnexplained,
    /// Refreshes again and again when the API refuses a token by a challenge that cannot be read.
    RefreshesWithoutEndIfUnreadable,
    /// Sends a refresh request although it has no refresh token.
    RefreshesWithoutRefreshToken,
    /// Takes an audience for missing if it is a list.
    RefusesAudienceList,
    /// Refuses an ID token that names an authorized party.
    RefusesAuthorizedParty,
    /// Refuses a key set that holds an encryption key.
    RefusesEncryptionKeys,
    /// Refuses metadata with an endpoint at another host than the issuer.
    RefusesEndpointsOfOtherHosts,
    /// Refuses an ID token of more than 4 KB.
    RefusesLargeIdToken,
    /// Refuses the ID token of a refresh if it has a nonce.
    RefusesNonceOnRefresh,
    /// Looks into the access token, and refuses one with a claim that it does not know.
    RefusesUnknownAccessTokenClaims,
    /// Refuses an ID token with claims that it does not know.
    RefusesUnknownClaims,
    /// Refuses an ID token whose header has a member that it does not know.
    RefusesUnknownHeaderMembers,
    /// Refuses a key set with a key that has a member that it does not know.
    RefusesUnknownKeyMembers,
    /// Refuses a key set with a member that it does not know.
    RefusesUnknownKeySetMembers,
    /// Refuses a token response with members that it does not know.
    RefusesUnknownMembers,
    /// Refuses metadata with a member that it does not know.
    RefusesUnknownMetadata,
    /// Refuses an authorization response with parameters that it does not know.
    RefusesUnknownParameters,
    /// Refuses an ID token with a text that it does not know.
    RefusesUnknownTextsOfIdTokens,
    /// Refuses UserInfo with a text that it does not know.
    RefusesUnknownTextsOfUserinfo,
    /// Falls over when UserInfo has a claim that is no text.
    RefusesUnknownUserinfoClaims,
    /// Never asks for metadata again once that has failed.
    RemembersFailedDiscovery,
    /// Never asks for keys again once that has failed.
    RemembersFailedKeyFetch,
    /// Logs in any browser that presents an old state.
    RemembersSessionsByState,
    /// Takes a provider that was busy once for one that is down for good.
    RemembersTemporaryUnavailability,
    /// Presents the access token to the API in the URL, too.
    RepeatsAccessTokenInApiQuery,
    /// Sends the redirect URI along with a refresh request.
    RepeatsCodeParametersOnRefresh,
    /// Sends the same state, nonce and challenge with every login.
    RepeatsEverySecret,
    /// Sends the same nonce with every login.
    RepeatsNonce,
    /// Sends a parameter of the authorization request twice.
    RepeatsParameter,
    /// Sends the same state with every login.
    RepeatsState,
    /// Sends a parameter of the token request twice.
    RepeatsTokenParameter,
    /// Uses the same code verifier for every login.
    RepeatsVerifier,
    /// Puts the tokens of a login that was begun earlier into the session of the person who has logged in meanwhile.
    ReplacesTokensByEarlierLogin,
    /// Puts the tokens of a login whose ID token it refuses into the session that is there.
    ReplacesTokensByRefusedLogin,
    /// Puts the tokens of a login that fails because UserInfo is down into the session that is there.
    ReplacesTokensWithoutUserinfo,
    /// Sends the code again and again while the connection breaks.
    RetriesBrokenExchangeWithoutEnd,
    /// Presents a code once more, and once again, when the provider is busy (RFC 6585 §4).
    RetriesCodeAtBusyProvider,
    /// Presents a dead refresh token again and again.
    RetriesDeadRefreshToken,
    /// Sends the browser back to the provider after an error.
    RetriesDeniedLogin,
    /// Presents a code once more when no answer came.
    RetriesLostExchange,
    /// Presents a refused code once more.
    RetriesRefusedCode,
    /// Sends the code again after it has heard that it may not use the grant.
    RetriesUnauthorizedGrant,
    /// Asks UserInfo again and again when it refuses the access token.
    RetriesUserinfoWithoutEnd,
    /// Sends the browser back to the provider without code challenge when a request with one was refused.
    RetriesWithoutChallenge,
    /// Sends the browser after its login to any target that the link to the login names.
    ReturnsAnywhere,
    /// Sends the browser after its login to any target that begins with a slash.
    ReturnsToAnyPath,
    /// Sends the browser after its login to the path of a given URL, also if that path begins with two slashes.
    ReturnsToPathOfTarget,
    /// Sends the browser after its login to any target that begins with one slash, also with a backslash after it.
    ReturnsToPathWithBackslash,
    /// Checks the target after a login for slashes, and not for characters that browsers remove.
    ReturnsToPathWithTab,
    /// Sends the browser after its login to any URL without two slashes.
    ReturnsToScheme,
    /// Sends the browser after its login to a URL of any scheme that is not one of the web.
    ReturnsToScript,
    /// Sends the browser after its login to what it cannot parse as a URL.
    ReturnsToUnparsedTarget,
    /// Sends the browser after its login to any URL that begins with the client's own.
    ReturnsToUrlThatBeginsRight,
    /// Takes a URL with three slashes after the scheme for a page of its own.
    ReturnsToUrlWithoutHost,
    /// Takes what it can read of a truncated token response, and does without the rest.
    SalvagesBrokenJson,
    /// Believes an ID token whose issuer holds the right one somewhere.
    SearchesClaimForIssuer,
    /// Believes an ID token whose issuer is a piece of the right one.
    SearchesIssuerForClaim,
    /// Sends a code challenge only to providers that announce PKCE.
    SendsChallengeOnlyIfAnnounced,
    /// Sends the values of forms as they are.
    SendsFormsUnencoded,
    /// Sends no code challenge.
    SendsNoChallenge,
    /// Sends no nonce.
    SendsNoNonce,
    /// Sends no state.
    SendsNoState,
    /// Redeems a code without the verifier.
    SendsNoVerifier,
    /// Sends a nonce only where the metadata do not announce PKCE.
    SendsNonceOnlyWithoutPkce,
    /// Sends the verifier itself as the challenge.
    SendsPlainChallenge,
    /// Sends the values of the authorization request as they are.
    SendsQueryUnencoded,
    /// Sends its secret to the API.
    SendsSecretToApi,
    /// Uses a code verifier of 32 characters.
    SendsShortVerifier,
    /// Sends token requests as JSON.
    SendsTokenRequestsAsJson,
    /// Sends the code verifier of a browser's latest login with every code.
    SendsVerifierOfLatestLogin,
    /// Calls the grant type "code".
    SendsWrongGrantType,
    /// Separates scopes by two spaces.
    SeparatesScopesByTwoSpaces,
    /// Takes what another login gets that ends at the same moment.
    SharesExchangeUnderWay,
    /// Believes an ID token that any issuer that it knows has signed.
    SharesKeysBetweenIssuers,
    /// Keeps one set of tokens for all users.
    SharesTokensBetweenUsers,
    /// Shows the user what the token endpoint has said.
    ShowsProviderResponses,
    /// Shows the user the access token.
    ShowsTokens,
    /// Shows a UserInfo response that is no JSON.
    ShowsUserinfoAsText,
    /// Believes an ID token with any signature.
    SkipsSignature,
    /// Refuses a login without refresh token after a login that had one.
    StumblesOverEarlierRefreshToken,
    /// Takes an access token in the authorization response for the success of a login, if there is no code.
    TakesAccessTokenOfCallback,
    /// Believes an unsigned ID token if the metadata list its algorithm.
    TakesAlgorithmsFromMetadata,
    /// Follows a redirect of the API with the access token if only the port differs.
    TakesAnotherPortForTheSameOrigin,
    /// Believes an ID token for another client if it names this one as the authorized party.
    TakesAuthorizedPartyForAudience,
    /// Treats an empty `at_hash` as a missing one.
    TakesEmptyAccessTokenHashForNone,
    /// Logs somebody in after a token response without body.
    TakesEmptyBodyForSuccess,
    /// Takes an empty refresh token for a new one.
    TakesEmptyRefreshToken,
    /// Takes a response with an empty state, where no login was begun, for the answer to a login.
    TakesEmptyStateForNone,
    /// Logs a guest in when an error arrives that belongs to no login.
    TakesErrorWithoutStateForSuccess,
    /// Verifies with the first key of the set that signs, whichever the token names.
    TakesFirstKey,
    /// Verifies with the first key of the identifier that the token names, whatever the key is for.
    TakesFirstKeyOfId,
    /// Takes the first of several claims of the same name, and goes on without a UserInfo response about somebody else.
    TakesFirstOfRepeatedClaims,
    /// Redeems the first of two codes.
    TakesFirstOfRepeatedCodes,
    /// Takes the first of several parameters of the same name.
    TakesFirstOfRepeatedParameters,
    /// Logs somebody in by an ID token in the authorization response, if there is no code.
    TakesIdTokenOfCallback,
    /// Redeems a code at the issuer that the response names.
    TakesIssuerFromResponse,
    /// Takes a published key in JSON for a shared secret.
    TakesJwkForSecret,
    /// Takes the last key with the right identifier, whatever it is for.
    TakesLastKeyOfIdentifier,
    /// Takes the last of several parameters of the same name.
    TakesLastOfRepeatedParameters,
    /// Takes the cookie of a login in progress for a session, where it is sent under the name of the session's.
    TakesLoginCookieForSession,
    /// Logs a guest in when the provider says that nobody is logged in.
    TakesLoginRequiredForGuest,
    /// Takes a lifetime that is not given for zero.
    TakesMissingExpiresInForZero,
    /// Uses an access token whose type was not named.
    TakesMissingTokenTypeForBearer,
    /// Compares the ID token with a nonce from the authorization response, where there is one.
    TakesNonceFromResponse,
    /// Takes a published key in DER for a shared secret.
    TakesPublicKeyDerForSecret,
    /// Takes a published key in PEM for a shared secret.
    TakesPublicKeyPemForSecret,
    /// Takes a refresh token from the authorization response where the token response has none.
    TakesRefreshTokenOfCallback,
    /// Accepts ID tokens that are signed with HS256 and its secret, and no others.
    TakesSharedSecretSignaturesOnly,
    /// Takes an error that it does not know for a success.
    TakesUnknownErrorForSuccess,
    /// Believes an ID token whose expiry it cannot read.
    TakesUnreadableExpiryForNone,
    /// Asks for metadata at a path with two slashes before it asks at the right one.
    TriesDoubledSlashFirst,
    /// Removes a slash from the issuer of metadata that are not those of the configured provider.
    TrimsIssuerOfMetadata,
    /// Cuts an access token to 4,096 characters.
    TruncatesAccessToken,
    /// Cuts a code to 255 characters.
    TruncatesCode,
    /// Believes an ID token with further audiences if `azp` names the client.
    TrustsAudiencesByAuthorizedParty,
    /// Presents its refresh token to the authorization server that a challenge of the API names.
    TrustsChallengesOfTheApi,
    /// Verifies a signature with the key that the token brings along.
    TrustsEmbeddedKey,
    /// Believes an ID token with further audiences.
    TrustsEveryAudience,
    /// Presents the access token to any host that an answer of the API points to.
    TrustsLinksOfTheApi,
    /// Calls the API with the access token of the call that is under way, of any user.
    UsesTokenOfCallUnderWay,
    /// Calls UserInfo before it looks at the ID token.
    ValidatesIdTokenAfterUserinfo,
    /// Asks for more scope on a refresh.
    WidensScopeOnRefresh,
}

impl Defect {
    /// All of them, by name.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The name, `ignores-state`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What the client does, as a sentence without subject.
    #[must_use]
    pub fn what(self) -> &'static str {
        self.get_documentation().unwrap_or_default()
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Defect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().copied().find(|defect| defect.name() == text);
        known.ok_or_else(|| "there is no defect of that name; `quintain list --defects` shows them all".to_owned())
    }
}

/// The defects of one client; the default has none.
#[derive(Debug, Clone, Default)]
pub struct Defects(Arc<BTreeSet<Defect>>);

impl FromIterator<Defect> for Defects {
    fn from_iter<I: IntoIterator<Item = Defect>>(defects: I) -> Self {
        Self(Arc::new(defects.into_iter().collect()))
    }
}

impl Defects {
    pub(crate) fn has(&self, defect: Defect) -> bool {
        self.0.contains(&defect)
    }

    /// A defence: what it demands has to hold, unless this defect switches it off.
    pub(crate) fn enforce(&self, defect: Defect, holds: bool, refusal: Refusal) -> Result<(), Refusal> {
        if holds || self.has(defect) { Ok(()) } else { Err(refusal) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_defect_says_what_it_is() {
        for defect in Defect::ALL {
            assert!(defect.what().ends_with('.'), "{defect}: {}", defect.what());
            assert_eq!(defect.name().parse(), Ok(*defect));
        }
    }

    #[test]
    fn defects_stand_in_the_order_of_their_names() {
        assert!(Defect::ALL.is_sorted_by_key(|defect| defect.name()));
    }
}
