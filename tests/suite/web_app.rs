//! The reference client behind the web-app driver is the same client: same verdicts, same defects found.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{Html, Redirect, Response};
use axum::routing::{get, post};
use client_under_test::{Behaviour, Client, Clock, Config, Defect, Defects, Secret, TokenEndpointAuthMethod, web};
use quintain::results::Results;
use quintain::verdict::Verdict;

use crate::fixtures::Misbehaviour::{FallsOverOnErrors, Nothing, ShowsAddressAlone, ShowsNameAlone, ShowsSubjectAlone};
use crate::shop::{Shop, unsupported};

/// The verdicts that are no pass.
fn noteworthy(results: &Results) -> BTreeMap<String, Verdict> {
    let scenarios = results.scenarios.iter().filter(|scenario| scenario.verdict != Verdict::Pass);
    scenarios.map(|scenario| (scenario.id.to_string(), scenario.verdict)).collect()
}

#[tokio::test]
async fn reference_client_gets_the_same_verdicts_as_in_process() {
    same_verdicts_as_in_process("--shard 1/5 --seed 1").await;
}

#[tokio::test]
#[ignore = "plays the whole suite"]
async fn whole_suite_has_the_same_verdicts_as_in_process() {
    same_verdicts_as_in_process("").await;
}

async fn same_verdicts_as_in_process(part: &str) {
    let shop = Shop::of_two_providers().with("session =", "return_parameter = \"return_to\"\nsession =");
    let ended = shop.quintain(&format!("verify {part} --jobs 2 --json result.json --junit result.xml")).await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(shop.files(), ["result.json", "result.xml"]);
    assert!(ended.processes > 2, "clients of their own for scenarios that need one");
    let as_web_app = shop.results();
    assert_eq!(as_web_app.client.driver, "web-app");

    let elsewhere = Shop::that(Nothing);
    std::fs::remove_file(elsewhere.path("quintain.toml")).expect("it was written");
    let ended = elsewhere.quintain(&format!("verify --reference {part} --json result.json")).await;
    assert_eq!((ended.code, ended.processes), (Some(0), 0), "{ended}");
    let in_process = elsewhere.results();
    assert_eq!(in_process.client.driver, "in-process");

    assert_eq!(noteworthy(&in_process), BTreeMap::new());
    // Nobody can move the clock of another process, and this one has been told of no authority to trust.
    let out_of_reach = ["expiry/session-outlives-id-token", "transport/tls-wrong-host"];
    assert_eq!(noteworthy(&as_web_app), unsupported(&as_web_app, &out_of_reach));
    assert_eq!(as_web_app.scenarios.len(), in_process.scenarios.len());
    assert!(as_web_app.scenarios.len() > 50);
}

/// Of the two defences against a mix-up one is enough. The client compares the path of a redirect URI, and not its query.
#[tokio::test]
async fn redirect_uri_of_each_provider_tells_them_apart_without_iss_if_it_is_compared() {
    let ignores_iss = || Shop::of_two_providers().env("DEFECT", "ignores-iss");
    let with_second = |callback: &str| {
        let callback = format!("callback_second = \"{callback}\"\nsession =");
        ignores_iss().with("session =", &callback).env("SECOND_REDIRECT_URI", "{second_redirect_uri}")
    };
    for (shop, mixup, iss) in [
        (ignores_iss(), Verdict::Fail, Verdict::Fail),
        (with_second("/callback/second"), Verdict::Pass, Verdict::Inapplicable),
        (with_second("/callback?from=second"), Verdict::Fail, Verdict::Fail),
    ] {
        let shop = shop.with("\"rfc9207\", ", "");
        let ended = shop.quintain("verify callback/mixup-* callback/iss-wrong --json result.json").await;
        let results = shop.results();
        let verdict = |id: &str| results.scenarios.iter().find(|it| it.id.as_str() == id).map(|it| it.verdict);
        assert_eq!(verdict("callback/mixup-two-issuers"), Some(mixup), "{ended}");
        assert_eq!(verdict("callback/iss-wrong"), Some(iss), "{ended}");
    }
}

