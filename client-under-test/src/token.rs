//! Step 2: a code becomes tokens (RFC 6749 §4.1.3, §5; OpenID Connect Core §3.1.3). Refreshes take the same way.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::authorize::PendingLogin;
use crate::callback::printable;
use crate::discovery::Fetch;
use crate::fitted;
use crate::http::{Answer, send};
use crate::misdirected::followed;
use crate::secret::{AccessToken, AuthorizationCode, IdToken, RefreshToken};
use crate::{Defect, Refusal, TokenEndpointAuthMethod, Variation};

/// A successful token response (RFC 6749 §5.1).
#[derive(Debug, Clone)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: AccessToken,
    /// Seconds that it lives from now; nothing if the provider does not say.
    pub expires_in: Option<i64>,
    /// The refresh token; on a refresh, the one that takes the place of the old one.
    pub refresh_token: Option<RefreshToken>,
    /// The ID token.
    pub id_token: Option<IdToken>,
    /// The scope that was granted; nothing if it is the one that was asked for.
    pub scope: Option<String>,
    /// A defect's mark: it was patched together from broken JSON.
    pub(crate) salvaged: bool,
}

/// An unsuccessful one, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenError {
    /// An OAuth error (RFC 6749 §5.2), under whatever status: providers differ.
    Refused {
        /// The status code.
        status: u16,
        /// The error code.
        error: String,
    },
    /// An answer with another error status: nothing is known of the grant.
    Unavailable(String),
    /// None at all.
    Broken(String),
    /// A success that is none.
    Malformed(Refusal),
}

/// The token endpoint, as this client uses it.
pub(crate) struct TokenEndpoint<'a> {
    pub(crate) fetch: Fetch<'a>,
    pub(crate) url: &'a str,
    /// Whether the secret is sent in the header and in the body: a defect.
    pub(crate) authenticates_twice: bool,
    /// The method of authentication, if it is another one than the registered one: a defect.
    pub(crate) other_method: Option<TokenEndpointAuthMethod>,
}

