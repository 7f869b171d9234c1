//! What an ID token says, and whether it may be believed.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::secret::{AccessToken, Nonce};
use crate::{Defect, Defects, Refusal};

/// How far the clocks of client and provider may be apart, in seconds.
const CLOCK_SKEW: i64 = 60;

/// What a defective client calls a user whom the ID token does not name.
pub(crate) const NO_SUBJECT: &str = "undefined";

/// To the byte (OpenID Connect Core §3.1.3.7 no. 2), except by a defect.
fn is_same_issuer(found: &str, expected: &str, defects: &Defects) -> bool {
    let has = |defect| defects.has(defect);
    let without_scheme = |url: &str| url.split_once(':').map(|(_, rest)| rest.to_owned());
    if has(Defect::ComparesIssuerByPrefix) {
        found.starts_with(expected)
    } else if has(Defect::ComparesIssuerWithoutCase) {
        found.eq_ignore_ascii_case(expected)
    } else if has(Defect::ComparesIssuerWithoutScheme) {
        without_scheme(found) == without_scheme(expected)
    } else if has(Defect::ComparesIssuerWithoutSlashes) {
        found.trim_end_matches('/') == expected.trim_end_matches('/')
    } else if has(Defect::SearchesClaimForIssuer) {
        found.contains(expected)
    } else if has(Defect::SearchesIssuerForClaim) {
        expected.contains(found)
    } else {
        found == expected
    }
}

/// The claims of an ID token.
#[derive(Debug, Clone)]
pub struct Claims(pub(super) Map<String, Value>);

/// What every ID token of this client has to say.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    /// The issuers of all providers: for a defect.
    pub(crate) known_issuers: Vec<&'a str>,
    pub(crate) client_id: &'a str,
    /// Seconds since the Unix epoch.
    pub(crate) now: i64,
    pub(crate) access_token: &'a AccessToken,
}

/// What a refreshed ID token is held against (OpenID Connect Core §12.2).
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) subject: String,
    pub(crate) nonce: Option<Nonce>,
    pub(crate) auth_time: Option<Value>,
    /// When the ID token expires, which is not when the session does. For a defect.
    pub(crate) id_token_expires: Option<i64>,
}

impl Login {
    /// A login that no ID token has told of: a defect.
    pub(crate) fn unread(subject: String) -> Self {
        Self { subject, nonce: None, auth_time: None, id_token_expires: None }
    }
}

impl Claims {
    /// Checks the ID token of a login (OpenID Connect Core §3.1.3.7) and returns its subject.
    pub(crate) fn check(
        &self,
        expected: &Expected<'_>,
        nonce: Option<&Nonce>,
        defects: &Defects,
    ) -> Result<String, Refusal> {
        self.check_origin(expected, defects)?;
        self.check_times(expected.now, defects)?;
        self.check_nonce(nonce, defects)?;
        self.check_access_token(expected.access_token, defects)?;
        self.check_others(defects)?;
        self.subject(defects)
    }

    /// Checks the ID token of a refresh (OpenID Connect Core §12.2). It needs no nonce.
    pub(crate) fn check_refreshed(
        &self,
        expected: &Expected<'_>,
        login: &Login,
        defects: &Defects,
    ) -> Result<String, Refusal> {
        if !defects.has(Defect::IgnoresOriginOfRefreshedIdToken) {
            self.check_origin(expected, defects)?;
        }
        self.check_times(expected.now, defects)?;
        let has_nonce = self.0.contains_key("nonce");
        if has_nonce && defects.has(Defect::RefusesNonceOnRefresh) {
            return Err(Refusal::NonceWrong);
        }
        let is_compared = has_nonce && !defects.has(Defect::IgnoresNonceOnRefresh);
        if is_compared || defects.has(Defect::DemandsNonceOnRefresh) {
            self.check_nonce(login.nonce.as_ref(), defects)?;
        }
        self.check_access_token(expected.access_token, defects)?;
        let subject = self.subject(defects)?;
        defects.enforce(Defect::AdoptsSubjectOfRefreshedIdToken, subject == login.subject, Refusal::SubjectChanged)?;
        match (self.0.get("auth_time"), &login.auth_time) {
            (Some(now), Some(then)) if now != then => Err(Refusal::AuthTimeChanged),
            _ => Ok(subject),
        }
    }

