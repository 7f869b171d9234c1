//! The command line, and the same for programs that bring a client of their own ([`main_with`]).

mod coverage;
mod doctor;
mod expectations;
mod explain;
mod files;
mod init;
mod list;
mod no_client;
mod progress;
mod report;
mod self_test;
mod shell;
mod terminal;
mod verify;

use std::io::{ErrorKind, Write as _};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use futures::FutureExt as _;

pub use self::verify::{VerifyOptions, verify_with};
use crate::config::Config;
use crate::driver::command::{CommandLauncher, hand_over};
use crate::driver::in_process::InProcessLauncher;
use crate::driver::stdio::StdioLauncher;
use crate::driver::web_app::WebAppLauncher;
use crate::driver::{Launcher, SetupError};
use crate::exit_code::Exit;
use crate::expected;

/// Proves that an OAuth 2.0 / `OpenID` Connect client handles the authorization-code flow, above all when things go wrong.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes:
  0   clean
  1   unexpected result
  2   wrong command line, configuration, expectations or feature file; nothing ran
  3   nothing unexpected, but an entry of the expectations no longer holds or is due for review
  4   the selectors select nothing
  5   the client cannot be operated: its set-up is broken
  6   nothing wrong but time-outs
  7   nothing wrong but a report that could not be written
  70  a defect of Quintain itself
  130 interrupted by SIGINT, SIGTERM, SIGHUP or SIGQUIT";

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the scenarios on a client and judges them
    Verify(verify::Args),
    /// Writes files to start from: a quintain.toml, a shim, a CI job
    Init(init::Args),
    /// Checks the set-up only: does the client start, log in, and refuse an answer that is clearly broken?
    Doctor(doctor::Args),
    /// Lists the scenarios
    List(list::Args),
    /// Explains a scenario: the attack, what is done, what decides, the usual fix
    Explain(explain::Args),
    /// Shows which scenarios test which requirement, and which requirements are left out and why
    Coverage(coverage::Args),
    /// Tests the suite itself: every scenario can fail, every defect is found, and no lawful variation turns red
    SelfTest(self_test::Args),
    /// Combines results: the parts of one run, or several clients on one page
    Report(report::Args),
    /// Serves the mock provider, for a login by hand
    Serve(mock_idp::ServeArguments),
    /// Prints the completions for a shell
    Completions(shell::CompletionsArgs),
    /// Writes manual pages
    Man(shell::ManArgs),
    /// Is the browser that a native app opens: hands the URL over to the harness that has started the app
    #[command(hide = true)]
    HandOver {
        /// Where the harness listens
        socket: PathBuf,
        /// What to open, options of a browser before it
        #[arg(required = true)]
        words: Vec<String>,
    },
}

/// Which client.
#[derive(Debug, clap::Args)]
struct ClientArgs {
    /// The client's quintain.toml; the default is ./quintain.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Takes the built-in reference client instead of one of yours
    #[arg(long, conflicts_with = "config")]
    reference: bool,
    /// Gives the reference client a deliberate defect, to see scenarios fail; may be repeated, `list --defects` shows them
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    defect: Vec<client_under_test::Defect>,
    /// Gives the reference client a lawful variation, which no scenario may reject; may be repeated,
    /// `list --variations` shows them
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    variation: Vec<client_under_test::Variation>,
}

impl ClientArgs {
    /// The configuration; none if the reference client was asked for.
    fn config(&self) -> Result<Option<Config>, String> {
        match self.file() {
            Some(file) => Config::read(file).map(Some).map_err(|error| error.to_string()),
            None if self.is_reference() => Ok(None),
            None => Err(no_client::message(Path::new("."))),
        }
    }

    /// The configuration file, if one was named or is here, and the reference client was not asked for.
    fn file(&self) -> Option<&Path> {
        let here = Path::new("quintain.toml");
        match &self.config {
            Some(file) => Some(file),
            None if !self.is_reference() && is_there(here) => Some(here),
            None => None,
        }
    }

    fn is_reference(&self) -> bool {
        self.reference || !self.defect.is_empty() || !self.variation.is_empty()
    }

    /// The expectations file beside the configuration, if it is there or is to be written.
    fn expectations(&self, write: bool) -> Option<PathBuf> {
        let file = self.file()?.with_file_name(expected::DEFAULT_FILE);
        (write || is_there(&file)).then_some(file)
    }

    /// The driver of the client; the set-up is broken if it needs the client to open and does not get it.
    async fn launcher(&self, config: Option<Config>) -> Result<Box<dyn Launcher>, SetupError> {
        Ok(match config {
            Some(Config::WebApp(config)) => Box::new(WebAppLauncher::new(*config)?),
            Some(Config::Stdio(config)) => Box::new(StdioLauncher::open(*config).await?),
            Some(Config::Command(config)) => Box::new(CommandLauncher::new(*config)?),
            None => Box::new(InProcessLauncher::with(&self.defect, &self.variation)),
        })
    }
}

