//! Runs the suite on the crate `openidconnect`; takes the options of `quintain verify`.

use openidconnect_rs::driver::OpenidconnectLauncher;
use quintain::exit_code::Exit;

fn main() -> Exit {
    quintain::cli::main_with(OpenidconnectLauncher::default())
}