/// What a client comes to whose session page shows one claim: everything that passes with all claims does, or is said to be
/// out of its reach.
async fn told_by(shop: Shop) -> Results {
    let selection = "callback/* session/* userinfo/* cve/* id-token/sub-* refresh/*";
    let ended = shop.quintain(&format!("verify {selection} --jobs 2 --json result.json")).await;
    assert_eq!(ended.code, Some(0), "{ended}");
    shop.results()
}

#[tokio::test]
async fn client_that_shows_names_is_told_by_them_and_what_they_cannot_tell_is_unsupported() {
    let by = |claim: &str| format!("identity = \"{claim}\"\nsession =");
    let claims = "\", \"shows-claims\"]";
    let names = Shop::that(ShowsNameAlone).at("/me").with("session =", &by("name")).with(claims, "\"]");
    let addresses = Shop::that(ShowsAddressAlone)
        .at("/me")
        .with("session =", &by("email"))
        .with(claims, "\"]")
        .with("scope = \"openid profile", "scope = \"openid profile email");
    for results in [told_by(names).await, told_by(addresses).await] {
        let noteworthy = noteworthy(&results);
        let quiet = [Verdict::Unsupported, Verdict::Inapplicable];
        assert!(noteworthy.values().all(|verdict| quiet.contains(verdict)), "{noteworthy:?}");
        for id in ["userinfo/sub-mismatch", "session/subject-case-differs", "cve/account-link-unverified-email"] {
            assert_eq!(noteworthy.get(id), Some(&Verdict::Unsupported), "{id}: {noteworthy:?}");
        }
        for id in ["session/user-switch", "callback/csrf-wall-present", "id-token/sub-missing"] {
            assert_eq!(noteworthy.get(id), None, "{id}: {noteworthy:?}");
        }
    }
}

#[tokio::test]
async fn attack_on_a_client_that_shows_names_is_found_by_the_name() {
    let shop = Shop::that(ShowsNameAlone)
        .at("/me")
        .with("session =", "identity = \"name\"\nsession =")
        .env("DEFECT", "keeps-first-user");
    let ended = shop.quintain("verify session/user-switch --json result.json").await;
    assert_eq!(ended.code, Some(1), "{ended}");
    let verdicts = noteworthy(&shop.results());
    assert_eq!(verdicts, BTreeMap::from([("session/user-switch".to_owned(), Verdict::Fail)]));
}

#[tokio::test]
async fn capability_that_is_not_declared_is_unsupported_and_nothing_else_changes() {
    let shop = Shop::that(Nothing).with("api = \"/call-api\"", "").with("logout = \"/logout\"", "");
    let ended = shop.quintain("verify api/* callback/* session/* --json result.json").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let results = shop.results();
    assert!(results.count(Verdict::Unsupported) > 0);
    assert_eq!(results.count(Verdict::Pass) + results.count(Verdict::Unsupported), results.summary.total, "{ended}");
}

/// A defect of the reference client is found in the web app, by this scenario.
async fn is_found(defect: &str, scenario: &str) {
    let shop = Shop::that(Nothing).env("DEFECT", defect);
    let ended = shop.quintain(&format!("verify {scenario} --json result.json")).await;
    assert_eq!(ended.code, Some(1), "{defect}: {ended}");
    assert_eq!(shop.results().count(Verdict::Fail), 1, "{defect}: {ended}");
}

#[tokio::test]
async fn client_that_ignores_another_issuer_is_found() {
    is_found("ignores-iss", "callback/iss-wrong").await;
}

#[tokio::test]
async fn client_that_does_not_compare_nonces_is_found() {
    is_found("ignores-nonce", "id-token/nonce-wrong").await;
}

#[tokio::test]
async fn client_that_sends_the_browser_back_after_an_error_is_found() {
    is_found("retries-denied-login", "callback/error-access-denied").await;
}

#[tokio::test]
async fn client_that_sends_the_browser_back_with_a_weaker_request_is_found() {
    is_found("retries-without-challenge", "pkce/no-downgrade").await;
}

