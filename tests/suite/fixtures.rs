//! Web apps that misbehave.
//!
//! A `quintain.toml` of these tests starts this very binary with [`client`] as its only test. What it then serves is the
//! reference client, with one thing wrong.

use std::convert::Infallible;
use std::env;
use std::future::pending;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio, abort, exit};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{ACCEPT, CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use client_under_test::{Behaviour, Client, Clock, Config, Secret, TokenEndpointAuthMethod, web};
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};

use crate::apps;

/// What is wrong with a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Misbehaviour {
    /// Nothing.
    Nothing,

    // The process.
    /// Ends before it listens, and says why.
    ExitsAtOnce,
    /// Ends before it listens if its provider has no metadata for it, and prints its secret then.
    ExitsWithoutMetadata,
    /// Prints without end.
    FloodsOutput,
    /// Does not end when it is asked to.
    IgnoresSigterm,
    /// Starts a process that ends neither.
    LeavesGrandchild,
    /// Is busy with something else.
    NeverListens,
    /// Prints its secret and what terminals take for commands.
    PrintsSecretsInColour,
    /// Says so when it is asked to end, and ends.
    SaysGoodbye,
    /// Cannot be started again.
    StartsOnce,

    // One route, or all of them.
    /// Repeats what it was asked, as it is, in a JSON document.
    EchoesInJson,
    /// The same, and does not say what kind of document it is.
    EchoesWithoutMediaType,
    /// Answers with an empty page.
    Answers200,
    /// Says that there is no such page.
    Answers404,
    /// Says that it crashed.
    Answers500,
    /// Aborts the process.
    Dies,
    /// Says that it crashed where it has succeeded.
    FallsOverAfterwards,
    /// Says that it crashed where it should say that something was refused.
    FallsOverOnErrors,
    /// Goes on to its home page where it should say that something was refused, and says there that it crashed.
    FallsOverAtHome,
    /// Never answers.
    Hangs,
    /// Never answers where it should say that something was refused.
    HangsOnErrors,
    /// Never answers, unless it is the first one to be started.
    HangsLater,
    /// Sends the browser to another provider.
    LeadsElsewhere,
    /// Sends the browser to itself by another name.
    LeadsToLocalhost,
    /// Sends the browser here again.
    Loops,
    /// Has scripts on its pages that do everything: one starts the login when a button is pressed, one asks who is there.
    NeedsScripts,
    /// Answers as it should, but for the subject.
    HidesSubject,
    /// Shows the e-mail address, and nothing else that it knows of anybody.
    ShowsAddressAlone,
    /// Shows the name, and nothing else that it knows of anybody.
    ShowsNameAlone,
    /// Shows the subject, and nothing else that it knows of anybody.
    ShowsSubjectAlone,
    /// Answers without end.
    Streams,

    // What it does with its configuration.
    /// Keeps the host of its issuer, and takes it for the issuer.
    KeepsHostAlone,

    // What it does unasked, which is all lawful.
    /// Begins a login at its redirect URI, where there is no response.
    BeginsLoginsAtCallback,
    /// Calls the API once more for everybody who is logged in, when the next login begins.
    CallsApiLater,
    /// Calls the API whenever somebody asks who is logged in.
    CallsApiWhenLookedAt,
    /// Answers 404 to the first requests of all.
    IsReadyLate,
    /// Prints the URL of every request, as access logs have it.
    KeepsAccessLog,
    /// Leads from the login route to the home page while somebody is logged in.
    LeadsHomeWhenLoggedIn,
    /// Leads to the home page when somebody asks who is logged in and nobody is.
    LeadsHomeWhenLookedAt,
    /// Starts a login when somebody asks who is logged in and nobody is.
    StartsLoginWhenLookedAt,

    // The session.
    /// Logs nobody in any more after twelve logins.
    IsSpoiltByUse,
    /// Answers 429 to all logins after twelve.
    LimitsLogins,
    /// Leads from the log-out to a page that only somebody who is logged in may see.
    LeadsToClosedPageAfterLogout,
    /// Leads to the home page where it refuses a response while somebody is logged in.
    LeadsHomeAfterLogin,
    /// Leads to its home page, with an error for it to show, after each response that it refuses.
    LeadsToErrorPage,
    /// Calls the API no more, in a browser where one person has followed another.
    LosesTokensAtSwitch,
    /// Answers 400 to the authorization response that it has taken.
    LogsInAndAnswers400,
    /// Shows everybody who has ever logged in.
    ShowsEverybody,
    /// Has one account for each address, and shows all who have logged in to it.
    ShowsAllOfAnAccount,
    /// Takes every browser that has visited the callback for a user.
    LogsAnybodyIn,
}

