//! The database of the saved views: a pair of keyspaces for each generation, and one of notes.
//!
//! INVARIANT: every write is one batch. A shelf other than the first has keyspaces of its own, so that taking it away
//! costs nothing; its number is in their names. Absent on purpose: what is done where this fails.

use crate::seams::{DatabaseMemory, Generation, OrganizationNumber, Part, Shelf};
use crate::store::database::memory_use::{self, Cache};
use caseward_events::{CommandId, Position};
use fjall::config::{
    BlockSizePolicy, BloomConstructionPolicy, CompressionPolicy, FilterPolicy, FilterPolicyEntry, PartitioningPolicy,
    PinningPolicy,
};
use fjall::{CompressionType, Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

const ROWS: &str = "rows";
const IDS: &str = "ids";
const NOTES: &str = "notes";
/// Behind all tables.
const HEADER: u8 = u8::MAX;
const ROWS_BLOCK_BYTES: u32 = 64 << 10;
/// One fresh id in 300 costs a read for nothing.
const FILTER_BITS: f32 = 12.0;
/// Rows or ids taken away in one batch.
const CLEARED_TOGETHER: usize = 4_096;

/// The open database.
pub(super) struct Tables {
    database: Database,
    notes: Keyspace,
    shelves: BTreeMap<Generation, Pair>,
}

/// What one generation lies in.
#[derive(Clone)]
struct Pair {
    rows: Keyspace,
    ids: Keyspace,
}

impl Tables {
    /// Opens what is in a folder. What a later generation has of an organization without its header is taken away: its
    /// first saving was cut short.
    pub(super) fn at(folder: &Path, cache: Cache) -> Result<Tables, fjall::Error> {
        let builder = Database::builder(folder).journal_compression(CompressionType::None);
        let database = cache.of(builder).open()?;
        let notes = database.keyspace(NOTES, KeyspaceCreateOptions::default)?;
        let mut tables = Tables { database, notes, shelves: BTreeMap::new() };
        tables.make(Generation::FIRST)?;
        for name in tables.database.list_keyspace_names() {
            if let Some(generation) = generation_of(&name) {
                tables.make(generation)?;
            }
        }
        let later: Vec<_> = tables.shelves.keys().copied().filter(|one| *one != Generation::FIRST).collect();
        for generation in later {
            if tables.unfinished_in(generation)?.is_some() {
                tables.remove(generation)?;
            }
        }
        Ok(tables)
    }

    /// An organization that has rows or ids of the first generation and no header.
    pub(super) fn unfinished(&self) -> Result<Option<u32>, fjall::Error> {
        self.unfinished_in(Generation::FIRST)
    }

    fn unfinished_in(&self, generation: Generation) -> Result<Option<u32>, fjall::Error> {
        let Some(Pair { rows, ids }) = self.shelves.get(&generation) else { return Ok(None) };
        for keyspace in [rows, ids] {
            let mut from = Some(0_u32);
            while let Some(number) = from {
                let Some(guard) = keyspace.range(number.to_be_bytes()..).next() else { break };
                let key = guard.key()?;
                let Some((found, _)) = key.split_first_chunk() else { return Ok(Some(number)) };
                let found = u32::from_be_bytes(*found);
                if rows.get(header_key(OrganizationNumber(found)))?.is_none() {
                    return Ok(Some(found));
                }
                from = found.checked_add(1);
            }
        }
        Ok(None)
    }

    /// Makes the keyspaces of a generation, where they are not there.
    pub(super) fn make(&mut self, generation: Generation) -> Result<(), fjall::Error> {
        if self.shelves.contains_key(&generation) {
            return Ok(());
        }
        // Read from end to end at opening, hardly ever otherwise: few large blocks, and nothing to unpack.
        let rows = self.database.keyspace(&name(ROWS, generation), || {
            KeyspaceCreateOptions::default()
                .data_block_size_policy(BlockSizePolicy::all(ROWS_BLOCK_BYTES))
                .data_block_compression_policy(CompressionPolicy::disabled())
        })?;
        let ids = self.database.keyspace(&name(IDS, generation), || {
            let bits = FilterPolicyEntry::Bloom(BloomConstructionPolicy::BitsPerKey(FILTER_BITS));
            KeyspaceCreateOptions::default()
                .filter_policy(FilterPolicy::all(bits))
                .filter_block_pinning_policy(PinningPolicy::all(true))
                .filter_block_partitioning_policy(PartitioningPolicy::all(false))
                .index_block_pinning_policy(PinningPolicy::all(true))
                .index_block_partitioning_policy(PartitioningPolicy::all(false))
        })?;
        self.shelves.insert(generation, Pair { rows, ids });
        Ok(())
    }

    pub(super) fn has(&self, generation: Generation) -> bool {
        self.shelves.contains_key(&generation)
    }

    fn remove(&mut self, generation: Generation) -> Result<(), fjall::Error> {
        let Some(Pair { rows, ids }) = self.shelves.remove(&generation) else { return Ok(()) };
        // The rows last: without their header what is left is taken away at the next opening.
        self.database.delete_keyspace(ids)?;
        self.database.delete_keyspace(rows)
    }

    pub(super) fn write(&self, part: Part) -> Result<(), fjall::Error> {
        let Part { shelf, rows, ids, header } = part;
        let Some(pair) = self.shelves.get(&shelf.generation) else { return Ok(()) };
        let mut batch = self.database.batch().durability(header.is_some().then_some(PersistMode::SyncData));
        for row in rows {
            batch.insert(&pair.rows, row_key(shelf.organization, row.table, row.row), row.bytes);
        }
        for (id, position) in ids {
            batch.insert(&pair.ids, id_key(shelf.organization, &id), position.0.to_le_bytes());
        }
        if let Some(header) = header {
            batch.insert(&pair.rows, header_key(shelf.organization), header);
        }
        batch.commit()
    }

    pub(super) fn header(&self, shelf: Shelf) -> Result<Option<Vec<u8>>, fjall::Error> {
        let Some(pair) = self.shelves.get(&shelf.generation) else { return Ok(None) };
        Ok(pair.rows.get(header_key(shelf.organization))?.map(|header| header.to_vec()))
    }

    pub(super) fn rows(
        &self,
        shelf: Shelf,
        table: u8,
        rows: Range<u32>,
        visit: &mut dyn FnMut(u32, &[u8]) -> bool,
    ) -> Result<(), fjall::Error> {
        let Some(pair) = self.shelves.get(&shelf.generation) else { return Ok(()) };
        let range = row_key(shelf.organization, table, rows.start)..row_key(shelf.organization, table, rows.end);
        for guard in pair.rows.range(range) {
            let (key, row) = guard.into_inner()?;
            let number = key.last_chunk().map_or(u32::MAX, |number| u32::from_be_bytes(*number));
            if !visit(number, &row) {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn find_id(&self, shelf: Shelf, id: &CommandId) -> Result<Option<Position>, fjall::Error> {
        let Some(pair) = self.shelves.get(&shelf.generation) else { return Ok(None) };
        Ok(pair.ids.get(id_key(shelf.organization, id))?.and_then(|bytes| position(&bytes)))
    }

    /// Of an id that does not read, nothing is shown: whoever compares misses it.
    pub(super) fn ids(&self, shelf: Shelf, visit: &mut dyn FnMut(&str, Position)) -> Result<(), fjall::Error> {
        let Some(pair) = self.shelves.get(&shelf.generation) else { return Ok(()) };
        for guard in pair.ids.prefix(shelf.organization.0.to_be_bytes()) {
            let (key, bytes) = guard.into_inner()?;
            let id = key.get(4..).and_then(|id| std::str::from_utf8(id).ok());
            if let Some((id, position)) = id.zip(position(&bytes)) {
                visit(id, position);
            }
        }
        Ok(())
    }

    pub(super) fn note(&self, organization: OrganizationNumber) -> Result<Option<Vec<u8>>, fjall::Error> {
        Ok(self.notes.get(organization.0.to_be_bytes())?.map(|note| note.to_vec()))
    }

    pub(super) fn write_note(&self, organization: OrganizationNumber, note: Vec<u8>) -> Result<(), fjall::Error> {
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncData));
        batch.insert(&self.notes, organization.0.to_be_bytes(), note);
        batch.commit()
    }

    /// The first generation is of all organizations, so that one has to be taken out of it; its header goes last.
    pub(super) fn clear(&mut self, shelf: Shelf) -> Result<(), fjall::Error> {
        if shelf.generation != Generation::FIRST {
            return self.remove(shelf.generation);
        }
        let Some(Pair { rows, ids }) = self.shelves.get(&shelf.generation) else { return Ok(()) };
        for keyspace in [ids, rows] {
            let mut keys = keyspace.prefix(shelf.organization.0.to_be_bytes()).map(fjall::Guard::key).peekable();
            while keys.peek().is_some() {
                let mut batch = self.database.batch();
                for key in keys.by_ref().take(CLEARED_TOGETHER) {
                    batch.remove(keyspace, key?);
                }
                batch.commit()?;
            }
        }
        Ok(())
    }

    pub(super) fn bytes_on_disk(&self, shelf: Shelf) -> u64 {
        self.shelves.get(&shelf.generation).map_or(0, |pair| pair.rows.disk_space() + pair.ids.disk_space())
    }

    /// Brings everything into tables; whether nothing is left in the journal.
    pub(super) fn flush(&self) -> Result<bool, fjall::Error> {
        for keyspace in self.keyspaces() {
            keyspace.rotate_memtable_and_wait()?;
        }
        // What was full before may still be on its way.
        Ok(self.keyspaces().all(|keyspace| keyspace.sealed_memtable_count() == 0))
    }

    pub(super) fn memory(&self) -> DatabaseMemory {
        memory_use::of(&self.database, &self.keyspaces().collect::<Vec<_>>())
    }

    fn keyspaces(&self) -> impl Iterator<Item = &Keyspace> {
        self.shelves.values().flat_map(|pair| [&pair.ids, &pair.rows]).chain([&self.notes])
    }
}

/// Those of the first generation have the names that they always had.
fn name(of: &str, generation: Generation) -> String {
    if generation == Generation::FIRST { of.to_owned() } else { format!("{of}-{generation}") }
}

fn generation_of(name: &str) -> Option<Generation> {
    let number = [ROWS, IDS].iter().find_map(|of| name.strip_prefix(of)?.strip_prefix('-'))?;
    number.parse().ok().map(Generation)
}

fn position(bytes: &[u8]) -> Option<Position> {
    Some(Position(u64::from_le_bytes(bytes.try_into().ok()?)))
}

fn row_key(organization: OrganizationNumber, table: u8, row: u32) -> [u8; 9] {
    let mut key = [0; 9];
    key[..4].copy_from_slice(&organization.0.to_be_bytes());
    key[4] = table;
    key[5..].copy_from_slice(&row.to_be_bytes());
    key
}

fn header_key(organization: OrganizationNumber) -> [u8; 9] {
    row_key(organization, HEADER, 0)
}

fn id_key(organization: OrganizationNumber, id: &CommandId) -> Vec<u8> {
    [&organization.0.to_be_bytes(), id.as_str().as_bytes()].concat()
}
