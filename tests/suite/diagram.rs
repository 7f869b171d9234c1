//! The sequence diagrams of the page: all that was sent, in order, with what is wrong at its place.

use std::sync::Arc;

use client_under_test::Defect;
use mock_idp::Variation;
use quintain::driver::in_process::InProcessLauncher;
use quintain::lab::{Lab, Runs};
use quintain::report::{Stories, html, json};
use quintain::results::{Party, Results, ScenarioResult};
use quintain::suite::{self, Edition, Selector};
use quintain::terms::Profile;
use quintain::verdict::Verdict;

use crate::fixtures::Misbehaviour::Nothing;
use crate::shop::Shop;

async fn run(defects: &[Defect], selected: &[&str]) -> (Runs, Results) {
    let selectors: Vec<_> = selected.iter().map(|id| (*id).to_owned()).collect();
    let scenarios = suite::built_in().expect("the built-in suite loads");
    let scenarios = Selector::select(&selectors, scenarios).expect("the ids exist");
    let launcher = Box::new(InProcessLauncher::new(defects));
    let lab = Lab::open(launcher, Profile::Baseline, 1, Variation::NONE).await.expect("a port is free");
    let runs = lab.run(scenarios.into_iter().map(Arc::new).collect(), &()).await;
    let results = Results::new(lab.launcher(), Profile::Baseline, Edition::LATEST, 7, &runs);
    (runs, results)
}

fn page(results: &Results) -> String {
    html::render(results, &Stories::new())
}

/// The diagram of a scenario, an element a line.
fn diagram(results: &Results, id: &str) -> String {
    let page = page(results);
    let section = page.split_once(&format!("id=\"{id}\"")).expect("the scenario is there").1;
    let section = section.split_once("</details>").expect("it has an end").0;
    let (_, svg) = section.split_once("<svg").expect("it has a diagram");
    format!("<svg{}</svg>", svg.split_once("</svg>").expect("it has an end").0).replace("><", ">\n<")
}

fn scenario<'a>(results: &'a Results, id: &str) -> &'a ScenarioResult {
    results.scenarios.iter().find(|it| it.id.as_str() == id).expect("the scenario is there")
}

/// Where the texts stand in a diagram; each is below the one before.
fn stand_in_order(diagram: &str, texts: &[&str]) {
    let mut rest = diagram;
    for text in texts {
        rest = rest.split_once(text).unwrap_or_else(|| panic!("{text} is not where it should be: {diagram}")).1;
    }
}

#[tokio::test]
async fn diagram_shows_what_was_altered_and_what_the_client_made_of_it() {
    let (_, results) = run(&[Defect::IgnoresNonce], &["id-token/nonce-wrong"]).await;
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"#\d", "#[n]");
    settings.bind(|| insta::assert_snapshot!(diagram(&results, "id-token/nonce-wrong")));
}

#[tokio::test]
async fn fault_is_marked_on_the_message_that_it_altered_and_on_no_other() {
    let (_, results) = run(&[], &["id-token/nonce-wrong", "callback/code-missing"]).await;
    let drawn = diagram(&results, "id-token/nonce-wrong");
    let altered = "altered: the ID token's claim &quot;nonce&quot;";
    stand_in_order(&drawn, &["POST token", "class=\"back altered\"", altered, "refused at the ID token step"]);
    assert_eq!(drawn.matches("class=\"back altered\"").count(), 1, "{drawn}");
    assert!(drawn.contains("class=\"label pass\""), "the refusal is as it should be: {drawn}");

    let drawn = diagram(&results, "callback/code-missing");
    stand_in_order(&drawn, &["GET authorization", "class=\"back altered\"", "altered: ", ">callback<"]);
}

#[tokio::test]
async fn finding_is_marked_where_it_was_seen() {
    let defects = [Defect::IgnoresNonce, Defect::IgnoresIss, Defect::RepeatsNonce];
    let ids = ["callback/mixup-two-issuers", "callback/code-injection-nonce-only", "authorize-request/nonce-unique"];
    let (_, results) = run(&defects, &ids).await;
    // At the request that the message names, at the host that it names.
    let drawn = diagram(&results, "callback/mixup-two-issuers");
    stand_in_order(
        &drawn,
        &[">second provider<", "class=\"there red\"", "POST token", "class=\"label red\"", "✗ request"],
    );
    assert_eq!(drawn.matches("class=\"there red\"").count(), 1, "{drawn}");
    // In the browser that is logged in as somebody else.
    let drawn = diagram(&results, "callback/code-injection-nonce-only");
    stand_in_order(
        &drawn,
        &["attacker’s browser", "victim’s browser", "class=\"label warn\"", "✗ the attacker's browser is"],
    );
    // What is compared stands out, and is told once.
    let drawn = diagram(&results, "authorize-request/nonce-unique");
    assert_eq!((drawn.matches("class=\"there red\"").count(), drawn.matches("class=\"label red\"").count()), (2, 1));
}

