//! Provider metadata (OpenID Connect Discovery 1.0 §4; RFC 8414) and keys (RFC 7517).

use std::sync::Arc;

use clap::ValueEnum as _;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, PublicKeyUse};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::fitted;
use crate::http::get;
use crate::{Clock, Config, Defect, Defects, Refusal, TokenEndpointAuthMethod, Variation, Variations};

/// What the client needs to know of the provider. Other members, and values that it does not know, are ignored.
#[derive(Debug, Clone, Deserialize)]
pub struct Metadata {
    /// The issuer identifier.
    pub issuer: String,
    /// Where the browser is sent to log in.
    pub authorization_endpoint: String,
    /// Where codes and refresh tokens are exchanged.
    pub token_endpoint: String,
    /// Where the keys are.
    pub jwks_uri: String,
    /// Where claims about the user are.
    pub userinfo_endpoint: Option<String>,
    /// Where tokens are revoked.
    pub revocation_endpoint: Option<String>,
    /// Where the browser is sent to log out.
    pub end_session_endpoint: Option<String>,
    /// Whether authorization responses carry `iss` (RFC 9207 §3).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
    /// Read by defects alone.
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    /// Read by one defect alone.
    grant_types_supported: Option<Vec<String>>,
    /// Read by one defect alone.
    scopes_supported: Option<Vec<String>>,
    /// Read by defects alone: a challenge with S256 is sent in any case (RFC 7636 §4.2, §5).
    code_challenge_methods_supported: Option<Vec<String>>,
    /// Read by one defect alone: a client authenticates as it is registered (OpenID Connect Core §9).
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl Metadata {
    /// Whether they list an algorithm of ID tokens.
    pub(crate) fn lists_algorithm(&self, algorithm: &str) -> bool {
        self.id_token_signing_alg_values_supported.iter().flatten().any(|listed| listed == algorithm)
    }

    pub(crate) fn announces_challenges(&self) -> bool {
        self.code_challenge_methods_supported.iter().flatten().any(|method| method == "S256")
    }

    pub(crate) fn announces_plain_challenges_alone(&self) -> bool {
        self.code_challenge_methods_supported.iter().flatten().any(|method| method == "plain")
            && !self.announces_challenges()
    }

    pub(crate) fn first_auth_method(&self) -> Option<TokenEndpointAuthMethod> {
        let listed = self.token_endpoint_auth_methods_supported.iter().flatten();
        listed.flat_map(|name| TokenEndpointAuthMethod::from_str(name, false)).next()
    }
}

/// A provider, as far as it has been asked. What was fetched is kept; a failure is not.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) config: Config,
    metadata: Mutex<Option<Arc<Metadata>>>,
    keys: Mutex<Option<Arc<Vec<Jwk>>>>,
    /// When they were fetched: a variation's memory.
    keys_fetched: Mutex<i64>,
    /// A defect's memory.
    keys_failed: Mutex<bool>,
    /// A defect's memory.
    metadata_failed: Mutex<bool>,
}

/// Whether keys that were fetched earlier will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    Kept,
    Fetched,
}

/// Requests of one client to one provider.
#[derive(Clone, Copy)]
pub(crate) struct Fetch<'a> {
    pub(crate) http: &'a reqwest::Client,
    pub(crate) config: &'a Config,
    pub(crate) clock: &'a Clock,
    pub(crate) defects: &'a Defects,
    pub(crate) variations: &'a Variations,
}

impl Provider {
    pub(crate) fn new(config: Config) -> Self {
        let (metadata, keys, keys_fetched, keys_failed, metadata_failed) = Default::default();
        Self { config, metadata, keys, keys_fetched, keys_failed, metadata_failed }
    }

    /// The next one who needs metadata fetches them: a variation.
    pub(crate) fn forget_metadata(&self) {
        *self.metadata.lock() = None;
    }

    /// The next one who needs keys fetches them: a variation, or a part of a defect.
    pub(crate) fn forget_keys(&self) {
        *self.keys.lock() = None;
    }

