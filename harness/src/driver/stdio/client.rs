//! One configured client, operated through its process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use mock_idp::{ClientAuthMethod, Endpoint, Issuer};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use url::Url;

use super::connection::{Connection, Idle, reason, words};
use super::protocol::{
    Answer as Replied, Begun, Called, Configure, Done, Endpoints, Inspected, LoggedIn, Operation, Refused,
};
use crate::config::StdioConfig;
use crate::driver::contract::Driver;
use crate::terms::{
    Answer, AuthorizationResponse, BrowserId, Capability, Enrolment, Failure, Hop, Media, Provider, Refusal,
    Registration, Reply, ResponseMode, Said, Span, Whoami,
};
use crate::text::redacted;

/// Nobody listens there: what would arrive is handed over as a request.
pub(super) const REDIRECT_URI: &str = "http://127.0.0.1/callback";

/// A client that knows its providers.
pub(super) struct StdioClient {
    connection: Arc<Connection>,
    limit: Duration,
    issuer: Issuer,
    second: Option<Issuer>,
    client_secret: String,
    /// What became of the configuration, if no login can begin.
    unusable: Option<Failure>,
    idle: Arc<Idle>,
    trace: Mutex<Vec<Hop>>,
}

/// Why a client has no provider.
pub(super) enum NotConfigured {
    /// It cannot be registered so.
    Declined(String),
    /// It tried; every login ends like this.
    Failed(Failure),
}

impl StdioClient {
    pub(super) fn new(
        connection: Arc<Connection>,
        config: &StdioConfig,
        (issuer, registration): (&Issuer, &Registration),
        second: Option<&Enrolment>,
        idle: &Arc<Idle>,
    ) -> Self {
        Self {
            connection,
            limit: config.answers_within,
            issuer: issuer.clone(),
            second: second.map(|second| second.issuer.clone()),
            client_secret: registration.client_secret.clone(),
            unusable: None,
            idle: Arc::clone(idle),
            trace: Mutex::default(),
        }
    }

    /// Makes the process a client of a provider. A client may ask for metadata now, or when a login begins.
    pub(super) async fn configure(&self, issuer: &Issuer, registration: &Registration) -> Result<(), NotConfigured> {
        let public = registration.token_endpoint_auth_method == ClientAuthMethod::None;
        let configure = Configure {
            issuer: issuer.identifier().to_owned(),
            endpoints: Endpoints {
                authorization: issuer.url(Endpoint::Authorize),
                token: issuer.url(Endpoint::Token),
                userinfo: issuer.url(Endpoint::Userinfo),
                jwks: issuer.url(Endpoint::Jwks),
            },
            client_id: registration.client_id.clone(),
            client_secret: (!public).then(|| registration.client_secret.clone()),
            token_endpoint_auth_method: registration.token_endpoint_auth_method.to_string(),
            redirect_uri: REDIRECT_URI.to_owned(),
            scope: registration.scope.clone(),
            audience: registration.audience.clone(),
            api_url: issuer.url(Endpoint::Api),
        };
        match self.ask::<Done>(Operation::Configure(Box::new(configure)), Vec::new()).await {
            Ok(Replied::Ok(Done {})) => Ok(()),
            Ok(Replied::Unsupported(words)) => Err(NotConfigured::Declined(self.fit(&words.detail))),
            Ok(other) => Err(NotConfigured::Failed(self.failure(other, None))),
            Err(failure) => Err(NotConfigured::Failed(failure)),
        }
    }

    /// From now on every login ends like this.
    pub(super) fn fail_with(&mut self, failure: Failure) {
        self.unusable.get_or_insert(failure);
    }

