//! Step 3: the API is called with the access token (RFC 6750).

use http::{HeaderValue, StatusCode};
use url::Url;

use crate::client::Client;
use crate::http::{Answer, get, send, with_bearer};
use crate::misdirected::{challenged_token_endpoint, followed, next_page};
use crate::secret::AccessToken;
use crate::session::{BrowserId, Session};
use crate::{Config, Defect, Refusal, Variation};

/// An access token that expires within so many seconds is replaced before it is used.
const EXPIRES_SOON: i64 = 10;

/// What the API answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiAnswer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Client {
    /// Calls the API for the user of this browser.
    ///
    /// The access token is refreshed before it expires, and once more if the API does not accept it nevertheless (401):
    /// a token can be revoked before its time. No other answer is cured by a refresh.
    ///
    /// # Errors
    ///
    /// If nobody is logged in, a refresh that is due fails for good, or the API gives no answer. An error status of the
    /// API is an answer.
    pub async fn call_api(&self, browser: &BrowserId) -> Result<ApiAnswer, Refusal> {
        let session = self.session_for_call(browser).ok_or(Refusal::NotLoggedIn)?;
        let own = self.fresh_token(browser, &session).await?;
        let mut token = self.enter_call(own);
        let answered = self.call_once(&session, &token).await;
        self.leave_call();
        let mut answer = answered?;
        let has = |defect| self.behaviour.has(defect);
        let challenge = answer.headers.get(http::header::WWW_AUTHENTICATE);
        let is_unreadable = |it: &HeaderValue| it.to_str().is_ok_and(|it| it.matches('"').count() % 2 == 1);
        let endless = has(Defect::RefreshesWithoutEnd)
            || (challenge.is_none() && has(Defect::RefreshesWithoutEndIfUnexplained))
            || (challenge.is_some_and(is_unreadable) && has(Defect::RefreshesWithoutEndIfUnreadable));
        let most = if endless { 5 } else { 1 };
        for _ in 0..most {
            if !self.calls_for_refresh(&session, &answer) {
                break;
            }
            self.replace(browser, &session, &token).await?;
            token = session.tokens.lock().access_token.clone();
            answer = self.call_once(&session, &token).await?;
        }
        Ok(ApiAnswer { status: answer.status.as_u16(), body: answer.body })
    }

    /// The access token, replaced if it is about to expire.
    async fn fresh_token(&self, browser: &BrowserId, session: &Session) -> Result<AccessToken, Refusal> {
        let tokens = session.tokens.lock().clone();
        let margin = if self.behaviour.does(Variation::RefreshesEarly) { 120 } else { EXPIRES_SOON };
        let soon = self.clock.now().saturating_add(margin);
        let expires_soon = tokens.expires.is_some_and(|expires| expires <= soon)
            && !self.behaviour.has(Defect::NeverRefreshesByItself)
            && !self.behaviour.does(Variation::RefreshesOnlyWhenRefused);
        let due = expires_soon || self.behaviour.has(Defect::RefreshesBeforeEveryCall);
        if due && tokens.refresh_token.is_some() {
            self.replace(browser, session, &tokens.access_token).await?;
        }
        // A provider may give tokens that have no time to live: there is an end to trying.
        for _ in 0..5 {
            let tokens = session.tokens.lock().clone();
            let stale = tokens.expires.is_some_and(|expires| expires <= self.clock.now());
            if !(stale && due && self.behaviour.has(Defect::RefreshesUntilFresh)) {
                break;
            }
            self.replace(browser, session, &tokens.access_token).await?;
        }
        let token = session.tokens.lock().access_token.clone();
        Ok(token)
    }

    /// RFC 6750 §3.1: 401 says that the token is not valid; 403 and 500 do not.
    fn calls_for_refresh(&self, session: &Session, answer: &Answer) -> bool {
        let has = |defect| self.behaviour.has(defect);
        let challenge = answer
            .headers
            .get(http::header::WWW_AUTHENTICATE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let unread = has(Defect::ReadsChallengesLiterally) && !challenge.starts_with("Bearer ");
        let status_calls_for_it = match answer.status {
            StatusCode::UNAUTHORIZED => {
                !has(Defect::NeverRefreshesByItself) && !has(Defect::NeverRefreshesOn401) && !unread
            }
            StatusCode::FORBIDDEN => has(Defect::RefreshesOn403),
            StatusCode::TOO_MANY_REQUESTS => has(Defect::RefreshesOn429),
            status => status.is_server_error() && has(Defect::RefreshesOn5xx),
        };
        let can = session.tokens.lock().refresh_token.is_some() || has(Defect::RefreshesWithoutRefreshToken);
        status_calls_for_it && can
    }

    pub(crate) async fn call_once(&self, session: &Session, token: &AccessToken) -> Result<Answer, Refusal> {
        let has = |defect| self.behaviour.has(defect);
        let id_token = session.tokens.lock().id_token.clone().filter(|_| has(Defect::PresentsIdTokenToApi));
        let presented = id_token.as_ref().map_or(token.expose(), |id_token| id_token.expose());
        // Each provider's access tokens are for its own API.
        let provider = self.provider_of(session, Defect::CallsFirstApiForAllIssuers)?;
        let Config { api_url, client_secret, time_limit, .. } = &provider.config;
        let mut request = self.http.get(api_url);
        // In the header and nowhere else (RFC 6750 §2.1, §5.3).
        if !has(Defect::PutsAccessTokenIntoApiQuery) {
            request = with_bearer(request, presented, &self.behaviour.variations);
        }
        if has(Defect::PutsAccessTokenIntoApiQuery) || has(Defect::RepeatsAccessTokenInApiQuery) {
            request = request.query(&[("access_token", presented)]);
        }
        if has(Defect::SendsSecretToApi) {
            request = request.header("x-client-secret", client_secret.expose());
        }
        let repeated = request.try_clone();
        let answer = get(request, *time_limit, &self.behaviour.variations).await.map_err(Refusal::ApiUnreachable)?;
        let preserves = matches!(answer.status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT)
            && has(Defect::FollowsPreservingApiRedirectsWithToken);
        // The token is for this API alone, wherever its answers point to (RFC 9700 §4.9.1). Another port is another origin.
        let follows = |from: &Url, to: &Url| {
            preserves
                || has(Defect::FollowsApiRedirectsWithToken)
                || (has(Defect::TakesAnotherPortForTheSameOrigin) && from.host() == to.host())
        };
        let answer = followed(answer, repeated, *time_limit, follows).await.map_err(Refusal::ApiUnreachable)?;
        if let Some(next) = next_page(&answer).filter(|_| has(Defect::TrustsLinksOfTheApi)) {
            let _ = send(self.http.get(next).bearer_auth(presented), *time_limit).await;
        }
        if let Some(url) = challenged_token_endpoint(&answer).filter(|_| has(Defect::TrustsChallengesOfTheApi)) {
            let refresh_token = session.tokens.lock().refresh_token.clone();
            let form = refresh_token.iter().map(|token| ("refresh_token", token.expose())).collect::<Vec<_>>();
            let _ = send(self.http.post(url).form(&form), *time_limit).await;
        }
        let asks_for_password =
            answer.headers.get(http::header::WWW_AUTHENTICATE).is_some_and(|it| it.as_bytes().starts_with(b"Basic"));
        if asks_for_password && has(Defect::AnswersBasicChallenge) {
            let secret = client_secret.expose();
            let request = self.http.get(api_url).header("x-password", secret);
            return send(request, *time_limit).await.map_err(Refusal::ApiUnreachable);
        }
        Ok(answer)
    }
}