    pub(crate) async fn metadata(&self, fetch: &Fetch<'_>) -> Result<Arc<Metadata>, Refusal> {
        if let Some(metadata) = self.metadata.lock().clone() {
            return Ok(metadata);
        }
        if *self.metadata_failed.lock() {
            return Err(Refusal::MetadataUnreachable("they could not be fetched before".to_owned()));
        }
        let fetched = fetch.metadata().await;
        *self.metadata_failed.lock() = fetched.is_err() && fetch.defects.has(Defect::RemembersFailedDiscovery);
        let metadata = Arc::new(fetched?);
        *self.metadata.lock() = Some(metadata.clone());
        Ok(metadata)
    }

    /// The key with this id, or every key if the token names none. Keys that are not known are looked for once more:
    /// the provider may have replaced its keys (OpenID Connect Core §10.1.1).
    pub(crate) async fn keys(&self, fetch: &Fetch<'_>, kid: Option<&str>) -> Result<Vec<Jwk>, Refusal> {
        let matching = |keys: &[Jwk]| -> Vec<Jwk> {
            let has_id = |key: &&Jwk| kid.is_none_or(|kid| key.common.key_id.as_deref() == Some(kid));
            let mut keys = keys.iter().filter(has_id).cloned();
            match fetch.defects.has(Defect::TakesLastKeyOfIdentifier) {
                true => keys.next_back().into_iter().collect(),
                false => keys.collect(),
            }
        };
        let found = matching(&self.key_set(fetch, Freshness::Kept).await?);
        let too_early = fetch.variations.has(Variation::BoundsKeyFetches)
            && fetch.clock.now() < self.keys_fetched.lock().saturating_add(60);
        let keeps = [Defect::KeepsKeysForEver, Defect::FetchesKeysOnlyWhenLoginStarts]
            .into_iter()
            .any(|it| fetch.defects.has(it));
        if !found.is_empty() || too_early || keeps {
            return Ok(found);
        }
        if fetch.defects.has(Defect::FetchesKeysWithoutEnd) {
            for _ in 0..4 {
                self.key_set(fetch, Freshness::Fetched).await?;
            }
        }
        Ok(matching(&self.key_set(fetch, Freshness::Fetched).await?))
    }

    async fn key_set(&self, fetch: &Fetch<'_>, freshness: Freshness) -> Result<Arc<Vec<Jwk>>, Refusal> {
        let kept = self.keys.lock().clone();
        if let Some(keys) = kept.filter(|_| freshness == Freshness::Kept) {
            return Ok(keys);
        }
        if *self.keys_failed.lock() {
            return Err(Refusal::KeysUnreachable("they could not be fetched before".to_owned()));
        }
        let metadata = self.metadata(fetch).await?;
        match fetch.keys(&metadata.jwks_uri).await {
            Ok(keys) => {
                *self.keys_fetched.lock() = fetch.clock.now();
                let keys = Arc::new(keys);
                *self.keys.lock() = Some(keys.clone());
                Ok(keys)
            }
            Err(refusal) => {
                *self.keys_failed.lock() = fetch.defects.has(Defect::RemembersFailedKeyFetch);
                Err(refusal)
            }
        }
    }
}

