//! What a scenario proves depends on whether its arrangements took effect, and on what the client does without them.

use std::sync::Arc;

use client_under_test::{Defect, Variation as ClientVariation};
use quintain::driver::in_process::InProcessLauncher;
use quintain::lab::Lab;
use quintain::mock_idp::Variation;
use quintain::suite;
use quintain::terms::Profile;
use quintain::verdict::{Judgement, Verdict};

use crate::fixtures::Misbehaviour::*;
use crate::shop::Shop;

/// What becomes of a scenario with these steps.
async fn judged(launcher: InProcessLauncher, tags: &str, steps: &str) -> Judgement {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.feature");
    std::fs::write(&file, format!("Feature: mine\n  {tags}\n  Scenario: a/b - c\n{steps}")).expect("a file");
    let scenarios = suite::from_paths(&[file]).expect("it is right").into_iter().map(Arc::new).collect();
    let lab = Lab::open(Box::new(launcher), Profile::Baseline, 1, Variation::NONE).await.expect("a port is free");
    let mut runs = lab.run(scenarios, &()).await.runs;
    runs.remove(0).judgement
}

async fn of_reference_client(tags: &str, steps: &str) -> (Verdict, &'static str) {
    let judgement = judged(InProcessLauncher::new(&[]), tags, steps).await;
    (judgement.verdict, judgement.reason)
}

#[tokio::test]
async fn fault_that_changes_nothing_says_nothing_about_the_client() {
    let steps = r#"
    Given the token response has no "no_such_member"
    When the user logs in
    Then the user is not logged in
    "#;
    assert_eq!(of_reference_client("@MUST @refuse", steps).await, (Verdict::Inapplicable, "not-effective"));
}

#[tokio::test]
async fn message_that_never_comes_is_another_matter() {
    let steps = r#"
    Given the refresh response has "scope" set to "openid"
    When the user logs in
    Then the user is logged in as alice
    "#;
    assert_eq!(of_reference_client("@MUST @tolerate", steps).await, (Verdict::NotExercised, "not-reached"));
}

#[tokio::test]
async fn scope_that_the_token_has_is_no_obstacle_at_the_api() {
    let steps = |scope: &str| {
        format!(
            "Given the API demands the scope \"{scope}\"\nWhen the user logs in\nAnd the client calls the API\nThen the client refuses at the API step\n"
        )
    };
    let met = of_reference_client("@MUST @refuse", &steps("openid")).await;
    assert_eq!(met, (Verdict::Inapplicable, "not-effective"));
    assert_eq!(of_reference_client("@MUST @refuse", &steps("write:everything")).await.0, Verdict::Pass);
}

#[tokio::test]
async fn nonce_that_a_client_sends_where_pkce_is_not_announced_is_looked_at_there() {
    let steps = r#"
    Given a client that sends "nonce" in the authorization request
    And the ID token's claim "nonce" is "of-another-login"
    When the user logs in
    Then the client refuses at the ID token step
    "#;
    let sometimes = Defect::SendsNonceOnlyWithoutPkce;
    for (defects, verdict) in [
        (vec![sometimes], Verdict::Pass),
        (vec![sometimes, Defect::IgnoresNonce], Verdict::Fail),
        (vec![Defect::SendsNoNonce], Verdict::Inapplicable),
    ] {
        let judgement = judged(InProcessLauncher::new(&defects), "@MUST @refuse", steps).await;
        assert_eq!(judgement.verdict, verdict, "{defects:?}: {}", judgement.message);
        let is_explained = judgement.message.contains("do not announce PKCE");
        assert_eq!(is_explained, verdict == Verdict::Fail, "{}", judgement.message);
    }
}

