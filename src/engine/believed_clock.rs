//! The clock as far as it can be believed.
//!
//! Nothing that is recorded is ever rewritten, so one commit by a clock that stands ahead would hold up time for good. A
//! clock that leaves the time gone by forward, by more than two seconds at once, is therefore not followed: now goes on with
//! the time gone by, and no command is taken until an operator says that the clock is right, or it is set back. A process
//! that opens a store has seen nothing go by; it asks what was noted of the clock, and whether anything keeps it right.
//!
//! INVARIANT: what counts as now never follows a jump that nobody has accepted, and can always be written as RFC 3339 has it.
//! Absent on purpose: a clock that lies behind, which harms nothing for good (`tenant::flow`), and where it is noted
//! (`clock_note`).

use super::clock::Clock;
use caseward_events::Timestamp;
use caseward_events::answer::{ClockDoubt, ClockInDoubt};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A clock that is kept right is slewed, and steps by less than this.
const JUMP_MICROS: i64 = 2_000_000;

/// Unread for longer than that, a clock that nothing keeps right is not believed.
pub(in crate::engine) const UNREAD_MICROS: i64 = 31 * 24 * 3_600_000_000;

/// See the module.
pub(in crate::engine) struct BelievedClock {
    clock: Arc<dyn Clock>,
    /// By how much the clock was ahead of the time gone by when it was last believed, in microseconds.
    apart: AtomicI64,
    /// What it showed then.
    shown: AtomicI64,
    /// Why it could not be believed when the store was opened.
    opening: Mutex<Option<ClockInDoubt>>,
    /// Whether that is so, for whoever asks often.
    is_doubted: AtomicBool,
}

impl BelievedClock {
    /// That is believed as it stands.
    pub(in crate::engine) fn new(clock: Arc<dyn Clock>) -> BelievedClock {
        let (shown, apart) = reading(&*clock);
        let [shown, apart] = [shown.as_micros(), apart].map(AtomicI64::new);
        BelievedClock { clock, apart, shown, opening: Mutex::default(), is_doubted: AtomicBool::default() }
    }

    /// What an opening knows: how it jumped before, and when it was last read.
    pub(in crate::engine) fn recall(&self, jumped: Option<ClockInDoubt>, seen: Option<Timestamp>) {
        let clock = reading(&*self.clock).0;
        let unread = seen.filter(|seen| clock.as_micros().saturating_sub(seen.as_micros()) > UNREAD_MICROS);
        let unread = unread.map(|expected| ClockInDoubt { cause: ClockDoubt::NotKeptRight, clock, expected });
        self.is_doubted.store(jumped.or(unread).is_some(), Ordering::Relaxed);
        *self.opening() = jumped.or(unread);
    }

    /// Why no command may be taken by it, if that is so.
    pub(in crate::engine) fn doubt(&self) -> Option<ClockInDoubt> {
        let (clock, apart) = reading(&*self.clock);
        let ahead = apart.saturating_sub(self.apart.load(Ordering::Relaxed));
        if clock > Timestamp::LAST || clock < Timestamp::FIRST {
            return Some(ClockInDoubt {
                cause: ClockDoubt::Unwritable,
                clock: writable(clock),
                expected: writable(clock),
            });
        }
        if ahead > JUMP_MICROS {
            let expected = Timestamp::from_micros(clock.as_micros().saturating_sub(ahead));
            return Some(ClockInDoubt { cause: ClockDoubt::Jumped, clock, expected });
        }
        self.opening_doubt()
    }

    /// The doubt of the opening, as long as it stands: a clock that was set back, or that is kept right by now, ends it.
    pub(in crate::engine) fn opening_doubt(&self) -> Option<ClockInDoubt> {
        if !self.is_doubted.load(Ordering::Relaxed) {
            return None;
        }
        let (mut opening, clock) = (self.opening(), self.clock.now());
        let doubt = (*opening)?;
        let is_over = match doubt.cause {
            ClockDoubt::Jumped => clock < doubt.clock,
            ClockDoubt::NotKeptRight => clock < doubt.clock || self.clock.is_kept_right(),
            ClockDoubt::Unwritable => true,
        };
        if is_over {
            *opening = None;
            self.is_doubted.store(false, Ordering::Relaxed);
        }
        *opening
    }

    /// Follows a clock that is slewed. One that was set back is not: where it comes back from there, it has not jumped.
    pub(in crate::engine) fn follow(&self) {
        let (shown, apart) = reading(&*self.clock);
        if apart.saturating_sub(self.apart.load(Ordering::Relaxed)).saturating_abs() <= JUMP_MICROS {
            self.believe(shown, apart);
        }
    }

    fn believe(&self, shown: Timestamp, apart: i64) {
        self.shown.store(shown.as_micros(), Ordering::Relaxed);
        self.apart.store(apart, Ordering::Relaxed);
    }

