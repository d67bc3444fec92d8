//! The store on disk. The only file that names fjall.
//!
//! A key is the organization's number and the first position of a row, both big-endian, so that the rows of an
//! organization lie side by side and in order; the value is the row.
//!
//! INVARIANT: a row is written once, in the one batch of its group, and never changed. Every read ends at the head, so
//! that it sees no group in part and needs no snapshot; it follows the rows from one to the next, and a gap between two
//! is [`StoreError::Corruption`]. Absent on purpose: a check of the whole log at open, which is for integrity.

use super::folder::{Access, Folder, Stage};
use super::keys::KeyFile;
use super::portion::Portion;
use super::row;
use super::tail::{Heads, Tail, last_position};
use crate::engine::store::{EventStore, Keyring, OrganizationNumber, Run, StoreError};
use async_trait::async_trait;
use caseward_events::Position;
use fjall::{CompressionType, Database, Guard, Keyspace, KeyspaceCreateOptions, LsmError, PersistMode, UserValue};
use std::fmt;
use std::io;
use std::path::Path;

const KEYSPACE: &str = "log";
/// A file that a fjall database has from the start. Where it is missing, fjall would make a new database.
const DATABASE_MARKER: &str = "version";
/// The journal is written in place, its length included in what this mode syncs.
const DURABILITY: PersistMode = PersistMode::SyncData;

/// Keeps events in a folder, which no other process can open at the same time.
///
/// Its calls block on the disk, also in the async functions of the trait: append from a thread that may wait.
pub struct FjallStore {
    log: Keyspace,
    database: Database,
    tail: Tail,
    keys: KeyFile,
    // Last, as fields are dropped in order: the lock goes when the database is closed.
    folder: Folder,
}

impl fmt::Debug for FjallStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FjallStore").field("folder", &self.folder).field("tail", &self.tail).finish_non_exhaustive()
    }
}

impl FjallStore {
    /// Opens the store at `path`, or makes it, if `access` says so and there is nothing.
    ///
    /// # Errors
    /// `Missing`, `NotAStore`, `NewerFormat` and `InUse` tell what is at the path; `Corruption` that the database does
    /// not open or the last row of an organization does not decode; `Fault` that the system does not let it.
    pub fn open(path: &Path, access: Access) -> Result<Self, StoreError> {
        let mut folder = Folder::open(path, access)?;
        let database = open_database(&folder)?;
        let log = database.keyspace(KEYSPACE, KeyspaceCreateOptions::default).map_err(opening)?;
        let tail = Tail::new(heads(&log)?);
        let keys = match folder.stage() {
            Stage::New => KeyFile::create(&folder.keys())?,
            Stage::Whole => KeyFile::open(&folder.keys())?,
        };
        folder.finish()?;
        Ok(FjallStore { log, database, tail, keys, folder })
    }

    /// All rows in one batch: written, synced and visible together.
    fn write(&self, group: &[Run]) -> Result<(), StoreError> {
        let mut batch = self.database.batch().durability(Some(DURABILITY));
        for run in group {
            for row in row::split(&run.events) {
                let first = Position(run.first.0 + row.start as u64);
                batch.insert(&self.log, key(run.organization, first), row::encode(&run.events, row));
            }
        }
        batch.commit().map_err(writing)
    }

    fn read_rows(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut events = Vec::new();
        self.scan_rows(organization, from, bytes_max, &mut |event| events.push(event.to_vec()))?;
        Ok(events)
    }