#[tokio::test]
async fn every_exchange_of_the_trace_is_an_arrow_or_counted_by_one() {
    let ids = ["callback/*", "refresh/*", "jwks/*", "api/*", "cve/*", "authorize-request/nonce-unique"];
    let (_, results) = run(&[Defect::FollowsApiRedirectsWithToken], &ids).await;
    let again = regex::Regex::new(r"\(#(\d+)\s*to\s*#(\d+)\)").expect("a pattern");
    let tag = regex::Regex::new("<[^>]*>").expect("a pattern");
    let mut folded = 0;
    for scenario in results.scenarios.iter().filter(|it| !it.evidence.provider.is_empty()) {
        let drawn = diagram(&results, scenario.id.as_str());
        let words = tag.replace_all(&drawn, " ").replace('\n', " ");
        let ranges: Vec<(u64, u64)> = again
            .captures_iter(&words)
            .map(|it| (it[1].parse().expect("a number"), it[2].parse().expect("a number")))
            .collect();
        folded += ranges.len();
        for exchange in &scenario.evidence.provider {
            let asked = exchange.request.split(" of the ").next().unwrap_or_default();
            let shown = words.contains(&format!("#{} {asked} ", exchange.seq));
            let counted = ranges.iter().any(|(first, last)| (*first..=*last).contains(&exchange.seq));
            assert!(shown || counted, "{}: {exchange} is missing in {words}", scenario.id);
        }
    }
    assert!(folded > 0, "nothing was repeated, so nothing was tested");
}

#[tokio::test]
async fn no_credential_of_the_run_is_in_the_page() {
    let (runs, results) = run(&[Defect::IgnoresNonce], &["id-token/*", "refresh/*", "errors/*"]).await;
    let page = page(&results);
    let evidence = runs.runs.iter().filter_map(|run| run.evidence.as_ref());
    let credentials =
        evidence.flat_map(|it| it.providers().flat_map(|issuer| issuer.journal().credentials()).collect::<Vec<_>>());
    let mut looked_at = 0;
    for credential in credentials.filter(|credential| credential.value.len() >= 20) {
        // Lines are broken: a part of it would be bad enough. JWTs begin alike.
        let part = &credential.value[credential.value.len() - 16..];
        assert!(!page.contains(part), "{:?} is in the page", credential.kind);
        looked_at += 1;
    }
    assert!(looked_at > 100, "{looked_at}");
}

#[tokio::test]
async fn page_made_of_the_json_results_is_that_of_the_run() {
    let (_, results) = run(&[Defect::IgnoresNonce], &["id-token/*", "callback/*"]).await;
    let kept = json::read(&json::render(&results)).expect("it reads back");
    assert_eq!(page(&kept), page(&results));
}

#[tokio::test]
async fn results_without_an_order_have_no_diagram() {
    let (_, mut results) = run(&[], &["id-token/nonce-wrong"]).await;
    for evidence in results.scenarios.iter_mut().map(|it| &mut it.evidence) {
        evidence.provider.iter_mut().for_each(|it| it.sent = None);
        evidence.browser.iter_mut().for_each(|it| it.sent = None);
    }
    assert!(!page(&results).contains("<svg"));
}

#[tokio::test]
async fn what_is_red_or_warns_is_open_and_nothing_else() {
    let ids = ["id-token/nonce-wrong", "id-token/nonce-missing", "callback/code-injection-nonce-only"];
    let (_, results) = run(&[Defect::IgnoresNonce], &ids).await;
    assert!(results.count(Verdict::Pass) > 0 && results.count(Verdict::Warn) > 0 && results.count(Verdict::Fail) > 0);
    let page = page(&results);
    for scenario in &results.scenarios {
        let opened = page.contains(&format!("<details id=\"{}\" open ", scenario.id));
        assert_eq!(opened, scenario.verdict != Verdict::Pass, "{}", scenario.id);
    }
}

#[tokio::test]
async fn what_browsers_of_a_web_app_saw_and_what_the_provider_saw_are_in_one_order() {
    let shop = Shop::that(Nothing);
    let ended = shop.quintain("verify callback/state-other-browser --json result.json").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let results = shop.results();
    let evidence = &scenario(&results, "callback/state-other-browser").evidence;

    let callback = evidence.browser.iter().find(|hop| hop.request.contains("/callback")).expect("it was delivered");
    assert_eq!(callback.from, Some(Party::Victim));
    let asked: Vec<_> = evidence.provider.iter().map(|it| (it.from, it.request.as_str())).collect();
    let authorization = "GET authorization";
    assert_eq!(asked[..2], [(Some(Party::Victim), authorization), (Some(Party::Attacker), authorization)], "{asked:?}");
    let login = evidence.browser.iter().find(|hop| hop.from == Some(Party::Attacker)).expect("there was a login");
    let attackers = &evidence.provider[1];
    assert!(login.answered < attackers.sent && attackers.answered < callback.sent, "{evidence:?}");

    let looks: Vec<_> = evidence.browser.iter().filter(|hop| hop.looks).map(|hop| hop.request.as_str()).collect();
    assert!(!looks.is_empty() && looks.iter().all(|request| *request == "GET /me"), "{looks:?}");
}