    /// An operator says that it is right.
    pub(in crate::engine) fn accept(&self) {
        let (shown, apart) = reading(&*self.clock);
        self.believe(shown, apart);
        self.is_doubted.store(false, Ordering::Relaxed);
        *self.opening() = None;
    }

    fn opening(&self) -> std::sync::MutexGuard<'_, Option<ClockInDoubt>> {
        self.opening.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for BelievedClock {
    fn now(&self) -> Timestamp {
        let clock = self.clock.now();
        // By less than a jump ahead of what was believed, whatever time has gone by: a question is spared asking that.
        if clock.as_micros().saturating_sub(self.shown.load(Ordering::Relaxed)) <= JUMP_MICROS {
            return writable(clock);
        }
        let (clock, apart) = reading(&*self.clock);
        let ahead = apart.saturating_sub(self.apart.load(Ordering::Relaxed));
        writable(if ahead > JUMP_MICROS {
            Timestamp::from_micros(clock.as_micros().saturating_sub(ahead))
        } else {
            clock
        })
    }

    fn gone_by(&self, now: Timestamp) -> Duration {
        self.clock.gone_by(now)
    }

    fn is_kept_right(&self) -> bool {
        self.clock.is_kept_right()
    }
}

/// What a clock shows, and by how much that is ahead of the time gone by.
fn reading(clock: &dyn Clock) -> (Timestamp, i64) {
    let now = clock.now();
    let gone_by = i64::try_from(clock.gone_by(now).as_micros()).unwrap_or(i64::MAX);
    (now, now.as_micros().saturating_sub(gone_by))
}

fn writable(time: Timestamp) -> Timestamp {
    time.clamp(Timestamp::FIRST, Timestamp::LAST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::clock::ManualClock;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_800_000_000_000_000 + seconds * 1_000_000)
    }

    fn believed() -> (Arc<ManualClock>, BelievedClock) {
        let clock = Arc::new(ManualClock::at(at(0)));
        (Arc::clone(&clock), BelievedClock::new(clock))
    }

    #[test]
    fn time_that_goes_by_and_a_clock_that_is_slewed_are_followed() {
        let (clock, believed) = believed();
        clock.set(at(3_600));
        assert_eq!((believed.now(), believed.doubt()), (at(3_600), None));
        for step in 1..10 {
            clock.jump(at(3_600 + 2 * step));
            assert_eq!((believed.now(), believed.doubt()), (at(3_600 + 2 * step), None));
            believed.follow();
        }
    }

    #[test]
    fn a_jump_is_not_followed_until_it_is_accepted_or_taken_back() {
        let (clock, believed) = believed();
        clock.jump(at(3));
        let doubt = ClockInDoubt { cause: ClockDoubt::Jumped, clock: at(3), expected: at(0) };
        assert_eq!((believed.now(), believed.doubt()), (at(0), Some(doubt)));
        believed.follow();
        clock.set(at(13));
        assert_eq!(believed.now(), at(10), "time goes by");
        clock.jump(at(11));
        assert_eq!((believed.now(), believed.doubt()), (at(11), None), "it was set back");
        clock.jump(at(100));
        believed.accept();
        assert_eq!((believed.now(), believed.doubt()), (at(100), None));
    }

    #[test]
    fn a_clock_that_was_set_back_and_comes_back_has_not_jumped() {
        let (clock, believed) = believed();
        clock.set(at(-500));
        believed.follow();
        assert_eq!((believed.now(), believed.doubt()), (at(-500), None));
        clock.jump(at(1));
        assert_eq!((believed.now(), believed.doubt()), (at(1), None));
    }

    #[test]
    fn a_clock_that_was_not_read_for_long_is_believed_where_something_keeps_it_right() {
        let (clock, believed) = believed();
        let month = UNREAD_MICROS / 1_000_000;
        believed.recall(None, Some(at(-month)));
        assert_eq!(believed.doubt(), None, "not longer than that");
        believed.recall(None, Some(at(-month - 1)));
        assert_eq!(believed.doubt(), None, "something keeps it right");
        clock.set_kept_right(false);
        believed.recall(None, Some(at(-month - 1)));
        let cause = ClockDoubt::NotKeptRight;
        assert_eq!(believed.doubt(), Some(ClockInDoubt { cause, clock: at(0), expected: at(-month - 1) }));
        clock.set(at(5));
        assert!(believed.doubt().is_some());
        clock.set_kept_right(true);
        assert_eq!(believed.doubt(), None, "it is by now");
    }

    #[test]
    fn a_time_that_cannot_be_written_is_none() {
        let (clock, believed) = believed();
        for beyond in [Timestamp::MAX, Timestamp::LAST.next(), Timestamp::MIN] {
            clock.set(beyond);
            let now = believed.now();
            assert_eq!(now.to_string().parse(), Ok(now), "{now}");
            assert!(believed.doubt().is_some());
            believed.accept();
            assert!(believed.doubt().is_some(), "nobody can say that this is right");
        }
    }
}
