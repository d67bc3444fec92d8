//! The control of a running rebuild: pause, resume, stop, cancel, progress.

use caseward_events::Position;
use caseward_events::answer::{RebuildProgress, RebuildStep};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What the controller has asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::engine::keep) enum Wish {
    #[default]
    Go,
    Pause,
    Stop,
    Cancel,
}

#[derive(Debug, Default)]
struct State {
    wish: Wish,
    step: RebuildStep,
    from: Position,
    done: Position,
    head: Position,
    /// Folding, pauses left out.
    folding: Duration,
    last_error: Option<String>,
}

/// Controls a rebuild and shows its progress.
#[derive(Debug, Default)]
pub struct Control {
    state: Mutex<State>,
    changed: Condvar,
}

impl Control {
    /// Pauses the rebuild, with its progress in memory, until it is resumed.
    pub fn pause(&self) {
        self.want(|wish| if wish == Wish::Go { Wish::Pause } else { wish });
    }

    /// Resumes it.
    pub fn resume(&self) {
        self.want(|wish| if wish == Wish::Pause { Wish::Go } else { wish });
    }

    /// Stops it and saves its progress: the next rebuild continues from there.
    pub fn stop(&self) {
        self.want(|wish| if wish == Wish::Cancel { wish } else { Wish::Stop });
    }

    /// Cancels it and discards its progress.
    pub fn cancel(&self) {
        self.want(|_| Wish::Cancel);
    }

    /// Returns true if it was asked to end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        matches!(self.state().wish, Wish::Stop | Wish::Cancel)
    }

    /// Its progress.
    #[must_use]
    pub fn progress(&self) -> RebuildProgress {
        let state = self.state();
        let State { wish, step, from, done, head, folding, last_error } = &*state;
        let folded = done.0.saturating_sub(from.0);
        let rate = per_second(folded, *folding);
        let left = head.0.saturating_sub(done.0);
        RebuildProgress {
            step: *step,
            paused: *wish == Wish::Pause,
            from: *from,
            done: *done,
            head: *head,
            events_per_second: rate,
            seconds_left: (rate > 0).then(|| left.div_ceil(rate)),
            last_error: last_error.clone(),
        }
    }

    fn want(&self, wish: impl FnOnce(Wish) -> Wish) {
        let mut state = self.state();
        state.wish = wish(state.wish);
        self.changed.notify_all();
    }

    /// What is wanted, once it is not to wait.
    pub(in crate::engine::keep) fn wish(&self) -> Wish {
        let mut state = self.state();
        while state.wish == Wish::Pause {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.wish
    }

    pub(in crate::engine::keep) fn begin(&self, from: Position, head: Position) {
        let mut state = self.state();
        (state.from, state.done, state.head) = (from, from, head);
    }

    pub(in crate::engine::keep) fn advance(&self, done: Position, since: Instant) {
        let mut state = self.state();
        state.done = done;
        state.folding += since.elapsed();
    }

    pub(in crate::engine::keep) fn enter(&self, step: RebuildStep) {
        self.state().step = step;
    }

    pub(in crate::engine::keep) fn failed(&self, error: String) {
        self.state().last_error = Some(error);
    }

    pub(in crate::engine::keep) fn folding(&self) -> Duration {
        self.state().folding
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nothing, where it took no time.
pub(in crate::engine::keep) fn per_second(events: u64, took: Duration) -> u64 {
    let rate = (u128::from(events) * 1_000_000).checked_div(took.as_micros()).unwrap_or(0);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_tells_the_time_left_and_nothing_else_undoes_a_cancel() {
        let control = Control::default();
        control.begin(Position(100), Position(1_100));
        assert_eq!(control.progress().seconds_left, None);
        control.advance(Position(600), Instant::now());
        control.state().folding = Duration::from_secs(2);
        let progress = control.progress();
        assert_eq!((progress.events_per_second, progress.seconds_left), (250, Some(2)));
        control.cancel();
        control.stop();
        control.pause();
        control.resume();
        assert_eq!(control.wish(), Wish::Cancel);
    }
}
