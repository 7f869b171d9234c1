//! What a client implements that is to be driven: how it is started, and how it is operated.

use async_trait::async_trait;
use mock_idp::{Authority, ClientAuthMethod, Issuer};
use url::Url;

use super::common::{SetupError, Wording};
use crate::config::ProviderWays;
use crate::terms::{
    Answer, AuthorizationResponse, BrowserId, Capabilities, Capability, Casting, Checks, Enrolment, Failure, Hop,
    Identity, Profile, Provider, Registration, Reply, ResponseMode, Said, Tab, Told, Whoami,
};

/// Starts clients of one kind.
#[async_trait]
pub trait Launcher: Send + Sync {
    /// What the client is called in reports.
    fn name(&self) -> &str;

    /// The driver's name: `command`, `in-process`, `stdio`, `web-app`.
    fn driver(&self) -> &'static str {
        "in-process"
    }

    /// What the client can do.
    fn capabilities(&self) -> &Capabilities;

    /// What the client calls itself, with its version, if it can be asked.
    fn software(&self) -> Option<&str> {
        None
    }

    /// In which words to say what is wrong with a set-up.
    fn wording(&self) -> Wording {
        Wording::Routes
    }

    /// Whose code makes which check, as far as the client says so.
    fn checks(&self) -> Checks {
        Checks::new()
    }

    /// What one client costs.
    fn cost(&self) -> Cost {
        Cost::Nothing
    }

    /// The authority that the client has been told to trust, if it insists on https: then the providers speak TLS.
    fn authority(&self) -> Option<&Authority> {
        None
    }

    /// The authority whose certificates the client accepts everywhere, even if the providers themselves speak plain
    /// http.
    fn trusted_authority(&self) -> Option<&Authority> {
        self.authority()
    }

    /// What the client is measured by unless the command line says otherwise.
    fn profile(&self) -> Profile {
        Profile::default()
    }

    /// Whether each provider has its own redirect URI, by which the client tells who has answered (RFC 9700 §4.4.2).
    fn has_redirect_uri_per_provider(&self) -> bool {
        false
    }

    /// Whether the client is told where the metadata are, and so does not find that out from the issuer (OIDC Discovery
    /// §4.1).
    fn is_told_metadata_url(&self) -> bool {
        false
    }

    /// Whether the client is told this URL of its provider, `token_endpoint`, and so has no need to read it from the metadata.
    fn is_told(&self, _metadata: &str) -> bool {
        false
    }

    /// Whether the people of a scenario may be ones that the client has never met.
    fn casting(&self) -> Casting {
        Casting::New
    }

    /// The ways that the client needs its providers to have.
    fn provider(&self) -> ProviderWays {
        ProviderWays::default()
    }

    /// By what its session page tells who is logged in.
    fn identity(&self) -> Identity {
        Identity::Subject
    }

    /// How the client is registered unless a scenario says otherwise.
    fn registration(&self) -> Registration;

    /// All the ways in which it may authenticate at the token endpoint, as it is registered.
    fn auth_methods(&self) -> Vec<ClientAuthMethod> {
        vec![self.registration().token_endpoint_auth_method]
    }

    /// Starts a client that trusts this issuer, and the second one if there is one, and registers it there.
    ///
    /// # Errors
    ///
    /// If the client does not start or does not become ready: its set-up is broken.
    async fn launch(
        &self,
        issuer: &Issuer,
        registration: &Registration,
        second: Option<&Enrolment>,
    ) -> Result<Box<dyn Driver>, SetupError>;
}

/// What a further client costs: decides whether scenarios share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// Nothing to speak of: each scenario gets its own client and issuer.
    Nothing,
    /// A process: scenarios share it, except those that alter what clients keep for ever.
    Process,
    /// It cannot be had: somebody has started the one that there is, and it knows a provider at a fixed port.
    Unaffordable {
        /// Where the first provider listens.
        provider_port: u16,
    },
}

/// A cookie that no client has set: the value of one, under the name of another.
#[derive(Debug, Clone, Copy)]
pub struct Renamed<'a> {
    /// The browser that has the value.
    pub of: BrowserId,
    /// The cookie there whose value it is.
    pub value_of: &'a str,
    /// The browser that has the cookie with the name.
    pub like: BrowserId,
    /// The name.
    pub name: &'a str,
}

/// One running client.
#[async_trait]
pub trait Driver: Send + Sync {
    /// The redirect URI that it was registered with.
    fn redirect_uri(&self) -> &str;