    fn scan_rows(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
        visit: &mut (dyn for<'a> FnMut(&'a [u8]) + Send),
    ) -> Result<(), StoreError> {
        let head = self.tail.head(organization);
        let from = from.max(Position::ZERO.next());
        let mut portion = Portion::new(bytes_max, visit);
        if from > head {
            return Ok(());
        }
        let mut next = self.start_of_row_with(organization, from)?;
        for guard in self.log.range(key(organization, next)..=key(organization, head)) {
            let row = Row::load(guard)?;
            if row.first != next {
                return Err(gap(organization, next));
            }
            for event in row.events()? {
                if next >= from && !portion.take(event) {
                    return Ok(());
                }
                next = next.next();
            }
        }
        if next > head { Ok(()) } else { Err(gap(organization, next)) }
    }

    /// The first position of the last row that begins at or before `position`.
    fn start_of_row_with(&self, organization: OrganizationNumber, position: Position) -> Result<Position, StoreError> {
        let before = key(organization, Position::ZERO)..=key(organization, position);
        let guard = self.log.range(before).next_back().ok_or_else(|| gap(organization, Position::ZERO.next()))?;
        Ok(parse_key(&guard.key().map_err(reading)?)?.1)
    }
}

#[async_trait]
impl EventStore for FjallStore {
    async fn append(&self, group: Vec<Run>) -> Result<(), StoreError> {
        self.tail.append(&group, || self.write(&group))
    }

    async fn read(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        self.read_rows(organization, from, bytes_max)
    }

    async fn scan(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
        visit: &mut (dyn for<'a> FnMut(&'a [u8]) + Send),
    ) -> Result<(), StoreError> {
        self.scan_rows(organization, from, bytes_max, visit)
    }

    async fn head(&self, organization: OrganizationNumber) -> Result<Position, StoreError> {
        Ok(self.tail.head(organization))
    }

    fn keyring(&self) -> &dyn Keyring {
        &self.keys
    }
}

/// A row as it is stored.
struct Row {
    organization: OrganizationNumber,
    first: Position,
    value: UserValue,
}

impl Row {
    fn load(guard: Guard) -> Result<Self, StoreError> {
        let (key, value) = guard.into_inner().map_err(reading)?;
        let (organization, first) = parse_key(&key)?;
        Ok(Row { organization, first, value })
    }

    fn events(&self) -> Result<Vec<&[u8]>, StoreError> {
        row::decode(&self.value).map_err(|damage| self.corruption(&damage))
    }

    fn last(&self) -> Result<Position, StoreError> {
        let count = self.events()?.len();
        last_position(self.first, count).ok_or_else(|| self.corruption(&"it goes beyond the last position"))
    }

    fn corruption(&self, why: &dyn fmt::Display) -> StoreError {
        let Row { organization, first, .. } = self;
        StoreError::Corruption(format!("the row at position {first} of organization {organization}: {why}"))
    }
}

/// Opens the database, or makes it in a new folder, and only there: fjall itself takes one without its files for new.
fn open_database(folder: &Folder) -> Result<Database, StoreError> {
    let path = folder.log();
    let whole = folder.stage() == Stage::Whole;
    if whole && !path.join(DATABASE_MARKER).is_file() {
        return Err(StoreError::Corruption(format!("there is no database at `{}`", path.display())));
    }
    // Uncompressed, since fjall checks a journal by compressing it again: another release of the compressor may do that
    // differently, and what was promised would no longer open.
    let builder = Database::builder(&path).journal_compression(CompressionType::None);
    let database = builder.open().map_err(opening)?;
    if whole && !database.keyspace_exists(KEYSPACE) {
        return Err(StoreError::Corruption(format!("the database at `{}` has no log", path.display())));
    }
    Ok(database)
}

/// The head of every organization, found from the last row down: before the first row of one lies the last of another.
fn heads(log: &Keyspace) -> Result<Heads, StoreError> {
    let mut heads = Heads::new();
    let mut last_row = log.last_key_value();
    while let Some(guard) = last_row {
        let row = Row::load(guard)?;
        heads.insert(row.organization, row.last()?);
        last_row = log.range(..key(row.organization, Position::ZERO)).next_back();
    }
    Ok(heads)
}

fn key(organization: OrganizationNumber, first: Position) -> [u8; 12] {
    let mut key = [0; 12];
    let (number, position) = key.split_at_mut(size_of::<u32>());
    number.copy_from_slice(&organization.0.to_be_bytes());
    position.copy_from_slice(&first.0.to_be_bytes());
    key
}

