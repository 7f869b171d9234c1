//! Runs in which a defect breaks an invariant.

use client_under_test::Defect;
use quintain::plan::Invariant;
use quintain::verdict::Verdict;

/// A run, the defect of the reference client that shows there, and the invariant that it breaks.
pub(super) const BROKEN: &[(&str, Defect, Invariant, Verdict)] = &[
    (
        "When the attacker starts a login\nAnd the victim starts a login\n\
         And the attacker's authorization response arrives in the victim's browser",
        Defect::FindsLoginsOfAnyBrowser,
        Invariant::Identity,
        Verdict::Fail,
    ),
    (
        "Given the ID token's claim \"nonce\" is \"x\"\nWhen the user logs in",
        Defect::IgnoresNonce,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the ID token's signature is corrupted\nWhen the user logs in",
        Defect::SkipsSignature,
        Invariant::ForbiddenMessage,
        Verdict::Warn,
    ),
    (
        "When the user logs in\nAnd the user logs out\nAnd the same authorization response arrives again in the user's browser",
        Defect::RemembersSessionsByState,
        Invariant::LogOut,
        Verdict::Fail,
    ),
    ("When the user logs in", Defect::PrintsTokens, Invariant::Credentials, Verdict::Warn),
    (
        "When the user logs in\nAnd bob logs in in the same browser\nAnd the client calls the API",
        Defect::SharesTokensBetweenUsers,
        Invariant::OwnToken,
        Verdict::Fail,
    ),
    ("When the user logs in", Defect::RedeemsCodeTwice, Invariant::SingleUse, Verdict::Fail),
    ("When the user logs in\nAnd the user logs in", Defect::RepeatsState, Invariant::SingleUse, Verdict::Warn),
    ("When the user logs in", Defect::RepeatsTokenParameter, Invariant::Requests, Verdict::Fail),
    (
        "Given the token response is status 503 as \"text/plain\":\n\"\"\"\ndown\n\"\"\"\nWhen the user logs in",
        Defect::GivesUpAfterOutage,
        Invariant::Recovery,
        Verdict::Warn,
    ),
    (
        "Given the token response has \"x\" set to \"y\"\nWhen the user logs in",
        Defect::RefusesUnknownMembers,
        Invariant::HonestFlow,
        Verdict::Fail,
    ),
    // One defence alone is there to stop it.
    (
        "Given the provider does not verify PKCE\nWhen the victim starts a login\nAnd the attacker starts a login\n\
         And the victim's authorization response arrives in the attacker's browser with its own \"state\"",
        Defect::IgnoresNonce,
        Invariant::Identity,
        Verdict::Warn,
    ),
    (
        "Given the provider binds codes to nothing\nWhen the attacker starts a login\nAnd the victim starts a login\n\
         And the attacker's authorization response arrives in the victim's browser",
        Defect::IgnoresState,
        Invariant::Identity,
        Verdict::Warn,
    ),
    (
        "Given the metadata has \"token_endpoint\" set to \"{untrusted}{token_path}\"\nWhen the user logs in",
        Defect::AcceptsAnyCertificate,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the metadata has no \"issuer\"\nWhen the user logs in",
        Defect::AcceptsMetadataWithoutIssuer,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the UserInfo response has the members:\n\"\"\"\n\
         {\"sub\": \"{bob}\", \"website\": \"somebody-else-entirely\"}\n\"\"\"\nWhen the user logs in",
        Defect::IgnoresUserinfoSubject,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the refreshed ID token's claim \"sub\" is \"{bob}\"\nWhen the user logs in\n\
         And the client refreshes its access token",
        Defect::AdoptsSubjectOfRefreshedIdToken,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the authorization response is the error \"<b>x</b>\"\nWhen the user logs in",
        Defect::EchoesErrorCode,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    ("When 16 logins are started", Defect::CountsStates, Invariant::SingleUse, Verdict::Warn),
    (
        "Given the authorization response is the error \"invalid_request\"\nAnd every fault happens once\n\
         When the user logs in\nAnd the user logs in",
        Defect::DowngradesAfterRefusal,
        Invariant::Requests,
        Verdict::Fail,
    ),
    (
        "Given the metadata has \"token_endpoint\" set to \"{base_url}{token_path}?tenant=a%2Fb\"\nWhen the user logs in",
        Defect::DropsEndpointQuery,
        Invariant::Requests,
        Verdict::Fail,
    ),
    (
        "Given the ID token's header has the members:\n\"\"\"\n\
         {\"kid\": \"{stranger_kid}\", \"jku\": \"{stranger}.well-known/jwks.json\"}\n\"\"\"\nWhen the user logs in",
        Defect::FetchesKeysFromHeaderUrl,
        Invariant::Requests,
        Verdict::Warn,
    ),
    (
        "Given the provider returns no ID token on refresh\nWhen the user logs in\nAnd the client refreshes its access token",
        Defect::DemandsIdTokenOnRefresh,
        Invariant::HonestFlow,
        Verdict::Fail,
    ),
    (
        "When the user logs in\nAnd the client refreshes its access token\nAnd the client calls the API",
        Defect::KeepsOldAccessToken,
        Invariant::HonestFlow,
        Verdict::Fail,
    ),
    (
        "Given the refresh response is status 503 as \"text/plain\":\n\"\"\"\ndown\n\"\"\"\nWhen the user logs in\n\
         And the client refreshes its access token",
        Defect::EndsSessionOnRefreshOutage,
        Invariant::Recovery,
        Verdict::Warn,
    ),
    (
        "Given the authorization response has no \"code\"\nWhen the user logs in",
        Defect::FallsOverWithoutCode,
        Invariant::Bounds,
        Verdict::Warn,
    ),
    // Where a browser is led.
    (
        "When the user logs in by a link that returns to \"https:///attacker.example/\"",
        Defect::ReturnsToUrlWithoutHost,
        Invariant::Redirects,
        Verdict::Fail,
    ),
    (
        "When the user logs in by a link that returns to \"//attacker.example/\"",
        Defect::ReturnsToAnyPath,
        Invariant::Redirects,
        Verdict::Fail,
    ),
    (
        "When the user logs in by a link that returns to \"javascript:alert(1)\"",
        Defect::ReturnsToScript,
        Invariant::Redirects,
        Verdict::Warn,
    ),
    (
        "Given the metadata has \"authorization_endpoint\" set to \"file:///etc/hostname\"\nWhen the user logs in",
        Defect::OpensAnyScheme,
        Invariant::Redirects,
        Verdict::Warn,
    ),
    (
        "Given the metadata has \"authorization_endpoint\" set to \
         \"{base_url}{authorization_path}?page=$(printf${IFS}run-by$9-a-shell)\"\nWhen the user logs in",
        Defect::OpensPagesByShell,
        Invariant::Redirects,
        Verdict::Warn,
    ),
    (
        "Given the metadata has \"authorization_endpoint\" set to \"{base_url}{authorization_path}?page=one --two\"\n\
         When the user logs in",
        Defect::OpensEndpointAsPublished,
        Invariant::Redirects,
        Verdict::Warn,
    ),
    // Who is who, and at which provider.
    (
        "When the victim logs in\nAnd alice logs in at the second provider in the attacker's browser",
        Defect::KeysAccountsBySubjectAlone,
        Invariant::Identity,
        Verdict::Fail,
    ),
    (
        "When the victim logs in\nAnd from now on the ID token's claim \"sub\" is \"{alice:upper}\"\n\
         And from now on the UserInfo response has the members:\n\"\"\"\n{\"sub\": \"{alice:upper}\"}\n\"\"\"\n\
         And the attacker logs in",
        Defect::KeysAccountsBySubjectWithoutCase,
        Invariant::Identity,
        Verdict::Fail,
    ),
    (
        "Given the provider sends and announces the iss parameter\n\
         And the second provider sends and announces the iss parameter\n\
         When the victim starts a login at the first provider, and the second provider answers it for mallory\n\
         And the victim's authorization response arrives",
        Defect::TakesIssuerFromResponse,
        Invariant::Identity,
        Verdict::Fail,
    ),
    (
        "When the user logs in\nAnd the attacker starts a login\n\
         And the attacker's cookies are sent under the names of the user's cookies",
        Defect::TakesLoginCookieForSession,
        Invariant::Identity,
        Verdict::Fail,
    ),
    (
        "When the user logs in\nAnd the user's cookies are taken to the attacker's browser\nAnd the user logs out",
        Defect::KeepsSessionForOldCookies,
        Invariant::LogOut,
        Verdict::Warn,
    ),
    (
        "When the user logs in\nAnd the user logs out\nAnd the client calls the API",
        Defect::KeepsTokensOnLogout,
        Invariant::LogOut,
        Verdict::Warn,
    ),
    // Messages that are not what they should be.
    (
        "Given the provider answers with an access token in place of a code\nWhen the user logs in",
        Defect::TakesAccessTokenOfCallback,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the fault \"jwks/symmetric-key\"\nAnd the provider answers with an access token in place of a code\n\
         When the user logs in",
        Defect::TakesAccessTokenOfCallback,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the authorization response has \"access_token\" set to \"somebody-else-entirely\"\nWhen the user logs in\n\
         And the client calls the API",
        Defect::PrefersTokensOfCallback,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the authorization response has \"refresh_token\" set to \"somebody-else-entirely\"\n\
         And the token response has no \"refresh_token\"\nWhen the user logs in\nAnd the client refreshes its access token",
        Defect::TakesRefreshTokenOfCallback,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the authorization response has \"nonce\" set to \"x\"\nWhen the user logs in",
        Defect::TakesNonceFromResponse,
        Invariant::HonestFlow,
        Verdict::Fail,
    ),
    (
        "Given the token response has the members:\n\"\"\"\n{\"id_token\": [\"{id_token}\"]}\n\"\"\"\nWhen the user logs in",
        Defect::CoercesIdToken,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the token response has the members:\n\"\"\"\n{\"access_token\": 12345}\n\"\"\"\n\
         And the provider puts no at_hash into ID tokens\nWhen the user logs in\nAnd the client calls the API",
        Defect::CoercesAccessToken,
        Invariant::Credentials,
        Verdict::Warn,
    ),
    (
        "Given the authorization response has \"code\" twice, the second time as \"another-code\"\nWhen the user logs in",
        Defect::TakesFirstOfRepeatedCodes,
        Invariant::ForbiddenMessage,
        Verdict::Warn,
    ),
    (
        "Given the authorization response has \"iss\" set to \"https://attacker.example/\"\nWhen the user logs in",
        Defect::ChecksIssOnlyIfPromised,
        Invariant::ForbiddenMessage,
        Verdict::Warn,
    ),
    (
        "Given the provider sends and announces the iss parameter\nAnd the authorization response has \"iss\" set to \"\"\n\
         When the user logs in",
        Defect::AcceptsEmptyIss,
        Invariant::ForbiddenMessage,
        Verdict::Warn,
    ),
    (
        "Given the ID token's claim \"sub\" is there twice, first as \"{bob}\"\nWhen the user logs in",
        Defect::TakesFirstOfRepeatedClaims,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the ID token has the claims:\n\"\"\"\n{\"aud\": [\"{client_id}\", \"another-client\"]}\n\"\"\"\n\
         When the user logs in",
        Defect::TrustsEveryAudience,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the ID token has the claims:\n\"\"\"\n\
         {\"aud\": [\"{client_id}\", \"another-client\"], \"azp\": \"{client_id}\"}\n\"\"\"\nWhen the user logs in",
        Defect::TrustsAudiencesByAuthorizedParty,
        Invariant::ForbiddenMessage,
        Verdict::Warn,
    ),
    (
        "Given the UserInfo response is status 200 as \"text/html\":\n\"\"\"\n<p>somebody-else-entirely</p>\n\"\"\"\n\
         When the user logs in",
        Defect::ShowsUserinfoAsText,
        Invariant::ForbiddenMessage,
        Verdict::Warn,
    ),
    // What a client asks for, and how.
    (
        "Given the authorization response has no \"code\"\nWhen the user logs in",
        Defect::RedeemsMissingCode,
        Invariant::Requests,
        Verdict::Fail,
    ),
    (
        "Given the refresh response has \"refresh_token\" set to \"\"\nWhen the user logs in\n\
         And the client refreshes its access token\nAnd the client refreshes its access token",
        Defect::TakesEmptyRefreshToken,
        Invariant::Requests,
        Verdict::Warn,
    ),
    (
        "When the user logs in\nAnd the client refreshes its access token",
        Defect::RepeatsCodeParametersOnRefresh,
        Invariant::Requests,
        Verdict::Warn,
    ),
    (
        "Given the metadata has no \"code_challenge_methods_supported\"\nWhen the user logs in",
        Defect::SendsChallengeOnlyIfAnnounced,
        Invariant::Requests,
        Verdict::Warn,
    ),
    (
        "Given a client that has just been started\nWhen the user logs in",
        Defect::TriesDoubledSlashFirst,
        Invariant::Requests,
        Verdict::Fail,
    ),
    (
        "Given the fault:\n\"\"\"\n{\"at\": \"token-response\", \"grant\": \"refresh_token\", \
         \"change\": {\"hold\": {\"at_most_milliseconds\": 1000}}}\n\"\"\"\n\
         When the user logs in\nAnd the API stops accepting the access token\nAnd the client calls the API 10 times at once",
        Defect::RefreshesInParallel,
        Invariant::SingleUse,
        Verdict::Warn,
    ),
    (
        "Given the ID token's header has the members:\n\"\"\"\n{\"kid\": \"unknown\"}\n\"\"\"\nWhen the user logs in",
        Defect::FetchesKeysWithoutEnd,
        Invariant::Bounds,
        Verdict::Warn,
    ),
    (
        "Given the authorization response is the error \"login_required\"\nWhen the user logs in",
        Defect::RetriesDeniedLogin,
        Invariant::Bounds,
        Verdict::Warn,
    ),
    (
        "Given the API response is status 401 with the challenge \"Bearer error='invalid_token'\"\nWhen the user logs in\n\
         And the client calls the API",
        Defect::RefreshesWithoutEnd,
        Invariant::Bounds,
        Verdict::Warn,
    ),
    (
        "Given the API response is status 429 as \"text/plain\":\n\"\"\"\nbusy\n\"\"\"\nWhen the user logs in\n\
         And the client calls the API",
        Defect::RefreshesOn429,
        Invariant::Bounds,
        Verdict::Warn,
    ),
    (
        "When the user logs in\nAnd the client refreshes its access token\nAnd the client calls the API",
        Defect::RefreshesAlwaysAfterRefresh,
        Invariant::Bounds,
        Verdict::Warn,
    ),
    (
        "Given the refresh response is status 400 with the error \"invalid_grant\"\nWhen the user logs in\n\
         And the client refreshes its access token",
        Defect::HidesRefreshFailures,
        Invariant::Bounds,
        Verdict::Warn,
    ),
    (
        "Given the refresh response is status 400 with the error \"invalid_grant\"\nWhen the user logs in\n\
         And the client refreshes its access token\nAnd the client refreshes its access token",
        Defect::RetriesDeadRefreshToken,
        Invariant::Bounds,
        Verdict::Warn,
    ),
    // What is lawful.
    (
        "When the user logs in\nAnd the API stops accepting the access token\nAnd the client calls the API",
        Defect::NeverRefreshesOn401,
        Invariant::HonestFlow,
        Verdict::Warn,
    ),
    (
        "Given the provider returns no new refresh token on refresh\nWhen the user logs in\n\
         And the client refreshes its access token\nAnd the client refreshes its access token",
        Defect::DropsRefreshTokenWithoutSuccessor,
        Invariant::HonestFlow,
        Verdict::Fail,
    ),
    (
        "Given the refreshed ID token's claim \"nonce\" is \"{nonce}\"\nWhen the user logs in\n\
         And the client refreshes its access token",
        Defect::RefusesNonceOnRefresh,
        Invariant::HonestFlow,
        Verdict::Fail,
    ),
    (
        "Given the ID token has 40 further claims\nWhen the user logs in",
        Defect::RefusesLargeIdToken,
        Invariant::HonestFlow,
        Verdict::Warn,
    ),
    (
        "Given the token response has the header \"connection\" set to \"close\"\nWhen the user logs in\n\
         And the victim logs in",
        Defect::NeedsKeptConnections,
        Invariant::HonestFlow,
        Verdict::Warn,
    ),
    (
        "Given the metadata has \"token_endpoint\" set to \"{issuer_alias}{token_path}\"\nWhen the user logs in",
        Defect::RefusesEndpointsOfOtherHosts,
        Invariant::HonestFlow,
        Verdict::Warn,
    ),
];
