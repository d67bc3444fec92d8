//! The clock of the engine.

use crate::seams::system_time;
use caseward_events::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};

/// A source of the current time. It may jump in both directions; the writer never goes back with it.
pub trait Clock: Send + Sync + 'static {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// The clock of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        system_time::now()
    }
}

/// A clock that stands still until it is set, for tests and for fixtures whose answers must not depend on the day.
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
