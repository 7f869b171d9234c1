//! Mistakes in refreshes, in requests of the client for itself, and at the other endpoints.

use super::scene::Base::{ClientCredentials, EndSession, Introspect, Refresh, Revoke};
use super::{Row, rows};

pub(super) fn mistakes() -> Vec<Row> {
    [refreshes(), client_credentials(), revocations(), introspections(), log_outs()].into_iter().flatten().collect()
}

/// RFC 6749 §6; RFC 9700 §4.14.2.
fn refreshes() -> Vec<Row> {
    rows![Refresh;
        "no refresh_token" ["-refresh_token"] 400 invalid_request;
        "an empty refresh_token" ["refresh_token="] 400 invalid_request;
        "refresh_token twice" ["+refresh_token=x"] 400 invalid_request unless repeated_parameters;
        "scope twice" ["+scope=openid", "+scope=openid"] 400 invalid_request unless repeated_parameters;
        "no grant_type" ["-grant_type"] 400 invalid_request unless unknown_grant_type;
        "an unknown token" ["refresh_token=never-issued"] 400 invalid_grant;
        "a token that was used" ["refresh_token={spent_refresh_token}"] 400 invalid_grant unless refresh_rotation;
        "a token that expired" ["refresh_token={expired_refresh_token}"] 400 invalid_grant;
        "a token that was revoked" ["refresh_token={revoked_refresh_token}"] 400 invalid_grant;
        "a token of a code that was used twice" ["refresh_token={refresh_token_of_used_code}"] 400 invalid_grant;
        "a token of another client" ["refresh_token={others_refresh_token}"] 400 invalid_grant;
        "the access token" ["refresh_token={access_token}"] 400 invalid_grant;
        "the ID token" ["refresh_token={id_token}"] 400 invalid_grant;
        "a code" ["refresh_token={code}"] 400 invalid_grant;
        "more scope than was granted" ["+scope=openid write:contacts"] 400 invalid_scope;
        "a scope in quotes" ["+scope=\"openid\""] 400 invalid_scope;
        "scopes with two spaces between them" ["+scope=openid  profile"] 400 invalid_scope unless malformed_scope;
        "no client" ["-client_id", "-client_secret"] 400 invalid_request;
        "no secret" ["-client_secret"] 401 invalid_client;
        "a wrong secret" ["client_secret=guess"] 401 invalid_client;
        "the secret in the query" ["-client_secret", "?client_secret=demo-secret"] 401 invalid_client;
        "two ways to authenticate" ["!authorization: {basic}"] 400 invalid_request unless double_authentication;
        "a client that lacks the grant" ["client_id=code-only"] 400 unauthorized_client;
        "GET" ["@GET"] 405 method_not_allowed;
        "plain text" ["@type text/plain"] 400 invalid_request;
    ]
}

/// RFC 6749 §4.4.
fn client_credentials() -> Vec<Row> {
    rows![ClientCredentials;
        "a client that lacks the grant" ["client_id=code-only"] 400 unauthorized_client;
        "a public client" ["client_id=public", "-client_secret"] 400 unauthorized_client;
        "an unknown API" ["audience=https://unknown.example/"] 400 invalid_target;
        "an unknown scope" ["scope=delete:everything"] 400 invalid_scope;
        "scopes about a user" ["scope=openid profile"] 400 invalid_scope;
        "scopes with two spaces between them" ["scope=read:contacts  write:contacts"] 400 invalid_scope
            unless malformed_scope;
        "scope twice" ["+scope=write:contacts"] 400 invalid_request unless repeated_parameters;
        "audience twice" ["+audience={audience}"] 400 invalid_request unless repeated_parameters;
        "no secret" ["-client_secret"] 401 invalid_client;
        "a wrong secret" ["client_secret=guess"] 401 invalid_client;
        "the secret in the query" ["-client_secret", "?client_secret=demo-secret"] 401 invalid_client;
        "two ways to authenticate" ["!authorization: {basic}"] 400 invalid_request unless double_authentication;
        "GET" ["@GET"] 405 method_not_allowed;
    ]
}

