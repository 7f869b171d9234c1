//! Step 2: a code becomes tokens (RFC 6749 §4.1.3, §5; OpenID Connect Core §3.1.3). Refreshes take the same way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::astray::send_on;
use crate::authorize::PendingLogin;
use crate::callback::printable;
use crate::http::Answer;
use crate::secret::{AccessToken, AuthorizationCode, IdToken, RefreshToken};
use crate::{Config, Defect, Defects, Refusal, TokenEndpointAuthMethod};

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
    /// An answer with another error status, or none at all: nothing is known of the grant.
    Unavailable(String),
    /// A success that is none.
    Malformed(Refusal),
}

/// The token endpoint, as this client uses it.
pub(crate) struct TokenEndpoint<'a> {
    pub(crate) http: &'a reqwest::Client,
    pub(crate) url: &'a str,
    pub(crate) config: &'a Config,
    pub(crate) defects: &'a Defects,
}

type Form = Vec<(&'static str, String)>;

impl TokenEndpoint<'_> {
    /// Exchanges a code (RFC 6749 §4.1.3; RFC 7636 §4.5). It is sent once: a code is good for one use.
    pub(crate) async fn redeem(
        &self,
        code: &AuthorizationCode,
        login: &PendingLogin,
    ) -> Result<TokenResponse, TokenError> {
        let has = |defect| self.defects.has(defect);
        let grant_type = if has(Defect::SendsWrongGrantType) { "code" } else { "authorization_code" };
        let mut form = vec![("grant_type", grant_type.to_owned()), ("code", code.expose().to_owned())];
        if !has(Defect::OmitsRedirectUriAtToken) {
            form.push(("redirect_uri", login.redirect_uri.clone()));
        }
        if let Some(verifier) = login.verifier.as_ref().filter(|_| !has(Defect::SendsNoVerifier)) {
            form.push(("code_verifier", verifier.expose().to_owned()));
        }
        let first = self.exchange(form.clone()).await;
        let again = (has(Defect::RedeemsCodeTwice) && first.is_ok())
            || (has(Defect::RetriesLostExchange) && matches!(first, Err(TokenError::Unavailable(_))))
            || (has(Defect::RetriesRefusedCode) && matches!(first, Err(TokenError::Refused { .. })));
        if again { self.exchange(form).await.or(first) } else { first }
    }

    /// Exchanges a refresh token (RFC 6749 §6). No scope: all that was granted, and no more.
    pub(crate) async fn refresh(
        &self,
        token: &RefreshToken,
        login_redirect_uri: &str,
    ) -> Result<TokenResponse, TokenError> {
        let mut form = vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", token.expose().to_owned())];
        if self.defects.has(Defect::WidensScopeOnRefresh) {
            form.push(("scope", format!("{} admin:everything", self.config.scope)));
        }
        if self.defects.has(Defect::RepeatsCodeParametersOnRefresh) {
            form.push(("redirect_uri", login_redirect_uri.to_owned()));
        }
        if self.defects.has(Defect::RefreshesWithoutAuthentication) {
            form.push(("client_id", self.config.client_id.clone()));
            return self.send(self.http.post(self.url), form).await;
        }
        self.exchange(form).await
    }

    /// Sends a form with the client's authentication, by one method (RFC 6749 §2.3).
    async fn exchange(&self, mut form: Form) -> Result<TokenResponse, TokenError> {
        let url = match self.url.split_once('?').filter(|_| self.defects.has(Defect::DropsEndpointQuery)) {
            Some((url, _)) => url,
            None => self.url,
        };
        let mut request = self.http.post(url);
        let method = match self.config.token_endpoint_auth_method {
            TokenEndpointAuthMethod::ClientSecretPost if self.defects.has(Defect::AuthenticatesByBasicAlways) => {
                TokenEndpointAuthMethod::ClientSecretBasic
            }
            registered => registered,
        };
        let in_body = [
            ("client_id", self.config.client_id.clone()),
            ("client_secret", self.config.client_secret.expose().to_owned()),
        ];
        match method {
            TokenEndpointAuthMethod::ClientSecretBasic => {
                request = request.header(http::header::AUTHORIZATION, self.basic());
                if self.defects.has(Defect::AuthenticatesTwice) {
                    form.extend(in_body);
                }
            }
            TokenEndpointAuthMethod::ClientSecretPost => form.extend(in_body),
            TokenEndpointAuthMethod::None => form.push(("client_id", self.config.client_id.clone())),
        }
        self.send(request, form).await
    }

    /// Both halves are form-encoded before they are joined (RFC 6749 §2.3.1).
    fn basic(&self) -> String {
        let encode = |text: &str| match self.defects.has(Defect::JoinsBasicCredentialsUnencoded) {
            true => text.to_owned(),
            false => form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>(),
        };
        let credentials = format!("{}:{}", encode(&self.config.client_id), encode(self.config.client_secret.expose()));
        format!("Basic {}", STANDARD.encode(credentials))
    }

    async fn send(&self, request: reqwest::RequestBuilder, mut form: Form) -> Result<TokenResponse, TokenError> {
        if self.defects.has(Defect::RepeatsTokenParameter) {
            form.push(("grant_type", form[0].1.clone()));
        }
        let request = request.header(http::header::ACCEPT, "application/json");
        let request = if self.defects.has(Defect::SendsTokenRequestsAsJson) {
            let members: serde_json::Map<_, _> =
                form.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            request.json(&members)
        } else if self.defects.has(Defect::SendsFormsUnencoded) {
            let joined: Vec<_> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(joined.join("&"))
        } else {
            request.form(&form)
        };
        // A redirect is no answer: code, verifier and secret are for this endpoint alone (RFC 6749 §10.1).
        let follows = |_: &Url, _: &Url| self.defects.has(Defect::FollowsTokenRedirectsWithCredentials);
        let answer = send_on(request, self.config.time_limit, follows).await.map_err(TokenError::Unavailable)?;
        self.read(&answer)
    }

    /// The status decides, then the body: an error that looks like a success is an error.
    fn read(&self, answer: &Answer) -> Result<TokenResponse, TokenError> {
        let closed = answer.headers.get(http::header::CONNECTION).is_some_and(|value| value == "close");
        if closed && self.defects.has(Defect::NeedsKeptConnections) {
            return Err(TokenError::Unavailable("the connection was closed".to_owned()));
        }
        let body: Result<Value, _> = serde_json::from_str(&answer.body);
        if !answer.status.is_success() && !self.defects.has(Defect::IgnoresTokenStatus) {
            let error = body.ok().and_then(|body| Some(printable(body.get("error")?.as_str()?)));
            if error.is_none() && self.defects.has(Defect::FallsOverOnOddErrors) {
                return Err(TokenError::Malformed(Refusal::Unhandled));
            }
            return Err(match error {
                Some(_) if self.defects.has(Defect::ShowsProviderResponses) => {
                    TokenError::Unavailable(self.told(answer))
                }
                Some(error) => TokenError::Refused { status: answer.status.as_u16(), error },
                None => TokenError::Unavailable(self.told(answer)),
            });
        }
        let malformed = |what: String| TokenError::Malformed(Refusal::TokenResponseMalformed(what));
        let is_json = if self.defects.has(Defect::ComparesMediaTypeExactly) {
            answer.headers.get(http::header::CONTENT_TYPE).is_some_and(|value| value == "application/json")
        } else {
            answer.media_type() == "application/json"
        };
        if !is_json {
            return Err(malformed(self.told(answer)));
        }
        match body {
            Ok(Value::Object(members)) => self.success(&members).map_err(TokenError::Malformed),
            Err(_) if answer.body.is_empty() && self.defects.has(Defect::TakesEmptyBodyForSuccess) => Ok(nothing()),
            _ if self.defects.has(Defect::SalvagesBrokenJson) => {
                salvage(&answer.body).ok_or_else(|| malformed("it is no JSON".to_owned()))
            }
            _ => Err(malformed("it is no JSON object".to_owned())),
        }
    }

    /// What is said of an answer that is no JSON. Its text stays where it is: it is not ours to show.
    fn told(&self, answer: &Answer) -> String {
        match self.defects.has(Defect::ShowsProviderResponses) {
            true => format!("{} {}", answer.status.as_u16(), answer.body),
            false => format!("the status is {}, the media type {:?}", answer.status.as_u16(), answer.media_type()),
        }
    }

    fn success(&self, members: &serde_json::Map<String, Value>) -> Result<TokenResponse, Refusal> {
        let text = |name: &str| members.get(name).and_then(Value::as_str).filter(|value| !value.is_empty());
        let has = |defect| self.defects.has(defect);
        let malformed = |what: &str| Refusal::TokenResponseMalformed(what.to_owned());
        // An error is one under any status (RFC 6749 §5.2).
        if let Some(error) = text("error").filter(|_| !has(Defect::IgnoresErrorUnderStatus200)) {
            return Err(Refusal::TokenRequestRefused { error: printable(error) });
        }
        let access_token = match text("access_token") {
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
        self.defects.enforce(Defect::IgnoresTokenType, is_bearer, Refusal::TokenTypeUnknown)?;
        if has(Defect::DemandsRefreshToken) && text("refresh_token").is_none() {
            return Err(malformed("there is no refresh_token"));
        }
        if has(Defect::DemandsExpiresIn) && members.get("expires_in").is_none() {
            return Err(malformed("there is no expires_in"));
        }
        if has(Defect::DemandsScope) && text("scope").is_none() {
            return Err(malformed("there is no scope"));
        }
        if has(Defect::DemandsWholeScope) && text("scope").is_some_and(|scope| scope != self.config.scope) {
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
        let expires_in = members.get("expires_in").and_then(Value::as_i64).filter(|seconds| *seconds >= 0);
        Ok(TokenResponse {
            access_token: AccessToken::new(access_token),
            expires_in: if has(Defect::TakesMissingExpiresInForZero) { expires_in.or(Some(0)) } else { expires_in },
            refresh_token: match members.get("refresh_token").and_then(Value::as_str) {
                Some("") if has(Defect::TakesEmptyRefreshToken) => Some(RefreshToken::new("")),
                _ => text("refresh_token").map(RefreshToken::new),
            },
            id_token: text("id_token").map(IdToken::new),
            salvaged: false,
        })
    }
}

/// A success without anything in it: a defect.
fn nothing() -> TokenResponse {
    TokenResponse {
        access_token: AccessToken::new(""),
        expires_in: None,
        refresh_token: None,
        id_token: None,
        salvaged: true,
    }
}

/// Takes what can be found in broken JSON, and does without the rest: a defect.
fn salvage(body: &str) -> Option<TokenResponse> {
    let (_, rest) = body.split_once(r#""access_token":""#)?;
    let (access_token, _) = rest.split_once('"')?;
    let access_token = AccessToken::new(access_token);
    Some(TokenResponse { access_token, expires_in: None, refresh_token: None, id_token: None, salvaged: true })
}

impl TokenError {
    /// As the refusal of a login.
    pub(crate) fn at_login(self) -> Refusal {
        match self {
            Self::Refused { error, .. } => Refusal::TokenRequestRefused { error },
            Self::Unavailable(what) => Refusal::TokenUnavailable(what),
            Self::Malformed(refusal) => refusal,
        }
    }

    /// As the refusal of a refresh. Only `invalid_grant` says that the refresh token is dead, under whatever status.
    pub(crate) fn at_refresh(self) -> Refusal {
        match self {
            Self::Refused { error, .. } if error == "invalid_grant" => Refusal::RefreshTokenDead,
            Self::Refused { error, .. } => Refusal::RefreshRefused { error },
            Self::Unavailable(what) => Refusal::RefreshUnavailable(what),
            Self::Malformed(refusal) => Refusal::RefreshUnavailable(refusal.to_string()),
        }
    }
}
