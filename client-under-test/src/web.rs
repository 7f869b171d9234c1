//! The client as a web app: routes, and a cookie that says which browser it is.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::response::{AppendHeaders, Html, IntoResponse, Json, Redirect, Response};
use axum::routing::get;
use cookie::{Cookie, SameSite};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;

use crate::{AuthorizationResponse, BrowserId, Client, CookieName, Phase, Refusal};

/// The routes: `/`, `/login`, `/callback` and what is below it, `/me`, `/call-api`, `/refresh`, `/logout`. A page that
/// refuses something has the [`Refusal`] among the extensions of its response.
pub fn app(client: Arc<Client>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/login", get(login))
        .route("/callback", get(callback))
        .route("/callback/{provider}", get(callback))
        .route("/me", get(me))
        .route("/call-api", get(call_api))
        .route("/refresh", get(refresh))
        .route("/logout", get(logout))
        .with_state(client)
}

async fn home(State(client): State<Arc<Client>>, headers: HeaderMap) -> Html<String> {
    let profile = browser(&headers).and_then(|browser| client.session(&browser));
    Html(page(
        "Reference client",
        &html! {
            @match profile {
                Some(profile) => {
                    p { "Logged in as " strong { (profile.subject.as_deref().unwrap_or("somebody: plain OAuth does not tell whom")) } }
                    p { a href="/me" { "Who am I?" } " · " a href="/call-api" { "Call the API" } " · " a href="/refresh" { "Refresh" } " · " a href="/logout" { "Log out" } }
                }
                None => { p { a href="/login" { "Log in" } } }
            }
        },
    ))
}

/// What a link to the login route says.
#[derive(Deserialize)]
struct Login {
    /// Which provider to log in at, by the name that OpenID Connect Core §4 has for it; the first one if left out.
    iss: Option<String>,
    /// Where to go after the login; the home page if left out.
    return_to: Option<String>,
}

async fn login(
    State(client): State<Arc<Client>>,
    headers: HeaderMap,
    Query(Login { iss, return_to }): Query<Login>,
) -> Result<Response, Refused> {
    let begun = client.begin_returning(browser(&headers).as_ref(), iss.as_deref(), return_to.as_deref()).await?;
    Ok((set_cookie(&client, &begun.browser), Redirect::to(begun.authorization_request.as_str())).into_response())
}

async fn callback(
    State(client): State<Arc<Client>>,
    headers: HeaderMap,
    uri: Uri,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Refused> {
    let response = AuthorizationResponse::from_pairs(pairs).arriving_at(uri.path());
    let browser = browser(&headers);
    let logged_in = match client.callback(browser.as_ref(), response).await {
        Ok(logged_in) => logged_in,
        Err(refusal) => {
            let begun = client.begin_again(browser.as_ref(), &refusal).await.ok_or(refusal)?;
            let redirect = Redirect::to(begun.authorization_request.as_str());
            return Ok((set_cookie(&client, &begun.browser), redirect).into_response());
        }
    };
    // Away from the URL with the code in it, which nobody should bookmark or send on as a referrer (RFC 9700 §4.2.4).
    eprint!("{}", client.take_log());
    let mut response = (set_cookie(&client, &logged_in.browser), Redirect::to(&logged_in.target)).into_response();
    if let Some(value) = client.further_cookie(&logged_in.browser).and_then(|cookie| cookie.parse().ok()) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    Ok(response)
}

async fn me(State(client): State<Arc<Client>>, headers: HeaderMap) -> Result<Response, Refused> {
    let browser = browser(&headers).ok_or(Refusal::NotLoggedIn)?;
    Ok(Json(client.session(&browser).ok_or(Refusal::NotLoggedIn)?.claims).into_response())
}

async fn call_api(State(client): State<Arc<Client>>, headers: HeaderMap) -> Result<Response, Refused> {
    let browser = browser(&headers).ok_or(Refusal::NotLoggedIn)?;
    let answer = client.call_api(&browser).await?;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    Ok((status, answer.body).into_response())
}

async fn refresh(State(client): State<Arc<Client>>, headers: HeaderMap) -> Result<Response, Refused> {
    let browser = browser(&headers).ok_or(Refusal::NotLoggedIn)?;
    client.refresh(&browser).await?;
    Ok("refreshed\n".into_response())
}

async fn logout(State(client): State<Arc<Client>>, headers: HeaderMap) -> Response {
    let at_provider = match browser(&headers) {
        Some(browser) => client.logout(&browser).await,
        None => None,
    };
    let redirect = Redirect::to(at_provider.as_ref().map_or("/", |url| url.as_str()));
    let no_cookies = AppendHeaders(CookieName::ALL.map(removal));
    if client.clears_cookie() { (no_cookies, redirect).into_response() } else { redirect.into_response() }
}

fn browser(headers: &HeaderMap) -> Option<BrowserId> {
    let sent = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookies: Vec<_> = sent.flat_map(|value| Cookie::split_parse(value.to_owned())).flatten().collect();
    CookieName::ALL.into_iter().find_map(|name| {
        let cookie = cookies.iter().find(|cookie| cookie.name() == name.as_str())?;
        Some(BrowserId::from_cookie(name, cookie.value()))
    })
}

/// `SameSite=Lax`: it has to come along when the provider redirects here, and on nothing else from another site. The other
/// cookie goes: a browser has one.
fn set_cookie(client: &Client, browser: &BrowserId) -> AppendHeaders<[(HeaderName, String); 2]> {
    let cookie = Cookie::build((browser.name().as_str(), browser.expose()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(client.is_served_over_tls());
    let other = match browser.name() {
        CookieName::Login => CookieName::Session,
        CookieName::Session => CookieName::Login,
    };
    AppendHeaders([(SET_COOKIE, cookie.to_string()), removal(other)])
}

/// Tells the browser to forget a cookie.
fn removal(name: CookieName) -> (HeaderName, String) {
    let mut cookie = Cookie::build((name.as_str(), "")).path("/").build();
    cookie.make_removal();
    (SET_COOKIE, cookie.to_string())
}

/// A refusal as a page. It says why, and holds nothing that came from outside but an error code.
struct Refused(Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(refusal) = self;
        let status = match refusal.phase() {
            _ if refusal.is_crash() => StatusCode::INTERNAL_SERVER_ERROR,
            Phase::Session => StatusCode::UNAUTHORIZED,
            Phase::Callback => StatusCode::BAD_REQUEST,
            _ => StatusCode::BAD_GATEWAY,
        };
        let body = html! {
            p { "This did not work: " (refusal) "." }
            p { code { (refusal.name()) } }
            p { a href="/login" { "Log in" } }
        };
        let mut response = (status, Html(page("Refused", &body))).into_response();
        response.extensions_mut().insert(refusal);
        response
    }
}

fn page(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { (title) } }
            body { h1 { (title) } (body) }
        }
    };
    page.into_string()
}
