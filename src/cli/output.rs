//! What a command prints.

use std::io::Write as _;

use crate::exit_code::Exit;

/// Prints; a reader that has gone away is no reason to stop.
pub(super) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end_matches('\n'));
}

pub(super) fn fail(exit: Exit, message: &str) -> Exit {
    complain(message);
    exit
}

pub(super) fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "quintain: {message}");
}
