//! One provider under several names: a browser reaches it by one, a client by another.

use std::net::SocketAddr;
use std::sync::Mutex;

use mock_idp::{Client, Endpoint, GrantType, IssuerConfig, IssuerParameter, MockIdp, SignIn};
use reqwest::RequestBuilder;
use reqwest::redirect::Policy;
use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use crate::lab::{
    AUDIENCE, Answer, CHALLENGE, CLIENT, REDIRECT_URI, SECRET, VERIFIER, hidden_fields, redemption, text,
};
use crate::token_claims::claims;

/// The client's name for the provider, which the browser does not know.
const INSIDE: &str = "idp.internal";
/// The browser's name, which the client does not know.
const OUTSIDE: &str = "idp.test";

/// A program that knows the provider by these names only, wherever else it runs.
struct Program {
    http: reqwest::Client,
    port: u16,
    /// The latest cookie of the provider, as a browser sends it back.
    cookie: Mutex<String>,
}

impl Program {
    fn knowing(names: &[&str], address: SocketAddr) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy();
        let http = names.iter().fold(http, |http, name| http.resolve(name, address));
        Self { http: http.build().expect("an HTTP client"), port: address.port(), cookie: Mutex::default() }
    }

    fn url(&self, name: &str, path: &str) -> String {
        format!("http://{name}:{}{path}", self.port)
    }

    async fn send(&self, request: RequestBuilder) -> Answer {
        let cookie = self.cookie.lock().expect("nobody has panicked").clone();
        let answer = Answer::of(request.header("cookie", cookie)).await;
        if let Some((pair, _)) = answer.header("set-cookie").and_then(|cookie| cookie.split_once(';')) {
            pair.clone_into(&mut self.cookie.lock().expect("nobody has panicked"));
        }
        answer
    }

    async fn get(&self, url: &str) -> Answer {
        self.send(self.http.get(url)).await
    }

    async fn post<T: Serialize + ?Sized>(&self, url: &str, form: &T) -> Answer {
        self.send(self.http.post(url).form(form)).await
    }

    async fn metadata(&self, name: &str) -> Value {
        self.get(&self.url(name, "/.well-known/openid-configuration")).await.json()
    }
}

fn config() -> IssuerConfig {
    let mut client = Client::default();
    client.grant_types.extend([GrantType::DeviceCode, GrantType::TokenExchange]);
    client.post_logout_redirect_uris.push(REDIRECT_URI.to_owned());
    let policy = mock_idp::Policy { issuer_parameter: IssuerParameter::Advertised, ..mock_idp::Policy::default() };
    IssuerConfig { clients: vec![client], policy, ..IssuerConfig::default() }
}

async fn provider(config: IssuerConfig) -> MockIdp {
    let builder = MockIdp::builder().config(config).host(INSIDE.parse().expect("a host"));
    builder.host(OUTSIDE.parse().expect("a host")).start().await.expect("a free port")
}

