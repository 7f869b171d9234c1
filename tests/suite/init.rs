//! The newcomer's path: from `quintain init` to the first verdict.

use insta::assert_snapshot;

use crate::fixtures::Misbehaviour::Nothing;
use crate::shop::Shop;

/// A folder without a configuration, and the configuration that starts a fixture.
fn newcomer() -> (Shop, toml::Table) {
    let shop = Shop::that(Nothing);
    let config = std::fs::read_to_string(shop.path("quintain.toml")).expect("it was written");
    std::fs::remove_file(shop.path("quintain.toml")).expect("it can be removed");
    (shop, config.parse().expect("it is TOML"))
}

#[tokio::test]
async fn what_is_written_leads_to_verdicts_once_the_app_is_filled_in() {
    let (shop, fixture) = newcomer();
    let ended = shop.quintain("init web-app --name shop").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_snapshot!("next_steps", ended);
    let written = std::fs::read_to_string(shop.path("quintain.toml")).expect("it was written");

    // Nothing but the command, and what the fixture wants besides.
    let start = &fixture["start"];
    let app = written.replace(r#"command = ["npm", "start"]"#, &format!("command = {}", start["command"]));
    assert_ne!(app, written);
    let own = ["QUINTAIN_FIXTURE", "QUINTAIN_FIXTURE_WATCH"].map(|name| format!("{name} = {}\n", start["env"][name]));
    let app = app.replace("[start.env]\n", &format!("[start.env]\n{}{METHOD}", own.concat()));
    std::fs::write(shop.path("quintain.toml"), app).expect("it can be written");

    let doctor = shop.quintain("doctor").await;
    assert_eq!(doctor.code, Some(0), "{doctor}");
    let verify = shop.quintain("verify callback/state-* id-token/nonce-* --jobs 1 --json result.json").await;
    assert_eq!(verify.code, Some(0), "{verify}");
    let results = shop.results();
    assert_eq!(results.client.name, "shop");
    assert!(results.summary.total > 5 && results.summary.verdicts.get("pass") == Some(&results.summary.total));
}

const METHOD: &str = "TOKEN_ENDPOINT_AUTH_METHOD = \"{token_endpoint_auth_method}\"\n";

#[tokio::test]
async fn lines_that_are_commented_out_are_right_when_they_are_taken_in() {
    let (shop, _) = newcomer();
    shop.quintain("init web-app").await;
    let written = std::fs::read_to_string(shop.path("quintain.toml")).expect("it was written");
    let key = regex::Regex::new(r"(?m)^# ([a-z_]+ += |\[[a-z]+\]$)").expect("a pattern");
    let all = key.replace_all(&written, "$1").replace("command = ", "command = [\"no/such\"] # ");
    assert_eq!(written.lines().filter(|line| key.is_match(line)).count(), 14);
    std::fs::write(shop.path("quintain.toml"), all).expect("it can be written");
    let doctor = shop.quintain("doctor").await;
    assert_eq!(doctor.code, Some(5), "the file is right, and starts nothing: {doctor}");
}

#[tokio::test]
async fn command_is_guessed_by_what_is_in_the_folder() {
    for (file, command) in [("manage.py", "\"manage.py\", \"runserver\""), ("go.mod", "[\"go\", \"run\"")] {
        let (shop, _) = newcomer();
        let shop = shop.file(file, "");
        let ended = shop.quintain("init web-app").await;
        let written = std::fs::read_to_string(shop.path("quintain.toml")).expect("it was written");
        assert!(written.contains(command) && ended.stdout.contains("is a guess"), "{written}");
        assert_eq!(shop.quintain("doctor").await.code, Some(5), "which is read, and starts nothing yet");
    }
}

#[tokio::test]
async fn nothing_is_written_over_and_no_folder_is_made() {
    let shop = Shop::that(Nothing).file("quintain.toml", "mine").file("file", "");
    assert_snapshot!("there_already", shop.quintain("init web-app").await);
    assert_eq!(std::fs::read_to_string(shop.path("quintain.toml")).expect("it is there"), "mine");
    assert_snapshot!("no_such_folder", shop.quintain("init web-app no/such").await);
    assert_snapshot!("no_folder", shop.quintain("init web-app file").await);
    assert_eq!(shop.files(), ["file"]);
}

/// What the scripts `install` of the shims make.
const INSTALLED: [&str; 7] = [".venv", "__pycache__", "classes", "debian", "node_modules", "shim", "vendor"];

#[tokio::test]
async fn shim_is_written_whole_and_can_be_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shims");
    for language in ["go", "java", "node", "php", "python", "ruby"] {
        let (shop, _) = newcomer();
        let ended = shop.quintain(&format!("init stdio --language {language}")).await;
        assert_eq!(ended.code, Some(0), "{ended}");
        for name in std::fs::read_dir(root.join(language)).expect("it is there") {
            let name = name.expect("an entry").file_name().to_string_lossy().into_owned();
            if INSTALLED.contains(&name.as_str()) || ["README.md", "quintain-expected.toml"].contains(&name.as_str()) {
                continue;
            }
            let template = std::fs::read_to_string(root.join(language).join(&name)).expect("it is text");
            let written = std::fs::read_to_string(shop.path(&name)).unwrap_or_else(|_| panic!("{language}/{name}"));
            assert_eq!(written, template.replace(&format!("examples/shims/{language}/"), ""), "{name}");
        }
        let mode = shop.path("install").metadata().expect("it was written").permissions().mode();
        assert_eq!(mode & 0o100, 0o100, "it can be run");
        let doctor = shop.quintain("doctor").await;
        // Ruby's libraries are the system's, and may be there already.
        let installed = language == "ruby" && doctor.code == Some(0);
        assert!(installed || doctor.code == Some(5), "it is read, and nothing is installed yet: {doctor}");
        let again = shop.quintain(&format!("init stdio --language {language}")).await;
        assert_eq!(again.code, Some(2), "nothing is written over");
    }
}

