//! Mistakes at the authorization endpoint.

use super::scene::Base::{Authorize, AuthorizePublic};
use super::{Row, rows};

pub(super) fn mistakes() -> Vec<Row> {
    [parameters(), scopes(), redirect_uris(), challenges(), hints()].into_iter().flatten().collect()
}

fn parameters() -> Vec<Row> {
    rows![Authorize;
        "no response_type" ["-response_type"] 302 invalid_request;
        "an empty response_type" ["response_type="] 302 invalid_request;
        "a response_type for a token" ["response_type=token"] 302 unsupported_response_type;
        "a response_type for an ID token" ["response_type=id_token"] 302 unsupported_response_type;
        "a response_type for more than a code" ["response_type=code id_token"] 302 unsupported_response_type
            unless further_response_types;
        "a response_type in capitals" ["response_type=CODE"] 302 unsupported_response_type;
        "response_type twice" ["+response_type=code"] 302 invalid_request unless repeated_parameters;
        "nonce twice" ["+nonce=n"] 302 invalid_request unless repeated_parameters;
        "scope twice" ["+scope=openid"] 302 invalid_request unless repeated_parameters;
        "audience twice" ["+audience={audience}"] 302 invalid_request unless repeated_parameters;
        "an unknown parameter twice" ["+x=1", "+x=2"] 302 invalid_request unless repeated_parameters;
        "state twice" ["+state=s"] 400 page unless repeated_parameters;
        "response_mode twice" ["+response_mode=query", "+response_mode=query"] 400 page unless repeated_parameters;
        "client_id twice" ["+client_id=demo-client"] 400 page unless repeated_parameters;
        "no client_id" ["-client_id"] 400 page;
        "an empty client_id" ["client_id="] 400 page;
        "an unknown client" ["client_id=nobody"] 400 page;
        "the client_id in capitals" ["client_id=DEMO-CLIENT"] 400 page;
        "a client without the grant" ["client_id=service"] 302 unauthorized_client;
        "an unknown response_mode" ["response_mode=web_message"] 302 invalid_request;
        "an unknown audience" ["audience=https://unknown.example/"] 302 access_denied;
        "a request object" ["request=eyJhbGciOiJub25lIn0.e30."] 302 request_not_supported;
        "a request object by reference" ["request_uri=https://rp.example/r"] 302 request_uri_not_supported;
        "no page, and a login" ["prompt=none login"] 302 invalid_request;
        "a max_age in words" ["max_age=soon"] 302 invalid_request;
        "a negative max_age" ["max_age=-1"] 302 invalid_request;
        "a max_age with a fraction" ["max_age=1.5"] 302 invalid_request;
        "another method" ["@PUT"] 405 method_not_allowed;
        "a body of another media type" ["@POST", "@type text/plain"] 400 page;
        "a body in parts" ["@POST", "@type multipart/form-data; boundary=x"] 400 page;
    ]
}

/// RFC 6749 §3.3.
fn scopes() -> Vec<Row> {
    rows![Authorize;
        "only unknown scopes" ["scope=delete:everything"] 302 invalid_scope;
        "scopes between commas" ["scope=openid,profile"] 302 invalid_scope;
        "scopes with two spaces between them" ["scope=openid  profile"] 302 invalid_scope unless malformed_scope;
        "a space before the scopes" ["scope= openid"] 302 invalid_scope unless malformed_scope;
        "a space behind the scopes" ["scope=openid "] 302 invalid_scope unless malformed_scope;
        "a tab between scopes" ["scope=openid openid\tprofile"] 302 invalid_scope unless malformed_scope;
        "a scope in quotes" ["scope=openid \"profile\""] 302 invalid_scope unless malformed_scope;
        "a backslash in a scope" ["scope=openid read\\contacts"] 302 invalid_scope unless malformed_scope;
        "a letter beyond ASCII in a scope" ["scope=openid lés"] 302 invalid_scope unless malformed_scope;
    ]
}

