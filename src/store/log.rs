//! The store on disk. Only this file, its folder, and `views`, the checkpoints, name fjall.
//!
//! A key is the organization's number and the first position of a row, both big-endian, so that the rows of an
//! organization lie side by side and in order; the value is the row.
//!
//! INVARIANT: a row is written once, in the one batch of its group, and never changed. Every read ends at the head, so
//! that it sees no group in part and needs no snapshot; it follows the rows from one to the next, and a gap between two
//! is [`StoreError::Corruption`]. Absent on purpose: what an opening makes sure of (`opening`).

mod errors;
mod flush;
pub(super) mod held;
mod inspect;
mod opening;
mod salvage;
mod vouch;

pub(super) use self::errors::{account, fault};
use self::errors::{reading, writing};
use self::flush::Flush;
pub use self::held::Cache;
pub use self::inspect::Inspection;
use self::opening::Opened;
pub use self::salvage::Salvage;
use self::vouch::Walked;
use super::aside::Aside;
use super::behind::Behind;
use super::evidence::Evidence;
use super::folder::{self, Access, FORMAT, Folder, Stage};
use super::journal;
use super::keys::KeyFile;
use super::portion::Portion;
use super::row;
use super::tail::{Heads, Tail};
use crate::integrity::account::Account;
use crate::integrity::anchor::Frontiers;
use crate::integrity::head_note::{HeadNote, Note};
use crate::integrity::signing::{SigningError, SigningKeys};
use crate::integrity::tree::Frontier;
use crate::seams::tree::Tree;
use crate::seams::{
    DatabaseMemory, Durability, Encoded, Epoch, HeadWatch, Keyring, Log, OrganizationNumber, Receipt, Run, StoreError,
    TreeHead, TreeHeads, Trees, Vault,
};
use async_trait::async_trait;
use caseward_events::Position;
use fjall::{Database, Guard, Keyspace, PersistMode, UserValue};
use std::collections::HashMap;
use std::fmt;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use tracing::{error, info};

const KEYSPACE: &str = "log";
/// A file that a fjall database has from the start. Where it is missing, fjall would make a new database.
const DATABASE_MARKER: &str = "version";
/// The journal is written in place, its length included in what this mode syncs.
const DURABILITY: PersistMode = PersistMode::SyncData;

/// Keeps events in a folder, which no other process can open at the same time.
///
/// Its calls block on the disk, also in the async functions of the seams (`crate::seams` says which): behind
/// [`offload`](crate::seams::offload), those of them that async tasks use do not.
pub struct FjallStore {
    writing: Option<Writing>,
    log: Keyspace,
    database: Database,
    tail: Tail,
    keys: KeyFile,
    account: Option<Account>,
    left_behind: Option<Heads>,
    // From here on dropped when the database is closed; the lock of the folder goes last.
    _aside: Option<Aside>,
    spent: Option<Spent>,
    folder: Folder,
}

/// What a store has that takes writes.
struct Writing {
    behind: Arc<Behind>,
    flush: Arc<Flush>,
    flushing: Option<JoinHandle<()>>,
}

impl fmt::Debug for FjallStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FjallStore").field("folder", &self.folder).field("tail", &self.tail).finish_non_exhaustive()
    }
}

impl FjallStore {
    /// Opens the store at `path`, or makes it, if `access` says so and there is nothing. One that cannot vouch for what
    /// it holds is opened for reading only, up to where everything agrees: see [`FjallStore::account`].
    ///
    /// # Errors
    /// `Missing`, `NotAStore`, `NewerFormat` and `InUse` tell what is at the path; `Corruption` that the database does
    /// not open at all; `Fault` that the system does not let it.
    pub fn open(path: &Path, access: Access) -> Result<Self, StoreError> {
        FjallStore::open_caching(path, access, Cache::Usual)
    }

