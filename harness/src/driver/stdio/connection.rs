//! The connection to a process that speaks the protocol: requests go out with a number, replies come back by number and in any order.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::codec::{FramedRead, LinesCodec, LinesCodecError};

use super::protocol::{Answer, Done, Operation, Request};
use crate::config::{Placeholders, StdioConfig};
use crate::driver::common::process::{ClientProcess, Pipes};
use crate::driver::common::{SetupError, Trust};
use crate::terms::Failure;
use crate::text::plain;

/// The longest message, in bytes.
pub(super) const LONGEST_MESSAGE: usize = 1 << 20;
/// How long a process may take to end after it has closed its pipes.
const LAST_BREATH: Duration = Duration::from_secs(1);

/// A connection to a process that speaks the protocol.
pub(super) struct Connection {
    /// Closed before the process is waited for: the end of the input means that it should finish.
    stdin: tokio::sync::Mutex<Option<ChildStdin>>,
    process: ClientProcess,
    exchange: Arc<Exchange>,
    reader: JoinHandle<()>,
    next: AtomicU64,
    /// Whether a request was never answered: such a client may be stuck for ever.
    left_unanswered: AtomicBool,
}

impl Connection {
    /// Starts a process.
    ///
    /// # Errors
    ///
    /// If the command cannot be started.
    pub(super) fn start(config: &StdioConfig, trust: Option<&Trust>) -> Result<Self, SetupError> {
        let mut values = Placeholders::default();
        if let Some(trust) = trust {
            trust.tell(&mut values);
        }
        let (process, Pipes { stdin, stdout }) = ClientProcess::start_to_talk(&config.start, &config.folder, &values)?;
        let exchange = Arc::<Exchange>::default();
        Ok(Self {
            stdin: Some(stdin).into(),
            process,
            reader: tokio::spawn(read(stdout, Arc::clone(&exchange))),
            exchange,
            next: AtomicU64::new(1),
            left_unanswered: AtomicBool::new(false),
        })
    }

