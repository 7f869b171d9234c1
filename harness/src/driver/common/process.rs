//! The client's process: in its own group, its output captured, and never left behind.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt as _, FdMapping};
use parking_lot::Mutex;
use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop, ProcessGroup};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::task::JoinHandle;

use super::descendants::Descendants;
use super::setup_error::SetupError;
use crate::config::{Placeholders, Start, Template};
use crate::text::plain;

/// How much is kept of what the client prints, in bytes: the end.
const KEPT: usize = 16 << 10;
/// And the beginning: where one failure leads to many, it names the first.
const KEPT_OF_BEGINNING: usize = 2 << 10;
/// How much is kept of the standard output of a command that is run for it, in bytes.
const KEPT_OF_RESULT: usize = 1 << 20;
/// How long a client may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(2);
/// How long its last words may be on their way after it has ended.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// A client that the harness started.
pub(in crate::driver) struct ClientProcess {
    child: Mutex<Box<dyn ChildWrapper>>,
    status: Mutex<Option<ExitStatus>>,
    output: Arc<Mutex<Kept>>,
    /// Its standard output, if that is kept apart.
    result: Arc<Mutex<Kept>>,
    tasks: Vec<JoinHandle<()>>,
    /// Dropped last: what it has left behind ends with it.
    _descendants: Arc<Descendants>,
}

/// What is run, and where.
pub(in crate::driver) struct Program {
    words: Vec<String>,
    env: Vec<(String, OsString)>,
    folder: PathBuf,
    /// Whom what it leaves behind ends with; else with itself.
    descendants: Option<Arc<Descendants>>,
}

impl Program {
    /// A command of the configuration, its placeholders filled in.
    pub(in crate::driver) fn new(
        words: &[Template],
        env: &BTreeMap<String, Template>,
        folder: &Path,
        values: &Placeholders,
    ) -> Result<Self, SetupError> {
        let fill = |template: &Template| {
            template.fill(values).map_err(|error| failed(&error.to_string(), "fix quintain.toml"))
        };
        let words = words.iter().map(fill).collect::<Result<_, _>>()?;
        let env = env.iter().map(|(name, value)| Ok((name.clone(), fill(value)?.into()))).collect::<Result<_, _>>()?;
        Ok(Self { words, env, folder: folder.to_owned(), descendants: None })
    }

    /// A command as it is, run in the harness's own folder.
    pub(in crate::driver) fn of(words: Vec<String>) -> Self {
        Self { words, env: Vec::new(), folder: PathBuf::from("."), descendants: None }
    }

    /// With another variable in its environment.
    pub(in crate::driver) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// As one of several programs that may leave processes behind for each other: those end with the last of them.
    pub(in crate::driver) fn among(mut self, descendants: &Arc<Descendants>) -> Self {
        self.descendants = Some(Arc::clone(descendants));
        self
    }

    /// Starts it, with these files open by these numbers.
    fn spawn(
        &self,
        stdin: Stdio,
        handed_over: impl IntoIterator<Item = (OwnedFd, i32)>,
    ) -> Result<(Box<dyn ChildWrapper>, Arc<Descendants>), SetupError> {
        let Self { words, env, folder, descendants } = self;
        let descendants = descendants.clone().unwrap_or_else(|| Arc::new(Descendants::new()));
        let (mark, value) = descendants.variable();
        let (program, arguments) = words.split_first().ok_or_else(|| failed("the command is empty", "write one"))?;
        // A program with a slash in its name is found from the configuration's folder, as in a shell.
        let path = if program.contains('/') { folder.join(program) } else { program.into() };
        let mut command = CommandWrap::with_new(path, |command| {
            command
                .args(arguments)
                .envs(env.iter().map(|(name, value)| (name, value)))
                .env(mark, value)
                .current_dir(folder)
                .stdin(stdin)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let mappings = handed_over.into_iter().map(|(parent_fd, child_fd)| FdMapping { parent_fd, child_fd });
            command.fd_mappings(mappings.collect()).expect("no two files have one number");
        });
        let spawned = command.wrap(ProcessGroup::leader()).wrap(KillOnDrop).spawn().map_err(|error| {
            let advice = match error.kind() {
                std::io::ErrorKind::NotFound => {
                    "see that the program is installed and on PATH, or that its path, from the folder of quintain.toml, is right; \
                     for a script, that the interpreter in its first line exists"
                }
                _ => "see that the program may be executed",
            };
            failed(&format!("cannot run {program:?} in {}: {error}", folder.display()), advice)
        });
        Ok((spawned?, descendants))
    }
}

