//! Clients that insist on https: the providers serve it, and the client learns of their authority from a file. And
//! clients that are shown a wrong certificate.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use quintain::driver::in_process::InProcessLauncher;
use quintain::driver::{Capabilities, Driver, Enrolment, Launcher, Registration, SetupError};
use quintain::lab::Lab;
use quintain::mock_idp::{Authority, Endpoint, HandshakeEnd, Issuer, Variation};
use quintain::suite;
use quintain::terms::Profile;
use quintain::verdict::{Judgement, Verdict};
use serde_json::Value;

use crate::fixtures::Misbehaviour::{KeepsHostAlone, Nothing};
use crate::shop::Shop;
use crate::talkers::Manner::Civil;

/// A shop whose providers serve https.
fn shop() -> Shop {
    Shop::that(Nothing).with("[app]", "[tls]\nprovider = true\n\n[app]")
}

const WRONG_CERTIFICATES: [&str; 2] = ["transport/tls-self-signed", "transport/tls-wrong-host"];

/// What the shop makes of wrong certificates, and why.
fn certificates(shop: &Shop) -> [(Verdict, String); 2] {
    let results = shop.results();
    WRONG_CERTIFICATES.map(|id| {
        let scenario = results.scenarios.iter().find(|scenario| scenario.id.as_str() == id).expect("it was selected");
        (scenario.verdict, scenario.message.clone())
    })
}

#[tokio::test]
async fn client_that_is_told_of_the_authority_is_verified_over_https() {
    // The variable by which the reference client's TLS library learns what the system trusts.
    let shop = shop().env("SSL_CERT_FILE", "{ca_file}");
    let ended = shop.quintain("verify callback discovery transport --jobs 2 --json result.json").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(certificates(&shop).map(|(verdict, _)| verdict), [Verdict::Pass, Verdict::Pass], "{ended}");
    assert!(
        std::fs::read_to_string(shop.path("result.json")).is_ok_and(|text| text.contains("https://")),
        "the providers are at https URLs"
    );
}

#[tokio::test]
async fn client_that_makes_the_issuer_of_a_host_is_verified_with_the_issuer_at_its_root() {
    let at_root = |shop: Shop| {
        shop.with("ISSUER = \"{issuer}\"", "ISSUER = \"https://{issuer_host}/\"")
            .with("[app]", "[provider]\nat_root = true\n\n[app]")
            .with("session =", "login_second = \"/login?iss={second_issuer}\"\nsession =")
            .env("SECOND_ISSUER", "https://{second_issuer_host}/")
            .env("SECOND_CLIENT_ID", "{second_client_id}")
            .env("SECOND_CLIENT_SECRET", "{second_client_secret}")
            .env("SECOND_API_URL", "{second_api_url}")
    };
    let shop = at_root(shop().env("SSL_CERT_FILE", "{ca_file}"));
    let selected = "transport discovery/issuer-slash discovery/issuer-slash-less callback/mixup-two-issuers callback/two-issuers-interleaved";
    let ended = shop.quintain(&format!("verify {selected} --jobs 2 --json result.json")).await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(certificates(&shop).map(|(verdict, _)| verdict), [Verdict::Pass, Verdict::Pass], "{ended}");
    assert!(shop.results().scenarios.iter().all(|it| it.verdict == Verdict::Pass), "{ended}");

    let shop = at_root(self::shop().env("CA_FILE", "{ca_file}")).env("DEFECT", "accepts-any-host-name");
    let ended = shop.quintain("verify transport --json result.json").await;
    assert_eq!(certificates(&shop).map(|(verdict, _)| verdict), [Verdict::Pass, Verdict::Fail], "{ended}");
}

#[tokio::test]
async fn client_that_keeps_nothing_but_the_host_of_its_issuer_is_told_of_the_issuer_at_the_root() {
    let ended = Shop::that(KeepsHostAlone).quintain("doctor").await;
    assert_eq!(ended.code, Some(5), "{ended}");
    assert!(ended.stderr.contains("write [provider] at_root = true"), "{ended}");
    let ended = Shop::that(Nothing).env("DOMAIN", "{issuer_host}").quintain("doctor").await;
    assert_eq!((ended.code, ended.processes), (Some(2), 0), "{ended}");
    assert!(ended.stderr.contains("write [provider] at_root = true"), "{ended}");
}

#[tokio::test]
async fn stdio_client_that_is_told_of_the_authority_is_verified_over_https() {
    let tls = "[tls]\nprovider = true\n\n[registration]";
    let shop = Shop::talking(Civil).with("[registration]", tls).env("SSL_CERT_FILE", "{ca_file}");
    let ended = shop.quintain("verify callback transport --jobs 2").await;
    assert_eq!(ended.code, Some(0), "{ended}");
}

#[tokio::test]
async fn client_that_is_not_told_of_the_authority_is_a_broken_set_up() {
    let ended = shop().quintain("verify callback").await;
    assert_eq!(ended.code, Some(5), "{ended}");
    assert!(ended.stderr.contains("certificate of the run") && ended.stderr.contains("{ca_file}"), "{ended}");
    assert!(ended.stderr.contains("a TLS handshake with the provider that failed"), "{ended}");
}