#[tokio::test]
async fn client_that_keeps_the_session_behind_a_cookie_that_it_has_cleared_is_found() {
    let shop = Shop::that(Nothing).env("DEFECT", "keeps-session-for-old-cookies");
    let ended = shop.quintain("verify logout/* --json result.json").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let expected = BTreeMap::from([("logout/old-cookie-dead".to_owned(), Verdict::Warn)]);
    assert_eq!(noteworthy(&shop.results()), expected, "{ended}");
}

#[tokio::test]
async fn status_500_of_the_route_that_calls_the_api_is_no_refusal() {
    let shop = Shop::that(FallsOverOnErrors).at("/call-api");
    let ended = shop.quintain("verify api/403-insufficient-scope --json result.json").await;
    let results = shop.results();
    assert_ne!(results.scenarios[0].verdict, Verdict::Pass, "{ended}");
    assert!(results.scenarios[0].message.contains("status 500"), "{ended}");
}

#[tokio::test]
async fn client_that_never_shows_what_userinfo_says_proves_nothing_by_not_showing_it() {
    let shop = Shop::that(ShowsSubjectAlone).at("/me");
    let ended =
        shop.quintain("verify userinfo/sub-mismatch userinfo/sub-missing userinfo/error-500 --json result.json").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    // One that refuses the login has looked at what it does not show.
    let verdicts = noteworthy(&shop.results());
    assert_eq!(verdicts, BTreeMap::from([("userinfo/error-500".to_owned(), Verdict::Inapplicable)]), "{ended}");
    let shop = Shop::that(ShowsSubjectAlone).at("/me").env("DEFECT", "keeps-first-user");
    let ended = shop.quintain("verify session/user-switch --json result.json").await;
    assert_eq!(shop.results().count(Verdict::Fail), 1, "what is not about UserInfo is judged as before: {ended}");
}

#[tokio::test]
async fn client_that_takes_any_state_is_found() {
    is_found("ignores-state", "callback/state-mismatch-walls-down --profile strict-state").await;
}

#[tokio::test]
async fn client_that_believes_any_signature_is_found() {
    let shop = Shop::that(Nothing).env("DEFECT", "skips-signature");
    let ended = shop.quintain("verify id-token/* --profile signature-required --json result.json").await;
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(shop.results().count(Verdict::Fail) > 0, "{ended}");
}

/// The reference client as a web app that somebody has started, behind `front`; and a shop that is configured for it.
async fn running(front: impl FnOnce(Router) -> Router, routes: &str) -> Shop {
    running_with(Behaviour::default(), front, routes).await
}

async fn running_with(behaviour: Behaviour, front: impl FnOnce(Router) -> Router, routes: &str) -> Shop {
    let provider = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let provider = provider.expect("a port is free").port();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let base_url = format!("http://{}", listener.local_addr().expect("it has an address"));
    let config = Config {
        issuer: format!("http://127.0.0.1:{provider}/"),
        client_id: "shop".to_owned(),
        client_secret: Secret::new("as configured in the shop"),
        token_endpoint_auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
        redirect_uri: format!("{base_url}/callback"),
        post_logout_redirect_uri: Some(base_url.clone()),
        scope: "openid profile offline_access".to_owned(),
        audience: Some("https://api.example/".to_owned()),
        api_url: format!("http://127.0.0.1:{provider}/api"),
        time_limit: Duration::from_secs(10),
    };
    let http = behaviour.http(Vec::new()).no_proxy().build().expect("an HTTP client");
    let client = Client::new(config, http, Clock::system(), behaviour);
    let app = front(web::app(Arc::new(client)));
    tokio::spawn(async move { axum::serve(listener, app).await });

    let file = format!(
        r#"
        [client]
        name = "shop"
        driver = "web-app"
        [provider]
        port = {provider}
        client_id = "shop"
        client_secret = "as configured in the shop"
        [app]
        base_url = "{base_url}"
        {routes}
        callback = "/callback"
        session = "/me"
        api = "/call-api"
        refresh = "/refresh"
        logout = "/logout"
        [registration]
        audience = "https://api.example/"
        "#
    );
    Shop::that(Nothing).file("quintain.toml", file)
}

