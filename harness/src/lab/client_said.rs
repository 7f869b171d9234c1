//! What the client has said of its trouble, where that is known.

/// What libraries say that take no provider by http: oauthlib; openid-client and oauth4webapi.
const DEMANDS_HTTPS: [&str; 3] = ["must utilize https", "insecuretransporterror", "only requests to https are allowed"];

/// What to do where the client has said that its provider must speak https.
pub(super) fn demands_https(said: [&str; 2]) -> Option<&'static str> {
    let demands = |said: &str| {
        let said = said.to_ascii_lowercase();
        DEMANDS_HTTPS.iter().any(|words| said.contains(words))
    };
    said.into_iter().any(demands).then_some(
        "the library refuses http: write [tls] provider = true and let the client trust the certificate in {ca_file}, or \
         switch its check off for the test (OAUTHLIB_INSECURE_TRANSPORT=1 for oauthlib, allowInsecureRequests for \
         openid-client and oauth4webapi)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switch_that_is_set_already_is_no_demand() {
        assert!(demands_https(["", "(insecure_transport) OAuth 2 MUST utilize https."]).is_some());
        assert!(demands_https(["started with OAUTHLIB_INSECURE_TRANSPORT=1", "it answers 500"]).is_none());
    }
}
