//! What of an organization cannot leave memory, as it was last counted.
//!
//! INVARIANT: it is counted once for each checkpoint, not for each look. Absent on purpose: what leaves, and when
//! ([`crate::engine::keep::evictor`]).

use caseward_events::Position;
use std::sync::atomic::{AtomicU64, Ordering};

/// What cannot leave, as it was counted at the last checkpoint.
#[derive(Debug, Default)]
pub(in crate::engine) struct Floor {
    bytes: AtomicU64,
    /// The position of that checkpoint, and one: 0 before the first count.
    counted: AtomicU64,
}

impl Floor {
    pub(in crate::engine) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Notes what was counted at a checkpoint.
    pub(in crate::engine) fn set(&self, checkpoint: Position, bytes: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
        self.counted.store(checkpoint.0 + 1, Ordering::Relaxed);
    }

    /// Whether it was counted at this checkpoint.
    pub(in crate::engine) fn is_of(&self, checkpoint: Position) -> bool {
        self.counted.load(Ordering::Relaxed) == checkpoint.0 + 1
    }
}
