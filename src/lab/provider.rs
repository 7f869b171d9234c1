//! The provider side of a login: the user agent visits the authorization endpoint, a person signs in.

use std::sync::LazyLock;
use std::time::Duration;

use mock_idp::{Api, ClientAuthentication, Issuer, IssuerConfig, PlainChallenge, Policy, SignIn, User, Variation};
use reqwest::header::LOCATION;
use scraper::{Html, Selector};
use serde_json::json;
use url::Url;

use crate::resources::are_exhausted;
use crate::terms::{AuthorizationResponse, People, Person, Provider, Registration, ResponseMode};

/// What the authorization endpoint answered.
pub(super) enum Visit {
    /// A redirect, or a form to post, to the client.
    Response(AuthorizationResponse),
    /// A page for the person: the request was not acceptable.
    Page(String),
    /// Nothing that a browser could show.
    Nothing(String),
    /// This machine has run out of files.
    OutOfResources(String),
}

static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        // Whose certificate it is does not matter to the people of the lab: it is the clients that are on trial.
        .tls_danger_accept_invalid_certs(true)
        .timeout(Duration::from_secs(10))
        .build()
        .expect("an HTTP client without TLS files of its own can be built")
});

/// The longest authorization request that the provider takes, in bytes: servers take a quarter of it. The response, which
/// echoes the state, fits into a URL as well.
const LONGEST: usize = 32 << 10;

/// Follows an authorization request as a browser does, with a person of this subject who signs in at once.
pub(super) async fn visit(authorization_request: Url, subject: &str) -> Visit {
    let length = authorization_request.as_str().len();
    if length > LONGEST {
        return Visit::Page(format!("its URL has {length} bytes, and no provider takes more than {LONGEST}"));
    }
    let request = HTTP.get(authorization_request).header("accept", "text/html").header("x-mock-idp-sign-in", subject);
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) if are_exhausted(&error) => {
            return Visit::OutOfResources(format!("the harness cannot reach the authorization endpoint: {error:?}"));
        }
        Err(error) => return Visit::Nothing(format!("the authorization endpoint gave no answer: {error}")),
    };
    let status = response.status();
    if let Some(location) = response.headers().get(LOCATION) {
        return match location.to_str().ok().and_then(redirect) {
            Some(response) => Visit::Response(response),
            None => Visit::Nothing(format!("the authorization endpoint redirects to {location:?}, which is no URL")),
        };
    }
    let body = response.text().await.unwrap_or_default();
    match form(&body) {
        Some(response) if status.is_success() => Visit::Response(response),
        _ => Visit::Page(format!("status {status}: {}", first_words(&body))),
    }
}

pub(super) fn redirect(location: &str) -> Option<AuthorizationResponse> {
    let mut url = Url::parse(location).ok()?;
    let params = url.query_pairs().into_owned().collect();
    url.set_query(None);
    Some(AuthorizationResponse { redirect_uri: url.into(), mode: ResponseMode::Query, params })
}

/// The page of the Form Post Response Mode: a form that submits itself.
pub(super) fn form(page: &str) -> Option<AuthorizationResponse> {
    let select = |css| Selector::parse(css).expect("the selector is a constant");
    let page = Html::parse_document(page);
    let form = page.select(&select("form[method=post]")).next()?;
    let value = |input: scraper::ElementRef<'_>| {
        Some((input.attr("name")?.to_owned(), input.attr("value").unwrap_or_default().to_owned()))
    };
    let params = form.select(&select("input[type=hidden]")).filter_map(value).collect();
    Some(AuthorizationResponse { redirect_uri: form.attr("action")?.to_owned(), mode: ResponseMode::FormPost, params })
}

fn first_words(page: &str) -> String {
    let page = Html::parse_document(page);
    let body = Selector::parse("body").ok().and_then(|body| page.select(&body).next());
    let text = body.unwrap_or_else(|| page.root_element()).text().collect::<Vec<_>>().join(" ");
    text.split_whitespace().take(40).collect::<Vec<_>>().join(" ")
}

/// The API and the manners of every issuer in the lab; its people come with the scenarios.
pub(super) fn issuer_config(registration: &Registration, policy: Policy, variation: Variation) -> IssuerConfig {
    IssuerConfig {
        clients: Vec::new(),
        users: Vec::new(),
        apis: vec![api(registration)],
        policy,
        variation,
        sign_in: SignIn::Page,
    }
}

/// Lets people sign in at a provider, and its faults speak of them.
///
/// The second provider has people with the same subjects as the first; their names, addresses and plans differ.
pub(super) fn introduce(people: &People, issuer: &Issuer, provider: Provider) {
    Person::ALL.into_iter().for_each(|person| issuer.register_user(user(people, person, provider)));
    // Those of earlier scenarios are still known for a while: clients may come back late.
    issuer.keep_latest_users(60 * Person::ALL.len());
    issuer.set_sign_in(SignIn::Headless { sub: people.subject(Person::Alice).to_owned() });
    people.placeholders().for_each(|(name, value)| issuer.set_placeholder(&name, value));
}

fn user(people: &People, person: Person, provider: Provider) -> User {
    let claims = json!({
        "name": people.name(person, provider),
        "nickname": people.nickname(person),
        "preferred_username": people.nickname(person),
        "email": people.email(person, provider),
        "email_verified": true,
        "updated_at": 1_767_225_600,
    });
    let custom = json!({ "https://quintain.example/plan": people.plan(person, provider) });
    let object = |value: serde_json::Value| value.as_object().cloned().unwrap_or_default();
    User {
        sub: people.subject(person).to_owned(),
        claims: object(claims),
        id_token_claims: object(custom.clone()),
        access_token_claims: object(custom),
    }
}

/// The protected API, which allows every scope that the client asks for and that is no scope of OpenID Connect. There is one
/// for clients that name no audience, too: they call it with a token for nobody in particular.
pub(super) fn api(registration: &Registration) -> Api {
    const UNNAMED: &str = "https://api.quintain.example/";
    const OPENID: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];
    let scopes = registration.scope.split(' ').filter(|scope| !OPENID.contains(scope)).map(str::to_owned);
    Api {
        identifier: registration.audience.clone().unwrap_or_else(|| UNNAMED.to_owned()),
        scopes: scopes.collect(),
        allow_offline_access: true,
        token_lifetime: 86_400,
        required_scope: None,
    }
}

/// The manners of the lab's providers: a client that does not as it is registered, or as it should, is let in all the same,
/// so that what it does is seen. It is for the scenarios to judge it, one by one.
pub(super) fn honest() -> Policy {
    Policy {
        client_authentication: ClientAuthentication::Lenient,
        plain_challenge: PlainChallenge::Accepted,
        ..Policy::default()
    }
}

/// Restores the manners that every scenario starts from.
pub(super) fn reset(issuer: &Issuer, registration: &Registration) {
    issuer.disarm_all();
    issuer.set_policy(honest());
    issuer.clock().advance(-issuer.clock().offset());
    issuer.register_api(api(registration));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn request_that_no_server_takes_is_refused_and_nothing_breaks() {
        let mut request = Url::parse("http://127.0.0.1:9/authorize").expect("a URL");
        request.query_pairs_mut().append_pair("state", &"x".repeat(66_000));
        match visit(request, "somebody").await {
            Visit::Page(why) => assert!(why.contains("no provider takes more than 32768"), "{why}"),
            _ => panic!("it is for the client to answer for"),
        }
    }
}
