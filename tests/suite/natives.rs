//! Native apps, run anew for everything they do, some of which misbehave.
//!
//! As with the [web apps](crate::fixtures), a `quintain.toml` of these tests starts this very binary with [`app`] as its
//! only test. A login is the reference client with a listener on loopback; what it keeps is a file.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio, abort, exit};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::get;
use client_under_test::{AuthorizationResponse, Behaviour, Client, Clock, Config, Secret, TokenEndpointAuthMethod};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::fixtures::{PLACE, tell, variable};

/// What is wrong with an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Nature {
    /// Nothing.
    Sound,
    /// Says that everybody is logged in.
    LogsAnybodyIn,
    /// Has a redirect URI without a path.
    ListensAtRoot,

    // At the login.
    /// Takes no provider by http.
    DemandsHttps,
    /// Opens no browser, and says why.
    OpensNothing,
    /// Has a shell open the page of the provider, between double quotes.
    OpensByShell,
    /// Opens a page of somebody else.
    OpensElsewhere,
    /// Waits for something else and opens no browser.
    NeverOpens,

    // At an authorization response, or at one with a certain parameter.
    /// Does away with its own folder and with those beside it.
    DeletesFolders,
    /// Is ended by a signal.
    Dies,
    /// Prints without end.
    Floods,
    /// Shows a page and never ends.
    Hangs,
    /// Does not end when it is asked to, and never ends.
    IgnoresSigterm,
    /// Goes on waiting where it has refused.
    KeepsWaiting,
    /// Starts a process that does not end.
    LeavesGrandchild,
    /// Never answers a request without parameters.
    LeavesUnanswered,
    /// Redeems the code, and says that it has refused.
    Lies,
}

/// Which [`Nature`].
pub(crate) const NATURE: &str = "QUINTAIN_NATIVE";
/// Which command.
const COMMAND: &str = "QUINTAIN_NATIVE_COMMAND";

pub(crate) const CONFIG: &str = r#"
[client]
name = "native"
driver = "command"

[command]
login = ["env", "QUINTAIN_NATIVE_COMMAND=login", '{program}', "--exact", "natives::app", "--ignored", "--nocapture"]
session = ["env", "QUINTAIN_NATIVE_COMMAND=session", '{program}', "--exact", "natives::app", "--ignored", "--nocapture"]
logout = ["env", "QUINTAIN_NATIVE_COMMAND=logout", '{program}', "--exact", "natives::app", "--ignored", "--nocapture"]
redirect_uri = "http://127.0.0.1/callback"
answers_within_seconds = 30

[command.env]
ISSUER = "{issuer}"
CLIENT_ID = "{client_id}"
CLIENT_SECRET = "{client_secret}"
STATE_DIR = "{state_dir}"

[registration]
scope = "openid profile"

[profile]
declares = ["rfc9207", "shows-claims"]
"#;

const ALONE: &str = "alone in the world";

#[test]
#[ignore = "serves a client to other tests"]
fn app() {
    let Ok(name) = env::var(NATURE) else { return };
    if name == ALONE {
        tell("left behind");
        std::thread::park();
    }
    let nature = Nature::deserialize(Value::String(name)).expect("a nature");
    let state = PathBuf::from(variable("STATE_DIR")).join("login.json");
    match variable(COMMAND).as_str() {
        "login" => {
            tell("login");
            tokio::runtime::Runtime::new().expect("a runtime").block_on(login(nature, state));
        }
        "session" => match std::fs::read_to_string(state) {
            Ok(claims) => println!("{claims}"),
            Err(_) if nature == Nature::LogsAnybodyIn => println!("auth0|alice"),
            Err(_) => fail("nobody is logged in"),
        },
        _ => drop(std::fs::remove_file(state)),
    }
    exit(0);
}

fn fail(why: &str) -> ! {
    eprintln!("{why}");
    exit(1);
}

