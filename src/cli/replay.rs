//! `quintain replay`: a run that was kept, to look at and to run again.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::id as process_id;

use mock_idp::open_in_browser;
use similar::{ChangeTag, TextDiff};

use super::client::ClientArgs;
use super::options::VerifyOptions;
use super::output::fail;
use super::selection::{Selected, select};
use super::terminal::{Terminal, TerminalArgs};
use super::verify::{Measured, end_of_run, measure};
use crate::bundle::{self, Bundle};
use crate::exit_code::Exit;
use crate::report::{Stories, diagram, html, write_atomically};
use crate::results::{Results, ScenarioResult};
use crate::suite::{self, Scenario};
use crate::text::plain;
use crate::verdict::Verdict;

/// Options of `quintain replay`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file of `quintain verify --bundle`
    #[arg(value_name = "FILE")]
    bundle: PathBuf,
    /// The scenario to show; without it all are listed, the worst first
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Shows each message in full, too
    #[arg(long, requires = "id")]
    messages: bool,
    /// Writes the scenario's page
    #[arg(long, value_name = "PATH", requires = "id")]
    html: Option<PathBuf>,
    /// Opens the scenario's page in the browser
    #[arg(long, requires = "id")]
    open: bool,
    /// Writes the scenario's messages as an HTTP Archive, for the developer tools of a browser
    #[arg(long, value_name = "PATH", requires = "id")]
    har: Option<PathBuf>,
    /// Runs the scenario again, on the client as it is now, and says what differs
    #[arg(long, requires = "id")]
    drive: bool,
    #[command(flatten)]
    client: ClientArgs,
    #[command(flatten)]
    terminal: TerminalArgs,
}

pub(super) async fn run(args: Args) -> Exit {
    let mut bundle = match Bundle::open(&args.bundle) {
        Ok(bundle) => bundle,
        Err(error) => return fail(Exit::Usage, &error.to_string()),
    };
    let terminal = args.terminal.open(false);
    let Some(id) = &args.id else {
        terminal.say(&list(&bundle.results, &args.bundle));
        return Exit::Clean;
    };
    let Some(result) = bundle.results.scenarios.iter().find(|it| it.id.as_str() == id).cloned() else {
        return fail(Exit::NothingSelected, &unknown(id, &bundle));
    };
    let stories = stories(&bundle.features);
    terminal.say(&shown(&result, &bundle.results, &terminal));
    if let Err(error) = write(&args, &mut bundle, &result, &stories, &terminal) {
        return fail(Exit::Usage, &error);
    }
    if args.drive { Box::pin(drive(args, &bundle, &result, &terminal)).await } else { Exit::Clean }
}

/// All scenarios, the worst first.
fn list(results: &Results, file: &Path) -> String {
    let mut text = format!(
        "{} · {} ({}) · profile {} · seed {}\n",
        results.date, results.client.name, results.client.driver, results.profile, results.seed
    );
    for (name, value) in [("command", &results.command), ("revision", &results.revision)] {
        if let Some(value) = value {
            let _ = writeln!(text, "{name}: {value}");
        }
    }
    let mut scenarios: Vec<_> = results.scenarios.iter().collect();
    scenarios.sort_by_key(|it| (!it.is_red(), rank(it.verdict)));
    for result in scenarios {
        let _ = writeln!(text, "{:>14} {}", result.verdict.name(), result.id);
    }
    let _ = write!(text, "what was sent in one of them: quintain replay {} ID", file.display());
    text
}

/// Findings before passes, and both before what was not judged.
fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Pass => 2,
        verdict if verdict.is_quiet() => 3,
        verdict if verdict.is_red() => 0,
        _ => 1,
    }
}

fn unknown(id: &str, bundle: &Bundle) -> String {
    let known = bundle.results.scenarios.iter().map(|it| &it.id);
    let nearest = suite::nearest(id, known).map_or_else(String::new, |it| format!("; the nearest is {it}"));
    format!("the bundle has no scenario {id:?}{nearest}; `quintain replay` without an id lists all of them")
}

fn stories(features: &[(PathBuf, String)]) -> Stories {
    let loaded = if features.is_empty() {
        suite::built_in().into_iter().chain(suite::in_each_dialect()).flatten().collect()
    } else {
        suite::from_texts(features.to_vec()).unwrap_or_default()
    };
    loaded.into_iter().map(|scenario: Scenario| (scenario.id, scenario.story)).collect()
}

/// The scenario's story: what it claims, what was sent, what was found.
fn shown(result: &ScenarioResult, results: &Results, terminal: &Terminal) -> String {
    let mut text = format!("{} - {}\n", result.id, result.title);
    let _ = writeln!(text, "{} · {} · seed {}\n", results.client.name, results.date, results.seed);
    for step in &result.evidence.steps {
        let _ = writeln!(text, "  {}", plain(step).replace('\n', "\n      "));
    }
    let drawn = diagram::render(result, terminal.look);
    if !drawn.is_empty() {
        let _ = writeln!(text, "\n{drawn}");
    }
    text.push_str(&verdict(result));
    text
}

fn verdict(result: &ScenarioResult) -> String {
    let expected = if result.expected.is_some() { ", expected" } else { "" };
    match (result.reason.as_str(), result.message.as_str()) {
        ("", _) => result.verdict.name().to_owned(),
        (reason, message) => format!("{}{expected} ({reason}): {}", result.verdict.name(), plain(message)),
    }
}

