//! The store on disk: the log on fjall; opening, writing, reading, and inspecting it.
//!
//! INVARIANT: a row is written once, in the one batch of its group, and never changed. Every read ends at the head, so
//! that it sees no group in part and needs no snapshot; it follows the rows from one to the next, and a gap between two
//! is [`StoreError::Corruption`]. Absent on purpose: what an opening makes sure of (`super::recovery`), and how rows
//! lie in the database (`super::database`).

mod closing;
mod flush;
mod inspect;
mod inspect_live;
mod note_writer;
mod reads;
mod rows;
mod salvage;
mod seams;
mod signing;
pub(in crate::store) mod subtrees;
mod writing;

use self::closing::Spent;
pub use self::inspect::Inspection;
use self::reads::ReadsOnce;
pub use self::salvage::Salvage;
use self::writing::{Writing, newest};
use super::append_gate::{AppendGate, Heads};
use super::closing::Closing;
use super::database::errors::fault;
use super::database::memory_use::Cache;
use super::folder::{self, Access, FORMAT, Folder, Marked, Stage};
use super::keys::KeyFile;
use super::recovery::anchor::Frontiers;
use super::recovery::check::{From, Walked};
use super::recovery::evidence::Evidence;
use super::recovery::opening::{self, Opened};
use super::recovery::scratch_copy::ScratchCopy;
use crate::integrity::damage_report::{DamageReport, Extent};
use crate::integrity::signing::SigningKeys;
use crate::integrity::visitor::NoVisitor;
use crate::seams::{OrganizationNumber, StoreError};
use caseward_events::Position;
use fjall::{Database, Keyspace, PersistMode};
use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use tracing::{error, info};

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
    gate: AppendGate,
    keys: KeyFile,
    /// Trees that the opening proved to be of this log: up to the anchor, and up to the head.
    proved: [Frontiers; 2],
    damage: Option<DamageReport>,
    left_behind: Option<Heads>,
    remarks: Vec<String>,
    reads: ReadsOnce,
    // From here on dropped when the database is closed; the lock of the folder goes last, and that it went is told.
    _copy: Option<ScratchCopy>,
    spent: Option<Spent>,
    folder: Folder,
    closing: Closing,
}

impl fmt::Debug for FjallStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FjallStore").field("folder", &self.folder).field("gate", &self.gate).finish_non_exhaustive()
    }
}

impl FjallStore {
    /// Opens the store at `path`, or makes it, if `access` says so and there is nothing. One that cannot vouch for what
    /// it holds is opened for reading only, up to where everything agrees: see [`FjallStore::damage`].
    ///
    /// # Errors
    /// `Missing`, `NotAStore`, `NewerFormat` and `InUse` say what is at the path; `Corruption`: the database cannot be
    /// opened at all; `Fault`: the system does not allow it.
    pub fn open(path: &Path, access: Access) -> Result<Self, StoreError> {
        FjallStore::open_caching(path, access, Cache::Usual)
    }

    /// As [`FjallStore::open`], with the given cache size.
    ///
    /// # Errors
    /// As for [`FjallStore::open`].
    pub fn open_caching(path: &Path, access: Access, cache: Cache) -> Result<Self, StoreError> {
        let mut folder = Folder::open(path, access)?;
        let mut remarks = Vec::new();
        if folder.tighten() && folder.stage() == Stage::Whole {
            let path = path.display();
            remarks.push(format!("others than its owner could look into `{path}`; now only the owner can"));
        }
        let keys = match folder.stage() {
            Stage::New => KeyFile::create(&folder.keys())?,
            Stage::Whole => KeyFile::open(&folder.keys())?.require(folder.marked().keys)?,
        };
        let Opened { log, database, walked, evidence, copy } = opening::open(&folder, cache)?;
        if folder.stage() == Stage::New {
            let signing = folder.signing();
            SigningKeys::make(&signing).map_err(|source| StoreError::Fault {
                doing: format!("make `{}`", signing.display()),
                source: Box::new(source),
            })?;
        }
        folder.finish(Marked { is_signed: true, keys: Some(keys.id()) })?;
        let Walked { frontiers, damage } = walked;
        let proved = [evidence.anchor.clone(), frontiers.clone()];
        let gate = AppendGate::new(damage.trusted.iter().map(|(&organization, &head)| (organization, head)).collect());
        let whole = copy.is_none();
        let left_behind = (whole && folder.was_left()).then(|| newest(&evidence));
        let writing = whole.then(|| Writing::start(&folder, (&log, &database), &evidence, frontiers)).transpose()?;
        let damage = (!whole).then_some(damage);
        let closing = Closing::default();
        if whole {
            folder.is_in_order();
        }
        match &damage {
            None => info!(path = %path.display(), format = FORMAT, "the store is open"),
            Some(damage) => error!(path = %path.display(), "{damage}"),
        }
        let marked = folder.marked();
        if whole && (!marked.is_signed || marked.keys.is_none()) {
            // An earlier release made it. Without keys no tree head is signed, which is told there; it is no reason not to
            // open.
            let is_signed = marked.is_signed || SigningKeys::make(&folder.signing()).is_ok();
            let _ = folder.mark(Marked { is_signed, keys: Some(keys.id()) });
        }
        Ok(FjallStore {
            writing,
            log,
            database,
            gate,
            keys,
            proved,
            damage,
            left_behind,
            remarks,
            reads: ReadsOnce::default(),
            _copy: copy,
            spent: None,
            folder,
            closing,
        })
    }

