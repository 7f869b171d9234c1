//! `quintain doctor` on wrong set-ups: each message names the cause, and what to do.

use insta::assert_snapshot;
use quintain::verdict::Verdict;

use crate::fixtures::Misbehaviour::{self, *};
use crate::shop::{Ended, Shop};

/// What `doctor` says of a client.
async fn doctor(shop: Shop) -> Ended {
    let ended = shop.quintain("doctor").await;
    assert_eq!(shop.files(), Vec::<String>::new(), "nothing is written");
    ended
}

async fn of(misbehaviour: Misbehaviour) -> Ended {
    doctor(Shop::that(misbehaviour)).await
}

/// What it says of a client whose route at `place` misbehaves.
async fn at(place: &str, misbehaviour: Misbehaviour) -> Ended {
    doctor(Shop::that(misbehaviour).at(place)).await
}

#[tokio::test]
async fn sound_set_up_is_said_to_be_sound() {
    assert_snapshot!(of(Nothing).await);
}

#[tokio::test]
async fn command_that_does_not_exist_is_named() {
    let missing =
        |command: &str| Shop::that(Nothing).file("quintain.toml", "").file("quintain.toml", config_with(command));
    assert_snapshot!("command_that_is_not_on_path", doctor(missing("no-such-program")).await);
    assert_snapshot!("command_that_is_not_in_the_folder", doctor(missing("./no-such-program")).await);
}

fn config_with(program: &str) -> String {
    format!(
        r#"
        [client]
        name = "fixture"
        driver = "web-app"
        [start]
        command = ["{program}", "{{port}}", "{{issuer}}", "{{client_secret}}"]
        [app]
        base_url = "http://127.0.0.1:{{port}}"
        login = "/login"
        callback = "/callback"
        session = "/me"
        "#
    )
}

#[tokio::test]
async fn command_that_may_not_be_executed_is_named() {
    let shop = Shop::that(Nothing).file("start.sh", "#!/bin/sh\n").file("quintain.toml", config_with("./start.sh"));
    assert_snapshot!(shop.quintain("doctor").await);
}

#[tokio::test]
async fn command_that_ends_at_once_is_shown_with_what_it_printed() {
    assert_snapshot!(of(ExitsAtOnce).await);
}

#[tokio::test]
async fn client_that_never_listens_is_given_up_in_time() {
    let shop = Shop::that(NeverListens).with("ready_within_seconds = 30", "ready_within_seconds = 3");
    assert_snapshot!(doctor(shop).await);
}

#[tokio::test]
async fn client_that_listens_and_never_answers_is_given_up_in_time() {
    let shop = Shop::that(Hangs).with("ready_within_seconds = 30", "ready_within_seconds = 3");
    assert_snapshot!(doctor(shop).await);
}

#[tokio::test]
async fn client_that_answers_500_everywhere_is_not_ready() {
    let shop = Shop::that(Answers500).with("ready_within_seconds = 30", "ready_within_seconds = 3");
    assert_snapshot!(doctor(shop).await);
}

#[tokio::test]
async fn session_route_that_takes_everybody_for_logged_in_is_named() {
    assert_snapshot!(at("/me", Answers200).await);
}

#[tokio::test]
async fn session_route_that_does_not_exist_is_named() {
    let shop = Shop::that(Answers404).at("/me").with("ready_within_seconds = 30", "ready_within_seconds = 3");
    assert_snapshot!(doctor(shop).await);
}

#[tokio::test]
async fn session_route_that_redirects_to_itself_is_named() {
    assert_snapshot!(at("/me", Loops).await);
}

#[tokio::test]
async fn session_route_without_end_is_named() {
    let shop = Shop::that(Streams).at("/me").with("ready_within_seconds = 30", "ready_within_seconds = 3");
    assert_snapshot!(doctor(shop).await);
}

#[tokio::test]
async fn login_at_another_provider_is_named() {
    assert_snapshot!(at("/login", LeadsElsewhere).await);
}

#[tokio::test]
async fn login_that_calls_this_host_by_another_name_is_named() {
    assert_snapshot!(at("/login", LeadsToLocalhost).await);
}

#[tokio::test]
async fn login_that_redirects_to_itself_is_named() {
    assert_snapshot!(at("/login", Loops).await);
}

#[tokio::test]
async fn login_route_that_does_not_exist_is_named() {
    assert_snapshot!(at("/login", Answers404).await);
}

#[tokio::test]
async fn login_without_end_is_named() {
    assert_snapshot!(at("/login", Streams).await);
}