#[tokio::test]
async fn configuration_of_a_native_app_is_read_and_misses_the_app_alone() {
    let (shop, _) = newcomer();
    let ended = shop.quintain("init command --name shop").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stdout.contains("quintain doctor"), "it says what comes next: {ended}");
    let doctor = shop.quintain("doctor").await;
    assert_eq!(doctor.code, Some(5), "{doctor}");
    assert!(doctor.to_string().contains("my-app"), "{doctor}");
    assert_eq!(shop.quintain("init command").await.code, Some(2), "nothing is written over");
}

#[tokio::test]
async fn name_may_be_any_text() {
    let (shop, _) = newcomer();
    std::fs::create_dir(shop.path("a \"b\" \\c")).expect("a folder can be made");
    let ended = std::process::Command::new(env!("CARGO_BIN_EXE_quintain"))
        .args(["init", "web-app", "a \"b\" \\c"])
        .current_dir(shop.path("."))
        .output()
        .expect("it runs");
    assert!(ended.status.success(), "{ended:?}");
    let written = std::fs::read_to_string(shop.path("a \"b\" \\c/quintain.toml")).expect("it was written");
    let config: toml::Table = written.parse().expect("it is TOML");
    assert_eq!(config["client"]["name"].as_str(), Some("a \"b\" \\c"));
}

#[tokio::test]
async fn job_of_every_ci_system_runs_what_there_is() {
    let pattern = regex::Regex::new(r#"verify ((?:--[a-z]+ [\w.$"]+\s*)+)"#).expect("a pattern");
    for system in ["github", "gitlab", "jenkins"] {
        let shop = Shop::that(Nothing);
        let job = shop.quintain(&format!("init ci --for {system} --working-directory shop/")).await;
        assert_eq!(job.code, Some(0), "{job}");
        let options = pattern.captures(&job.stdout).expect("it verifies").get(1).expect("it has options").as_str();
        let options = options.split_whitespace().map(|word| word.replace("\"$GITHUB_STEP_SUMMARY\"", "summary.md"));
        let options = options.collect::<Vec<_>>().join(" ");
        let ended = shop.quintain(&format!("verify {options} callback/state-missing --jobs 1")).await;
        assert_eq!(ended.code, Some(0), "{ended}");
        for file in shop.files() {
            assert!(file == "summary.md" || job.stdout.contains(&format!("shop/{file}")), "{file} is kept: {job}");
        }
        assert!(!job.stdout.contains("WORKING_DIRECTORY"), "{job}");
    }
}
