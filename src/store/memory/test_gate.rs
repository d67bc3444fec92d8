//! A place where appends stop until a test lets them go on: a sync as slow as the test wants it.
//!
//! INVARIANT: while nobody holds it, it holds nobody up. Absent on purpose: time; a test waits for what happens.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default)]
struct Count {
    holds: usize,
    stopped: usize,
}

/// Open, unless someone holds it.
#[derive(Debug, Default)]
pub(super) struct TestGate {
    count: Mutex<Count>,
    changed: Condvar,
}

impl TestGate {
    /// Stops here while it is held.
    pub(super) fn pass(&self) {
        let mut count = self.lock();
        count.stopped += 1;
        self.changed.notify_all();
        let mut count = self.wait_while(count, |count| count.holds > 0);
        count.stopped -= 1;
    }

    /// Holds it until what this gives is dropped.
    pub(super) fn hold(self: Arc<Self>) -> Hold {
        self.lock().holds += 1;
        Hold(self)
    }

    fn lock(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while<'a>(&self, count: MutexGuard<'a, Count>, wait: impl Fn(&Count) -> bool) -> MutexGuard<'a, Count> {
        self.changed.wait_while(count, |count| wait(count)).unwrap_or_else(PoisonError::into_inner)
    }
}

/// While it lives, no append of its store gets further than into its sync. Dropping it lets them go on.
#[derive(Debug)]
#[must_use = "dropping it lets the appends go on"]
pub struct Hold(Arc<TestGate>);

impl Hold {
    /// Waits until an append is stopped.
    pub fn until_reached(&self) {
        drop(self.0.wait_while(self.0.lock(), |count| count.stopped == 0));
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.lock().holds -= 1;
        self.0.changed.notify_all();
    }
}