    /// Asks for an operation and waits for its reply.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        operation: Operation,
        limit: Duration,
    ) -> Result<Answer<T>, Failure> {
        let name = operation.name();
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut line = serde_json::to_string(&Request { id, operation })
            .map_err(|error| Failure::Broken(format!("the request `{name}` is no JSON: {error}")))?;
        line.push('\n');
        let reply = match self.exchange.expect(id) {
            Ok(reply) => reply,
            Err(lost) => return Err(self.failure(name, lost).await),
        };
        let exchanged = tokio::time::timeout(limit, async {
            if !self.send(&line).await {
                self.exchange.lose(Lost::Closed);
            }
            reply.await.unwrap_or(Err(Lost::Closed))
        });
        match exchanged.await {
            Ok(Ok(Line { number, reply })) => {
                let wrong = |what| {
                    Failure::DriverBroken(format!(
                        "the reply to `{name}`, line {number} of the client's standard output, is not as the protocol has it: {what}"
                    ))
                };
                decode(reply).map_err(|what| {
                    let broken = wrong(what);
                    self.exchange.lose(Lost::Broken(describe(&broken)));
                    broken
                })
            }
            Ok(Err(lost)) => Err(self.failure(name, lost).await),
            Err(_) => {
                self.left_unanswered.store(true, Ordering::Relaxed);
                self.exchange.give_up(id);
                Err(Failure::TimedOut(format!("`{name}` was not answered within {limit:?}")))
            }
        }
    }

    /// False if the client does not listen any more.
    async fn send(&self, line: &str) -> bool {
        let mut stdin = self.stdin.lock().await;
        let Some(stdin) = stdin.as_mut() else { return false };
        stdin.write_all(line.as_bytes()).await.is_ok() && stdin.flush().await.is_ok()
    }

    async fn failure(&self, name: &str, lost: Lost) -> Failure {
        match lost {
            Lost::Broken(what) => Failure::DriverBroken(what),
            Lost::Closed => Failure::Crashed(match self.process.ended_within(LAST_BREATH).await {
                Some(how) => format!("the client's process {how} (`{name}` was not answered)"),
                None => format!(
                    "the client closed its standard input or output and goes on running (`{name}` was not answered)"
                ),
            }),
        }
    }

    /// Whether it can be asked for more.
    pub(super) fn is_sound(&self) -> bool {
        self.exchange.is_open() && !self.left_unanswered.load(Ordering::Relaxed) && self.process.ended().is_none()
    }

    /// The end of what it printed as errors.
    pub(super) fn output(&self) -> String {
        self.process.output()
    }

    /// What it has printed belongs to scenarios that are over.
    pub(super) fn forget_output(&self) {
        self.process.forget_output();
    }

    /// Waits for the rest of what it printed, if it has ended.
    pub(super) async fn last_words(&self) {
        if self.process.ended().is_some() {
            self.process.last_words().await;
        }
    }

    /// Ends the process and whatever it has started; one that can be talked to is asked to.
    pub(super) async fn end(&self) {
        if self.is_sound() {
            let _ = self.ask::<Done>(Operation::Stop, LAST_BREATH).await;
        }
        self.stdin.lock().await.take();
        self.process.ended_within(LAST_BREATH).await;
        self.process.stop().await;
        self.reader.abort();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

fn describe(failure: &Failure) -> String {
    match failure {
        Failure::DriverBroken(what) => what.clone(),
        other => format!("{other:?}"),
    }
}

/// Requests that wait for their replies.
#[derive(Default)]
struct Exchange(Mutex<State>);

#[derive(Default)]
struct State {
    requests: HashMap<u64, Fate>,
    lost: Option<Lost>,
}

/// What has become of a request.
enum Fate {
    Waits(oneshot::Sender<Result<Line, Lost>>),
    /// Nobody waits for its reply any more, which may still come.
    GivenUp,
    Answered,
}

/// Why no more replies come.
#[derive(Debug, Clone)]
enum Lost {
    /// The pipes are closed.
    Closed,
    /// The client does not keep to the protocol.
    Broken(String),
}

/// A reply as it came, its number taken out.
struct Line {
    number: usize,
    reply: Map<String, Value>,
}

impl Exchange {
    fn expect(&self, id: u64) -> Result<oneshot::Receiver<Result<Line, Lost>>, Lost> {
        let mut state = self.0.lock();
        if let Some(lost) = &state.lost {
            return Err(lost.clone());
        }
        let (sender, receiver) = oneshot::channel();
        state.requests.insert(id, Fate::Waits(sender));
        Ok(receiver)
    }

    fn give_up(&self, id: u64) {
        self.0.lock().requests.insert(id, Fate::GivenUp);
    }

    fn is_open(&self) -> bool {
        self.0.lock().lost.is_none()
    }

    /// The first loss is the one to tell.
    fn lose(&self, lost: Lost) {
        let mut state = self.0.lock();
        let lost = state.lost.get_or_insert(lost).clone();
        for (_, fate) in state.requests.drain() {
            if let Fate::Waits(sender) = fate {
                let _ = sender.send(Err(lost.clone()));
            }
        }
    }

    /// Hands a line to the task that waits for it.
    ///
    /// # Errors
    ///
    /// If it is no reply to anything that was asked.
    fn take(&self, number: usize, line: &str) -> Result<(), String> {
        let about = || format!("line {number} of the client's standard output");
        let reply: Value = serde_json::from_str(line).map_err(|_| {
            format!(
                "{} is no JSON: {}; standard output is for the protocol only, print to standard error",
                about(),
                excerpt(line)
            )
        })?;
        let Value::Object(mut reply) = reply else {
            return Err(format!("{} is no JSON object: {}", about(), excerpt(line)));
        };
        let id = reply.shift_remove("id").as_ref().and_then(Value::as_u64);
        let id = id.ok_or_else(|| format!("{} has no id, or one that is no number: {}", about(), excerpt(line)))?;
        let mut state = self.0.lock();
        match state.requests.insert(id, Fate::Answered) {
            Some(Fate::Waits(sender)) => {
                let _ = sender.send(Ok(Line { number, reply }));
                Ok(())
            }
            Some(Fate::GivenUp) => Ok(()),
            Some(Fate::Answered) => {
                Err(format!("{} answers request {id} for the second time: {}", about(), excerpt(line)))
            }
            None => Err(format!("{} answers request {id}, which was never made: {}", about(), excerpt(line))),
        }
    }
}

/// Reads replies until the client closes its standard output or breaks the protocol.
async fn read(stdout: ChildStdout, exchange: Arc<Exchange>) {
    let mut lines = FramedRead::new(stdout, LinesCodec::new_with_max_length(LONGEST_MESSAGE));
    let mut number = 0;
    while let Some(line) = lines.next().await {
        number += 1;
        let taken = match line {
            Ok(line) => exchange.take(number, &line),
            Err(LinesCodecError::MaxLineLengthExceeded) => Err(format!(
                "line {number} of the client's standard output is longer than {LONGEST_MESSAGE} bytes, which no message may be"
            )),
            Err(LinesCodecError::Io(error)) => {
                Err(format!("line {number} of the client's standard output cannot be read: {error}"))
            }
        };
        if let Err(what) = taken {
            return exchange.lose(Lost::Broken(what));
        }
    }
    exchange.lose(Lost::Closed);
}

/// The answer in a reply.
///
/// # Errors
///
/// Names the member that is wrong.
pub(super) fn decode<T: DeserializeOwned>(reply: Map<String, Value>) -> Result<Answer<T>, String> {
    if reply.len() != 1 {
        let found: Vec<_> = reply.keys().map(|key| format!("`{key}`")).collect();
        let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
        return Err(format!("beside `id` it has {found}, and exactly one of {KINDS} is needed"));
    }
    serde_path_to_error::deserialize(Value::Object(reply)).map_err(|error| {
        let (path, what) = (error.path().to_string(), error.inner());
        // What cannot be named is a key that is no text to the parser.
        match path.trim_end_matches(".?") {
            "." => what.to_string(),
            path => format!("`{path}`: {what}"),
        }
    })
}

const KINDS: &str = "`ok`, `refused`, `crashed`, `unsupported` and `failed_to_run`";

/// The beginning of a line, fit for a console.
fn excerpt(line: &str) -> String {
    const LENGTH: usize = 200;
    let line = plain(line);
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{:?}…", &line[..end]),
        None => format!("{line:?}"),
    }
}

