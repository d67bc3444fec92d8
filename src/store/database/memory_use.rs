//! What a database holds in memory.
//!
//! INVARIANT: it is asked of the database; nothing is read or estimated here. Absent on purpose: what the system caches
//! of its files.

use crate::seams::DatabaseMemory;
use fjall::{AbstractTree, Database, DatabaseBuilder, Keyspace};

/// Of a database with all its keyspaces.
pub(in crate::store) fn of(database: &Database, keyspaces: &[&Keyspace]) -> DatabaseMemory {
    let pinned = |keyspace: &&Keyspace| keyspace.tree.pinned_filter_size() + keyspace.tree.pinned_block_index_size();
    let pinned = keyspaces.iter().map(pinned).sum::<usize>() as u64;
    DatabaseMemory { cache_bytes: database.cache_size(), table_bytes: pinned + database.write_buffer_size() }
}

/// How many blocks of its files a database keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cache {
    /// As many as it does by itself: 32 MiB.
    #[default]
    Usual,
    /// So many bytes.
    Bytes(u64),
}

impl Cache {
    pub(in crate::store) fn of(self, builder: DatabaseBuilder<Database>) -> DatabaseBuilder<Database> {
        match self {
            Cache::Usual => builder,
            Cache::Bytes(bytes) => builder.cache_size(bytes),
        }
    }
}
