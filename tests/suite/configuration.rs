//! `quintain.toml` with something wrong: said with place, cause and remedy, and nothing runs.

use insta::assert_snapshot;

use crate::fixtures::Misbehaviour::Nothing;
use crate::shop::{Ended, Shop};

/// What `verify` says of a configuration that cannot be used.
async fn refused(shop: Shop) -> String {
    refused_by("verify", shop).await
}

async fn refused_by(command_line: &str, shop: Shop) -> String {
    let before = shop.files();
    let ended: Ended = shop.quintain(command_line).await;
    assert_eq!((ended.code, ended.stdout.as_str(), ended.processes), (Some(2), "", 0), "{}", ended.stderr);
    assert_eq!(shop.files(), before, "nothing is written");
    ended.stderr.replace(&*shop.path("").to_string_lossy(), "[folder]/")
}

/// What it says after this change.
async fn changed(old: &str, new: &str) -> String {
    refused(Shop::that(Nothing).with(old, new)).await
}

#[tokio::test]
async fn unknown_key_is_named() {
    assert_snapshot!(changed("session =", "sesion =").await);
}

#[tokio::test]
async fn unknown_section_is_named() {
    assert_snapshot!(changed("[registration]", "[registraton]").await);
}

#[tokio::test]
async fn missing_section_is_named() {
    assert_snapshot!(
        refused(Shop::that(Nothing).file("quintain.toml", "[client]\nname = \"a\"\ndriver = \"web-app\"\n")).await
    );
}

#[tokio::test]
async fn empty_file_is_refused() {
    assert_snapshot!(refused(Shop::that(Nothing).file("quintain.toml", "")).await);
}

#[tokio::test]
async fn missing_key_is_named() {
    assert_snapshot!(changed("login = \"/login\"", "").await);
}

#[tokio::test]
async fn wrong_type_is_named() {
    assert_snapshot!("text_expected", changed("\"/login\"", "7").await);
    assert_snapshot!("number_expected", changed("ready_within_seconds = 30", "ready_within_seconds = \"soon\"").await);
    assert_snapshot!("list_expected", changed("declares = [", "declares = \"rfc9207\" #").await);
}

#[tokio::test]
async fn time_that_is_none_is_refused() {
    for time in ["0", "-1", "nan", "inf", "1e300"] {
        let message = changed("ready_within_seconds = 30", &format!("ready_within_seconds = {time}")).await;
        assert!(message.contains("this is not a length of time; write a number of seconds"), "{message}");
    }
}

#[tokio::test]
async fn unknown_value_lists_the_known_ones() {
    assert_snapshot!("unknown_driver", changed("\"web-app\"", "\"webapp\"").await);
    assert_snapshot!("unknown_capability", changed("\"rfc9207\"", "\"rfc9702\"").await);
    assert_snapshot!("capability_of_the_driver", changed("\"rfc9207\"", "\"cookies\"").await);
    assert_snapshot!("unknown_profile", changed("[profile]", "[profile]\nname = \"stricter\"").await);
    let method = "[registration]\ntoken_endpoint_auth_method = \"basic\"";
    assert_snapshot!("unknown_method", changed("[registration]", method).await);
}

#[tokio::test]
async fn unknown_placeholder_lists_the_known_ones() {
    assert_snapshot!("placeholder_of_the_environment", changed("\"{issuer}\"", "\"{isuer}\"").await);
    assert_snapshot!("placeholder_of_the_base_url", changed("127.0.0.1:{port}", "127.0.0.1:{issuer}").await);
}

#[tokio::test]
async fn client_that_cannot_know_what_it_needs_is_refused_before_it_starts() {
    assert_snapshot!("issuer_is_not_handed_on", changed("\"{issuer}\"", "\"https://tenant.example/\"").await);
    assert_snapshot!("secret_is_not_handed_on", changed("\"{client_secret}\"", "\"hunter2\"").await);
    let shop = Shop::that(Nothing).with("\"{port}\"", "\"3000\"").with("\"{base_url}\"", "\"http://127.0.0.1:3000\"");
    assert_snapshot!("port_is_not_handed_on", refused(shop).await);
}

#[tokio::test]
async fn base_url_off_this_machine_is_refused() {
    for url in [
        "http://shop.example:{port}",
        "http://10.0.0.1:{port}",
        "http://127.0.0.1.nip.io:{port}",
        "http://0.0.0.0:{port}",
    ] {
        let message = changed("http://127.0.0.1:{port}", url).await;
        assert!(message.contains("is not on this machine; the harness attacks only clients on loopback"), "{message}");
    }
    assert_snapshot!(changed("127.0.0.1", "shop.example").await);
}

#[tokio::test]
async fn base_url_that_is_more_than_an_origin_is_refused() {
    for url in ["{port}/", "{port}/app", "{port}?x", "{port}#x"] {
        let message = changed("127.0.0.1:{port}", &format!("127.0.0.1:{url}")).await;
        assert!(message.contains("is more than scheme, host and port"), "{message}");
    }
    let message = changed("http://127", "http://user:word@127").await;
    assert!(message.contains("is more than scheme, host and port"), "{message}");
    let message = changed("http://127", "ftp://127").await;
    assert!(message.contains("is no URL of a web app"), "{message}");
}

