//! The `quintain` command.

use quintain::cli;
use quintain::exit_code::Exit;

/// Thousands of small logins, each with its own requests, tokens and journal entries: allocation is what is left beside RSA.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Exit {
    cli::main()
}