    /// The one that it was registered with at a provider.
    fn redirect_uri_at(&self, _provider: Provider) -> &str {
        self.redirect_uri()
    }

    /// The same with the loopback ports that a native app has listened on (RFC 8252 §7.3), all of them registered, too.
    fn loopback_redirect_uris(&self) -> Vec<String> {
        Vec::new()
    }

    /// Starts a login in a browser, at one of the client's providers; answers with the authorization request's URL.
    async fn begin(&self, browser: BrowserId, provider: Provider) -> Reply<Url>;

    /// Delivers an authorization response to a browser, and follows it to its end.
    async fn callback(&self, browser: BrowserId, response: &AuthorizationResponse) -> Reply<Answer>;

    /// As [`Self::begin`] at the first provider, by a link that names where the browser is to go after the login.
    async fn begin_returning(&self, _browser: BrowserId, _target: &str) -> Reply<Url> {
        Err(Failure::Unsupported(Capability::ReturnTarget))
    }

    /// A page of the client that it may be asked to go back to.
    fn page(&self) -> Option<Url> {
        None
    }

    /// Where the client's last answer to this browser has led it, to the byte, for a driver that keeps no trace. It is told
    /// once.
    fn led_to(&self, _browser: BrowserId) -> Option<String> {
        None
    }

    /// Whether the last authorization response has led this browser to another page than the one at which logins end.
    fn is_led_elsewhere(&self, _browser: BrowserId) -> bool {
        false
    }

    /// Sends the redirect URI what else arrives there while a login is under way, and is no authorization response.
    /// Whatever the client answers will do; the default is a visit without parameters. Returns whether the client has begun
    /// another login there.
    async fn stray_requests(&self, browser: BrowserId) -> Reply<bool> {
        let redirect_uri = self.redirect_uri().to_owned();
        let nothing = AuthorizationResponse { redirect_uri, mode: ResponseMode::Query, params: Vec::new() };
        match self.callback(browser, &nothing).await {
            Ok(answer) => Ok(matches!(answer.said, Said::BeginsAgain(_))),
            Err(Failure::Refused(_) | Failure::ServerError(_)) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Asks who is logged in, in this browser.
    async fn session(&self, browser: BrowserId) -> Reply<Whoami>;

    /// Makes the client call the API once.
    async fn call_api(&self, browser: BrowserId) -> Reply<Answer>;

    /// Makes the client refresh its access token.
    async fn refresh(&self, browser: BrowserId) -> Reply<Answer>;

    /// Ends the session at the client.
    async fn log_out(&self, browser: BrowserId) -> Reply<Answer>;

    /// Plants all cookies that one browser has of the client in another, and says how many there were.
    async fn plant_cookies(&self, _of: BrowserId, _to: BrowserId) -> Reply<usize> {
        Err(Failure::Unsupported(Capability::Cookies))
    }

    /// The names of the cookies that a browser has of the client.
    async fn cookie_names(&self, _browser: BrowserId) -> Reply<Vec<String>> {
        Err(Failure::Unsupported(Capability::Cookies))
    }

    /// Plants in a browser the value of one cookie under the name of another, with the path and the attributes that
    /// belong to the name.
    async fn plant_renamed(&self, _cookie: Renamed<'_>, _to: BrowserId) -> Reply<()> {
        Err(Failure::Unsupported(Capability::Cookies))
    }

    /// What is done in this browser from here on is done in this tab of it. A client that keeps nothing for one tab alone
    /// sees no difference.
    fn turn_to(&self, _browser: BrowserId, _tab: Tab) {}

    /// A browser is not used any more.
    fn close(&self, _browser: BrowserId) {}

    /// Moves the client's own clock; false if it has none that can be moved.
    async fn advance(&self, _seconds: i64) -> bool {
        false
    }

    /// What the user agent exchanged with the client since the last call, for reports.
    fn take_trace(&self) -> Vec<Hop> {
        Vec::new()
    }

    /// What the client has given to browsers and printed since the last call; nothing if the driver sees no more than
    /// answers.
    fn take_told(&self) -> Vec<Told> {
        Vec::new()
    }

    /// The last lines that the client printed, for reports.
    fn output(&self) -> String {
        String::new()
    }

    /// What the client has printed so far belongs to a scenario that is over.
    fn forget_output(&self) {}

    /// Whether the client still runs.
    fn is_alive(&self) -> bool {
        true
    }

    /// Ends the client; nothing of it is left afterwards.
    async fn stop(&self) {}
}
