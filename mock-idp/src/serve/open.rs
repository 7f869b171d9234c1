//! The system's browser, if there is one.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// Opens a page in the system's browser, and does not wait for it. False: this system has none that a program could ask for.
#[must_use]
pub fn open_in_browser(url: &str) -> bool {
    let Some((program, arguments)) = command(std::env::consts::OS, |name| std::env::var_os(name).is_some()) else {
        return false;
    };
    let browser = Command::new(program)
        .args(arguments.iter().map(OsStr::new))
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    // A process that nobody waits for stays in the table of processes.
    browser.map(|mut browser| std::thread::spawn(move || browser.wait())).is_ok()
}

/// The program that hands a URL to the browser, and what it is given first. On Linux there is one for people only where
/// there is a screen: without it, `xdg-open` may take over the terminal.
fn command(system: &str, is_set: impl Fn(&str) -> bool) -> Option<(&'static str, &'static [&'static str])> {
    match system {
        "macos" => Some(("open", &[])),
        // The empty argument is the title of the window.
        "windows" => Some(("cmd", &["/C", "start", ""])),
        _ if is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") => Some(("xdg-open", &[])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_browser_on_linux_only_where_there_is_a_screen() {
        assert_eq!(command("linux", |_| false), None);
        assert_eq!(command("linux", |name| name == "WAYLAND_DISPLAY"), Some(("xdg-open", &[][..])));
        assert_eq!(command("macos", |_| false), Some(("open", &[][..])));
    }
}
