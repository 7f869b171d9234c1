//! Runs in which nothing is a violation that the specifications leave open.

use client_under_test::{Defect, Variation as Lawful};
use quintain::plan::Invariant;

/// Runs in which a client that has these defects and variations breaks an invariant only as far as the specifications say.
pub(super) const EXCUSED: &[(&str, &[Defect], &[Lawful], Invariant)] = &[
    // Each calls the API of the provider where it has logged in.
    (
        "When the attacker logs in\nAnd the user logs in at the second provider\n\
         And the client calls the API for the user and the attacker at once",
        &[],
        &[],
        Invariant::OwnToken,
    ),
    // The provider has given it.
    (
        "Given the token response has \"access_token\" set to \"{mallory}\"\n\
         And the provider puts no at_hash into ID tokens\nWhen the user logs in\nAnd the client calls the API",
        &[],
        &[],
        Invariant::Credentials,
    ),
    // The code is the attacker's, and goes where the login was begun: a client with a redirect URI for each provider
    // cannot know more.
    (
        "When the victim starts a login at the first provider, and the second provider answers it for mallory\n\
         And the victim's authorization response arrives",
        &[Defect::IgnoresIss],
        &[],
        Invariant::Credentials,
    ),
    // It repeats the scope as the token response has written it.
    (
        "Given the fault:\n\"\"\"\n{\"at\": \"token-response\", \"grant\": \"authorization_code\", \
         \"change\": {\"retype\": {\"scope\": \"commas\"}}}\n\"\"\"\nWhen the user logs in\n\
         And the client refreshes its access token",
        &[],
        &[Lawful::RepeatsScopeOnRefresh],
        Invariant::Requests,
    ),
    (
        "Given the token response has \"scope\" set to \"openid  profile\"\nWhen the user logs in\n\
         And the client refreshes its access token",
        &[],
        &[Lawful::RepeatsScopeOnRefresh],
        Invariant::Requests,
    ),
    // It looks at the body where it does not know the media type, and need not know every form of JSON.
    (
        "Given the provider varies in \"white-space\"\nAnd the fault:\n\"\"\"\n{\"at\": \"token-response\", \
         \"grant\": \"refresh_token\", \
         \"change\": {\"respond\": {\"headers\": [[\"content-type\", \"application/JSON\"]]}}}\n\"\"\"\n\
         When the user logs in\nAnd the client refreshes its access token",
        &[],
        &[Lawful::SniffsOddMediaTypes],
        Invariant::HonestFlow,
    ),
    // The logins that are completed are at the first provider.
    (
        "When the attacker logs in\nAnd the user logs in at the second provider\nAnd 16 logins are completed",
        &[],
        &[],
        Invariant::Identity,
    ),
    // The second provider answers with a code.
    (
        "Given the provider answers with an access token in place of a code\nWhen the user logs in\n\
         And the victim logs in at the second provider",
        &[],
        &[],
        Invariant::ForbiddenMessage,
    ),
    // What was there to stop it was taken away before, and the session goes on.
    (
        "Given the provider binds codes to nothing\nWhen the attacker starts a login\nAnd the victim starts a login\n\
         And the attacker's authorization response arrives in the victim's browser with its own \"state\"\n\
         And the attacker's authorization response arrives in the victim's browser",
        &[],
        &[],
        Invariant::Identity,
    ),
    // The ID token of the refresh does not agree with the one of the login, which was altered.
    (
        "Given the ID token has the claims:\n\"\"\"\n{\"auth_time\": -1}\n\"\"\"\nWhen the user logs in\nAnd the API stops accepting the access token\n\
         And the provider is honest again\nAnd the client calls the API 4 times at once",
        &[],
        &[],
        Invariant::SingleUse,
    ),
    // The attacker's browser has the cookies of the victim's, and the login that it begins is the victim's to the client.
    (
        "When the victim starts a login\nAnd the victim's cookies are planted in the attacker's browser\n\
         And the attacker starts a login\nAnd the attacker's authorization response arrives in the victim's browser",
        &[],
        &[],
        Invariant::Identity,
    ),
    (
        "When the victim starts a login\nAnd the victim's cookies are planted in the attacker's browser\n\
         And the attacker starts a login\nAnd the attacker's authorization response arrives in the victim's browser\n\
         And the access token expires",
        &[],
        &[],
        Invariant::Identity,
    ),
    (
        "When alice logs in in the attacker's browser\nAnd the attacker's cookies are planted in the victim's browser\n\
         And the attacker starts a login\nAnd the attacker's authorization response arrives in the victim's browser",
        &[],
        &[],
        Invariant::Identity,
    ),
    // Both browsers have the cookies of a third one, and are one browser to the client.
    (
        "When 1 logins are started\nAnd the user's cookies are planted in the attacker's browser\n\
         And the user's cookies are taken to the victim's browser\nAnd the attacker starts a login\n\
         And the attacker's authorization response arrives in the victim's browser",
        &[],
        &[],
        Invariant::Identity,
    ),
    // The attacker has the victim's session, and logs in there.
    (
        "When the victim logs in\nAnd the victim's cookies are taken to the attacker's browser\n\
         And the attacker starts a login\nAnd the attacker's authorization response arrives in the victim's browser",
        &[],
        &[],
        Invariant::Identity,
    ),
    // The log-out has ended the session, and not the provider.
    (
        "Given the refresh response is status 503 as \"text/plain\":\n\"\"\"\ndown\n\"\"\"\nWhen the user logs in\n\
         And the user logs out\nAnd the client refreshes its access token",
        &[],
        &[],
        Invariant::Recovery,
    ),
    // Two calls at once have read the same refresh token.
    (
        "When the user logs in\nAnd 2592001 seconds pass\nAnd the client calls the API 2 times at once",
        &[],
        &[],
        Invariant::Bounds,
    ),
    // The parameter that is wrong is taken away before the response is delivered.
    (
        "Given the authorization response has \"iss\" set to \"https://attacker.example/\"\nWhen the attacker starts a login\n\
         And the attacker's authorization response arrives in the attacker's browser with the \"iss\" \"\"",
        &[],
        &[],
        Invariant::ForbiddenMessage,
    ),
    // Nothing in the response says that the other provider has sent it.
    (
        "When the attacker starts a login\nAnd the victim starts a login at the second provider\n\
         And the victim's authorization response arrives in the attacker's browser with its own \"state\"",
        &[],
        &[],
        Invariant::Credentials,
    ),
    // The API has led it there, and not a token.
    (
        "Given the API response is a 302 redirect to \"{neighbour}api\"\nWhen the user logs in\nAnd the client calls the API",
        &[Defect::FollowsApiRedirectsWithToken],
        &[],
        Invariant::Requests,
    ),
    // It cannot know that another browser has presented the code.
    (
        "When the attacker starts a login\nAnd the victim starts a login\n\
         And the attacker's authorization response arrives in the victim's browser with its own \"state\"\n\
         And the attacker's authorization response arrives",
        &[],
        &[],
        Invariant::SingleUse,
    ),
    // The ID token that is wrong is taken out of the response.
    (
        "Given the refresh response has no \"id_token\"\nAnd the fault:\n\"\"\"\n{\"at\": \"id-token-claims\", \
         \"grant\": \"refresh_token\", \"change\": {\"merge\": {\"nonce\": \"{nonce}x\"}}}\n\"\"\"\n\
         When the user logs in\nAnd the client refreshes its access token\nAnd the client calls the API",
        &[],
        &[],
        Invariant::ForbiddenMessage,
    ),
    // The subject that is set is that of the person who signs in.
    (
        "Given the fault:\n\"\"\"\n{\"at\": \"userinfo\", \"change\": {\"merge\": {\"name\": \"somebody-else-entirely\", \
         \"website\": \"somebody-else-entirely\", \"sub\": \"{mallory}\"}}}\n\"\"\"\nWhen the attacker logs in",
        &[],
        &[],
        Invariant::ForbiddenMessage,
    ),
    // A later response has a code.
    (
        "Given the provider answers with an access token in place of a code\nWhen the user logs in\n\
         And the provider is honest again\nAnd the user logs in",
        &[],
        &[],
        Invariant::ForbiddenMessage,
    ),
    // The metadata say that this is the token endpoint.
    (
        "Given the metadata has \"token_endpoint\" set to \"{issuer:slash}\"\nWhen the user logs in",
        &[],
        &[],
        Invariant::Credentials,
    ),
    // One token has expired, and the API answers the other call.
    (
        "Given the fault:\n\"\"\"\n{\"at\": \"api-response\", \"change\": {\"respond\": {\"status\": 503, \"body\": \"x\"}}}\n\
         \"\"\"\nWhen the user logs in\nAnd 2592001 seconds pass\nAnd the attacker logs in\n\
         And the client calls the API for the user and the attacker at once",
        &[],
        &[],
        Invariant::Bounds,
    ),
    // It logs in by the ID token, and does not use the access token.
    (
        "Given the token response has \"token_type\" set to \"DPoP\"\nWhen the user logs in",
        &[Defect::IgnoresTokenType],
        &[Lawful::SkipsUserinfo],
        Invariant::ForbiddenMessage,
    ),
    (
        "Given the ID token has no claim \"sub\"\nWhen the user logs in",
        &[Defect::ValidatesIdTokenAfterUserinfo],
        &[],
        Invariant::ForbiddenMessage,
    ),
];
