//! What counts as now while the clock is behind the log.
//!
//! A commit that was made while the clock stood ahead bears a later time than the clock shows once it is right again.
//! Now is never before the last event; it goes on from there at half the pace of the clock, measured from the first
//! reading that lay behind, until the clock has caught up. So time neither stands still, nor runs backwards, nor is an
//! hour lost for good. INVARIANT: while the clock lies behind, what counts as now never goes back, whatever the clock
//! does. Absent on purpose: where it is noted (`crate::engine::clock_note`), and judging a clock.

use caseward_events::Timestamp;
use caseward_events::answer::ClockBehind;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A smaller difference comes from the pace of commits alone and is not reported.
const TOLD_MICROS_MIN: i64 = 1_000_000;

/// The first reading that lay behind, and what counted as now then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct Behind {
    clock: Timestamp,
    now: Timestamp,
}

/// The time of one organization, while the clock is behind its log.
#[derive(Debug, Default)]
pub(in crate::engine) struct Flow {
    behind: Option<Behind>,
    /// The latest that counted as now while the clock lay behind.
    latest: Option<Timestamp>,
}

impl Flow {
    /// Restores it from a note.
    pub(in crate::engine) fn noted(behind: Option<Behind>) -> Flow {
        Flow { behind, latest: behind.map(|behind| behind.now) }
    }

    /// What has to be noted.
    pub(in crate::engine) fn behind(&self) -> Option<Behind> {
        self.behind
    }

    /// What counts as now, where the clock shows this and the last event is of `last`.
    pub(in crate::engine) fn now(&mut self, clock: Timestamp, last: Timestamp) -> Timestamp {
        let line = self.behind.map_or(last, |behind| behind.at(clock));
        let now = line.max(last).max(self.latest.unwrap_or(last));
        if clock >= now {
            *self = Flow::default();
            return clock;
        }
        // One that was set back once more is read for the first time again.
        if self.behind.is_none_or(|behind| clock < behind.clock) {
            self.behind = Some(Behind { clock, now });
        }
        self.latest = Some(now);
        now
    }
}

/// The same for everybody who asks at once. Where the clock is ahead, as it nearly always is, nobody takes a lock.
#[derive(Debug, Default)]
pub(in crate::engine) struct SharedFlow {
    flow: Mutex<Flow>,
    lies_behind: AtomicBool,
}

impl SharedFlow {
    /// As for [`Flow::now`].
    #[inline]
    pub(in crate::engine) fn now(&self, clock: Timestamp, last: Timestamp) -> Timestamp {
        if clock >= last && !self.lies_behind.load(Ordering::Acquire) { clock } else { self.now_behind(clock, last) }
    }

    #[cold]
    fn now_behind(&self, clock: Timestamp, last: Timestamp) -> Timestamp {
        let mut flow = self.flow();
        let now = flow.now(clock, last);
        self.lies_behind.store(flow.behind.is_some(), Ordering::Release);
        now
    }

    /// As for [`Flow::behind`].
    pub(in crate::engine) fn behind(&self) -> Option<Behind> {
        self.flow().behind()
    }

    /// As for [`Flow::noted`].
    pub(in crate::engine) fn restore(&self, behind: Option<Behind>) {
        let mut flow = self.flow();
        *flow = Flow::noted(behind);
        self.lies_behind.store(behind.is_some(), Ordering::Release);
    }

    fn flow(&self) -> MutexGuard<'_, Flow> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Behind {
    fn at(self, clock: Timestamp) -> Timestamp {
        let gone = clock.as_micros().saturating_sub(self.clock.as_micros()).max(0);
        Timestamp::from_micros(self.now.as_micros().saturating_add(gone / 2))
    }
}

/// The remark on a clock that is behind what counts as now by more than the pace of commits.
pub(in crate::engine) fn told(clock: Timestamp, now: Timestamp) -> Option<ClockBehind> {
    let apart = now.as_micros().saturating_sub(clock.as_micros());
    (apart >= TOLD_MICROS_MIN).then_some(ClockBehind { clock, now })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn behind_the_log_now_goes_on_at_half_pace_until_the_clock_has_caught_up() {
        let mut flow = Flow::default();
        assert_eq!(flow.now(at(50), at(10)), at(50), "the clock is ahead");
        let seen: Vec<_> = [0, 20, 40, 100, 199, 200, 201].map(|clock| flow.now(at(clock), at(100))).to_vec();
        assert_eq!(seen[..4], [at(100), at(110), at(120), at(150)]);
        assert_eq!(seen[4..], [Timestamp::from_micros(199_500_000), at(200), at(201)]);
        assert_eq!(flow.behind(), None, "it has caught up");
        // What is committed meanwhile is on the same line.
        let mut flow = Flow::default();
        flow.now(at(0), at(100));
        assert_eq!(flow.now(at(20), at(110)), at(110));
        assert_eq!(flow.now(at(40), at(110)), at(120));
    }

    #[test]
    fn after_a_restart_it_goes_on_from_the_first_reading_that_was_noted() {
        let mut flow = Flow::default();
        flow.now(at(0), at(100));
        flow.now(at(20), at(100));
        let mut again = Flow::noted(flow.behind());
        assert_eq!(again.now(at(60), at(105)), at(130));
    }

    #[test]
    fn whoever_takes_no_lock_is_told_the_same() {
        let (shared, mut alone) = (SharedFlow::default(), Flow::default());
        let readings = [(50, 10), (0, 100), (20, 110), (150, 110), (155, 110), (160, 155), (159, 160), (170, 160)];
        for (clock, last) in readings {
            assert_eq!(shared.now(at(clock), at(last)), alone.now(at(clock), at(last)), "{clock} {last}");
            assert_eq!(shared.behind(), alone.behind(), "{clock} {last}");
        }
        shared.restore(Some(Behind { clock: at(0), now: at(400) }));
        assert_eq!(
            shared.now(at(300), at(200)),
            at(550),
            "the clock is ahead of the log, and behind what counted as now"
        );
    }

    proptest! {
        #[test]
        fn while_the_clock_lies_behind_now_never_goes_back_whatever_it_does(steps in proptest::collection::vec((0_i64..1_000, 0_i64..400), 1..40)) {
            let (mut flow, mut last, mut before) = (Flow::default(), at(0), None);
            for (clock, committed) in steps {
                // An event may be of any time up to now, as one of an import, or of now itself.
                let now = flow.now(at(clock), last);
                prop_assert!(now >= last && now >= at(clock));
                if let Some(before) = before {
                    prop_assert!(now >= before, "{now} after {before}");
                }
                last = last.max(at(committed).min(now));
                before = flow.behind().map(|_| now);
            }
        }
    }
}
