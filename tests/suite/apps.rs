//! Apps that have done nothing wrong, or something that only a careful look tells: the right verdict.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use parking_lot::Mutex;
use quintain::plan::Action;
use quintain::suite;
use quintain::verdict::Verdict;

use crate::fixtures::{Misbehaviour, variable};
use crate::shop::Shop;

/// What an app does besides what it is asked for.
pub(crate) async fn behave(State(what): State<Misbehaviour>, request: Request, next: Next) -> Response {
    static REQUESTS: AtomicUsize = AtomicUsize::new(0);
    static CALLBACKS: AtomicUsize = AtomicUsize::new(0);
    static SHOWN: Mutex<String> = Mutex::new(String::new());
    static ACCOUNTS: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    /// Of the browsers that used the API last: more would make each login slower than the one before.
    static COOKIES: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

    let path = request.uri().path().to_owned();
    let cookies = request.headers().get(COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    match (what, path.as_str()) {
        (Misbehaviour::BeginsLoginsAtCallback, "/callback") if request.uri().query().is_none_or(str::is_empty) => {
            return Redirect::to("/login").into_response();
        }
        (Misbehaviour::CallsApiLater, "/login") => {
            let known: Vec<_> = COOKIES.lock().iter().cloned().collect();
            for cookies in known {
                call_api(cookies).await;
            }
        }
        (Misbehaviour::CallsApiWhenLookedAt, "/me") => call_api(cookies.clone()).await,
        (Misbehaviour::IsReadyLate, _) if REQUESTS.fetch_add(1, Ordering::Relaxed) < 3 => {
            return StatusCode::NOT_FOUND.into_response();
        }
        (Misbehaviour::IsSpoiltByUse, "/callback") if CALLBACKS.fetch_add(1, Ordering::Relaxed) >= 12 => {
            return (StatusCode::FORBIDDEN, "no more users").into_response();
        }
        (Misbehaviour::KeepsAccessLog, _) => println!("GET {}", request.uri()),
        (Misbehaviour::LimitsLogins, "/callback") if CALLBACKS.fetch_add(1, Ordering::Relaxed) >= 12 => {
            return (StatusCode::TOO_MANY_REQUESTS, "slowly").into_response();
        }
        (Misbehaviour::LeadsHomeWhenLoggedIn, "/login") if is_logged_in(&cookies).await => {
            return Redirect::to("/").into_response();
        }
        (Misbehaviour::LosesTokensAtSwitch, "/call-api") if cookies.contains("switched=1") => {
            return (StatusCode::UNAUTHORIZED, "there is no access token").into_response();
        }
        (Misbehaviour::CallsApiLater, "/call-api") if !cookies.is_empty() => {
            let mut known = COOKIES.lock();
            known.retain(|known| *known != cookies);
            known.push_front(cookies.clone());
            known.truncate(4);
        }
        (Misbehaviour::FallsOverAtHome, "/") if request.uri().query() == Some("refused") => {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        _ => {}
    }
    let switches = what == Misbehaviour::LosesTokensAtSwitch && path == "/callback" && is_logged_in(&cookies).await;
    let mut response = next.run(request).await;
    if switches {
        response.headers_mut().append(SET_COOKIE, "switched=1; Path=/".parse().expect("a header"));
    }
    match (what, path.as_str(), response.status()) {
        (Misbehaviour::LogsInAndAnswers400, "/callback", StatusCode::SEE_OTHER) => {
            *response.status_mut() = StatusCode::BAD_REQUEST;
        }
        (Misbehaviour::LeadsToClosedPageAfterLogout, "/logout", StatusCode::SEE_OTHER) => {
            response.headers_mut().insert(LOCATION, "/me".parse().expect("a header"));
        }
        (Misbehaviour::FallsOverAtHome, "/callback", status) if status.is_client_error() => {
            return Redirect::to("/?refused").into_response();
        }
        (Misbehaviour::LeadsHomeAfterLogin, "/callback", StatusCode::BAD_REQUEST) if is_logged_in(&cookies).await => {
            return Redirect::to("/").into_response();
        }
        (Misbehaviour::LeadsToErrorPage, "/callback", StatusCode::BAD_REQUEST) => {
            return Redirect::to("/?error=OAuthCallback").into_response();
        }
        (Misbehaviour::LeadsHomeWhenLookedAt, "/me", status) if !status.is_success() => {
            return Redirect::to("/").into_response();
        }
        (Misbehaviour::StartsLoginWhenLookedAt, "/me", status) if !status.is_success() => {
            return Redirect::to("/login").into_response();
        }
        (Misbehaviour::ShowsEverybody, "/me", StatusCode::OK) => {
            let (parts, body) = response.into_parts();
            let body = to_bytes(body, usize::MAX).await.expect("a page");
            let mut shown = SHOWN.lock();
            shown.push_str(&String::from_utf8_lossy(&body));
            return Response::from_parts(parts, Body::from(shown.clone()));
        }
        (Misbehaviour::ShowsAllOfAnAccount, "/me", StatusCode::OK) => {
            let (parts, body) = response.into_parts();
            let page = String::from_utf8(to_bytes(body, usize::MAX).await.expect("a page").to_vec()).expect("text");
            let address = address_on(&page).to_owned();
            let mut accounts = ACCOUNTS.lock();
            let account = accounts.entry(address).or_default();
            account.push_str(&page);
            return Response::from_parts(parts, Body::from(account.clone()));
        }
        _ => {}
    }
    response
}

/// The e-mail address of the person whom a page shows; all of the page if it shows none.
fn address_on(page: &str) -> &str {
    page.split_once("\"email\":\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or(page)
}

/// As the app does by itself: the answer does not matter.
async fn call_api(cookies: String) {
    let url = format!("{}/call-api", variable("BASE_URL"));
    let _ = reqwest::Client::new().get(url).header(COOKIE, cookies).send().await;
}

/// Whether somebody is, in the browser with these cookies.
async fn is_logged_in(cookies: &str) -> bool {
    let url = format!("{}/me", variable("BASE_URL"));
    let answer = reqwest::Client::new().get(url).header(COOKIE, cookies).send().await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

/// What a scenario came to, alone in its run.
async fn verdict_of(shop: &Shop, id: &str) -> (Verdict, String) {
    let ended = shop.quintain(&format!("verify {id} --json result.json --jobs 1 --seed 1")).await;
    let results = shop.results();
    let [scenario] = results.scenarios.as_slice() else { panic!("one scenario ran: {ended}") };
    (scenario.verdict, scenario.reason.clone())
}

/// The scenarios of the last run that say something against the client, warnings included.
fn loud(shop: &Shop) -> Vec<String> {
    let loud = shop.results().scenarios.into_iter().filter(|it| !it.verdict.is_quiet());
    loud.map(|it| it.id.to_string()).collect()
}

#[tokio::test]
async fn app_that_uses_tokens_in_the_background_gets_no_finding() {
    let shop = Shop::that(Misbehaviour::CallsApiLater);
    let ended = shop
        .quintain("verify callback/code-* id-token/at-hash-wrong session/{f,s,u}* --json result.json --jobs 1 --seed 1")
        .await;
    assert_eq!(ended.code, Some(0), "{ended}");
}

#[tokio::test]
async fn what_an_app_sends_while_the_harness_looks_is_not_counted() {
    let shop = Shop::that(Misbehaviour::CallsApiWhenLookedAt);
    let ended =
        shop.quintain("verify expiry/{a,s,expires-in-z}* refresh/{4,5,i}* --json result.json --jobs 1 --seed 1").await;
    assert_eq!(ended.code, Some(0), "{ended}");
}

#[tokio::test]
async fn app_whose_session_route_starts_a_login_can_be_measured() {
    let shop = Shop::that(Misbehaviour::StartsLoginWhenLookedAt).env("DEFECT", "keeps-only-latest-login");
    let ended =
        shop.quintain("verify callback/[a-i]* id-token/a* session/{f,l,u}* --json result.json --jobs 1 --seed 1").await;
    assert_eq!(ended.code, Some(0), "{ended}");
}

/// The route says so, too, while the metadata are out of reach.
#[tokio::test]
async fn app_that_answers_while_its_provider_is_in_trouble_has_started() {
    let shop = Shop::that(Misbehaviour::StartsLoginWhenLookedAt);
    assert_eq!(verdict_of(&shop, "discovery/http-error").await, (Verdict::Pass, String::new()));
}

/// A supervisor starts it again.
#[tokio::test]
async fn app_that_ends_while_it_can_have_no_metadata_is_started_again() {
    let shop = Shop::that(Misbehaviour::ExitsWithoutMetadata);
    assert_eq!(verdict_of(&shop, "discovery/http-error").await, (Verdict::Pass, String::new()));
}

/// It prints it at its start alone, and not when it was started again.
#[tokio::test]
async fn secret_that_an_app_prints_before_it_ends_is_a_finding() {
    let shop = Shop::that(Misbehaviour::ExitsWithoutMetadata);
    for at_start in ["discovery/http-error", "discovery/issuer-mismatch"] {
        let ended = shop.quintain(&format!("verify {at_start} leakage/credential-in-output --json result.json")).await;
        let is_told = loud(&shop) == ["leakage/credential-in-output"];
        assert_eq!(is_told, at_start == "discovery/http-error", "{ended}");
    }
}

#[tokio::test]
async fn app_whose_routes_are_there_a_little_later_is_waited_for() {
    let ended = Shop::that(Misbehaviour::IsReadyLate).quintain("doctor").await;
    assert_eq!(ended.code, Some(0), "{ended}");
}

/// The provider has put the token there.
#[tokio::test]
async fn token_of_an_authorization_response_may_be_in_an_access_log() {
    let shop = Shop::that(Misbehaviour::KeepsAccessLog);
    let run = "verify callback/*-without-code leakage/credential-in-output --json result.json --jobs 1 --seed 1";
    let ended = shop.quintain(run).await;
    assert_eq!((ended.code, loud(&shop)), (Some(0), Vec::new()), "{ended}");
}

#[tokio::test]
async fn app_whose_log_out_leads_to_a_closed_page_gets_no_finding() {
    let shop = Shop::that(Misbehaviour::LeadsToClosedPageAfterLogout);
    let ended = shop.quintain("verify logout session --json result.json --jobs 1 --seed 1").await;
    assert_eq!((ended.code, loud(&shop)), (Some(0), Vec::new()), "{ended}");
}

#[tokio::test]
async fn red_that_is_none_alone_is_unstable() {
    let shop = Shop::that(Misbehaviour::IsSpoiltByUse);
    let ended = shop.quintain("verify callback --json result.json --jobs 1 --seed 1").await;
    let results = shop.results();
    let unstable = results.scenarios.iter().find(|it| it.verdict == Verdict::Unstable).expect("one is");
    let before = unstable.on_shared_client.as_ref().expect("it was red before");
    assert_eq!((before.verdict, before.reason.as_str()), (Verdict::NotExercised, "control-failed"), "{ended}");
    assert_eq!((ended.code, unstable.reason.as_str()), (Some(1), "differs-alone"));
    assert!(unstable.message.contains("alone, on a fresh one: pass"), "{}", unstable.message);
}

#[tokio::test]
async fn stray_request_is_none_where_logins_begin_at_the_redirect_uri() {
    let shop = Shop::that(Misbehaviour::BeginsLoginsAtCallback);
    assert_eq!(verdict_of(&shop, "callback/stray-requests").await, (Verdict::Inapplicable, "not-used".to_owned()));
    assert_eq!(verdict_of(&shop, "callback/code-missing").await.0, Verdict::Pass);
}

#[tokio::test]
async fn app_that_limits_logins_is_judged_on_a_fresh_one() {
    let shop = Shop::that(Misbehaviour::LimitsLogins);
    let ended = shop.quintain("verify callback --json result.json --jobs 1 --seed 1").await;
    let unstable = shop.results().scenarios.into_iter().find(|it| it.verdict == Verdict::Unstable);
    assert_eq!(unstable.map(|it| (it.id, it.message)), None, "{ended}");
}

#[tokio::test]
async fn red_that_is_the_same_alone_keeps_its_verdict() {
    let shop = Shop::that(Misbehaviour::Nothing).env("DEFECT", "ignores-nonce");
    let ended = shop.quintain("verify id-token/nonce-* --json result.json --jobs 1 --seed 1").await;
    let results = shop.results();
    let red: Vec<_> = results.scenarios.iter().filter(|it| it.verdict.is_red()).collect();
    assert!(!red.is_empty() && red.iter().all(|it| it.verdict != Verdict::Unstable), "{ended}");
    let again = red.iter().filter_map(|it| it.on_shared_client.as_ref());
    assert!(again.count() + 1 >= red.len(), "all but the first of a client are played again: {ended}");
}

#[tokio::test]
async fn page_that_shows_two_people_proves_nothing() {
    let shop = Shop::that(Misbehaviour::ShowsEverybody);
    let verdict = verdict_of(&shop, "cve/account-link-unverified-email").await;
    assert_eq!(verdict, (Verdict::NotExercised, "ambiguous-session".to_owned()));
}

#[tokio::test]
async fn account_that_shows_all_who_log_in_to_it_was_taken_by_somebody_else() {
    let shop = Shop::that(Misbehaviour::ShowsAllOfAnAccount);
    let verdict = verdict_of(&shop, "cve/account-link-unverified-email").await;
    assert_eq!(verdict, (Verdict::Fail, "wrong-subject".to_owned()));
    let verdict = verdict_of(&shop, "cve/noauth-mutable-claim").await;
    assert_eq!(verdict, (Verdict::Pass, String::new()), "the addresses are different ones");
}

#[tokio::test]
async fn callback_that_answers_400_and_logs_in_is_told_as_the_contradiction_that_it_is() {
    let ended = Shop::that(Misbehaviour::LogsInAndAnswers400).quintain("doctor").await;
    assert_eq!(ended.code, Some(5), "{ended}");
    let told = "the client says that it refused (it answered with status 400), and alice is logged in";
    assert!(ended.to_string().replace('\n', " ").contains(told), "{ended}");
}

/// The scenarios in which more than one login begins. In the others the client is never asked for a second one: each
/// scenario has new browsers, and so has its control.
fn with_several_logins() -> Vec<String> {
    let begins = |action: &Action| match action {
        Action::LogIn { .. } | Action::Begin { .. } | Action::BeginMixedUp { .. } | Action::BeginInTab { .. } => 1,
        Action::LogInReturning { .. }
        | Action::StartLogins(_)
        | Action::AbandonLogins { .. }
        | Action::CompleteLogins(_) => 2,
        _ => 0,
    };
    let scenarios = suite::built_in().expect("the built-in suite loads").into_iter();
    let several = scenarios.filter(|scenario| scenario.plan.actions.iter().map(begins).sum::<i32>() > 1);
    several.map(|scenario| scenario.id.to_string()).collect()
}

#[tokio::test]
async fn app_without_a_second_login_gets_no_finding() {
    let shop = Shop::that(Misbehaviour::LeadsHomeWhenLoggedIn);
    let several = with_several_logins();
    assert!(several.len() > 50, "{several:?}");
    let run = format!("verify {} session/l* logout --json result.json --jobs 2 --seed 1", several.join(" "));
    let ended = shop.quintain(&run).await;
    let results = shop.results();
    assert_eq!((ended.code, loud(&shop)), (Some(0), Vec::new()), "{ended}");
    let told = |id: &str| results.scenarios.iter().find(|it| it.id.as_str() == id).map(|it| it.message.as_str());
    let why = "the client begins no login in a browser where somebody is logged in, and this scenario needs one";
    assert_eq!(told("session/user-switch"), Some(why));
    assert_eq!(told("session/login-csrf-logged-in"), Some(""), "one login is enough for it");
    assert!(ended.stdout.contains("no login begins while somebody is logged in"), "{ended}");
}

#[tokio::test]
async fn app_that_links_accounts_gets_no_finding_about_two_people_in_one_browser() {
    let shop = Shop::that(Misbehaviour::Nothing).env("VARIATION", "links-accounts-while-logged-in");
    let ended = shop
        .quintain("verify session/{l,u}* logout userinfo/s* cve callback/[p-t]* --json result.json --jobs 2 --seed 1")
        .await;
    assert_eq!((ended.code, loud(&shop)), (Some(0), Vec::new()), "{ended}");
    let results = shop.results();
    let reason = |id: &str| results.scenarios.iter().find(|it| it.id.as_str() == id).map(|it| it.reason.as_str());
    assert_eq!(reason("session/user-switch"), Some("accounts-linked"));
    assert_eq!(reason("session/login-csrf-logged-in"), Some(""), "an attacker's response links nothing");
    assert!(ended.stdout.contains("is added to that account"), "{ended}");

    let shop = Shop::that(Misbehaviour::Nothing).env("DEFECT", "keeps-first-user");
    assert_eq!(verdict_of(&shop, "session/user-switch").await.0, Verdict::Fail, "the second login is lost");
}

#[tokio::test]
async fn page_that_is_not_there_after_a_login_changes_no_verdict() {
    let shop = Shop::that(Misbehaviour::Answers404).at("/");
    let ended = shop.quintain("verify session callback userinfo logout --json result.json --jobs 2 --seed 1").await;
    assert_eq!((ended.code, loud(&shop)), (Some(0), Vec::new()), "{ended}");
}

#[tokio::test]
async fn fault_is_kept_for_the_scenario_that_has_armed_it() {
    let shop = Shop::that(Misbehaviour::CallsApiLater);
    let ended =
        shop.quintain("verify api/{401-f,401-n,403,5xx}* expiry/{a,s,expires-in-z}* refresh/{4,5}* --json result.json --jobs 1 --seed 1").await;
    assert_eq!((ended.code, loud(&shop)), (Some(0), Vec::new()), "{ended}");
}

#[tokio::test]
async fn app_that_loses_its_tokens_when_another_person_logs_in_is_warned_of_it() {
    let shop = Shop::that(Misbehaviour::LosesTokensAtSwitch);
    let verdict = verdict_of(&shop, "session/user-switch-api").await;
    assert_eq!(verdict, (Verdict::Warn, "access-token-lost".to_owned()));
}

#[tokio::test]
async fn second_tab_may_be_led_to_the_session_of_the_first() {
    let shop = Shop::that(Misbehaviour::LeadsHomeAfterLogin).env("DEFECT", "keeps-only-latest-login");
    assert_eq!(verdict_of(&shop, "callback/two-tabs-other-order").await.0, Verdict::Pass);
    assert_eq!(verdict_of(&shop, "callback/two-tabs-in-order").await.0, Verdict::Warn, "nobody is logged in there");
    let shop = Shop::that(Misbehaviour::LeadsToErrorPage).env("DEFECT", "keeps-only-latest-login");
    assert_eq!(verdict_of(&shop, "callback/two-tabs-other-order").await.0, Verdict::Warn, "status 200, and no home");
    let shop = Shop::that(Misbehaviour::Nothing).env("DEFECT", "keeps-only-latest-login");
    assert_eq!(verdict_of(&shop, "callback/two-tabs-other-order").await.0, Verdict::Warn, "that is an error page");
}

/// The reference client as a web app whose login route takes this parameter, or so its configuration says.
fn returning(parameter: &str) -> Shop {
    let line = format!("session = \"/me\"\nreturn_parameter = \"{parameter}\"");
    Shop::that(Misbehaviour::Nothing).with("session = \"/me\"", &line)
}

#[tokio::test]
async fn where_a_link_to_the_login_leads_is_seen_and_not_visited() {
    let targets = "verify session/return-target-* --json result.json --seed 1";
    let shop = returning("return_to");
    let ended = shop.quintain(targets).await;
    assert_eq!((ended.code, shop.results().count(Verdict::Pass)), (Some(0), 10), "{ended}");

    for (defect, found) in [("returns-anywhere", 9), ("returns-to-path-of-target", 1)] {
        let shop = returning("return_to").env("DEFECT", defect);
        let ended = shop.quintain(targets).await;
        let results = shop.results();
        let red = results.scenarios.iter().filter(|it| it.reason == "open-redirect").count();
        assert_eq!((ended.code, red), (Some(1), found), "{defect}: {ended}");
    }
}

#[tokio::test]
async fn client_that_returns_to_no_page_is_not_measured_by_where_it_goes() {
    let shop = returning("something_else");
    assert_eq!(verdict_of(&shop, "session/return-target-host").await, (Verdict::Inapplicable, "not-used".to_owned()));

    let shop = Shop::that(Misbehaviour::Nothing);
    assert_eq!(verdict_of(&shop, "session/return-target-host").await, (Verdict::Unsupported, "capability".to_owned()));
    let [scenario] = &shop.results().scenarios[..] else { panic!("one scenario ran") };
    assert!(scenario.message.contains("[app] return_parameter"), "{}", scenario.message);
}

#[tokio::test]
async fn client_without_an_api_is_judged_by_what_it_does_with_the_access_token_elsewhere() {
    let without_api = || Shop::that(Misbehaviour::Nothing).with("api = \"/call-api\"", "");
    for (id, defect) in [
        ("token-response/token-type-unknown", "ignores-token-type"),
        ("token-response/token-type-case-upper", "compares-token-type-exactly"),
    ] {
        assert_eq!(verdict_of(&without_api(), id).await.0, Verdict::Pass, "{id}");
        assert_eq!(verdict_of(&without_api().env("DEFECT", defect), id).await.0, Verdict::Fail, "{id}");
    }
    let idle = without_api().env("VARIATION", "skips-userinfo");
    let seen = verdict_of(&idle, "token-response/token-type-unknown").await;
    assert_eq!(seen, (Verdict::Inapplicable, "not-used".to_owned()));
}

#[tokio::test]
async fn claims_that_a_page_shows_twice_are_judged_by_the_one_that_counts() {
    let shop = Shop::that(Misbehaviour::Nothing);
    assert_eq!(verdict_of(&shop, "id-token/sub-twice").await.0, Verdict::Pass);
}

#[tokio::test]
async fn loose_comparison_of_iss_is_a_finding_where_iss_is_compared() {
    let undeclared = |defect: &str| {
        let shop = Shop::that(Misbehaviour::Nothing).env("DEFECT", defect);
        shop.with("\"rfc9207\", ", "")
    };
    let compares = undeclared("compares-iss-without-case");
    let found = verdict_of(&compares, "callback/iss-wrong-by-case").await;
    assert_eq!(found, (Verdict::Fail, "accepted".to_owned()));
    let does_not = undeclared("ignores-iss");
    let found = verdict_of(&does_not, "callback/iss-wrong-by-case").await;
    assert_eq!(found, (Verdict::Inapplicable, "defence-not-owed".to_owned()));
}
