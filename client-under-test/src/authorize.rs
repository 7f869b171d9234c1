//! Step 1: the authorization request (RFC 6749 §4.1.1; OpenID Connect Core §3.1.2.1; RFC 7636 §4.3).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use crate::discovery::Metadata;
use crate::return_target::HOME;
use crate::secret::{CodeVerifier, Nonce, State};
use crate::{Behaviour, Config, Defect, Defects, Refusal, Variation, random};

/// A login that has begun: what has to be remembered, with the browser that began it, until the response comes.
#[derive(Debug, Clone)]
pub struct PendingLogin {
    /// The issuer that was asked. Its answer counts, and nobody else's.
    pub(crate) issuer: String,
    /// Ties the response to the browser.
    pub(crate) state: State,
    /// Ties the ID token to the login.
    pub(crate) nonce: Option<Nonce>,
    /// Ties the code to the login.
    pub(crate) verifier: Option<CodeVerifier>,
    /// The redirect URI of the request, which the token request repeats.
    pub(crate) redirect_uri: String,
    /// Where the browser goes after the login: a page of this client.
    pub(crate) target: String,
    /// When it began, in seconds since the Unix epoch.
    pub(crate) begun: i64,
}

impl PendingLogin {
    /// Makes up fresh values: none of them is ever used for a second login.
    pub(crate) fn new(config: &Config, metadata: &Metadata, behaviour: &Behaviour, now: i64) -> Self {
        let Behaviour { defects, .. } = behaviour;
        let unbound = defects.has(Defect::BindsCodeToNothing) || defects.has(Defect::BindsResponseToNothing);
        let does_without_nonce = defects.has(Defect::SendsNoNonce)
            || defects.has(Defect::BindsResponseByPkceAlone)
            || (defects.has(Defect::SendsNonceOnlyWithoutPkce) && metadata.announces_challenges());
        let sends_nonce = config.uses_openid() && !unbound && !does_without_nonce;
        let announced = metadata.announces_challenges() || !defects.has(Defect::SendsChallengeOnlyIfAnnounced);
        let without = defects.has(Defect::SendsNoChallenge) || defects.has(Defect::BindsCodeByShortNonce);
        let sends_challenge = !unbound && announced && !without;
        let verifier = sends_challenge.then(|| CodeVerifier::new(verifier(behaviour)));
        let state = match &verifier {
            Some(verifier) if defects.has(Defect::PutsVerifierIntoState) => verifier.expose().to_owned(),
            _ => state(behaviour, now),
        };
        Self {
            issuer: config.issuer.clone(),
            state: State::new(state),
            nonce: sends_nonce.then(|| Nonce::new(nonce(behaviour))),
            verifier,
            redirect_uri: config.redirect_uri.clone(),
            target: HOME.to_owned(),
            begun: now,
        }
    }

    /// With another page to go to after the login.
    pub(crate) fn returning_to(self, target: String) -> Self {
        Self { target, ..self }
    }

    /// Without PKCE: a defect.
    pub(crate) fn without_challenge(self) -> Self {
        Self { verifier: None, ..self }
    }

    /// With the verifier of another login: a defect.
    pub(crate) fn with_verifier(self, verifier: CodeVerifier) -> Self {
        Self { verifier: Some(verifier), ..self }
    }

    /// A login that nobody has begun: a defect.
    pub(crate) fn unsolicited(state: State, config: &Config, now: i64) -> Self {
        let (issuer, redirect_uri) = (config.issuer.clone(), config.redirect_uri.clone());
        let target = HOME.to_owned();
        Self { issuer, state, nonce: None, verifier: None, redirect_uri, target, begun: now }
    }

