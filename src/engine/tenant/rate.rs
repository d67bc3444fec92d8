//! The rate meter: how fast an organization grows, from samples of its head.
//!
//! INVARIANT: nothing is counted; a rate is two positions and the time between them. Absent on purpose: the timer.

use caseward_events::answer::Rate;
use caseward_events::{Position, Timestamp};
use std::collections::VecDeque;

/// Samples kept: at one a second, one minute and one more.
const BEATS_KEPT: usize = 61;
const MICROS: f64 = 1_000_000.0;

/// Samples of the head of one organization.
#[derive(Debug, Default)]
pub(in crate::engine) struct RateMeter {
    first: Option<(Timestamp, Position)>,
    last: VecDeque<(Timestamp, Position)>,
}

impl RateMeter {
    pub(in crate::engine) fn sample(&mut self, now: Timestamp, head: Position) {
        self.first.get_or_insert((now, head));
        if self.last.len() == BEATS_KEPT {
            self.last.pop_front();
        }
        self.last.push_back((now, head));
    }

    /// `None` before there are two samples.
    pub(in crate::engine) fn rate(&self) -> Option<Rate> {
        let (first, oldest, newest) = (self.first?, self.last.front()?, self.last.back()?);
        let since_start = between(first, *newest)?;
        let last_minute = between(*oldest, *newest)?;
        Some(Rate { last_minute, since_start: Some(since_start), heartbeat: Some(newest.0) })
    }

    pub(in crate::engine) fn last(&self) -> Option<Timestamp> {
        self.last.back().map(|(at, _)| *at)
    }
}

/// Events a second between two moments; none where no time has passed.
fn between((from, one): (Timestamp, Position), (to, other): (Timestamp, Position)) -> Option<f64> {
    let micros = to.as_micros() - from.as_micros();
    (micros > 0).then(|| rounded(other.0.saturating_sub(one.0) as f64 * MICROS / micros as f64))
}

/// Rounded to tenths.
pub(in crate::engine) fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_follow_from_positions_and_the_time_between_two_beats() {
        let mut rate_meter = RateMeter::default();
        let at = |second: i64| Timestamp::from_micros(second * 1_000_000);
        rate_meter.sample(at(0), Position(100));
        assert_eq!(rate_meter.rate(), None);
        for second in 1..=200 {
            // Ten events a second at first, then one.
            let events = if second <= 100 { second * 10 } else { 1_000 + (second - 100) };
            rate_meter.sample(at(second), Position(100 + events.unsigned_abs()));
        }
        let rate = rate_meter.rate().expect("it has beaten");
        assert_eq!((rate.last_minute, rate.since_start, rate.heartbeat), (1.0, Some(5.5), Some(at(200))));
    }
}