/// Writes and shows what was asked for.
fn write(
    args: &Args,
    bundle: &mut Bundle,
    result: &ScenarioResult,
    stories: &Stories,
    terminal: &Terminal,
) -> Result<(), String> {
    if args.messages || args.har.is_some() {
        let messages = bundle.messages(&result.id).map_err(|error| error.to_string())?;
        let Some(messages) = messages else {
            return Err(format!("{} was not played, so there are no messages", result.id));
        };
        if args.messages {
            terminal.say(&format!("\n{}", bundle::in_full(&messages)));
        }
        if let Some(file) = &args.har {
            let text = har::to_json(&messages).map_err(|error| error.to_string())?;
            write_atomically(file, text).map_err(|error| error.to_string())?;
        }
    }
    let page = match (&args.html, args.open) {
        (Some(file), _) => Some(file.clone()),
        // It has to stay until the browser has read it.
        (None, true) => Some(std::env::temp_dir().join(format!("quintain-replay-{}.html", process_id()))),
        (None, false) => None,
    };
    if let Some(file) = page {
        let page = html::render(&bundle.results.of_one(&result.id), stories);
        write_atomically(&file, page).map_err(|error| error.to_string())?;
        let file = std::path::absolute(&file).unwrap_or(file);
        if args.open && !open_in_browser(&format!("file://{}", file.display())) {
            terminal.tell("There is no browser to open here.");
        }
        terminal.tell(&format!("the page: {}", file.display()));
    }
    Ok(())
}

/// Runs the scenario again.
async fn drive(args: Args, bundle: &Bundle, before: &ScenarioResult, terminal: &Terminal) -> Exit {
    let results = &bundle.results;
    let client = client(args.client, results);
    let config = match client.config() {
        Ok(config) => config,
        Err(error) => return fail(Exit::Usage, &format!("{error}{}", from_reference(results))),
    };
    // The scenarios are read from files, as `verify --features` does.
    let folder = match features(bundle) {
        Ok(folder) => folder,
        Err(error) => return fail(Exit::Usage, &format!("failed to unpack the feature files: {error}")),
    };
    let features = folder.iter().map(|folder| folder.path().to_owned()).collect();
    let options = match VerifyOptions::again(before, results, features, args.terminal) {
        Ok(options) => options,
        Err(error) => return fail(Exit::Usage, &error),
    };
    let Selected { scenarios, .. } = match select(&options) {
        Ok(selected) => selected,
        Err((exit, error)) => return fail(exit, &error),
    };
    let mut end = pin!(end_of_run(&options));
    let launcher = tokio::select! {
        launcher = client.launcher(config) => launcher,
        stopped = &mut end => return fail(Exit::of_stopped(stopped), &format!("{stopped} before it began")),
    };
    let launcher = match launcher {
        Ok(launcher) => launcher,
        Err(error) => return fail(Exit::DriverBroken, &format!("the set-up is broken, so nothing was run\n{error}")),
    };
    terminal.say("");
    let Measured { results: now, .. } = match measure(launcher, &options, (scenarios, None), (true, None), end).await {
        Ok(measured) => measured,
        Err(exit) => return exit,
    };
    if let Some(after) = now.scenarios.iter().find(|it| it.id == before.id) {
        terminal.say(&compared(before, after, results));
    }
    Exit::of(&now)
}

/// The client that was named, or else the one of the bundle if it is still there.
fn client(named: ClientArgs, results: &Results) -> ClientArgs {
    let of_bundle = results.client.configuration.as_ref().map(|place| PathBuf::from(&place.file));
    match of_bundle.filter(|file| named.file().is_none() && !named.is_reference() && file.is_file()) {
        Some(file) => ClientArgs { config: Some(file), ..named },
        None => named,
    }
}

fn from_reference(results: &Results) -> String {
    match (&results.client.configuration, &results.command) {
        (None, Some(command)) => format!("\n  the client of the bundle had no configuration; it was run by: {command}"),
        _ => String::new(),
    }
}

/// The bundle's own feature files in a folder; nothing if its scenarios are those of the suite.
fn features(bundle: &Bundle) -> std::io::Result<Option<tempfile::TempDir>> {
    if bundle.features.is_empty() {
        return Ok(None);
    }
    let folder = tempfile::tempdir()?;
    for (number, (_, text)) in bundle.features.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{number:04}.feature")), text)?;
    }
    Ok(Some(folder))
}

/// What the verdict was and is, and which messages have changed.
fn compared(before: &ScenarioResult, after: &ScenarioResult, results: &Results) -> String {
    let mut text = format!("then  {}\nnow   {}\n", verdict(before), verdict(after));
    if results.suite.version != env!("CARGO_PKG_VERSION") {
        let _ = writeln!(
            text,
            "the bundle is of quintain {}, and this is {}: the scenario may be another one",
            results.suite.version,
            env!("CARGO_PKG_VERSION")
        );
    }
    let [old, new] = [before, after].map(|it| diagram::messages(it).join("\n"));
    if old == new {
        text.push_str("the same was sent");
        return text;
    }
    text.push_str("what was sent differs:\n");
    for change in TextDiff::from_lines(&format!("{old}\n"), &format!("{new}\n")).iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => ' ',
        };
        let _ = write!(text, "{sign} {change}");
    }
    text
}
