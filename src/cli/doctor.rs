//! `quintain doctor`: the set-up checks on their own.

use mock_idp::Variation;

use super::{ClientArgs, fail, say};
use crate::driver::SetupError;
use crate::driver::text::plain;
use crate::exit_code::Exit;
use crate::lab::Lab;
use crate::suite::Profile;

/// Options of `quintain doctor`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    client: ClientArgs,
}

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
                let told =
                    SetupError { output: String::new(), ..error.clone() }.to_string().replace('\n', "\n          ");
                say(&format!("  finding {}\n          {told}", check.name.fact()));
            }
        }
    }
    if let Some(software) = lab.launcher().software() {
        say(&format!("  it is   {}", plain(software)));
    }
    let capabilities: Vec<_> = lab.launcher().capabilities().iter().map(ToString::to_string).collect();
    say(&format!("  it can  {}", capabilities.join(", ")));
    Exit::Clean
}
