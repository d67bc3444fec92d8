//! What the clock of the operating system shows. Nothing else of this crate asks it for a date.
//!
//! INVARIANT: a clock before 1970 is no reason to panic. Absent on purpose: what follows from a clock that jumps.

use caseward_events::Timestamp;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Now.
pub(crate) fn now() -> Timestamp {
    since_epoch(SystemTime::now())
}

fn since_epoch(time: SystemTime) -> Timestamp {
    // Without a calendar in between, which every command would pay for.
    let micros = |apart: Duration| i64::try_from(apart.as_micros()).unwrap_or(i64::MAX);
    let since = time.duration_since(UNIX_EPOCH);
    Timestamp::from_micros(since.map_or_else(|before| -micros(before.duration()), micros))
}

/// For the name of a file: `20260301T090000.000000Z`, of whatever the clock shows.
#[must_use]
pub(crate) fn in_a_name(time: Timestamp) -> String {
    let kept = |c: &char| !['-', ':'].contains(c);
    time.to_string().chars().filter(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_before_1970_shows_a_time_and_names_files() {
        let before = since_epoch(UNIX_EPOCH - Duration::from_secs(3_600));
        assert_eq!(before.to_string(), "1969-12-31T23:00:00Z");
        assert_eq!(in_a_name(before), "19691231T230000Z");
        assert_eq!(since_epoch(UNIX_EPOCH), Timestamp::EPOCH);
    }
}
