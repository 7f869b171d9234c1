//! A server, an issuer and an honest client to test it with.

use std::sync::Arc;

use mock_idp::{Client, Endpoint, Issuer, IssuerConfig, MockIdp};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use url::Url;

pub(crate) const CLIENT: &str = "demo-client";
pub(crate) const SECRET: &str = "demo-secret";
pub(crate) const REDIRECT_URI: &str = "http://127.0.0.1:3000/callback";
pub(crate) const AUDIENCE: &str = "https://api.example/";

/// The verifier of RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Its challenge.
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// What it adds to an authorization request.
pub(crate) const WITH_PKCE: [(&str, &str); 2] = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];

/// What an honest client sends first.
const AUTHORIZATION_REQUEST: [(&str, &str); 7] = [
    ("response_type", "code"),
    ("client_id", CLIENT),
    ("redirect_uri", REDIRECT_URI),
    ("scope", "openid profile email offline_access read:contacts"),
    ("audience", AUDIENCE),
    ("state", "state-1"),
    ("nonce", "nonce-1"),
];

/// One issuer and a client in front of it. Requests are honest but for the changes that a test names: a change replaces
/// the parameter of its name, and an empty one takes it out.
#[derive(Clone)]
pub(crate) struct Lab {
    pub(crate) idp: Arc<MockIdp>,
    pub(crate) issuer: Issuer,
    http: reqwest::Client,
}

type Changes<'a> = &'a [(&'a str, &'a str)];

impl Lab {
    pub(crate) async fn start() -> Self {
        Self::with(IssuerConfig::default()).await
    }

    pub(crate) async fn with(config: IssuerConfig) -> Self {
        Self::at(MockIdp::builder().config(config).start().await.expect("a free port"))
    }

    pub(crate) fn at(idp: MockIdp) -> Self {
        let issuer = idp.issuer().clone();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        Self { idp: Arc::new(idp), issuer, http: http.build().expect("an HTTP client") }
    }

    /// A server whose only client is the demo client with some change.
    pub(crate) async fn with_client(change: impl FnOnce(&mut Client)) -> Self {
        let mut client = Client::default();
        change(&mut client);
        Self::with(IssuerConfig { clients: vec![client], ..IssuerConfig::default() }).await
    }

    /// Another issuer of the same server.
    pub(crate) fn beside(&self, config: IssuerConfig) -> Self {
        Self { issuer: self.idp.add_issuer(config), ..self.clone() }
    }

    pub(crate) fn request(&self, method: Method, url: &str) -> RequestBuilder {
        self.http.request(method, url)
    }

    pub(crate) async fn get(&self, url: &str) -> Answer {
        Answer::of(self.request(Method::GET, url)).await
    }

    pub(crate) fn authorization_url(&self, changes: Changes<'_>) -> String {
        let mut url = Url::parse(&self.issuer.url(Endpoint::Authorize)).expect("a URL");
        url.query_pairs_mut().extend_pairs(changed(&AUTHORIZATION_REQUEST, changes));
        url.into()
    }

    pub(crate) async fn authorize(&self, changes: Changes<'_>) -> Answer {
        self.get(&self.authorization_url(changes)).await
    }

    pub(crate) async fn code(&self, changes: Changes<'_>) -> String {
        self.authorize(changes).await.parameter("code").expect("an authorization code")
    }

    pub(crate) fn token_request(&self) -> RequestBuilder {
        self.request(Method::POST, &self.issuer.url(Endpoint::Token))
    }

    pub(crate) async fn redeem(&self, code: &str, changes: Changes<'_>) -> Answer {
        Answer::of(self.token_request().form(&redemption(code, changes))).await
    }

    /// The token response of an honest flow.
    pub(crate) async fn tokens(&self, changes: Changes<'_>) -> Value {
        let code = self.code(changes).await;
        let answer = self.redeem(&code, &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    pub(crate) async fn refresh(&self, token: &str, changes: Changes<'_>) -> Answer {
        let honest = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", CLIENT),
            ("client_secret", SECRET),
        ];
        Answer::of(self.token_request().form(&changed(&honest, changes))).await
    }

    pub(crate) async fn call(&self, endpoint: Endpoint, access_token: &str) -> Answer {
        Answer::of(self.request(Method::GET, &self.issuer.url(endpoint)).bearer_auth(access_token)).await
    }
}

/// The parameters of a code exchange.
pub(crate) fn redemption(code: &str, changes: Changes<'_>) -> Vec<(String, String)> {
    let honest = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
    ];
    changed(&honest, changes)
}

fn changed(honest: Changes<'_>, changes: Changes<'_>) -> Vec<(String, String)> {
    let kept = honest.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let all = kept.chain(changes.iter().filter(|(_, value)| !value.is_empty()));
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A member of a JSON object, as text.
pub(crate) fn text<'a>(object: &'a Value, member: &str) -> &'a str {
    object[member].as_str().unwrap_or_else(|| panic!("there is no text {member} in {object}"))
}

/// A complete HTTP response.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        Self::attempt(request).await.expect("an answer")
    }

    pub(crate) async fn attempt(request: RequestBuilder) -> reqwest::Result<Self> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self { status, headers, body: response.text().await? })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a header of visible ASCII characters"))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn error(&self) -> String {
        text(&self.json(), "error").to_owned()
    }

    /// The parameters of an authorization response, in whatever mode.
    pub(crate) fn parameters(&self) -> Vec<(String, String)> {
        if let Some(location) = self.header("location") {
            return Url::parse(location).expect("a URL").query_pairs().into_owned().collect();
        }
        hidden_fields(&self.body)
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.parameters().into_iter().find(|(candidate, _)| candidate == name).map(|(_, value)| value)
    }
}

/// The hidden fields of a page's form.
pub(crate) fn hidden_fields(page: &str) -> Vec<(String, String)> {
    let fields = page.split("<input type=\"hidden\" name=\"").skip(1);
    let field = |text: &str| {
        let (name, rest) = text.split_once("\" value=\"")?;
        let (value, _) = rest.split_once('"')?;
        Some((unescaped(name), unescaped(value)))
    };
    fields.filter_map(field).collect()
}

fn unescaped(html: &str) -> String {
    html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
