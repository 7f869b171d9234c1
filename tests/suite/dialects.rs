//! Dialects: the document that lists them, and a session in each of them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use client_under_test::Defect;
use mock_idp::{Dialect, Mark, Variation};
use quintain::driver::in_process::InProcessLauncher;
use quintain::lab::Lab;
use quintain::results::StepOutcome;
use quintain::suite;
use quintain::terms::Profile;
use quintain::verdict::Verdict;

use crate::docs::{current, read};
use crate::fixtures::Misbehaviour::Nothing;
use crate::shop::Shop;

const BEGIN: &str = "<!-- dialects: begin -->";
const END: &str = "<!-- dialects: end -->";

#[test]
fn document_of_the_dialects_says_what_their_files_say() {
    let file = "docs/dialects.md";
    let chapter = read(file);
    let (before, rest) = chapter.split_once(BEGIN).expect("the chapter marks where the dialects begin");
    let (_, after) = rest.split_once(END).expect("the chapter marks where the dialects end");
    current(file, &format!("{before}{BEGIN}\n\n{}{END}{after}", described()));
}

fn described() -> String {
    let mut text = String::from("| dialect | provider | OpenID Connect |\n|---|---|---|\n");
    let others = || Dialect::built_in().filter(|dialect| *dialect != Dialect::PLAIN);
    for dialect in others() {
        let speaks = match dialect.unfit() {
            _ if !dialect.speaks_openid_connect() => "no: for `serve` alone",
            Some(_) => "yes, but for one thing",
            None => "yes",
        };
        let _ = writeln!(text, "| [`{dialect}`](#{dialect}) | {} | {speaks} |", dialect.title());
    }
    for dialect in others() {
        let _ = writeln!(text, "\n### {dialect}\n\n| {} | mark |\n|---|:---:|", dialect.title());
        for fact in dialect.facts() {
            let mark = match fact.mark {
                Some(Mark::Documented) => "D",
                Some(Mark::Fixture) => "F",
                Some(Mark::Reported) | None => "C",
            };
            let _ = writeln!(text, "| {} | {mark} |", fact.what.replace('|', "\\|"));
        }
        if let Some(why) = dialect.unfit() {
            let _ = writeln!(text, "\nNo client that keeps to OpenID Connect can log in: {why}.");
        }
        let _ = writeln!(text, "\nSources: {}.", dialect.sources().join("; "));
    }
    text + "\n"
}

/// What the reference client cannot show: Apple has no UserInfo and no name in its ID token, and Google gives no refresh
/// token without a parameter of its own.
const NOT_GIVEN: [(&str, &str); 2] = [("apple", "claims"), ("google", "refresh")];

#[tokio::test(flavor = "multi_thread")]
async fn reference_client_works_at_every_provider() {
    let shop = Shop::that(Nothing);
    let ended = shop.quintain("verify --reference --dialect all --seed 1 --json result.json --html report.html").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let rows = shop.results().dialects;
    let fit = |dialect: &Dialect| dialect.speaks_openid_connect() && dialect.unfit().is_none();
    let expected = Dialect::built_in().filter(fit).filter(|dialect| *dialect != Dialect::PLAIN);
    assert!(rows.iter().map(|row| row.dialect.as_str()).eq(expected.map(Dialect::name)));
    for row in &rows {
        let steps: Vec<_> = row.steps.iter().map(|step| step.step.as_str()).collect();
        assert_eq!(steps, ["login", "claims", "api", "refresh", "logout", "error"]);
        for step in &row.steps {
            let not_given = NOT_GIVEN.contains(&(row.dialect.as_str(), step.step.as_str()));
            let outcome = if not_given { StepOutcome::Unknown } else { StepOutcome::Works };
            assert_eq!(step.outcome, outcome, "{}: {step:?}", row.dialect);
        }
    }
    let table = ["provider            login  claims", "\nKeycloak            ✓      ✓       ✓    ✓        ✓       ✓\n"];
    assert!(table.iter().all(|part| ended.stdout.contains(part)), "{ended}");
    let page = std::fs::read_to_string(shop.path("report.html")).expect("it is written");
    assert!(page.contains("<td>Keycloak</td><td>✓</td>"), "the page has the table");
}

