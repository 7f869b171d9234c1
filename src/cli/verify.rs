//! `quintain verify`, and the same for launchers of other crates.

use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;

use mock_idp::Variation;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use tokio::sync::Notify;

use super::bundles;
use super::client::ClientArgs;
use super::dialects;
use super::expectations::Expected;
use super::interruption::interrupted;
use super::options::{Limit, VerifyOptions};
use super::output::fail;
use super::progress::Progress;
use super::selection::{Selected, select};
use crate::config::Config;
use crate::driver::{Cost, Launcher, Unopened};
use crate::exit_code::Exit;
use crate::lab::{Lab, Observer, Reach, Run, Runs, Stopped};
use crate::report::console;
use crate::resources::{check_open_files, raise_open_files};
use crate::results::{DialectResult, Place, Results, ScenarioResult, ShardInfo};
use crate::suite::{self, Scenario};
use crate::terms::Profile;
use crate::text::{cut, plain, quoted};

/// Options of `quintain verify`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    client: ClientArgs,
    #[command(flatten)]
    options: VerifyOptions,
}

pub(super) async fn run(args: Args) -> Exit {
    let config = match args.client.config() {
        Ok(config) => config,
        Err(error) => return fail(Exit::Usage, &error),
    };
    let mut options = args.options;
    if let Err(error) = check_jobs(options.jobs, config.as_ref()) {
        return fail(Exit::Usage, &error);
    }
    if config.as_ref().is_some_and(Config::has_fixed_port) {
        options.jobs = Some(1);
    }
    if options.expected.is_none() && !options.no_expected {
        options.expected = args.client.expectations(options.write_expected);
    }
    let mut end = pin!(end_of_run(&options));
    let launcher = tokio::select! {
        launcher = args.client.launcher(config.clone()) => launcher,
        stopped = &mut end => return fail(Exit::of_stopped(stopped), &format!("{stopped} before it began")),
    };
    let origin = Origin { configuration: args.client.file().map(place), is_ours: true };
    match launcher {
        Ok(launcher) => verify(launcher, &options, origin, end).await,
        // A client that cannot even be greeted has a report as well, of a run that judged nothing.
        Err(error) => match config {
            Some(config) => verify(Box::new(Unopened::new(&config, error)), &options, origin, end).await,
            None => fail(Exit::DriverBroken, &format!("the set-up is broken, so nothing was tested\n{error}")),
        },
    }
}

/// Verifies the clients of a launcher as `quintain verify` does: set-up checks first, then the scenarios, the report on
/// standard output and the files that were asked for, and the same exit codes. A signal ends it early, with whatever it
/// has found by then. See [`crate::driver`] for a launcher.
pub async fn verify_with(launcher: Box<dyn Launcher>, options: &VerifyOptions) -> Exit {
    let origin = Origin { configuration: None, is_ours: false };
    verify(launcher, options, origin, pin!(end_of_run(options))).await
}

/// Where a configuration names the client.
fn place(file: &Path) -> Place {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().position(|line| line.trim() == "[client]").map_or(1, |index| index + 1);
    Place { file: file.display().to_string(), line }
}

