//! The reference client as a web app on a loopback port, registered at an issuer, with its visits told to that issuer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::{Request as HttpRequest, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response as HttpResponse};
use client_under_test::{Behaviour, Client, Clock, Config, Defect, Refusal, Secret, TokenEndpointAuthMethod, web};
use mock_idp::{App, AppSettings, Endpoint, Issuer, Request, Response, Visit};
use reqwest::Certificate;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::refusal::told;
use crate::driver::in_process::refusal;

/// What the app is registered as.
const CLIENT_ID: &str = "reference-client";

/// No page of the app is longer.
const LONGEST_PAGE: usize = 1024 * 1024;

/// An app that runs until it is dropped.
#[derive(Debug)]
pub(super) struct RunningApp {
    issuer: String,
    app: App,
    served: JoinHandle<()>,
}

impl RunningApp {
    pub(super) fn is_at(&self, issuer: &Issuer) -> bool {
        self.issuer == issuer.identifier()
    }

    pub(super) fn app(&self) -> App {
        self.app.clone()
    }
}

impl Drop for RunningApp {
    fn drop(&mut self) {
        self.served.abort();
    }
}

/// What its routes share.
#[derive(Clone)]
struct Observer {
    issuer: Issuer,
    clock: Clock,
}

/// Starts the app, and registers it.
pub(super) async fn start(issuer: &Issuer, settings: &AppSettings) -> Result<RunningApp, String> {
    let defects = settings.defects.iter().map(|name| name.parse::<Defect>()).collect::<Result<Vec<_>, _>>()?;
    let behaviour = Behaviour { defects: defects.into_iter().collect(), ..Behaviour::default() };
    let failed = |error: std::io::Error| format!("failed to start the reference client: {error}");
    let authorities = match &settings.ca_file {
        Some(file) => Certificate::from_pem_bundle(&std::fs::read(file).map_err(failed)?),
        None => Ok(Vec::new()),
    };
    let http = authorities.and_then(|authorities| behaviour.http(authorities).no_proxy().build());
    let http = http.map_err(|error| format!("failed to start the reference client: {error}"))?;

    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
    // Another host than the provider's: cookies know no ports.
    let url = format!("http://localhost:{}/", listener.local_addr().map_err(failed)?.port());
    let clock = Clock::system();
    let client = Client::new(registered(issuer, &url), http, clock.clone(), behaviour);
    let observer = Observer { issuer: issuer.clone(), clock };
    let routes = web::app(Arc::new(client)).layer(from_fn_with_state(observer, observe));
    let served = tokio::spawn(async move {
        // It ends with the task.
        let _ = axum::serve(listener, routes).await;
    });
    let app = App {
        name: "the reference client".to_owned(),
        url: Some(url),
        client_id: CLIENT_ID.to_owned(),
        defects: settings.defects.clone(),
        is_operated: false,
    };
    Ok(RunningApp { issuer: issuer.identifier().to_owned(), app, served })
}

/// Registers the app, and returns what its operator would enter.
fn registered(issuer: &Issuer, url: &str) -> Config {
    let (redirect_uri, secret) = (format!("{url}callback"), format!("secret-{:032x}", rand::random::<u128>()));
    let mut client = mock_idp::Client::confidential(CLIENT_ID, secret.as_str()).redirect_uri(redirect_uri.as_str());
    client.post_logout_redirect_uris.push(url.to_owned());
    issuer.register_client(client);
    Config {
        issuer: issuer.identifier().to_owned(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: Secret::new(secret),
        token_endpoint_auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
        redirect_uri,
        post_logout_redirect_uri: Some(url.to_owned()),
        scope: "openid profile offline_access".to_owned(),
        audience: issuer.audience(),
        api_url: issuer.url(Endpoint::Api),
        time_limit: Duration::from_secs(10),
    }
}

/// Lets the app answer, and tells the issuer what was asked and answered. The app lives in the issuer's time.
async fn observe(State(observer): State<Observer>, request: HttpRequest, next: Next) -> HttpResponse {
    let Observer { issuer, clock } = observer;
    clock.advance(issuer.clock().now().saturating_sub(clock.now()));
    let (began, seen) = (Instant::now(), seen(&request));
    let (head, body) = next.run(request).await.into_parts();
    let body = to_bytes(body, LONGEST_PAGE).await.unwrap_or_default();
    issuer.record_visit(Visit {
        began,
        ended: Instant::now(),
        request: seen,
        response: Response {
            status: head.status.as_u16(),
            headers: pairs(&head.headers),
            body: String::from_utf8_lossy(&body).into_owned(),
        },
        refusal: head.extensions.get::<Refusal>().map(|theirs| told(&refusal(theirs))),
    });
    (head, Body::from(body)).into_response()
}

/// All routes of the app are read, so there is no body.
fn seen(request: &HttpRequest) -> Request {
    let raw_query = request.uri().query().unwrap_or_default().to_owned();
    let query: Vec<_> = url::form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect();
    Request {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        params: query.clone(),
        query,
        raw_query,
        headers: pairs(request.headers()),
        body: String::new(),
    }
}

fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}
