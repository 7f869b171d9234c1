//! Mistakes in the exchange of a code.

use super::scene::Base::{Code, CodePublic};
use super::{Row, rows};

pub(super) fn mistakes() -> Vec<Row> {
    [requests(), clients(), codes(), redirect_uris(), verifiers(), public()].into_iter().flatten().collect()
}

/// RFC 6749 §3.2, §4.1.3.
fn requests() -> Vec<Row> {
    rows![Code;
        "no grant_type" ["-grant_type"] 400 invalid_request unless unknown_grant_type;
        "an empty grant_type" ["grant_type="] 400 invalid_request unless unknown_grant_type;
        "a grant_type in capitals" ["grant_type=AUTHORIZATION_CODE"] 400 unsupported_grant_type
            unless unknown_grant_type;
        "an unknown grant_type" ["grant_type=code"] 400 unsupported_grant_type unless unknown_grant_type;
        "the grant of a password" ["grant_type=password", "-code"] 400 unsupported_grant_type;
        "the grant of an assertion" ["grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer", "-code"]
            400 unsupported_grant_type;
        "grant_type twice" ["+grant_type=authorization_code"] 400 invalid_request unless repeated_parameters;
        "code twice" ["+code=other"] 400 invalid_request unless repeated_parameters;
        "redirect_uri twice" ["+redirect_uri={redirect_uri}"] 400 invalid_request unless repeated_parameters;
        "client_id twice" ["+client_id=demo-client"] 400 invalid_request unless repeated_parameters;
        "client_secret twice" ["+client_secret=demo-secret"] 400 invalid_request unless repeated_parameters;
        "code_verifier twice" ["+code_verifier={verifier}"] 400 invalid_request unless repeated_parameters;
        "GET" ["@GET"] 405 method_not_allowed;
        "PUT" ["@PUT"] 405 method_not_allowed;
        "plain text" ["@type text/plain"] 400 invalid_request;
        "a body in parts" ["@type multipart/form-data; boundary=x"] 400 invalid_request;
        "a form that is called JSON" ["@type application/json"] 400 invalid_request;
        "a list in JSON" ["@type application/json", "@body [\"grant_type\"]"] 400 invalid_request;
        "a member of JSON twice" [
            "@type application/json",
            "@body {\"grant_type\":\"authorization_code\",\"code\":\"{code}\",\"code\":\"x\",\
             \"redirect_uri\":\"{redirect_uri}\",\"code_verifier\":\"{verifier}\",\
             \"client_id\":\"demo-client\",\"client_secret\":\"demo-secret\"}"
        ] 400 invalid_request unless repeated_parameters;
        "everything in the query" [
            "?grant_type=authorization_code", "?code={code}", "?redirect_uri={redirect_uri}",
            "?code_verifier={verifier}", "?client_id=demo-client", "?client_secret=demo-secret", "@body "
        ] 400 invalid_request;
        "the code in the query" ["-code", "?code={code}"] 400 invalid_request;
    ]
}

/// RFC 6749 §2.3, §3.2.1, §5.2.
fn clients() -> Vec<Row> {
    rows![Code;
        "no client_id" ["-client_id"] 400 invalid_request;
        "an empty client_id" ["client_id="] 400 invalid_request;
        "an unknown client" ["client_id=nobody"] 401 invalid_client;
        "no secret" ["-client_secret"] 401 invalid_client;
        "an empty secret" ["client_secret="] 401 invalid_client;
        "a wrong secret" ["client_secret=guess"] 401 invalid_client;
        "a part of the secret" ["client_secret=demo"] 401 invalid_client;
        "the secret in capitals" ["client_secret=DEMO-SECRET"] 401 invalid_client;
        "a space behind the secret" ["client_secret=demo-secret "] 401 invalid_client;
        "the secret in the query" ["-client_secret", "?client_secret=demo-secret"] 401 invalid_client;
        "the other way to authenticate" ["-client_id", "-client_secret", "!authorization: {basic}"] 401 invalid_client
            unless client_authentication;
        "two ways to authenticate" ["!authorization: {basic}"] 400 invalid_request unless double_authentication;
        "two Authorization headers" [
            "-client_id", "-client_secret", "!authorization: {basic}", "!authorization: {basic}"
        ] 400 invalid_request unless double_authentication;
        "two clients" ["client_id=other", "-client_secret", "!authorization: {basic}"] 400 invalid_request;
        "a Basic header that is no base64" ["-client_id", "-client_secret", "!authorization: Basic %%%"]
            401 invalid_client;
        "a Basic header without a colon" ["-client_id", "-client_secret", "!authorization: Basic ZGVtby1jbGllbnQ="]
            401 invalid_client;
        "a Basic header that is not encoded" [
            "-client_id", "-client_secret", "!authorization: Basic demo-client:demo-secret"
        ] 401 invalid_client;
        "the secret as a bearer token" ["-client_secret", "!authorization: Bearer demo-secret"] 401 invalid_client;
        "an assertion in place of the secret" ["-client_secret", "+client_assertion=e30.e30.e30"] 401 invalid_client;
        "the grant of a client that lacks it" ["client_id=service"] 400 unauthorized_client;
    ]
}