#[tokio::test(flavor = "multi_thread")]
async fn provider_that_no_correct_client_can_use_says_why_and_turns_the_run_red() {
    let shop = Shop::that(Nothing);
    let ended = shop.quintain("verify --reference --dialect linkedin --markdown report.md").await;
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("✗ login: alice should be logged in"), "{ended}");
    let page = std::fs::read_to_string(shop.path("report.md")).expect("it is written");
    assert!(page.contains("| LinkedIn | ✗ | ✗ | ✗ | – |"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn dialect_that_is_none_is_a_usage_error_that_names_what_there_is() {
    let shop = Shop::that(Nothing).file("ours.toml", "title = \"Ours\"\n[[fact]]\npolicy = { pkcs = 1 }\n");
    for (arguments, told) in [
        ("verify --reference --dialect gogle", &["the nearest is google", "keycloak", "or all"][..]),
        ("verify --reference --dialect ./ours.toml", &["./ours.toml", "line 3", "`pkce`"]),
        ("verify --reference --dialect github", &["serve"]),
        ("serve --dialect gogle", &["the nearest is google"]),
    ] {
        let ended = shop.quintain(arguments).await;
        assert_eq!(ended.code, Some(2), "{ended}");
        assert!(told.iter().all(|part| ended.stderr.contains(part)), "{ended}");
    }
    let listed = shop.quintain("list --dialects").await;
    assert!(listed.stdout.contains("keycloak     Keycloak\n"), "{listed}");
}

/// A step, a provider, and a defect that the step finds there.
const FOUND: [(&str, &str, Defect); 8] = [
    ("login", "keycloak", Defect::DemandsSlashAfterIssuer),
    ("login", "twitch", Defect::ComparesTokenTypeExactly),
    ("claims", "twitch", Defect::DropsUserinfoClaims),
    ("api", "salesforce", Defect::DemandsExpiresIn),
    ("refresh", "cognito", Defect::DropsRefreshTokenWithoutSuccessor),
    ("refresh", "twitch", Defect::DemandsIdTokenOnRefresh),
    ("logout", "okta", Defect::KeepsSessionOnLogout),
    ("error", "twitch", Defect::FallsOverOnOddErrors),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_step_fails_on_a_defect_at_a_provider() {
    let scenarios = suite::in_each_dialect().expect("the built-in suite loads");
    let steps: BTreeSet<_> = scenarios.iter().map(|scenario| scenario.id.fact()).collect();
    assert_eq!(FOUND.iter().map(|(step, ..)| *step).collect::<BTreeSet<_>>(), steps);
    for (step, dialect, defect) in FOUND {
        let dialect: Dialect = dialect.parse().expect("it is built in");
        let of_step = scenarios.iter().find(|it| it.id.fact() == step);
        let scenario = Arc::new(of_step.expect("there is such a step").in_dialect(dialect));
        let lab = Lab::open(Box::new(InProcessLauncher::new(&[defect])), Profile::Baseline, 1, Variation::NONE).await;
        let lab = lab.expect("a port").in_dialect(dialect).await.expect("a port");
        let runs = lab.run(vec![scenario], &()).await;
        let judgement = &runs.runs[0].judgement;
        let verdict = judgement.verdict;
        assert!(matches!(verdict, Verdict::Fail | Verdict::Warn), "{step} at {dialect}, {defect:?}: {verdict:?}");
    }
}

/// A feature file, in which the provider of one scenario speaks a dialect.
fn feature(given: &str) -> String {
    format!(
        "Feature: ours\n\n  @MUST @tolerate\n  Scenario: ours/login - somebody logs in\n    {given}\n    When the user logs in\n    \
         Then the user is logged in as alice\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn one_scenario_can_be_in_a_dialect() {
    let keycloak = feature("Given the provider speaks the dialect \"keycloak\"");
    // Its issuer ends in no slash.
    for (client, passes) in [("--reference", true), ("--defect demands-slash-after-issuer", false)] {
        let shop = Shop::that(Nothing).file("ours.feature", &keycloak);
        let ended =
            shop.quintain(&format!("verify {client} --features ours.feature --seed 1 --json result.json")).await;
        assert_eq!(shop.results().scenarios[0].verdict == Verdict::Pass, passes, "{ended}");
    }
}

#[tokio::test]
async fn line_about_a_dialect_that_cannot_be_is_refused() {
    let speaks = |dialect: &str| format!("Given the provider speaks the dialect \"{dialect}\"");
    for (given, told) in [
        (speaks("gogle"), "the nearest is google"),
        (speaks("github"), "GitHub has no provider metadata and no ID tokens"),
        (
            format!("{}\n    And the provider speaks the dialect \"okta\"", speaks("google")),
            "the dialect google already",
        ),
    ] {
        let shop = Shop::that(Nothing).file("ours.feature", feature(&given));
        let ended = shop.quintain("verify --reference --features ours.feature").await;
        assert_eq!((ended.code, ended.stderr.contains(told)), (Some(2), true), "{ended}");
    }
}

/// The issuer of these providers has a path, and their endpoints are not below it.
#[tokio::test]
async fn web_app_logs_in_where_the_endpoints_are_beside_the_issuer() {
    let shop = Shop::that(Nothing);
    for dialect in ["authentik", "cognito", "entra"] {
        let ended = shop.quintain(&format!("verify --dialect {dialect} --json result.json")).await;
        assert_eq!(ended.code, Some(0), "{dialect}: {ended}");
    }
}
