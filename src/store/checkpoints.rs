//! Checkpoints on disk, in a database of their own: disposable.
//!
//! ```text
//! DIR/views/         fjall; made with the first checkpoint
//!   rows             organization number, table, row number, big-endian -> the row; table 255: the header
//!   ids              organization number, id of a command -> position of its first event
//!   rows-N, ids-N    the same of generation N, which a rebuild made
//!   notes            organization number -> which generation is current, which old, which being made
//!   distrusted       why it is set aside at the next opening; where there is no such reason, it is not there
//!   settled          there while the journal holds nothing that the tables do not, so that an opening replays none of it
//! DIR/views.aside    the last one that could not be trusted; nothing reads it
//! ```
//! A fresh id costs no read: its filters, of 12 bits an id, and the index of the blocks stay in memory.
//!
//! INVARIANT: whatever is wrong with it is remarked, never a reason not to open the store; what cannot be read now, for
//! want of a permission or a descriptor, is left where it is. Absent on purpose: what the bytes say, and whether they
//! are of this log; the engine knows.

mod tables;

use super::closing::{Closes, Closing};
use super::database::errors::{describe, fault, is_passing};
use super::database::memory_use::Cache;
use super::folder::SCRATCH_VIEWS;
use super::journal;
use super::recovery::scratch_copy::{ScratchCopy, copy_file};
use super::recovery::table_lists;
use crate::seams::{Checkpoints, DatabaseMemory, Generation, OrganizationNumber, Part, Shelf, StoreError};
use caseward_events::{CommandId, Position};
use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockWriteGuard};
use tables::Tables;

const FOLDER: &str = "views";
const ASIDE: &str = "views.aside";
const DISTRUSTED: &str = "distrusted";
const SETTLED: &str = "settled";

