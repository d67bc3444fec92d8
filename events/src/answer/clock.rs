//! That the clock lies behind the log: the last event bears a later time than the clock shows.
//!
//! Then now goes on from the time of the last event at half the pace of the clock, until the clock has caught up
//! (`semantics.md` section 7). Absent on purpose: whose fault that is.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A clock that is behind the log: its reading, and the time that counts as now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockBehind {
    /// What the clock shows.
    pub clock: Timestamp,
    /// What counts as now.
    pub now: Timestamp,
}

impl fmt::Display for ClockBehind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ClockBehind { clock, now } = self;
        write!(
            f,
            "the clock shows {clock}, which lies before the last event: now counts as {now}, and goes on at half the pace \
             of the clock until that has caught up; windows are compared with it"
        )
    }
}
