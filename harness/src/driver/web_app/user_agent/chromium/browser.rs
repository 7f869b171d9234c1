//! The running browser: how it is started, and whether it answers.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use super::pipe::{CallError, Pipe};
use crate::config::BrowserSection;
use crate::driver::common::SetupError;
use crate::driver::common::process::{ClientProcess, Program};

/// How long the browser may take to start, and to open a tab. On a busy machine the first start of all takes seconds.
pub(super) const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

/// A running browser, which all instances of a client share.
pub(in crate::driver::web_app) struct Chromium {
    pub(super) pipe: Arc<Pipe>,
    pub(super) process: ClientProcess,
    pub(super) settled: Option<String>,
    /// Dropped after the last process that writes to it has ended.
    _profile: TempDir,
}

/// Its helpers would write parts of the profile again while it is removed.
impl Drop for Chromium {
    fn drop(&mut self) {
        self.process.stop_all();
    }
}

/// Switches off what a browser does unasked, and what it does only for a person who looks at it.
const SWITCHES: [&str; 14] = [
    "--headless",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    // One site is visited: a process for every way to it costs a fifth of the time, and protects nobody.
    "--disable-site-isolation-trials",
    "--renderer-process-limit=1",
    // The provider's stand-in is plain http, and pages of this machine may speak to this machine. The rest is as above.
    "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LocalNetworkAccessChecks,Translate,\
     IsolateOrigins,site-per-process,SpareRendererForSitePerProcess,ProactivelySwapBrowsingInstance,BackForwardCache",
];
/// Only the names of this machine are resolved, for tabs, for workers and for windows that a page opens.
const NOBODY_ELSE: &str = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]";

/// It connects to no host that it has only heard of: 2 stands for never.
const NO_PREDICTIONS: &str = r#"{"net":{"network_prediction_options":2}}"#;

impl Chromium {
    /// Starts the browser of the configuration with an empty profile, and waits until it answers.
    ///
    /// `trusted` is the SHA-256 hash, in Base64, of the public key whose certificates it accepts without asking.
    ///
    /// # Errors
    ///
    /// If it cannot be started, or does not speak the protocol.
    pub(in crate::driver::web_app) async fn start(
        section: &BrowserSection,
        trusted: Option<&str>,
    ) -> Result<Self, SetupError> {
        let no_room = |error: std::io::Error| failed(error.to_string(), "see that TMPDIR can be written to");
        let profile = tempfile::tempdir().map_err(no_room)?;
        let preferences = profile.path().join("Default/Preferences");
        std::fs::create_dir(profile.path().join("Default")).map_err(no_room)?;
        std::fs::write(preferences, NO_PREDICTIONS).map_err(no_room)?;
        let mut words = section.command.clone();
        words.extend(SWITCHES.map(str::to_owned));
        words.push(NOBODY_ELSE.to_owned());
        words.push(format!("--user-data-dir={}", profile.path().display()));
        words.extend(trusted.map(|hash| format!("--ignore-certificate-errors-spki-list={hash}")));
        words.push("about:blank".to_owned());

        let no_pipes = |error: std::io::Error| failed(error.to_string(), "see what limits the number of open files");
        let (commands, to_browser) = std::io::pipe().map_err(no_pipes)?;
        let (from_browser, messages) = std::io::pipe().map_err(no_pipes)?;
        // By their numbers: Chromium reads commands from 3, and writes messages to 4.
        let handed_over: [(OwnedFd, i32); 2] = [(commands.into(), 3), (messages.into(), 4)];
        let process = ClientProcess::start_with(&Program::of(words), handed_over)
            .map_err(|error| SetupError { attempted: ATTEMPTED.to_owned(), ..error })?;
        let pipe = Pipe::new(from_browser.into(), to_browser.into()).map_err(no_pipes)?;
        let chromium = Self { pipe, process, settled: section.settled.clone(), _profile: profile };
        chromium.greet().await?;
        Ok(chromium)
    }

    async fn greet(&self) -> Result<(), SetupError> {
        let version = self.pipe.call(None, "Browser.getVersion", json!({}));
        let found = match tokio::time::timeout(ANSWERS_WITHIN, version).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(CallError::Refused(what))) => what,
            Ok(Err(CallError::Ended)) => {
                let ended = self.process.ended_within(Duration::from_secs(1)).await;
                ended.map_or("it closed the connection".to_owned(), |how| format!("the command {how}"))
            }
            Err(_) => format!("it did not answer within {ANSWERS_WITHIN:?}"),
        };
        let output = self.process.output();
        let advice = if output.contains("--no-sandbox") {
            "Chromium does not run as root, or in some containers, with its sandbox; the pages that it opens here are your own: \
             [browser] command = [\"chromium\", \"--no-sandbox\"]"
        } else {
            "see that [browser] command starts Chromium or Chrome, and stays in the foreground"
        };
        self.process.stop().await;
        Err(SetupError { output, ..failed(found, advice) })
    }

    /// Whether it can be used.
    pub(in crate::driver::web_app) fn is_alive(&self) -> bool {
        self.pipe.is_open()
    }
}

const ATTEMPTED: &str = "start the browser";

fn failed(found: String, advice: &str) -> SetupError {
    SetupError::new(ATTEMPTED, found, advice)
}
