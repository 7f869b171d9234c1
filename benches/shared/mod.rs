//! The requests of a code flow, as the benchmarks send them: with the parameters that a careful client sends.

use url::Url;

pub(crate) const REDIRECT_URI: &str = "http://127.0.0.1:3000/callback";

/// RFC 7636, Appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The parameters of the authorization request.
pub(crate) const AUTHORIZATION_REQUEST: [(&str, &str); 8] = [
    ("response_type", "code"),
    ("client_id", "demo-client"),
    ("redirect_uri", REDIRECT_URI),
    ("scope", "openid"),
    ("state", "s"),
    ("nonce", "n"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

/// The form of the token request.
pub(crate) fn token_request(code: &str) -> [(&str, &str); 6] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("client_id", "demo-client"),
        ("client_secret", "demo-secret"),
        ("code_verifier", VERIFIER),
    ]
}

/// The code that an authorization response brings.
pub(crate) fn code_of(response: &Url) -> Option<String> {
    response.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned())
}
