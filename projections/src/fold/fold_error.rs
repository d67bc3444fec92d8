//! Why an event cannot be folded: the log is not what an engine wrote.

use crate::tables::case_access::residency::RowsMissing;
use caseward_events::{Position, Stream, Timestamp};

/// An event that does not fit those before it: the log is not what an engine wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// A position is missing or comes twice.
    #[error("event {found} stands where event {expected} must")]
    Gap {
        /// The next position.
        expected: Position,
        /// The one that came.
        found: Position,
    },
    /// A stream's events are not counted up by one.
    #[error("event {position} is number {found} of `{stream}`, which has {known}")]
    StreamVersion {
        /// Where.
        position: Position,
        /// Which stream.
        stream: Stream,
        /// How many events it had.
        known: u64,
        /// What the event says.
        found: u64,
    },
    /// Time goes back.
    #[error("event {position} bears {found}, before the event in front of it ({last})")]
    TimeGoesBack {
        /// Where.
        position: Position,
        /// The time in front of it.
        last: Timestamp,
        /// Its own.
        found: Timestamp,
    },
    /// It names what no event made.
    #[error("event {position} names `{what}`, which does not exist")]
    Unknown {
        /// Where.
        position: Position,
        /// What.
        what: String,
    },
    /// It makes what there is already.
    #[error("event {position} makes `{what}` a second time")]
    MadeTwice {
        /// Where.
        position: Position,
        /// What.
        what: String,
    },
    /// Nothing is wrong: what it changes has left memory. Nothing of it was folded; put back what is missing, and fold it
    /// again.
    #[error("event {position} changes what has left memory: {rows}")]
    Missing {
        /// Where.
        position: Position,
        /// What.
        rows: RowsMissing,
    },
    /// Positions have run out.
    #[error("the log is full: position {0} is beyond the last one")]
    Full(Position),
}

impl FoldError {
    /// The first position that is not as it must be.
    #[must_use]
    pub fn position(&self) -> Position {
        match self {
            FoldError::Gap { expected: position, .. }
            | FoldError::StreamVersion { position, .. }
            | FoldError::TimeGoesBack { position, .. }
            | FoldError::Unknown { position, .. }
            | FoldError::MadeTwice { position, .. }
            | FoldError::Missing { position, .. }
            | FoldError::Full(position) => *position,
        }
    }
}
