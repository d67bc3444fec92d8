//! Keeping the views: checkpoints, eviction, recovery and rebuilds.
//!
//! `saved_views` compares what is saved with a fold. `recovery` loads what was saved and replays the rest;
//! `checkpointer` saves while the writer runs; `evictor` keeps memory within its bound; `dedup` finds the ids of
//! commands that are no longer in memory; `rebuild` makes the views anew and compares them. INVARIANT: the log alone is
//! the truth, and everything here can be made again from it. Absent on purpose: questions and commands.

pub(in crate::engine) mod checkpointer;
pub(in crate::engine) mod dedup;
pub(in crate::engine) mod evictor;
pub(in crate::engine) mod memory_bound;
pub(in crate::engine) mod rebuild;
pub(in crate::engine) mod rebuild_control;
pub(in crate::engine) mod recovery;
pub(in crate::engine) mod saved_views;
