//! Speed beside other mock providers: code flows per second, each provider on one core, in one run. `scripts/peers`
//! installs the others and starts this.
//!
//! A flow is more work for one provider than for another. The table says how many signed tokens each hands out.

#[path = "../shared/mod.rs"]
mod shared;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use cookie_store::CookieStore;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// Where the others are installed.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers");
const PEERS: &str = include_str!("peers.toml");

/// Browsers that log in side by side.
const BROWSERS: usize = 16;
/// Each provider has its turn so many times; the median counts.
const ROUNDS: usize = 3;
const TURN: Duration = Duration::from_secs(3);
const START: Duration = Duration::from_secs(30);
/// Redirects on the way back to the client.
const HOPS: usize = 8;

#[derive(Deserialize)]
struct Peers {
    peer: Vec<Peer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Peer {
    name: String,
    command: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    authorize: BTreeMap<String, String>,
    #[serde(default)]
    sign_in: BTreeMap<String, String>,
}

/// A provider that is up.
struct Provider {
    peer: Peer,
    authorization_endpoint: Url,
    token_endpoint: Url,
    process: Child,
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// What a turn has shown.
struct Turn {
    flows_per_second: f64,
    signed_tokens: usize,
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    match runtime.block_on(compare()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn compare() -> Result<(), String> {
    let Peers { peer: others } = toml::from_str(PEERS).map_err(|error| error.to_string())?;
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
    let http = http.map_err(|error| error.to_string())?;
    let mut providers = Vec::new();
    for peer in std::iter::once(quintain()).chain(others) {
        providers.push(start(&http, peer).await?);
    }
    let mut turns: Vec<Vec<Turn>> = providers.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (provider, turns) in providers.iter().zip(&mut turns) {
            turns.push(turn(&http, provider).await.map_err(|problem| format!("{}: {problem}", provider.peer.name))?);
        }
    }
    let medians: Vec<Turn> = turns.into_iter().map(median).collect();
    println!("{:32} {:>8} {:>16} {:>14} {:>9}", "", "flows/s", "tokens signed", "signatures/s", "quintain");
    for (provider, turn) in providers.iter().zip(&medians) {
        let tokens = u32::try_from(turn.signed_tokens).map_or(f64::NAN, f64::from);
        println!(
            "{:32} {:>8.0} {:>16} {:>14.0} {:>7.1} ×",
            provider.peer.name,
            turn.flows_per_second,
            turn.signed_tokens,
            tokens * turn.flows_per_second,
            medians[0].flows_per_second / turn.flows_per_second
        );
    }
    Ok(())
}

fn median(mut turns: Vec<Turn>) -> Turn {
    turns.sort_by(|one, other| one.flows_per_second.total_cmp(&other.flows_per_second));
    turns.swap_remove(turns.len() / 2)
}

fn quintain() -> Peer {
    let command =
        [env!("CARGO_BIN_EXE_quintain"), "serve", "--listen", "127.0.0.1:{port}", "--headless", "auth0|alice"];
    Peer {
        name: "quintain".to_owned(),
        command: command.map(str::to_owned).to_vec(),
        env: BTreeMap::new(),
        // Most others sign the access token, too, and so does Quintain for an API.
        authorize: BTreeMap::from([("audience".to_owned(), "https://api.example/".to_owned())]),
        sign_in: BTreeMap::new(),
    }
}

/// Starts a provider on the first core, and waits until its metadata can be read.
async fn start(http: &reqwest::Client, peer: Peer) -> Result<Provider, String> {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = port.map_err(|error| format!("no free port: {error}"))?.port();
    let filled = |text: &str| text.replace("{port}", &port.to_string());
    if peer.command[0].contains('/') && !Path::new(FOLDER).join(&peer.command[0]).exists() {
        return Err(format!("{} is not installed; run scripts/peers", peer.name));
    }
    // On Unix, a program that is named by a relative path is found from the folder that it is started in.
    let pinned = ["taskset", "-c", "0"].iter().map(|word| (*word).to_owned()).filter(|_| cfg!(target_os = "linux"));
    let words: Vec<String> = pinned.chain(peer.command.iter().map(|word| filled(word))).collect();
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    command.current_dir(FOLDER).envs(peer.env.iter().map(|(name, value)| (name, filled(value))));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let process = command.spawn().map_err(|error| format!("{} does not start: {error}", peer.name))?;
    let nowhere = Url::parse("http://127.0.0.1/").expect("a URL");
    let mut provider = Provider { peer, authorization_endpoint: nowhere.clone(), token_endpoint: nowhere, process };
    let metadata = format!("http://127.0.0.1:{port}/.well-known/openid-configuration");
    let deadline = Instant::now() + START;
    let metadata: Value = loop {
        match http.get(&metadata).send().await {
            Ok(response) => break response.json().await.map_err(|error| error.to_string())?,
            Err(error) if Instant::now() > deadline => return Err(format!("{}: {error}", provider.peer.name)),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    let endpoint = |name: &str| {
        let url = metadata[name].as_str().ok_or_else(|| format!("{} has no {name}", provider.peer.name))?;
        Url::parse(url).map_err(|error| format!("{url}: {error}"))
    };
    (provider.authorization_endpoint, provider.token_endpoint) =
        (endpoint("authorization_endpoint")?, endpoint("token_endpoint")?);
    Ok(provider)
}

async fn turn(http: &reqwest::Client, provider: &Provider) -> Result<Turn, String> {
    let started = Instant::now();
    let browsers = (0..BROWSERS).map(|_| async {
        let (mut cookies, mut flows, mut signed_tokens) = (CookieStore::default(), 0_u32, 0);
        while started.elapsed() < TURN {
            signed_tokens = flow(http, provider, &mut cookies).await?;
            flows += 1;
        }
        Ok((flows, signed_tokens))
    });
    let done: Vec<(u32, usize)> =
        futures::future::join_all(browsers).await.into_iter().collect::<Result<_, String>>()?;
    let flows: u32 = done.iter().map(|(flows, _)| flows).sum();
    Ok(Turn { flows_per_second: f64::from(flows) / started.elapsed().as_secs_f64(), signed_tokens: done[0].1 })
}

/// Logs in and redeems the code. Returns how many signed tokens it has got.
async fn flow(http: &reqwest::Client, provider: &Provider, cookies: &mut CookieStore) -> Result<usize, String> {
    let mut url = provider.authorization_endpoint.clone();
    url.query_pairs_mut().extend_pairs(shared::AUTHORIZATION_REQUEST).extend_pairs(&provider.peer.authorize);
    let mut form = Some(&provider.peer.sign_in).filter(|form| !form.is_empty());
    for _ in 0..HOPS {
        let mut request = match form.take() {
            Some(form) => http.post(url.clone()).form(form),
            None => http.get(url.clone()),
        };
        let kept: Vec<_> = cookies.get_request_values(&url).map(|(name, value)| format!("{name}={value}")).collect();
        if !kept.is_empty() {
            request = request.header(COOKIE, kept.join("; "));
        }
        let response = request.send().await.map_err(|error| error.to_string())?;
        for cookie in response.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            drop(cookies.parse(cookie, &url));
        }
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let location = location.ok_or_else(|| format!("{url} answers {} and leads nowhere", response.status()))?;
        url = url.join(&location).map_err(|error| format!("{location}: {error}"))?;
        if url.as_str().starts_with(shared::REDIRECT_URI) {
            return redeem(http, provider, &url).await;
        }
    }
    Err(format!("{HOPS} redirects, and none to the client; the last is {url}"))
}

async fn redeem(http: &reqwest::Client, provider: &Provider, response: &Url) -> Result<usize, String> {
    let code = shared::code_of(response).ok_or_else(|| format!("no code in {response}"))?;
    let answer = http.post(provider.token_endpoint.clone()).form(&shared::token_request(&code)).send().await;
    let answer = answer.and_then(reqwest::Response::error_for_status).map_err(|error| error.to_string())?;
    let tokens: Value = answer.json().await.map_err(|error| error.to_string())?;
    if tokens["id_token"].is_null() {
        return Err(format!("no ID token in {tokens}"));
    }
    let handed_out =
        ["access_token", "id_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap_or_default());
    Ok(handed_out.iter().filter(|token| token.matches('.').count() == 2).count())
}
