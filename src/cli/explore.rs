//! `quintain explore`: a search for flaws that no scenario looks for.

use std::fmt::{Display, Write as _};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use mock_idp::{AccessTokenSignature, Variation};
use tokio::sync::watch;

use super::by_hand;
use super::client::ClientArgs;
use super::interruption::interrupted;
use super::output::fail;
use super::terminal::{Terminal, TerminalArgs};
use super::verify::check_jobs;
use crate::config::Config;
use crate::driver::Cost;
use crate::exit_code::Exit;
use crate::explore::{Explored, Found, Limits, Watcher, explore};
use crate::lab::{Lab, Run, Runs, Stopped};
use crate::plan::Plan;
use crate::report::{Stories, html, json, write_atomically};
use crate::resources::{check_open_files, raise_open_files};
use crate::results::Results;
use crate::suite::{self, Draft, Edition};
use crate::terms::Profile;
use crate::text::plain;

/// Options of `quintain explore`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    client: ClientArgs,
    /// Ends the search after this time
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=604_800))]
    seconds: u64,
    /// Ends the search after so many plans, if the time is not up before
    #[arg(long, value_name = "N")]
    runs: Option<u64>,
    /// Ends the search after so many flaws
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    flaws: Option<u16>,
    /// Draws by this number, which is random otherwise; with `--jobs 1` and no corpus the same plans are drawn again
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// How many clients are tried side by side
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// The profile to judge by, instead of the one in quintain.toml
    #[arg(long, value_enum)]
    profile: Option<Profile>,
    /// Writes what is found to this folder: found.feature, found.html and found.json
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Keeps the plans that have shown something new in this folder, and starts from those that are there
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    #[command(flatten)]
    page: by_hand::Page,
    #[command(flatten)]
    terminal: TerminalArgs,
}

/// The files of `--output`.
const FEATURE: &str = "found.feature";
const PAGE: &str = "found.html";
const RESULTS: &str = "found.json";

/// More of a line is not shown; the file of `--output` has all of it.
const LONGEST_LINE: usize = 160;

/// The file of `--corpus`.
const CORPUS: &str = "corpus.feature";