/// What is there and cannot be read is an error, not a reason to go on without it.
fn is_there(file: &Path) -> bool {
    !file.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

/// The whole `main` of a program that verifies a client of its own: reads the options of `quintain verify` from the
/// command line and runs the suite on the launcher's clients. See [`crate::driver`] for an example.
#[must_use]
pub fn main_with(launcher: impl Launcher + 'static) -> Exit {
    let command = Embedded::command().about(format!("Verifies {} with Quintain", launcher.name()));
    let parsed = Embedded::from_arg_matches(&command.get_matches());
    let options = parsed.unwrap_or_else(|error| error.exit()).options;
    block_on(guarded(async move { verify_with(Box::new(launcher), &options).await }))
}

/// The command line of a program that brings its client along.
#[derive(Debug, Parser)]
#[command(after_help = EXIT_CODES)]
struct Embedded {
    #[command(flatten)]
    options: VerifyOptions,
}

/// The whole `main` of `quintain`.
#[must_use]
pub fn main() -> Exit {
    let cli = Cli::parse();
    block_on(run(cli))
}

fn block_on(work: impl Future<Output = Exit>) -> Exit {
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => fail(Exit::OurBug, &format!("failed to start the asynchronous runtime: {error}")),
    }
}

/// Runs the command line.
pub async fn run(cli: Cli) -> Exit {
    let at_interruption = match cli.command {
        Command::Verify(_) => Interruption::IsHandled,
        Command::Serve(_) => Interruption::Ends,
        _ => Interruption::Fails("interrupted"),
    };
    let work = async {
        match cli.command {
            Command::Verify(args) => verify::run(args).await,
            Command::Init(args) => init::run(&args),
            Command::Doctor(args) => doctor::run(args).await,
            Command::List(args) => list::run(&args),
            Command::Explain(args) => explain::run(&args),
            Command::Coverage(args) => coverage::run(&args),
            Command::SelfTest(args) => self_test::run(&args).await,
            Command::Completions(args) => shell::completions(&args, Cli::command()),
            Command::Man(args) => shell::man(&args, Cli::command()),
            Command::HandOver { socket, words } => match hand_over(&socket, &words).await {
                Ok(()) => Exit::Clean,
                Err(error) => {
                    fail(Exit::Usage, &format!("failed to hand {words:?} over to {}: {error}", socket.display()))
                }
            },
            Command::Report(args) => report::run(&args),
            Command::Serve(options) => match mock_idp::serve(options.into()).await {
                Ok(()) => Exit::Clean,
                Err(error) => fail(Exit::Usage, &format!("{error:#}")),
            },
        }
    };
    Box::pin(interruptible(work, at_interruption)).await
}

async fn interruptible(work: impl Future<Output = Exit>, at_interruption: Interruption) -> Exit {
    let (message, exit) = match at_interruption {
        Interruption::IsHandled => return guarded(work).await,
        Interruption::Fails(message) => (Some(message), Exit::Interrupted),
        Interruption::Ends => (None, Exit::Clean),
    };
    let interrupted = interrupted();
    tokio::select! {
        exit = guarded(work) => exit,
        // The clients' process groups are killed as their drivers are dropped.
        () = interrupted => message.map_or(exit, |message| fail(exit, message)),
    }
}

/// What a signal means to a command.
enum Interruption {
    /// It listens itself, and keeps what it has.
    IsHandled,
    /// It did not come to its end.
    Fails(&'static str),
    /// That is how it ends.
    Ends,
}

/// A panic is our bug; its exit code says so, and the clients are gone as after every other end.
async fn guarded(work: impl Future<Output = Exit>) -> Exit {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| {
        fail(Exit::OurBug, "this is a defect of Quintain, not of the client; please report the lines above")
    })
}

/// A signal that would otherwise end this process and leave the clients behind: they are in process groups of their own.
/// It is listened for from the moment of the call.
fn interrupted() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup(), SignalKind::quit()];
    let signals = kinds.into_iter().map(signal).collect::<Result<Vec<_>, _>>();
    async {
        let Ok(mut signals) = signals else { return std::future::pending().await };
        futures::future::select_all(signals.iter_mut().map(|signal| Box::pin(signal.recv()))).await;
    }
}

/// Prints; a reader that has gone away is no reason to stop.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end_matches('\n'));
}

fn fail(exit: Exit, message: &str) -> Exit {
    complain(message);
    exit
}

fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "quintain: {message}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn panic_has_the_exit_code_of_our_bug() {
        assert_eq!(guarded(async { panic!("on purpose") }).await, Exit::OurBug);
    }
}
