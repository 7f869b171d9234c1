//! The command line, and the same for programs that bring their own client ([`main_with`]).

mod bundles;
mod by_hand;
mod client;
mod coverage;
mod dialects;
mod doctor;
mod expectations;
mod explain;
mod explore;
mod files;
mod health;
mod init;
mod interruption;
mod list;
mod no_client;
mod options;
mod output;
mod progress;
mod replay;
mod report;
mod selection;
mod self_test;
mod shell;
mod terminal;
mod verify;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use self::interruption::{Interruption, guarded, interruptible};
pub use self::options::VerifyOptions;
use self::output::fail;
pub use self::verify::verify_with;
use crate::companion::ReferenceApps;
use crate::driver::Launcher;
use crate::driver::command::hand_over;
use crate::exit_code::Exit;

/// Proves that an OAuth 2.0 / OpenID Connect client handles the authorization-code flow, above all when things go wrong.
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
    /// Searches for flaws that no scenario looks for: random plans, judged by what holds in every run
    Explore(explore::Args),
    /// Tests the suite itself: every scenario can fail, every defect is found, and no lawful variation turns red
    SelfTest(self_test::Args),
    /// Shows a run again that `verify --bundle` has kept, or runs one of its scenarios again
    Replay(replay::Args),
    /// Combines results: the parts of one run, or several clients on one page
    Report(report::Args),
    /// Serves the mock provider, for a login by hand
    Serve(mock_idp::ServeArguments),
    /// Asks a served provider for its metadata; for the health check of a container
    Health(health::Args),
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

/// The whole `main` of a program that verifies its own client: reads the options of `quintain verify` from the
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
        Command::Verify(_) | Command::Explore(_) | Command::Replay(_) => Interruption::IsHandled,
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
            Command::Explore(args) => Box::pin(explore::run(args)).await,
            Command::SelfTest(args) => self_test::run(&args).await,
            Command::Health(args) => health::run(&args).await,
            Command::Completions(args) => shell::completions(&args, Cli::command()),
            Command::Man(args) => shell::man(&args, Cli::command()),
            Command::HandOver { socket, words } => match hand_over(&socket, &words).await {
                Ok(()) => Exit::Clean,
                Err(error) => {
                    fail(Exit::Usage, &format!("failed to hand {words:?} over to {}: {error}", socket.display()))
                }
            },
            Command::Replay(args) => Box::pin(replay::run(args)).await,
            Command::Report(args) => report::run(&args),
            Command::Serve(options) => match serve(options).await {
                Ok(()) => Exit::Clean,
                Err(error) => fail(Exit::Usage, &format!("{error:#}")),
            },
        }
    };
    Box::pin(interruptible(work, at_interruption)).await
}

async fn serve(options: mock_idp::ServeArguments) -> Result<(), mock_idp::ServeError> {
    let options = mock_idp::ServeOptions::try_from(options)?;
    let companion = Arc::new(ReferenceApps::default());
    mock_idp::serve(mock_idp::ServeOptions { companion: Some(companion), ..options }).await
}