/// What becomes of planted cookies.
async fn fixation_at(shop: &Shop) -> (Verdict, String) {
    let ended = shop.quintain("verify session/fixation --json result.json").await;
    let results = shop.results();
    (results.scenarios.first().unwrap_or_else(|| panic!("{ended}")).verdict, ended.to_string())
}

#[tokio::test]
async fn client_that_keeps_its_session_identifier_logs_in_the_person_who_planted_it() {
    let (verdict, said) = fixation_at(&Shop::that(Nothing).env("DEFECT", "keeps-session-identifier")).await;
    assert_eq!(verdict, Verdict::Warn, "{said}");
    assert!(said.contains("nobody should be logged in, but alice is logged in"), "{said}");
}

#[tokio::test]
async fn client_that_sets_no_cookie_before_the_login_has_none_that_could_be_planted() {
    let front = |app: Router| {
        app.layer(map_response(|mut response: Response| async {
            if response.headers().get(LOCATION).is_some_and(|target| target != "/") {
                response.headers_mut().remove(SET_COOKIE);
            }
            response
        }))
    };
    // It finds the login by the state.
    let behaviour = Behaviour::from(Defects::from_iter([Defect::FindsLoginsOfAnyBrowser]));
    let (verdict, said) = fixation_at(&running_with(behaviour, front, "login = \"/login\"").await).await;
    assert_eq!(verdict, Verdict::Inapplicable, "{said}");
    assert!(said.contains("has set no cookie in the attacker's browser"), "{said}");
}

#[tokio::test]
async fn planted_cookies_that_let_nobody_log_in_prove_nothing() {
    // A second login of one browser is refused.
    let front = |app: Router| {
        app.layer(from_fn(|request: Request, next: Next| async {
            let again = request.uri().path() == "/login" && request.headers().contains_key(COOKIE);
            if again { Err((StatusCode::FORBIDDEN, "who are you?")) } else { Ok(next.run(request).await) }
        }))
    };
    let (verdict, said) = fixation_at(&running(front, "login = \"/login\"").await).await;
    assert_eq!(verdict, Verdict::NotExercised, "{said}");
    assert!(said.contains("nobody is logged in with the planted cookies") && said.contains("who are you?"), "{said}");
}

/// What becomes of cookies under the names of others.
async fn renamed_at(shop: &Shop) -> (Verdict, String) {
    let ended = shop.quintain("verify session/login-cookie-as-session --json result.json").await;
    let results = shop.results();
    (results.scenarios.first().unwrap_or_else(|| panic!("{ended}")).verdict, ended.to_string())
}

/// A client that sets further cookies with every answer.
fn with_cookies(app: Router, cookies: &'static [&'static str]) -> Router {
    app.layer(map_response(move |mut response: Response| async move {
        for cookie in cookies {
            response.headers_mut().append(SET_COOKIE, HeaderValue::from_static(cookie));
        }
        response
    }))
}

#[tokio::test]
async fn client_that_takes_the_cookie_of_a_login_for_a_session_is_found_and_the_cookies_are_named() {
    let defects = Defects::from_iter([Defect::TakesLoginCookieForSession]);
    let front = |app| with_cookies(app, &["theme=dark; Path=/", "lang=en; Path=/"]);
    let (verdict, said) = renamed_at(&running_with(defects.into(), front, "login = \"/login\"").await).await;
    assert_eq!(verdict, Verdict::Fail, "{said}");
    assert!(said.contains("by the value of the cookie login under the name session"), "{said}");
}

#[tokio::test]
async fn cookies_that_anybody_may_write_are_no_finding() {
    let front = |app| with_cookies(app, &["theme=dark; Path=/", "lang=en; Path=/"]);
    let (verdict, said) = renamed_at(&running(front, "login = \"/login\"").await).await;
    assert_eq!(verdict, Verdict::Pass, "{said}");
}

