//! Where in the log, and when, something is asked: a position in the 32 bits that views keep of it, and an instant.

use caseward_events::limits::POSITION_MAX;
use caseward_events::{Position, Timestamp};

/// A position in 32 bits, as views keep it; [`Pos32::LATEST`] lies after all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pos32(u32);

impl Pos32 {
    /// Before every event.
    pub const ZERO: Pos32 = Pos32(0);
    /// After every event.
    pub const LATEST: Pos32 = Pos32(u32::MAX);

    /// The position it stands for.
    #[must_use]
    pub fn position(self) -> Position {
        Position(u64::from(self.0))
    }

    /// The position it stands for, in its own bits.
    #[inline]
    pub(crate) fn number(self) -> u32 {
        self.0
    }

    /// How many places there are up to it.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    /// The place before this one.
    #[must_use]
    pub fn before(self) -> Pos32 {
        Pos32(self.0.saturating_sub(1))
    }
}

impl From<Position> for Pos32 {
    /// A position beyond the last possible one reads as that.
    fn from(position: Position) -> Pos32 {
        Pos32(u32::try_from(position.0.min(POSITION_MAX)).expect("the last possible position has 32 bits"))
    }
}

/// Where in the log, and at which instant, something is asked: windows are compared with `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// What has happened.
    pub place: Pos32,
    /// What time it is.
    pub at: Timestamp,
}

impl When {
    /// After everything that was folded.
    #[must_use]
    pub fn latest(at: Timestamp) -> When {
        When { place: Pos32::LATEST, at }
    }
}
