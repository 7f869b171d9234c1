//! `quintain completions` and `quintain man`: what a shell and `man` know of the command line.

use std::path::PathBuf;

use clap::Command;
use clap_complete::Shell;

use super::output::{fail, say};
use crate::exit_code::Exit;

/// Options of `quintain completions`.
#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Options of `quintain man`.
#[derive(Debug, clap::Args)]
pub(super) struct ManArgs {
    /// The folder to write into
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

pub(super) fn completions(args: &CompletionsArgs, mut command: Command) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "quintain", &mut script);
    say(&String::from_utf8_lossy(&script));
    Exit::Clean
}

/// One page for the program, and one for each of its commands.
pub(super) fn man(args: &ManArgs, command: Command) -> Exit {
    let folder = args.folder.display();
    match clap_mangen::generate_to(command, &args.folder) {
        Ok(()) => Exit::Clean,
        Err(error) => {
            fail(Exit::Usage, &format!("failed to write the pages into {folder}: {error}; name a folder that is there"))
        }
    }
}