#[tokio::test]
async fn client_that_has_the_same_cookie_before_and_after_a_login_has_no_other_name() {
    let defects = Defects::from_iter([Defect::KeepsSessionIdentifier]);
    let (verdict, said) = renamed_at(&running_with(defects.into(), |app| app, "login = \"/login\"").await).await;
    assert_eq!(verdict, Verdict::Inapplicable, "{said}");
    assert!(said.contains("that has another name than the one by which somebody is logged in"), "{said}");
}

#[tokio::test]
async fn client_that_needs_several_cookies_at_once_is_not_judged_by_one() {
    let front = |app: Router| {
        let app = app.layer(from_fn(|request: Request, next: Next| async {
            let cookies = request.headers().get(COOKIE).and_then(|cookies| cookies.to_str().ok()).unwrap_or_default();
            let refuses = request.uri().path() == "/me" && !cookies.contains("device=1");
            if refuses { Err(StatusCode::UNAUTHORIZED) } else { Ok(next.run(request).await) }
        }));
        with_cookies(app, &["device=1; Path=/"])
    };
    let (verdict, said) = renamed_at(&running(front, "login = \"/login\"").await).await;
    assert_eq!(verdict, Verdict::Inapplicable, "{said}");
    assert!(said.contains("it takes several of them"), "{said}");
}

#[tokio::test]
async fn status_500_to_a_cookie_under_another_name_is_a_warning() {
    // No browser has both cookies of this client but by an attack.
    let front = |app: Router| {
        app.layer(from_fn(|request: Request, next: Next| async {
            let cookies = request.headers().get(COOKIE).and_then(|cookies| cookies.to_str().ok()).unwrap_or_default();
            let falls_over = ["login=", "session="].iter().all(|name| cookies.contains(name));
            if falls_over { Err(StatusCode::INTERNAL_SERVER_ERROR) } else { Ok(next.run(request).await) }
        }))
    };
    let (verdict, said) = renamed_at(&running(front, "login = \"/login\"").await).await;
    assert_eq!(verdict, Verdict::Warn, "{said}");
    assert!(said.contains("status 500") && said.contains("the cookie login under the name session"), "{said}");
}

#[tokio::test]
async fn client_that_runs_already_finds_its_provider_where_it_expects_it() {
    let shop = running(|app| app, "login = \"/login\"").await;
    let ended = shop.quintain("verify discovery id-token/[a-i]* refresh/[a-i]* --json result.json").await;
    assert_eq!((ended.code, ended.processes), (Some(0), 0), "{ended}");
    let results = shop.results();
    assert!(results.count(Verdict::Pass) > 50, "{ended}");
    let altered = results.scenarios.iter().find(|it| it.id.as_str() == "discovery/issuer-mismatch");
    assert_eq!(altered.map(|it| it.verdict), Some(Verdict::Unsupported), "it cannot be started on altered metadata");

    // It keeps what it has learnt, and another run finds it again.
    let again = shop.quintain("verify callback/code-*").await;
    assert_eq!(again.code, Some(0), "{again}");
}

#[tokio::test]
async fn client_that_is_told_where_the_metadata_are_does_not_show_how_it_finds_them() {
    let path = |shop: Shop| async move {
        let ended = shop.quintain("verify discovery/well-known-path --json result.json").await;
        assert_eq!(ended.code, Some(0), "{ended}");
        let scenario = &shop.results().scenarios[0];
        (scenario.verdict, scenario.reason.clone())
    };
    let shop = || Shop::that(Nothing);
    assert_eq!(path(shop()).await, (Verdict::Pass, String::new()));
    for told in ["{metadata_url}", "{issuer}.well-known/openid-configuration"] {
        let verdict = path(shop().env("METADATA", &format!("file {told}"))).await;
        assert_eq!(verdict, (Verdict::Inapplicable, "provider".to_owned()), "{told}");
    }
}

