//! Clients that insist on https: the providers serve it, and the client learns of their authority from a file.

use quintain::verdict::Verdict;

use crate::fixtures::Misbehaviour::Nothing;
use crate::shop::Shop;
use crate::talkers::Manner::Civil;

/// A shop whose providers serve https.
fn shop() -> Shop {
    Shop::that(Nothing).with("[app]", "[tls]\nprovider = true\n\n[app]")
}

#[tokio::test]
async fn client_that_is_told_of_the_authority_is_verified_over_https() {
    // The variable by which the reference client's TLS library learns what the system trusts.
    let shop = shop().env("SSL_CERT_FILE", "{ca_file}");
    let ended = shop.quintain("verify callback discovery transport --jobs 2 --json result.json").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let results = shop.results();
    let untrusted = results.scenarios.iter().find(|scenario| scenario.id.as_str() == "transport/tls-self-signed");
    assert_eq!(untrusted.map(|scenario| scenario.verdict), Some(Verdict::Pass), "{ended}");
    assert!(
        std::fs::read_to_string(shop.path("result.json")).is_ok_and(|text| text.contains("https://")),
        "the providers are at https URLs"
    );
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
}

#[tokio::test]
async fn file_of_the_authority_where_nobody_serves_https_is_a_wrong_configuration() {
    let ended = Shop::that(Nothing).env("SSL_CERT_FILE", "{ca_file}").quintain("verify callback").await;
    assert_eq!((ended.code, ended.processes), (Some(2), 0), "{ended}");
    assert!(ended.stderr.contains("[tls] provider = true"), "{ended}");
}
