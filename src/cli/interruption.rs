//! Signals and panics: how a command ends before its time.

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;

use super::output::fail;
use crate::exit_code::Exit;

pub(super) async fn interruptible(work: impl Future<Output = Exit>, at_interruption: Interruption) -> Exit {
    let (message, exit) = match at_interruption {
        Interruption::IsHandled => return guarded(work).await,
        Interruption::Fails(message) => (Some(message), Exit::Interrupted),
        Interruption::Ends => (None, Exit::Clean),
    };
    let interrupted = interrupted();
    tokio::select! {
        exit = guarded(work) => exit,
        // The clients' process groups are killed as their drivers are dropped.
        () = interrupted => message.map_or(exit, |message| fail(exit, message)),
    }
}

/// What a signal means to a command.
pub(super) enum Interruption {
    /// It listens itself, and keeps what it has.
    IsHandled,
    /// It did not come to its end.
    Fails(&'static str),
    /// That is how it ends.
    Ends,
}

/// A panic is our bug; its exit code says so, and the clients are gone as after every other end.
pub(super) async fn guarded(work: impl Future<Output = Exit>) -> Exit {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| {
        fail(Exit::OurBug, "this is a defect of Quintain, not of the client; please report the lines above")
    })
}

/// A signal that would otherwise end this process and leave the clients behind: they are in their own process groups.
/// It is listened for from the moment of the call.
pub(super) fn interrupted() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup(), SignalKind::quit()];
    let signals = kinds.into_iter().map(signal).collect::<Result<Vec<_>, _>>();
    async {
        let Ok(mut signals) = signals else { return std::future::pending().await };
        futures::future::select_all(signals.iter_mut().map(|signal| Box::pin(signal.recv()))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn panic_has_the_exit_code_of_our_bug() {
        assert_eq!(guarded(async { panic!("on purpose") }).await, Exit::OurBug);
    }
}
