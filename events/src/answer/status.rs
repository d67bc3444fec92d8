//! The answer to `status`: how far an organization has come, how much there is, what of it is saved.
//!
//! Absent on purpose: what only the data directory tells (sizes, notes of the head), and memory, which is the process's.

use super::{ClockBehind, ClockInDoubt};
use crate::recorded::Position;
use crate::reference::OrganizationName;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The state of an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Its name.
    pub organization: OrganizationName,
    /// The last position. All projections stand there.
    pub head: Position,
    /// When that was recorded.
    pub last: Option<Timestamp>,
    /// Where the clock lies behind that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_behind: Option<ClockBehind>,
    /// Where the clock is not believed, so that no command is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_in_doubt: Option<ClockInDoubt>,
    /// How many there are of each kind.
    pub users: usize,
    /// Groups.
    pub groups: usize,
    /// Definitions.
    pub definitions: usize,
    /// Cases.
    pub cases: usize,
    /// Cases under restriction.
    pub restricted_cases: u32,
    /// Ids of commands that are remembered.
    pub command_ids: u64,
    /// Up to where the views are saved; 0 where they are not.
    pub checkpoint: Position,
    /// How far that is behind the head.
    pub lag: Lag,
    /// How fast it grows.
    pub rate: Rate,
    /// What failed last, in the background or when it was opened, and kept nothing from going on.
    pub last_error: Option<LastError>,
    /// Its saved views: what is served, what was, what is being made.
    pub generations: Vec<GenerationStatus>,
    /// The generation that each projection was last rebuilt in, by name.
    pub projections: BTreeMap<String, u32>,
    /// The rebuild that runs.
    pub rebuild: Option<RebuildProgress>,
}

/// How far a checkpoint is behind the head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lag {
    /// Events that an opening has to fold.
    pub events: u64,
    /// From the time of the last event that is saved to that of the last.
    pub seconds: f64,
}

/// How fast an organization grows, in events a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// Over the last minute: of the engine's clock while it runs, else of the log, up to its last event.
    pub last_minute: f64,
    /// Since the engine started; none in its first second.
    pub since_start: Option<f64>,
    /// When the engine was last seen alive; none where it has not run for a second.
    pub heartbeat: Option<Timestamp>,
}

/// Something that went wrong, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastError {
    /// By the engine's clock.
    pub at: Timestamp,
    /// What.
    pub error: String,
}

/// A generation of saved views.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationStatus {
    /// Its number.
    pub generation: u32,
    /// What it is for.
    pub state: GenerationState,
    /// Up to where it is saved.
    pub position: Position,
    /// When it was begun; not known of the first.
    pub begun: Option<Timestamp>,
    /// Seconds since then.
    pub age_seconds: Option<i64>,
    /// About what it takes on disk; the first one is of all organizations.
    pub bytes_on_disk: u64,
}

/// What a generation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GenerationState {
    /// What is served is saved there.
    Current,
    /// What was served before; it stays until it is dropped.
    Old,
    /// A rebuild makes it, was stopped, or was refused.
    BeingMade,
}

/// How far a rebuild is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebuildProgress {
    /// What it is doing.
    pub step: RebuildStep,
    /// Whether it waits to be resumed.
    pub paused: bool,
    /// From where on it folds.
    pub from: Position,
    /// Up to where it has folded.
    pub done: Position,
    /// Up to where it has to.
    pub head: Position,
    /// Events folded a second, since it began.
    pub events_per_second: u64,
    /// Seconds until it is folded, at that rate; none before there is one.
    pub seconds_left: Option<u64>,
    /// What went wrong last, and did not end it: a checkpoint on its way.
    pub last_error: Option<String>,
}

/// What a rebuild is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RebuildStep {
    /// It folds the log.
    #[default]
    Folding,
    /// It compares with the live views.
    Comparing,
    /// It saves what was made.
    Saving,
}