fn parse_key(key: &[u8]) -> Result<(OrganizationNumber, Position), StoreError> {
    let parse = || {
        let (number, position) = key.split_first_chunk()?;
        let first = u64::from_be_bytes(position.try_into().ok()?);
        Some((OrganizationNumber(u32::from_be_bytes(*number)), Position(first)))
    };
    parse().ok_or_else(|| StoreError::Corruption(format!("a key of the log has {} bytes", key.len())))
}

fn gap(organization: OrganizationNumber, next: Position) -> StoreError {
    StoreError::Corruption(format!("no row of organization {organization} begins at position {next}, where one must"))
}

fn writing(error: fjall::Error) -> StoreError {
    match error {
        fjall::Error::Poisoned => StoreError::Poisoned("the database could not write in the background".to_owned()),
        fjall::Error::Io(source) | fjall::Error::Storage(LsmError::Io(source)) => fault("write the log", source),
        other => fault("write the log", io::Error::other(account(&other))),
    }
}

fn opening(error: fjall::Error) -> StoreError {
    sort("open the log", error)
}

fn reading(error: fjall::Error) -> StoreError {
    sort("read the log", error)
}

/// Tells a disk that does not answer, which is a fault, from one that answers with something else.
fn sort(doing: &str, error: fjall::Error) -> StoreError {
    match error {
        fjall::Error::Locked => fault(doing, io::Error::other("another program has the database open")),
        fjall::Error::Io(source) | fjall::Error::Storage(LsmError::Io(source)) if !tells_damage(&source) => {
            fault(doing, source)
        }
        damaged => StoreError::Corruption(format!("cannot {doing}: {}", account(&damaged))),
    }
}

/// A file of the database that is missing, too short or senseless.
fn tells_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData)
}

fn fault(doing: &str, source: io::Error) -> StoreError {
    StoreError::Fault { doing: doing.to_owned(), source: Box::new(source) }
}

