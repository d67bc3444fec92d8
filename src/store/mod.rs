//! The store: where the bytes of all events lie, and the only room that names the database.
//!
//! Two stores keep the promises of [`Storage`](crate::seams::Storage): [`FjallStore`] in a folder of its own, and
//! [`MemoryStore`], its twin for tests, which fails when told to.
//!
//! ```text
//! DIR/CASEWARD   the marker: `caseward store`, `format 1`, `signed`; written last, so a folder that has it is whole
//! DIR/LOCK       locked while a process has the store open, and saying which
//! DIR/KEYS       what reasons are sealed under
//! DIR/SIGNING    what tree heads are signed with (`crate::integrity::signing`)
//! DIR/HEAD       what was promised: position and root of each organization (`crate::integrity::head_note`)
//! DIR/ANCHOR     what lies in tables; disposable (`recovery::anchor`)
//! DIR/SUBTREES   roots of subtrees, from which proofs are made; disposable (`log::subtrees`)
//! DIR/cut-...    the end of a journal that was cut off after a crash or by a repair; kept for whoever asks
//! DIR/aside/     a copy of the database, while one is looked at that must not be touched; disposable
//! DIR/log/       fjall; one keyspace `log`: organization number and first position, big-endian -> row of events
//! DIR/reads/     who asked about whom (`reads`); apart from all else, and erasable
//! DIR/views/     fjall; checkpoints, disposable (`checkpoints`)
//! DIR/views.backed-up when a backup was last taken; disposable (`backed_up`)
//! DIR/views.verified  up to where the log was verified last; disposable (`verified`)
//! ```
//! INVARIANT: the positions of an organization are dense from 1 to its head, the head moves only after a sync, and
//! after a write that failed it never moves again. What lies above it is not read. Absent on purpose: what an event
//! says, who may read it, views. All bytes here are opaque. Read on in `recovery` (what an opening vouches for),
//! `append_gate` (which writes are taken), `log` (the store on disk), `row` (how events lie in a row), `folder` (what a
//! data directory is).

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod append_gate;
mod checkpoints;
mod closing;
mod database;
pub(crate) mod folder;
#[cfg(fuzzing)]
pub mod fuzzing;
mod journal;
pub(crate) mod keys;
mod last_backup;
mod log;
mod memory;
mod read_limit;
mod reads;
mod recovery;
pub(crate) mod replace_store;
pub(crate) mod row;
mod verified;

pub use self::checkpoints::FjallViews;
pub(crate) use self::closing::close_within;
pub use self::closing::{Closes, Closing, close};
pub use self::database::memory_use::Cache;
pub use self::folder::{Access, FORMAT, SOCKET, noted, started_for};
pub use self::last_backup::LastBackup;
pub use self::log::{FjallStore, Inspection, Salvage};
pub use self::memory::{Failure, Hold, MemoryStore, MemoryViews};
pub use self::reads::{KeepsReads, ReadsErased, ReadsHead, ReadsLog, ReadsVerified, hexadecimal};
pub use self::verified::Verified;
pub use crate::seams::EVENT_BYTES_MAX;