#[tokio::test]
async fn what_a_client_sends_is_learnt_from_honest_runs() {
    // The faulty run itself has no UserInfo request, and shows nothing about the client.
    let steps = r#"
    Given a client that makes a UserInfo request
    And the authorization response has "state" set to "other"
    When the user logs in
    Then the user is not logged in
    "#;
    assert_eq!(of_reference_client("@MUST @refuse", steps).await.0, Verdict::Pass);
    let without = judged(InProcessLauncher::varied(&[ClientVariation::SkipsUserinfo]), "@MUST @refuse", steps).await;
    assert_eq!((without.verdict, without.reason), (Verdict::Inapplicable, "not-used"));
}

/// Its ID tokens have no name where UserInfo is what the scenario is about.
#[tokio::test]
async fn client_that_asks_userinfo_for_what_it_lacks_is_judged_there() {
    let steps = r#"
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"sub": "{bob}", "name": "marker-of-bob"}
      """
    When the user logs in
    Then the user is not logged in as bob
    And the client never shows "marker-of-bob"
    "#;
    let asks = [ClientVariation::AsksUserinfoForMissingName];
    let careful = judged(InProcessLauncher::varied(&asks), "@MUST @refuse", steps).await;
    assert_eq!(careful.verdict, Verdict::Pass, "{}", careful.message);
    let launcher = InProcessLauncher::with(&[Defect::IgnoresUserinfoSubject], &asks);
    let careless = judged(launcher, "@MUST @refuse", steps).await;
    assert_eq!((careless.verdict, careless.reason), (Verdict::Fail, "shown"), "{}", careless.message);
}

#[tokio::test]
async fn refusal_of_the_first_login_is_quoted_and_not_of_the_second() {
    let steps = r#"
    Given the ID token has the claims:
      """
      {"nonce": "another"}
      """
    When the user logs in
    And the client calls the API
    Then the user is logged in as alice
    "#;
    let judgement = judged(InProcessLauncher::new(&[]), "@MUST @tolerate", steps).await;
    assert!(judgement.message.contains("nonce"), "{}", judgement.message);
}

/// Who the account belongs to is the one thing that these defects mistake. Between two logins a second may begin.
#[tokio::test]
async fn defects_that_link_accounts_break_no_refresh_of_a_later_login() {
    let steps = r"
    When the user logs in
    And the user logs out
    And 5 seconds pass
    And the user logs in
    And the client refreshes its access token
    Then the client goes on
    ";
    for defect in [
        Defect::KeysAccountsBySubjectWithoutCase,
        Defect::LinksAccountsByEmail,
        Defect::LinksAccountsByUserinfoUsername,
    ] {
        let judgement = judged(InProcessLauncher::new(&[defect]), "@MUST @recover", steps).await;
        assert_eq!(judgement.verdict, Verdict::Pass, "{defect}: {}", judgement.message);
    }
}

#[tokio::test]
async fn client_of_one_provider_owes_no_comparison_of_the_issuer() {
    for (declares, code, verdict) in [("", 0, Verdict::Inapplicable), ("\"rfc9207\", ", 1, Verdict::Fail)] {
        let shop = Shop::that(Nothing).env("DEFECT", "ignores-iss").with("\"rfc9207\", ", declares);
        let ended = shop.quintain("verify callback/iss-wrong --jobs 1 --json result.json").await;
        assert_eq!((ended.code, shop.results().scenarios[0].verdict), (Some(code), verdict), "{ended}");
    }
}

#[tokio::test]
async fn log_out_that_does_nothing_is_a_finding_and_no_broken_set_up() {
    let shop = Shop::that(Answers200).at("/logout");
    let ended = shop.quintain("verify logout/local-session-cleared --jobs 1 --json result.json").await;
    assert_eq!((ended.code, shop.results().scenarios[0].verdict), (Some(0), Verdict::Warn), "{ended}");
}

#[tokio::test]
async fn plain_challenge_is_a_failure_and_no_broken_set_up() {
    let judgement = judged_of_suite(Defect::SendsPlainChallenge, "pkce/not-plain").await;
    assert_eq!(judgement.verdict, Verdict::Fail, "{}", judgement.message);
    let shop = Shop::that(Nothing).env("DEFECT", "sends-plain-challenge");
    assert_eq!(shop.quintain("doctor").await.code, Some(0));
}

#[tokio::test]
async fn secret_in_the_body_at_refresh_is_a_finding() {
    let judgement = judged_of_suite(Defect::RefreshesWithSecretInBody, "refresh/client-authentication-method").await;
    assert_eq!(
        (judgement.verdict, judgement.reason),
        (Verdict::Warn, "client-authentication"),
        "{}",
        judgement.message
    );
}

/// What a scenario of the suite says of a defect.
async fn judged_of_suite(defect: Defect, id: &str) -> Judgement {
    let scenarios = suite::built_in().expect("the built-in suite loads");
    let scenarios = scenarios.into_iter().filter(|scenario| scenario.id.as_str() == id).map(Arc::new).collect();
    let launcher = Box::new(InProcessLauncher::new(&[defect]));
    let lab = Lab::open(launcher, Profile::Baseline, 1, Variation::NONE).await.expect("a port is free");
    lab.run(scenarios, &()).await.runs.remove(0).judgement
}

#[tokio::test]
async fn markup_does_harm_where_a_browser_renders_it() {
    for (misbehaviour, code) in [(EchoesInJson, 0), (EchoesWithoutMediaType, 1)] {
        let shop = Shop::that(misbehaviour).at("/callback?error");
        let ended = shop.quintain("verify errors/*-markup --jobs 1 --json result.json").await;
        assert_eq!(ended.code, Some(code), "{ended}");
        for scenario in shop.results().scenarios.iter().filter(|scenario| scenario.verdict == Verdict::Fail) {
            assert!(scenario.message.contains("sent without a media type"), "{}", scenario.message);
        }
    }
}

/// What becomes of built-in scenarios with a client that has these defects.
async fn of_built_in(defects: &[Defect], ids: &[&str]) -> Vec<(Verdict, &'static str)> {
    let scenarios = suite::built_in().expect("it loads").into_iter().filter(|it| ids.contains(&it.id.as_str()));
    let launcher = Box::new(InProcessLauncher::new(defects));
    let lab = Lab::open(launcher, Profile::Baseline, 1, Variation::NONE).await.expect("a port is free");
    let mut runs = lab.run(scenarios.map(Arc::new).collect(), &()).await.runs;
    runs.sort_by_key(|run| ids.iter().position(|id| *id == run.scenario.id.as_str()));
    runs.into_iter().map(|run| (run.judgement.verdict, run.judgement.reason)).collect()
}

#[tokio::test]
async fn access_token_of_a_refresh_is_another_one_than_that_of_the_login() {
    let late = Defect::ValidatesIdTokenAfterUserinfo;
    let changed = ["refresh/id-token-aud-changed", "refresh/id-token-iss-changed"];
    let found = of_built_in(&[late, Defect::IgnoresOriginOfRefreshedIdToken], &changed).await;
    assert_eq!(found, [(Verdict::Warn, "access-token-used"); 2]);
    assert_eq!(of_built_in(&[late], &changed).await, [(Verdict::Pass, ""); 2]);
}

#[tokio::test]
async fn credential_that_a_fault_quotes_in_an_error_is_not_let_out_by_who_hands_the_error_on() {
    let ids = ["leakage/error-pages-invalid-grant", "leakage/error-pages-outage", "leakage/credential-on-page"];
    let found = of_built_in(&[Defect::ShowsProviderResponses], &ids).await;
    let shown = (Verdict::Warn, "credential-shown");
    assert_eq!(found, [shown, shown, (Verdict::Pass, "")]);
    let found = of_built_in(&[Defect::ShowsTokens], &["leakage/credential-on-page"]).await;
    assert_eq!(found, [(Verdict::Warn, "credential-on-page")]);
}
