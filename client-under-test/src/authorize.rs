//! Step 1: the authorization request (RFC 6749 §4.1.1; OpenID Connect Core §3.1.2.1; RFC 7636 §4.3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::discovery::Metadata;
use crate::secret::{CodeVerifier, Nonce, State};
use crate::{Config, Defect, Defects, Refusal, random};

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
    /// When it began, in seconds since the Unix epoch.
    pub(crate) begun: i64,
}

impl PendingLogin {
    /// Makes up fresh values: none of them is ever used for a second login.
    pub(crate) fn new(config: &Config, metadata: &Metadata, defects: &Defects, now: i64) -> Self {
        let unbound = defects.has(Defect::BindsCodeToNothing) || defects.has(Defect::BindsResponseToNothing);
        let sends_nonce = config.uses_openid() && !unbound && !defects.has(Defect::SendsNoNonce);
        let announced = metadata.announces_challenges() || !defects.has(Defect::SendsChallengeOnlyIfAnnounced);
        let sends_challenge = !unbound && announced && !defects.has(Defect::SendsNoChallenge);
        let verifier = sends_challenge.then(|| CodeVerifier::new(verifier(defects)));
        let state = match &verifier {
            Some(verifier) if defects.has(Defect::PutsVerifierIntoState) => verifier.expose().to_owned(),
            _ => state(defects, now),
        };
        Self {
            issuer: config.issuer.clone(),
            state: State::new(state),
            nonce: sends_nonce.then(|| {
                Nonce::new(if defects.has(Defect::RepeatsNonce) { CONSTANT.to_owned() } else { random::token() })
            }),
            verifier,
            redirect_uri: config.redirect_uri.clone(),
            begun: now,
        }
    }

    /// Without PKCE: a defect.
    pub(crate) fn without_challenge(self) -> Self {
        Self { verifier: None, ..self }
    }

    /// A login that nobody has begun: a defect.
    pub(crate) fn unsolicited(state: State, config: &Config, now: i64) -> Self {
        let (issuer, redirect_uri) = (config.issuer.clone(), config.redirect_uri.clone());
        Self { issuer, state, nonce: None, verifier: None, redirect_uri, begun: now }
    }

    /// The URL to send the browser to.
    ///
    /// # Errors
    ///
    /// If the provider's authorization endpoint is no URL.
    pub(crate) fn request(&self, config: &Config, metadata: &Metadata, defects: &Defects) -> Result<Url, Refusal> {
        let mut url = Url::parse(&metadata.authorization_endpoint)
            .map_err(|error| Refusal::MetadataMalformed(format!("authorization_endpoint is no URL: {error}")))?;
        if defects.has(Defect::DropsEndpointQuery) {
            url.set_query(None);
        }
        let parameters = self.parameters(config, defects);
        if defects.has(Defect::SendsQueryUnencoded) {
            let joined: Vec<_> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
            url.set_query(Some(&joined.join("&")));
        } else {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        Ok(url)
    }

    fn parameters(&self, config: &Config, defects: &Defects) -> Vec<(&'static str, String)> {
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
        if !has(Defect::SendsNoState) && !has(Defect::BindsResponseToNothing) {
            parameters.push(("state", self.state.expose().to_owned()));
        }
        parameters.extend(self.nonce.iter().map(|nonce| ("nonce", nonce.expose().to_owned())));
        if let Some(verifier) = &self.verifier {
            parameters.push(("code_challenge", challenge(verifier, defects)));
            let method = if has(Defect::SendsPlainChallenge) { "plain" } else { "S256" };
            parameters.push(("code_challenge_method", method.to_owned()));
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

/// A value that a defective client sends again and again.
const CONSTANT: &str = "q1w2e3r4t5z6u7i8o9p0-q1w2e3r4t5z6u7i8o9p0-a";

fn state(defects: &Defects, now: i64) -> String {
    if defects.has(Defect::RepeatsState) {
        CONSTANT.to_owned()
    } else if defects.has(Defect::CountsStates) {
        format!("login-{:016}", now.wrapping_mul(1000).wrapping_add(next_number()))
    } else {
        random::token()
    }
}

/// A counter, as a defective client has it.
fn next_number() -> i64 {
    static NEXT: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(1);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

fn verifier(defects: &Defects) -> String {
    if defects.has(Defect::RepeatsVerifier) {
        CONSTANT.to_owned()
    } else if defects.has(Defect::SendsShortVerifier) {
        random::token()[..32].to_owned()
    } else {
        random::token()
    }
}

/// `BASE64URL(SHA256(verifier))`, without padding (RFC 7636 §4.2).
fn challenge(verifier: &CodeVerifier, defects: &Defects) -> String {
    let hashed = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()));
    if defects.has(Defect::SendsPlainChallenge) {
        verifier.expose().to_owned()
    } else if defects.has(Defect::PadsChallenge) {
        format!("{hashed}=")
    } else {
        hashed
    }
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
