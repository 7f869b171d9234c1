//! `quintain doctor`: the set-up checks on their own.

use std::sync::Arc;

use mock_idp::Variation;

use super::client::ClientArgs;
use super::output::{fail, say};
use super::progress::Progress;
use crate::driver::SetupError;
use crate::exit_code::Exit;
use crate::lab::{Lab, Reach};
use crate::report::console;
use crate::suite;
use crate::terms::Profile;
use crate::text::{cut, plain};

/// Options of `quintain doctor`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    client: ClientArgs,
}

/// How much is shown of what a client printed where a check has found something.
const LINES_OF_OUTPUT: usize = 12;

pub(super) async fn run(args: Args) -> Exit {
    let config = match args.client.config() {
        Ok(config) => config,
        Err(error) => return fail(Exit::Usage, &error),
    };
    let launcher = match args.client.launcher(config).await {
        Ok(launcher) => launcher,
        Err(error) => return fail(Exit::DriverBroken, &error.to_string()),
    };
    let lab = match Lab::open(launcher, Profile::default(), 1, Variation::NONE).await {
        Ok(lab) => lab,
        Err(error) => return fail(Exit::DriverBroken, &format!("failed to open a port on loopback: {error}")),
    };
    say(&format!("the set-up of {} ({})", lab.launcher().name(), lab.launcher().driver()));
    let checks = lab.check_setup().await;
    for check in &checks {
        match &check.result {
            Ok(()) => say(&format!("  ok      {}", check.name.fact())),
            Err(error) if check.name.is_needed() => {
                say(&format!("  broken  {}", check.name.fact()));
                return fail(Exit::DriverBroken, &error.to_string());
            }
            Err(error) => {
                let output = last_lines(&error.output, LINES_OF_OUTPUT);
                let told = SetupError { output, ..error.clone() }.to_string().replace('\n', "\n          ");
                say(&format!("  finding {}\n          {told}", check.name.fact()));
            }
        }
    }
    if let Some(note) = lab.about_second_logins() {
        say(&format!("  note    {note}"));
    }
    let progress = Progress::spin("tries the client with all lawful variations of the provider");
    let untolerated = lab.find_untolerated_of_all().await;
    drop(progress);
    for untolerated in untolerated {
        say(&console::untolerated(untolerated, suite::about(untolerated).as_ref()));
    }
    if let Some(software) = lab.launcher().software() {
        say(&format!("  it is   {}", plain(software)));
    }
    let capabilities: Vec<_> = lab.launcher().capabilities().iter().map(ToString::to_string).collect();
    say(&format!("  it can  {}", capabilities.join(", ")));
    let scenarios: Vec<_> = match suite::built_in() {
        Ok(scenarios) => scenarios.into_iter().map(Arc::new).collect(),
        Err(error) => return fail(Exit::OurBug, &error.to_string()),
    };
    let reach = Reach::of(&scenarios, lab.launcher(), lab.launcher().profile());
    say(&format!("  so      {} of {} scenarios will run", reach.runs, reach.of));
    for (key, adds) in &reach.lacking {
        say(&format!("          {key} adds {adds}"));
    }
    let differences = lab.differences();
    if differences.is_empty() {
        return Exit::Clean;
    }
    differences.iter().for_each(|difference| say(&format!("  differs {}", plain(&cut(difference)))));
    fail(Exit::DriverBroken, "quintain.toml does not describe what the client does, and so scenarios are left out")
}

fn last_lines(text: &str, most: usize) -> String {
    let lines: Vec<_> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(most)..].join("\n")
}
