//! Something that takes long and was started over HTTP: a rebuild, a backup or a verification, as whoever watches it sees it.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunAnswer<P, O> {
    /// Its number: later ones are higher, after a restart too.
    pub id: u64,
    /// How far it is.
    pub state: RunState,
    /// Who started it, as logs name callers.
    pub by: String,
    /// When it was started.
    pub begun: Timestamp,
    /// When it ended; none while it goes on.
    pub ended: Option<Timestamp>,
    /// What it has done so far; none before it has done anything.
    pub progress: Option<P>,
    /// What the verb prints; none while it goes on, and where it failed.
    pub outcome: Option<O>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Value>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// It goes on.
    Running,
    /// It was told to end, and has not yet.
    Ending,
    /// It came to its end, which `outcome` tells.
    Done,
    /// It was ended before, by whoever cancelled it or by the end of the service.
    Cancelled,
    /// It failed, which `problem` tells.
    Failed,
}
