//! The documentation is true: what is generated is current, what is shown works, and nothing is left out.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use mock_idp::{Fault, ProviderFile, Variation};
use quintain::config::{Config, Placeholders, Template};
use quintain::driver::in_process::InProcessLauncher;
use quintain::driver::stdio;
use quintain::expected::Expectations;
use quintain::lab::{Lab, Observer, Run, Runs};
use quintain::plan::Invariant;
use quintain::report::json;
use quintain::results::{ProblemKind, Results};
use quintain::steps;
use quintain::suite::{self, Edition, Scenario};
use quintain::terms::Profile;
use quintain::verdict::Verdict;
use regex::{Captures, Regex};

use crate::json_schema::JsonSchema;

const TUTORIAL: &str = "docs/first-red-build.md";

#[test]
fn schema_of_the_results_is_current() {
    current("docs/results.schema.json", &json::schema());
}

#[test]
fn schemas_of_the_stdio_protocol_are_current() {
    current("docs/stdio-requests.schema.json", &stdio::schema::of_requests());
    current("docs/stdio-replies.schema.json", &stdio::schema::of_replies());
}

#[test]
fn schema_of_the_provider_file_is_current() {
    current("docs/idp.schema.json", &ProviderFile::schema());
}

#[test]
fn conversation_of_the_stdio_chapter_is_as_the_schemas_have_it() {
    let conversation = blocks("docs/stdio.md", "text").join("").replace("\n   ", "");
    let schema = |text: String| serde_json::from_str::<serde_json::Value>(&text).expect("the schema is JSON");
    let requests = JsonSchema::of(schema(stdio::schema::of_requests()));
    let replies = schema(stdio::schema::of_replies());
    let (mut op, mut lines) = (String::new(), 0);
    for line in conversation.lines() {
        let (direction, message) = line.split_once(' ').expect("an arrow and a message");
        let message: serde_json::Value = serde_json::from_str(message).expect("the message is JSON");
        let is_valid = if direction == "→" {
            message["op"].as_str().expect("a request has an op").clone_into(&mut op);
            requests.check(&message).is_ok()
        } else {
            let reply = serde_json::json!({ "$ref": replies["properties"][&op]["$ref"], "$defs": replies["$defs"] });
            JsonSchema::of(reply).check(&message).is_ok()
        };
        assert!(is_valid, "{line}");
        lines += 1;
    }
    assert!(lines > 10, "{lines} lines");
}

#[test]
fn output_in_the_tutorial_is_what_the_commands_print() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let tutorial = read(TUTORIAL);
    let block = Regex::new(r"(?s)\n```console\n(.*?)\n```\n").expect("the pattern is a constant");
    let mut ended = 0;
    let printed = block.replace_all(&tutorial, |block: &Captures| {
        let commands = block[1].strip_prefix("$ ").expect("a block begins with a command").split("\n$ ");
        let played: Vec<String> = commands
            .map(|session| {
                let (command, shown) = session.split_once('\n').unwrap_or((session, ""));
                match command.split_once(' ') {
                    Some(("quintain", arguments)) => {
                        let output = Command::new(env!("CARGO_BIN_EXE_quintain"))
                            .args(arguments.split(' '))
                            .current_dir(folder.path())
                            .env("NO_COLOR", "1")
                            .output()
                            .expect("quintain starts");
                        ended = output.status.code().expect("no signal ends it");
                        let said = [output.stdout, output.stderr].concat();
                        let said = String::from_utf8(said).expect("it prints text");
                        format!("$ {command}\n{}", with_times_of(shown, said.trim_end()))
                    }
                    Some(("echo", "$?")) => format!("$ {command}\n{ended}"),
                    _ => format!("$ {session}"),
                }
            })
            .collect();
        format!("\n```console\n{}\n```\n", played.join("\n"))
    });
    current(TUTORIAL, &printed);
}

#[test]
fn step_vocabulary_of_the_chapter_is_current() {
    let file = "docs/writing-scenarios.md";
    let chapter = read(file);
    let (before, rest) = chapter.split_once(BEGIN).expect("the chapter marks where the vocabulary begins");
    let (_, after) = rest.split_once(END).expect("the chapter marks where the vocabulary ends");
    current(file, &format!("{before}{BEGIN}\n\n{}{END}{after}", vocabulary()));
}

#[test]
fn parameters_of_the_steps_are_documented() {
    let chapter = read("docs/writing-scenarios.md");
    for (_, line) in steps::vocabulary() {
        for parameter in found(r"(\{[a-z]+\})", line.expression) {
            assert!(chapter.contains(&format!("| `{parameter}` |")), "{parameter} of `{}`", line.expression);
        }
    }
}

