//! The data directory: whether it is one, making it, and keeping other processes out.
//!
//! INVARIANT: the marker `CASEWARD` appears, by a rename, only when all else is there and synced. A directory whose
//! making was cut short holds `CASEWARD.new` instead, no event was ever promised from it, and it is made anew. Nothing
//! is written into a directory that is neither empty nor ours. Absent on purpose: what `log` is (`super::log`).

mod files;
mod identity;
mod lock;
mod names;
mod survey;

pub(in crate::store) use self::files::naming;
use self::files::sync_directories;
pub(crate) use self::files::{fault, is_there, make_directory, sync_directory};
pub(in crate::store) use self::identity::Identity;
pub(crate) use self::lock::lock;
use self::lock::lock_to_look;
pub use self::lock::started_for;
use self::names::{ANCHOR, CLOCK, HEAD, KEYS, LOG, MARKER, SCRATCH_COPY, SUBTREES, UNFINISHED_MARKER};
pub use self::names::{FORMAT, SOCKET};
pub(crate) use self::names::{HEALING, RESTORING};
pub(in crate::store) use self::names::{SCRATCH_VIEWS, SIGNING};
pub use self::survey::Access;
use self::survey::survey;
pub(super) use self::survey::{Marked, Stage};
use crate::integrity::file;
use crate::seams::{StoreError, system_time};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What stands in the note of the head, which any process may read at any time: it changes once something was promised,
/// a moment later.
///
/// # Errors
/// It cannot be read.
pub fn noted(path: &Path) -> Result<Vec<u8>, StoreError> {
    let note = path.join(HEAD);
    fs::read(&note).map_err(fault("read", &note))
}

/// A data directory that this process has to itself.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// None for one that is only looked at, and cannot be locked.
    lock: Option<File>,
    stage: Stage,
    /// Whether whoever had it last ended without closing it.
    was_left: bool,
    /// Whether the next one shall find it so.
    leave: bool,
    /// Whether anything of it may change.
    writes: bool,
}

/// Whether there is a store, for the fuzzer.
#[cfg(fuzzing)]
pub(super) fn is_store(path: &Path, access: Access) -> bool {
    survey(path, access).is_ok()
}

impl Folder {
    /// Locks the data directory at `path`. A new one stays unfinished until [`Folder::finish`].
    pub(super) fn open(path: &Path, access: Access) -> Result<Self, StoreError> {
        if survey(path, access)? == Stage::New {
            if access == Access::Existing {
                return Err(StoreError::Missing(path.to_owned()));
            }
            make_directory(path)?;
        }
        let (lock, was_left) = lock(path)?;
        // Looked at again, as another process may have made the store just before the lock was ours.
        let (lock, stage) = (Some(lock), survey(path, access)?);
        let folder = Folder { path: path.to_owned(), lock, stage, was_left, leave: was_left, writes: true };
        if folder.stage == Stage::New {
            folder.begin()?;
        }
        Ok(folder)
    }

    /// A data directory of which nothing is written, not even who has it.
    pub(super) fn look(path: &Path) -> Result<Self, StoreError> {
        if survey(path, Access::Existing)? == Stage::New {
            return Err(StoreError::Missing(path.to_owned()));
        }
        let lock = lock_to_look(path)?;
        Ok(Folder { path: path.to_owned(), lock, stage: Stage::Whole, was_left: false, leave: true, writes: false })
    }

