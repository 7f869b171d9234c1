//! Clients behind the stdio protocol, some of which misbehave.
//!
//! As with the [web apps](crate::fixtures), a `quintain.toml` of these tests starts this very binary with [`client`] as
//! its only test. The client is the reference client again, with one thing wrong in how it talks.

use std::collections::HashMap;
use std::env;
use std::fs::File;
use std::io::{BufRead as _, Write as _};
use std::process::{Command, Stdio, abort};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use client_under_test::{
    AuthorizationResponse, Behaviour, BrowserId, Client, Clock, Config, Phase, Refusal, Secret, TokenEndpointAuthMethod,
};
use parking_lot::Mutex;
use quintain::driver::stdio::schema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use crate::fixtures::{PLACE, tell};
use crate::json_schema::JsonSchema;

/// What is wrong with how a client talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Manner {
    /// Nothing.
    Civil,

    // The process.
    /// Prints errors without end.
    FloodsErrors,
    /// Goes on when its input ends, and when it is asked to end.
    IgnoresTheEnd,
    /// Starts a process that does not end.
    LeavesGrandchild,

    // At one operation, or at all of them.
    /// Calls the API, and knows nobody if that is refused.
    CallsApiFirst,
    /// Says on standard output what it does.
    Chats,
    /// Aborts the process.
    Dies,
    /// Replies that it crashed.
    FallsOver,
    /// Replies that it is at a loss.
    FailsToRun,
    /// Writes a line that does not end.
    Floods,
    /// Never replies.
    Hangs,
    /// Always says that the same person is logged in, even if another one is, or nobody.
    KnowsOneFaceOnly,
    /// Does what it is asked to, hides that it has, and replies that it refused.
    Lies,
    /// Sends the browser to a URL that is longer than any server takes.
    LongWinded,
    /// Replies with a member that does not exist.
    Misspells,
    /// Refuses by itself, whatever the library would have said.
    RefusesByItself,
    /// Replies to a request that nobody has made.
    RepliesToNobody,
    /// Replies, and replies again.
    RepliesTwice,
    /// Replies with yes and with no.
    SaysYesAndNo,
}

/// Which [`Manner`].
pub(crate) const MANNER: &str = "QUINTAIN_TALKER";
/// Standard output, which the test runner writes to, too.
const OUTPUT: &str = "/proc/self/fd/3";
/// The command: standard output becomes [`OUTPUT`], and what the test runner prints becomes errors.
pub(crate) const COMMAND: &str =
    r#"command = ["sh", "-c", 'exec 3>&1 >&2; exec "$0" --exact talkers::client --ignored --nocapture', '{program}']"#;

const ALONE: &str = "alone in the world";

#[test]
#[ignore = "serves a client to other tests"]
fn client() {
    let Ok(name) = env::var(MANNER) else { return };
    if name == ALONE {
        tell("left behind");
        std::thread::park();
    }
    let manner = Manner::deserialize(Value::String(name)).expect("a manner");
    tell("started");
    tokio::runtime::Runtime::new().expect("a runtime").block_on(talk(manner));
}

async fn talk(manner: Manner) {
    match manner {
        Manner::FloodsErrors => drop(std::thread::spawn(|| {
            loop {
                eprintln!("{}", "flood ".repeat(100));
            }
        })),
        Manner::IgnoresTheEnd => std::mem::forget(signal(SignalKind::terminate()).expect("it can be listened for")),
        Manner::LeavesGrandchild => {
            let mut grandchild = Command::new(env::current_exe().expect("this program has a path"));
            grandchild.args(env::args().skip(1)).env(MANNER, ALONE).stdout(Stdio::null());
            std::mem::forget(grandchild.spawn().expect("a process can be started"));
        }
        _ => {}
    }
    let talker = Arc::new(Talker { manner, output: Mutex::new(output()), client: Mutex::default() });
    let (sender, mut lines) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let _ = sender.send(line.expect("the requests are text"));
        }
    });
    // What is asked at once is done at once.
    while let Some(line) = lines.recv().await {
        let request = checked(&line);
        if request["op"] == "stop" {
            break;
        }
        tokio::spawn({
            let talker = talker.clone();
            async move { talker.reply_to(request).await }
        });
    }
    if manner == Manner::IgnoresTheEnd {
        tell("deaf");
        std::future::pending::<()>().await;
    }
}

fn output() -> File {
    File::options().write(true).open(OUTPUT).expect("the command has opened it")
}

/// A request as the published schema has it.
fn checked(line: &str) -> Value {
    static SCHEMA: LazyLock<JsonSchema> = LazyLock::new(|| {
        let schema = serde_json::from_str(&schema::of_requests()).expect("the schema is JSON");
        JsonSchema::of(schema)
    });
    let request = serde_json::from_str(line).expect("a request is JSON");
    if let Err(error) = SCHEMA.check(&request) {
        eprintln!("not as the schema has it: {error:#}: {line}");
        abort();
    }
    request
}

struct Talker {
    manner: Manner,
    output: Mutex<File>,
    client: Mutex<Option<Arc<Known>>>,
}