/// What ends a run before it has come to its end; it is listened for from the moment of the call.
pub(super) fn end_of_run(options: &VerifyOptions) -> impl Future<Output = Stopped> + use<> {
    let interrupted = interrupted();
    let limit = options.timeout.map(|Limit(limit)| Box::pin(tokio::time::sleep(limit)));
    async {
        let time_is_up = async {
            match limit {
                Some(limit) => limit.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = interrupted => Stopped::Interrupted,
            () = time_is_up => Stopped::TimeIsUp,
        }
    }
}

/// Where a client comes from.
struct Origin {
    /// Its configuration, if there is one.
    configuration: Option<Place>,
    /// Whether `quintain` itself was called, which has other commands than to verify.
    is_ours: bool,
}

async fn verify(
    launcher: Box<dyn Launcher>,
    options: &VerifyOptions,
    Origin { configuration, is_ours }: Origin,
    end: Pin<&mut impl Future<Output = Stopped>>,
) -> Exit {
    if options.dialect.is_some() && matches!(launcher.cost(), Cost::Unaffordable { .. }) {
        let message = "--dialect needs a client that can be started: this one runs already, and knows one provider";
        return fail(Exit::Usage, message);
    }
    let Selected { scenarios, shard, known, stories, features } = match select(options) {
        Ok(selected) => selected,
        Err((exit, error)) => return fail(exit, &error),
    };
    let expected = match Expected::read(options.expected.clone(), options.write_expected, known) {
        Ok(expected) => expected,
        Err(error) => return fail(Exit::Usage, &error),
    };
    let others = [("--expected", &options.expected), ("--bundle", &options.bundle)];
    let others = others.into_iter().filter_map(|(option, file)| Some((option, file.as_deref()?)));
    let checked = options.bundle.as_deref().map_or(Ok(()), bundles::check).and_then(|()| options.reports.check(others));
    if let Err(error) = checked {
        return fail(Exit::Usage, &error);
    }
    let measured = measure(launcher, options, (scenarios, shard), (is_ours, expected.as_ref()), end).await;
    let Measured { mut results, runs } = match measured {
        Ok(measured) => measured,
        Err(exit) => return exit,
    };
    results.client.configuration = configuration;
    results.revision = options.revision.clone().or_else(revision);
    let terminal = options.terminal();
    let changes = match expected.map(|expected| expected.judge(&mut results)).transpose() {
        Ok(changes) => changes.flatten(),
        // The reports are written nevertheless.
        Err(error) => {
            options.reports.write(&results, &stories);
            return fail(Exit::Usage, &error);
        }
    };
    // What is wrong with a set-up has been said.
    if results.stopped != Some(Stopped::SetUpBroken) {
        terminal.say(&console::render(&results, &stories, terminal.look));
    }
    changes.iter().for_each(|changes| terminal.tell(changes));
    let kept = options.bundle.as_deref().map_or(Ok(()), |file| bundles::write(file, &results, &runs, features));
    let exit = options.reports.write(&results, &stories);
    match (kept, exit) {
        (Ok(()), exit) => exit,
        (Err(error), Exit::Clean) => fail(Exit::ReportNotWritten, &error),
        (Err(error), exit) => fail(exit, &error),
    }
}

/// A run that has ended.
pub(super) struct Measured {
    pub(super) results: Results,
    pub(super) runs: Runs,
}

/// Runs scenarios on the clients of a launcher, and sums up the results. The exit code is that of a run that could not
/// begin.
pub(super) async fn measure(
    launcher: Box<dyn Launcher>,
    options: &VerifyOptions,
    (scenarios, shard): (Vec<Arc<Scenario>>, Option<ShardInfo>),
    (is_ours, expected): (bool, Option<&Expected>),
    end: Pin<&mut impl Future<Output = Stopped>>,
) -> Result<Measured, Exit> {
    let profile = options.profile.unwrap_or_else(|| launcher.profile());
    let jobs = options.jobs.map_or_else(|| default_jobs(&*launcher), usize::from);
    if let Err(error) = check_open_files(raise_open_files(), jobs) {
        return Err(fail(Exit::DriverBroken, &error));
    }
    let seed = options.seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    let lab = match Lab::open(launcher, profile, jobs, Variation::seeded(seed)).await {
        Ok(lab) => lab,
        Err(error) => return Err(fail(Exit::DriverBroken, &format!("failed to open a port on loopback: {error}"))),
    };
    let in_order = scenarios.clone();
    let runs = run_in(&lab, scenarios, (profile, seed), options, (is_ours, expected), end).await;
    let mut results = Results::new(lab.launcher(), profile, options.edition(), seed, &runs);
    results.dialects = DialectResult::all(&in_order, &results.scenarios);
    results.shard = shard;
    results.command = command(options, seed);
    Ok(Measured { results, runs })
}

async fn run_in(
    lab: &Lab,
    scenarios: Vec<Arc<Scenario>>,
    (profile, seed): (Profile, u64),
    options: &VerifyOptions,
    (is_ours, expected): (bool, Option<&Expected>),
    mut end: Pin<&mut impl Future<Output = Stopped>>,
) -> Runs {
    let (client, terminal) = (lab.launcher(), options.terminal());
    terminal.tell(&format!(
        "quintain {} · {} ({}) · profile {profile}, edition {} · {} scenario{}{} · seed {seed}{}",
        env!("CARGO_PKG_VERSION"),
        client.name(),
        client.driver(),
        options.edition(),
        scenarios.len(),
        if scenarios.len() == 1 { "" } else { "s" },
        options.shard.map(|shard| format!(" of part {shard}")).unwrap_or_default(),
        options.expected.as_ref().map(|file| format!(" · expectations {}", file.display())).unwrap_or_default()
    ));
    let checks = tokio::select! {
        checks = lab.check_setup() => checks,
        stopped = &mut end => return Lab::run_nothing(scenarios, stopped),
    };
    if let Some((check, error)) = checks.iter().find_map(|check| Some((check.name, check.broken()?))) {
        let advice = if is_ours { "\n`quintain doctor` runs these checks alone" } else { "" };
        let fact = check.fact();
        fail(Exit::DriverBroken, &format!("the set-up is broken, so nothing was tested ({fact})\n{error}{advice}"));
        return Lab::run_nothing(scenarios, Stopped::SetUpBroken);
    }
    for (check, finding) in checks.iter().filter_map(|check| Some((check.name, check.finding()?))) {
        terminal.tell(&format!(
            "   set-up finding: {} (failed to {}: {})",
            check.fact(),
            finding.attempted,
            finding.found
        ));
    }
    for difference in lab.differences() {
        terminal.tell(&format!("quintain.toml differs from what the client does: {}", plain(&cut(&difference))));
    }
    if let Some(note) = lab.about_second_logins() {
        terminal.tell(&format!("   {note}"));
    }
    let reach = Reach::of(&scenarios, client, profile);
    if reach.runs < reach.of {
        let advice = if is_ours { "; `quintain doctor` says what adds more" } else { "" };
        terminal.tell(&format!("{} of {} scenarios will run{advice}", reach.runs, reach.of));
    }
    // In a dialect, the provider has no lawful variations besides.
    let scenarios = if options.dialect.is_some() {
        scenarios
    } else {
        for untolerated in lab.find_untolerated().await {
            terminal.tell(&console::untolerated(untolerated, suite::about(untolerated).as_ref()));
        }
        shuffled(scenarios, seed)
    };
    let watch = Watch {
        progress: Progress::start_on(terminal, scenarios.len()),
        profile,
        expected,
        fail_fast: options.fail_fast,
        failed: Notify::new(),
    };
    let end = async {
        tokio::select! {
            stopped = end => stopped,
            () = watch.failed.notified() => Stopped::FailFast,
        }
    };
    match options.dialect {
        Some(_) => dialects::run(lab, &scenarios, &watch, pin!(end)).await,
        None => lab.run_until(scenarios, &watch, end).await,
    }
}

/// Shows how far a run is, and ends it at the first failure if that is wanted.
struct Watch<'a> {
    progress: Progress,
    profile: Profile,
    expected: Option<&'a Expected>,
    fail_fast: bool,
    failed: Notify,
}