/// RFC 9700 §2.1: compared as strings.
fn redirect_uris() -> Vec<Row> {
    let confidential = rows![Authorize;
        "redirect_uri twice" ["+redirect_uri={redirect_uri}"] 400 page unless repeated_parameters;
        "no redirect_uri where two are registered" ["-redirect_uri"] 400 page;
        "a redirect_uri with a slash more" ["redirect_uri={redirect_uri}/"] 403 page;
        "a redirect_uri with a query" ["redirect_uri={redirect_uri}?x=1"] 403 page;
        "a redirect_uri with an empty query" ["redirect_uri={redirect_uri}?"] 403 page;
        "a redirect_uri with a fragment" ["redirect_uri={redirect_uri}#x"] 403 page;
        "a redirect_uri with an empty fragment" ["redirect_uri={redirect_uri}#"] 403 page;
        "a redirect_uri in other letters" ["redirect_uri=http://127.0.0.1:3000/Callback"] 403 page;
        "a redirect_uri with a scheme in capitals" ["redirect_uri=HTTP://127.0.0.1:3000/callback"] 403 page;
        "a redirect_uri with another scheme" ["redirect_uri=https://127.0.0.1:3000/callback"] 403 page;
        "a redirect_uri with another port" ["redirect_uri=http://127.0.0.1:3001/callback"] 403 page;
        "a redirect_uri of another host" ["redirect_uri=https://attacker.example/callback"] 403 page;
        "a redirect_uri with a user" ["redirect_uri=http://127.0.0.1:3000@attacker.example/callback"] 403 page;
        "a redirect_uri with a detour" ["redirect_uri=http://127.0.0.1:3000/x/../callback"] 403 page;
        "a redirect_uri with an escape" ["redirect_uri=http://127.0.0.1:3000/%63allback"] 403 page;
        "a redirect_uri below the registered one" ["redirect_uri={redirect_uri}/x"] 403 page;
        "a part of the redirect_uri" ["redirect_uri=http://127.0.0.1:3000/"] 403 page;
        "a redirect_uri without a host" ["redirect_uri=/callback"] 403 page;
        "a redirect_uri and a line break" ["redirect_uri={redirect_uri}\n"] 403 page;
    ];
    let public = rows![AuthorizePublic;
        "another port of the loopback address" ["redirect_uri=http://127.0.0.1:49152/callback"] 403 page
            unless loopback_ports;
        "another port and another path" ["redirect_uri=http://127.0.0.1:49152/other"] 403 page;
    ];
    confidential.into_iter().chain(public).collect()
}

/// RFC 7636 §4.2, §4.3; RFC 9700 §2.1.1.
fn challenges() -> Vec<Row> {
    let confidential = rows![Authorize;
        "a challenge that is too short" ["code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw"] 302 invalid_request
            unless malformed_pkce;
        "a challenge with padding" ["code_challenge={challenge}="] 302 invalid_request unless malformed_pkce;
        "a challenge in base64" ["code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"] 302 invalid_request
            unless malformed_pkce;
        "a challenge that is too long" [
            "code_challenge={challenge}{challenge}{challenge}"
        ] 302 invalid_request unless malformed_pkce;
        "a challenge of spaces" ["code_challenge=                                           "] 302 invalid_request
            unless malformed_pkce;
        "a method without a challenge" ["-code_challenge"] 302 invalid_request;
        "an empty challenge" ["code_challenge="] 302 invalid_request;
        "a challenge without a method" ["-code_challenge_method"] 302 invalid_request unless plain_challenge;
        "the method plain" ["code_challenge_method=plain"] 302 invalid_request unless plain_challenge;
        "a method in small letters" ["code_challenge_method=s256"] 302 invalid_request;
        "an unknown method" ["code_challenge_method=S512"] 302 invalid_request;
        "code_challenge twice" ["+code_challenge={challenge}"] 302 invalid_request unless repeated_parameters;
        "code_challenge_method twice" ["+code_challenge_method=S256"] 302 invalid_request unless repeated_parameters;
    ];
    let public = rows![AuthorizePublic;
        "no PKCE" ["-code_challenge", "-code_challenge_method"] 302 invalid_request unless missing_pkce;
    ];
    confidential.into_iter().chain(public).collect()
}

/// OpenID Connect Core §3.1.2.1.
fn hints() -> Vec<Row> {
    rows![Authorize;
        "a hint that is no token" ["id_token_hint=alice"] 302 invalid_request unless unverified_hint;
        "a hint that was changed" ["id_token_hint={tampered_id_token}"] 302 invalid_request unless unverified_hint;
        "a hint without a signature" ["id_token_hint={unsigned_id_token}"] 302 invalid_request unless unverified_hint;
        "a hint of another issuer" ["id_token_hint={id_token_of_other_issuer}"] 302 invalid_request
            unless unverified_hint;
        "an access token as a hint" ["id_token_hint={access_token}"] 302 invalid_request unless unverified_hint;
        "a hint at somebody else" ["id_token_hint={bobs_id_token}"] 302 login_required;
    ]
}
