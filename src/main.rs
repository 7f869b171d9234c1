//! The `quintain` command.

use quintain::cli;
use quintain::exit_code::Exit;

fn main() -> Exit {
    cli::main()
}
