//! `quintain verify`.

use std::path::PathBuf;
use std::sync::Arc;

use mock_idp::Variation;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

use super::progress::Progress;
use super::{ClientArgs, colours, fail, say};
use crate::config::Config;
use crate::driver::{Cost, Launcher};
use crate::exit_code::Exit;
use crate::lab::Lab;
use crate::report::{Results, console, json, junit, write_atomically};
use crate::suite::{self, Profile, Scenario, Selector};

/// Options of `quintain verify`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    client: ClientArgs,
    /// Which scenarios: ids, globs over ids, areas, levels (@MUST) or clauses (RFC9207); all of them if none is given
    #[arg(value_name = "SELECTOR")]
    selectors: Vec<String>,
    /// Clients side by side
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// What the client is measured by, instead of the configuration's profile
    #[arg(long, value_enum)]
    profile: Option<Profile>,
    /// Writes the results as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Runs these feature files, or the ones in these folders, instead of the built-in suite
    #[arg(long, value_name = "PATH")]
    features: Vec<PathBuf>,
    /// Repeats a run: the order of the scenarios and the lawful variations of the provider follow from this number,
    /// which is random otherwise
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

pub(super) async fn run(args: Args) -> Exit {
    let config = match args.client.config() {
        Ok(config) => config,
        Err(error) => return fail(Exit::Usage, &error),
    };
    if let Err(error) = check_jobs(&args, config.as_ref()) {
        return fail(Exit::Usage, &error);
    }
    let profile = args.profile.or(config.as_ref().map(|config| config.profile)).unwrap_or_default();
    let scenarios = match scenarios(&args) {
        Ok(scenarios) => scenarios,
        Err((exit, error)) => return fail(exit, &error),
    };
    if let Err(error) = check_reports(&args) {
        return fail(Exit::Usage, &error);
    }
    let one_port = config.as_ref().is_some_and(Config::has_fixed_port);
    let launcher = args.client.launcher(config);
    let jobs = match args.jobs {
        Some(jobs) => usize::from(jobs),
        None if one_port => 1,
        None => default_jobs(&*launcher),
    };
    let seed = args.seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    let lab = match Lab::open(launcher, profile, jobs, Variation::seeded(seed)).await {
        Ok(lab) => lab,
        Err(error) => return fail(Exit::DriverBroken, &format!("failed to open a port on loopback: {error}")),
    };
    verify(&lab, scenarios, profile, seed, &args).await
}

async fn verify(lab: &Lab, scenarios: Vec<Arc<Scenario>>, profile: Profile, seed: u64, args: &Args) -> Exit {
    let client = lab.launcher();
    say(&format!(
        "quintain {} · {} ({}) · profile {profile} · {} scenarios · seed {seed}",
        env!("CARGO_PKG_VERSION"),
        client.name(),
        client.driver(),
        scenarios.len()
    ));
    for check in lab.check_setup().await {
        if let Err(error) = check.result {
            return fail(
                Exit::DriverBroken,
                &format!(
                    "the set-up is broken, so nothing was judged ({})\n{error}\n`quintain doctor` runs these checks alone",
                    check.name.fact()
                ),
            );
        }
    }
    let scenarios = shuffled(scenarios, seed);
    let progress = Progress::start(scenarios.len());
    let runs = lab.run(scenarios, &progress).await;
    drop(progress);
    let runs = match runs {
        Ok(runs) => runs,
        Err(error) => {
            let message = format!(
                "the run was given up, and no report was written: the client could not be started again\n{error}"
            );
            return fail(Exit::DriverBroken, &message);
        }
    };
    let results = Results::new(client, profile, seed, &runs);
    say(&console::render(&results, colours()));
    write_reports(&results, args)
}

/// All of them are made before the first is written.
fn write_reports(results: &Results, args: &Args) -> Exit {
    let junit = match args.junit.as_deref().map(|path| Ok((path, junit::render(results)?))).transpose() {
        Ok(junit) => junit,
        Err(error) => {
            let error: quick_junit::SerializeError = error;
            return fail(Exit::OurBug, &format!("failed to render the JUnit report: {error}"));
        }
    };
    let json = args.json.as_deref().map(|path| (path, json::render(results)));
    for (path, text) in json.into_iter().chain(junit) {
        if let Err(error) = write_atomically(path, &text) {
            return fail(Exit::Usage, &error.to_string());
        }
    }
    Exit::of(results)
}

fn check_jobs(args: &Args, config: Option<&Config>) -> Result<(), String> {
    match args.jobs {
        Some(jobs @ 2..) if config.is_some_and(Config::has_fixed_port) => Err(format!(
            "--jobs {jobs} starts several clients, and [app] base_url gives all of them the same port; write {{port}} there, or --jobs 1"
        )),
        _ => Ok(()),
    }
}

fn check_reports(args: &Args) -> Result<(), String> {
    if let (Some(json), Some(junit)) = (&args.json, &args.junit)
        && json == junit
    {
        return Err(format!("--json and --junit both name {}; name two files", json.display()));
    }
    let mut reports = [&args.json, &args.junit].into_iter().flatten();
    reports.try_for_each(|path| crate::report::check_writable(path).map_err(|error| error.to_string()))
}

fn scenarios(args: &Args) -> Result<Vec<Arc<Scenario>>, (Exit, String)> {
    let loaded = if args.features.is_empty() { suite::built_in() } else { suite::from_paths(&args.features) };
    let loaded = loaded.map_err(|error| (Exit::Usage, error.to_string()))?;
    if loaded.is_empty() {
        let paths: Vec<_> = args.features.iter().map(|path| path.display().to_string()).collect();
        let message = format!(
            "{}: holds no scenario; write one, or `quintain list --steps` for the words to write it in",
            paths.join(", ")
        );
        return Err((Exit::Usage, message));
    }
    let selected =
        Selector::select(&args.selectors, loaded).map_err(|error| (Exit::NothingSelected, error.to_string()))?;
    Ok(selected.into_iter().map(Arc::new).collect())
}

/// In an order of its own for every seed: no scenario may rely on another.
fn shuffled(mut scenarios: Vec<Arc<Scenario>>, seed: u64) -> Vec<Arc<Scenario>> {
    scenarios.shuffle(&mut StdRng::seed_from_u64(seed));
    scenarios
}

fn default_jobs(launcher: &dyn Launcher) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    match launcher.cost() {
        // Such a client waits for its own requests most of the time.
        Cost::Nothing => cores * 4,
        Cost::Process => cores,
    }
}
