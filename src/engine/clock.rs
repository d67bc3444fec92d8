//! What time it is. The only room that asks the operating system.

use caseward_events::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
        // Without a calendar in between, which every command would pay for.
        let micros = |apart: Duration| i64::try_from(apart.as_micros()).unwrap_or(i64::MAX);
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Timestamp::from_micros(since.map_or_else(|before| -micros(before.duration()), micros))
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
