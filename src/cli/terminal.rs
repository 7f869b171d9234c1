//! What a command says while it works: how much, how wide, in which colours, and on which stream.

use std::io::{IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};

use crate::report::console::{Colours, Detail, Look};

/// The options for it.
#[derive(Debug, Default, clap::Args)]
pub(super) struct TerminalArgs {
    #[command(flatten)]
    color: colorchoice_clap::Color,
    /// Says what is red, in two lines each, and the summary; nothing else
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,
    /// Says more: what was sent in one scenario of each cause, all entries of the expectations, every scenario by name
    #[arg(long, short)]
    verbose: bool,
}

/// Where a command speaks, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terminal {
    to_stderr: bool,
    /// How reports look there.
    pub(super) look: Look,
}

impl TerminalArgs {
    /// On standard output, unless a report goes there.
    pub(super) fn open(&self, report_on_stdout: bool) -> Terminal {
        let (is_terminal, choice) = if report_on_stdout {
            let stream = std::io::stderr();
            (stream.is_terminal(), self.choice(&stream))
        } else {
            let stream = std::io::stdout();
            (stream.is_terminal(), self.choice(&stream))
        };
        let detail = match (self.quiet, self.verbose) {
            (true, _) => Detail::Quiet,
            (false, true) => Detail::Verbose,
            (false, false) => Detail::Normal,
        };
        let colours = if choice == ColorChoice::Never { Colours::Off } else { Colours::On };
        let width = is_terminal.then(textwrap::termwidth);
        Terminal { to_stderr: report_on_stdout, look: Look { colours, detail, width } }
    }

    /// `--color`, and without it `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR`, `TERM=dumb` and whether it is a terminal.
    fn choice(&self, stream: &impl anstream::stream::RawStream) -> ColorChoice {
        match self.color.as_choice() {
            ColorChoice::Auto => AutoStream::choice(stream),
            chosen => chosen,
        }
    }
}

impl Terminal {
    /// Says something; a reader that has gone away is no reason to stop.
    pub(super) fn say(&self, text: &str) {
        let text = text.trim_end_matches('\n');
        let _ =
            if self.to_stderr { writeln!(std::io::stderr(), "{text}") } else { writeln!(std::io::stdout(), "{text}") };
    }

    /// Says something that `--quiet` leaves out.
    pub(super) fn tell(&self, text: &str) {
        if self.look.detail > Detail::Quiet {
            self.say(text);
        }
    }
}
