//! The seam to durability: flushes, the note of the clock, memory of the database.
//!
//! Absent on purpose: saved views, which have a seam of their own ([`super::Checkpoints`]).

use super::error::StoreError;
use async_trait::async_trait;

/// What a database holds in memory, of all organizations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DatabaseMemory {
    /// Blocks of its files, which it may let go of.
    pub cache_bytes: u64,
    /// Filters and indexes of its tables, and what was written and lies in no table yet.
    pub table_bytes: u64,
}

/// Flushes a log, and reports the memory that its database uses.
#[async_trait]
pub trait Durability: Send + Sync + 'static {
    /// Brings all that was appended before the call to where it stays without a journal, and notes durably how far that
    /// is. It may take long, but no append waits for it. Whoever saves views calls it before those count. It blocks.
    async fn flush(&self) -> Result<(), StoreError>;

    /// The note of the clock; `None` if there is none or the store cannot keep one. It blocks.
    fn clock_note(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }

    /// Notes it durably, in the place of the note before. A store that is only read notes nothing. It blocks.
    async fn write_clock_note(&self, note: Vec<u8>) -> Result<(), StoreError> {
        drop(note);
        Ok(())
    }

    /// What the database holds in memory beside what the engine does.
    fn memory(&self) -> DatabaseMemory {
        DatabaseMemory::default()
    }
}