/// Which [`Misbehaviour`].
pub(crate) const MISBEHAVIOUR: &str = "QUINTAIN_FIXTURE";
/// At which path; `/path?name` for requests with this parameter alone.
pub(crate) const PLACE: &str = "QUINTAIN_FIXTURE_AT";
/// An address to connect to: the connection lives as long as the process.
pub(crate) const WATCH: &str = "QUINTAIN_FIXTURE_WATCH";

const BUSY: &str = "busy with something else";

#[test]
#[ignore = "serves a client to other tests"]
fn client() {
    let Ok(name) = env::var(MISBEHAVIOUR) else { return };
    let misbehaviour = Misbehaviour::deserialize(serde_json::Value::String(name)).expect("a misbehaviour");
    tell("started");
    tokio::runtime::Runtime::new().expect("a runtime").block_on(serve(misbehaviour));
}

/// Tells the test something, and by the end of the connection that this process has ended.
pub(crate) fn tell(line: &str) {
    static CONNECTION: OnceLock<TcpStream> = OnceLock::new();
    let connect = || TcpStream::connect(variable(WATCH)).expect("the test listens");
    writeln!(CONNECTION.get_or_init(connect), "{line}").expect("the test reads");
}

pub(crate) fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is set"))
}

async fn serve(misbehaviour: Misbehaviour) {
    match misbehaviour {
        Misbehaviour::ExitsAtOnce => {
            eprintln!("Error: cannot read settings.json");
            exit(3);
        }
        Misbehaviour::ExitsWithoutMetadata => {
            let metadata = format!("{}/.well-known/openid-configuration", variable("ISSUER").trim_end_matches('/'));
            let answer = reqwest::get(metadata).await.and_then(reqwest::Response::error_for_status);
            if let Err(error) = answer {
                eprintln!(
                    "Error: {error}, with the settings of {}: {}",
                    variable("CLIENT_ID"),
                    variable("CLIENT_SECRET")
                );
                exit(1);
            }
        }
        Misbehaviour::FloodsOutput => drop(std::thread::spawn(|| {
            loop {
                println!("{}", "flood ".repeat(100));
            }
        })),
        Misbehaviour::IgnoresSigterm => {
            std::mem::forget(signal(SignalKind::terminate()).expect("a signal can be listened for"));
            tell("deaf");
        }
        Misbehaviour::LeavesGrandchild => {
            let this = env::current_exe().expect("this program has a path");
            let mut grandchild = Command::new(this);
            grandchild.args(env::args().skip(1)).env(MISBEHAVIOUR, "never-listens").stdout(Stdio::piped());
            let output = grandchild.spawn().expect("a process can be started").stdout.expect("it is piped");
            let mut lines = BufReader::new(output).lines();
            lines.find(|line| line.as_ref().is_ok_and(|line| line == BUSY)).expect("it starts").expect("it prints");
            std::mem::forget(lines);
        }
        Misbehaviour::NeverListens => {
            println!("{BUSY}");
            pending::<()>().await;
        }
        Misbehaviour::SaysGoodbye => {
            let mut terminate = signal(SignalKind::terminate()).expect("a signal can be listened for");
            tell("polite");
            tokio::spawn(async move {
                terminate.recv().await;
                tell("goodbye");
                exit(0);
            });
        }
        Misbehaviour::HangsLater => {
            let first = !std::fs::exists("started").expect("the folder can be read");
            std::fs::write("started", "").expect("the folder can be written to");
            HANGS.store(!first, Ordering::Relaxed);
        }
        Misbehaviour::StartsOnce => {
            if std::fs::exists("started").expect("the folder can be read") {
                exit(4);
            }
            std::fs::write("started", "").expect("the folder can be written to");
        }
        Misbehaviour::PrintsSecretsInColour => {
            println!(
                "\u{1b}[2J\u{1b}]0;title\u{7}\u{1b}[31mmy secret is {}\u{1b}[0m\u{8}\r",
                variable("CLIENT_SECRET")
            );
        }
        _ => {}
    }
    let place = env::var(PLACE).ok();
    let app =
        web::app(Arc::new(reference_client(misbehaviour))).layer(from_fn_with_state((misbehaviour, place), misbehave));
    let app = match misbehaviour {
        Misbehaviour::BeginsLoginsAtCallback
        | Misbehaviour::CallsApiLater
        | Misbehaviour::CallsApiWhenLookedAt
        | Misbehaviour::IsReadyLate
        | Misbehaviour::IsSpoiltByUse
        | Misbehaviour::KeepsAccessLog
        | Misbehaviour::LimitsLogins
        | Misbehaviour::FallsOverAtHome
        | Misbehaviour::LeadsHomeAfterLogin
        | Misbehaviour::LeadsToErrorPage
        | Misbehaviour::LeadsHomeWhenLoggedIn
        | Misbehaviour::LeadsHomeWhenLookedAt
        | Misbehaviour::LosesTokensAtSwitch
        | Misbehaviour::LogsInAndAnswers400
        | Misbehaviour::LeadsToClosedPageAfterLogout
        | Misbehaviour::ShowsAllOfAnAccount
        | Misbehaviour::ShowsEverybody
        | Misbehaviour::StartsLoginWhenLookedAt => app.layer(from_fn_with_state(misbehaviour, apps::behave)),
        _ => app,
    };
    let address = variable("BASE_URL").replace("http://", "");
    let listener = tokio::net::TcpListener::bind(address).await.expect("the port is free");
    axum::serve(listener, app).await.expect("it serves for ever");
}