/// The reference client, and what it has been told.
struct Known {
    configs: Vec<Config>,
    client: Client,
    clock: Clock,
    cookies: Mutex<HashMap<String, BrowserId>>,
}

/// What came of a request.
type Answer = Result<Value, Value>;

impl Talker {
    async fn reply_to(&self, request: Value) {
        let id = &request["id"];
        if !is_here(&request) {
            let answer = self.answer(&request).await;
            return self.write(id, answer.unwrap_or_else(|no| no));
        }
        match self.manner {
            Manner::CallsApiFirst => {
                let called = self.answer(&json!({ "op": "call", "ua": request["ua"] })).await;
                let answer = match called {
                    Ok(called) if called["ok"]["status"] == 200 => self.answer(&request).await,
                    _ => Ok(json!({ "ok": { "session": null } })),
                };
                self.write(id, answer.unwrap_or_else(|no| no));
            }
            Manner::Chats => {
                self.print("Welcome to the shop!\n");
                let answer = self.answer(&request).await;
                self.write(id, answer.unwrap_or_else(|no| no));
            }
            Manner::Dies => {
                eprintln!("thread 'main' panicked: a bug");
                abort();
            }
            Manner::FallsOver => self.write(id, json!({ "crashed": { "detail": "TypeError: undefined" } })),
            Manner::FailsToRun => self.write(id, json!({ "failed_to_run": { "detail": "the database is gone" } })),
            Manner::Floods => {
                let flood = "x".repeat(1 << 16);
                while self.output.lock().write_all(flood.as_bytes()).is_ok() {}
            }
            Manner::Hangs => tell("hangs"),
            Manner::KnowsOneFaceOnly => {
                self.write(id, json!({ "ok": { "session": { "subject": "always the same", "claims": {} } } }));
            }
            Manner::Lies => {
                let _ = self.answer(&request).await;
                let _ = self.answer(&json!({ "op": "logout", "ua": request["ua"] })).await;
                self.write(id, json!({ "refused": { "by": "library", "phase": "callback", "detail": "I never" } }));
            }
            Manner::LongWinded => {
                let mut answer = self.answer(&request).await.unwrap_or_else(|no| no);
                let url =
                    format!("{}&ui_hint={}", answer["ok"]["url"].as_str().unwrap_or_default(), "x".repeat(900_000));
                answer["ok"]["url"] = url.into();
                self.write(id, answer);
            }
            Manner::Misspells => self.write(id, json!({ "ok": { "sesion": null, "uri": "/" } })),
            Manner::RefusesByItself => {
                self.write(id, json!({ "refused": { "by": "shim", "detail": "not in my house" } }));
            }
            Manner::RepliesToNobody => self.write(&json!(4711), json!({ "ok": {} })),
            Manner::RepliesTwice => {
                let answer = self.answer(&request).await.unwrap_or_else(|no| no);
                self.write(id, answer.clone());
                self.write(id, answer);
            }
            Manner::SaysYesAndNo => {
                self.write(id, json!({ "ok": {}, "refused": { "by": "library", "detail": "or not" } }));
            }
            Manner::Civil | Manner::FloodsErrors | Manner::IgnoresTheEnd | Manner::LeavesGrandchild => {
                let answer = self.answer(&request).await;
                self.write(id, answer.unwrap_or_else(|no| no));
            }
        }
    }

    fn write(&self, id: &Value, mut answer: Value) {
        answer["id"] = id.clone();
        self.print(&format!("{answer}\n"));
    }

    fn print(&self, text: &str) {
        // A harness that has stopped to read does not need it.
        let _ = self.output.lock().write_all(text.as_bytes());
    }

    async fn answer(&self, request: &Value) -> Answer {
        let text = |name: &str| request[name].as_str().unwrap_or_default();
        let ok = || Ok(json!({ "ok": {} }));
        match text("op") {
            "hello" => Ok(json!({ "ok": {
                "protocol": 1,
                "name": "reference client",
                "capabilities": [
                    "api-call", "forced-refresh", "logout", "movable-clock", "multiple-issuers", "reactive-refresh",
                    "rfc9207", "shows-claims",
                ],
                "checks": { "state": "library", "nonce": "library", "iss": "library", "userinfo-sub": "application" },
            } })),
            "configure" => {
                let mut known = self.client.lock();
                let before = known.iter().flat_map(|known| known.configs.clone());
                *known = Some(Arc::new(Known::new(before.chain([config(request)]).collect())));
                ok()
            }
            "reset" => {
                *self.client.lock() = None;
                ok()
            }
            "begin" | "callback" | "inspect" | "call" | "refresh" | "logout" | "advance" => {
                let known = self.client.lock().clone().expect("it has been configured");
                known.answer(request).await
            }
            other => Err(json!({ "unsupported": { "detail": format!("there is no {other}") } })),
        }
    }
}

