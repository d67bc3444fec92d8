//! Checkpoints on disk, in a database of their own: disposable.
//!
//! ```text
//! DIR/views/         fjall; made with the first checkpoint
//!   rows             organization number, table, row number, big-endian -> the row; table 255: the header
//!   ids              organization number, id of a command -> position of its first event
//!   distrusted       why it is set aside at the next opening; where there is no such reason, it is not there
//!   settled          there while the journal holds nothing that the tables do not, so that an opening replays none of it
//! DIR/views.aside    the last one that could not be trusted; nothing reads it
//! ```
//! A fresh id costs no read: its filters, of 12 bits an id, and the index of the blocks stay in memory.
//!
//! INVARIANT: whatever is wrong with it is remarked, never a reason not to open the store. Absent on purpose: what the
//! bytes say, and whether they are of this log; the engine knows.

use super::fjall::{account, fault, held};
use super::journal;
use super::versions;
use crate::engine::store::{Checkpoints, DatabaseMemory, OrganizationNumber, Part, StoreError};
use caseward_events::{CommandId, Position};
use fjall::config::{
    BlockSizePolicy, BloomConstructionPolicy, CompressionPolicy, FilterPolicy, FilterPolicyEntry, PartitioningPolicy,
    PinningPolicy,
};
use fjall::{CompressionType, Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

const FOLDER: &str = "views";
const ASIDE: &str = "views.aside";
const DISTRUSTED: &str = "distrusted";
const SETTLED: &str = "settled";
const ROWS: &str = "rows";
const IDS: &str = "ids";
/// Behind all tables.
const HEADER: u8 = u8::MAX;
const ROWS_BLOCK_BYTES: u32 = 64 << 10;
/// One fresh id in 300 costs a read for nothing.
const FILTER_BITS: f32 = 12.0;

/// Keeps checkpoints below a data directory, which the caller has to itself.
pub struct FjallViews {
    folder: PathBuf,
    aside: PathBuf,
    open: RwLock<Option<Open>>,
    remarks: Mutex<Vec<String>>,
}

/// The database, where there is one.
struct Open {
    database: Database,
    rows: Keyspace,
    ids: Keyspace,
}

impl fmt::Debug for FjallViews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FjallViews").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl FjallViews {
    /// Opens what is below a data directory. What cannot be opened is set aside, and remarked.
    #[must_use]
    pub fn open(data: &Path) -> FjallViews {
        let views = FjallViews {
            folder: data.join(FOLDER),
            aside: data.join(ASIDE),
            open: RwLock::new(None),
            remarks: Mutex::default(),
        };
        if let Ok(why) = fs::read_to_string(views.folder.join(DISTRUSTED)) {
            views.set_aside(&why);
        } else if let Ok(Some(list)) = versions::spoiled(&views.folder) {
            views.set_aside(&format!("the list of tables that `{list}` tells of is not as it was written"));
        } else if views.folder.exists() {
            // A journal that stays is replayed, to no effect but time.
            let _ = empty_settled(&views.folder);
            match guarded(|| Open::at(&views.folder).and_then(|open| Ok((open.unfinished()?, open)))) {
                Ok((None, open)) => *views.open.write().unwrap_or_else(PoisonError::into_inner) = Some(open),
                Ok((Some(organization), open)) => {
                    drop(open);
                    views.set_aside(&format!("the first saving of organization {organization} was cut short"));
                }
                Err(why) => views.set_aside(&why),
            }
        }
        views
    }

    fn with<T>(&self, nothing: T, read: impl FnOnce(&Open) -> Result<T, fjall::Error>) -> Result<T, StoreError> {
        match &*self.open.read().unwrap_or_else(PoisonError::into_inner) {
            Some(open) => guarded(|| read(open)).map_err(|why| failed("read saved views", why)),
            None => Ok(nothing),
        }
    }

    fn remark(&self, remark: String) {
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner).push(remark);
    }

    fn move_aside(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.aside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        match fs::rename(&self.folder, &self.aside) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            moved => moved,
        }
    }
}

impl Open {
    fn at(folder: &Path) -> Result<Open, fjall::Error> {
        let database = Database::builder(folder).journal_compression(CompressionType::None).open()?;
        // Read from end to end at opening, hardly ever otherwise: few large blocks, and nothing to unpack.
        let rows = database.keyspace(ROWS, || {
            KeyspaceCreateOptions::default()
                .data_block_size_policy(BlockSizePolicy::all(ROWS_BLOCK_BYTES))
                .data_block_compression_policy(CompressionPolicy::disabled())
        })?;
        let ids = database.keyspace(IDS, || {
            let bits = FilterPolicyEntry::Bloom(BloomConstructionPolicy::BitsPerKey(FILTER_BITS));
            KeyspaceCreateOptions::default()
                .filter_policy(FilterPolicy::all(bits))
                .filter_block_pinning_policy(PinningPolicy::all(true))
                .filter_block_partitioning_policy(PartitioningPolicy::all(false))
                .index_block_pinning_policy(PinningPolicy::all(true))
                .index_block_partitioning_policy(PartitioningPolicy::all(false))
        })?;
        Ok(Open { database, rows, ids })
    }