type Form = Vec<(&'static str, String)>;

impl TokenEndpoint<'_> {
    /// Exchanges a code (RFC 6749 §4.1.3; RFC 7636 §4.5). It is sent once: a code is good for one use.
    pub(crate) async fn redeem(
        &self,
        code: &AuthorizationCode,
        login: &PendingLogin,
    ) -> Result<TokenResponse, TokenError> {
        let has = |defect| self.fetch.defects.has(defect);
        let grant_type = if has(Defect::SendsWrongGrantType) { "code" } else { "authorization_code" };
        let mut form = vec![("grant_type", grant_type.to_owned()), ("code", code.expose().to_owned())];
        if !has(Defect::OmitsRedirectUriAtToken) {
            form.push(("redirect_uri", login.redirect_uri.clone()));
        }
        if let Some(verifier) = login.verifier.as_ref().filter(|_| !has(Defect::SendsNoVerifier)) {
            form.push(("code_verifier", verifier.expose().to_owned()));
        }
        let mut first = self.exchange(form.clone()).await;
        for _ in 0..4 {
            if has(Defect::RetriesBrokenExchangeWithoutEnd) && matches!(first, Err(TokenError::Broken(_))) {
                first = self.exchange(form.clone()).await;
            }
        }
        for _ in 0..2 {
            let is_busy = matches!(first, Err(TokenError::Refused { status: 429, .. }));
            if has(Defect::RetriesCodeAtBusyProvider) && is_busy {
                first = self.exchange(form.clone()).await;
            }
        }
        let is_unauthorized =
            matches!(&first, Err(TokenError::Refused { error, .. }) if error == "unauthorized_client");
        let again = (has(Defect::RedeemsCodeTwice) && first.is_ok())
            || (has(Defect::RetriesUnauthorizedGrant) && is_unauthorized)
            || (has(Defect::RetriesLostExchange)
                && matches!(first, Err(TokenError::Unavailable(_) | TokenError::Broken(_))))
            || (has(Defect::RetriesRefusedCode) && matches!(first, Err(TokenError::Refused { .. })));
        if again { self.exchange(form).await.or(first) } else { first }
    }

    /// Exchanges a refresh token (RFC 6749 §6). No scope: all that was granted, and no more.
    pub(crate) async fn refresh(&self, token: &RefreshToken, granted: &str) -> Result<TokenResponse, TokenError> {
        let mut form = vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", token.expose().to_owned())];
        if self.fetch.variations.has(Variation::RepeatsScopeOnRefresh) {
            form.push(("scope", granted.to_owned()));
        }
        if self.fetch.defects.has(Defect::WidensScopeOnRefresh) {
            form.push(("scope", format!("{} admin:everything", self.fetch.config.scope)));
        }
        if self.fetch.defects.has(Defect::RepeatsCodeParametersOnRefresh) {
            form.push(("redirect_uri", self.fetch.config.redirect_uri.clone()));
        }
        if self.fetch.defects.has(Defect::RefreshesWithoutAuthentication) {
            form.push(("client_id", self.fetch.config.client_id.clone()));
            return self.send(self.fetch.http.post(self.url), form).await;
        }
        if self.fetch.defects.has(Defect::RefreshesWithSecretInBody) {
            form.push(("client_id", self.fetch.config.client_id.clone()));
            form.push(("client_secret", self.fetch.config.client_secret.expose().to_owned()));
            return self.send(self.fetch.http.post(self.url), form).await;
        }
        self.exchange(form).await
    }

    /// Revokes a refresh token (RFC 7009 §2.1). A success has no body, and a failure leaves nothing to do.
    pub(crate) async fn revoke(&self, token: &RefreshToken) {
        let form = vec![("token", token.expose().to_owned()), ("token_type_hint", "refresh_token".to_owned())];
        let _ = self.exchange(form).await;
    }

    /// Sends a form with the client's authentication, by one method (RFC 6749 §2.3).
    async fn exchange(&self, mut form: Form) -> Result<TokenResponse, TokenError> {
        let url = match self.url.split_once('?').filter(|_| self.fetch.defects.has(Defect::DropsEndpointQuery)) {
            Some((url, _)) => url,
            None => self.url,
        };
        let mut request = self.fetch.http.post(url);
        let method = match self.other_method.unwrap_or(self.fetch.config.token_endpoint_auth_method) {
            TokenEndpointAuthMethod::ClientSecretPost if self.fetch.defects.has(Defect::AuthenticatesByBasicAlways) => {
                TokenEndpointAuthMethod::ClientSecretBasic
            }
            registered => registered,
        };
        let in_body = [
            ("client_id", self.fetch.config.client_id.clone()),
            ("client_secret", self.fetch.config.client_secret.expose().to_owned()),
        ];
        match method {
            TokenEndpointAuthMethod::ClientSecretBasic => {
                request = request.header(http::header::AUTHORIZATION, self.basic());
                if self.fetch.variations.has(Variation::NamesItselfBesideBasic) {
                    form.push(("client_id", self.fetch.config.client_id.clone()));
                }
                if self.authenticates_twice {
                    form.extend(in_body);
                }
            }
            TokenEndpointAuthMethod::ClientSecretPost => form.extend(in_body),
            TokenEndpointAuthMethod::None => form.push(("client_id", self.fetch.config.client_id.clone())),
        }
        self.send(request, form).await
    }

    /// Both halves are form-encoded before they are joined (RFC 6749 §2.3.1).
    fn basic(&self) -> String {
        let encode = |text: &str| match self.fetch.defects.has(Defect::JoinsBasicCredentialsUnencoded) {
            true => text.to_owned(),
            false => self
                .fetch
                .variations
                .escaped(text)
                .unwrap_or_else(|| form_urlencoded::byte_serialize(text.as_bytes()).collect()),
        };
        let client_id = &self.fetch.config.client_id;
        let user = match self.fetch.defects.has(Defect::JoinsClientIdUnencoded) {
            true => client_id.clone(),
            false => encode(client_id),
        };
        let credentials = format!("{user}:{}", encode(self.fetch.config.client_secret.expose()));
        let scheme = if self.fetch.variations.has(Variation::SpellsSchemesInLowerCase) { "basic" } else { "Basic" };
        format!("{scheme} {}", STANDARD.encode(credentials))
    }

    async fn send(&self, request: reqwest::RequestBuilder, mut form: Form) -> Result<TokenResponse, TokenError> {
        if self.fetch.defects.has(Defect::RepeatsTokenParameter) {
            form.push(("grant_type", form[0].1.clone()));
        }
        let does = |variation| self.fetch.variations.has(variation);
        if does(Variation::AddsUnknownTokenParameter) {
            form.push(("x_campaign", "spring & summer".to_owned()));
        }
        if does(Variation::ReversesForms) {
            form.reverse();
        }
        let mut request = request;
        if !does(Variation::AcceptsAnything) {
            request = request.header(http::header::ACCEPT, "application/json");
        }
        if does(Variation::NamesCharset) {
            request = request.header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8");
        }
        let is_refresh = form.iter().any(|(name, _)| *name == "refresh_token");
        let as_json = self.fetch.defects.has(Defect::SendsTokenRequestsAsJson)
            || (is_refresh && self.fetch.defects.has(Defect::RefreshesByJson));
        let request = if as_json {
            let members: serde_json::Map<_, _> =
                form.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            request.json(&members)
        } else if self.fetch.defects.has(Defect::SendsFormsUnencoded) {
            let joined: Vec<_> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(joined.join("&"))
        } else if let Some(encoded) = self.fetch.variations.encoded(&form) {
            request.header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(encoded)
        } else {
            request.form(&form)
        };
        let repeated = request.try_clone();
        let answer = send(request, self.fetch.config.time_limit).await.map_err(TokenError::Broken)?;
        // A redirect is no answer: code, verifier and secret are for this endpoint alone (RFC 6749 §10.1).
        let misled = match is_refresh {
            true => Defect::FollowsRefreshRedirectsWithCredentials,
            false => Defect::FollowsTokenRedirectsWithCredentials,
        };
        let follows = |_: &Url, _: &Url| self.fetch.defects.has(misled);
        let answer =
            followed(answer, repeated, self.fetch.config.time_limit, follows).await.map_err(TokenError::Broken)?;
        self.read(&answer, is_refresh)
    }

    /// The status decides, then the body: an error that looks like a success is an error.
    fn read(&self, answer: &Answer, is_refresh: bool) -> Result<TokenResponse, TokenError> {
        let closed = answer.headers.get(http::header::CONNECTION).is_some_and(|value| value == "close");
        if closed && self.fetch.defects.has(Defect::NeedsKeptConnections) {
            return Err(TokenError::Unavailable("the connection was closed".to_owned()));
        }
        let body: Result<Value, _> = serde_json::from_str(&answer.body);
        let ignores_status = self.fetch.defects.has(Defect::IgnoresTokenStatus)
            || (is_refresh && self.fetch.defects.has(Defect::IgnoresRefreshStatus));
        if !answer.status.is_success() && !ignores_status {
            let error = body.ok().and_then(|body| Some(printable(body.get("error")?.as_str()?)));
            if error.is_none() && self.fetch.defects.has(Defect::FallsOverOnOddErrors) {
                return Err(TokenError::Malformed(Refusal::Unhandled));
            }
            return Err(match error {
                Some(_) if self.fetch.defects.has(Defect::ShowsProviderResponses) => {
                    TokenError::Unavailable(self.told(answer))
                }
                Some(error) => TokenError::Refused { status: answer.status.as_u16(), error },
                None => TokenError::Unavailable(self.told(answer)),
            });
        }
        let malformed = |what: String| TokenError::Malformed(Refusal::TokenResponseMalformed(what));
        let is_json = match self.fetch.variations.has(Variation::SniffsOddMediaTypes) {
            true => fitted::is_json_by_its_beginning(answer),
            false => fitted::is_json(self.fetch.defects, answer),
        };
        if !is_json {
            return Err(malformed(self.told(answer)));
        }
        match body {
            Ok(Value::Object(members)) => {
                fitted::token_response(self.fetch.defects, answer, &members)
                    .map_err(|what| malformed(what.to_owned()))?;
                self.success(&members).map_err(TokenError::Malformed)
            }
            Err(_) if answer.body.is_empty() && self.fetch.defects.has(Defect::TakesEmptyBodyForSuccess) => {
                Ok(nothing())
            }
            _ if self.fetch.defects.has(Defect::SalvagesBrokenJson) => {
                salvage(&answer.body).ok_or_else(|| malformed("it is no JSON".to_owned()))
            }
            _ if self.fetch.defects.has(Defect::ShowsProviderResponses) => Err(malformed(self.told(answer))),
            _ => Err(malformed("it is no JSON object".to_owned())),
        }
    }

    /// What is said of an answer that is no JSON. Its text stays where it is: it is not ours to show.
    fn told(&self, answer: &Answer) -> String {
        match self.fetch.defects.has(Defect::ShowsProviderResponses) {
            true => format!("{} {}", answer.status.as_u16(), answer.body),
            false => format!("the status is {}, the media type {:?}", answer.status.as_u16(), answer.media_type()),
        }
    }

    fn success(&self, members: &serde_json::Map<String, Value>) -> Result<TokenResponse, Refusal> {
        let text = |name: &str| members.get(name).and_then(Value::as_str).filter(|value| !value.is_empty());
        let has = |defect| self.fetch.defects.has(defect);
        let malformed = |what: &str| Refusal::TokenResponseMalformed(what.to_owned());
        // An error is one under any status (RFC 6749 §5.2).
        if let Some(error) = text("error").filter(|_| !has(Defect::IgnoresErrorUnderStatus200)) {
            return Err(Refusal::TokenRequestRefused { error: printable(error) });
        }
        let coerced = members.get("access_token").filter(|_| has(Defect::CoercesAccessToken)).map(Value::to_string);
        let access_token = match text("access_token").or(coerced.as_deref()) {
            None if has(Defect::AcceptsMissingAccessToken) => "undefined",
            Some(token) if has(Defect::TruncatesAccessToken) => token.get(..4096).unwrap_or(token),
            found => found.ok_or(Refusal::AccessTokenMissing)?,
        };
        if has(Defect::ParsesAccessToken) && access_token.split('.').count() != 3 {
            return Err(malformed("the access token is no JWT"));
        }
        // RFC 6749 §5.1: the type is compared without regard to case; RFC 6749 §7.1: one that is unknown is not used.
        let is_bearer = match has(Defect::ComparesTokenTypeExactly) {
            true => text("token_type") == Some("Bearer"),
            false => text("token_type").is_some_and(|token_type| token_type.eq_ignore_ascii_case("bearer")),
        };
        let is_unnamed = members.get("token_type").is_none() && has(Defect::TakesMissingTokenTypeForBearer);
        self.fetch.defects.enforce(Defect::IgnoresTokenType, is_bearer || is_unnamed, Refusal::TokenTypeUnknown)?;
        if has(Defect::DemandsRefreshToken) && text("refresh_token").is_none() {
            return Err(malformed("there is no refresh_token"));
        }
        if has(Defect::DemandsExpiresIn) && members.get("expires_in").is_none() {
            return Err(malformed("there is no expires_in"));
        }
        if has(Defect::DemandsScope) && text("scope").is_none() {
            return Err(malformed("there is no scope"));
        }
        if has(Defect::DemandsWholeScope) && text("scope").is_some_and(|scope| scope != self.fetch.config.scope) {
            return Err(malformed("the scope is not what was asked for"));
        }
        if has(Defect::DemandsWholeLifetimes)
            && members.get("expires_in").is_some_and(|it| it.as_u64().is_none_or(|s| s == 0 || s > 1 << 40))
        {
            return Err(malformed("the lifetime is odd"));
        }
        let known = ["access_token", "token_type", "expires_in", "refresh_token", "scope", "id_token"];
        if has(Defect::RefusesUnknownMembers) && members.keys().any(|name| !known.contains(&name.as_str())) {
            return Err(malformed("there is an unknown member"));
        }
        let coerced_id_token = members.get("id_token").filter(|_| has(Defect::CoercesIdToken)).map(as_text);
        let told = members.get("expires_in").and_then(Value::as_i64).filter(|seconds| *seconds >= 0);
        let expires_in = match self.fetch.variations.has(Variation::ReadsExpiryOfAccessTokens) {
            true => lifetime(access_token, self.fetch.clock.now()).or(told),
            false => told,
        };
        Ok(TokenResponse {
            access_token: AccessToken::new(access_token),
            expires_in: if has(Defect::TakesMissingExpiresInForZero) { expires_in.or(Some(0)) } else { expires_in },
            refresh_token: match members.get("refresh_token").and_then(Value::as_str) {
                Some("") if has(Defect::TakesEmptyRefreshToken) => Some(RefreshToken::new("")),
                _ => text("refresh_token").map(RefreshToken::new),
            },
            id_token: text("id_token").or(coerced_id_token.as_deref()).map(IdToken::new),
            scope: text("scope").map(str::to_owned),
            salvaged: false,
        })
    }
}