fn reference_client(misbehaviour: Misbehaviour) -> Client {
    let method = variable("TOKEN_ENDPOINT_AUTH_METHOD");
    let config = Config {
        issuer: if misbehaviour == Misbehaviour::KeepsHostAlone {
            format!("{}/", url::Url::parse(&variable("ISSUER")).expect("a URL").origin().ascii_serialization())
        } else {
            variable("ISSUER")
        },
        client_id: variable("CLIENT_ID"),
        client_secret: Secret::new(variable("CLIENT_SECRET")),
        token_endpoint_auth_method: match method.as_str() {
            "client_secret_basic" => TokenEndpointAuthMethod::ClientSecretBasic,
            "client_secret_post" => TokenEndpointAuthMethod::ClientSecretPost,
            "none" => TokenEndpointAuthMethod::None,
            other => panic!("{other} is no method of the reference client"),
        },
        redirect_uri: format!("{}/callback", variable("BASE_URL")),
        post_logout_redirect_uri: Some(variable("BASE_URL")),
        scope: variable("SCOPE"),
        audience: env::var("AUDIENCE").ok().filter(|audience| !audience.is_empty()),
        api_url: variable("API_URL"),
        time_limit: std::time::Duration::from_secs(10),
    };
    let defects = env::var("DEFECT").into_iter().map(|name| name.parse().expect("a defect"));
    let variations = env::var("VARIATION").into_iter().map(|name| name.parse().expect("a variation"));
    let behaviour = Behaviour { defects: defects.collect(), variations: variations.collect() };
    let pem = env::var("CA_FILE").map_or(Vec::new(), |file| std::fs::read(file).expect("the authority's certificate"));
    let authorities = reqwest::Certificate::from_pem_bundle(&pem).expect("certificates");
    let http = behaviour.http(authorities).no_proxy().build().expect("an HTTP client");
    let client = Client::new(config.clone(), http, Clock::system(), behaviour);
    let Ok(issuer) = env::var("SECOND_ISSUER") else { return client };
    client.also_at(Config {
        issuer,
        client_id: variable("SECOND_CLIENT_ID"),
        client_secret: Secret::new(variable("SECOND_CLIENT_SECRET")),
        api_url: variable("SECOND_API_URL"),
        redirect_uri: env::var("SECOND_REDIRECT_URI").unwrap_or_else(|_| config.redirect_uri.clone()),
        ..config
    })
}

/// Whether this process is one that hangs.
static HANGS: AtomicBool = AtomicBool::new(false);

