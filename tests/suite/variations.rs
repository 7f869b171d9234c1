//! What the specifications leave open turns nothing red, whichever side does it.

use std::sync::Arc;

use client_under_test::{
    Behaviour, BrowserId, Client, Clock, Config, Defect, Secret, TokenEndpointAuthMethod, Variation,
};
use mock_idp::{Client as Registered, ClientAuthMethod, Endpoint, IssuerConfig, MockIdp, Request, Trait};
use quintain::driver::in_process::InProcessLauncher;
use quintain::lab::Lab;
use quintain::matrix::{self, Tolerance};
use quintain::suite::{self, ScenarioId};
use quintain::terms::Profile;
use url::Url;

/// Browsers alone see the status of a redirect.
#[test]
fn every_lawful_trait_of_the_provider_has_a_scenario_of_its_own() {
    for varied in Trait::ALL {
        assert_eq!(suite::about(*varied).is_some(), *varied != Trait::SeeOther, "{varied}");
    }
}

/// Where the trait is in force by the seed, it would turn almost everything red. A provider without it plays the suite in
/// the tests of the kill matrix.
#[tokio::test(flavor = "multi_thread")]
async fn trait_that_a_client_does_not_tolerate_is_one_finding_where_it_is_in_force() {
    for (defect, varied) in [
        (Defect::ReadsCompactJsonOnly, Trait::WhiteSpace),
        (Defect::DemandsSlashAfterIssuer, Trait::IssuerWithoutSlash),
    ] {
        let finding = suite::about(varied).expect("there is a scenario about it");
        let mut variations = (0..16).map(mock_idp::Variation::seeded);
        let variation = variations.find(|variation| variation.has(varied)).expect("some seed has it");
        let launcher = Box::new(InProcessLauncher::new(&[defect]));
        let lab = Lab::open(launcher, Profile::Baseline, 8, variation).await.expect("ports can be had");
        assert_eq!(lab.find_untolerated().await, [varied], "{defect}");
        let sample = |at: usize, id: &ScenarioId| at.is_multiple_of(3) || *id == finding;
        assert_eq!(red(&lab, sample).await, std::slice::from_ref(&finding), "{defect}");
    }
}

/// It takes white space, and it takes the odd media type; the two together it does not. Only one of them is claimed.
#[tokio::test(flavor = "multi_thread")]
async fn scenario_about_one_departure_is_not_red_because_of_a_trait_beside_it() {
    let scenarios: Vec<_> = suite::built_in().expect("the built-in suite loads").into_iter().map(Arc::new).collect();
    let sniffs: &[Variation] = &[Variation::SniffsOddMediaTypes];
    let of_media_types: &[&str] = &["token-response/media-type-case", "token-response/media-type-space"];
    for (defects, variations, ids, is_red) in [
        (&[][..], sniffs, of_media_types, false),
        (&[Defect::ComparesMediaTypeExactly], &[], of_media_types, true),
        // What the provider is told to do besides, the plain one does, too.
        (&[Defect::TruncatesAccessToken], &[], &["token-response/long-token"], true),
    ] {
        let scenarios: Vec<_> = scenarios.iter().filter(|it| ids.contains(&it.id.as_str())).cloned().collect();
        for seed in 0..3 {
            let variation = mock_idp::Variation::seeded(seed).with_traits([Trait::WhiteSpace]);
            let launcher = Box::new(InProcessLauncher::with(defects, variations));
            let lab = Lab::open(launcher, Profile::Baseline, 2, variation).await.expect("ports can be had");
            let runs = lab.run(scenarios.clone(), &()).await.runs;
            assert_eq!(runs.len(), ids.len());
            for run in runs {
                assert_eq!(!run.judgement.verdict.is_quiet(), is_red, "seed {seed}: {}", run.judgement.message);
            }
        }
    }
}

/// An access token that is a JWT says when it expires, too. A client that reads this has the same mistakes about
/// `expires_in`, where a token does not say so.
#[tokio::test(flavor = "multi_thread")]
async fn expiry_in_access_tokens_hides_no_mistake_about_lifetimes() {
    for (defect, id) in [
        (Defect::TakesMissingExpiresInForZero, "refresh/not-on-every-call-without-lifetime"),
        (Defect::RefreshesUntilFresh, "expiry/expires-in-zero-at-refresh"),
        (Defect::RefreshesAlwaysAfterRefresh, "refresh/not-on-every-call-after-refresh"),
    ] {
        assert_found(id, defect, Variation::ReadsExpiryOfAccessTokens).await;
    }
}

