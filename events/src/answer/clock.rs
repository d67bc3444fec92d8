//! What is told of a clock that cannot simply be followed.
//!
//! It may lie behind the log: the last event bears a later time than the clock shows. Then now goes on from the time of the
//! last event at half the pace of the clock, until the clock has caught up (`semantics.md` section 7). Or it jumped ahead,
//! and nobody has said yet that it is right. Absent on purpose: whose fault that is.

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

/// That the clock is not believed, so that no command is taken before an operator says that it is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockInDoubt {
    /// Why.
    pub cause: ClockDoubt,
    /// What the clock shows; of one that jumped before the store was opened, what it showed then.
    pub clock: Timestamp,
    /// What it would show by the time gone by; of one that was not read for long, the last reading.
    pub expected: Timestamp,
}

/// Why a clock is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockDoubt {
    /// It left the time gone by, forward.
    Jumped,
    /// It stands long after its last reading, and nothing can be seen that keeps it right.
    NotKeptRight,
    /// Its time lies outside the years 0000 to 9999.
    Unwritable,
}

impl fmt::Display for ClockInDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ClockInDoubt { cause, clock, expected } = self;
        match cause {
            ClockDoubt::Jumped => write!(f, "the clock jumped ahead to {clock}, where {expected} was due"),
            ClockDoubt::NotKeptRight => write!(
                f,
                "the clock shows {clock}, more than 31 days after it was last read here, at {expected}, and nothing can be \
                 seen that keeps it right"
            ),
            ClockDoubt::Unwritable => write!(f, "the clock shows a time outside the years 0000 to 9999"),
        }
    }
}