impl Observer for Watch<'_> {
    fn ended(&self, run: &Run) {
        self.progress.done(&run.scenario.id);
        let is_red = || run.judgement.verdict.is_red();
        let is_expected = || {
            let result = ScenarioResult::of(run, self.profile);
            self.expected.is_some_and(|expected| expected.expects(&result))
        };
        if self.fail_fast && is_red() && !is_expected() {
            self.failed.notify_one();
        }
    }
}

/// What the CI system says.
fn revision() -> Option<String> {
    let of = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"].into_iter().find_map(of)
}

/// What was typed, with the seed.
fn command(options: &VerifyOptions, seed: u64) -> Option<String> {
    let mut words = std::env::args();
    let program = words.next()?;
    let program = Path::new(&program).file_name()?.to_str()?.to_owned();
    let seed = options.seed.is_none().then(|| ["--seed".to_owned(), seed.to_string()]);
    let words = [program].into_iter().chain(words).chain(seed.into_iter().flatten());
    Some(words.map(|word| typed(&word)).collect::<Vec<_>>().join(" "))
}

/// A word as a shell reads it back, in quotes only where it needs them.
fn typed(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@,+%".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) { word.to_owned() } else { quoted(word) }
}

/// Several clients cannot have one port.
pub(super) fn check_jobs(jobs: Option<u16>, config: Option<&Config>) -> Result<(), String> {
    match jobs {
        Some(jobs @ 2..) if config.is_some_and(Config::has_fixed_port) => Err(format!(
            "--jobs {jobs} starts several clients, and [app] base_url gives all of them the same port; write {{port}} there, or --jobs 1"
        )),
        _ => Ok(()),
    }
}

/// In its own order for every seed: no scenario may rely on another.
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
        Cost::Unaffordable { .. } => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (word, expected) in [
            ("--seed", "--seed"),
            ("id-token/*", "'id-token/*'"),
            ("", "''"),
            ("it's", r"'it'\''s'"),
            ("@MUST", "@MUST"),
        ] {
            assert_eq!(typed(word), expected);
        }
    }
}