async fn login(nature: Nature, state: PathBuf) {
    match nature {
        Nature::DemandsHttps => fail("(insecure_transport) OAuth 2 MUST utilize https."),
        Nature::OpensNothing => fail("there is no network"),
        Nature::NeverOpens => std::future::pending().await,
        _ => {}
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = listener.local_addr().expect("it has an address").port();
    let path = if nature == Nature::ListensAtRoot { "" } else { "/callback" };
    let client = client(&format!("http://127.0.0.1:{port}{path}"));
    let begun = client.begin(None, None).await.unwrap_or_else(|refusal| fail(&refusal.to_string()));
    let (sender, mut responses) = mpsc::channel(1);
    let app = axum::Router::new().route("/callback", get(respond)).route("/", get(respond));
    let app = app.with_state(Arc::new((nature, sender)));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let url = match nature {
        Nature::OpensElsewhere => "https://login.example/authorize".to_owned(),
        _ => begun.location,
    };
    let browser = match nature {
        Nature::OpensByShell => Command::new("sh").arg("-c").arg(format!("\"$BROWSER\" \"{url}\"")).status(),
        _ => Command::new(variable("BROWSER")).arg(url).status(),
    };
    assert!(browser.expect("there is a browser").success());
    while let Some((query, page)) = responses.recv().await {
        let _: &mpsc::Sender<StatusCode> = &page;
        let misbehaves = env::var(PLACE).map_or(true, |name| query.contains(&name));
        if misbehaves {
            misbehave(nature).await;
        }
        let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        match client.callback(Some(&begun.browser), AuthorizationResponse::from_pairs(pairs)).await {
            Ok(_) if nature == Nature::Lies && misbehaves => {
                let _ = page.send(StatusCode::BAD_REQUEST).await;
                fail("I refuse")
            }
            Ok(logged_in) => {
                let profile = client.session(&logged_in.browser).expect("somebody is logged in");
                std::fs::write(state, Value::Object(profile.claims).to_string()).expect("the folder can be written to");
                let _ = page.send(StatusCode::OK).await;
                page.closed().await;
                exit(0);
            }
            Err(refusal) => {
                let _ = page.send(StatusCode::BAD_REQUEST).await;
                page.closed().await;
                if nature != Nature::KeepsWaiting {
                    fail(&refusal.to_string());
                }
            }
        }
    }
}

type Responses = mpsc::Sender<(String, mpsc::Sender<StatusCode>)>;

/// Hands the response on, and shows what came of it.
async fn respond(State(app): State<Arc<(Nature, Responses)>>, RawQuery(query): RawQuery) -> (StatusCode, &'static str) {
    let (sender, mut page) = mpsc::channel(1);
    let (nature, responses) = &*app;
    if *nature == Nature::LeavesUnanswered && query.is_none() {
        return std::future::pending().await;
    }
    if matches!(nature, Nature::Hangs | Nature::IgnoresSigterm | Nature::Floods) {
        let _ = responses.send((query.unwrap_or_default(), sender)).await;
        return (StatusCode::OK, "You may close this window.");
    }
    let _ = responses.send((query.unwrap_or_default(), sender)).await;
    let status = page.recv().await.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, "You may close this window.")
}

async fn misbehave(nature: Nature) {
    match nature {
        Nature::DeletesFolders => {
            let own = PathBuf::from(variable("STATE_DIR"));
            std::fs::remove_dir_all(own.parent().expect("the run has a folder")).expect("it was there");
        }
        Nature::Dies => abort(),
        Nature::Floods => loop {
            println!("{}", "flood ".repeat(100));
            eprintln!("{}", "flood ".repeat(100));
        },
        Nature::Hangs => {
            tell("hangs");
            std::future::pending::<()>().await;
        }
        Nature::IgnoresSigterm => {
            std::mem::forget(signal(SignalKind::terminate()).expect("a signal can be listened for"));
            tell("deaf");
            std::future::pending::<()>().await;
        }
        Nature::LeavesGrandchild => {
            let mut grandchild = Command::new(env::current_exe().expect("this program has a path"));
            grandchild.args(env::args().skip(1)).env(NATURE, ALONE).stdout(Stdio::inherit());
            std::mem::forget(grandchild.spawn().expect("a process can be started"));
        }
        _ => {}
    }
}

fn client(redirect_uri: &str) -> Client {
    let config = Config {
        issuer: variable("ISSUER"),
        client_id: variable("CLIENT_ID"),
        client_secret: Secret::new(variable("CLIENT_SECRET")),
        token_endpoint_auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
        redirect_uri: redirect_uri.to_owned(),
        post_logout_redirect_uri: None,
        scope: "openid profile".to_owned(),
        audience: None,
        api_url: String::new(),
        time_limit: Duration::from_secs(10),
    };
    let defects = env::var("DEFECT").into_iter().map(|name| name.parse().expect("a defect"));
    let behaviour = Behaviour { defects: defects.collect(), ..Behaviour::default() };
    let http = behaviour.http(Vec::new()).no_proxy().build().expect("an HTTP client");
    Client::new(config, http, Clock::system(), behaviour)
}
