//! The clock of the engine.

use crate::seams::system_time;
use caseward_events::Timestamp;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

/// A source of the current time. It may jump in both directions: the writer never goes back with it, and does not follow
/// it forward before somebody says that it is right.
pub trait Clock: Send + Sync + 'static {
    /// The current time.
    fn now(&self) -> Timestamp;

    /// How much time has gone by since some moment of its own, whatever the clock was set to meanwhile; `now` is what it
    /// shows. A clock that knows nothing else never jumps.
    fn gone_by(&self, now: Timestamp) -> Duration {
        Duration::from_micros(u64::try_from(now.as_micros()).unwrap_or(0))
    }

    /// Whether something keeps it right: asked when a store is opened that was long closed.
    fn is_kept_right(&self) -> bool {
        true
    }
}

/// The clock of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        system_time::now()
    }

    fn gone_by(&self, _: Timestamp) -> Duration {
        system_time::gone_by()
    }

    fn is_kept_right(&self) -> bool {
        system_time::is_kept_right()
    }
}

/// A clock that stands still until it is set, for tests and for fixtures whose answers must not depend on the day.
#[derive(Debug)]
pub struct ManualClock {
    shown: AtomicI64,
    /// By how much that is ahead of the time gone by.
    apart: AtomicI64,
    is_kept_right: AtomicBool,
}

impl ManualClock {
    /// That shows this time.
    #[must_use]
    pub fn at(time: Timestamp) -> Self {
        let [shown, apart] = [time, time].map(|time| AtomicI64::new(time.as_micros()));
        ManualClock { shown, apart, is_kept_right: AtomicBool::new(true) }
    }

    /// Lets time go by until it shows this; or sets it back, and no time goes by.
    pub fn set(&self, time: Timestamp) {
        let before = self.shown.swap(time.as_micros(), Ordering::SeqCst);
        let back = time.as_micros().saturating_sub(before).min(0);
        self.apart.fetch_add(back, Ordering::SeqCst);
    }

    /// Sets it, forward or back, while no time goes by.
    pub fn jump(&self, time: Timestamp) {
        let before = self.shown.swap(time.as_micros(), Ordering::SeqCst);
        self.apart.fetch_add(time.as_micros().saturating_sub(before), Ordering::SeqCst);
    }

    /// Says whether something keeps it right.
    pub fn set_kept_right(&self, is: bool) {
        self.is_kept_right.store(is, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.shown.load(Ordering::SeqCst))
    }

    fn gone_by(&self, now: Timestamp) -> Duration {
        let gone_by = now.as_micros().saturating_sub(self.apart.load(Ordering::SeqCst));
        Duration::from_micros(u64::try_from(gone_by).unwrap_or(0))
    }

    fn is_kept_right(&self) -> bool {
        self.is_kept_right.load(Ordering::SeqCst)
    }
}