    /// The same, with so much room for blocks of its files.
    ///
    /// # Errors
    /// As for [`FjallStore::open`].
    pub fn open_caching(path: &Path, access: Access, cache: Cache) -> Result<Self, StoreError> {
        let mut folder = Folder::open(path, access)?;
        let keys = match folder.stage() {
            Stage::New => KeyFile::create(&folder.keys())?,
            Stage::Whole => KeyFile::open(&folder.keys())?,
        };
        let Opened { log, database, walked, evidence, aside } = opening::open(&folder, cache)?;
        if folder.stage() == Stage::New {
            let signing = folder.signing();
            SigningKeys::make(&signing).map_err(|source| StoreError::Fault {
                doing: format!("make `{}`", signing.display()),
                source: Box::new(source),
            })?;
        }
        folder.finish()?;
        let Walked { frontiers, account } = walked;
        let tail = Tail::new(account.trusted.iter().map(|(&organization, &head)| (organization, head)).collect());
        let whole = aside.is_none();
        let left_behind = (whole && folder.was_left()).then(|| newest(&evidence));
        let writing = whole.then(|| Writing::start(&folder, (&log, &database), &evidence, frontiers)).transpose()?;
        let account = (!whole).then_some(account);
        match &account {
            None => info!(path = %path.display(), format = FORMAT, "the store is open"),
            Some(account) => error!(path = %path.display(), "{account}"),
        }
        if whole && !folder.is_signed() {
            // An earlier release made it. Without keys no tree head is signed, which is told there; it is no reason not to
            // open.
            if SigningKeys::make(&folder.signing()).is_ok() {
                let _ = folder.note_signed();
            }
        }
        Ok(FjallStore { writing, log, database, tail, keys, account, left_behind, _aside: aside, spent: None, folder })
    }

    /// What it cannot vouch for; `None` for a store that takes writes. What is read from one with an account is what
    /// still holds.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// Where whoever had the store last did not close it: how far each organization was noted by then. Behind that
    /// nothing tells a log that was cut at a place where one could end from one that did.
    #[must_use]
    pub fn left_behind(&self) -> Option<&HashMap<OrganizationNumber, Position>> {
        self.left_behind.as_ref()
    }

    /// What tree heads of the store at a path are signed with; `None` where it never had such a file.
    ///
    /// # Errors
    /// The file is lost, or damaged.
    pub fn signing_at(path: &Path) -> Result<Option<SigningKeys>, SigningError> {
        let signing = path.join(folder::SIGNING);
        (signing.exists() || folder::is_signed(path)).then(|| SigningKeys::open(&signing)).transpose()
    }

    /// Makes keys in the place of those that are lost. Tree heads from now on have another name, so this is for whoever
    /// knows that no copy is left.
    ///
    /// # Errors
    /// The disk.
    pub fn sign_anew(&self) -> Result<SigningKeys, SigningError> {
        SigningKeys::make(&self.folder.signing())?;
        self.signing()
    }

    /// What tree heads are signed with.
    ///
    /// # Errors
    /// The file is lost, or damaged; all else of the store is none the worse.
    pub fn signing(&self) -> Result<SigningKeys, SigningError> {
        SigningKeys::open(&self.folder.signing())
    }

    fn writing(&self) -> Result<&Writing, StoreError> {
        let why = || self.account.as_ref().map(Account::to_string).unwrap_or_default();
        self.writing.as_ref().ok_or_else(|| StoreError::NotVouched(why()))
    }