#[tokio::test]
async fn file_of_the_authority_where_nobody_serves_https_is_a_wrong_configuration() {
    let ended = Shop::that(Nothing).env("SSL_CERT_FILE", "{ca_file}").quintain("verify callback").await;
    assert_eq!((ended.code, ended.processes), (Some(2), 0), "{ended}");
    assert!(ended.stderr.contains("[tls] provider = true"), "{ended}");
}

#[tokio::test]
async fn client_that_checks_the_chain_without_the_name_takes_a_certificate_for_another_host() {
    let shop = shop().env("CA_FILE", "{ca_file}").env("DEFECT", "accepts-any-host-name");
    let ended = shop.quintain("verify transport --json result.json").await;
    assert_eq!(ended.code, Some(1), "{ended}");
    assert_eq!(certificates(&shop).map(|(verdict, _)| verdict), [Verdict::Pass, Verdict::Fail], "{ended}");
}

#[tokio::test]
async fn client_that_trusts_no_authority_of_the_run_is_shown_no_certificate_by_it() {
    let shop = Shop::that(Nothing);
    let ended = shop.quintain("verify transport --json result.json").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let [untrusted, (verdict, message)] = certificates(&shop);
    assert_eq!((untrusted.0, verdict), (Verdict::Pass, Verdict::Unsupported), "{ended}");
    assert!(message.contains("[tls] provider = true"), "{message}");
}

/// Runs the scenarios with wrong certificates on a client in this process.
async fn shown_wrong_certificates(
    launcher: impl Launcher + 'static,
) -> BTreeMap<String, (Judgement, Vec<HandshakeEnd>)> {
    let lab = Lab::open(Box::new(launcher), Profile::Baseline, 1, Variation::NONE).await.expect("a port can be had");
    let scenarios = suite::built_in().expect("the built-in suite loads").into_iter();
    let scenarios = scenarios.filter(|scenario| WRONG_CERTIFICATES.contains(&scenario.id.as_str())).map(Arc::new);
    let mut shown = BTreeMap::new();
    for run in lab.run(scenarios.collect(), &()).await.runs {
        let evidence = run.evidence.expect("it was run");
        let journal = evidence.issuer.journal();
        // The client may know that it has hung up before the server does.
        let all_ended = || journal.handshakes().iter().all(|handshake| handshake.end.is_some());
        assert!(journal.wait_until(|_| all_ended(), Duration::from_secs(10)).await);
        let ends = journal.handshakes().iter().filter_map(|handshake| handshake.end.clone()).collect();
        shown.insert(run.scenario.id.to_string(), (run.judgement, ends));
    }
    shown
}

#[tokio::test]
async fn refused_certificate_is_told_by_the_handshake() {
    let mut shown = shown_wrong_certificates(InProcessLauncher::new(&[])).await;
    for (id, alert) in WRONG_CERTIFICATES.into_iter().zip(["unknown_ca", "bad_certificate"]) {
        let (judgement, ends) = shown.remove(id).expect("it was run");
        assert_eq!((judgement.verdict, ends), (Verdict::Pass, vec![HandshakeEnd::Alert(alert.into())]), "{id}");
    }
}

/// Refuses metadata whose endpoints are not at the port of the issuer, whatever their certificates are.
struct Picky(InProcessLauncher);

#[async_trait]
impl Launcher for Picky {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn capabilities(&self) -> &Capabilities {
        self.0.capabilities()
    }

    fn trusted_authority(&self) -> Option<&Authority> {
        self.0.trusted_authority()
    }

    fn registration(&self) -> Registration {
        self.0.registration()
    }

    async fn launch(
        &self,
        issuer: &Issuer,
        registration: &Registration,
        second: Option<&Enrolment>,
    ) -> Result<Box<dyn Driver>, SetupError> {
        let answer = reqwest::get(issuer.url(Endpoint::Discovery)).await.expect("the provider answers");
        let metadata: Value = answer.json().await.expect("JSON");
        let token_endpoint = metadata["token_endpoint"].as_str().expect("there is one");
        if token_endpoint.starts_with(issuer.identifier()) {
            return self.0.launch(issuer, registration, second).await;
        }
        Err(SetupError::new("start", "an endpoint is at another port".to_owned(), "put it elsewhere"))
    }
}

#[tokio::test]
async fn client_that_refuses_something_else_has_not_refused_the_certificate() {
    let shown = shown_wrong_certificates(Picky(InProcessLauncher::new(&[]))).await;
    assert_eq!(shown.len(), WRONG_CERTIFICATES.len());
    for (id, (judgement, ends)) in shown {
        assert_eq!((judgement.verdict, judgement.reason), (Verdict::NotExercised, "not-reached"), "{id}");
        assert!(judgement.message.contains("an endpoint is at another port"), "{id}: {}", judgement.message);
        assert_eq!(ends, [], "{id}");
    }
}