pub(super) async fn run(args: Args) -> Exit {
    if args.page.serve {
        return by_hand::run(&args.client, &args.page).await;
    }
    let config = match args.client.config() {
        Ok(config) => config,
        Err(error) => return fail(Exit::Usage, &error),
    };
    let fixed_port = config.as_ref().is_some_and(Config::has_fixed_port);
    if let Err(error) = check_jobs(args.jobs, config.as_ref()) {
        return fail(Exit::Usage, &error);
    }
    let corpus = match args.corpus.as_deref().map(read_corpus).transpose() {
        Ok(corpus) => corpus.unwrap_or_default(),
        Err(error) => return fail(Exit::Usage, &error),
    };
    if let Some(error) = [&args.output, &args.corpus].into_iter().flatten().find_map(|folder| made(folder).err()) {
        return fail(Exit::Usage, &error);
    }
    // From here on a signal leaves no client behind.
    let mut interrupted = pin!(interrupted());
    let before = || fail(Exit::Interrupted, "interrupted before it began");
    let launcher = tokio::select! {
        launcher = args.client.launcher(config) => launcher,
        () = &mut interrupted => return before(),
    };
    let launcher = match launcher {
        Ok(launcher) => launcher,
        Err(error) => return fail(Exit::DriverBroken, &error.to_string()),
    };
    let profile = args.profile.unwrap_or_else(|| launcher.profile());
    let jobs = match (args.jobs, launcher.cost()) {
        (Some(jobs), _) => usize::from(jobs),
        (None, Cost::Unaffordable { .. }) => 1,
        (None, _) if fixed_port => 1,
        (None, _) => std::thread::available_parallelism().map_or(2, usize::from),
    };
    if let Err(error) = check_open_files(raise_open_files(), jobs) {
        return fail(Exit::DriverBroken, &error);
    }
    let seed = args.seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    let in_process = launcher.cost() == Cost::Nothing;
    let lab = match Lab::open(launcher, profile, jobs, Variation::seeded(seed)).await {
        // Nobody but the provider reads an access token there: to sign it by RSA would show nothing.
        Ok(lab) if in_process => {
            Arc::new(lab.with_manners(|policy| policy.access_token_signature = AccessTokenSignature::Hs256))
        }
        Ok(lab) => Arc::new(lab),
        Err(error) => return fail(Exit::DriverBroken, &format!("failed to open a port on loopback: {error}")),
    };
    let terminal = args.terminal.open(false);
    terminal.tell(&format!(
        "quintain {} · explores {} ({}) · profile {profile} · seed {seed}",
        env!("CARGO_PKG_VERSION"),
        lab.launcher().name(),
        lab.launcher().driver()
    ));
    let broken = tokio::select! {
        broken = set_up(&lab) => broken,
        () = &mut interrupted => return before(),
    };
    if let Some(exit) = broken {
        return exit;
    }
    let (stop, stopped) = watch::channel(false);
    let limits = Limits {
        until: Some(Instant::now() + Duration::from_secs(args.seconds)),
        runs: args.runs,
        flaws: args.flaws.map(usize::from),
        seed,
        jobs,
        stop: stopped,
    };
    let line = Arc::new(Line::start(terminal));
    let (explored, was_stopped) = {
        let mut exploring = pin!(explore(lab.clone(), corpus, limits, line.clone()));
        tokio::select! {
            explored = &mut exploring => (explored, false),
            () = &mut interrupted => {
                stop.send_replace(true);
                (exploring.await, true)
            }
        }
    };
    drop(line);
    let explored = match explored {
        Ok(explored) => explored,
        Err(error) => return fail(Exit::DriverBroken, &format!("failed to open a port on loopback: {error}")),
    };
    let stopped = was_stopped.then_some(Stopped::Interrupted);
    let exit = tell(&lab, explored, stopped, (profile, seed), &args, &terminal);
    if was_stopped { Exit::Interrupted } else { exit }
}

/// Without an honest login there is nothing to search in.
async fn set_up(lab: &Lab) -> Option<Exit> {
    let checks = lab.check_setup().await;
    if let Some((check, error)) = checks.iter().find_map(|check| Some((check.name, check.broken()?))) {
        let message = format!(
            "the set-up is broken, so nothing was explored ({})\n{error}\n`quintain doctor` runs these checks alone",
            check.fact()
        );
        return Some(fail(Exit::DriverBroken, &message));
    }
    None
}

/// Sums up what was found, and writes it.
fn tell(
    lab: &Lab,
    explored: Explored,
    stopped: Option<Stopped>,
    (profile, seed): (Profile, u64),
    args: &Args,
    terminal: &Terminal,
) -> Exit {
    for why in &explored.unconfirmed {
        terminal.tell(&format!("seen once, and not again: {}", plain(why)));
    }
    let seconds = explored.duration.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = explored.runs as f64 / seconds.max(0.001);
    let (flaws, kinds) = (explored.found.len(), counted(explored.kinds, "kind"));
    let flaws = if flaws == 0 { "no flaw".to_owned() } else { counted(flaws, "flaw") };
    let unplayed = match explored.unplayed {
        0 => String::new(),
        number => format!(", {} could not be played", counted(number, "plan")),
    };
    terminal.say(&format!(
        "{flaws} in {} ({rate:.0} a second), {kinds} of behaviour seen{unplayed}",
        counted(explored.runs, "plan")
    ));
    let drafts: Vec<_> = explored.found.iter().map(|found| found.draft.clone()).collect();
    let stories: Stories =
        explored.found.iter().map(|it| (it.run.scenario.id.clone(), it.run.scenario.story.clone())).collect();
    let runs: Vec<Run> = explored.found.into_iter().map(|found| found.run).collect();
    let runs = Runs { runs, duration: explored.duration, stopped };
    let results = Results::new(lab.launcher(), profile, Edition::LATEST, seed, &runs);
    let mut failed = None;
    if let Some(folder) = &args.output {
        let feature = Draft::feature(&format!("what exploring {} has found", lab.launcher().name()), &drafts);
        let files =
            [(FEATURE, feature), (PAGE, Ok(html::render(&results, &stories))), (RESULTS, Ok(json::render(&results)))];
        for (name, text) in files {
            // A file without scenarios cannot be read.
            if name == FEATURE && drafts.is_empty() {
                continue;
            }
            let file = folder.join(name);
            let written = text.and_then(|text| write_atomically(&file, &text).map_err(|error| error.to_string()));
            failed = failed.or(written.err());
        }
        if failed.is_none() && !drafts.is_empty() {
            let file = folder.join(FEATURE);
            terminal.tell(&format!("written to {}: quintain verify --features {}", folder.display(), file.display()));
        }
    }
    if let Some(folder) = &args.corpus {
        failed = failed.or(write_corpus(folder, &explored.corpus).err());
    }
    match (Exit::of(&results), failed) {
        (Exit::Clean, Some(error)) => fail(Exit::ReportNotWritten, &error),
        (exit, Some(error)) => fail(exit, &error),
        (exit, None) => exit,
    }
}