#[tokio::test]
async fn login_that_begins_with_forms_is_gone_through() {
    // Who are you? Then a button; and only then the login route.
    let who = || async {
        Html("<form method=post action=/button><input name=email><input type=hidden name=t value=1></form>")
    };
    let button = |body: String| async move {
        match body.as_str() {
            "email=alice%40example.com&t=1" => Ok(Html("<form action=/login><button>Go on</button></form>")),
            other => Err((StatusCode::BAD_REQUEST, format!("who is {other}?"))),
        }
    };
    let front = |app: Router| app.route("/who", get(who)).route("/button", post(button));
    let filled_in = "login_fields = { email = \"alice@example.com\" }";
    let shop = running(front, &format!("login = \"/who\"\nlogin_form = \"form\"\n{filled_in}")).await;
    let ended = shop.quintain("verify callback session").await;
    assert_eq!(ended.code, Some(0), "{ended}");

    let shop = running(front, "login = \"/who\"\nlogin_form = \"form\"").await;
    let ended = shop.quintain("verify callback").await;
    assert_eq!(ended.code, Some(5), "{ended}");
    assert!(ended.to_string().contains("who is email="), "the page is quoted: {ended}");
}

#[tokio::test]
async fn logout_by_a_form_is_gone_through() {
    let page = || async { Html("<form method=post action=/bye><input type=hidden name=t value=1></form>") };
    let bye = |body: String| async move {
        if body == "t=1" { Ok(Redirect::to("/logout")) } else { Err(StatusCode::FORBIDDEN) }
    };
    let front = |app: Router| app.route("/account", get(page)).route("/bye", post(bye));
    let by_form = |form: &'static str| async move {
        let shop = running(front, "login = \"/login\"").await;
        let shop = shop.with("logout = \"/logout\"", &format!("logout = \"/account\"\n{form}"));
        let ended = shop.quintain("verify logout --json result.json").await;
        (noteworthy(&shop.results()), ended)
    };
    let (red, ended) = by_form("logout_form = \"form\"").await;
    assert_eq!((red, ended.code), (BTreeMap::new(), Some(0)), "{ended}");

    // A page that only shows the form ends no session.
    let (red, ended) = by_form("").await;
    assert_eq!(red.get("logout/local-session-cleared"), Some(&Verdict::Warn), "{ended}");
}

#[tokio::test]
async fn credential_that_a_web_app_lets_out_is_reported_once_and_by_the_way_that_it_took() {
    let ways = [
        ("shows-tokens", "leakage/credential-on-page"),
        ("puts-tokens-into-cookie", "leakage/credential-in-header"),
        ("prints-tokens", "leakage/credential-in-output"),
    ];
    for (defect, scenario) in ways {
        let shop = Shop::that(Nothing).env("DEFECT", defect);
        let ended = shop.quintain("verify leakage/credential-* callback/code-missing --json result.json").await;
        assert_eq!(ended.code, Some(0), "{defect}: {ended}");
        let results = shop.results();
        assert_eq!(noteworthy(&results), BTreeMap::from([(scenario.to_owned(), Verdict::Warn)]), "{ended}");
        if defect == "prints-tokens" {
            let finding = results.scenarios.iter().find(|it| it.id.as_str() == scenario).expect("it was run");
            let line = "in what the client prints: \"logged in, access_token=[redacted]\"";
            assert!(finding.message.contains(line), "{}", finding.message);
        }
    }
}

#[tokio::test]
async fn credential_on_a_page_of_one_scenario_is_the_finding_of_the_run() {
    let shop = Shop::that(Nothing).env("DEFECT", "shows-provider-responses");
    let selected = "leakage/credential-on-page token-response/malformed-json";
    let ended = shop.quintain(&format!("verify {selected} --json result.json")).await;
    let results = shop.results();
    let finding = results.scenarios.iter().find(|it| it.id.as_str() == "leakage/credential-on-page");
    let finding = finding.expect("it was run");
    assert_eq!(finding.verdict, Verdict::Warn, "{ended}");
    let said = "an access token of ";
    assert!(finding.message.starts_with(said), "{}", finding.message);
    assert!(finding.message.contains("/callback, in token-response/malformed-json"), "{}", finding.message);
}