/// RFC 6749 §4.1.2, §4.1.3.
fn codes() -> Vec<Row> {
    rows![Code;
        "no code" ["-code"] 400 invalid_request;
        "an empty code" ["code="] 400 invalid_request;
        "an unknown code" ["code=never-issued"] 400 invalid_grant;
        "a code and a space" ["code={code} "] 400 invalid_grant;
        "a code that was used" ["code={spent_code}"] 400 invalid_grant;
        "a code that expired" ["code={expired_code}"] 400 invalid_grant;
        "a code of another client" ["code={others_code}"] 400 invalid_grant;
        "a code of a public client" ["code={public_code}"] 400 invalid_grant;
        "an access token as a code" ["code={access_token}"] 400 invalid_grant;
        "a refresh token as a code" ["code={refresh_token}"] 400 invalid_grant;
    ]
}

/// RFC 6749 §4.1.3: identical to the one of the authorization request.
fn redirect_uris() -> Vec<Row> {
    rows![Code;
        "no redirect_uri" ["-redirect_uri"] 400 invalid_grant;
        "an empty redirect_uri" ["redirect_uri="] 400 invalid_grant;
        "another registered redirect_uri" ["redirect_uri=http://localhost:3000/callback"] 400 invalid_grant;
        "the code of another redirect_uri" ["code={code_of_other_uri}"] 400 invalid_grant;
        "a redirect_uri with a slash more" ["redirect_uri={redirect_uri}/"] 400 invalid_grant;
        "a redirect_uri with a query" ["redirect_uri={redirect_uri}?x=1"] 400 invalid_grant;
        "a redirect_uri with an empty query" ["redirect_uri={redirect_uri}?"] 400 invalid_grant;
        "a redirect_uri with a fragment" ["redirect_uri={redirect_uri}#"] 400 invalid_grant;
        "a redirect_uri with another scheme" ["redirect_uri=https://127.0.0.1:3000/callback"] 400 invalid_grant;
        "a redirect_uri with a scheme in capitals" ["redirect_uri=HTTP://127.0.0.1:3000/callback"] 400 invalid_grant;
        "a redirect_uri with another port" ["redirect_uri=http://127.0.0.1:3001/callback"] 400 invalid_grant;
        "a redirect_uri in other letters" ["redirect_uri=http://127.0.0.1:3000/Callback"] 400 invalid_grant;
        "a redirect_uri with an escape" ["redirect_uri=http://127.0.0.1:3000/%63allback"] 400 invalid_grant;
        "a redirect_uri with a detour" ["redirect_uri=http://127.0.0.1:3000/x/../callback"] 400 invalid_grant;
        "a redirect_uri that is encoded twice" ["redirect_uri=http%3A%2F%2F127.0.0.1%3A3000%2Fcallback"]
            400 invalid_grant;
        "a redirect_uri and a space" ["redirect_uri={redirect_uri} "] 400 invalid_grant;
    ]
}

/// RFC 7636 §4.5, §4.6; RFC 9700 §2.1.1.
fn verifiers() -> Vec<Row> {
    rows![Code;
        "no verifier" ["-code_verifier"] 400 invalid_grant unless pkce;
        "an empty verifier" ["code_verifier="] 400 invalid_grant unless pkce;
        "a wrong verifier" ["code_verifier=a-verifier-of-43-characters-as-it-has-to-be"] 400 invalid_grant unless pkce;
        "the challenge as the verifier" ["code_verifier={challenge}"] 400 invalid_grant unless pkce;
        "the verifier with padding" ["code_verifier={verifier}="] 400 invalid_grant unless pkce;
        "the verifier and a space" ["code_verifier={verifier} "] 400 invalid_grant unless pkce;
        "the verifier in other letters" ["code_verifier=DBJFTJEZ4CVP-MB92K27UHBUJU1P1R_WW1GFWFOEJXK"]
            400 invalid_grant unless pkce;
        "a verifier that is too short" ["code={code_of_short_verifier}", "code_verifier=short"] 400 invalid_grant
            unless malformed_pkce;
        "a verifier for a code without a challenge" ["code={code_without_challenge}"] 400 invalid_grant unless pkce;
    ]
}

fn public() -> Vec<Row> {
    rows![CodePublic;
        "a secret that a public client does not have" ["+client_secret=guess"] 401 invalid_client;
        "an empty secret in a Basic header" ["-client_id", "!authorization: Basic cHVibGljOg=="] 401 invalid_client
            unless client_authentication;
        "no client_id of a public client" ["-client_id"] 400 invalid_request;
        "a code of another public client" ["code={other_publics_code}"] 400 invalid_grant;
        "a code of a confidential client" ["code={code}"] 400 invalid_grant;
        "no verifier of a public client" ["-code_verifier"] 400 invalid_grant unless pkce;
    ]
}
