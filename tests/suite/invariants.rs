//! What holds in every run: for each check a client that does not pass it, and the correct one that does.

use std::path::PathBuf;
use std::sync::Arc;

use client_under_test::{Defect, Variation as Lawful};
use quintain::driver::in_process::InProcessLauncher;
use quintain::lab::{Lab, Trial};
use quintain::mock_idp::Variation;
use quintain::plan::Invariant;
use quintain::suite::{self, Scenario};
use quintain::terms::Profile;
use quintain::verdict::{Judgement, Verdict};

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
    // Where a browser is led.
    (
        "When the user logs in by a link that returns to \"//attacker.example/\"",
        Defect::ReturnsToAnyPath,
        Invariant::Redirects,
        Verdict::Fail,
    ),
    (
        "When the user logs in by a link that returns to \"javascript:alert(1)\"",
        Defect::ReturnsToScript,
        Invariant::Redirects,
        Verdict::Warn,
    ),
    (
        "Given the metadata has \"authorization_endpoint\" set to \"file:///etc/hostname\"\nWhen the user logs in",
        Defect::OpensAnyScheme,
        Invariant::Redirects,
        Verdict::Warn,
    ),
    (
        "Given the metadata has \"authorization_endpoint\" set to \
         \"{base_url}{authorization_path}?page=$(printf${IFS}run-%s${IFS}by-a-shell)\"\nWhen the user logs in",
        Defect::OpensPagesByShell,
        Invariant::Redirects,
        Verdict::Warn,
    ),
    (
        "Given the metadata has \"authorization_endpoint\" set to \"{base_url}{authorization_path}?page=one --two\"\n\
         When the user logs in",
        Defect::OpensEndpointAsPublished,
        Invariant::Redirects,
        Verdict::Warn,
    ),
    // Who is who, and at which provider.
    (
        "When the victim logs in\nAnd alice logs in at the second provider in the attacker's browser",
        Defect::KeysAccountsBySubjectAlone,
        Invariant::Identity,
        Verdict::Fail,
    ),
    (
        "When the victim logs in\nAnd from now on the ID token's claim \"sub\" is \"{alice:upper}\"\n\
         And from now on the UserInfo response has the members:\n\"\"\"\n{\"sub\": \"{alice:upper}\"}\n\"\"\"\n\
         And the attacker logs in",
        Defect::KeysAccountsBySubjectWithoutCase,
        Invariant::Identity,
        Verdict::Fail,
    ),
    (
        "Given the provider sends and announces the iss parameter\n\
         And the second provider sends and announces the iss parameter\n\
         When the victim starts a login at the first provider, and the second provider answers it for mallory\n\
         And the victim's authorization response arrives",
        Defect::TakesIssuerFromResponse,
        Invariant::Identity,
        Verdict::Fail,
    ),
    (
        "When the user logs in\nAnd the attacker starts a login\n\
         And the attacker's cookies are sent under the names of the user's cookies",
        Defect::TakesLoginCookieForSession,
        Invariant::Identity,
        Verdict::Fail,
    ),
    (
        "When the user logs in\nAnd the user's cookies are taken to the attacker's browser\nAnd the user logs out",
        Defect::KeepsSessionForOldCookies,
        Invariant::LogOut,
        Verdict::Warn,
    ),
    (
        "When the user logs in\nAnd the user logs out\nAnd the client calls the API",
        Defect::KeepsTokensOnLogout,
        Invariant::LogOut,
        Verdict::Warn,
    ),
    // Messages that are not what they should be.
    (
        "Given the provider answers with an access token in place of a code\nWhen the user logs in",
        Defect::TakesAccessTokenOfCallback,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the fault \"jwks/symmetric-key\"\nAnd the provider answers with an access token in place of a code\n\
         When the user logs in",
        Defect::TakesAccessTokenOfCallback,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the authorization response has \"access_token\" set to \"somebody-else-entirely\"\nWhen the user logs in\n\
         And the client calls the API",
        Defect::PrefersTokensOfCallback,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the authorization response has \"code\" twice, the second time as \"another-code\"\nWhen the user logs in",
        Defect::TakesFirstOfRepeatedCodes,
        Invariant::ForbiddenMessage,
        Verdict::Warn,
    ),
    (
        "Given the authorization response has \"iss\" set to \"https://attacker.example/\"\nWhen the user logs in",
        Defect::ChecksIssOnlyIfPromised,
        Invariant::ForbiddenMessage,
        Verdict::Warn,
    ),
    (
        "Given the provider sends and announces the iss parameter\nAnd the authorization response has \"iss\" set to \"\"\n\
         When the user logs in",
        Defect::AcceptsEmptyIss,
        Invariant::ForbiddenMessage,
        Verdict::Warn,
    ),
    (
        "Given the ID token's claim \"sub\" is there twice, first as \"{bob}\"\nWhen the user logs in",
        Defect::TakesFirstOfRepeatedClaims,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the ID token has the claims:\n\"\"\"\n{\"aud\": [\"{client_id}\", \"another-client\"]}\n\"\"\"\n\
         When the user logs in",
        Defect::TrustsEveryAudience,
        Invariant::ForbiddenMessage,
        Verdict::Fail,
    ),
    (
        "Given the ID token has the claims:\n\"\"\"\n\
         {\"aud\": [\"{client_id}\", \"another-client\"], \"azp\": \"{client_id}\"}\n\"\"\"\nWhen the user logs in",
        Defect::TrustsAudiencesByAuthorizedParty,
        Invariant::ForbiddenMessage,
        Verdict::Warn,
    ),
    (
        "Given the UserInfo response is status 200 as \"text/html\":\n\"\"\"\n<p>somebody-else-entirely</p>\n\"\"\"\n\
         When the user logs in",
        Defect::ShowsUserinfoAsText,
        Invariant::ForbiddenMessage,
        Verdict::Warn,
    ),
    // What a client asks for, and how.
    (
        "Given the authorization response has no \"code\"\nWhen the user logs in",
        Defect::RedeemsMissingCode,
        Invariant::Requests,
        Verdict::Fail,
    ),
    (
        "Given the refresh response has \"refresh_token\" set to \"\"\nWhen the user logs in\n\
         And the client refreshes its access token\nAnd the client refreshes its access token",
        Defect::TakesEmptyRefreshToken,
        Invariant::Requests,
        Verdict::Warn,
    ),
    (
        "When the user logs in\nAnd the client refreshes its access token",
        Defect::RepeatsCodeParametersOnRefresh,
        Invariant::Requests,
        Verdict::Warn,
    ),
    (
        "Given the metadata has no \"code_challenge_methods_supported\"\nWhen the user logs in",
        Defect::SendsChallengeOnlyIfAnnounced,
        Invariant::Requests,
        Verdict::Warn,
    ),
    (
        "Given a client that has just been started\nWhen the user logs in",
        Defect::TriesDoubledSlashFirst,
        Invariant::Requests,
        Verdict::Fail,
    ),
    (
        "Given the fault:\n\"\"\"\n{\"at\": \"token-response\", \"grant\": \"refresh_token\", \
         \"change\": {\"hold\": {\"at_most_milliseconds\": 1000}}}\n\"\"\"\n\
         When the user logs in\nAnd the API stops accepting the access token\nAnd the client calls the API 10 times at once",
        Defect::RefreshesInParallel,
        Invariant::SingleUse,
        Verdict::Warn,
    ),
    (
        "Given the ID token's header has the members:\n\"\"\"\n{\"kid\": \"unknown\"}\n\"\"\"\nWhen the user logs in",
        Defect::FetchesKeysWithoutEnd,
        Invariant::Bounds,
        Verdict::Warn,
    ),
    (
        "Given the authorization response is the error \"login_required\"\nWhen the user logs in",
        Defect::RetriesDeniedLogin,
        Invariant::Bounds,
        Verdict::Warn,
    ),
    (
        "Given the API response is status 401 with the challenge \"Bearer error='invalid_token'\"\nWhen the user logs in\n\
         And the client calls the API",
        Defect::RefreshesWithoutEnd,
        Invariant::Bounds,
        Verdict::Warn,
    ),
    (
        "Given the API response is status 429 as \"text/plain\":\n\"\"\"\nbusy\n\"\"\"\nWhen the user logs in\n\
         And the client calls the API",
        Defect::RefreshesOn429,
        Invariant::Bounds,
        Verdict::Warn,
    ),
    (
        "When the user logs in\nAnd the client refreshes its access token\nAnd the client calls the API",
        Defect::RefreshesAlwaysAfterRefresh,
        Invariant::Bounds,
        Verdict::Warn,
    ),
    (
        "Given the refresh response is status 400 with the error \"invalid_grant\"\nWhen the user logs in\n\
         And the client refreshes its access token",
        Defect::HidesRefreshFailures,
        Invariant::Bounds,
        Verdict::Warn,
    ),
    (
        "Given the refresh response is status 400 with the error \"invalid_grant\"\nWhen the user logs in\n\
         And the client refreshes its access token\nAnd the client refreshes its access token",
        Defect::RetriesDeadRefreshToken,
        Invariant::Bounds,
        Verdict::Warn,
    ),
    // What is lawful.
    (
        "When the user logs in\nAnd the API stops accepting the access token\nAnd the client calls the API",
        Defect::NeverRefreshesOn401,
        Invariant::HonestFlow,
        Verdict::Warn,
    ),
    (
        "Given the provider returns no new refresh token on refresh\nWhen the user logs in\n\
         And the client refreshes its access token\nAnd the client refreshes its access token",
        Defect::DropsRefreshTokenWithoutSuccessor,
        Invariant::HonestFlow,
        Verdict::Fail,
    ),
    (
        "Given the refreshed ID token's claim \"nonce\" is \"{nonce}\"\nWhen the user logs in\n\
         And the client refreshes its access token",
        Defect::RefusesNonceOnRefresh,
        Invariant::HonestFlow,
        Verdict::Fail,
    ),
    (
        "Given the ID token has 40 further claims\nWhen the user logs in",
        Defect::RefusesLargeIdToken,
        Invariant::HonestFlow,
        Verdict::Warn,
    ),
    (
        "Given the token response has the header \"connection\" set to \"close\"\nWhen the user logs in\n\
         And the victim logs in",
        Defect::NeedsKeptConnections,
        Invariant::HonestFlow,
        Verdict::Warn,
    ),
    (
        "Given the metadata has \"token_endpoint\" set to \"{issuer_alias}{token_path}\"\nWhen the user logs in",
        Defect::RefusesEndpointsOfOtherHosts,
        Invariant::HonestFlow,
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
    // The attacker has the victim's session, and logs in there.
    (
        "When the victim logs in\nAnd the victim's cookies are taken to the attacker's browser\n\
         And the attacker starts a login\nAnd the attacker's authorization response arrives in the victim's browser",
        &[],
        &[],
        Invariant::Identity,
    ),
    // The log-out has ended the session, and not the provider.
    (
        "Given the refresh response is status 503 as \"text/plain\":\n\"\"\"\ndown\n\"\"\"\nWhen the user logs in\n\
         And the user logs out\nAnd the client refreshes its access token",
        &[],
        &[],
        Invariant::Recovery,
    ),
    // Two calls at once have read the same refresh token.
    (
        "When the user logs in\nAnd 2592001 seconds pass\nAnd the client calls the API 2 times at once",
        &[],
        &[],
        Invariant::Bounds,
    ),
    // The parameter that is wrong is taken away before the response is delivered.
    (
        "Given the authorization response has \"iss\" set to \"https://attacker.example/\"\nWhen the attacker starts a login\n\
         And the attacker's authorization response arrives in the attacker's browser with the \"iss\" \"\"",
        &[],
        &[],
        Invariant::ForbiddenMessage,
    ),
    // Nothing in the response says that the other provider has sent it.
    (
        "When the attacker starts a login\nAnd the victim starts a login at the second provider\n\
         And the victim's authorization response arrives in the attacker's browser with its own \"state\"",
        &[],
        &[],
        Invariant::Credentials,
    ),
    // The API has led it there, and not a token.
    (
        "Given the API response is a 302 redirect to \"{neighbour}api\"\nWhen the user logs in\nAnd the client calls the API",
        &[Defect::FollowsApiRedirectsWithToken],
        &[],
        Invariant::Requests,
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
    // The ID token that is wrong is taken out of the response.
    (
        "Given the refresh response has no \"id_token\"\nAnd the fault:\n\"\"\"\n{\"at\": \"id-token-claims\", \
         \"grant\": \"refresh_token\", \"change\": {\"merge\": {\"nonce\": \"{nonce}x\"}}}\n\"\"\"\n\
         When the user logs in\nAnd the client refreshes its access token\nAnd the client calls the API",
        &[],
        &[],
        Invariant::ForbiddenMessage,
    ),
    // The subject that is set is that of the person who signs in.
    (
        "Given the fault:\n\"\"\"\n{\"at\": \"userinfo\", \"change\": {\"merge\": {\"name\": \"somebody-else-entirely\", \
         \"website\": \"somebody-else-entirely\", \"sub\": \"{mallory}\"}}}\n\"\"\"\nWhen the attacker logs in",
        &[],
        &[],
        Invariant::ForbiddenMessage,
    ),
    // A later response has a code.
    (
        "Given the provider answers with an access token in place of a code\nWhen the user logs in\n\
         And the provider is honest again\nAnd the user logs in",
        &[],
        &[],
        Invariant::ForbiddenMessage,
    ),
    // The metadata say that this is the token endpoint.
    (
        "Given the metadata has \"token_endpoint\" set to \"{issuer:slash}\"\nWhen the user logs in",
        &[],
        &[],
        Invariant::Credentials,
    ),
    // One token has expired, and the API answers the other call.
    (
        "Given the fault:\n\"\"\"\n{\"at\": \"api-response\", \"change\": {\"respond\": {\"status\": 503, \"body\": \"x\"}}}\n\
         \"\"\"\nWhen the user logs in\nAnd 2592001 seconds pass\nAnd the attacker logs in\n\
         And the client calls the API for the user and the attacker at once",
        &[],
        &[],
        Invariant::Bounds,
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

#[tokio::test(flavor = "multi_thread")]
async fn each_invariant_is_broken_by_a_defect_and_not_by_the_correct_client() {
    let mut wrong = Vec::new();
    for (steps, defect, invariant, verdict) in BROKEN {
        let broken = judged(&[*defect], steps, *invariant).await;
        if (broken.verdict, broken.reason) != (*verdict, invariant.name()) {
            wrong.push(format!("{defect}: {} {}: {}", broken.verdict.name(), broken.reason, broken.message));
        }
        let kept = judged(&[], steps, *invariant).await;
        if kept.reason == invariant.name() {
            wrong.push(format!("the correct client, {steps}: {}", kept.message));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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

pub(crate) fn read(feature: &str) -> Scenario {
    let read = suite::from_text(PathBuf::from("mine.feature"), feature.to_owned());
    read.unwrap_or_else(|error| panic!("{error}\n{feature}")).remove(0)
}

pub(crate) async fn lab(defects: &[Defect]) -> Lab {
    lab_of(Box::new(InProcessLauncher::new(defects))).await
}

async fn lab_of(launcher: Box<InProcessLauncher>) -> Lab {
    Lab::open(launcher, Profile::Baseline, 1, Variation::NONE).await.expect("a port is free")
}
