//! A server on its own thread, for programs without an executor.

use std::io;
use std::thread::{self, JoinHandle};

use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// A thread that runs the tasks of a server. Dropping it ends it.
#[derive(Debug)]
pub(super) struct OwnThread {
    /// Dropping it lets the thread go.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl OwnThread {
    /// Runs a future to its end on a new thread, which goes on to run what the future has started.
    pub(super) fn start<T: Send + 'static>(
        future: impl Future<Output = io::Result<T>> + Send + 'static,
    ) -> io::Result<(Self, T)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let (started, start) = std::sync::mpsc::channel();
        let run = move |runtime: Runtime| {
            let result = runtime.block_on(future);
            // Nobody waits for it any more if that has panicked.
            let _ = started.send(result);
            let _ = runtime.block_on(stopped);
        };
        let thread = thread::Builder::new().name("mock-idp".into()).spawn(move || run(runtime))?;
        let own = Self { stop: Some(stop), thread: Some(thread) };
        let ended = |_| io::Error::other("the thread of the server has ended");
        Ok((own, start.recv().map_err(ended)??))
    }
}

impl Drop for OwnThread {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It has ended in either case.
            let _ = thread.join();
        }
    }
}