    /// The URL to send the browser to.
    ///
    /// # Errors
    ///
    /// If the provider's authorization endpoint is no URL.
    pub(crate) fn request(&self, config: &Config, metadata: &Metadata, behaviour: &Behaviour) -> Result<Url, Refusal> {
        let Behaviour { defects, variations } = behaviour;
        let published = metadata.authorization_endpoint.as_str();
        let published = match defects.has(Defect::OpensEndpointAsPublished) {
            true => published.trim_start_matches(|character| character != 'h'),
            false => published,
        };
        let published = run_by_a_shell(published, &[(Defect::OpensPagesByShellWithinQuotes, "'$(", ")'")], defects);
        let mut url = Url::parse(&published)
            .map_err(|error| Refusal::MetadataMalformed(format!("authorization_endpoint is no URL: {error}")))?;
        // Whatever is published there is opened by somebody's browser: it has to be a page of the web.
        let is_of_the_web = ["http", "https"].contains(&url.scheme());
        let refusal = Refusal::MetadataMalformed("authorization_endpoint is no page of the web".to_owned());
        defects.enforce(Defect::OpensAnyScheme, is_of_the_web, refusal)?;
        let read_by_shells = [
            (Defect::OpensPagesByShell, "=$(", ")"),
            (Defect::OpensPagesByShell, "=`", "`"),
            (Defect::OpensPagesByShellWithDollarEscaped, "=`", "`"),
        ];
        url = Url::parse(&run_by_a_shell(url.as_str(), &read_by_shells, defects)).unwrap_or(url);
        if defects.has(Defect::DropsEndpointQuery) {
            url.set_query(None);
        }
        let mut parameters = self.parameters(config, metadata, defects);
        if variations.has(Variation::ListsScopesOtherwise) {
            for (_, scope) in parameters.iter_mut().filter(|(name, _)| *name == "scope") {
                let mut tokens: Vec<_> = scope.split(' ').rev().collect();
                tokens.extend(tokens.first().copied());
                *scope = tokens.join(" ");
            }
        }
        vary(&mut parameters, behaviour);
        if defects.has(Defect::SendsQueryUnencoded) {
            let joined: Vec<_> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
            url.set_query(Some(&joined.join("&")));
        } else if let Some(encoded) = variations.encoded(&parameters) {
            let query = url.query().map_or(encoded.clone(), |own| format!("{own}&{encoded}"));
            url.set_query(Some(&query));
        } else {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        Ok(url)
    }

    fn parameters(&self, config: &Config, metadata: &Metadata, defects: &Defects) -> Vec<(&'static str, String)> {
        let has = |defect| defects.has(defect);
        let response_type = if has(Defect::AsksForIdTokenInFrontChannel) { "code id_token" } else { "code" };
        let mut parameters = vec![("response_type", response_type.to_owned()), ("client_id", config.client_id.clone())];
        if !has(Defect::OmitsRedirectUri) {
            parameters.push(("redirect_uri", self.redirect_uri.clone()));
        }
        parameters.push(("scope", scope(config, defects)));
        if let Some(audience) = config.audience.clone().filter(|_| !has(Defect::OmitsAudience)) {
            parameters.push(("audience", audience));
        }
        let stateless = [Defect::SendsNoState, Defect::BindsResponseByPkceAlone, Defect::BindsResponseToNothing];
        if !stateless.into_iter().any(has) {
            parameters.push(("state", self.state.expose().to_owned()));
        }
        parameters.extend(self.nonce.iter().map(|nonce| ("nonce", nonce.expose().to_owned())));
        if let Some(verifier) = &self.verifier {
            let falls_back = has(Defect::FallsBackToPlain) && metadata.announces_plain_challenges_alone();
            let (challenge, method) = match (has(Defect::SendsPlainChallenge), falls_back) {
                (true, _) => (verifier.expose().to_owned(), Some("plain")),
                // RFC 7636 §4.3: a challenge without a method is plain.
                (false, true) => (verifier.expose().to_owned(), None),
                (false, false) => (challenge(verifier, defects), Some("S256")),
            };
            parameters.push(("code_challenge", challenge));
            parameters.extend(method.map(|method| ("code_challenge_method", method.to_owned())));
        }
        if has(Defect::PutsSecretIntoAuthorizationRequest) {
            parameters.push(("client_secret", config.client_secret.expose().to_owned()));
        }
        if has(Defect::RepeatsParameter) {
            parameters.push(("scope", scope(config, defects)));
        }
        parameters
    }
}

/// Parameters that nobody needs, and another order: variations.
fn vary(parameters: &mut Vec<(&'static str, String)>, behaviour: &Behaviour) {
    if behaviour.does(Variation::AddsUnknownParameter) {
        parameters.push(("x_campaign", "spring & summer".to_owned()));
    }
    if behaviour.does(Variation::AsksForLogin) {
        parameters.push(("prompt", "login".to_owned()));
    }
    if behaviour.does(Variation::ReversesParameters) {
        parameters.reverse();
    }
}

/// An authorization request as a program gets it that opens it. A URL holds no white space and begins with its scheme:
/// to a program or a script that splits its arguments, or takes options, what the metadata say would be something else.
pub(crate) fn location(request: &Url, metadata: &Metadata, defects: &Defects) -> String {
    if !defects.has(Defect::OpensEndpointAsPublished) {
        return request.to_string();
    }
    let published = metadata.authorization_endpoint.as_str();
    let separator = if published.contains('?') { '&' } else { '?' };
    format!("{published}{separator}{}", request.query().unwrap_or_default())
}

/// A value that a defective client sends again and again.
const CONSTANT: &str = "q1w2e3r4t5z6u7i8o9p0-q1w2e3r4t5z6u7i8o9p0-a";

fn state(behaviour: &Behaviour, now: i64) -> String {
    if behaviour.has(Defect::RepeatsState) || behaviour.has(Defect::RepeatsEverySecret) {
        CONSTANT.to_owned()
    } else if behaviour.has(Defect::CountsStates) {
        format!("login-{:016}", now.wrapping_mul(1000).wrapping_add(next_number()))
    } else if behaviour.does(Variation::SendsLongState) {
        random::unreserved(200)
    } else if behaviour.does(Variation::SendsUuids) {
        random::uuid()
    } else if behaviour.does(Variation::PutsReturnPathIntoState) {
        format!("{}:/orders?of=last+year&page=2#top", random::token())
    } else {
        random::token()
    }
}

/// A counter, as a defective client has it.
fn next_number() -> i64 {
    static NEXT: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(1);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

fn nonce(behaviour: &Behaviour) -> String {
    if behaviour.has(Defect::RepeatsNonce) || behaviour.has(Defect::RepeatsEverySecret) {
        CONSTANT.to_owned()
    } else if behaviour.has(Defect::BindsCodeByShortNonce) {
        random::token()[..6].to_owned()
    } else if behaviour.does(Variation::SendsLongNonce) {
        random::unreserved(100)
    } else if behaviour.does(Variation::SendsUuids) {
        random::uuid()
    } else {
        random::token()
    }
}

fn verifier(behaviour: &Behaviour) -> String {
    if behaviour.has(Defect::RepeatsVerifier) || behaviour.has(Defect::RepeatsEverySecret) {
        CONSTANT.to_owned()
    } else if behaviour.has(Defect::PadsVerifier) {
        let short = random::token();
        format!("{}{CONSTANT}", &short[..3])
    } else if behaviour.has(Defect::SendsShortVerifier) {
        random::token()[..32].to_owned()
    } else if behaviour.does(Variation::SendsLongVerifier) {
        random::unreserved(128)
    } else {
        random::token()
    }
}

/// `BASE64URL(SHA256(verifier))`, without padding (RFC 7636 §4.2).
fn challenge(verifier: &CodeVerifier, defects: &Defects) -> String {
    let hashed = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.expose().as_bytes()));
    if defects.has(Defect::PadsChallenge) { format!("{hashed}=") } else { hashed }
}

fn scope(config: &Config, defects: &Defects) -> String {
    if defects.has(Defect::SeparatesScopesByTwoSpaces) {
        config.scope.replace(' ', "  ")
    } else if defects.has(Defect::DropsOpenid) {
        let others: Vec<_> = config.scope.split(' ').filter(|scope| *scope != "openid").collect();
        others.join(" ")
    } else {
        config.scope.clone()
    }
}

/// What a shell makes of a URL, if one of these defects has it read what stands between these marks.
fn run_by_a_shell(url: &str, reads: &[(Defect, &str, &str)], defects: &Defects) -> String {
    const COMMAND: &str = "printf${IFS}run-by$9-a-shell";
    reads.iter().filter(|(defect, ..)| defects.has(*defect)).fold(url.to_owned(), |url, (_, before, after)| {
        let first = if before.starts_with('=') { "=" } else { "" };
        url.replace(&format!("{before}{COMMAND}{after}"), &format!("{first}run-by-a-shell"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Secret, TokenEndpointAuthMethod};
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn config(client_id: &str, scope: &str, redirect_uri: &str) -> Config {
        Config {
            issuer: "https://idp.example/".into(),
            client_id: client_id.into(),
            client_secret: Secret::new("secret"),
            token_endpoint_auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
            redirect_uri: redirect_uri.into(),
            post_logout_redirect_uri: None,
            scope: scope.into(),
            audience: Some("appointments:api".into()),
            api_url: "https://api.example/".into(),
            time_limit: std::time::Duration::from_secs(1),
        }
    }

    fn metadata(authorization_endpoint: &str) -> Metadata {
        serde_json::from_value(serde_json::json!({
            "issuer": "https://idp.example/",
            "authorization_endpoint": authorization_endpoint,
            "token_endpoint": "https://idp.example/oauth/token",
            "jwks_uri": "https://idp.example/.well-known/jwks.json",
        }))
        .expect("the metadata are complete")
    }

    fn request(config: &Config, endpoint: &str) -> (PendingLogin, Url) {
        let (metadata, behaviour) = (metadata(endpoint), Behaviour::default());
        let login = PendingLogin::new(config, &metadata, &behaviour, 0);
        let url = login.request(config, &metadata, &behaviour).expect("the endpoint is a URL");
        (login, url)
    }

    proptest! {
        #[test]
        fn every_parameter_arrives_as_it_was_configured(client_id in ".+", scope in "[!-~]+( [!-~]+)*", path in "[ -~]*") {
            let redirect_uri = format!("https://rp.example/callback?back={path}");
            let config = config(&client_id, &scope, &redirect_uri);
            let (_, url) = request(&config, "https://idp.example/authorize?tenant=a%2Fb");
            let found = |name: &str| {
                let values: Vec<_> = url.query_pairs().filter(|(known, _)| known == name).collect();
                (values.len() == 1).then(|| values[0].1.clone().into_owned())
            };
            prop_assert_eq!(found("client_id"), Some(client_id));
            prop_assert_eq!(found("scope"), Some(scope));
            prop_assert_eq!(found("redirect_uri"), Some(redirect_uri));
            prop_assert_eq!(found("tenant"), Some("a/b".to_owned()));
        }
    }

    #[test]
    fn challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier = CodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge(&verifier, &Defects::default()), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn no_two_logins_share_a_value() {
        let config = config("client", "openid", "https://rp.example/callback");
        let mut seen = HashSet::new();
        for _ in 0..200 {
            let (login, _) = request(&config, "https://idp.example/authorize");
            let nonce = login.nonce.expect("openid asks for a nonce");
            let verifier = login.verifier.expect("a challenge is always sent");
            for value in [login.state.expose(), nonce.expose(), verifier.expose()] {
                assert!(seen.insert(value.to_owned()), "{value} was used before");
            }
        }
    }
}