    async fn ask<T: DeserializeOwned>(&self, operation: Operation, urls: Vec<String>) -> Reply<Replied<T>> {
        let shown = match &operation {
            Operation::Begin { ua, .. }
            | Operation::Callback { ua, .. }
            | Operation::Call { ua }
            | Operation::Refresh { ua }
            | Operation::Logout { ua } => Some((browser_of(ua), format!("{} {ua}", operation.name()))),
            _ => None,
        };
        let began = Instant::now();
        let reply = self.connection.ask(operation, self.limit).await;
        if let Some((browser, request)) = shown {
            let response = match &reply {
                Ok(Replied::Refused(refused)) => {
                    self.fit(&format!("refused by the {}: {}", refused.by, refused.detail))
                }
                Ok(Replied::Ok(_)) => "ok".to_owned(),
                Ok(other) => self.fit(&words(other)),
                Err(failure) => self.fit(reason(failure)),
            };
            self.trace.lock().push(Hop {
                browser,
                when: Span::since(began),
                request,
                response,
                urls,
                media: Media::Words,
            });
        }
        reply
    }

    /// An operation that ends with yes or no.
    async fn answer<T: DeserializeOwned>(
        &self,
        operation: Operation,
        urls: Vec<String>,
        capability: Option<Capability>,
        answer: impl FnOnce(T) -> Answer,
    ) -> Reply<Answer> {
        match self.ask(operation, urls).await? {
            Replied::Ok(ok) => Ok(answer(ok)),
            // An error of a library is nothing that a browser is shown.
            Replied::Refused(refused) => {
                Ok(Answer { said: Said::Refused(self.refusal(refused)), shown: String::new() })
            }
            other => Err(self.failure(other, capability)),
        }
    }

    /// What it means that there is no result. Only what a client can do without may be unsupported.
    fn failure<T>(&self, answer: Replied<T>, capability: Option<Capability>) -> Failure {
        let said = self.fit(&words(&answer));
        match answer {
            Replied::Refused(refused) => Failure::Refused(self.refusal(refused)),
            Replied::Crashed(_) => Failure::ServerError(said),
            Replied::Unsupported(_) => match capability {
                Some(capability) => Failure::Unsupported(capability),
                None => Failure::DriverBroken(format!("{said}; no client is operated without it")),
            },
            Replied::Ok(_) | Replied::FailedToRun(_) => Failure::DriverBroken(said),
        }
    }

    fn refusal(&self, refused: Refused) -> Refusal {
        let Refused { by, phase, reason, detail } = refused;
        Refusal { by: Some(by), phase, reason, detail: self.fit(&detail) }
    }

    /// A text without the credentials of this run.
    fn fit(&self, text: &str) -> String {
        let text = redacted(text, &self.issuer, &self.client_secret);
        self.second.iter().fold(text, |text, issuer| redacted(&text, issuer, ""))
    }
}

fn ua(browser: BrowserId) -> String {
    format!("ua-{}", browser.0)
}

fn browser_of(ua: &str) -> BrowserId {
    BrowserId(ua.strip_prefix("ua-").and_then(|number| number.parse().ok()).unwrap_or_default())
}

#[async_trait]
impl Driver for StdioClient {
    fn redirect_uri(&self) -> &str {
        REDIRECT_URI
    }

    async fn begin(&self, browser: BrowserId, provider: Provider) -> Reply<Url> {
        if let Some(failure) = &self.unusable {
            return Err(failure.clone());
        }
        let issuer = match (provider, &self.second) {
            (Provider::First, _) => &self.issuer,
            (Provider::Second, Some(issuer)) => issuer,
            (Provider::Second, None) => return Err(Failure::Unsupported(Capability::MultipleIssuers)),
        };
        let operation = Operation::Begin { ua: ua(browser), issuer: issuer.identifier().to_owned() };
        let url = match self.ask::<Begun>(operation, Vec::new()).await? {
            Replied::Ok(begun) => begun.url,
            other => return Err(self.failure(other, None)),
        };
        if let Some(hop) = self.trace.lock().last_mut() {
            hop.urls.push(url.clone());
        }
        let refused = |detail| Err(Failure::Refused(Refusal { detail, ..Refusal::default() }));
        match Url::parse(&url) {
            Ok(url) if url.as_str().starts_with(issuer.base_url()) => Ok(url),
            Ok(url) => {
                let place = format!("{}{}", url.origin().ascii_serialization(), url.path());
                refused(format!(
                    "`begin` leads to {place}, which is not at the issuer of this run, {}",
                    issuer.identifier()
                ))
            }
            // What the library makes of hostile metadata may be no URL.
            Err(error) => refused(format!("`begin` answers {url:?}, which is no URL: {error}")),
        }
    }