/// What the API does wrong it does when the client is asked to call it, and not in the login before.
#[tokio::test(flavor = "multi_thread")]
async fn api_call_in_a_login_hides_no_mistake_about_api_calls() {
    for (defect, id) in [
        (Defect::RefreshesWithoutEnd, "api/401-forever-stops"),
        (Defect::RefreshesOn403, "api/403-insufficient-scope"),
        (Defect::RefreshesOn429, "api/429-no-refresh"),
        (Defect::FollowsApiRedirectsWithToken, "api/redirect-cross-host-strips"),
        (Defect::TrustsLinksOfTheApi, "api/token-only-to-configured-host"),
        (Defect::NeverRefreshesOn401, "expiry/api-clock-ahead"),
    ] {
        assert_found(id, defect, Variation::CallsApiInLogin).await;
    }
}

async fn assert_found(id: &str, defect: Defect, variation: Variation) {
    let launcher = Box::new(InProcessLauncher::with(&[defect], &[variation]));
    let lab = Lab::open(launcher, Profile::Baseline, 8, mock_idp::Variation::NONE).await.expect("ports can be had");
    let scenarios = suite::built_in().expect("the built-in suite loads").into_iter();
    let scenario = scenarios.filter(|it| it.id.as_str() == id).map(Arc::new).collect();
    let [run] = &lab.run(scenario, &()).await.runs[..] else { panic!("one scenario runs") };
    assert!(!run.judgement.verdict.is_quiet(), "{id}: {}", run.judgement.message);
}

