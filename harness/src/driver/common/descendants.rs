//! Processes that a client has started and that have left its process group: daemons.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The variable that tells them: each process hands it to those that it starts.
const MARK: &str = "QUINTAIN_PROCESS";
/// How long they may take to be gone after they were killed.
const GRACE: Duration = Duration::from_secs(2);

/// All that was started with one mark. They end with it: where `/proc` shows the environment of a process, as on Linux.
pub(in crate::driver) struct Descendants {
    mark: String,
}

impl Descendants {
    pub(in crate::driver) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let own = std::process::id();
        Self { mark: format!("{own}-{}", NEXT.fetch_add(1, Ordering::Relaxed)) }
    }

    /// What a process that is one of them has in its environment.
    pub(super) fn variable(&self) -> (&'static str, &str) {
        (MARK, &self.mark)
    }

    fn alive(&self) -> Vec<Pid> {
        let variable = format!("{MARK}={}", self.mark);
        let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
        let numbers = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        numbers
            .filter(|pid| environment(*pid).split(|byte| *byte == 0).any(|it| it == variable.as_bytes()))
            .map(Pid::from_raw)
            .collect()
    }

    /// Kills those that are left, and waits until they are gone: what they write to may be removed then.
    pub(in crate::driver) fn end(&self) {
        let deadline = Instant::now() + GRACE;
        loop {
            let alive = self.alive();
            for pid in &alive {
                let _ = kill(*pid, Signal::SIGKILL);
            }
            if alive.is_empty() || Instant::now() > deadline {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Descendants {
    fn drop(&mut self) {
        self.end();
    }
}

/// Empty for a process of somebody else, and for one that has ended.
fn environment(pid: i32) -> Vec<u8> {
    fs::read(format!("/proc/{pid}/environ")).unwrap_or_default()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::driver::common::process::{ClientProcess, Program};

    #[tokio::test]
    async fn daemon_ends_with_the_last_of_the_programs_that_it_serves_and_no_other_does() {
        let [first, second] = [(); 2].map(|()| Arc::new(Descendants::new()));
        for descendants in [&first, &second] {
            let words = ["setsid", "--fork", "sleep", "60"].map(str::to_owned).to_vec();
            let program = Program::of(words).among(descendants);
            let process = ClientProcess::run(&program).expect("util-linux is there");
            assert!(process.ended_within(GRACE).await.is_some());
            drop((program, process));
            assert_eq!(descendants.alive().len(), 1);
        }
        let mark = first.mark.clone();
        drop(first);
        assert_eq!(Descendants { mark }.alive(), []);
        assert_eq!(second.alive().len(), 1);
    }
}
