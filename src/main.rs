//! The `quintain` command.

use clap::Parser as _;
use quintain::cli::{self, Cli};
use quintain::exit_code::Exit;

fn main() -> Exit {
    let cli = Cli::parse();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(cli::run(cli)),
        Err(error) => {
            eprintln!("quintain: failed to start the asynchronous runtime: {error}");
            Exit::OurBug
        }
    }
}