#[tokio::test]
async fn route_that_leaves_the_app_is_refused() {
    for route in
        ["//shop.example/login", "/\\\\shop.example/login", "http://shop.example/login", "login", "/login#top", ""]
    {
        let message = changed("login = \"/login\"", &format!("login = \"{route}\"")).await;
        assert!(message.contains("[app] login") && message.contains("write"), "{message}");
    }
}

#[tokio::test]
async fn capability_without_its_route_is_refused() {
    let shop = Shop::that(Nothing).with("api = \"/call-api\"", "").with("declares = [", "declares = [\"api-call\", ");
    assert_snapshot!(refused(shop).await);
}

#[tokio::test]
async fn name_that_controls_the_terminal_is_refused() {
    assert_snapshot!(changed("\"fixture\"", "\"\\u001b[2Jfixture\"").await);
}

#[tokio::test]
async fn running_client_needs_a_real_port() {
    let shop = Shop::that(Nothing);
    let text = std::fs::read_to_string(shop.path("quintain.toml")).expect("it was written");
    let (before, start) = text.split_once("[start]").expect("it has a [start] section");
    let (_, after) = start.split_once("[app]").expect("and [app] behind it");
    let provider = "[provider]\nport = 4456\nclient_id = \"shop\"\n";
    assert_snapshot!(refused(shop.file("quintain.toml", format!("{before}{provider}[app]{after}"))).await);
    let shop = Shop::that(Nothing);
    assert_snapshot!("no_start", refused(shop.file("quintain.toml", format!("{before}[app]{after}"))).await);
}

#[tokio::test]
async fn clients_side_by_side_need_ports_of_their_own() {
    let shop = Shop::that(Nothing).with("127.0.0.1:{port}", "127.0.0.1:3000");
    assert_snapshot!(refused_by("verify --jobs 2", shop).await);
}

#[tokio::test]
async fn folder_without_a_configuration_is_no_client() {
    for command in ["verify", "doctor", "verify --json result.json --write-expected"] {
        let shop = Shop::that(Nothing);
        std::fs::remove_file(shop.path("quintain.toml")).expect("it was written");
        assert_snapshot!("no_configuration", refused_by(command, shop).await);
    }
}

#[tokio::test]
async fn configurations_below_the_folder_are_named() {
    let shop = Shop::that(Nothing);
    let below = ["web", "clients/second", "node_modules/theirs", ".hidden", "a/b/c/d"];
    for folder in below {
        std::fs::create_dir_all(shop.path(folder)).expect("a folder can be made");
    }
    let shop = below.into_iter().fold(shop, |shop, folder| shop.file(&format!("{folder}/quintain.toml"), ""));
    std::fs::remove_file(shop.path("quintain.toml")).expect("it was written");
    assert_snapshot!(refused_by("verify", shop).await);
}

#[tokio::test]
async fn reference_client_is_asked_for_by_name() {
    let shop = Shop::that(Nothing);
    for how in ["--reference", "--variation sends-long-state", "--reference --variation sends-long-state"] {
        let ended = shop.quintain(&format!("verify callback/code-missing {how}")).await;
        assert_eq!((ended.code, ended.processes), (Some(0), 0), "not the one that is here: {ended}");
    }
    let ended = shop.quintain("doctor --reference").await;
    assert_eq!((ended.code, ended.processes), (Some(0), 0), "{ended}");
    let ended = shop.quintain("verify --reference --config quintain.toml").await;
    assert_eq!(ended.code, Some(2), "{ended}");
}

#[tokio::test]
async fn missing_file_is_named() {
    assert_snapshot!(refused_by("verify --config no-such.toml", Shop::that(Nothing)).await);
    assert_snapshot!(refused_by("doctor --config no-such.toml", Shop::that(Nothing)).await);
}

#[tokio::test]
async fn folder_is_no_configuration() {
    let shop = Shop::that(Nothing);
    std::fs::create_dir(shop.path("folder")).expect("a folder can be made");
    assert_snapshot!(refused_by("verify --config folder", shop).await);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused() {
    let shop = Shop::that(Nothing).file("quintain.toml", b"[client]\nname = \"caf\xe9\"\n");
    assert_snapshot!(refused(shop).await);
}

#[tokio::test]
async fn text_that_is_no_toml_is_refused_with_its_line() {
    assert_snapshot!(refused(Shop::that(Nothing).file("quintain.toml", "[client]\nname: shop\n")).await);
}

#[tokio::test]
async fn file_without_end_is_refused() {
    assert_snapshot!(refused_by("verify --config /dev/zero", Shop::that(Nothing)).await);
}

#[tokio::test]
async fn configuration_that_is_here_and_cannot_be_read_is_not_passed_over() {
    let shop = Shop::that(Nothing);
    std::fs::remove_file(shop.path("quintain.toml")).expect("it was written");
    std::os::unix::fs::symlink("gone.toml", shop.path("quintain.toml")).expect("a link can be made");
    assert_snapshot!(refused(shop).await);
}