/// Keeps checkpoints below a data directory, which the caller has to itself.
pub struct FjallViews {
    folder: PathBuf,
    aside: PathBuf,
    cache: Cache,
    open: RwLock<Option<Tables>>,
    remarks: Mutex<Vec<String>>,
    /// They cannot be read now: nothing is read or saved until the next opening.
    is_left_alone: AtomicBool,
    /// Where they are only looked at: nothing is written, and nothing set aside.
    copy: Option<ScratchCopy>,
    // Dropped last.
    closing: Closing,
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
        FjallViews::open_caching(data, Cache::Usual)
    }

    /// The same, with so much room for blocks of its files.
    #[must_use]
    pub fn open_caching(data: &Path, cache: Cache) -> FjallViews {
        let views = FjallViews::unopened(data, cache);
        match views.open_in_place() {
            Ok(open) => *views.open.write().unwrap_or_else(PoisonError::into_inner) = open,
            Err(Failed::Damaged(why)) => views.set_aside(&why),
            Err(Failed::Passing(why)) => views.leave_alone(&format!("the saved views cannot be read now: {why}")),
        }
        views
    }

    fn open_in_place(&self) -> Result<Option<Tables>, Failed> {
        let there = fs::metadata(&self.folder);
        if there.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return Ok(None);
        }
        there.map_err(|error| Failed::at(&self.folder, error))?;
        let distrusted = self.folder.join(DISTRUSTED);
        match fs::read_to_string(&distrusted) {
            Ok(why) => return Err(Failed::Damaged(why)),
            Err(error) if error.kind() == ErrorKind::NotFound || error.raw_os_error().is_none() => {}
            Err(error) if error.kind() == ErrorKind::NotADirectory => {}
            Err(error) => return Err(Failed::at(&distrusted, error)),
        }
        if let Some(list) = table_lists::spoiled(&self.folder).map_err(|error| Failed::at(&self.folder, error))? {
            return Err(Failed::Damaged(format!("the list of tables that `{list}` tells of is not as it was written")));
        }
        // A journal that stays is replayed, to no effect but time.
        let _ = empty_settled(&self.folder);
        let open = guarded(|| Tables::at(&self.folder, self.cache).and_then(|open| Ok((open.unfinished()?, open))));
        match open? {
            (None, open) => Ok(Some(open)),
            (Some(organization), _) => {
                Err(Failed::Damaged(format!("the first saving of organization {organization} was cut short")))
            }
        }
    }

    fn unopened(data: &Path, cache: Cache) -> FjallViews {
        FjallViews {
            cache,
            folder: data.join(FOLDER),
            aside: data.join(ASIDE),
            open: RwLock::new(None),
            remarks: Mutex::default(),
            is_left_alone: AtomicBool::new(false),
            copy: None,
            closing: Closing::default(),
        }
    }

    /// Looks at a copy of what is below a data directory. What cannot be opened there is remarked, and stays where it
    /// is.
    #[must_use]
    pub fn look(data: &Path, cache: Cache) -> FjallViews {
        let mut views = FjallViews::unopened(data, cache);
        if let Err(why) = views.open_copy(&data.join(SCRATCH_VIEWS)) {
            views.remark(format!("the saved views are not used: {why}"));
        }
        views
    }

    fn open_copy(&mut self, beside: &Path) -> Result<(), String> {
        let there = fs::metadata(&self.folder);
        if there.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return Ok(());
        }
        there.map_err(|error| error.to_string())?;
        if let Ok(why) = fs::read_to_string(self.folder.join(DISTRUSTED)) {
            return Err(why);
        }
        if let Some(list) = table_lists::spoiled(&self.folder).map_err(|error| error.to_string())? {
            return Err(format!("the list of tables that `{list}` tells of is not as it was written"));
        }
        let journals = journal::files(&self.folder).map_err(|error| error.to_string())?;
        let copy = ScratchCopy::make(&self.folder, beside, &[]).map_err(|error| error.to_string())?;
        // The tables hold all of a settled journal, whose last file has to be there.
        let is_settled = self.folder.join(SETTLED).is_file();
        for journal in journals {
            let to = copy.path().join(journal.file_name().unwrap_or_default());
            let copied = if is_settled { fs::write(&to, []) } else { copy_file(&journal, &to) };
            copied.map_err(|error| error.to_string())?;
        }
        let open = guarded(|| Tables::at(copy.path(), self.cache).and_then(|open| Ok((open.unfinished()?, open))));
        match open.map_err(Failed::into_why)? {
            (None, open) => *self.open.get_mut().unwrap_or_else(PoisonError::into_inner) = Some(open),
            (Some(organization), _) => {
                return Err(format!("the first saving of organization {organization} was cut short"));
            }
        }
        self.copy = Some(copy);
        Ok(())
    }

    fn with<T>(&self, nothing: T, read: impl FnOnce(&Tables) -> Result<T, fjall::Error>) -> Result<T, StoreError> {
        match &*self.open.read().unwrap_or_else(PoisonError::into_inner) {
            Some(open) => guarded(|| read(open)).map_err(|failed| match failed {
                Failed::Passing(why) => fault("read saved views", io::Error::other(why)),
                Failed::Damaged(why) => StoreError::Corruption(format!("cannot read saved views: {why}")),
            }),
            None => Ok(nothing),
        }
    }

    /// For a write, after which the journal counts.
    fn change(&self, change: impl FnOnce(&mut Tables) -> Result<(), fjall::Error>) -> Result<(), StoreError> {
        let mut open = self.made()?;
        unsettle(&self.folder).map_err(|source| fault("save views", source))?;
        match &mut *open {
            Some(open) => guarded(|| change(open)).map_err(not_saved),
            None => Ok(()),
        }
    }

    fn made(&self) -> Result<RwLockWriteGuard<'_, Option<Tables>>, StoreError> {
        if !self.keeps() {
            let source = io::Error::other("those that are there cannot be read now, and stay as they are");
            return Err(fault("save views", source));
        }
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if open.is_none() {
            *open = Some(guarded(|| Tables::at(&self.folder, self.cache)).map_err(not_saved)?);
        }
        Ok(open)
    }

    /// Keyspaces are made under the lock of a writer; what is written goes into them under that of a reader.
    fn make(&self, generation: Generation) -> Result<(), StoreError> {
        let has = |open: &Tables| Ok(open.has(generation));
        if self.with(false, has)? { Ok(()) } else { self.change(|open| open.make(generation)) }
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

impl Closes for FjallViews {
    fn closing(&self) -> &Closing {
        &self.closing
    }
}

impl Checkpoints for FjallViews {
    fn header(&self, shelf: Shelf) -> Result<Option<Vec<u8>>, StoreError> {
        self.with(None, |open| open.header(shelf))
    }

    fn rows(
        &self,
        shelf: Shelf,
        table: u8,
        rows: Range<u32>,
        visit: &mut dyn FnMut(u32, &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        self.with((), |open| open.rows(shelf, table, rows, visit))
    }

    fn find_id(&self, shelf: Shelf, id: &CommandId) -> Result<Option<Position>, StoreError> {
        self.with(None, |open| open.find_id(shelf, id))
    }

    fn ids(&self, shelf: Shelf, visit: &mut dyn FnMut(&str, Position)) -> Result<(), StoreError> {
        self.with((), |open| open.ids(shelf, visit))
    }

    fn write(&self, part: Part) -> Result<(), StoreError> {
        self.make(part.shelf.generation)?;
        unsettle(&self.folder).map_err(|source| fault("save views", source))?;
        match &*self.open.read().unwrap_or_else(PoisonError::into_inner) {
            Some(open) => guarded(|| open.write(part)).map_err(not_saved),
            None => Ok(()),
        }
    }

    fn note(&self, organization: OrganizationNumber) -> Result<Option<Vec<u8>>, StoreError> {
        self.with(None, |open| open.note(organization))
    }

    fn write_note(&self, organization: OrganizationNumber, note: Vec<u8>) -> Result<(), StoreError> {
        self.change(|open| open.write_note(organization, note))
    }

    fn clear(&self, shelf: Shelf) -> Result<(), StoreError> {
        self.change(|open| open.clear(shelf))
    }

    fn bytes_on_disk(&self, shelf: Shelf) -> u64 {
        self.with(0, |open| Ok(open.bytes_on_disk(shelf))).unwrap_or(0)
    }

    fn flush(&self) -> Result<(), StoreError> {
        let settled = self.with(false, Tables::flush)?;
        if settled {
            // Without it the next opening takes longer, and nothing else.
            let _ = fs::write(self.folder.join(SETTLED), []);
        }
        Ok(())
    }

    fn memory(&self) -> DatabaseMemory {
        let memory = self.with(DatabaseMemory::default(), |open| Ok(open.memory()));
        memory.unwrap_or_default()
    }

    fn set_aside(&self, why: &str) {
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = None;
        if self.copy.is_some() {
            return self.remark(format!("{why}; the log is folded from its start"));
        }
        let (folder, aside) = (self.folder.display(), self.aside.display());
        match self.move_aside() {
            Ok(()) => self.remark(format!(
                "{why}; `{folder}` was moved to `{aside}`, which may be deleted, and the log is folded from its start"
            )),
            Err(error) => self.remark(format!("{why}; `{folder}` could not be moved away ({error}): delete it")),
        }
    }

    fn leave_alone(&self, why: &str) {
        self.is_left_alone.store(true, Ordering::SeqCst);
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.remark(format!("{why}; they stay as they are, and the log is folded from its start"));
    }

    fn keeps(&self) -> bool {
        self.copy.is_none() && !self.is_left_alone.load(Ordering::SeqCst)
    }

    fn distrust(&self, why: &str) {
        if self.copy.is_some() {
            return;
        }
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

/// Why the database does not do what it should.
enum Failed {
    /// That may be gone the next time.
    Passing(String),
    /// Its files are not what was written.
    Damaged(String),
}

impl Failed {
    fn at(path: &Path, error: io::Error) -> Failed {
        // What lies where a directory should be is none of ours.
        let damage = [ErrorKind::NotADirectory, ErrorKind::IsADirectory, ErrorKind::InvalidData];
        let why = format!("`{}`: {error}", path.display());
        if damage.contains(&error.kind()) { Failed::Damaged(why) } else { Failed::Passing(why) }
    }

    fn into_why(self) -> String {
        match self {
            Failed::Passing(why) | Failed::Damaged(why) => why,
        }
    }
}

fn not_saved(failed: Failed) -> StoreError {
    fault("save views", io::Error::other(failed.into_why()))
}

/// On files that are damaged the database may panic, where it should say so.
fn guarded<T>(work: impl FnOnce() -> Result<T, fjall::Error>) -> Result<T, Failed> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) if is_passing(&error) => Err(Failed::Passing(describe(&error))),
        Ok(Err(error)) => Err(Failed::Damaged(describe(&error))),
        Err(_) => Err(Failed::Damaged("the database cannot make sense of its files".to_owned())),
    }
}