    /// Who issued it, for whom.
    fn check_origin(&self, expected: &Expected<'_>, defects: &Defects) -> Result<(), Refusal> {
        match self.text("iss") {
            None => defects.enforce(Defect::AcceptsMissingIssuer, false, Refusal::IssuerMissing)?,
            Some(issuer) => {
                let is_same = is_same_issuer(issuer, expected.issuer, defects);
                let is_known =
                    defects.has(Defect::AcceptsIssuersOfEveryProvider) && expected.known_issuers.contains(&issuer);
                defects.enforce(Defect::AcceptsAnyIssuer, is_same || is_known, Refusal::IssuerWrong)?;
            }
        }
        let audiences = self.audiences(defects);
        if audiences.is_empty() {
            return defects.enforce(Defect::AcceptsMissingAudience, false, Refusal::AudienceMissing);
        }
        let is_ours = |audience: &&str| match defects.has(Defect::ComparesAudienceByPrefix) {
            true => audience.starts_with(expected.client_id),
            false => *audience == expected.client_id,
        };
        let by_party =
            defects.has(Defect::TakesAuthorizedPartyForAudience) && self.text("azp") == Some(expected.client_id);
        defects.enforce(
            Defect::AcceptsAnyAudience,
            audiences.iter().any(is_ours) || by_party,
            Refusal::AudienceWrong,
        )?;
        // No other audience is trusted, so a second one is one too many (§3.1.3.7 no. 3).
        let is_ours_by_party =
            defects.has(Defect::TrustsAudiencesByAuthorizedParty) && self.text("azp") == Some(expected.client_id);
        let is_trusted = audiences.len() == 1 || is_ours_by_party;
        defects.enforce(Defect::TrustsEveryAudience, is_trusted, Refusal::AudienceUntrusted)?;
        match self.0.get("azp") {
            Some(_) if defects.has(Defect::RefusesAuthorizedParty) => Err(Refusal::AuthorizedPartyWrong),
            Some(party) => defects.enforce(
                Defect::IgnoresAuthorizedParty,
                party == expected.client_id,
                Refusal::AuthorizedPartyWrong,
            ),
            None => Ok(()),
        }
    }

    fn check_times(&self, now: i64, defects: &Defects) -> Result<(), Refusal> {
        let skew = if defects.has(Defect::AllowsNoClockSkew) { 0 } else { CLOCK_SKEW };
        match self.time("exp") {
            Err(_) if defects.has(Defect::TakesUnreadableExpiryForNone) => {}
            Err(refusal) => return Err(refusal),
            Ok(None) => defects.enforce(Defect::AcceptsMissingExpiry, false, Refusal::ExpiryMissing)?,
            Ok(Some(expiry)) => {
                defects.enforce(Defect::IgnoresExpiry, now < expiry.saturating_add(skew), Refusal::IdTokenExpired)?;
            }
        }
        match self.time("iat")? {
            None => defects.enforce(Defect::AcceptsMissingIssuedAt, false, Refusal::IssuedAtMissing)?,
            Some(issued) => defects.enforce(
                Defect::IgnoresFutureIssuedAt,
                issued <= now.saturating_add(skew),
                Refusal::IdTokenPremature,
            )?,
        }
        let is_valid = self.time("nbf")?.is_none_or(|start| start <= now.saturating_add(skew));
        defects.enforce(Defect::IgnoresNotBefore, is_valid, Refusal::IdTokenPremature)
    }