#[tokio::test]
async fn algorithm_of_id_tokens_that_the_client_insists_on_is_named() {
    assert_snapshot!(doctor(Shop::that(Nothing).env("DEFECT", "takes-shared-secret-signatures-only")).await);
}

#[tokio::test]
async fn wrong_client_id_is_named() {
    assert_snapshot!(doctor(Shop::that(Nothing).with("\"{client_id}\"", "\"shop-in-production\"")).await);
}

#[tokio::test]
async fn wrong_client_secret_is_named_for_an_app_that_answers_500_to_it() {
    let shop =
        Shop::that(FallsOverOnErrors).at("/callback").with("\"{client_secret}\"", "\"{client_secret}-of-last-year\"");
    let ended = shop.quintain("doctor").await;
    assert_eq!(ended.code, Some(5), "{ended}");
    assert!(ended.stderr.contains("the provider did not accept the client's authentication"), "{ended}");
}

#[tokio::test]
async fn session_route_that_leads_to_an_open_page_is_named_with_that_page() {
    let ended = of(LeadsHomeWhenLookedAt).await;
    assert_eq!(ended.code, Some(5), "{ended}");
    assert!(ended.stderr.contains("/me leads to /, which answers 200, although nobody has logged in"), "{ended}");
    assert!(ended.stderr.contains("what to do: name by [app] logged_in"), "{ended}");
}

#[tokio::test]
async fn wrong_client_secret_is_named() {
    assert_snapshot!(doctor(Shop::that(Nothing).with("\"{client_secret}\"", "\"{client_secret}-of-last-year\"")).await);
}

#[tokio::test]
async fn wrong_redirect_uri_is_named() {
    assert_snapshot!(
        doctor(Shop::that(Nothing).with("callback = \"/callback\"", "callback = \"/auth/callback\"")).await
    );
}

#[tokio::test]
async fn wrong_authentication_method_is_named() {
    let shop = Shop::that(Nothing).with("\"{token_endpoint_auth_method}\"", "\"client_secret_post\"");
    assert_snapshot!(doctor(shop).await);
}

#[tokio::test]
async fn wrong_issuer_is_named() {
    assert_snapshot!(doctor(Shop::that(Nothing).with("\"{issuer}\"", "\"{issuer}/\"")).await);
}

#[tokio::test]
async fn session_page_without_the_subject_is_named() {
    assert_snapshot!(at("/me", HidesSubject).await);
}

#[tokio::test]
async fn session_page_that_shows_the_name_instead_is_told_of_the_key() {
    assert_snapshot!(at("/me", ShowsNameAlone).await);
}

#[tokio::test]
async fn session_page_that_shows_the_address_instead_is_told_of_the_key() {
    let with_email = "scope = \"openid profile email";
    let shop = Shop::that(ShowsAddressAlone).at("/me").with("scope = \"openid profile", with_email);
    assert_snapshot!(doctor(shop).await);
}

#[tokio::test]
async fn session_page_that_shows_no_name_although_it_is_said_to_is_named() {
    let shop = Shop::that(ShowsSubjectAlone).at("/me").with("session =", "identity = \"name\"\nsession =");
    assert_snapshot!(doctor(shop).await);
}

#[tokio::test]
async fn session_route_that_answers_500_once_somebody_is_logged_in_is_named() {
    assert_snapshot!(at("/me", FallsOverAfterwards).await);
}

#[tokio::test]
async fn callback_that_hangs_is_named() {
    let shop = Shop::that(Hangs).at("/callback").with("session =", "answers_within_seconds = 0.5\nsession =");
    assert_snapshot!(doctor(shop).await);
}

#[tokio::test]
async fn callback_that_kills_the_client_is_named() {
    assert_snapshot!(at("/callback", Dies).await);
}

#[tokio::test]
async fn callback_that_answers_500_is_named() {
    assert_snapshot!(at("/callback", Answers500).await);
}

#[tokio::test]
async fn api_route_that_calls_no_api_is_named() {
    assert_snapshot!(at("/call-api", Answers200).await);
}

/// What the provider takes back is no fault of the API route.
#[tokio::test]
async fn code_that_is_presented_twice_is_named_where_its_tokens_are_of_no_use() {
    let ended = doctor(Shop::that(Nothing).env("DEFECT", "redeems-code-twice")).await;
    let text = ended.shown();
    assert_eq!(text.matches("the provider revokes the tokens that it has issued for it").count(), 2, "{text}");
    assert_eq!(text.matches("what to do: redeem each code once").count(), 2, "{text}");
}