/// Processes that have forgotten everything and wait for their next configuration.
pub(super) type Idle = Mutex<Vec<Arc<Connection>>>;

/// What the client said instead of what was expected.
pub(super) fn words<T>(answer: &Answer<T>) -> String {
    match answer {
        Answer::Ok(_) => "it said ok".to_owned(),
        Answer::Refused(refused) => format!("it was refused: {}", refused.detail),
        Answer::Crashed(words) => format!("it crashed: {}", words.detail),
        Answer::Unsupported(words) => format!("it is not supported: {}", words.detail),
        Answer::FailedToRun(words) => format!("it could not be tried: {}", words.detail),
    }
}

pub(super) fn reason(failure: &Failure) -> &str {
    match failure {
        Failure::Refused(refusal) => &refusal.detail,
        Failure::Crashed(what)
        | Failure::ServerError(what)
        | Failure::TimedOut(what)
        | Failure::DriverBroken(what)
        | Failure::Broken(what) => what,
        Failure::Unsupported(_) => "it is not supported",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::protocol::Begun;
    use super::*;
    use crate::config::Config;

    const LIMIT: Duration = Duration::from_secs(30);

    /// A client that is a shell script.
    fn connection(script: &str) -> Connection {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("quintain.toml");
        let text = format!(
            "[client]\nname = \"script\"\ndriver = \"stdio\"\n[start]\ncommand = [\"sh\", \"-c\", '''{script}''']\n"
        );
        std::fs::write(&file, text).expect("the folder can be written to");
        match Config::read(Path::new(&file)).expect("the configuration is right") {
            Config::Stdio(config) => Connection::start(&config, None).expect("there is a shell"),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn replies_come_in_any_order() {
        let connection = connection(
            r#"read a; read b; echo '{"id":2,"ok":{"url":"/b"}}'; echo '{"id":1,"ok":{"url":"/a"}}'; read c"#,
        );
        let begin = || connection.ask::<Begun>(Operation::Begin { ua: "ua".to_owned(), issuer: "/".to_owned() }, LIMIT);
        let url = |url: &str| Ok(Answer::Ok(Begun { url: url.to_owned() }));
        assert_eq!(tokio::join!(begin(), begin()), (url("/a"), url("/b")));
        connection.end().await;
    }

    #[tokio::test]
    async fn reply_that_comes_too_late_harms_nobody() {
        let connection = connection(r#"read a; read b; echo '{"id":1,"ok":{}}'; echo '{"id":2,"ok":{}}'; read c"#);
        let late = connection.ask::<Done>(Operation::Reset, Duration::from_millis(1)).await;
        assert_eq!(late, Err(Failure::TimedOut("`reset` was not answered within 1ms".to_owned())));
        assert_eq!(connection.ask::<Done>(Operation::Reset, LIMIT).await, Ok(Answer::Ok(Done {})));
        assert!(!connection.is_sound(), "such a client is not trusted with another scenario");
        connection.end().await;
    }

    #[tokio::test]
    async fn client_that_does_not_read_is_given_up_in_time() {
        let connection = connection("exec sleep 60");
        let form = Some("x".repeat(LONGEST_MESSAGE));
        let callback = Operation::Callback { ua: "ua".to_owned(), url: "/".to_owned(), form };
        let answer = connection.ask::<Done>(callback, Duration::from_millis(50)).await;
        assert_eq!(answer, Err(Failure::TimedOut("`callback` was not answered within 50ms".to_owned())));
        connection.end().await;
    }

    #[tokio::test]
    async fn client_that_closes_its_output_and_goes_on_has_crashed() {
        let connection = connection("exec >&-; exec sleep 60");
        let answer = connection.ask::<Done>(Operation::Reset, LIMIT).await;
        let Err(Failure::Crashed(how)) = answer else { panic!("{answer:?}") };
        assert!(how.contains("goes on running"), "{how}");
        connection.end().await;
    }
}
