//! Runs the suite on the crate `oauth2`; takes the options of `quintain verify`.

use oauth2_rs::driver::Oauth2Launcher;
use quintain::exit_code::Exit;

fn main() -> Exit {
    quintain::cli::main_with(Oauth2Launcher::default())
}