    async fn callback(&self, browser: BrowserId, response: &AuthorizationResponse) -> Reply<Answer> {
        let broken = |error: url::ParseError| Failure::Broken(format!("the redirect URI is no URL: {error}"));
        let mut url = Url::parse(&response.redirect_uri).map_err(broken)?;
        let form = match response.mode {
            ResponseMode::Query => {
                url.set_query(Some(&response.encoded()));
                None
            }
            ResponseMode::Fragment => {
                url.set_fragment(Some(&response.encoded()));
                None
            }
            ResponseMode::FormPost => Some(response.encoded()),
        };
        let operation = Operation::Callback { ua: ua(browser), url: url.to_string(), form };
        self.answer(operation, vec![url.into()], None, |Done {}| Answer::done()).await
    }

    async fn session(&self, browser: BrowserId) -> Reply<Whoami> {
        if self.unusable.is_some() {
            return Ok(Whoami::Nobody);
        }
        match self.ask(Operation::Inspect { ua: ua(browser) }, Vec::new()).await? {
            Replied::Ok(Inspected { session: None }) => Ok(Whoami::Nobody),
            Replied::Ok(Inspected { session: Some(LoggedIn { subject, claims }) }) => {
                Ok(Whoami::Somebody { subject, shown: serde_json::Value::Object(claims).to_string() })
            }
            Replied::Refused(refused) => {
                let said = self.fit(&refused.detail);
                Err(Failure::DriverBroken(format!("`inspect` is refused, and has to say who is logged in: {said}")))
            }
            other => Err(self.failure(other, None)),
        }
    }

    async fn call_api(&self, browser: BrowserId) -> Reply<Answer> {
        let operation = Operation::Call { ua: ua(browser) };
        let answer =
            |called: Called| Answer { said: Said::Page(called.status), shown: called.body.unwrap_or_default() };
        self.answer(operation, Vec::new(), Some(Capability::ApiCall), answer).await
    }

    async fn refresh(&self, browser: BrowserId) -> Reply<Answer> {
        let operation = Operation::Refresh { ua: ua(browser) };
        self.answer(operation, Vec::new(), Some(Capability::ForcedRefresh), |Done {}| Answer::done()).await
    }

    async fn log_out(&self, browser: BrowserId) -> Reply<Answer> {
        let operation = Operation::Logout { ua: ua(browser) };
        self.answer(operation, Vec::new(), Some(Capability::Logout), |Done {}| Answer::done()).await
    }

    async fn advance(&self, seconds: i64) -> bool {
        let moved = self.ask::<Done>(Operation::Advance { seconds }, Vec::new()).await;
        matches!(moved, Ok(Replied::Ok(Done {})))
    }

    fn take_trace(&self) -> Vec<Hop> {
        std::mem::take(&mut *self.trace.lock())
    }

    fn output(&self) -> String {
        self.fit(&self.connection.output())
    }

    fn forget_output(&self) {
        self.connection.forget_output();
    }

    fn is_alive(&self) -> bool {
        self.connection.is_sound() && self.unusable.is_none()
    }

    /// A process that forgets when it is asked to can be configured again; any other is ended.
    async fn stop(&self) {
        let forgets = self.connection.is_sound()
            && matches!(self.connection.ask::<Done>(Operation::Reset, self.limit).await, Ok(Replied::Ok(Done {})));
        if forgets {
            self.connection.forget_output();
            self.idle.lock().push(Arc::clone(&self.connection));
        } else {
            self.connection.end().await;
        }
    }
}