    /// Opens what is at `path` to be read: as [`FjallStore::open`] does or, where the directory cannot be written, a
    /// copy of it. A remark says so.
    ///
    /// # Errors
    /// As for [`FjallStore::open`]; what may not be read either is a fault.
    pub fn open_to_read(path: &Path, cache: Cache) -> Result<Self, StoreError> {
        match FjallStore::open_caching(path, Access::Existing, cache) {
            Err(why) if why.is_for_want_of_writing() => {
                let mut store = FjallStore::look(path, cache)?;
                store.remarks.push(format!("{}; it is read from a copy, and takes no commands", why.in_full()));
                Ok(store)
            }
            opened => opened,
        }
    }

    /// Opens a copy of what is at `path`, of which nothing is written: neither lock nor notes. The end of a journal
    /// that a crash tore is not in the copy. A process that cannot be kept out may write meanwhile; what it does is not
    /// seen.
    ///
    /// # Errors
    /// As for [`FjallStore::open_to_read`].
    pub fn look(path: &Path, cache: Cache) -> Result<Self, StoreError> {
        let folder = Folder::look(path)?;
        let keys = KeyFile::look(&folder.keys())?.require(folder.marked().keys)?;
        let evidence = Evidence::gather(&folder)?;
        let opened = opening::look_caching(&folder, evidence, (From::Anchor, cache), &mut NoVisitor)?;
        Ok(FjallStore::over_copy(folder, keys, opened))
    }

    /// Returns true if the store takes writes. A damaged store takes none, nor does one that is read from a copy.
    #[must_use]
    pub fn takes_writes(&self) -> bool {
        self.writing.is_some()
    }

    /// Over a copy that was walked, for reading only. The end of a journal that a crash tore is no damage: it is not in
    /// the copy.
    fn over_copy(folder: Folder, keys: KeyFile, opened: Opened) -> FjallStore {
        let Opened { log, database, walked: Walked { frontiers, damage }, evidence, copy } = opened;
        let gate = AppendGate::new(damage.trusted.iter().map(|(&organization, &head)| (organization, head)).collect());
        let is_whole = damage.findings.is_empty() || evidence.cut_alone().is_some() && damage.extent() == Extent::End;
        FjallStore {
            writing: None,
            log,
            database,
            gate,
            keys,
            proved: [evidence.anchor, frontiers],
            damage: (!is_whole).then_some(damage),
            left_behind: None,
            remarks: Vec::new(),
            reads: ReadsOnce::default(),
            _copy: copy,
            spent: None,
            folder,
            closing: Closing::default(),
        }
    }

    /// The damage report; `None` for a store that takes writes. What a damaged store still serves can be trusted.
    #[must_use]
    pub fn damage(&self) -> Option<&DamageReport> {
        self.damage.as_ref()
    }

    /// Remarks for the user on the opening.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Where whoever had the store last did not close it: how far each organization was noted by then. Behind that
    /// nothing tells a log that was cut at a place where one could end from one that did.
    #[must_use]
    pub fn left_behind(&self) -> Option<&HashMap<OrganizationNumber, Position>> {
        self.left_behind.as_ref()
    }
    fn writing(&self) -> Result<&Writing, StoreError> {
        let unharmed = || "it was opened for reading only".to_owned();
        let why = || self.damage.as_ref().map_or_else(unharmed, DamageReport::to_string);
        self.writing.as_ref().ok_or_else(|| StoreError::NotVouched(why()))
    }
}

fn fault_of(doing: &'static str) -> impl FnOnce(std::io::Error) -> StoreError {
    move |source| fault(doing, source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seams::{Log as _, Run};
    use crate::store::database::rows::key;
    use crate::store::row;
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
        assert_eq!(store.damage(), None);
        for number in numbers {
            assert_eq!(store.gate.head(number), Position(6), "{number}");
        }
        assert_eq!(store.gate.head(OrganizationNumber(3)), Position(0));
    }

    /// What a store with these rows says, and the positions that it still serves of organization 1.
    fn told(rows: &[(&[u8], Vec<u8>)]) -> (String, usize) {
        let (_folder, store) = with_rows(rows);
        let store = store.expect("it opens to be read");
        let damage = store.damage().expect("it cannot vouch for that").to_string();
        assert!(matches!(store.writing(), Err(StoreError::NotVouched(_))));
        (damage, store.read_rows(ONE, Position(1), 1_000).expect("what it serves can be read").len())
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
            let (damage, read) = told(&rows);
            assert!(damage.contains(part), "{damage}");
            assert_eq!(read, served, "{damage}");
        }
        let (damage, served) = told(&[(b"thirteenbytes", three())]);
        assert!(damage.contains("a batch that is not as it was written"), "{damage}");
        assert_eq!(served, 0);
    }

    #[test]
    fn an_organization_without_a_note_is_not_vouched_for() {
        let (damage, _) = told(&[(&key(OrganizationNumber(9), Position(1)), three())]);
        assert!(damage.contains("HEAD: it has no note for it"), "{damage}");
        assert!(damage.contains("organization 9 from position 4 on"), "{damage}");
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
