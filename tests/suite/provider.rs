//! `[provider]`: the same client at a provider with other ways.

use std::collections::BTreeMap;

use quintain::verdict::Verdict;

use crate::fixtures::Misbehaviour::Nothing;
use crate::shop::Shop;

fn at(ways: &str) -> Shop {
    Shop::that(Nothing).with("[registration]", &format!("[provider]\n{ways}\n\n[registration]"))
}

/// What is red, or out of reach, but for what is so for every web app.
async fn noteworthy(shop: &Shop, selected: &str) -> BTreeMap<String, Verdict> {
    let ended = shop.quintain(&format!("verify {selected} --jobs 2 --json result.json")).await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let results = shop.results();
    let scenarios =
        results.scenarios.iter().filter(|scenario| !matches!(scenario.verdict, Verdict::Pass | Verdict::Unsupported));
    scenarios.map(|scenario| (scenario.id.to_string(), scenario.verdict)).collect()
}

#[tokio::test]
async fn reference_client_passes_at_a_provider_with_the_paths_and_tokens_of_keycloak() {
    passes_at_keycloak("discovery/endpoints-* token-request id-token/{aud,azp}-* refresh/r*").await;
}

#[tokio::test]
#[ignore = "plays the whole suite"]
async fn whole_suite_passes_at_a_provider_with_the_paths_and_tokens_of_keycloak() {
    passes_at_keycloak("@MUST").await;
}

async fn passes_at_keycloak(selected: &str) {
    // The tokens of Keycloak are no opaque ones, its ID tokens have an `azp` in any case, and its issuer ends in no slash.
    let say_nothing = [
        "api/opaque-token",
        "id-token/azp-self",
        "refresh/special-characters",
        "token-response/long-token",
        "tolerate/issuer-without-slash",
    ];
    let selected = format!("{selected} {}", say_nothing.join(" "));
    let say_nothing = say_nothing.map(|id| (id.to_owned(), Verdict::Inapplicable));
    assert_eq!(noteworthy(&at("paths = \"keycloak\""), &selected).await, BTreeMap::from(say_nothing));
}

#[tokio::test]
async fn reference_client_passes_at_a_provider_with_the_ways_of_auth0() {
    passes_at_auth0("api callback/iss-* token-request userinfo/s*", 20).await;
}

#[tokio::test]
#[ignore = "plays the whole suite"]
async fn whole_suite_passes_at_a_provider_with_the_ways_of_auth0() {
    passes_at_auth0("@MUST", 100).await;
}

async fn passes_at_auth0(selected: &str, at_least: usize) {
    let shop = at("dialect = \"auth0\"");
    let ended = shop.quintain(&format!("verify {selected} --jobs 2 --json result.json")).await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(shop.results().count(Verdict::Pass) >= at_least, "{ended}");
}

#[tokio::test]
async fn client_that_is_started_is_told_of_its_provider_by_placeholders_alone() {
    let ended = at("port = 4456\npaths = \"keycloak\"").quintain("doctor").await;
    assert_eq!(ended.code, Some(2), "{ended}");
    assert!(ended.stderr.contains("[provider] port, client_id and client_secret are for a client that runs already"));
}

/// No clause says that it reads the metadata for what it is told.
#[tokio::test]
async fn client_that_is_told_an_endpoint_is_not_measured_by_where_the_metadata_have_it() {
    let shop = Shop::that(Nothing).env("TOKEN_URL", "{token_endpoint}");
    let ended = shop.quintain("verify discovery --json result.json --jobs 2").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let results = shop.results();
    let reason = |id: &str| {
        let mut found = results.scenarios.iter().filter(|scenario| scenario.id.as_str() == id);
        found.next().map(|scenario| scenario.reason.clone()).expect("it was run")
    };
    for id in ["discovery/required-missing-token", "discovery/endpoints-honoured-refresh"] {
        assert_eq!(reason(id), "provider", "{id}: {ended}");
    }
    for id in ["discovery/required-missing-authorization", "discovery/endpoints-honoured-jwks"] {
        assert_eq!(reason(id), "", "{id}: {ended}");
    }
}

#[tokio::test]
async fn every_dialect_is_known_by_its_name_or_by_its_file() {
    for (ways, told) in [
        ("paths = \"keycloack\"", "[provider] paths: there is no dialect \"keycloack\"; the nearest is keycloak"),
        ("dialect = \"github\"", "[provider] dialect: GitHub has no provider metadata and no ID tokens"),
        ("dialect = \"./no-such.toml\"", "no-such.toml"),
    ] {
        let ended = at(ways).quintain("doctor").await;
        assert_eq!(ended.code, Some(2), "{ended}");
        assert!(ended.stderr.contains(told), "{ended}");
    }
    let ours = "title = \"Ours\"\nbase = \"okta\"\n[[fact]]\nwhat = \"codes live for a minute\"\nmark = \"D\"\n\
                policy = { code-lifetime = 60 }\n";
    let shop = at("dialect = \"./ours.toml\"").file("ours.toml", ours);
    // Okta does not rotate: the client keeps its refresh token, which is the newest one.
    let ended =
        shop.quintain("verify refresh/rotated-token-stored id-token/honest-rs256 --jobs 2 --json result.json").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let verdicts: Vec<_> = shop.results().scenarios.iter().map(|scenario| scenario.verdict).collect();
    assert!(!verdicts.is_empty() && verdicts.iter().all(|verdict| *verdict == Verdict::Pass), "{verdicts:?}");
}