#[tokio::test]
async fn refresh_route_that_does_not_refresh_is_named() {
    assert_snapshot!(at("/refresh", Answers200).await);
}

#[tokio::test]
async fn logout_route_that_does_not_log_out_is_named() {
    assert_snapshot!(at("/logout", Answers200).await);
}

#[tokio::test]
async fn client_that_logs_anybody_in_is_named() {
    let shop = Shop::that(LogsAnybodyIn).with("session =", "people = \"fixed\"\nsession =");
    assert_snapshot!(doctor(shop).await);
}

#[tokio::test]
async fn error_that_the_provider_sends_by_redirect_is_quoted() {
    let asks_for_another_api = Shop::that(Nothing).with("\"{audience}\"", "\"https://nobody.example/\"");
    assert_snapshot!(doctor(asks_for_another_api).await);
}

#[tokio::test]
async fn busy_port_is_named() {
    let busy = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = busy.local_addr().expect("it has an address").to_string();
    let shop = Shop::that(Nothing).with("127.0.0.1:{port}", &address);
    assert_snapshot!(doctor(shop).await);
}

#[tokio::test]
async fn printed_secrets_and_terminal_control_do_not_reach_the_console() {
    let shop = Shop::that(PrintsSecretsInColour).with("callback = \"/callback\"", "callback = \"/auth/callback\"");
    let ended = doctor(shop).await;
    assert_snapshot!(ended);
    let control = |character: char| character.is_control() && character != '\n';
    assert!(!ended.stdout.contains(control) && !ended.stderr.contains(control));
}

#[tokio::test]
async fn scope_that_the_client_does_not_ask_for_is_told_and_so_is_what_it_costs() {
    let shop =
        Shop::that(Nothing).with("SCOPE = \"{scope}\"", "SCOPE = \"openid profile offline_access read:appointments\"");
    let whole = doctor(shop).await;
    assert_eq!(whole.code, Some(0), "{whole}");
    let shop = Shop::that(Nothing)
        .with("SCOPE = \"{scope}\"", "SCOPE = \"openid profile offline_access read:appointments\"")
        .with("scope = \"openid profile offline_access", "scope = \"openid profile ofline_access")
        .with("refresh = \"/refresh\"", "");
    let ended = doctor(shop).await;
    assert_eq!(ended.code, Some(5), "{ended}");
    assert!(ended.stdout.contains("not in quintain.toml is \"offline_access\""), "{ended}");
    assert!(ended.stdout.contains("offline_access in [registration] scope adds "), "{ended}");
}

#[tokio::test]
async fn client_that_doubles_the_slash_of_its_issuer_is_told_so_and_runs_at_an_issuer_without_one() {
    let shop = || Shop::that(Nothing).env("DEFECT", "doubles-slash-in-discovery");
    let ended = shop().quintain("doctor").await;
    assert_eq!(ended.code, Some(5), "{ended}");
    assert!(ended.stderr.contains("//.well-known/openid-configuration"), "{ended}");
    assert!(ended.stderr.contains("issuer_without_slash = true"), "{ended}");

    let shop = shop().with("[app]", "[provider]\nissuer_without_slash = true\n\n[app]");
    let selected = "authorize-request/happy-path tolerate/issuer-without-slash";
    let ended = shop.quintain(&format!("verify {selected} --json result.json")).await;
    let verdicts: Vec<_> = shop.results().scenarios.iter().map(|it| it.verdict).collect();
    assert_eq!(verdicts, [Verdict::Pass, Verdict::Inapplicable], "{ended}");

    let shop =
        Shop::that(Nothing).with("[app]", "[provider]\npaths = \"keycloak\"\nissuer_without_slash = true\n\n[app]");
    let ended = shop.quintain("doctor").await;
    assert_eq!((ended.code, ended.processes), (Some(2), 0), "{ended}");
    assert!(ended.stderr.contains("issuer_without_slash = true: the paths"), "{ended}");
}

#[tokio::test]
async fn public_client_is_asked_for_no_secret() {
    let shop = Shop::that(Nothing)
        .with("\"{client_secret}\"", "\"\"")
        .with("\"{token_endpoint_auth_method}\"", "\"none\"")
        .with("[registration]", "[registration]\ntoken_endpoint_auth_method = \"none\"");
    let ended = shop.quintain("doctor").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(!ended.to_string().contains("secret"), "{ended}");
    let ended = shop.quintain("verify token-request/auth-* --json result.json --seed 1").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let about_secrets = shop.results().scenarios.into_iter().filter(|it| it.reason == "registration");
    assert!(about_secrets.count() > 3, "{ended}");
}