/// So many of something: `1 plan`, `2 plans`.
fn counted(number: impl Display, what: &str) -> String {
    let number = number.to_string();
    let ending = if number == "1" { "" } else { "s" };
    format!("{number} {what}{ending}")
}

fn told(found: &Found) -> String {
    let mut text = String::new();
    let violation = &found.violation;
    let _ = writeln!(text, "{} {}: the client {}", violation.level, violation.invariant, violation.cause);
    let _ = writeln!(text, "  {}", plain(&violation.message));
    let _ = writeln!(text, "  found by plan {}, seen again 3 times on fresh clients:", found.number);
    for line in found.feature.lines().skip(2) {
        let shown: String = line.chars().take(LONGEST_LINE).collect();
        let rest = if shown.len() < line.len() { "…" } else { "" };
        let _ = writeln!(text, "  {}{rest}", shown.trim_end());
    }
    text
}

/// Plans of earlier searches.
fn read_corpus(folder: &Path) -> Result<Vec<Plan>, String> {
    let file = folder.join(CORPUS);
    if !file.exists() {
        return Ok(Vec::new());
    }
    let scenarios = suite::from_paths(&[file]).map_err(|error| error.to_string())?;
    Ok(scenarios.into_iter().map(|scenario| scenario.plan).collect())
}

fn write_corpus(folder: &Path, corpus: &[Plan]) -> Result<(), String> {
    if corpus.is_empty() {
        return Ok(());
    }
    let draft = |(number, plan): (usize, &Plan)| {
        Ok(Draft {
            id: format!("corpus/plan-{}", number + 1).parse()?,
            title: "a plan that has shown something new".to_owned(),
            tags: vec!["MUST".to_owned(), "observe".to_owned()],
            about: Vec::new(),
            plan: plan.clone(),
            then: vec!["the invariant \"identity\" holds".to_owned()],
        })
    };
    let drafts = corpus.iter().enumerate().map(draft).collect::<Result<Vec<_>, String>>()?;
    let text = Draft::feature("plans that have shown something new", &drafts)?;
    write_atomically(&folder.join(CORPUS), &text).map_err(|error| error.to_string())
}

fn made(folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("failed to make the folder {}: {error}", folder.display()))
}

/// What is said while the search goes on: each flaw, and how far it is; the latter on a terminal only.
struct Line(ProgressBar, Terminal);

impl Line {
    fn start(terminal: Terminal) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar, terminal)
    }
}

impl Watcher for Line {
    fn played(&self, runs: u64, kinds: usize, flaws: usize) {
        let (runs, kinds, flaws) = (counted(runs, "plan"), counted(kinds, "kind"), counted(flaws, "flaw"));
        self.0.set_message(format!("{runs}, {kinds} of behaviour, {flaws}"));
    }

    fn found(&self, found: &Found) {
        self.0.suspend(|| self.1.say(&told(found)));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