/// Standard input and output of a client that is talked to.
pub(in crate::driver) struct Pipes {
    pub(in crate::driver) stdin: ChildStdin,
    pub(in crate::driver) stdout: ChildStdout,
}

impl ClientProcess {
    /// Starts the command in the configuration's folder. What it prints is kept.
    ///
    /// # Errors
    ///
    /// If the command cannot be started.
    pub(in crate::driver) fn start(start: &Start, folder: &Path, values: &Placeholders) -> Result<Self, SetupError> {
        Self::start_with(&Program::new(&start.command, &start.env, folder, values)?, [])
    }

    /// Starts a program with these files open by these numbers. What it prints is kept.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub(in crate::driver) fn start_with(
        program: &Program,
        handed_over: impl IntoIterator<Item = (OwnedFd, i32)>,
    ) -> Result<Self, SetupError> {
        let (mut child, descendants) = program.spawn(Stdio::null(), handed_over)?;
        let stdout = child.stdout().take();
        let mut process = Self::of(child, descendants);
        process.tasks.extend(stdout.map(|pipe| capture(pipe, Arc::clone(&process.output), KEPT)));
        Ok(process)
    }

    /// Runs a program for what it prints on standard output, which is kept apart from its errors.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub(in crate::driver) fn run(program: &Program) -> Result<Self, SetupError> {
        let (mut child, descendants) = program.spawn(Stdio::null(), [])?;
        let stdout = child.stdout().take();
        let mut process = Self::of(child, descendants);
        process.tasks.extend(stdout.map(|pipe| capture(pipe, Arc::clone(&process.result), KEPT_OF_RESULT)));
        Ok(process)
    }

    /// Starts the command in the configuration's folder, and leaves its standard input and output to the caller. What
    /// it prints as errors is kept.
    ///
    /// # Errors
    ///
    /// If the command cannot be started.
    pub(in crate::driver) fn start_to_talk(
        start: &Start,
        folder: &Path,
        values: &Placeholders,
    ) -> Result<(Self, Pipes), SetupError> {
        let program = Program::new(&start.command, &start.env, folder, values)?;
        let (mut child, descendants) = program.spawn(Stdio::piped(), [])?;
        let (stdin, stdout) = (child.stdin().take(), child.stdout().take());
        let (Some(stdin), Some(stdout)) = (stdin, stdout) else {
            return Err(failed("the system gave it no pipes", "see what limits the number of open files"));
        };
        Ok((Self::of(child, descendants), Pipes { stdin, stdout }))
    }

    fn of(mut child: Box<dyn ChildWrapper>, descendants: Arc<Descendants>) -> Self {
        let output = Arc::default();
        let errors = child.stderr().take().map(|pipe| capture(pipe, Arc::clone(&output), KEPT));
        Self {
            child: Mutex::new(child),
            status: Mutex::default(),
            output,
            result: Arc::default(),
            tasks: errors.into_iter().collect(),
            _descendants: descendants,
        }
    }

    /// How it ended, in words; nothing while it runs.
    pub(in crate::driver) fn ended(&self) -> Option<String> {
        self.status().map(|status| format!("ended with {status}"))
    }

    /// How it ended; nothing while it runs.
    pub(in crate::driver) fn status(&self) -> Option<ExitStatus> {
        let mut status = self.status.lock();
        if status.is_none() {
            *status = self.child.lock().try_wait().ok().flatten();
        }
        *status
    }

    /// How it ended, waiting a little: a process closes its connections before its end can be seen.
    pub(in crate::driver) async fn ended_within(&self, limit: Duration) -> Option<String> {
        let ended = async {
            let mut interval = tokio::time::interval(Duration::from_millis(5));
            loop {
                interval.tick().await;
                if let Some(how) = self.ended() {
                    return how;
                }
            }
        };
        // Asked first: of no time at all, a timer may take too much to be looked at.
        let ended = match self.ended() {
            Some(how) => Some(how),
            None => tokio::time::timeout(limit, ended).await.ok(),
        };
        if ended.is_some() {
            self.last_words().await;
        }
        ended
    }

    /// Waits until all that it printed has been read; a child that it has left behind may hold the pipes open.
    pub(in crate::driver) async fn last_words(&self) {
        let read = async {
            let mut interval = tokio::time::interval(Duration::from_millis(5));
            while !self.tasks.iter().all(JoinHandle::is_finished) {
                interval.tick().await;
            }
        };
        let _ = tokio::time::timeout(LAST_WORDS, read).await;
    }

    /// The end of what it printed, without terminal control.
    pub(in crate::driver) fn output(&self) -> String {
        text(&self.output)
    }

    /// What it printed on standard output, if that is kept apart.
    pub(in crate::driver) fn result(&self) -> String {
        text(&self.result)
    }

    /// From now on, its output is collected from the start.
    pub(in crate::driver) fn forget_output(&self) {
        *self.output.lock() = Kept::default();
    }

    /// Asks the whole process group to end, then makes it.
    pub(in crate::driver) async fn stop(&self) {
        let _ = self.child.lock().signal(SIGTERM);
        self.ended_within(GRACE).await;
        // The leader may not have heard, or may have left children behind: the group is killed in any case.
        let _ = self.child.lock().start_kill();
        self.ended_within(GRACE).await;
    }

    /// Ends the whole process group, and waits until none of it is left: what it writes to may be removed then.
    pub(in crate::driver) fn stop_all(&self) {
        self.end();
        let deadline = Instant::now() + GRACE;
        // There is an error as soon as there is nobody to be killed.
        while self.child.lock().signal(SIGKILL).is_ok() && Instant::now() < deadline {
            self.ended();
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn end(&self) {
        if self.ended().is_none() {
            let _ = self.child.lock().signal(SIGTERM);
            let deadline = Instant::now() + GRACE;
            while self.ended().is_none() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        let _ = self.child.lock().start_kill();
    }
}

fn text(kept: &Mutex<Kept>) -> String {
    plain(&kept.lock().text())
}

/// What is kept of an output: its beginning and its end.
#[derive(Default)]
struct Kept {
    beginning: Vec<u8>,
    left_out: usize,
    end: VecDeque<u8>,
}

impl Kept {
    fn add(&mut self, mut bytes: &[u8], most: usize) {
        let room = KEPT_OF_BEGINNING.saturating_sub(self.beginning.len());
        let (first, rest) = bytes.split_at(room.min(bytes.len()));
        self.beginning.extend(first);
        bytes = rest;
        self.end.extend(bytes);
        let surplus = self.end.len().saturating_sub(most - KEPT_OF_BEGINNING);
        self.end.drain(..surplus);
        self.left_out += surplus;
    }

    fn text(&self) -> String {
        let end: Vec<u8> = self.end.iter().copied().collect();
        // A character may stand on both sides of where the two meet.
        if self.left_out == 0 {
            return String::from_utf8_lossy(&[self.beginning.as_slice(), &end].concat()).into_owned();
        }
        let [beginning, end] = [&self.beginning, &end].map(|bytes| String::from_utf8_lossy(bytes));
        format!("{beginning}\n[… {} bytes are left out …]\n{end}", self.left_out)
    }
}

const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;

/// Dropped while it runs: the harness itself has been interrupted, and nobody but us is left to wait.
impl Drop for ClientProcess {
    fn drop(&mut self) {
        self.end();
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

fn failed(found: &str, advice: &str) -> SetupError {
    SetupError::new("start the client", found.to_owned(), advice)
}

fn capture(pipe: impl AsyncRead + Unpin + Send + 'static, output: Arc<Mutex<Kept>>, most: usize) -> JoinHandle<()> {
    tokio::spawn(keep(pipe, output, most))
}

/// Bytes, not lines: a client may print what it likes, and without end.
async fn keep(mut pipe: impl AsyncRead + Unpin, output: Arc<Mutex<Kept>>, most: usize) {
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = pipe.read(&mut chunk).await {
        output.lock().add(&chunk[..read], most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn beginning_and_end_of_a_flood_are_kept() {
        let output = Arc::default();
        let flood = (&b"the first error"[..]).chain(tokio::io::repeat(b'x').take(4 << 20)).chain(&b"the end"[..]);
        keep(flood, Arc::clone(&output), KEPT).await;
        let kept = text(&output);
        assert!(kept.starts_with("the first error") && kept.ends_with("xthe end"));
        let left_out = (4 << 20) + "the first errorthe end".len() - KEPT;
        assert!(kept.contains(&format!("x\n[… {left_out} bytes are left out …]\nx")), "{left_out}");
    }

    #[tokio::test]
    async fn short_output_is_kept_as_it_is() {
        let output = Arc::default();
        let long = "ä".repeat(KEPT_OF_BEGINNING / 2 + 1) + "b";
        keep(long.as_bytes(), Arc::clone(&output), KEPT).await;
        assert_eq!(text(&output), long);
    }

    #[tokio::test]
    async fn process_that_has_ended_is_known_to_have_in_no_time() {
        let process = ClientProcess::start_with(&Program::of(vec!["true".to_owned()]), []).expect("it can be started");
        process.ended_within(GRACE).await.expect("it ends");
        for _ in 0..100 {
            assert!(process.ended_within(Duration::ZERO).await.is_some());
        }
    }
}
