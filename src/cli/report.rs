//! `quintain report`: one result from the parts of a run, and one page about several clients.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::expectations::{Expected, Known};
use super::files::ReportFiles;
use super::output::fail;
use super::terminal::TerminalArgs;
use crate::exit_code::Exit;
use crate::report::{Stories, check_writable, compare, console, json, write_atomically};
use crate::results::{Named, Results, merge};
use crate::suite;

/// Options of `quintain report`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Merges the results of all parts of a run (`verify --shard I/N --seed N --json FILE`); the exit code is that of the
    /// whole run
    Merge(MergeArgs),
    /// Puts the results of several clients on one page, in Markdown: what was found in which area, and why
    Compare(CompareArgs),
}

#[derive(Debug, clap::Args)]
struct CompareArgs {
    /// The results of whole runs; their order is that of the page
    #[arg(value_name = "FILE", required = true)]
    clients: Vec<PathBuf>,
    /// Where the page goes
    #[arg(long, value_name = "FILE")]
    markdown: PathBuf,
}

#[derive(Debug, clap::Args)]
struct MergeArgs {
    /// The results of the parts, in any order
    #[arg(value_name = "FILE", required = true)]
    parts: Vec<PathBuf>,
    /// The known findings, instead of the expectations that the parts were compared with
    #[arg(long, value_name = "FILE")]
    expected: Option<PathBuf>,
    #[command(flatten)]
    reports: ReportFiles,
    #[command(flatten)]
    terminal: TerminalArgs,
}

pub(super) fn run(args: &Args) -> Exit {
    match &args.command {
        Command::Merge(args) => run_merge(args),
        Command::Compare(args) => match compared(args) {
            Ok(()) => Exit::Clean,
            Err(error) => fail(Exit::Usage, &error),
        },
    }
}

fn compared(args: &CompareArgs) -> Result<(), String> {
    check_writable(&args.markdown).map_err(|error| error.to_string())?;
    let clients: Vec<_> = args.clients.iter().map(|file| read(file)).collect::<Result<_, _>>()?;
    if let Some((name, _)) = clients.iter().find(|(_, results)| results.shard.is_some()) {
        return Err(format!("{name} is a part of a run; make it whole first, with `quintain report merge`"));
    }
    let clients: Vec<_> = clients.into_iter().map(|(_, results)| results).collect();
    write_atomically(&args.markdown, compare::render(&clients)).map_err(|error| error.to_string())
}

fn run_merge(args: &MergeArgs) -> Exit {
    let stories: Stories = match suite::built_in() {
        Ok(scenarios) => scenarios.into_iter().map(|scenario| (scenario.id, scenario.story)).collect(),
        Err(error) => return fail(Exit::OurBug, &error.to_string()),
    };
    match merged(args, &stories) {
        Ok(results) => {
            let terminal = args.terminal.open(args.reports.take_stdout());
            terminal.tell(&format!(
                "quintain {} · {} ({}) · profile {}, edition {} · {} scenarios, merged from {} · seed {}",
                results.suite.version,
                results.client.name,
                results.client.driver,
                results.profile,
                results.edition,
                results.scenarios.len(),
                args.parts.len(),
                results.seed
            ));
            terminal.say(&console::render(&results, &stories, terminal.look));
            args.reports.write(&results, &stories)
        }
        Err(error) => fail(Exit::Usage, &error),
    }
}

fn merged(args: &MergeArgs, stories: &Stories) -> Result<Results, String> {
    let parts = args.parts.iter().map(|part| ("the parts", part.as_path()));
    args.reports.check(parts.chain(args.expected.as_deref().map(|file| ("--expected", file))))?;
    let parts: Vec<_> = args.parts.iter().map(|part| read(part)).collect::<Result<_, _>>()?;
    let parts = match &args.expected {
        // What the parts were held against does not matter then, and need not agree.
        Some(_) => parts.into_iter().map(|(name, part)| (name, Results { expectations: None, ..part })).collect(),
        None => parts,
    };
    let mut results = merge(parts).map_err(|error| error.to_string())?;
    let mut known: Vec<_> = stories.keys().cloned().collect();
    known.extend(results.scenarios.iter().map(|scenario| scenario.id.clone()));
    let known = Known { whole: known.clone(), all: known };
    if let Some(expected) = Expected::read(args.expected.clone(), false, known)? {
        expected.judge(&mut results)?;
    }
    Ok(results)
}

fn read(file: &Path) -> Result<Named, String> {
    let failed = |problem: String| format!("failed to read the results {}: {problem}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            failed("there is no such file; see whether its part has ended, and wrote --json".to_owned())
        }
        ErrorKind::IsADirectory => failed("it is a folder; name the files in it".to_owned()),
        ErrorKind::InvalidData => failed("it is not UTF-8 text".to_owned()),
        _ => failed(error.to_string()),
    })?;
    let results = json::read(&text).map_err(|error| failed(format!("{error}; run its part again")))?;
    Ok((file.display().to_string(), results))
}