/// RFC 7009.
fn revocations() -> Vec<Row> {
    rows![Revoke;
        "no token" ["-token"] 400 invalid_request;
        "an empty token" ["token="] 400 invalid_request;
        "token twice" ["+token=x"] 400 invalid_request unless repeated_parameters;
        "the token in the query" ["-token", "?token={refresh_token}"] 400 invalid_request;
        "a refresh token of another client" ["token={others_refresh_token}"] 400 invalid_grant;
        "an access token of another client" ["token={others_access_token}"] 400 invalid_grant;
        "no client" ["-client_id", "-client_secret"] 400 invalid_request;
        "no secret" ["-client_secret"] 401 invalid_client;
        "a wrong secret" ["client_secret=guess"] 401 invalid_client;
        "the secret in the query" ["-client_secret", "?client_secret=demo-secret"] 401 invalid_client;
        "two ways to authenticate" ["!authorization: {basic}"] 400 invalid_request unless double_authentication;
        "the token in place of the client" ["-client_id", "-client_secret", "!authorization: Bearer {access_token}"]
            400 invalid_request;
        "GET" ["@GET"] 405 method_not_allowed;
        "plain text" ["@type text/plain"] 400 invalid_request;
    ]
}

/// RFC 7662.
fn introspections() -> Vec<Row> {
    rows![Introspect;
        "no token" ["-token"] 400 invalid_request;
        "token twice" ["+token=x"] 400 invalid_request unless repeated_parameters;
        "no client" ["-client_id", "-client_secret"] 400 invalid_request;
        "a public client" ["client_id=public", "-client_secret"] 401 invalid_client;
        "a wrong secret" ["client_secret=guess"] 401 invalid_client;
        "the secret in the query" ["-client_secret", "?client_secret=demo-secret"] 401 invalid_client;
        "two ways to authenticate" ["!authorization: {basic}"] 400 invalid_request unless double_authentication;
        "GET" ["@GET"] 405 method_not_allowed;
        "plain text" ["@type text/plain"] 400 invalid_request;
        "an access token of another client" ["token={others_access_token}"] 200 inactive;
        "a refresh token of another client" ["token={others_refresh_token}"] 200 inactive;
        "an access token that expired" ["token={expired_access_token}"] 200 inactive;
        "an access token that was revoked" ["token={revoked_access_token}"] 200 inactive;
        "a refresh token that was used" ["token={spent_refresh_token}"] 200 inactive;
        "the ID token" ["token={id_token}"] 200 inactive;
        "a code" ["token={code}"] 200 inactive;
    ]
}

/// RP-Initiated Logout §2.
fn log_outs() -> Vec<Row> {
    rows![EndSession;
        "a hint that is no token" ["id_token_hint=alice"] 400 page unless unverified_hint;
        "a hint that was changed" ["id_token_hint={tampered_id_token}"] 400 page unless unverified_hint;
        "a hint without a signature" ["id_token_hint={unsigned_id_token}"] 400 page unless unverified_hint;
        "a hint of another issuer" ["id_token_hint={id_token_of_other_issuer}"] 400 page unless unverified_hint;
        "a hint of another client" ["client_id=other"] 400 page;
        "an unknown client" ["client_id=nobody", "-id_token_hint"] 400 page;
        "an address of another host" ["post_logout_redirect_uri=https://attacker.example/"] 400 page;
        "an address with a query" ["post_logout_redirect_uri=http://127.0.0.1:3000/?x=1"] 400 page;
        "an address with a path" ["post_logout_redirect_uri=http://127.0.0.1:3000/x"] 400 page;
        "an address without its slash" ["post_logout_redirect_uri=http://127.0.0.1:3000"] 400 page;
        "an address with another port" ["post_logout_redirect_uri=http://127.0.0.1:3001/"] 400 page;
        "the redirect_uri as the address" ["post_logout_redirect_uri={redirect_uri}"] 400 page;
        "state twice" ["+state=s"] 400 page;
        "client_id twice" ["+client_id=demo-client"] 400 page;
        "PUT" ["@PUT"] 405 method_not_allowed;
    ]
}
