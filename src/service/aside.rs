//! Work that keeps a thread busy, aside from the threads that answer.
//!
//! INVARIANT: whoever waits for it and goes away ends it at its next pause.

use super::problem::{Problem, of_store};
use crate::engine::Kind;
use std::future::Future;
use std::io;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Does it, and waits for it.
pub(super) async fn aside<T, F>(work: impl FnOnce() -> F + Send + 'static) -> Result<T, Problem>
where
    T: Send + 'static,
    F: Future<Output = T>,
{
    // Dropped with this future, which tells the other end.
    let (_waits, gone) = oneshot::channel::<()>();
    let runtime = Handle::current();
    let run = move || {
        runtime.block_on(async {
            tokio::select! {
                biased;
                _ = gone => None,
                done = work() => Some(done),
            }
        })
    };
    let done = tokio::task::spawn_blocking(run).await;
    let ended = || of_store(Kind::Fault, &io::Error::other("the work was given up"));
    done.map_err(|panicked| of_store(Kind::Fault, &panicked))?.ok_or_else(ended)
}
