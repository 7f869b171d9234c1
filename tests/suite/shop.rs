//! A folder with a `quintain.toml` for a [fixture](crate::fixtures), and the `quintain` command run in it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ffi::OsStr;
use std::fmt;
use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use quintain::report::json;
use quintain::results::Results;
use quintain::verdict::Verdict;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::fixtures::{MISBEHAVIOUR, Misbehaviour, PLACE, WATCH};
use crate::natives::{self, NATURE, Nature};
use crate::talkers::{COMMAND, MANNER, Manner};

/// No test waits longer for anything.
const LIMIT: Duration = Duration::from_secs(240);

const CONFIG: &str = r#"
[client]
name = "fixture"
driver = "web-app"

[start]
command = ['{program}', "--exact", "fixtures::client", "--ignored", "--nocapture"]
ready_within_seconds = 30

[start.env]
PORT = "{port}"
BASE_URL = "{base_url}"
ISSUER = "{issuer}"
CLIENT_ID = "{client_id}"
CLIENT_SECRET = "{client_secret}"
TOKEN_ENDPOINT_AUTH_METHOD = "{token_endpoint_auth_method}"
SCOPE = "{scope}"
AUDIENCE = "{audience}"
API_URL = "{api_url}"

[app]
base_url = "http://127.0.0.1:{port}"
login = "/login"
callback = "/callback"
session = "/me"
api = "/call-api"
refresh = "/refresh"
logout = "/logout"

[registration]
scope = "openid profile offline_access read:appointments"
audience = "https://api.example/"

[profile]
declares = ["reactive-refresh", "rfc9207", "shows-claims"]
"#;

const STDIO_CONFIG: &str = r#"
[client]
name = "talker"
driver = "stdio"

[start]
{command}
ready_within_seconds = 30

[start.env]

[stdio]
answers_within_seconds = 10

[registration]
scope = "openid profile offline_access read:appointments"
audience = "https://api.example/"
"#;

/// A client, its configuration, and whatever is run on it.
pub(crate) struct Shop {
    folder: TempDir,
    watch: Watch,
}

impl Shop {
    /// The reference client as a web app, with something wrong.
    pub(crate) fn that(misbehaviour: Misbehaviour) -> Self {
        Self::with_client(CONFIG, MISBEHAVIOUR, misbehaviour)
    }

    /// The reference client as a web app of two providers.
    pub(crate) fn of_two_providers() -> Self {
        Self::that(Misbehaviour::Nothing)
            .with("session =", "login_second = \"/login?iss={second_issuer}\"\nsession =")
            .env("SECOND_ISSUER", "{second_issuer}")
            .env("SECOND_CLIENT_ID", "{second_client_id}")
            .env("SECOND_CLIENT_SECRET", "{second_client_secret}")
            .env("SECOND_API_URL", "{second_api_url}")
    }

    /// The reference client behind the stdio protocol, with something wrong.
    pub(crate) fn talking(manner: Manner) -> Self {
        Self::with_client(&STDIO_CONFIG.replace("{command}", COMMAND), MANNER, manner)
    }

    /// The reference client as a native app, with something wrong.
    pub(crate) fn native(nature: Nature) -> Self {
        Self::with_client(natives::CONFIG, NATURE, nature)
    }

    fn with_client(config: &str, variable: &str, what: impl serde::Serialize) -> Self {
        let program = std::env::current_exe().expect("this program has a path");
        let shop = Self { folder: tempfile::tempdir().expect("a folder can be made"), watch: Watch::new() };
        let name = serde_json::to_value(what).expect("it has a name");
        let watch = shop.watch.listener.local_addr().expect("it has an address").to_string();
        shop.file("quintain.toml", config.replace("{program}", &program.to_string_lossy()))
            .env(variable, name.as_str().expect("which is a string"))
            .env(WATCH, &watch)
    }

    /// Where the misbehaviour shows.
    pub(crate) fn at(self, place: &str) -> Self {
        self.env(PLACE, place)
    }

    /// A further line of `[start.env]`, or of `[command.env]`.
    pub(crate) fn env(self, name: &str, value: &str) -> Self {
        self.with(".env]", &format!(".env]\n{name} = \"{value}\""))
    }

