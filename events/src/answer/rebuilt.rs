//! The answer to `rebuild`: how it ended, and for each projection what differs from what was served.

use super::HistoryEntry;
use crate::recorded::Position;
use serde::{Deserialize, Serialize};

/// A rebuild that has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RebuildAnswer {
    /// How.
    pub outcome: RebuildOutcome,
    /// The generation that it made.
    pub generation: u32,
    /// Where the two were compared; how far it was folded, where they were not.
    pub position: Position,
    /// From where on it folded.
    pub from: Position,
    /// How long folding took.
    pub seconds: f64,
    /// How fast it folded.
    pub events_per_second: u64,
    /// Those that were asked for, and others that stood in their way.
    pub projections: Vec<RebuiltProjection>,
    /// Of all projections.
    pub rows_that_differ: u64,
    /// Projections that differ and were not asked for, by name.
    pub others: Vec<String>,
    /// Why what was made is not saved.
    pub not_saved: Option<String>,
}

/// How a rebuild ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RebuildOutcome {
    /// What was made is served.
    Swapped,
    /// It differs, and is kept for whoever accepts it.
    Refused,
    /// It goes on from there the next time.
    Stopped,
    /// Nothing of it is left.
    Cancelled,
}

/// One projection: a line of `--output jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RebuiltProjection {
    /// Its name.
    pub projection: String,
    /// Whether nothing differs.
    pub equal: bool,
    /// What does.
    pub differences: Vec<RowDifference>,
    /// Where that was compared.
    pub position: Position,
}

/// Something that views hold otherwise than the log says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowDifference {
    /// Of what.
    pub of: String,
    /// What was served.
    pub live: String,
    /// What the log says.
    pub rebuilt: String,
    /// The events that decide it.
    pub positions: Vec<Position>,
    /// The same, as the log has them.
    pub events: Vec<DecidingEvent>,
}

/// An event that decides a difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DecidingEvent {
    /// As `history` has it.
    Known(Box<HistoryEntry>),
    /// The log has none there.
    Unknown {
        /// Where it would be.
        position: Position,
    },
}
