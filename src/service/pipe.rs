//! A bounded pipe between a thread that may wait and a task that must not.
//!
//! INVARIANT: no more than [`HELD_MAX`] bytes lie in it; whoever is faster waits. Either end that is dropped ends the other.

use axum::body::Bytes;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Bytes that may lie in a pipe, beside its last piece.
const HELD_MAX: usize = 256 << 10;

#[derive(Default)]
struct Held {
    pieces: VecDeque<Bytes>,
    bytes: usize,
    /// Nothing more comes.
    ended: bool,
    /// Nobody takes any more.
    closed: bool,
}

#[derive(Default)]
struct Shared {
    held: Mutex<Held>,
    /// For the end that waits in a thread.
    thread: Condvar,
    /// For the end that waits in a task.
    task: Notify,
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        self.thread.notify_all();
        self.task.notify_one();
    }
}

/// Where pieces go in.
pub(super) struct PipeIn(Arc<Shared>);

/// Where they come out.
pub(super) struct PipeOut(Arc<Shared>);

pub(super) fn pipe() -> (PipeIn, PipeOut) {
    let shared = Arc::new(Shared::default());
    (PipeIn(Arc::clone(&shared)), PipeOut(shared))
}

impl PipeIn {
    /// Waits, in a task, until there is room. Returns false if nobody takes any more.
    pub(super) async fn send(&self, piece: Bytes) -> bool {
        loop {
            let room = self.0.task.notified();
            {
                let mut held = self.0.held();
                if held.closed {
                    return false;
                }
                if held.bytes < HELD_MAX {
                    held.bytes += piece.len();
                    held.pieces.push_back(piece);
                    drop(held);
                    self.0.wake();
                    return true;
                }
            }
            room.await;
        }
    }

    /// The same in a thread.
    ///
    /// # Errors
    /// A broken pipe, where nobody takes any more.
    pub(super) fn send_and_wait(&self, piece: Bytes) -> io::Result<()> {
        let mut held = self.0.held();
        while !held.closed && held.bytes >= HELD_MAX {
            held = self.0.thread.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
        if held.closed {
            return Err(ErrorKind::BrokenPipe.into());
        }
        held.bytes += piece.len();
        held.pieces.push_back(piece);
        drop(held);
        self.0.wake();
        Ok(())
    }
}

impl PipeOut {
    /// The next piece, in a task; none behind the last.
    pub(super) async fn next(&self) -> Option<Bytes> {
        loop {
            let more = self.0.task.notified();
            {
                let mut held = self.0.held();
                if let Some(piece) = held.pieces.pop_front() {
                    held.bytes -= piece.len();
                    drop(held);
                    self.0.wake();
                    return Some(piece);
                }
                if held.ended {
                    return None;
                }
            }
            more.await;
        }
    }

    /// The same in a thread.
    pub(super) fn next_and_wait(&self) -> Option<Bytes> {
        let mut held = self.0.held();
        loop {
            if let Some(piece) = held.pieces.pop_front() {
                held.bytes -= piece.len();
                drop(held);
                self.0.wake();
                return Some(piece);
            }
            if held.ended {
                return None;
            }
            held = self.0.thread.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for PipeIn {
    fn drop(&mut self) {
        self.0.held().ended = true;
        self.0.wake();
    }
}

impl Drop for PipeOut {
    fn drop(&mut self) {
        self.0.held().closed = true;
        self.0.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_goes_in_comes_out_in_order_however_slow_either_end_is() {
        let (into, out) = pipe();
        let writer = std::thread::spawn(move || {
            for number in 0..2_000_u32 {
                let piece = Bytes::from([number.to_be_bytes().as_slice(), &[0; 1_000]].concat());
                into.send_and_wait(piece).expect("somebody takes it");
            }
        });
        for number in 0..2_000_u32 {
            let piece = out.next().await.expect("there is more");
            assert_eq!(piece[..4], number.to_be_bytes());
        }
        assert_eq!(out.next().await, None);
        writer.join().expect("it ends");
    }

    #[tokio::test]
    async fn an_end_that_is_dropped_ends_the_other() {
        let (into, out) = pipe();
        drop(out);
        assert!(!into.send(Bytes::from_static(b"x")).await);
        assert_eq!(
            into.send_and_wait(Bytes::from_static(b"x")).map_err(|error| error.kind()),
            Err(ErrorKind::BrokenPipe)
        );
        let (into, out) = pipe();
        let reader = std::thread::spawn(move || out.next_and_wait());
        drop(into);
        assert_eq!(reader.join().expect("it ends"), None);
    }
}