impl Fetch<'_> {
    async fn metadata(&self) -> Result<Metadata, Refusal> {
        // The issuer's terminating slash is removed before the path is appended (OpenID Connect Discovery §4.1).
        let issuer = match self.defects.has(Defect::DoublesSlashInDiscovery) {
            true => self.config.issuer.as_str(),
            false => self.config.issuer.strip_suffix('/').unwrap_or(&self.config.issuer),
        };
        if self.defects.has(Defect::TriesDoubledSlashFirst) {
            let doubled = format!("{issuer}//.well-known/openid-configuration");
            let _ = get(self.http.get(doubled), self.config.time_limit, self.variations).await;
        }
        let url = match self.variations.has(Variation::FindsMetadataByOauthPath) {
            true => oauth_path(issuer)?,
            false => format!("{issuer}/.well-known/openid-configuration"),
        };
        fitted::header_names(self.defects, &url).await?;
        let answer = get(self.http.get(url), self.config.time_limit, self.variations)
            .await
            .map_err(Refusal::MetadataUnreachable)?;
        if !answer.status.is_success() && !self.defects.has(Defect::IgnoresMetadataStatus) {
            return Err(Refusal::MetadataUnreachable(format!("the status is {}", answer.status.as_u16())));
        }
        fitted::metadata(self.defects, &answer, &self.config.issuer)?;
        let metadata = self.read(&answer.body)?;
        // OpenID Connect Discovery §4.3: identical to the issuer that was asked, to the byte.
        let is_same = match self.defects.has(Defect::IgnoresSlashesAfterIssuer) {
            true => metadata.issuer.trim_end_matches('/') == self.config.issuer.trim_end_matches('/'),
            false => metadata.issuer == self.config.issuer,
        };
        let trimmed = metadata.issuer.strip_suffix('/') == Some(&self.config.issuer);
        let is_same = is_same || (trimmed && self.defects.has(Defect::TrimsIssuerOfMetadata));
        let is_same = is_same
            || self.defects.has(Defect::OverlooksIssuerOfMetadata)
            || self.defects.has(Defect::ComparesIssuerOfMetadataLate);
        self.defects.enforce(Defect::AcceptsMetadataOfAnotherIssuer, is_same, Refusal::MetadataOfAnotherIssuer)?;
        self.demands(&metadata)?;
        Ok(self.guessed(metadata))
    }

    /// An endpoint that is missing is not guessed (OpenID Connect Discovery §3), except by a defect.
    fn read(&self, body: &str) -> Result<Metadata, Refusal> {
        let malformed = |error: serde_json::Error| Refusal::MetadataMalformed(error.to_string());
        let root = self.config.issuer.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        let substitutes = [
            (Defect::GuessesMissingTokenEndpointAtHost, "token_endpoint", format!("{root}/token")),
            (Defect::GuessesMissingEndpoints, "authorization_endpoint", format!("{}authorize", self.config.issuer)),
            (Defect::GuessesMissingEndpoints, "token_endpoint", format!("{}oauth/token", self.config.issuer)),
            (Defect::AcceptsMetadataWithoutIssuer, "issuer", self.config.issuer.clone()),
            (Defect::ChecksNothingWithoutKeys, "jwks_uri", String::new()),
        ];
        let mut members: serde_json::Map<String, Value> = serde_json::from_str(body).map_err(malformed)?;
        for (defect, member, substitute) in substitutes {
            if self.defects.has(defect) {
                members.entry(member).or_insert(substitute.into());
            }
        }
        serde_json::from_value(Value::Object(members)).map_err(malformed)
    }

    /// What only a defective client demands.
    fn demands(&self, metadata: &Metadata) -> Result<(), Refusal> {
        let malformed = |what: &str| Refusal::MetadataMalformed(what.to_owned());
        if self.defects.has(Defect::DemandsOptionalMetadata) && metadata.grant_types_supported.is_none() {
            return Err(malformed("grant_types_supported is missing"));
        }
        if self.defects.has(Defect::DemandsRecommendedMetadata) && metadata.scopes_supported.is_none() {
            return Err(malformed("scopes_supported is missing"));
        }
        if self.defects.has(Defect::DemandsUserinfoEndpoint) && metadata.userinfo_endpoint.is_none() {
            return Err(malformed("userinfo_endpoint is missing"));
        }
        let known = ["RS256", "RS384", "RS512", "PS256", "ES256", "HS256", "none"];
        let algorithms = metadata.id_token_signing_alg_values_supported.iter().flatten();
        if self.defects.has(Defect::DemandsKnownMetadataValues)
            && !algorithms.into_iter().all(|it| known.contains(&it.as_str()))
        {
            return Err(malformed("an algorithm is unknown"));
        }
        let host = |url: &str| Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        if self.defects.has(Defect::RefusesEndpointsOfOtherHosts)
            && host(&metadata.token_endpoint) != host(&metadata.issuer)
        {
            return Err(malformed("an endpoint is at another host"));
        }
        Ok(())
    }

    /// Endpoints are where the metadata say (OpenID Connect Discovery §4.2), except to a client that knows better.
    fn guessed(&self, mut metadata: Metadata) -> Metadata {
        let guess = |defect, path| self.defects.has(defect).then(|| format!("{}{path}", self.config.issuer));
        if let Some(guessed) = guess(Defect::GuessesAuthorizationEndpoint, "authorize") {
            metadata.authorization_endpoint = guessed;
        }
        if let Some(guessed) = guess(Defect::GuessesTokenEndpoint, "oauth/token") {
            metadata.token_endpoint = guessed;
        }
        if let Some(guessed) = guess(Defect::GuessesKeySetUrl, ".well-known/jwks.json") {
            metadata.jwks_uri = guessed;
        }
        metadata.userinfo_endpoint = guess(Defect::GuessesUserinfoEndpoint, "userinfo").or(metadata.userinfo_endpoint);
        metadata
    }

    /// Whether a defect fails because of a key that it has to ignore (RFC 7517 §5).
    fn is_too_odd(&self, key: &Value) -> bool {
        let has_text = |member: &str| key.get(member).is_some_and(Value::is_string);
        match key.get("kty").and_then(Value::as_str) {
            Some("RSA") => self.defects.has(Defect::DemandsCompleteKeys) && !(has_text("n") && has_text("e")),
            Some("EC") => {
                let curve = key.get("crv").and_then(Value::as_str);
                self.defects.has(Defect::DemandsKnownCurves) && curve != Some("P-256")
            }
            _ => false,
        }
    }

    pub(crate) async fn keys(&self, jwks_uri: &str) -> Result<Vec<Jwk>, Refusal> {
        #[derive(Deserialize)]
        struct KeySet {
            keys: Vec<Value>,
        }
        let answer = get(self.http.get(jwks_uri), self.config.time_limit, self.variations)
            .await
            .map_err(Refusal::KeysUnreachable)?;
        if !answer.status.is_success() {
            return Err(Refusal::KeysUnreachable(format!("the status is {}", answer.status.as_u16())));
        }
        let set: KeySet = serde_json::from_str(&answer.body).map_err(|_| Refusal::KeysMalformed)?;
        fitted::key_set(self.defects, &serde_json::from_str(&answer.body).unwrap_or_default())?;
        let published = set.keys.len();
        if set.keys.iter().any(|key| self.is_too_odd(key)) {
            return Err(Refusal::KeysMalformed);
        }
        // RFC 7517 §5: what is not understood is passed over.
        // `kid` alone does not say what a key is for (RFC 7517 §4.1, §4.2, §4.4).
        let any_purpose =
            self.defects.has(Defect::TakesFirstKeyOfId) || self.defects.has(Defect::TakesLastKeyOfIdentifier);
        let is_fit = |key: &Jwk| signs_with_rsa(key) || any_purpose;
        let keys: Vec<_> =
            set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).filter(is_fit).collect();
        if self.defects.has(Defect::DemandsKnownKeys) && keys.len() < published {
            return Err(Refusal::KeysMalformed);
        }
        Ok(keys)
    }
}

/// The well-known path comes before the issuer's own (RFC 8414 §3.1): a variation.
fn oauth_path(issuer: &str) -> Result<String, Refusal> {
    let mut url =
        Url::parse(issuer).map_err(|error| Refusal::MetadataUnreachable(format!("the issuer is no URL: {error}")))?;
    url.set_path(&format!("/.well-known/oauth-authorization-server{}", url.path().trim_end_matches('/')));
    Ok(url.into())
}

fn is_rsa(key: &Jwk) -> bool {
    matches!(key.algorithm, AlgorithmParameters::RSA(_))
}

fn signs_with_rsa(key: &Jwk) -> bool {
    is_rsa(key) && !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption))
}
