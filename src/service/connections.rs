//! The connections that are open, so that one client cannot keep another out by holding many.
//!
//! INVARIANT: a new connection always finds room: where there are as many as may be, the one that has been idle for longest
//! is closed, and where none is idle, the new one is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// All connections of a service.
pub(super) struct Connections {
    limit: usize,
    begun: Instant,
    open: Mutex<HashMap<u64, Arc<Connection>>>,
    next: AtomicU64,
    refused: AtomicU64,
    displaced: AtomicU64,
    /// Told at every end of one.
    ended: Notify,
    pub(super) traffic: Arc<Traffic>,
}

/// What went over all connections, in bytes.
#[derive(Default)]
pub(super) struct Traffic {
    pub(super) received: AtomicU64,
    pub(super) sent: AtomicU64,
}

/// The connections in numbers.
pub(super) struct ConnectionCounts {
    pub(super) open: usize,
    /// Requests that are being answered or sent on them, streams too.
    pub(super) requests: usize,
    /// Since the service started.
    pub(super) opened: u64,
    /// Closed for want of room, none being idle.
    pub(super) refused: u64,
    /// Closed for a new one while they were idle.
    pub(super) displaced: u64,
}

/// One of them.
pub(super) struct Connection {
    requests: AtomicUsize,
    /// Milliseconds from the beginning to its last request.
    last: AtomicU64,
    /// Told to close.
    close: Notify,
    /// Told at the end of a request.
    done: Notify,
}

/// A connection in its place; dropped, the place is free.
pub(super) struct Place {
    of: Arc<Connections>,
    number: u64,
    connection: Arc<Connection>,
}

/// A request that is being answered on a connection.
pub(super) struct Busy {
    of: Arc<Connections>,
    connection: Arc<Connection>,
}

impl Connections {
    pub(super) fn new(limit: usize) -> Connections {
        let (begun, open) = (Instant::now(), Mutex::default());
        let new = AtomicU64::default;
        let (ended, traffic) = (Notify::new(), Arc::default());
        Connections { limit, begun, open, next: new(), refused: new(), displaced: new(), ended, traffic }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, Arc<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.open().len()
    }

    /// All numbers.
    pub(super) fn counts(&self) -> ConnectionCounts {
        let open = self.open();
        ConnectionCounts {
            open: open.len(),
            requests: open.values().map(|one| one.requests.load(Ordering::Relaxed)).sum(),
            opened: self.next.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            displaced: self.displaced.load(Ordering::Relaxed),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A place for a new one; none where every other is at work.
    pub(super) fn place(self: &Arc<Self>) -> Option<Place> {
        let connection = Arc::new(Connection {
            requests: AtomicUsize::new(0),
            last: AtomicU64::new(self.now()),
            close: Notify::new(),
            done: Notify::new(),
        });
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut open = self.open();
        if open.len() >= self.limit {
            let idle = open.iter().filter(|(_, one)| one.requests.load(Ordering::Relaxed) == 0);
            let longest = idle.min_by_key(|(_, one)| one.last.load(Ordering::Relaxed)).map(|(number, _)| *number);
            let Some(longest) = longest else {
                self.refused.fetch_add(1, Ordering::Relaxed);
                return None;
            };
            self.displaced.fetch_add(1, Ordering::Relaxed);
            // Its place is given on now; that it ends a moment later takes a descriptor for so long.
            open.remove(&longest)?.close.notify_one();
        }
        open.insert(number, Arc::clone(&connection));
        Some(Place { of: Arc::clone(self), number, connection })
    }

    /// Waits until all are closed, at most for so long. Returns false if some were not.
    pub(super) async fn all_closed(&self, grace: Duration) -> bool {
        let all = async {
            loop {
                let ended = self.ended.notified();
                if self.count() == 0 {
                    return;
                }
                ended.await;
            }
        };
        tokio::time::timeout(grace, all).await.is_ok()
    }
}

impl Place {
    /// Where its bytes are counted.
    pub(super) fn traffic(&self) -> Arc<Traffic> {
        Arc::clone(&self.of.traffic)
    }

    /// Waits until it is told to close.
    pub(super) async fn closes(&self) {
        self.connection.close.notified().await;
    }

    /// Waits until no request is being answered on it.
    pub(super) async fn idles(&self) {
        while self.connection.requests.load(Ordering::Relaxed) > 0 {
            self.connection.done.notified().await;
        }
    }

    /// That a request is being answered on it, until what is given back is dropped.
    pub(super) fn handle(&self) -> impl Fn() -> Busy + Clone + Send + Sync + 'static {
        let (of, connection) = (Arc::clone(&self.of), Arc::clone(&self.connection));
        move || {
            connection.requests.fetch_add(1, Ordering::Relaxed);
            Busy { of: Arc::clone(&of), connection: Arc::clone(&connection) }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.of.open().remove(&self.number);
        self.of.ended.notify_waiters();
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.connection.last.store(self.of.now(), Ordering::Relaxed);
        self.connection.requests.fetch_sub(1, Ordering::Relaxed);
        self.connection.done.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_new_connection_takes_the_place_of_the_one_that_has_been_idle_for_longest() {
        let connections = Arc::new(Connections::new(2));
        let first = connections.place().expect("there is room");
        let second = connections.place().expect("there is room");
        first.connection.last.store(7, Ordering::Relaxed);
        second.connection.last.store(5, Ordering::Relaxed);
        let third = connections.place().expect("one is idle");
        second.closes().await;
        let busy = [first.handle()(), third.handle()()];
        assert!(connections.place().is_none(), "all are at work");
        let counts = connections.counts();
        assert_eq!((counts.open, counts.requests, counts.opened), (2, 2, 4));
        assert_eq!((counts.refused, counts.displaced), (1, 1));
        drop((busy, first, second, third));
        assert!(connections.all_closed(Duration::from_secs(1)).await);
    }
}