/// Two traits are found one after the other.
#[tokio::test(flavor = "multi_thread")]
async fn every_trait_that_a_client_does_not_tolerate_is_found_among_all_there_are() {
    let defects = [Defect::DemandsUseOfKeys, Defect::DemandsTyp, Defect::DemandsCodeFirst];
    let launcher = Box::new(InProcessLauncher::new(&defects));
    let variation = mock_idp::Variation::NONE;
    let lab = Lab::open(launcher, Profile::Baseline, 8, variation).await.expect("ports can be had");
    let mut found = lab.find_untolerated_of_all().await;
    found.sort();
    assert_eq!(found, [Trait::KeyWithoutUse, Trait::ResponseOrder, Trait::HeaderWithoutTyp]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_trait_is_blamed_where_an_honest_login_fails_anyway() {
    let launcher = Box::new(InProcessLauncher::new(&[Defect::DoublesSlashInDiscovery]));
    let variation = mock_idp::Variation::seeded(1);
    let lab = Lab::open(launcher, Profile::Baseline, 8, variation).await.expect("ports can be had");
    assert_eq!(lab.find_untolerated().await, []);
}

async fn red(lab: &Lab, sample: impl Fn(usize, &ScenarioId) -> bool) -> Vec<ScenarioId> {
    let scenarios = suite::built_in().expect("the built-in suite loads").into_iter().enumerate();
    let sample = scenarios.filter(|(at, scenario)| sample(*at, &scenario.id)).map(|(_, it)| Arc::new(it)).collect();
    let runs = lab.run(sample, &()).await.runs;
    runs.into_iter().filter(|run| !run.judgement.verdict.is_quiet()).map(|run| run.scenario.id.clone()).collect()
}

/// Such a client learns from UserInfo who has logged in.
#[tokio::test(flavor = "multi_thread")]
async fn no_scenario_about_id_tokens_is_red_for_a_client_of_plain_oauth() {
    let launcher = Box::new(InProcessLauncher::new(&[Defect::ReadsNoIdToken]));
    let lab = Lab::open(launcher, Profile::Oauth, 8, mock_idp::Variation::NONE).await.expect("ports can be had");
    assert_eq!(red(&lab, |_, _| true).await, []);
}

/// Some of each kind; `quintain self-test` tries all.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_lawful_turns_a_scenario_red() {
    let all = matrix::Variation::all(0..8);
    let sample: Vec<_> = all.iter().copied().step_by(96).chain(all.last().copied()).collect();
    let scenarios: Vec<_> = suite::built_in().expect("the built-in suite loads").into_iter().map(Arc::new).collect();
    // A profile decides how a claim that does not hold is graded: what passes under one passes under all.
    let tolerance = Tolerance::compute(&sample, &scenarios, Profile::Baseline, 8, |_| {}).await;
    let tolerance = tolerance.expect("the clients start");
    assert_eq!(tolerance.rows.len(), sample.len());
    assert_eq!(tolerance.false_alarms(), Vec::new());
}

/// Otherwise it would prove nothing that nobody minds it. Header field names arrive in lower case however they were sent;
/// the client's own tests look at those.
#[tokio::test(flavor = "multi_thread")]
async fn every_variation_of_the_client_shows() {
    let plain = seen(&[]).await;
    assert_eq!(plain, seen(&[]).await, "what is compared is the same for every plain client");
    // What a client does after a stray response is looked at where there is one, in the tests of web apps; how often it
    // fetches keys, or asks a provider that was down, shows in the tests of pauses; how it reads odd media types, where there
    // are some; that it links accounts, where two people log in in one browser; that it reads the `exp` of access tokens,
    // where it differs from `expires_in`.
    let hidden = [
        Variation::TitleCasesHeaders,
        Variation::BeginsAgainAfterStrayResponse,
        Variation::BoundsKeyFetches,
        Variation::LinksAccountsWhileLoggedIn,
        Variation::PausesRefreshesAfterOutage,
        Variation::ReadsExpiryOfAccessTokens,
        Variation::SniffsOddMediaTypes,
    ];
    for variation in Variation::ALL.iter().filter(|variation| !hidden.contains(variation)) {
        assert_ne!(plain, seen(&[*variation]).await, "{variation}");
    }
}

/// What a provider sees of the client from the first login to the log-out, values by their length alone.
async fn seen(variations: &[Variation]) -> Vec<String> {
    let behaviour = Behaviour { variations: variations.iter().copied().collect(), ..Behaviour::default() };
    let method = behaviour.variations.token_endpoint_auth_method();
    let client_id = "shop one+two";
    let registered = Registered {
        client_id: client_id.to_owned(),
        client_secret: (method != TokenEndpointAuthMethod::None).then(|| "a secret".to_owned()),
        token_endpoint_auth_method: match method {
            TokenEndpointAuthMethod::ClientSecretBasic => ClientAuthMethod::ClientSecretBasic,
            TokenEndpointAuthMethod::ClientSecretPost => ClientAuthMethod::ClientSecretPost,
            TokenEndpointAuthMethod::None => ClientAuthMethod::None,
        },
        redirect_uris: vec!["http://127.0.0.1/callback".to_owned()],
        ..Registered::default()
    };
    let idp = MockIdp::start().await.expect("a port on loopback can be had");
    let issuer = idp.add_issuer(IssuerConfig { clients: vec![registered], ..IssuerConfig::default() });
    let config = Config {
        issuer: issuer.identifier().to_owned(),
        client_id: client_id.to_owned(),
        client_secret: Secret::new("a secret"),
        token_endpoint_auth_method: method,
        redirect_uri: "http://127.0.0.1/callback".to_owned(),
        post_logout_redirect_uri: None,
        scope: "openid profile offline_access".to_owned(),
        audience: Some("https://api.example/".to_owned()),
        api_url: issuer.url(Endpoint::Api),
        time_limit: std::time::Duration::from_secs(10),
    };
    let http = behaviour.http(Vec::new()).no_proxy().build().expect("an HTTP client can be built");
    let clock = Clock::system();
    let client = Client::new(config, http, clock.clone(), behaviour);
    let mut shown = Vec::new();

    // Two logins begin, and the first one is answered; what became of it shows who remembers both.
    let begun = client.begin(None, None).await.expect("the provider is there");
    let second = client.begin(Some(&begun.browser), None).await.expect("the provider is there");
    let first = answer(&begun.authorization_request).await;
    shown.push(format!("{:?}", client.callback(Some(&begun.browser), first).await.is_ok()));
    let second = client.begin(Some(&second.browser), None).await.expect("the provider is there");
    let response = answer(&second.authorization_request).await;
    let browser = client.callback(Some(&second.browser), response).await.expect("an honest login succeeds").browser;

    // A minute before the access token expires, a minute after, and when the API stops accepting it.
    for seconds in [86_400 - 60, 120] {
        clock.advance(seconds);
        issuer.clock().advance(seconds);
        shown.push(format!("{:?}", client.call_api(&browser).await.is_ok()));
    }
    issuer.revoke_access_tokens_of("auth0|alice");
    shown.push(format!("{:?}", client.call_api(&browser).await.is_ok()));
    shown.push(format!("{:?}", outage(&client, &issuer, &browser).await));
    let log_out = client.logout(&browser).await;
    shown.push(format!("{}", log_out.is_some()));

    let browser = {
        let begun = client.begin(None, None).await.expect("the provider is there");
        let response = answer(&begun.authorization_request).await;
        client.callback(Some(&begun.browser), response).await.expect("an honest login succeeds").browser
    };
    issuer.revoke_refresh_tokens_of("auth0|alice");
    shown.push(format!("{} {}", client.refresh(&browser).await.is_ok(), client.session(&browser).is_some()));

    shown.extend(issuer.journal().entries().iter().map(|entry| shape(issuer.identifier(), &entry.request)));
    shown
}

/// One API call while the API is down.
async fn outage(client: &Client, issuer: &mock_idp::Issuer, browser: &BrowserId) -> u64 {
    let fault = mock_idp::fault::named("api/server-error").expect("there is such a fault");
    let fault = issuer.arm(fault);
    let _ = client.call_api(browser).await;
    issuer.disarm_all();
    issuer.fired(fault)
}

/// The browser's part of a login.
async fn answer(authorization_request: &Url) -> client_under_test::AuthorizationResponse {
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    let browser = browser.build().expect("an HTTP client can be built");
    let response = browser.get(authorization_request.clone()).send().await.expect("the provider answers");
    let location = response.headers()["location"].to_str().expect("a URL is ASCII");
    let pairs = Url::parse(location).expect("a URL").query_pairs().into_owned().collect();
    client_under_test::AuthorizationResponse::from_pairs(pairs)
}

/// A request without its values, but for those that are the same in every run.
fn shape(issuer: &str, request: &Request) -> String {
    let fixed = ["prompt", "x_campaign", "grant_type"];
    let value = |name: &str, value: &str| {
        if fixed.contains(&name) { value.to_owned() } else { value.len().to_string() }
    };
    let params: Vec<_> = request.params.iter().map(|(name, it)| format!("{name}={}", value(name, it))).collect();
    let headers = request.headers.iter().filter(|(name, _)| !["host", "content-length"].contains(&name.as_str()));
    let headers: Vec<_> =
        headers.map(|(name, it)| format!("{name}: {}", it.split(' ').next().unwrap_or_default())).collect();
    let path = request.path.replace(Url::parse(issuer).expect("a URL").path().trim_end_matches('/'), "[issuer]");
    let raw = [&request.raw_query, &request.body]
        .map(|text| text.contains("%2D").to_string() + &text.contains('+').to_string());
    format!("{} {path} {} | {} | {}", request.method, params.join("&"), headers.join(", "), raw.concat())
}

/// The honest issuer ends in a slash or not, as the seed has it; a fault that adds or removes one means something else then.
#[test]
fn scenario_about_a_slash_of_the_issuer_says_whether_there_is_one() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("features");
    let areas = std::fs::read_dir(folder).expect("the features are there").flatten();
    let files = areas.filter_map(|area| std::fs::read_dir(area.path()).ok()).flat_map(Iterator::flatten);
    let mut found = 0;
    for file in files {
        let text = std::fs::read_to_string(file.path()).expect("a feature can be read");
        for scenario in text.split("\n  Scenario").skip(1) {
            let changes_slash = ["\"{issuer}/\"", "| {issuer}/ ", "{issuer:slash}", "\"{issuer:shorter}\""];
            if changes_slash.iter().any(|fault| scenario.contains(fault)) {
                found += 1;
                assert!(scenario.contains("the provider varies in"), "{}: {scenario}", file.path().display());
            }
        }
    }
    assert!(found >= 4, "{found}");
}