    /// Another text in `quintain.toml`.
    pub(crate) fn with(self, old: &str, new: &str) -> Self {
        let file = self.path("quintain.toml");
        let text = std::fs::read_to_string(file).expect("it was written");
        assert!(text.contains(old), "quintain.toml holds {old:?}");
        self.file("quintain.toml", text.replace(old, new))
    }

    /// A file in the folder.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.path(name), content).expect("the folder can be written to");
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The files in the folder, but for the configuration.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).expect("the folder can be read");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        let mut names: Vec<_> = names.filter(|name| name != "quintain.toml").collect();
        names.sort();
        names
    }

    /// The results that a run wrote to `result.json`.
    pub(crate) fn results(&self) -> Results {
        let text = std::fs::read_to_string(self.path("result.json")).expect("the results were written");
        json::read(&text).expect("the results are whole")
    }

    /// The same of a run that did not come to its end.
    pub(crate) fn incomplete_results(&self) -> Results {
        let text = std::fs::read_to_string(self.path("result.json")).expect("the results were written");
        json::read(&text).expect_err("a run that did not come to its end proves nothing");
        serde_json::from_str(&text).expect("it has the form of results")
    }

    /// Runs a command line to its end, after which no client may be left.
    pub(crate) async fn quintain(&self, command_line: &str) -> Ended {
        self.end_of(self.start(command_line)).await
    }

    /// Starts a command line.
    pub(crate) fn start(&self, command_line: &str) -> Child {
        self.start_with(command_line, &[])
    }

    /// Starts a command line with these variables in its environment.
    pub(crate) fn start_with(&self, command_line: &str, environment: &[(&str, &OsStr)]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quintain"));
        command.args(command_line.split_whitespace()).current_dir(self.folder.path()).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.envs(environment.iter().copied());
        command.spawn().expect("quintain can be started")
    }

    /// Waits for the end of a command, and of everything that it has started.
    pub(crate) async fn end_of(&self, quintain: Child) -> Ended {
        let waiting = async {
            tokio::select! {
                output = quintain.wait_with_output() => output,
                never = self.watch.keep_looking() => match never {},
            }
        };
        let output = tokio::time::timeout(LIMIT, waiting).await;
        let output = output.expect("quintain ends in time").expect("its end can be waited for");
        let processes = self.watch.until_all_have_ended().await;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("it prints UTF-8");
        Ended {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            processes,
            folder: self.folder.path().to_owned(),
        }
    }

    /// Waits until a command has printed something.
    pub(crate) async fn until_printed(&self, quintain: &mut Child, text: &str) {
        let mut lines = BufReader::new(quintain.stdout.as_mut().expect("it is piped")).lines();
        let line = tokio::time::timeout(LIMIT, lines.next_line()).await.expect("it prints in time");
        let line = line.expect("it prints").expect("a line");
        assert!(line.contains(text), "{line}");
    }

    /// Waits until it prints such a line, after whatever others.
    pub(crate) async fn until_line(&self, quintain: &mut Child, text: &str) {
        let mut lines = BufReader::new(quintain.stdout.as_mut().expect("it is piped")).lines();
        let found = async {
            loop {
                let line = lines.next_line().await.expect("it prints").expect("a line");
                if line.contains(text) {
                    return;
                }
            }
        };
        tokio::time::timeout(LIMIT, found).await.expect("it prints in time");
    }

    /// Waits until a file is there: its text.
    pub(crate) async fn until_written(&self, name: &str) -> String {
        let mut interval = tokio::time::interval(Duration::from_millis(20));
        let text = async {
            loop {
                interval.tick().await;
                if let Ok(text) = std::fs::read_to_string(self.path(name)) {
                    return text;
                }
            }
        };
        tokio::time::timeout(LIMIT, text).await.expect("it is written in time")
    }

    /// Waits until a client says something.
    pub(crate) async fn until_told(&self, line: &str) {
        self.watch.until(|processes| processes.iter().any(|process| process.told.contains(line))).await;
    }
}

/// How a command line ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// How many processes it had started; all of them have ended.
    pub(crate) processes: usize,
    folder: PathBuf,
}