/// What fjall itself prints in its debug form.
fn account(error: &fjall::Error) -> String {
    match error {
        fjall::Error::Io(error) | fjall::Error::Storage(LsmError::Io(error)) => error.to_string(),
        fjall::Error::JournalRecovery(_) => "a batch of its journal is not as it was written".to_owned(),
        fjall::Error::Storage(LsmError::ChecksumMismatch { .. }) => "a block of a table fails its checksum".to_owned(),
        fjall::Error::InvalidVersion(_) => "it is of another version of the database".to_owned(),
        fjall::Error::Unrecoverable | fjall::Error::Storage(LsmError::Unrecoverable) => "files are missing".to_owned(),
        fjall::Error::KeyspaceDeleted => "it was deleted".to_owned(),
        _ => "its bytes do not decode".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    const ONE: OrganizationNumber = OrganizationNumber(1);

    fn three() -> Vec<u8> {
        row::encode(&["a", "b", "c"].into_iter().collect(), 0..3)
    }

    /// A store with these rows, whatever they say, closed and opened again.
    fn with_rows(rows: &[(&[u8], Vec<u8>)]) -> (TempDir, Result<FjallStore, StoreError>) {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let store = FjallStore::open(folder.path(), Access::Create).expect("a new one opens");
        for (key, value) in rows {
            store.log.insert(*key, value).expect("it takes a row");
        }
        drop(store);
        let store = FjallStore::open(folder.path(), Access::Existing);
        (folder, store)
    }

    fn assert_corrupt<T: fmt::Debug>(answer: Result<T, StoreError>, part: &str) {
        match answer {
            Err(StoreError::Corruption(why)) => assert!(why.contains(part), "{why}"),
            other => panic!("not damaged: {other:?}"),
        }
    }

    #[test]
    fn keys_sort_by_number_then_position_and_parse() {
        let parsed = parse_key(&key(OrganizationNumber(7), Position(258))).expect("it is a key");
        assert_eq!(parsed, (OrganizationNumber(7), Position(258)));
        assert!(key(ONE, Position(256)) > key(ONE, Position(2)));
        assert!(key(OrganizationNumber(256), Position(1)) > key(OrganizationNumber(2), Position(9)));
    }

    #[test]
    fn heads_are_those_of_the_last_rows() {
        let numbers = [0, 1, 2, 255, 256, u32::MAX];
        let keys = numbers.map(|number| [1, 4].map(|first| key(OrganizationNumber(number), Position(first))));
        let rows: Vec<(&[u8], Vec<u8>)> = keys.iter().flatten().map(|key| (key.as_slice(), three())).collect();
        let (_folder, store) = with_rows(&rows);
        let store = store.expect("they are all good");
        for number in numbers {
            assert_eq!(store.tail.head(OrganizationNumber(number)), Position(6), "{number}");
        }
        assert_eq!(store.tail.head(OrganizationNumber(3)), Position(0));
    }

    #[test]
    fn a_last_row_that_does_not_decode_keeps_the_store_from_opening() {
        let mut cut = three();
        cut.pop();
        for (first, row, part) in [
            (1, cut, "the row at position 1 of organization 1: a row cut short"),
            (1, Vec::new(), "cut short"),
            (0, three(), "beyond"),
            (u64::MAX, three(), "beyond"),
        ] {
            let (_folder, store) = with_rows(&[(&key(ONE, Position(first)), row)]);
            assert_corrupt(store, part);
        }
        let (_folder, store) = with_rows(&[(b"thirteenbytes", three())]);
        assert_corrupt(store, "13 bytes");
    }

    #[test]
    fn a_gap_or_an_overlap_between_rows_is_told_where_it_is() {
        let at = |first| key(ONE, Position(first));
        let (_folder, store) = with_rows(&[(&at(1), three()), (&at(7), three()), (&at(9), three())]);
        let store = store.expect("the last row is good");
        assert_eq!(store.read_rows(ONE, Position(1), 2).expect("so far it is whole").len(), 2);
        assert_corrupt(store.read_rows(ONE, Position(1), 100), "position 4");
        assert_corrupt(store.read_rows(ONE, Position(5), 100), "position 4");
        assert_corrupt(store.read_rows(ONE, Position(7), 100), "position 10");
        assert_eq!(store.read_rows(ONE, Position(9), 100).expect("the last row is good").len(), 3);
    }

    #[test]
    fn a_log_without_its_start_is_told() {
        let (_folder, store) =
            with_rows(&[(&key(OrganizationNumber(0), Position(1)), three()), (&key(ONE, Position(4)), three())]);
        let store = store.expect("the last rows are good");
        assert_corrupt(store.read_rows(ONE, Position(1), 100), "position 1");
        assert_eq!(store.read_rows(ONE, Position(5), 100).expect("from there on it is whole").len(), 2);
    }

    #[test]
    fn a_damaged_row_spoils_what_reads_it_and_nothing_else() {
        let at = |first| key(ONE, Position(first));
        let (_folder, store) = with_rows(&[(&at(1), three()), (&at(4), vec![9; 30]), (&at(7), three())]);
        let store = store.expect("the last row is good");
        assert_corrupt(store.read_rows(ONE, Position(1), 100), "position 4 of organization 1: a row of format 9");
        assert_eq!(store.read_rows(ONE, Position(7), 100).expect("that row is good").len(), 3);
    }

    #[test]
    fn a_store_without_its_database_is_not_made_anew() {
        for gone in ["log", "log/version", "log/keyspaces/0"] {
            let (folder, store) = with_rows(&[(&key(ONE, Position(1)), three())]);
            drop(store);
            let gone_path = folder.path().join(gone);
            if gone_path.is_dir() {
                std::fs::remove_dir_all(gone_path).expect("it was there");
            } else {
                std::fs::remove_file(gone_path).expect("it was there");
            }
            for access in [Access::Existing, Access::Create] {
                assert_corrupt(FjallStore::open(folder.path(), access), "");
            }
        }
    }
}