/// Whether the manner shows at this request: at an operation, or at `callback?name` with this parameter alone.
fn is_here(request: &Value) -> bool {
    env::var(PLACE).is_ok_and(|place| {
        let (op, name) = place.split_once('?').unwrap_or((&place, ""));
        request["op"] == op && request["url"].as_str().unwrap_or("").contains(name)
    })
}

impl Known {
    fn new(configs: Vec<Config>) -> Self {
        let clock = Clock::system();
        let defects = env::var("DEFECT").into_iter().map(|name| name.parse().expect("a defect"));
        let variations = env::var("VARIATION").into_iter().map(|name| name.parse().expect("a variation"));
        let behaviour = Behaviour { defects: defects.collect(), variations: variations.collect() };
        let http = behaviour.http(Vec::new()).no_proxy().build().expect("an HTTP client");
        let (first, others) = configs.split_first().expect("there is one");
        let client = Client::new(first.clone(), http, clock.clone(), behaviour);
        let client = others.iter().fold(client, |client, other| client.also_at(other.clone()));
        Self { configs, client, clock, cookies: Mutex::default() }
    }

    async fn answer(&self, request: &Value) -> Answer {
        let text = |name: &str| request[name].as_str().unwrap_or_default();
        let ua = text("ua").to_owned();
        let cookie = self.cookies.lock().get(&ua).cloned();
        let nobody = json!({ "refused": { "by": "shim", "phase": "session", "detail": "nobody is logged in" } });
        match (text("op"), cookie) {
            ("begin", cookie) => {
                let begun = self
                    .client
                    .begin(cookie.as_ref(), Some(text("issuer")))
                    .await
                    .map_err(|refusal| refused(&refusal))?;
                self.cookies.lock().insert(ua, begun.browser);
                Ok(json!({ "ok": { "url": begun.authorization_request } }))
            }
            ("callback", cookie) => {
                let url = url::Url::parse(text("url")).expect("a URL");
                let pairs = match request["form"].as_str() {
                    Some(form) => url::form_urlencoded::parse(form.as_bytes()).into_owned().collect(),
                    None => url.query_pairs().into_owned().collect(),
                };
                let response = AuthorizationResponse::from_pairs(pairs);
                let logged_in =
                    self.client.callback(cookie.as_ref(), response).await.map_err(|refusal| refused(&refusal))?;
                self.cookies.lock().insert(ua, logged_in.browser);
                Ok(json!({ "ok": {} }))
            }
            ("inspect", cookie) => {
                let profile = cookie.and_then(|cookie| self.client.session(&cookie));
                let session = profile.map(|profile| json!({ "subject": profile.subject, "claims": profile.claims }));
                Ok(json!({ "ok": { "session": session } }))
            }
            ("advance", _) => {
                self.clock.advance(request["seconds"].as_i64().expect("a number"));
                Ok(json!({ "ok": {} }))
            }
            (_, None) => Err(nobody),
            ("call", Some(cookie)) => {
                let called = self.client.call_api(&cookie).await.map_err(|refusal| refused(&refusal))?;
                Ok(json!({ "ok": { "status": called.status, "body": called.body } }))
            }
            ("refresh", Some(cookie)) => {
                self.client.refresh(&cookie).await.map_err(|refusal| refused(&refusal))?;
                Ok(json!({ "ok": {} }))
            }
            (_, Some(cookie)) => {
                self.client.logout(&cookie).await;
                Ok(json!({ "ok": {} }))
            }
        }
    }
}

fn config(request: &Value) -> Config {
    let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
    Config {
        issuer: text("issuer"),
        client_id: text("client_id"),
        client_secret: Secret::new(text("client_secret")),
        token_endpoint_auth_method: match text("token_endpoint_auth_method").as_str() {
            "client_secret_basic" => TokenEndpointAuthMethod::ClientSecretBasic,
            "client_secret_post" => TokenEndpointAuthMethod::ClientSecretPost,
            "none" => TokenEndpointAuthMethod::None,
            other => panic!("{other} is no method of the reference client"),
        },
        redirect_uri: text("redirect_uri"),
        post_logout_redirect_uri: None,
        scope: text("scope"),
        audience: request["audience"].as_str().map(str::to_owned),
        // Below the issuer, for a client that has another one than it is told.
        api_url: env::var("API_PATH")
            .map_or_else(|_| text("api_url"), |path| format!("{}/{path}", text("issuer").trim_end_matches('/'))),
        time_limit: Duration::from_secs(10),
    }
}

fn refused(refusal: &Refusal) -> Value {
    if refusal.is_crash() {
        return json!({ "crashed": { "detail": refusal.to_string() } });
    }
    let phase = match refusal.phase() {
        Phase::Discovery => "discovery",
        Phase::Authorize => "authorize",
        Phase::Callback => "callback",
        Phase::Token => "token",
        Phase::IdToken => "id-token",
        Phase::Userinfo => "userinfo",
        Phase::Api => "api",
        Phase::Refresh => "refresh",
        Phase::Session => "session",
    };
    json!({ "refused": { "by": "library", "phase": phase, "reason": refusal.name(), "detail": refusal.to_string() } })
}
