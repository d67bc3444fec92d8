//! How long something takes, as counts by how long: what a histogram of OpenMetrics is.
//!
//! INVARIANT: to record is two atomic additions. The number of what was recorded is the sum of its counts, so that the two
//! never disagree, whoever records meanwhile.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Up to how many microseconds each count but the last goes: from a check in memory to a request that is given up.
const UP_TO_MICROS: [u64; 14] =
    [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 2_500_000, 10_000_000];

/// Counts by how long something took.
#[derive(Debug, Default)]
pub struct Histogram {
    counts: [AtomicU64; UP_TO_MICROS.len() + 1],
    nanos: AtomicU64,
}

/// What was recorded.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recorded {
    /// For each limit in seconds, how many took that long at most; of the last, `f64::INFINITY`, all.
    pub up_to: Vec<(f64, u64)>,
    /// All together, in seconds.
    pub sum: f64,
}

impl Histogram {
    /// Something took this long.
    pub fn record(&self, took: Duration) {
        let micros = took.as_micros();
        let place = UP_TO_MICROS.iter().position(|limit| micros <= u128::from(*limit)).unwrap_or(UP_TO_MICROS.len());
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        self.nanos.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// What was recorded up to now.
    #[must_use]
    pub fn recorded(&self) -> Recorded {
        let sum = Duration::from_nanos(self.nanos.load(Ordering::Relaxed)).as_secs_f64();
        let limits = UP_TO_MICROS.iter().map(|limit| Duration::from_micros(*limit).as_secs_f64());
        let mut all = 0;
        let up_to = limits.chain([f64::INFINITY]).zip(&self.counts).map(|(limit, count)| {
            all += count.load(Ordering::Relaxed);
            (limit, all)
        });
        Recorded { up_to: up_to.collect(), sum }
    }
}

impl Recorded {
    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.up_to.last().map_or(0, |(_, all)| *all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_counted_at_the_first_limit_that_holds_it_and_at_all_above() {
        let histogram = Histogram::default();
        for micros in [1, 50, 51, 3_000, 20_000_000] {
            histogram.record(Duration::from_micros(micros));
        }
        let recorded = histogram.recorded();
        let up_to = |limit: f64| recorded.up_to.iter().find(|(at, _)| *at == limit).expect("it is a limit").1;
        assert_eq!((up_to(0.000_05), up_to(0.000_1), up_to(0.002_5), up_to(0.005)), (2, 3, 3, 4));
        assert_eq!((up_to(10.0), up_to(f64::INFINITY), recorded.count()), (4, 5, 5));
        assert!((recorded.sum - 20.003_102).abs() < 1e-9, "{}", recorded.sum);
    }
}
