//! Speed, as ratios measured side by side in one run: `cargo bench`.
//!
//! A code flow needs two RS256 signatures, and nothing else on its way may cost as much. So the yardstick is what one
//! core can sign in the same second on the same machine, and not a number from somewhere else.

mod shared;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use mock_idp::{Client, ClientAuthMethod, Endpoint, IssuerConfig, MockIdp, Variation};
use quintain::driver::in_process::InProcessLauncher;
use quintain::lab::{Lab, Observer, Run};
use quintain::suite::{self, Scenario};
use quintain::terms::Profile;

/// The program has this one, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Signatures that one flow needs: the access token and the ID token.
const SIGNATURES_PER_FLOW: f64 = 2.0;
/// How long each figure is measured.
const MEASURED: Duration = Duration::from_secs(3);

fn main() {
    let bound = signatures_per_second() / SIGNATURES_PER_FLOW;
    let flows = flows_per_second();
    println!("what one core can sign                  {bound:>9.0} flows/s");
    println!(
        "code flows, the provider on one core    {flows:>9.0} flows/s   {:>4.0} % of the bound",
        100.0 * flows / bound
    );

    let all = scenarios();
    let half: Vec<_> = all.iter().step_by(2).cloned().collect();
    let (whole, part) = (suite_duration(&all), suite_duration(&half));
    let per = |duration: Duration, scenarios: usize| duration.as_secs_f64() * 1e3 / f64_of(scenarios);
    println!("{:>3} scenarios                            {:>9.2} ms each", all.len(), per(whole, all.len()));
    println!(
        "{:>3} scenarios                            {:>9.2} ms each   growth {:.2} (1 is linear)",
        half.len(),
        per(part, half.len()),
        per(whole, all.len()) / per(part, half.len())
    );
}

fn f64_of(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

fn signatures_per_second() -> f64 {
    let key = KeyPair::generate(KeySize::Rsa2048).expect("there is randomness");
    let mut signature = vec![0; key.public_modulus_len()];
    let (started, mut signed) = (Instant::now(), 0);
    while started.elapsed() < MEASURED {
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &[7; 600], &mut signature).expect("the key signs");
        signed += 1;
    }
    f64_of(signed) / started.elapsed().as_secs_f64()
}

/// The provider has one thread, and as many requests as it can take.
fn flows_per_second() -> f64 {
    let (announce, announced) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let client = Client { token_endpoint_auth_method: ClientAuthMethod::ClientSecretPost, ..Client::default() };
            let config = IssuerConfig { clients: vec![client], ..IssuerConfig::default() };
            let idp = MockIdp::builder().config(config).journal_capacity(2_000).start().await.expect("a port is free");
            let urls = (idp.issuer().url(Endpoint::Authorize), idp.issuer().url(Endpoint::Token));
            announce.send(urls).expect("somebody waits for it");
            std::future::pending::<()>().await;
        });
    });
    let (authorize, token) = announced.recv().expect("the provider starts");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(load(authorize, token))
}

async fn load(authorize: String, token: String) -> f64 {
    let http =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().expect("a client");
    let done = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let loops = (0..16).map(|_| {
        let (http, authorize, token, done) = (http.clone(), authorize.clone(), token.clone(), done.clone());
        async move {
            while started.elapsed() < MEASURED {
                flow(&http, &authorize, &token).await;
                done.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    futures::future::join_all(loops).await;
    f64_of(done.load(Ordering::Relaxed)) / started.elapsed().as_secs_f64()
}

async fn flow(http: &reqwest::Client, authorize: &str, token: &str) {
    let api = [("audience", "https://api.example/")];
    let request = http.get(authorize).query(&shared::AUTHORIZATION_REQUEST).query(&api);
    let response = request.send().await.expect("an answer");
    let location = response.headers()["location"].to_str().expect("a URL").to_owned();
    let code = shared::code_of(&url::Url::parse(&location).expect("a URL")).expect("a code");
    let response = http.post(token).form(&shared::token_request(&code)).send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    response.bytes().await.expect("a body");
}

fn scenarios() -> Vec<Arc<Scenario>> {
    suite::built_in().expect("the built-in suite loads").into_iter().map(Arc::new).collect()
}

/// The best of three.
fn suite_duration(scenarios: &[Arc<Scenario>]) -> Duration {
    struct Unobserved;
    impl Observer for Unobserved {
        fn ended(&self, _run: &Run) {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let once = || {
        runtime.block_on(async {
            let launcher = Box::new(InProcessLauncher::new(&[]));
            let lab = Lab::open(launcher, Profile::Baseline, 8, Variation::seeded(1)).await.expect("a port is free");
            lab.run(scenarios.to_vec(), &Unobserved).await.duration
        })
    };
    (0..3).map(|_| once()).min().expect("three runs")
}