/// The authorization request at an endpoint.
fn asking(endpoint: &str, more: &[(&str, &str)]) -> String {
    let mut url = Url::parse(endpoint).expect("a URL");
    let scope = "openid offline_access read:contacts";
    let parameters = [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", REDIRECT_URI),
        ("scope", scope),
        ("audience", AUDIENCE),
        ("state", "state-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    url.query_pairs_mut().extend_pairs(parameters).extend_pairs(more);
    url.into()
}

fn refreshing(token: &str) -> [(&str, &str); 4] {
    [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", CLIENT), ("client_secret", SECRET)]
}

#[tokio::test]
async fn issuer_calls_itself_by_the_name_that_it_is_reached_under() {
    let idp = provider(config()).await;
    let program = Program::knowing(&[INSIDE, OUTSIDE], idp.address());
    for name in [INSIDE, OUTSIDE, "localhost", "127.0.0.1"] {
        let metadata = program.metadata(name).await;
        let base = program.url(name, "/");
        assert_eq!(metadata["issuer"], base);
        let urls = metadata.as_object().expect("an object").iter().filter(|(name, _)| name.ends_with("_endpoint"));
        for (member, url) in urls {
            assert!(url.as_str().is_some_and(|url| url.starts_with(&base)), "{member}: {url}");
        }
        assert!(text(&metadata, "jwks_uri").starts_with(&base));
    }
    assert_eq!(idp.issuer().identifier(), program.url(INSIDE, "/"), "the first name is the usual one");
    let page = program.get(&program.url(OUTSIDE, "/")).await;
    assert!(page.body.contains(&format!("curl {}", program.url(OUTSIDE, "/_mock/fault"))), "{}", page.body);
}

#[tokio::test]
async fn another_name_is_refused_and_the_refusal_names_the_names() {
    let idp = MockIdp::builder().host(INSIDE.parse().expect("a host")).any_host().start().await.expect("a free port");
    let stranger = "attacker.example";
    let program = Program::knowing(&[stranger, INSIDE], idp.address());
    let refusal = program.get(&program.url(stranger, "/.well-known/openid-configuration")).await;
    assert_eq!(refusal.status, 421);
    assert!(refusal.body.contains("the names idp.internal and localhost"), "{}", refusal.body);
    assert!(refusal.body.contains(&format!("{stranger}:{}; --host adds a name", program.port)), "{}", refusal.body);
    assert!(idp.issuer().journal().entries().is_empty());
    let control = async |name| program.get(&program.url(name, "/_mock/policy")).await.status;
    assert_eq!((control(INSIDE).await, control("localhost").await), (200, 200));
}

#[tokio::test]
async fn code_of_one_name_is_redeemed_under_another_and_the_tokens_are_of_the_client_s_issuer() {
    let idp = provider(config()).await;
    let browser = Program::knowing(&[OUTSIDE], idp.address());
    let client = Program::knowing(&[INSIDE], idp.address());
    let authorization = browser.get(&asking(&browser.url(OUTSIDE, "/authorize"), &[])).await;
    assert_eq!(authorization.parameter("iss"), Some(browser.url(OUTSIDE, "/")), "the name that the browser uses");
    let code = authorization.parameter("code").expect("a code");
    let form = redemption(&code, &[("code_verifier", VERIFIER)]);
    let tokens = client.post(&client.url(INSIDE, "/oauth/token"), &form).await.json();
    let inside = client.url(INSIDE, "/");
    let id_token = text(&tokens, "id_token");
    assert_eq!(claims(id_token)["iss"], inside);
    let access_token = claims(text(&tokens, "access_token"));
    assert_eq!(
        (&access_token["iss"], &access_token["aud"]),
        (&json!(inside), &json!([AUDIENCE, format!("{inside}userinfo")]))
    );

    // The tokens are good under every name.
    for path in ["/userinfo", "/api"] {
        for (program, name) in [(&client, INSIDE), (&browser, OUTSIDE)] {
            let request = program.http.get(program.url(name, path)).bearer_auth(text(&tokens, "access_token"));
            assert_eq!(Answer::of(request).await.status, 200, "{name}{path}");
        }
    }
    let described = [("token", text(&tokens, "access_token")), ("client_id", CLIENT), ("client_secret", SECRET)];
    let described = browser.post(&browser.url(OUTSIDE, "/oauth/introspect"), &described).await.json();
    assert_eq!((&described["active"], &described["iss"]), (&json!(true), &json!(inside)), "as the token says");

    // OpenID Connect Core §12.2: the issuer stays the one of the first ID token.
    let refreshed = refreshing(text(&tokens, "refresh_token"));
    let refreshed = browser.post(&browser.url(OUTSIDE, "/oauth/token"), &refreshed).await.json();
    assert_eq!(claims(text(&refreshed, "id_token"))["iss"], inside);

    // An ID token comes back under every name.
    let exchange = [
        ("grant_type", GrantType::TokenExchange.as_str()),
        ("subject_token", id_token),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
        ("audience", AUDIENCE),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
    ];
    let exchanged = browser.post(&browser.url(OUTSIDE, "/oauth/token"), &exchange).await.json();
    assert_eq!(claims(text(&exchanged, "access_token"))["iss"], browser.url(OUTSIDE, "/"));
    let hinted = asking(&browser.url(OUTSIDE, "/authorize"), &[("prompt", "none"), ("id_token_hint", id_token)]);
    assert!(browser.get(&hinted).await.parameter("code").is_some());
    let endpoints: Vec<_> = idp.issuer().journal().entries().iter().map(|entry| entry.endpoint).collect();
    assert_eq!(endpoints.len(), 10, "one journal has all of it: {endpoints:?}");
}

#[tokio::test]
async fn metadata_lead_browsers_to_their_own_name_and_the_answer_names_the_client_s_issuer() {
    let config = IssuerConfig { sign_in: SignIn::Page, ..config() };
    let builder = MockIdp::builder().config(config).host(INSIDE.parse().expect("a host"));
    let idp = builder.browser_host(OUTSIDE.parse().expect("a host")).start().await.expect("a free port");
    let browser = Program::knowing(&[OUTSIDE], idp.address());
    let client = Program::knowing(&[INSIDE], idp.address());
    let metadata = client.metadata(INSIDE).await;
    assert_eq!(metadata["issuer"], client.url(INSIDE, "/"));
    for (member, name) in
        [("authorization", OUTSIDE), ("end_session", OUTSIDE), ("token", INSIDE), ("userinfo", INSIDE)]
    {
        let url = text(&metadata, &format!("{member}_endpoint")).to_owned();
        assert!(url.starts_with(&client.url(name, "/")), "{url}");
    }

    let asked = asking(text(&metadata, "authorization_endpoint"), &[]);
    let page = browser.get(&asked).await;
    let action = page.body.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a form");
    let mut form = hidden_fields(&page.body);
    form.extend([("mock_idp_user", "auth0|bob"), ("mock_idp_decision", "allow")].map(|(a, b)| (a.into(), b.into())));
    let response = browser.post(action, &form).await;
    assert_eq!(response.parameter("iss"), Some(client.url(INSIDE, "/")), "RFC 9207: the issuer that the client knows");
    let form = redemption(&response.parameter("code").expect("a code"), &[("code_verifier", VERIFIER)]);
    let tokens = client.post(text(&metadata, "token_endpoint"), &form).await.json();
    assert_eq!(claims(text(&tokens, "id_token"))["iss"], client.url(INSIDE, "/"));

    // The browser has one session, however the client calls the issuer.
    let again = browser.get(&asked).await;
    assert_eq!(again.parameter("iss"), Some(client.url(INSIDE, "/")));
    let own = browser.metadata(OUTSIDE).await;
    assert_eq!(own["authorization_endpoint"], browser.url(OUTSIDE, "/authorize"));
    let own = browser.get(&asking(text(&own, "authorization_endpoint"), &[])).await;
    assert_eq!(own.parameter("iss"), Some(browser.url(OUTSIDE, "/")), "{}", own.body);
    let ended = format!("{}?id_token_hint={}", text(&metadata, "end_session_endpoint"), text(&tokens, "id_token"));
    assert_eq!(browser.get(&ended).await.status, 200);
    assert!(browser.get(&asked).await.body.contains("Who are you?"), "the session is over");

    let device = [("client_id", CLIENT), ("client_secret", SECRET), ("scope", "openid")];
    let device = client.post(text(&metadata, "device_authorization_endpoint"), &device).await.json();
    assert_eq!(device["verification_uri"], browser.url(OUTSIDE, "/activate"));
}

#[tokio::test]
async fn name_in_the_path_is_one_of_the_list_or_nothing() {
    let idp = provider(config()).await;
    let browser = Program::knowing(&[OUTSIDE], idp.address());
    let inside = browser.url(INSIDE, "/");
    let host = format!("{INSIDE}:{}", browser.port);
    for (host, named) in [
        (host.clone(), &inside),
        (host.replace(':', "%3A"), &inside),
        ("attacker.example".to_owned(), &browser.url(OUTSIDE, "/")),
        ("a-path-that-nobody-guesses".to_owned(), &browser.url(OUTSIDE, "/")),
    ] {
        let answer = browser.get(&asking(&browser.url(OUTSIDE, &format!("/authorize/~{host}")), &[])).await;
        assert_eq!(answer.parameter("iss").as_ref(), Some(named), "{host}");
    }
}

#[tokio::test]
async fn issuers_that_are_added_have_all_names_and_share_nothing() {
    let idp = provider(config()).await;
    let program = Program::knowing(&[INSIDE, OUTSIDE], idp.address());
    let added = Answer::of(program.http.post(program.url(OUTSIDE, "/_mock/issuers")).json(&json!({}))).await.json();
    let issuer = text(&added, "issuer");
    assert!(issuer.starts_with(&program.url(OUTSIDE, "/t/")), "{added}");
    let inside = issuer.replace(OUTSIDE, INSIDE);
    let metadata = program.get(&format!("{inside}.well-known/openid-configuration")).await.json();
    assert_eq!(metadata["issuer"], inside);
    let listed = program.get(&program.url(INSIDE, "/_mock/issuers")).await.json();
    assert_eq!(listed["issuers"][0]["issuer"], inside);

    let code = program.get(&asking(&format!("{issuer}authorize"), &[])).await.parameter("code").expect("a code");
    let form = redemption(&code, &[("code_verifier", VERIFIER)]);
    assert_eq!(program.post(&program.url(INSIDE, "/oauth/token"), &form).await.error(), "invalid_grant");
    let tokens = program.post(&format!("{inside}oauth/token"), &form).await.json();
    assert_eq!(claims(text(&tokens, "id_token"))["iss"], inside);
    let hint = [("prompt", "none"), ("id_token_hint", text(&tokens, "id_token"))];
    let refused = program.get(&asking(&program.url(OUTSIDE, "/authorize"), &hint)).await;
    assert_eq!(refused.parameter("error").as_deref(), Some("invalid_request"), "it is the token of another issuer");
    assert!(idp.issuer().url(Endpoint::Token).starts_with(&program.url(INSIDE, "/")));
}