    /// Locks a data directory of which anything may be missing, and says what is wrong with its marker.
    pub(super) fn to_salvage(path: &Path) -> Result<(Self, Option<String>), StoreError> {
        let parts = [MARKER, LOG, KEYS, HEAD].map(|part| is_there(&path.join(part)));
        if !parts.into_iter().collect::<Result<Vec<_>, _>>()?.contains(&true) {
            return Err(StoreError::Missing(path.to_owned()));
        }
        let marker = match survey(path, Access::Existing) {
            Ok(Stage::Whole) => None,
            Ok(Stage::New) => Some("it is not there".to_owned()),
            Err(StoreError::NotAStore { why, .. } | StoreError::Corruption(why)) => Some(why),
            Err(error) => return Err(error),
        };
        let (lock, was_left) = lock(path)?;
        let lock = Some(lock);
        Ok((Folder { path: path.to_owned(), lock, stage: Stage::Whole, was_left, leave: false, writes: true }, marker))
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether whoever had it last was killed, lost its power, or could not note how far it came.
    pub(super) fn was_left(&self) -> bool {
        self.was_left
    }

    /// All that the one before left is made good: only from now on may the next one find that this one was closed.
    pub(super) fn is_in_order(&mut self) {
        self.leave = false;
    }

    /// Has the next one find it as if this one had been killed.
    pub(super) fn leave(&mut self) {
        self.leave = true;
    }

    /// Takes it from everybody but its owner; whether others could look into it.
    pub(super) fn tighten(&self) -> bool {
        let was_open = file::is_open_to_others(&self.path);
        file::tighten(&self.path);
        was_open
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the database goes.
    pub(super) fn log(&self) -> PathBuf {
        self.path.join(LOG)
    }

    /// Where the keys go.
    pub(super) fn keys(&self) -> PathBuf {
        self.path.join(KEYS)
    }

    /// Where the keys of tree heads go.
    pub(super) fn signing(&self) -> PathBuf {
        self.path.join(SIGNING)
    }

    /// What its marker says.
    pub(super) fn marked(&self) -> Marked {
        Marked::at(&self.path)
    }

    /// Has the marker say something else: whatever it tells of is there, and synced.
    pub(super) fn mark(&self, marked: Marked) -> io::Result<()> {
        mark(&self.path, marked)
    }

    /// What it is, so that it can be told from another one that is put in its place.
    pub(super) fn identity(&self) -> io::Result<Identity> {
        Identity::of(&self.path)
    }

    /// Where the note of what was promised goes.
    pub(super) fn head_note(&self) -> PathBuf {
        self.path.join(HEAD)
    }

    /// Where what is noted of time goes.
    pub(super) fn clock(&self) -> PathBuf {
        self.path.join(CLOCK)
    }

    /// Where the note of what is in tables goes.
    pub(super) fn anchor(&self) -> PathBuf {
        self.path.join(ANCHOR)
    }

    /// Where the roots of subtrees go.
    pub(super) fn subtrees(&self) -> PathBuf {
        self.path.join(SUBTREES)
    }

    /// Where a copy of the database goes that may be spoiled.
    pub(super) fn scratch_copy(&self) -> PathBuf {
        self.path.join(SCRATCH_COPY)
    }

    /// Keeps bytes that are about to be cut from the end of a file, which is called `name`.
    pub(super) fn keep_cut(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let when = system_time::in_a_name(system_time::now());
        let mut file = file::create_private(&self.path.join(format!("cut-{when}-{name}")))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        if cfg!(unix) { File::open(&self.path)?.sync_all() } else { Ok(()) }
    }

    /// Gives a new folder its marker, once all else is in it.
    pub(super) fn finish(&mut self, marked: Marked) -> Result<(), StoreError> {
        if self.stage == Stage::New {
            // The database leaves the names of its own folders to chance.
            sync_directories(&self.log())?;
            // Through the file that says that the store is being made.
            self.mark(marked).map_err(fault("write", &self.path.join(MARKER)))?;
            self.stage = Stage::Whole;
        }
        Ok(())
    }

    /// Says that the folder is being made, and takes away what an earlier attempt left, or laid ready: nothing is
    /// written through a link.
    fn begin(&self) -> Result<(), StoreError> {
        let unfinished = self.path.join(UNFINISHED_MARKER);
        let write = || {
            file::clear(&unfinished)?;
            let mut file = file::create_private(&unfinished)?;
            file.write_all(Marked::default().text().as_bytes())?;
            file.sync_all()
        };
        write().map_err(fault("write", &unfinished))?;
        sync_directory(&self.path)?;
        for left in [KEYS, HEAD, SIGNING].map(|name| self.path.join(name)) {
            file::clear(&left).map_err(fault("remove", &left))?;
        }
        match fs::remove_dir_all(self.log()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(fault("remove", &self.log())(error)),
            _ => Ok(()),
        }
    }
}

fn mark(path: &Path, marked: Marked) -> io::Result<()> {
    file::replace(&path.join(MARKER), marked.text().as_bytes())
}

/// Has the store at a path no longer say which keys belong to it, before others are put in the place of those it was
/// made with: the next opening says that these do.
pub(crate) fn forget_keys(path: &Path) -> Result<(), StoreError> {
    mark(path, Marked { keys: None, ..Marked::at(path) }).map_err(fault("write", &path.join(MARKER)))
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The lock goes with the file; a note left behind says that its writer did not come to this.
        // The database makes its files as the umask says.
        if self.writes {
            file::tighten(&self.path);
        }
        if let (false, Some(lock)) = (self.leave, &self.lock) {
            let _ = lock.set_len(0);
        }
    }
}