/// What a language that converts by itself makes of a value: a defect.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.first().map(as_text).unwrap_or_default(),
        other => other.to_string(),
    }
}

/// The seconds that an access token lives from now by its own `exp`, if it is a JWT that has one (RFC 9068 §2.2).
fn lifetime(access_token: &str, now: i64) -> Option<i64> {
    let payload = URL_SAFE_NO_PAD.decode(access_token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    Some(claims.get("exp")?.as_i64()?.saturating_sub(now))
}

/// A success without anything in it: a defect.
fn nothing() -> TokenResponse {
    TokenResponse {
        access_token: AccessToken::new(""),
        expires_in: None,
        refresh_token: None,
        id_token: None,
        scope: None,
        salvaged: true,
    }
}

/// Takes what can be found in broken JSON, and does without the rest: a defect.
fn salvage(body: &str) -> Option<TokenResponse> {
    let (_, rest) = body.split_once(r#""access_token":""#)?;
    let (access_token, _) = rest.split_once('"')?;
    let access_token = AccessToken::new(access_token);
    Some(TokenResponse { access_token, ..nothing() })
}

impl TokenError {
    /// As the refusal of a login.
    pub(crate) fn at_login(self) -> Refusal {
        match self {
            Self::Refused { error, .. } => Refusal::TokenRequestRefused { error },
            Self::Unavailable(what) | Self::Broken(what) => Refusal::TokenUnavailable(what),
            Self::Malformed(refusal) => refusal,
        }
    }

    /// As the refusal of a refresh. Only `invalid_grant` says that the refresh token is dead, under whatever status.
    pub(crate) fn at_refresh(self) -> Refusal {
        match self {
            Self::Refused { error, .. } if error == "invalid_grant" => Refusal::RefreshTokenDead,
            Self::Refused { error, .. } => Refusal::RefreshRefused { error },
            Self::Unavailable(what) | Self::Broken(what) => Refusal::RefreshUnavailable(what),
            Self::Malformed(refusal) => Refusal::RefreshUnavailable(refusal.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Behaviour, Config, Secret};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn basic_credentials_decode_to_what_was_registered(client_id in ".+", secret in ".+") {
            let config = Config {
                issuer: String::new(),
                client_id: client_id.clone(),
                client_secret: Secret::new(secret.clone()),
                token_endpoint_auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
                redirect_uri: String::new(),
                post_logout_redirect_uri: None,
                scope: String::new(),
                audience: None,
                api_url: String::new(),
                time_limit: std::time::Duration::from_secs(1),
            };
            let (http, Behaviour { defects, variations }) = (reqwest::Client::new(), Behaviour::default());
            let (config, clock) = (&config, &crate::Clock::system());
            let fetch = Fetch { http: &http, config, clock, defects: &defects, variations: &variations };
            let header = TokenEndpoint { fetch, url: "", authenticates_twice: false, other_method: None }.basic();
            let decoded = STANDARD.decode(header.trim_start_matches("Basic ")).expect("base64");
            let decoded = String::from_utf8(decoded).expect("UTF-8");
            let (id, password) = decoded.split_once(':').expect("a colon");
            let decode = |half: &str| {
                let pairs: Vec<_> = form_urlencoded::parse(half.as_bytes()).into_owned().collect();
                pairs.into_iter().next().map(|(name, _)| name)
            };
            prop_assert_eq!(decode(id), Some(client_id));
            prop_assert_eq!(decode(password), Some(secret));
        }
    }
}
