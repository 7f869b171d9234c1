//! Mistakes at UserInfo and at the API (RFC 6750).

use super::scene::Base::{Api, Userinfo};
use super::{Row, rows};

pub(super) fn mistakes() -> Vec<Row> {
    [userinfo(), api()].into_iter().flatten().collect()
}

fn userinfo() -> Vec<Row> {
    rows![Userinfo;
        "no token" ["!-authorization"] 401 nothing;
        "no token behind the scheme" ["!-authorization", "!authorization: Bearer"] 401 nothing;
        "another scheme" ["!-authorization", "!authorization: Token {access_token}"] 401 nothing;
        "client authentication in place of a token" ["!-authorization", "!authorization: {basic}"] 401 nothing;
        "a token without a scheme" ["!-authorization", "!authorization: {access_token}"] 401 nothing;
        "the token in the query" ["!-authorization", "access_token={access_token}"] 401 nothing
            unless access_token_parameter;
        "the token in the header and in the query" ["access_token={access_token}"] 400 invalid_request
            unless double_authentication;
        "the token in the header and in the body" ["@POST", "access_token={access_token}"] 400 invalid_request
            unless double_authentication;
        "two Authorization headers" ["!authorization: Bearer {access_token}"] 400 invalid_request
            unless double_authentication;
        "an unknown token" ["!-authorization", "!authorization: Bearer never-issued"] 401 invalid_token;
        "a token in quotes" ["!-authorization", "!authorization: Bearer \"{access_token}\""] 401 invalid_token;
        "a token that expired" ["!-authorization", "!authorization: Bearer {expired_access_token}"] 401 invalid_token;
        "a token that was revoked" ["!-authorization", "!authorization: Bearer {revoked_access_token}"]
            401 invalid_token;
        "an access token of a revoked refresh token" [
            "!-authorization", "!authorization: Bearer {access_token_of_revoked_refresh_token}"
        ] 401 invalid_token;
        "a token that was changed" ["!-authorization", "!authorization: Bearer {tampered_access_token}"]
            401 invalid_token;
        "a token of another issuer" ["!-authorization", "!authorization: Bearer {token_of_other_issuer}"]
            401 invalid_token;
        "the ID token" ["!-authorization", "!authorization: Bearer {id_token}"] 401 invalid_token;
        "the refresh token" ["!-authorization", "!authorization: Bearer {refresh_token}"] 401 invalid_token;
        "the code" ["!-authorization", "!authorization: Bearer {code}"] 401 invalid_token;
        "a token without openid" ["!-authorization", "!authorization: Bearer {access_token_without_openid}"]
            403 insufficient_scope;
        "PUT" ["@PUT"] 405 method_not_allowed;
    ]
}

fn api() -> Vec<Row> {
    rows![Api;
        "no token" ["!-authorization"] 401 nothing;
        "the token in the query" ["!-authorization", "access_token={access_token}"] 401 nothing
            unless access_token_parameter;
        "the token in the body" ["!-authorization", "@POST", "access_token={access_token}"] 401 nothing
            unless access_token_parameter;
        "the token in the header and in the query" ["access_token={access_token}"] 400 invalid_request
            unless double_authentication;
        "the token in the header and in the body" ["@POST", "access_token={access_token}"] 400 invalid_request
            unless double_authentication;
        "two Authorization headers" ["!authorization: Bearer {access_token}"] 400 invalid_request
            unless double_authentication;
        "client authentication in place of a token" ["!-authorization", "!authorization: {basic}"] 401 nothing;
        "an unknown token" ["!-authorization", "!authorization: Bearer never-issued"] 401 invalid_token;
        "a token that expired" ["!-authorization", "!authorization: Bearer {expired_access_token}"] 401 invalid_token;
        "a token that was revoked" ["!-authorization", "!authorization: Bearer {revoked_access_token}"]
            401 invalid_token;
        "an access token of a revoked refresh token" [
            "!-authorization", "!authorization: Bearer {access_token_of_revoked_refresh_token}"
        ] 401 invalid_token;
        "a token that was changed" ["!-authorization", "!authorization: Bearer {tampered_access_token}"]
            401 invalid_token;
        "a token of another issuer" ["!-authorization", "!authorization: Bearer {token_of_other_issuer}"]
            401 invalid_token;
        "a token of another API" ["!-authorization", "!authorization: Bearer {token_of_other_api}"] 401 invalid_token
            unless other_audience;
        "a token without an audience" ["!-authorization", "!authorization: Bearer {opaque_token}"] 401 invalid_token
            unless missing_audience;
        "the ID token" ["!-authorization", "!authorization: Bearer {id_token}"] 401 invalid_token;
        "the refresh token" ["!-authorization", "!authorization: Bearer {refresh_token}"] 401 invalid_token;
        "the code" ["!-authorization", "!authorization: Bearer {code}"] 401 invalid_token;
        "a token without the scope" ["!-authorization", "!authorization: Bearer {access_token_without_scope}"]
            403 insufficient_scope;
    ]
}