#[test]
fn placeholders_of_the_steps_are_documented() {
    let chapter = read("docs/writing-scenarios.md");
    for name in steps::placeholders() {
        let of_alice = name.replace("bob", "alice").replace("mallory", "alice");
        assert!(chapter.contains(&format!("{{{of_alice}}}")), "{{{name}}}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_of_the_example_feature_pass_on_the_reference_client() {
    let file = root().join("examples/features/contacts-api.feature");
    let scenarios = suite::from_paths(&[file]).expect("the example feature loads");
    assert_eq!(scenarios.len(), 3);
    pass(scenarios).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_of_the_chapter_pass_on_the_reference_client() {
    let features = blocks("docs/writing-scenarios.md", "gherkin");
    assert!(!features.is_empty(), "the chapter shows features");
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (number, text) in features.iter().enumerate() {
        fs::write(folder.path().join(format!("{number}.feature")), text).expect("the folder can be written to");
    }
    pass(suite::from_paths(&[folder.path().to_owned()]).expect("the features of the chapter load")).await;
}

#[test]
fn faults_of_the_chapter_make_sense() {
    let faults = blocks("docs/writing-scenarios.md", "json");
    assert!(faults.len() > 5, "the chapter shows faults");
    for fault in faults {
        if let Err(error) = Fault::from_json(&fault) {
            panic!("{error}\n{fault}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn result_of_the_reference_client_is_valid_under_the_schema() {
    let lab = lab(&[]).await;
    let results = results(&lab, suite::built_in().expect("the built-in suite loads")).await;
    valid(&results);
    let text = json::render(&results);
    assert_eq!(json::read(&text).expect("what was written is read"), results);
    assert!(json::read(&text[..text.len() / 2]).is_err(), "half a result is no result");
    let incomplete = Results { complete: false, ..results };
    assert!(json::read(&json::render(&incomplete)).is_err(), "a run that did not end is no result");
}

#[tokio::test(flavor = "multi_thread")]
async fn result_with_findings_is_valid_under_the_schema() {
    let lab = lab(&["ignores-state".parse().expect("there is such a defect")]).await;
    let results = results(&lab, suite::built_in().expect("the built-in suite loads")).await;
    assert!(results.count(Verdict::Pass) < results.summary.total, "a defect is found");
    valid(&results);
}

#[test]
fn configurations_that_are_shown_are_read() {
    let examples = blocks("docs/quintain-toml.md", "toml");
    for example in whole(&examples) {
        if let Err(problem) = read_config(example) {
            panic!("{problem}\n{example}");
        }
    }
}

#[test]
fn every_documented_key_is_in_a_whole_example_of_a_configuration() {
    let document = read("docs/quintain-toml.md");
    let examples = blocks("docs/quintain-toml.md", "toml");
    let shown: Vec<toml::Table> = whole(&examples).map(|example| example.parse().expect("it is TOML")).collect();
    let (mut section, mut in_table, mut keys) = (String::new(), false, 0);
    for line in document.lines() {
        if let Some(name) = line.strip_prefix("## `[").and_then(|rest| rest.strip_suffix("]`")) {
            name.clone_into(&mut section);
        }
        in_table = line.starts_with('|') && (in_table || line.starts_with("| key |"));
        let key = line.strip_prefix("| `").and_then(|rest| rest.split('`').next());
        if let (Some(key), true) = (key, in_table) {
            let there = shown.iter().any(|file| file.get(&section).and_then(|table| table.get(key)).is_some());
            assert!(there, "no example has {key} in [{section}]");
            keys += 1;
        }
    }
    assert!(keys > 15, "only {keys} keys are documented in tables");
}

#[test]
fn every_key_value_and_placeholder_of_a_configuration_is_documented() {
    let document = read("docs/quintain-toml.md");
    let examples = blocks("docs/quintain-toml.md", "toml");
    let example = whole(&examples).next().expect("there is a whole example");
    let documented = |names: BTreeSet<String>, what: &str| {
        assert!(!names.is_empty(), "the message about an unknown {what} names the known ones");
        for name in names {
            assert!(document.contains(&format!("`{name}`")), "{what} {name}");
        }
    };
    // An unknown name is answered with the known ones.
    let known = |example: &str| {
        let problem = read_config(example).expect_err("the configuration is wrong");
        found("`([^`]+)`", problem.split_once("expected ").map_or("", |(_, known)| known))
    };
    for section in known(&format!("{example}\n[no-such-section]\n")) {
        let header = format!("[{section}]\n");
        let example =
            whole(&examples).find(|example| example.contains(&header)).expect("a whole example of the section");
        documented(BTreeSet::from([format!("[{section}]")]), "section");
        documented(known(&example.replace(&header, &format!("{header}no-such-key = 1\n"))), "key");
    }
    let declares = Regex::new("declares = .*").expect("the pattern is a constant");
    documented(known(&declares.replace(example, "declares = [\"no-such\"]")), "capability");
    let name = Regex::new(r"(\[profile\]\n)name = .*").expect("the pattern is a constant");
    documented(known(&name.replace(example, "${1}name = \"no-such\"")), "profile");

    let unknown = Template::new("{no_such}").fill(&Placeholders::example()).expect_err("there is no such placeholder");
    let known = unknown.to_string();
    documented(found(r"(\{[a-z_]+\})", known.split_once("known are").map_or("", |(_, known)| known)), "placeholder");
}

#[test]
fn every_reason_of_a_verdict_is_documented_and_none_besides() {
    let document = read("docs/results.md");
    let documented = found(r"(?m)^\| `([a-z-]+)` \|", section(&document, "## Reasons"));
    // That an invariant does not hold is a reason of that name.
    let mut quoted: BTreeSet<_> = Invariant::ALL.iter().map(ToString::to_string).collect();
    let files = fs::read_dir(root().join("harness/src/verdict")).expect("the sources are here");
    let files = files.map(|file| file.expect("the folder can be read").path()).filter(|path| path.is_file());
    for file in files {
        let source = fs::read_to_string(file).expect("sources are text");
        quoted.extend(found(r#""([a-z]+(?:-[a-z]+)*)""#, &source));
    }
    let others = Verdict::ALL.map(Verdict::name).into_iter().chain(NO_REASONS);
    let missing: Vec<_> =
        quoted.difference(&documented).filter(|word| !others.clone().any(|other| other == *word)).collect();
    assert!(
        missing.is_empty(),
        "not in docs/results.md, under Reasons: {missing:?} (or in NO_REASONS, if they are none)"
    );
    let gone: Vec<_> = documented.difference(&quoted).collect();
    assert!(gone.is_empty(), "in docs/results.md, and no reason of the code: {gone:?}");
}

/// Words in quotation marks in `harness/src/verdict` that look like reasons.
const NO_REASONS: [&str; 23] = [
    "accept-language",
    "after",
    "another-value",
    "authorization",
    "basic",
    "bearer",
    "before",
    "credential",
    "error",
    "issuer",
    "kebab-case",
    "oauth-authorization-server",
    "openid",
    "openid-configuration",
    "origin",
    "scope",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sub",
    "user-agent",
    "v",
    "x",
    "x-client-secret",
];

#[test]
fn every_verdict_is_documented() {
    let document = read("docs/results.md");
    let documented = found(r"(?m)^\| `([a-z-]+)` \|", section(&document, "## Verdicts"));
    assert_eq!(documented, Verdict::ALL.map(Verdict::name).into_iter().map(str::to_owned).collect());
}

#[test]
fn expectations_that_are_shown_are_read_and_show_every_key() {
    let document = read("docs/expectations.md");
    let shown = blocks("docs/expectations.md", "toml").concat();
    let file = Expectations::parse("shown".as_ref(), &shown).expect("the example is right");
    let known: Vec<_> = suite::built_in().expect("the built-in suite loads").into_iter().map(|it| it.id).collect();
    let rewritten = quintain::expected::rewrite("shown".as_ref(), &shown, &nothing_ran(), &known);
    assert_eq!(
        rewritten.expect("it can be rewritten").changes,
        Vec::<String>::new(),
        "the example speaks of scenarios"
    );
    assert!(file.entries().len() > 1);
    let problem = Expectations::parse("shown".as_ref(), &shown.replacen("comment", "coment", 1)).expect_err("a slip");
    let keys = found("`([^`]+)`", problem.to_string().split_once("expected ").map_or("", |(_, known)| known));
    assert_eq!(found(r"(?m)^\| `([a-z_]+)` \|", section(&document, "## The file")), keys);
    assert!(
        keys.len() > 5 && keys.iter().all(|key| shown.contains(&format!("\n{key} = "))),
        "the example has them all"
    );
}

#[test]
fn every_problem_of_an_expectation_is_documented() {
    let document = read("docs/expectations.md");
    let documented = found(r"(?m)^\| `([a-z-]+)` \|", section(&document, "## What can be wrong with an entry"));
    assert_eq!(documented, ProblemKind::ALL.map(ProblemKind::name).into_iter().map(str::to_owned).collect());
}

fn nothing_ran() -> Results {
    let nothing = Runs { runs: Vec::new(), duration: std::time::Duration::ZERO, stopped: None };
    Results::new(&InProcessLauncher::new(&[]), Profile::Baseline, Edition::LATEST, 1, &nothing)
}

const BEGIN: &str = "<!-- vocabulary: generated, begin -->";
const END: &str = "<!-- vocabulary: generated, end -->";
const WIDTH: usize = 120;

/// The step vocabulary in Markdown.
fn vocabulary() -> String {
    let mut text = String::new();
    for keyword in ["Given", "When", "Then"] {
        let _ = writeln!(text, "### {keyword}\n");
        for (_, line) in steps::vocabulary().filter(|(known, _)| *known == keyword) {
            let _ = writeln!(text, "- **`{}`**\\\n{}", line.expression, wrapped(line.about));
        }
        text.push('\n');
    }
    text
}

fn wrapped(text: &str) -> String {
    let mut lines = vec![" ".to_owned()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is a line");
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(format!("  {word}"));
        } else {
            let _ = write!(line, " {word}");
        }
    }
    lines.join("\n")
}

/// The text with the times of another: no two runs take the same time.
fn with_times_of(shown: &str, printed: &str) -> String {
    let time = Regex::new(r" in \d+\.\d\d s\b").expect("the pattern is a constant");
    let mut times = time.find_iter(shown).map(|it| it.as_str().to_owned());
    time.replace_all(printed, |new: &Captures| times.next().unwrap_or_else(|| new[0].to_owned())).into_owned()
}

/// Fails if a file is not what it should be; with `UPDATE_DOCS=1` the file is written instead.
pub(crate) fn current(file: &str, expected: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        return fs::write(root().join(file), expected).expect("the file can be written");
    }
    let found = fs::read_to_string(root().join(file)).unwrap_or_default();
    assert!(
        found == expected,
        "{file} is not what the code says; `UPDATE_DOCS=1 cargo test --test suite docs` writes it again; then review the diff"
    );
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// What a pattern's first group captures, each once.
fn found(pattern: &str, text: &str) -> BTreeSet<String> {
    let pattern = Regex::new(pattern).expect("the pattern is a constant");
    pattern.captures_iter(text).map(|captures| captures[1].to_owned()).collect()
}

/// A section of a document, up to the next heading of the same level.
fn section<'a>(document: &'a str, heading: &str) -> &'a str {
    let (_, rest) = document.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("there is no {heading}"));
    rest.split_once("\n## ").map_or(rest, |(section, _)| section)
}

/// The fenced blocks of a language.
fn blocks(file: &str, language: &str) -> Vec<String> {
    let document = read(file);
    let fence = format!("\n```{language}\n");
    let block = |rest: &str| rest.split_once("\n```").map(|(block, _)| format!("{block}\n"));
    document.split(fence.as_str()).skip(1).filter_map(block).collect()
}

/// The examples that are whole configurations, not a few lines of one.
fn whole(examples: &[String]) -> impl Iterator<Item = &String> {
    examples.iter().filter(|example| example.contains("[client]"))
}

fn read_config(text: &str) -> Result<Config, String> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("quintain.toml");
    fs::write(&file, text).expect("the folder can be written to");
    Config::read(Path::new(&file)).map_err(|error| error.to_string())
}

struct Unobserved;

impl Observer for Unobserved {
    fn ended(&self, _run: &Run) {}
}

async fn lab(defects: &[client_under_test::Defect]) -> Lab {
    let launcher = Box::new(InProcessLauncher::new(defects));
    Lab::open(launcher, Profile::Baseline, 4, Variation::NONE).await.expect("a port on loopback can be had")
}

async fn run(lab: &Lab, scenarios: Vec<Scenario>) -> Runs {
    let scenarios = scenarios.into_iter().map(Arc::new).collect();
    lab.run(scenarios, &Unobserved).await
}

async fn results(lab: &Lab, scenarios: Vec<Scenario>) -> Results {
    Results::new(lab.launcher(), Profile::Baseline, Edition::LATEST, 1, &run(lab, scenarios).await)
}

async fn pass(scenarios: Vec<Scenario>) {
    for run in run(&lab(&[]).await, scenarios).await.runs {
        let judgement = &run.judgement;
        assert_eq!(
            judgement.verdict,
            Verdict::Pass,
            "{}: {} ({})",
            run.scenario.id,
            judgement.message,
            judgement.reason
        );
    }
}

fn valid(results: &Results) {
    let schema = serde_json::from_str(&json::schema()).expect("the schema is JSON");
    let results = serde_json::from_str(&json::render(results)).expect("results are JSON");
    JsonSchema::of(schema).check(&results).unwrap_or_else(|error| panic!("{error:#}"));
}