    /// All rows in one batch: written, synced and visible together.
    fn write(&self, group: &[Run]) -> Result<usize, StoreError> {
        let mut batch = self.database.batch().durability(Some(DURABILITY));
        let mut bytes = 0;
        for run in group {
            for row in row::split(&run.events) {
                let first = Position(run.first.0 + row.start as u64);
                let row = row::encode(&run.events, row);
                bytes += row.len();
                batch.insert(&self.log, key(run.organization, first), row);
            }
        }
        batch.commit().map_err(writing)?;
        Ok(bytes)
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
impl Log for FjallStore {
    async fn claim(&self) -> Result<Epoch, StoreError> {
        Ok(self.tail.claim())
    }

    async fn append(&self, epoch: Epoch, group: Vec<Run>) -> Result<Receipt, StoreError> {
        let Writing { behind, flush, .. } = self.writing()?;
        let group = Arc::new(group);
        self.tail.append(epoch, &group, || {
            flush.check()?;
            behind.prepare(&group)?;
            let bytes = self.write(&group)?;
            behind.bring(Arc::clone(&group), bytes);
            flush.count(bytes);
            Ok(())
        })
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
        mut into: Encoded,
    ) -> Result<Encoded, StoreError> {
        let mut take = |event: &[u8]| into.push(|bytes| bytes.extend_from_slice(event));
        self.scan_rows(organization, from, bytes_max, &mut take)?;
        Ok(into)
    }

    async fn head(&self, organization: OrganizationNumber) -> Result<Position, StoreError> {
        Ok(self.tail.head(organization))
    }

    fn watch(&self) -> HeadWatch {
        self.tail.watch()
    }
}

#[async_trait]
impl Trees for FjallStore {
    async fn tree_heads(&self) -> Result<TreeHeads, StoreError> {
        let frontiers = self.writing()?.behind.settled();
        let head = |frontier: &Frontier| TreeHead { position: frontier.position(), root: frontier.root() };
        Ok(frontiers.iter().map(|(&organization, frontier)| (organization, head(frontier))).collect())
    }
}

impl Vault for FjallStore {
    fn keyring(&self) -> &dyn Keyring {
        &self.keys
    }
}

#[async_trait]
impl Durability for FjallStore {
    async fn flush(&self) -> Result<(), StoreError> {
        self.writing()?.flush.run()
    }

    fn memory(&self) -> DatabaseMemory {
        held::by(&self.database, &[&self.log])
    }
}

impl Writing {
    fn start(
        folder: &Folder,
        (log, database): (&Keyspace, &Database),
        evidence: &Evidence,
        frontiers: Frontiers,
    ) -> Result<Self, StoreError> {
        let thread = |source| fault("start a thread", source);
        let noted = newest(evidence).into_iter().collect();
        let head_note = HeadNote::open(&folder.head_note());
        let head_note = head_note.map_err(|source| fault("open the note of the head", source))?;
        let behind = Arc::new(Behind::start(frontiers, noted, head_note).map_err(thread)?);
        // A crash may have left the note behind the head, which is vouched for now.
        behind.note()?;
        let in_journals = evidence.journals.iter().map(|journal| journal.whole_bytes).sum();
        let flush = Flush::new(log.clone(), database.clone(), Arc::clone(&behind), folder.anchor(), in_journals);
        let flush = Arc::new(flush);
        let flushing = Some(flush.start().map_err(thread)?);
        Ok(Writing { behind, flush, flushing })
    }

    /// Ends its threads with everything noted. Whether nothing that the journals hold is needed any more.
    fn stop(mut self) -> Result<bool, StoreError> {
        let flushed = self.flush.stop(self.flushing.take());
        self.behind.stop()?;
        flushed
    }
}

/// How far each organization is noted.
fn newest(evidence: &Evidence) -> Heads {
    let newest = |(&organization, notes): (&_, &Vec<Note>)| Some((organization, notes.first()?.position));
    evidence.notes.notes.iter().filter_map(newest).collect()
}

impl Drop for FjallStore {
    /// Notes the head and, where it is worth it, brings everything into tables. What fails here is found and made good
    /// by the next opening, from the journals.
    fn drop(&mut self) {
        let stopped = self.writing.take().map_or(Ok(false), Writing::stop);
        if stopped.is_err() {
            self.folder.leave();
        }
        let emptied = stopped.unwrap_or(false);
        self.spent = emptied.then(|| Spent(self.folder.log()));
    }
}

/// A database whose journals hold nothing that its tables do not: they are emptied once it is closed. The last file
/// itself stays, without which the database would count its batches from 0 again.
struct Spent(PathBuf);

impl Drop for Spent {
    fn drop(&mut self) {
        if let Ok(journals) = journal::scan(&self.0)
            && let [journal] = journals.as_slice()
        {
            let empty = || OpenOptions::new().write(true).open(&journal.path)?.set_len(0);
            // One that stays is replayed, to no effect.
            let _ = empty();
        }
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

    fn corruption(&self, why: &dyn fmt::Display) -> StoreError {
        let Row { organization, first, .. } = self;
        StoreError::Corruption(format!("the row at position {first} of organization {organization}: {why}"))
    }
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

fn fault_of(doing: &'static str) -> impl FnOnce(std::io::Error) -> StoreError {
    move |source| fault(doing, source)
}

fn gap(organization: OrganizationNumber, next: Position) -> StoreError {
    StoreError::Corruption(format!("no row of organization {organization} begins at position {next}, where one must"))
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

    fn append(store: &FjallStore, group: Vec<Run>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("it needs nothing");
        let epoch = runtime.block_on(store.claim()).expect("it opens");
        runtime.block_on(store.append(epoch, group)).expect("it is stored");
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
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let store = FjallStore::open(folder.path(), Access::Create).expect("a new one opens");
        let numbers = [0, 1, 2, 255, 256, u32::MAX].map(OrganizationNumber);
        let run = |organization, first| Run {
            organization,
            first: Position(first),
            events: [b"event"; 3].into_iter().collect(),
        };
        for first in [1, 4] {
            append(&store, numbers.map(|organization| run(organization, first)).to_vec());
        }
        drop(store);
        let store = FjallStore::open(folder.path(), Access::Existing).expect("it opens");
        assert_eq!(store.account(), None);
        for number in numbers {
            assert_eq!(store.tail.head(number), Position(6), "{number}");
        }
        assert_eq!(store.tail.head(OrganizationNumber(3)), Position(0));
    }

    /// What a store with these rows says, and the positions that it still serves of organization 1.
    fn told(rows: &[(&[u8], Vec<u8>)]) -> (String, usize) {
        let (_folder, store) = with_rows(rows);
        let store = store.expect("it opens to be read");
        let account = store.account().expect("it cannot vouch for that").to_string();
        assert!(matches!(store.writing(), Err(StoreError::NotVouched(_))));
        (account, store.read_rows(ONE, Position(1), 1_000).expect("what it serves can be read").len())
    }

    #[test]
    fn rows_that_do_not_hold_together_are_told_and_what_lies_before_them_is_served() {
        let at = |first| key(ONE, Position(first));
        let mut cut = three();
        cut.pop();
        for (rows, part, served) in [
            (vec![(at(1), three()), (at(7), three()), (at(9), three())], "begins at position 4", 3),
            (vec![(at(4), three())], "begins at position 1", 0),
            (vec![(at(0), three())], "begins at position 1", 0),
            (vec![(at(1), three()), (at(u64::MAX), three())], "begins at position 4", 3),
            (vec![(at(1), three()), (at(4), vec![9; 30]), (at(7), three())], "a row of format 9", 3),
            (vec![(at(1), cut)], "the row at position 1 of organization 1: a row cut short", 0),
            (vec![(at(1), Vec::new())], "cut short", 0),
        ] {
            let rows: Vec<_> = rows.iter().map(|(key, row)| (key.as_slice(), row.clone())).collect();
            let (account, read) = told(&rows);
            assert!(account.contains(part), "{account}");
            assert_eq!(read, served, "{account}");
        }
        let (account, served) = told(&[(b"thirteenbytes", three())]);
        assert!(account.contains("a batch that is not as it was written"), "{account}");
        assert_eq!(served, 0);
    }

    #[test]
    fn an_organization_without_a_note_is_not_vouched_for() {
        let (account, _) = told(&[(&key(OrganizationNumber(9), Position(1)), three())]);
        assert!(account.contains("HEAD: it has no note for it"), "{account}");
        assert!(account.contains("organization 9 from position 4 on"), "{account}");
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
