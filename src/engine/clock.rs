//! What time it is.

use crate::seams::system_time;
use caseward_events::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time. It may jump, in both directions: the writer never goes back with it.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// That of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        system_time::now()
    }
}

/// One that stands still until it is set: for tests, and for fixtures that must answer alike on any day.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// That shows this time.
    #[must_use]
    pub fn at(time: Timestamp) -> Self {
        ManualClock(AtomicI64::new(time.as_micros()))
    }

    /// Sets it, forward or back.
    pub fn set(&self, time: Timestamp) {
        self.0.store(time.as_micros(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}