    /// Ties the token to the login that this browser began (§3.1.3.7 no. 11).
    fn check_nonce(&self, nonce: Option<&Nonce>, defects: &Defects) -> Result<(), Refusal> {
        let Some(sent) = nonce else { return Ok(()) };
        match self.0.get("nonce") {
            Some(Value::Bool(false)) if defects.has(Defect::AcceptsFalsyNonce) => return Ok(()),
            Some(Value::String(nonce)) if nonce.is_empty() && defects.has(Defect::AcceptsFalsyNonce) => return Ok(()),
            Some(Value::Array(_)) if defects.has(Defect::AcceptsNonceList) => return Ok(()),
            _ => {}
        }
        match self.text("nonce") {
            None if defects.has(Defect::ComparesValuesOnlyIfPresent) => Ok(()),
            None => defects.enforce(Defect::AcceptsMissingNonce, false, Refusal::NonceMissing),
            Some(found) => defects.enforce(Defect::IgnoresNonce, Nonce::new(found) == *sent, Refusal::NonceWrong),
        }
    }

    /// Ties the access token to the ID token, if the provider says how (§3.1.3.8).
    fn check_access_token(&self, access_token: &AccessToken, defects: &Defects) -> Result<(), Refusal> {
        let hash = URL_SAFE_NO_PAD.encode(&digest(&SHA256, access_token.expose().as_bytes()).as_ref()[..16]);
        match self.text("at_hash") {
            Some(_) if defects.has(Defect::AcceptsMissingAccessToken) => Ok(()),
            Some("") if defects.has(Defect::TakesEmptyAccessTokenHashForNone) => Ok(()),
            Some(found) => {
                defects.enforce(Defect::IgnoresAccessTokenHash, found == hash, Refusal::AccessTokenSubstituted)
            }
            None if defects.has(Defect::DemandsAccessTokenHash) => Err(Refusal::AccessTokenSubstituted),
            None => Ok(()),
        }
    }

    /// Claims that are not known are ignored (§2), except by a defect.
    fn check_others(&self, defects: &Defects) -> Result<(), Refusal> {
        let is_custom = |name: &String| name.starts_with("https://claims.");
        if defects.has(Defect::RefusesUnknownClaims) && self.0.keys().any(is_custom) {
            return Err(Refusal::IdTokenMalformed);
        }
        Ok(())
    }

    fn subject(&self, defects: &Defects) -> Result<String, Refusal> {
        match self.text("sub").filter(|subject| !subject.is_empty()) {
            Some(subject) => Ok(subject.to_owned()),
            None if defects.has(Defect::CoercesSubject) && self.0.get("sub").is_some_and(Value::is_array) => {
                Ok(NO_SUBJECT.to_owned())
            }
            None => {
                defects.enforce(Defect::AcceptsMissingSubject, false, Refusal::SubjectMissing)?;
                Ok(NO_SUBJECT.to_owned())
            }
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A `NumericDate`, which may have a fraction (RFC 7519 §2).
    fn time(&self, name: &str) -> Result<Option<i64>, Refusal> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a fraction of a second is dropped, and what is beyond i64 saturates"
        )]
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => match (value.as_i64(), value.as_f64()) {
                (Some(seconds), _) => Ok(Some(seconds)),
                (None, Some(seconds)) => Ok(Some(seconds as i64)),
                (None, None) => Err(Refusal::IdTokenMalformed),
            },
        }
    }

    /// `aud` is a string or a list of them (§2).
    fn audiences(&self, defects: &Defects) -> Vec<&str> {
        match self.0.get("aud") {
            Some(Value::String(audience)) => vec![audience],
            Some(Value::Array(audiences)) if !defects.has(Defect::RefusesAudienceList) => {
                audiences.iter().filter_map(Value::as_str).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The login that the token tells of.
    pub(crate) fn login(&self, subject: String, nonce: Option<Nonce>) -> Login {
        let auth_time = self.0.get("auth_time").cloned();
        Login { subject, nonce, auth_time, id_token_expires: self.time("exp").ok().flatten() }
    }

    /// What the token says about the user, without what it says about itself.
    pub(crate) fn profile(&self) -> Map<String, Value> {
        const ABOUT_THE_TOKEN: [&str; 12] =
            ["iss", "aud", "azp", "exp", "iat", "nbf", "nonce", "at_hash", "c_hash", "auth_time", "sid", "jti"];
        let of_user = self.0.iter().filter(|(name, _)| !ABOUT_THE_TOKEN.contains(&name.as_str()));
        of_user.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}