impl Ended {
    /// Exit code and everything that was printed, without what differs from run to run.
    pub(crate) fn shown(&self) -> String {
        let text = format!("exit code {}\n{}{}", self.code.unwrap_or(-1), self.stdout, self.stderr);
        let folder = self.folder.canonicalize().unwrap_or_else(|_| self.folder.clone());
        let text = [&folder, &self.folder]
            .into_iter()
            .fold(text, |text, folder| text.replace(&*folder.to_string_lossy(), "[folder]"));
        let filters = [
            (r"(127\.0\.0\.1|localhost):\d+", "$1:[port]"),
            (r"port \d+", "port [port]"),
            (r"/t/[0-9A-Za-z_-]+/?", "/t/[issuer]/"),
            (r"\d+ of \d+ scenarios", "[number] of [number] scenarios"),
            (r"\d+ scenarios", "[number] scenarios"),
            (r"adds \d+", "adds [number]"),
            (r"\b(alice|bob|mallory)-[0-9a-f]{10}", "$1-[new]"),
            (r"\b(Alice|Bob|Mallory) Example [0-9a-f]{10}", "$1 Example [new]"),
            (r"seed \d+", "seed [seed]"),
            (r"quintain \d+\.\d+\.\d+", "quintain [version]"),
            (r"known are levels.*", "known are [tags]"),
            // The beginning of every fixture.
            (r"    \| \n    \| running 1 test\n", ""),
            (r"\n  what was printed:\n(\S|$)", "\n$1"),
        ];
        filters.into_iter().fold(text, |text, (pattern, with)| {
            regex::Regex::new(pattern).expect("a pattern").replace_all(&text, with).into_owned()
        })
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

/// Sees every process of the fixtures: each holds a connection for as long as it lives.
struct Watch {
    listener: TcpListener,
    processes: RefCell<Vec<Process>>,
}

struct Process {
    connection: TcpStream,
    told: String,
    has_ended: bool,
}

impl Watch {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        listener.set_nonblocking(true).expect("it can be asked without waiting");
        Self { listener, processes: RefCell::default() }
    }

    async fn until_all_have_ended(&self) -> usize {
        self.until(|processes| processes.iter().all(|process| process.has_ended)).await;
        self.processes.borrow().len()
    }

    /// A process that nobody accepts cannot start: the system keeps 128 of them waiting, and a whole run starts more.
    async fn keep_looking(&self) -> Infallible {
        let mut interval = tokio::time::interval(Duration::from_millis(20));
        loop {
            interval.tick().await;
            self.look();
        }
    }

    async fn until(&self, holds: impl Fn(&[Process]) -> bool) {
        let mut interval = tokio::time::interval(Duration::from_millis(5));
        let wait = async {
            loop {
                interval.tick().await;
                self.look();
                if holds(&self.processes.borrow()) {
                    return;
                }
            }
        };
        if tokio::time::timeout(LIMIT, wait).await.is_err() {
            let processes = self.processes.borrow();
            let told: Vec<_> = processes.iter().map(|process| (&process.told, process.has_ended)).collect();
            panic!("it does not come to pass; the processes have told, and have ended: {told:?}");
        }
    }

    fn look(&self) {
        let mut processes = self.processes.borrow_mut();
        while let Ok((connection, _)) = self.listener.accept() {
            connection.set_nonblocking(true).expect("it can be read without waiting");
            processes.push(Process { connection, told: String::new(), has_ended: false });
        }
        for process in processes.iter_mut().filter(|process| !process.has_ended) {
            let mut told = [0; 1024];
            match process.connection.read(&mut told) {
                Ok(0) => process.has_ended = true,
                Ok(read) => process.told += &String::from_utf8_lossy(&told[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => process.has_ended = true,
            }
        }
    }
}

/// What a client cannot be asked for, as a verdict for each of these scenarios that was selected.
pub(crate) fn unsupported(results: &Results, ids: &[&str]) -> BTreeMap<String, Verdict> {
    let selected = results.scenarios.iter().map(|scenario| scenario.id.to_string());
    selected.filter(|id| ids.contains(&id.as_str())).map(|id| (id, Verdict::Unsupported)).collect()
}

/// Sends a signal to a command that was started.
pub(crate) fn send(signal: &str, quintain: &Child) {
    let id = quintain.id().expect("it runs").to_string();
    let mut kill = std::process::Command::new("sh");
    let status = kill.args(["-c", "kill -s \"$0\" \"$1\"", signal, &id]).status();
    assert!(status.expect("there is a shell").success());
}
