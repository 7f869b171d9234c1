//! A run that is kept: no secret is in the file, and it can be looked at and run again.

use std::io::{Cursor, Read as _};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use client_under_test::Defect;
use mock_idp::Variation;
use quintain::bundle::{self, Sources};
use quintain::driver::in_process::InProcessLauncher;
use quintain::lab::{Lab, Runs};
use quintain::results::Results;
use quintain::suite::{self, Edition, Selector};
use quintain::terms::Profile;
use zip::ZipArchive;

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

fn members(bytes: &[u8]) -> Vec<(String, String)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("it is a ZIP archive");
    let all = 0..archive.len();
    all.map(|number| {
        let mut member = archive.by_index(number).expect("it is there");
        let name = member.name().expect("it has a name").into_owned();
        let mut text = String::new();
        member.read_to_string(&mut text).expect("it is text");
        (name, text)
    })
    .collect()
}

#[tokio::test]
async fn bundle_holds_every_message_and_no_credential() {
    let selected = ["session", "refresh/request-shape", "refresh/id-token-absent", "leakage"];
    let (runs, results) = run(&[Defect::RedeemsCodeTwice], &selected).await;
    let bytes = bundle::render(&results, &runs, &Sources::default()).expect("it is not too large");
    let members = members(&bytes);
    let mut credentials = 0;
    for run in &runs.runs {
        let Some(evidence) = &run.evidence else { continue };
        let named = |ending: &str| format!("scenarios/{}/{ending}", run.scenario.id);
        let text = |ending: &str| {
            let found = members.iter().find(|(name, _)| *name == named(ending));
            &found.unwrap_or_else(|| panic!("there is no {}", named(ending))).1
        };
        let seen = evidence.exchanges().len();
        let journal: serde_json::Value = serde_json::from_str(text("journal.json")).expect("it is JSON");
        assert_eq!(journal["provider"].as_array().map(Vec::len), Some(seen), "{}", run.scenario.id);
        har::from_str(text("messages.har")).expect("it is an HTTP Archive");
        for credential in evidence.providers().flat_map(|issuer| issuer.journal().credentials()) {
            credentials += 1;
            let holder = members.iter().find(|(_, text)| text.contains(&credential.value));
            assert!(holder.is_none(), "a {:?} is in {:?}", credential.kind, holder.map(|(name, _)| name));
        }
    }
    assert!(credentials > 50, "there were credentials to keep out: {credentials}");
}

fn quintain(folder: &Path, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quintain"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .expect("quintain starts")
}

/// What a command prints, if it ends so.
#[track_caller]
fn printed(folder: &Path, arguments: &str, code: i32) -> String {
    let output = quintain(folder, arguments);
    let printed = [output.stdout, output.stderr].map(|it| String::from_utf8(it).expect("it prints text")).concat();
    assert_eq!(output.status.code(), Some(code), "{arguments}: {printed}");
    printed
}

#[test]
fn red_scenario_is_shown_again_and_runs_again() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let folder = folder.path();
    printed(folder, "verify --reference --defect ignores-nonce id-token/nonce-* --seed 7 --jobs 1 --bundle run.zip", 1);

    let list = printed(folder, "replay run.zip", 0);
    let first = list.lines().find(|line| line.starts_with("     ")).expect("the scenarios are listed");
    assert_eq!(first.split_whitespace().next(), Some("fail"), "the worst is first: {list}");

    let shown = printed(folder, "replay run.zip id-token/nonce-wrong", 0);
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d{4}-\d\d-\d\dT[\d:]+Z", "[date]");
    settings.bind(|| insta::assert_snapshot!(shown));

    let page = printed(folder, "replay run.zip id-token/nonce-wrong --html page.html --har messages.har", 0);
    assert!(page.contains("page.html"), "{page}");
    let page = std::fs::read_to_string(folder.join("page.html")).expect("the page is there");
    assert!(page.contains("id=\"id-token/nonce-wrong\"") && !page.contains("id=\"id-token/nonce-empty\""));
    har::from_path(folder.join("messages.har")).expect("it is an HTTP Archive");

    let full = printed(folder, "replay run.zip id-token/nonce-wrong --messages", 0);
    assert!(full.contains("code_verifier=[redacted]") && full.contains("\"alg\": \"RS256\""), "{full}");

    let same = printed(folder, "replay run.zip id-token/nonce-wrong --drive --defect ignores-nonce", 1);
    assert!(same.ends_with("the same was sent\n"), "{same}");
    let mended = printed(folder, "replay run.zip id-token/nonce-wrong --drive --reference", 0);
    assert!(mended.contains("then  fail (accepted)") && mended.contains("\nnow   pass\n"), "{mended}");
    assert!(
        mended.contains("\n- browser: alice is logged in\n") && mended.contains("\n+ browser: nobody is logged in\n")
    );
}

#[test]
fn scenario_of_the_users_own_is_in_the_bundle() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let folder = folder.path();
    let feature = "Feature: ours\n  @MUST @observe @RFC6749-4.1.2\n  Scenario: ours/one-code - a code is used once\n    \
                   When the user logs in\n    Then the invariant \"single-use\" holds\n";
    std::fs::write(folder.join("ours.feature"), feature).expect("it can be written");
    printed(folder, "verify --defect redeems-code-twice --features ours.feature --bundle run.zip", 1);
    std::fs::remove_file(folder.join("ours.feature")).expect("it is there");
    let again = printed(folder, "replay run.zip ours/one-code --drive --defect redeems-code-twice", 1);
    assert!(again.contains("now   fail"), "{again}");
}

#[test]
fn wrong_file_and_wrong_id_say_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let folder = folder.path();
    let missing = printed(folder, "replay run.zip", 2);
    assert!(
        missing.contains("run.zip: there is no such file; name a file that `quintain verify --bundle`"),
        "{missing}"
    );
    std::fs::write(folder.join("text.zip"), "no archive").expect("it can be written");
    let text = printed(folder, "replay text.zip", 2);
    assert!(text.contains("text.zip: it is no ZIP archive"), "{text}");
    printed(folder, "verify --reference id-token/nonce-wrong --bundle run.zip", 0);
    let unknown = printed(folder, "replay run.zip id-token/nonce-wrnog", 4);
    assert!(unknown.contains("the nearest is id-token/nonce-wrong"), "{unknown}");
    // The client is not to be guessed.
    let nobody = printed(folder, "replay run.zip id-token/nonce-wrong --drive", 2);
    assert!(nobody.contains("it was run by: quintain verify --reference"), "{nobody}");
    let stdout = printed(folder, "verify --reference id-token/nonce-wrong --bundle -", 2);
    assert!(stdout.contains("name a file"), "{stdout}");
}

#[test]
fn bundle_that_claims_to_be_larger_than_any_run_is_refused() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let folder = folder.path();
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("results.json", zip::write::SimpleFileOptions::default()).expect("a member begins");
    let mut archive = archive.finish().expect("it is whole").into_inner();
    let directory = archive.windows(4).position(|it| it == b"PK\x01\x02").expect("it has a central directory");
    archive[directory + 24..directory + 28].copy_from_slice(&(257_u32 << 20).to_le_bytes());
    std::fs::write(folder.join("bomb.zip"), archive).expect("it can be written");
    let refused = printed(folder, "replay bomb.zip", 2);
    assert!(refused.contains("results.json has more than 256 MiB"), "{refused}");
}