    /// An organization that has rows or ids and no header.
    fn unfinished(&self) -> Result<Option<u32>, fjall::Error> {
        for keyspace in [&self.rows, &self.ids] {
            let mut from = Some(0_u32);
            while let Some(number) = from {
                let Some(guard) = keyspace.range(number.to_be_bytes()..).next() else { break };
                let key = guard.key()?;
                let Some((found, _)) = key.split_first_chunk() else { return Ok(Some(number)) };
                let found = u32::from_be_bytes(*found);
                if self.rows.get(header_key(OrganizationNumber(found)))?.is_none() {
                    return Ok(Some(found));
                }
                from = found.checked_add(1);
            }
        }
        Ok(None)
    }

    fn write(&self, part: Part) -> Result<(), fjall::Error> {
        let Part { organization, rows, ids, header } = part;
        let mut batch = self.database.batch().durability(header.is_some().then_some(PersistMode::SyncData));
        for row in rows {
            batch.insert(&self.rows, row_key(organization, row.table, row.row), row.bytes);
        }
        for (id, position) in ids {
            batch.insert(&self.ids, id_key(organization, &id), position.0.to_le_bytes());
        }
        if let Some(header) = header {
            batch.insert(&self.rows, header_key(organization), header);
        }
        batch.commit()
    }
}

impl Checkpoints for FjallViews {
    fn header(&self, organization: OrganizationNumber) -> Result<Option<Vec<u8>>, StoreError> {
        self.with(None, |open| Ok(open.rows.get(header_key(organization))?.map(|header| header.to_vec())))
    }

    fn rows(
        &self,
        organization: OrganizationNumber,
        table: u8,
        rows: Range<u32>,
        visit: &mut dyn FnMut(u32, &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        self.with((), |open| {
            let range = row_key(organization, table, rows.start)..row_key(organization, table, rows.end);
            for guard in open.rows.range(range) {
                let (key, row) = guard.into_inner()?;
                let number = key.last_chunk().map_or(u32::MAX, |number| u32::from_be_bytes(*number));
                if !visit(number, &row) {
                    break;
                }
            }
            Ok(())
        })
    }

    fn find_id(&self, organization: OrganizationNumber, id: &CommandId) -> Result<Option<Position>, StoreError> {
        self.with(None, |open| {
            let found = open.ids.get(id_key(organization, id))?;
            Ok(found.and_then(|bytes| Some(Position(u64::from_le_bytes((*bytes).try_into().ok()?)))))
        })
    }

    fn write(&self, part: Part) -> Result<(), StoreError> {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let failed = |why| failed("save views", why);
        if open.is_none() {
            *open = Some(guarded(|| Open::at(&self.folder)).map_err(failed)?);
        }
        drop(open);
        unsettle(&self.folder).map_err(|source| fault("save views", source))?;
        match &*self.open.read().unwrap_or_else(PoisonError::into_inner) {
            Some(open) => guarded(|| open.write(part)).map_err(failed),
            None => Ok(()),
        }
    }

    fn flush(&self) -> Result<(), StoreError> {
        let settled = self.with(false, |open| {
            open.ids.rotate_memtable_and_wait()?;
            open.rows.rotate_memtable_and_wait()?;
            // What was full before may still be on its way.
            Ok([&open.ids, &open.rows].iter().all(|keyspace| keyspace.sealed_memtable_count() == 0))
        })?;
        if settled {
            // Without it the next opening takes longer, and nothing else.
            let _ = fs::write(self.folder.join(SETTLED), []);
        }
        Ok(())
    }

    fn memory(&self) -> DatabaseMemory {
        let memory =
            self.with(DatabaseMemory::default(), |open| Ok(held::by(&open.database, &[&open.rows, &open.ids])));
        memory.unwrap_or_default()
    }

    fn set_aside(&self, why: &str) {
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = None;
        let (folder, aside) = (self.folder.display(), self.aside.display());
        match self.move_aside() {
            Ok(()) => self.remark(format!(
                "{why}; `{folder}` was moved to `{aside}`, which may be deleted, and the log is folded from its start"
            )),
            Err(error) => self.remark(format!("{why}; `{folder}` could not be moved away ({error}): delete it")),
        }
    }

    fn distrust(&self, why: &str) {
        // Where that fails, it is found damaged again the next time.
        let _ = fs::write(self.folder.join(DISTRUSTED), why);
    }

    fn remarks(&self) -> Vec<String> {
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Before something is written: from now on the journal counts, and no crash brings the mark back.
fn unsettle(folder: &Path) -> io::Result<()> {
    match fs::remove_file(folder.join(SETTLED)) {
        Ok(()) if cfg!(unix) => fs::File::open(folder)?.sync_all(),
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Empties the journal of a database that is closed, where the tables hold all of it.
fn empty_settled(folder: &Path) -> io::Result<()> {
    if !folder.join(SETTLED).is_file() {
        return Ok(());
    }
    let mut journals = Vec::new();
    for entry in fs::read_dir(folder)? {
        journals.push(entry?.path());
    }
    journals.retain(|path| journal::is_journal(path));
    // One that is sealed goes by itself, and the last file has to stay.
    if let [journal] = journals.as_slice() {
        fs::OpenOptions::new().write(true).open(journal)?.set_len(0)?;
    }
    Ok(())
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

fn failed(doing: &str, why: String) -> StoreError {
    fault(doing, io::Error::other(why))
}

/// On files that are damaged the database may panic, where it should say so.
fn guarded<T>(work: impl FnOnce() -> Result<T, fjall::Error>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error| account(&error)),
        Err(_) => Err("the database cannot make sense of its files".to_owned()),
    }
}
