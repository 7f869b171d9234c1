//! What holds in every run, and the search for plans in which it does not.

use std::path::PathBuf;
use std::sync::Arc;

use client_under_test::{Defect, Variation as Lawful};
use quintain::driver::in_process::InProcessLauncher;
use quintain::explore::{Explored, Limits, explore};
use quintain::lab::{Lab, Trial};
use quintain::mock_idp::Variation;
use quintain::plan::Invariant;
use quintain::suite::{self, Scenario};
use quintain::terms::Profile;
use quintain::verdict::{Judgement, Verdict};
use tokio::sync::watch;

use crate::fixtures::Misbehaviour::Nothing;
use crate::shop::Shop;

/// A run, the defect of the reference client that shows there, and the invariant that it breaks.
const BROKEN: &[(&str, Defect, Invariant, Verdict)] = &[
    (
        "When the attacker starts a login\nAnd the victim starts a login\n\
         And the attacker's authorization response arrives in the victim's browser",
        Defect::FindsLoginsOfAnyBrowser,
        Invariant::Identity,
        Verdict::Fail,
    ),
    (
        "Given the ID token's claim \"nonce\" is \"x\"\nWhen the user logs in",
        Defect::IgnoresNonce,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the ID token's signature is corrupted\nWhen the user logs in",
        Defect::SkipsSignature,
        Invariant::ForbiddenMessage,
        Verdict::Warn,
    ),
    (
        "When the user logs in\nAnd the user logs out\nAnd the same authorization response arrives again in the user's browser",
        Defect::RemembersSessionsByState,
        Invariant::LogOut,
        Verdict::Fail,
    ),
    ("When the user logs in", Defect::PrintsTokens, Invariant::Credentials, Verdict::Warn),
    (
        "When the user logs in\nAnd bob logs in in the same browser\nAnd the client calls the API",
        Defect::SharesTokensBetweenUsers,
        Invariant::OwnToken,
        Verdict::Fail,
    ),
    ("When the user logs in", Defect::RedeemsCodeTwice, Invariant::SingleUse, Verdict::Fail),
    ("When the user logs in\nAnd the user logs in", Defect::RepeatsState, Invariant::SingleUse, Verdict::Warn),
    ("When the user logs in", Defect::RepeatsTokenParameter, Invariant::Requests, Verdict::Fail),
    (
        "Given the token response is status 503 as \"text/plain\":\n\"\"\"\ndown\n\"\"\"\nWhen the user logs in",
        Defect::GivesUpAfterOutage,
        Invariant::Recovery,
        Verdict::Warn,
    ),
    (
        "Given the token response has \"x\" set to \"y\"\nWhen the user logs in",
        Defect::RefusesUnknownMembers,
        Invariant::HonestFlow,
        Verdict::Fail,
    ),
    // One defence alone is there to stop it.
    (
        "Given the provider does not verify PKCE\nWhen the victim starts a login\nAnd the attacker starts a login\n\
         And the victim's authorization response arrives in the attacker's browser with its own \"state\"",
        Defect::IgnoresNonce,
        Invariant::Identity,
        Verdict::Warn,
    ),
    (
        "Given the provider binds codes to nothing\nWhen the attacker starts a login\nAnd the victim starts a login\n\
         And the attacker's authorization response arrives in the victim's browser",
        Defect::IgnoresState,
        Invariant::Identity,
        Verdict::Warn,
    ),
    (
        "Given the metadata has \"token_endpoint\" set to \"{untrusted}{token_path}\"\nWhen the user logs in",
        Defect::AcceptsAnyCertificate,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the metadata has no \"issuer\"\nWhen the user logs in",
        Defect::AcceptsMetadataWithoutIssuer,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the UserInfo response has the members:\n\"\"\"\n\
         {\"sub\": \"{bob}\", \"website\": \"somebody-else-entirely\"}\n\"\"\"\nWhen the user logs in",
        Defect::IgnoresUserinfoSubject,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the refreshed ID token's claim \"sub\" is \"{bob}\"\nWhen the user logs in\n\
         And the client refreshes its access token",
        Defect::AdoptsSubjectOfRefreshedIdToken,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the authorization response is the error \"<b>x</b>\"\nWhen the user logs in",
        Defect::EchoesErrorCode,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    ("When 16 logins are started", Defect::CountsStates, Invariant::SingleUse, Verdict::Warn),
    (
        "Given the authorization response is the error \"invalid_request\"\nAnd every fault happens once\n\
         When the user logs in\nAnd the user logs in",
        Defect::DowngradesAfterRefusal,
        Invariant::Requests,
        Verdict::Fail,
    ),
    (
        "Given the metadata has \"token_endpoint\" set to \"{base_url}{token_path}?tenant=a%2Fb\"\nWhen the user logs in",
        Defect::DropsEndpointQuery,
        Invariant::Requests,
        Verdict::Fail,
    ),
    (
        "Given the ID token's header has the members:\n\"\"\"\n\
         {\"kid\": \"{stranger_kid}\", \"jku\": \"{stranger}.well-known/jwks.json\"}\n\"\"\"\nWhen the user logs in",
        Defect::FetchesKeysFromHeaderUrl,
        Invariant::Requests,
        Verdict::Warn,
    ),
    (
        "Given the provider returns no ID token on refresh\nWhen the user logs in\nAnd the client refreshes its access token",
        Defect::DemandsIdTokenOnRefresh,
        Invariant::HonestFlow,
        Verdict::Fail,
    ),
    (
        "When the user logs in\nAnd the client refreshes its access token\nAnd the client calls the API",
        Defect::KeepsOldAccessToken,
        Invariant::HonestFlow,
        Verdict::Fail,
    ),
    (
        "Given the refresh response is status 503 as \"text/plain\":\n\"\"\"\ndown\n\"\"\"\nWhen the user logs in\n\
         And the client refreshes its access token",
        Defect::EndsSessionOnRefreshOutage,
        Invariant::Recovery,
        Verdict::Warn,
    ),
    (
        "Given the authorization response has no \"code\"\nWhen the user logs in",
        Defect::FallsOverWithoutCode,
        Invariant::Bounds,
        Verdict::Warn,
    ),
];

/// Runs in which a client that has these defects and variations breaks an invariant only as far as the specifications say.
const EXCUSED: &[(&str, &[Defect], &[Lawful], Invariant)] = &[
    // Each calls the API of the provider where it has logged in.
    (
        "When the attacker logs in\nAnd the user logs in at the second provider\n\
         And the client calls the API for the user and the attacker at once",
        &[],
        &[],
        Invariant::OwnToken,
    ),
    // Both browsers have the cookies of a third one, and are one browser to the client.
    (
        "When 1 logins are started\nAnd the user's cookies are planted in the attacker's browser\n\
         And the user's cookies are taken to the victim's browser\nAnd the attacker starts a login\n\
         And the attacker's authorization response arrives in the victim's browser",
        &[],
        &[],
        Invariant::Identity,
    ),
    // It cannot know that another browser has presented the code.
    (
        "When the attacker starts a login\nAnd the victim starts a login\n\
         And the attacker's authorization response arrives in the victim's browser with its own \"state\"\n\
         And the attacker's authorization response arrives",
        &[],
        &[],
        Invariant::SingleUse,
    ),
    // It logs in by the ID token, and does not use the access token.
    (
        "Given the token response has \"token_type\" set to \"DPoP\"\nWhen the user logs in",
        &[Defect::IgnoresTokenType],
        &[Lawful::SkipsUserinfo],
        Invariant::ForbiddenMessage,
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_the_specifications_leave_open_breaks_no_invariant() {
    for (steps, defects, variations, invariant) in EXCUSED {
        let launcher = Box::new(InProcessLauncher::with(defects, variations));
        let judgement = judged_on(launcher, steps, *invariant).await;
        assert_ne!(judgement.reason, invariant.name(), "{steps}: {}", judgement.message);
    }
    let used = "Given the token response has \"token_type\" set to \"DPoP\"\nWhen the user logs in\n\
                And the client calls the API";
    let judgement = judged(&[Defect::IgnoresTokenType], used, Invariant::ForbiddenMessage).await;
    assert_eq!(judgement.reason, "forbidden-message", "{}", judgement.message);
}

async fn judged(defects: &[Defect], steps: &str, invariant: Invariant) -> Judgement {
    judged_on(Box::new(InProcessLauncher::new(defects)), steps, invariant).await
}

async fn judged_on(launcher: Box<InProcessLauncher>, steps: &str, invariant: Invariant) -> Judgement {
    let text = format!(
        "Feature: mine\n  @MUST @observe\n  Scenario: a/b - c\n{steps}\nThen the invariant \"{invariant}\" holds\n"
    );
    let lab = lab_of(launcher).await;
    lab.run(Vec::new(), &()).await;
    Trial::new(&lab).judge_alone(&Arc::new(read(&text))).await.judgement
}

fn read(feature: &str) -> Scenario {
    let read = suite::from_text(PathBuf::from("mine.feature"), feature.to_owned());
    read.unwrap_or_else(|error| panic!("{error}\n{feature}")).remove(0)
}

async fn lab(defects: &[Defect]) -> Lab {
    lab_of(Box::new(InProcessLauncher::new(defects))).await
}

async fn lab_of(launcher: Box<InProcessLauncher>) -> Lab {
    Lab::open(launcher, Profile::Baseline, 1, Variation::NONE).await.expect("a port is free")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_invariant_is_broken_by_a_defect_and_not_by_the_correct_client() {
    for (steps, defect, invariant, verdict) in BROKEN {
        let broken = judged(&[*defect], steps, *invariant).await;
        assert_eq!((broken.verdict, broken.reason), (*verdict, invariant.name()), "{defect}: {}", broken.message);
        let kept = judged(&[], steps, *invariant).await;
        assert_ne!(kept.reason, invariant.name(), "{steps}: {}", kept.message);
    }
}

/// What breaks an invariant in a scenario that is about something else is a finding, and it is told once: where another scenario
/// shows it, that one tells it.
#[tokio::test(flavor = "multi_thread")]
async fn invariants_hold_in_every_scenario_of_a_run() {
    let scenarios = suite::built_in().expect("the built-in suite loads");
    let selected = ["invariants/whole-run", "refresh/5xx-keeps-session", "token-request/auth-single-method"];
    let scenarios: Vec<_> =
        scenarios.into_iter().filter(|it| selected.contains(&it.id.as_str())).map(Arc::new).collect();
    for (defect, red) in [
        (Defect::AuthenticatesTwiceAfterFailedRefresh, &["invariants/whole-run"][..]),
        (Defect::AuthenticatesTwice, &["token-request/auth-single-method"]),
    ] {
        let runs = lab(&[defect]).await.run(scenarios.clone(), &()).await.runs;
        let found = runs.iter().filter(|run| run.judgement.verdict.is_red()).map(|run| run.scenario.id.as_str());
        assert_eq!(found.collect::<Vec<_>>(), red, "{defect}");
    }
}

async fn explored(defects: &[Defect], runs: u64) -> Explored {
    let (_stop, stopped) = watch::channel(false);
    let limits = Limits { until: None, runs: Some(runs), flaws: Some(1), seed: 1, jobs: 1, stop: stopped };
    explore(Arc::new(lab(defects).await), Vec::new(), limits, Arc::new(())).await.expect("ports can be had")
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_found_on_the_correct_client() {
    let explored = explored(&[], 150).await;
    let found: Vec<_> = explored.found.iter().map(|found| &found.feature).collect();
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!((explored.unplayed, explored.unconfirmed), (0, Vec::new()));
    assert!(explored.runs > 100 && explored.kinds > 20, "{} plans, {} kinds", explored.runs, explored.kinds);
}

/// What is found is a scenario that a run of the suite finds red, and green on the correct client.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_is_a_short_scenario_that_is_red_on_that_client_alone() {
    for (defect, invariant, longest) in [
        (Defect::AcceptsMissingNonce, Invariant::ForbiddenMessage, 2),
        (Defect::RedeemsCodeTwice, Invariant::SingleUse, 1),
        (Defect::FindsLoginsOfAnyBrowser, Invariant::Identity, 3),
    ] {
        let explored = explored(&[defect], 3_000).await;
        let found = explored.found.first().unwrap_or_else(|| panic!("{defect} is not found"));
        assert_eq!(found.violation.invariant, invariant, "{}", found.feature);
        let scenario = Arc::new(read(&found.feature));
        let steps = scenario.plan.arrangements.len() + scenario.plan.actions.len();
        assert!(steps <= longest, "{steps} steps: {}", found.feature);
        for (defects, red) in [(vec![defect], true), (vec![], false)] {
            let lab = lab(&defects).await;
            let run = lab.run(vec![scenario.clone()], &()).await.runs.remove(0);
            assert_eq!(run.judgement.reason == invariant.name(), red, "{}", found.feature);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lawful_trait_that_a_client_does_not_tolerate_is_a_flaw() {
    let explored = explored(&[Defect::DemandsTyp], 1).await;
    let [found] = explored.found.as_slice() else { panic!("{} flaws", explored.found.len()) };
    assert_eq!(found.violation.invariant, Invariant::HonestFlow);
    assert!(found.feature.contains("Given the provider varies in \""), "{}", found.feature);
}

#[tokio::test]
async fn found_scenarios_and_the_corpus_are_files_that_other_commands_read() {
    let shop = Shop::that(Nothing);
    let explored = shop
        .quintain(
            "explore --defect redeems-code-twice --runs 60 --flaws 1 --jobs 1 --seed 1 --output out --corpus known",
        )
        .await;
    assert_eq!(explored.code, Some(1), "{}{}", explored.stdout, explored.stderr);
    assert!(explored.stdout.contains("MUST single-use: the client presents a code twice"), "{}", explored.stdout);
    for file in ["out/found.feature", "out/found.html", "out/found.json", "known/corpus.feature"] {
        assert!(shop.path(file).is_file(), "{file}");
    }
    let red = shop.quintain("verify --defect redeems-code-twice --features out/found.feature").await;
    assert_eq!(red.code, Some(1), "{}", red.stdout);
    let green = shop.quintain("verify --reference --features out/found.feature").await;
    assert_eq!(green.code, Some(0), "{}", green.stdout);
    let again = shop.quintain("explore --reference --runs 20 --jobs 1 --seed 2 --corpus known").await;
    assert_eq!(again.code, Some(0), "{}{}", again.stdout, again.stderr);
}

#[tokio::test]
async fn corpus_that_is_none_is_refused_before_anything_runs() {
    let shop = Shop::that(Nothing).file("corpus.feature", "Feature: f\n  Scenario: nonsense\n");
    let refused = shop.quintain("explore --reference --corpus .").await;
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{}", refused.stderr);
    assert!(refused.stderr.contains("corpus.feature"), "{}", refused.stderr);
}
