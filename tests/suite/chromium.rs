//! A real browser for the tests of the project's own pages: it is told what to do, and asked what it shows.

use std::io::{BufRead as _, BufReader, PipeReader, PipeWriter, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt as _, FdMapping};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a page may take to show what it is to show.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running Chromium, spoken to by the protocol of its developer tools.
pub(crate) struct Chromium {
    process: Child,
    to: PipeWriter,
    from: BufReader<PipeReader>,
    calls: u64,
    _profile: TempDir,
}

/// A tab.
#[derive(Clone)]
pub(crate) struct Page(String);

impl Chromium {
    /// Starts `chromium-headless-shell`, which has to be on PATH.
    pub(crate) fn start() -> Self {
        let profile = TempDir::new().expect("a folder can be made");
        let (theirs, to) = std::io::pipe().expect("a pipe can be made");
        let (from, their_answers) = std::io::pipe().expect("a pipe can be made");
        let mut command = Command::new("chromium-headless-shell");
        command
            .args(["--headless", "--no-sandbox", "--remote-debugging-pipe", "--disable-background-networking"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .fd_mappings(vec![
                FdMapping { parent_fd: theirs.into(), child_fd: 3 },
                FdMapping { parent_fd: their_answers.into(), child_fd: 4 },
            ])
            .expect("the pipes have numbers of their own");
        let process = command.spawn().expect("chromium-headless-shell is on PATH");
        // The command holds their ends of the pipes.
        drop(command);
        let mut chromium = Self { process, to, from: BufReader::new(from), calls: 0, _profile: profile };
        let clipboard = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        chromium.call(None, "Browser.grantPermissions", &clipboard);
        chromium
    }

    /// Opens a page in a new tab, and waits until it is loaded.
    pub(crate) fn open(&mut self, url: &str) -> Page {
        let made = self.call(None, "Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": made["targetId"], "flatten": true });
        let attached = self.call(None, "Target.attachToTarget", &attach);
        let page = Page(attached["sessionId"].as_str().expect("a session").to_owned());
        self.go(&page, url);
        page
    }

    /// Goes to another page in the same tab.
    pub(crate) fn go(&mut self, page: &Page, url: &str) {
        self.call(Some(page), "Page.navigate", &json!({ "url": url }));
        self.until(page, "document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /// What an expression comes to in a page.
    pub(crate) fn evaluate(&mut self, page: &Page, expression: &str) -> Value {
        let params = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true,
        });
        let mut evaluated = self.call(Some(page), "Runtime.evaluate", &params);
        evaluated["result"]["value"].take()
    }

    /// Waits until an expression is true in a page.
    pub(crate) fn until(&mut self, page: &Page, expression: &str) {
        let began = Instant::now();
        while self.evaluate(page, expression) != json!(true) {
            if began.elapsed() > PATIENCE {
                let shown = self.evaluate(page, "location.href + '\\n' + document.body?.innerText");
                panic!("{expression} did not become true on {}", shown.as_str().unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The text of what a selector finds, as soon as it finds something.
    pub(crate) fn text(&mut self, page: &Page, selector: &str) -> String {
        self.until(page, &format!("document.querySelector({}) !== null", json!(selector)));
        let text = self.evaluate(page, &format!("document.querySelector({}).innerText", json!(selector)));
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Clicks on what a selector finds, as soon as it finds something.
    pub(crate) fn click(&mut self, page: &Page, selector: &str) {
        self.until(page, &format!("document.querySelector({}) !== null", json!(selector)));
        self.evaluate(page, &format!("document.querySelector({}).click()", json!(selector)));
    }

    /// Types into a field, as soon as it is there.
    pub(crate) fn fill(&mut self, page: &Page, selector: &str, text: &str) {
        self.until(page, &format!("document.querySelector({}) !== null", json!(selector)));
        let script = format!(
            "(field => {{ field.value = {}; field.dispatchEvent(new Event('input')); }})(document.querySelector({}))",
            json!(text),
            json!(selector)
        );
        self.evaluate(page, &script);
    }

    fn call(&mut self, page: Option<&Page>, method: &str, params: &Value) -> Value {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method, "params": params });
        if let Some(Page(session)) = page {
            message["sessionId"] = json!(session);
        }
        write!(self.to, "{message}\0").expect("the browser reads");
        loop {
            let mut bytes = Vec::new();
            self.from.read_until(0, &mut bytes).expect("the browser answers");
            bytes.pop();
            let mut answer: Value = serde_json::from_slice(&bytes).expect("the browser answers in JSON");
            if answer["id"] == json!(self.calls) {
                return answer["result"].take();
            }
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