async fn misbehave(
    State((misbehaviour, place)): State<(Misbehaviour, Option<String>)>,
    request: Request,
    next: Next,
) -> Response {
    let (path, query) = (request.uri().path().to_owned(), request.uri().query().unwrap_or_default().to_owned());
    if misbehaviour == Misbehaviour::LogsAnybodyIn {
        return log_anybody_in(&path, request, next).await;
    }
    if misbehaviour == Misbehaviour::NeedsScripts {
        return with_scripts(&path, &query, request, next).await;
    }
    let here = place.is_none_or(|place| match place.split_once('?') {
        Some((place, name)) => place == path && query.contains(&format!("{name}=")),
        None => place == path,
    });
    if !here {
        return next.run(request).await;
    }
    match misbehaviour {
        Misbehaviour::EchoesInJson | Misbehaviour::EchoesWithoutMediaType => {
            let mut response =
                (StatusCode::BAD_REQUEST, format!("{{\"error\": \"{}\"}}", decoded(&query))).into_response();
            response.headers_mut().remove(CONTENT_TYPE);
            if misbehaviour == Misbehaviour::EchoesInJson {
                response.headers_mut().insert(CONTENT_TYPE, "application/json".parse().expect("a header"));
            }
            response
        }
        Misbehaviour::Answers200 => "Welcome!".into_response(),
        Misbehaviour::Answers404 => (StatusCode::NOT_FOUND, "There is no such page.").into_response(),
        Misbehaviour::Answers500 => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response(),
        Misbehaviour::Dies => {
            println!("thread 'main' panicked: a bug");
            abort();
        }
        Misbehaviour::FallsOverAfterwards => match next.run(request).await {
            response if response.status().as_u16() < 400 => {
                let (mut parts, _) = response.into_parts();
                parts.status = StatusCode::INTERNAL_SERVER_ERROR;
                Response::from_parts(parts, Body::empty())
            }
            response => response,
        },
        Misbehaviour::FallsOverOnErrors => match next.run(request).await {
            response if response.status().is_client_error() => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            response => response,
        },
        Misbehaviour::HangsOnErrors => match next.run(request).await {
            response if response.status().as_u16() >= 400 => pending().await,
            response => response,
        },
        Misbehaviour::Hangs => {
            tell("hangs");
            pending().await
        }
        Misbehaviour::HangsLater if HANGS.load(Ordering::Relaxed) => pending().await,
        Misbehaviour::HidesSubject => match next.run(request).await {
            response if response.status() == StatusCode::OK => "<p>Hello, <b>you</b>!</p>".into_response(),
            response => response,
        },
        Misbehaviour::LeadsElsewhere => Redirect::to("https://login.example/authorize?client_id=1").into_response(),
        Misbehaviour::LeadsToLocalhost => {
            Redirect::to(&variable("BASE_URL").replace("127.0.0.1", "localhost")).into_response()
        }
        Misbehaviour::Loops => Redirect::to(&path).into_response(),
        Misbehaviour::ShowsAddressAlone => show_alone("email", next.run(request).await).await,
        Misbehaviour::ShowsNameAlone => show_alone("name", next.run(request).await).await,
        Misbehaviour::ShowsSubjectAlone => show_alone("sub", next.run(request).await).await,
        Misbehaviour::Streams => {
            let chunks = futures::stream::repeat_with(|| Ok::<_, Infallible>(vec![b'x'; 1 << 16]));
            Body::from_stream(chunks).into_response()
        }
        _ => next.run(request).await,
    }
}

/// Of all claims, this one.
async fn show_alone(claim: &str, response: Response) -> Response {
    if response.status() != StatusCode::OK {
        return response;
    }
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    let claims: serde_json::Value = serde_json::from_slice(&body).expect("claims");
    claims[claim].as_str().unwrap_or_default().to_owned().into_response()
}

/// All values of a query.
fn decoded(query: &str) -> String {
    url::form_urlencoded::parse(query.as_bytes()).map(|(_, value)| value.into_owned()).collect::<Vec<_>>().join(" ")
}

async fn log_anybody_in(path: &str, request: Request, next: Next) -> Response {
    let cookies = request.headers().get(COOKIE).and_then(|cookies| cookies.to_str().ok()).unwrap_or_default();
    let was_here = cookies.split("; ").any(|cookie| cookie == "seen=1");
    if path == "/me" && was_here {
        return "auth0|alice".into_response();
    }
    let mut response = next.run(request).await;
    let cookie = match path {
        "/callback" => "seen=1; Path=/",
        "/logout" => "seen=; Path=/; Max-Age=0",
        _ => return response,
    };
    response.headers_mut().append(SET_COOKIE, cookie.parse().expect("a header"));
    response
}

/// What browsers ask for is a page, what its script asks for is the answer.
async fn with_scripts(path: &str, query: &str, request: Request, next: Next) -> Response {
    let is_page = request.headers().get(ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/html"));
    match path {
        "/login" if query.is_empty() => {
            Html("<main data-settled><button id=login onclick=\"location.assign('/login?now')\">Log in</button></main>")
                .into_response()
        }
        "/me" if is_page => Html(
            "<main></main><script>
            fetch('/me').then(async (answer) => {
                const main = document.querySelector('main');
                if (answer.ok) main.append(Object.assign(document.createElement('pre'), { textContent: await answer.text() }));
                main.dataset.settled = '';
            });
            </script>",
        )
        .into_response(),
        _ => next.run(request).await,
    }
}
