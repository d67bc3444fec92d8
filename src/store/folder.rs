//! The data directory: whether it is one, making it, and keeping other processes out.
//!
//! INVARIANT: the marker `CASEWARD` appears, by a rename, only when all else is there and synced. A directory whose
//! making was cut short holds `CASEWARD.new` instead, no event was ever promised from it, and it is made anew. Nothing
//! is written into a directory that is neither empty nor ours. Absent on purpose: what `log` is (`super::log`).

use crate::seams::{StoreError, Work};
use chrono::{SecondsFormat, Utc};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The format of the store that this release writes.
pub const FORMAT: u32 = 1;

const MARKER: &str = "CASEWARD";
const UNFINISHED_MARKER: &str = "CASEWARD.new";
const LOCK: &str = "LOCK";
const LOG: &str = "log";
const KEYS: &str = "KEYS";
pub(super) const SIGNING: &str = "SIGNING";
const HEAD: &str = "HEAD";
const ANCHOR: &str = "ANCHOR";
/// A copy of the database that is opened where the store itself must not be touched.
const SCRATCH_COPY: &str = "aside";
/// What an empty file system has in it, so that one can be mounted for a store.
const FILE_SYSTEM_S_OWN: &str = "lost+found";

const FIRST_LINE: &str = "caseward store";
const FORMAT_KEY: &str = "format ";
/// The marker of a store that has keys to sign tree heads with says so, so that others are never made in their place.
const SIGNED: &str = "signed";
/// What the making of a store leaves that is cut short.
const IN_THE_MAKING: [&str; 7] = [UNFINISHED_MARKER, MARKER, LOG, KEYS, HEAD, SIGNING, "SIGNING.new"];
/// Read of a marker or a lock note; both are far shorter.
const NOTE_BYTES_MAX: u64 = 512;

/// What to do where there is no store yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Make one, if there is nothing or an empty directory.
    Create,
    /// Answer [`StoreError::Missing`].
    Existing,
    /// Make one or go on with one that a restore began and has not ended: where `RESTORING` lies, nobody else comes in.
    Restoring,
}

/// Lies in a data directory while a backup is restored into it.
pub(crate) const RESTORING: &str = "RESTORING";
/// Lies in a data directory while what was healed takes the place of what was damaged.
pub(crate) const HEALING: &str = "HEALING";

/// Whether the folder has its marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is being made: what it needs is still to come.
    New,
    /// It is whole.
    Whole,
}

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
    lock: File,
    stage: Stage,
    /// Whether whoever had it last ended without closing it.
    was_left: bool,
    /// Whether the next one shall find it so.
    leave: bool,
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
        let folder = Folder { path: path.to_owned(), lock, stage: survey(path, access)?, was_left, leave: false };
        if folder.stage == Stage::New {
            folder.begin()?;
        }
        Ok(folder)
    }

    /// Locks a data directory of which anything may be missing, and says what is wrong with its marker.
    pub(super) fn to_salvage(path: &Path) -> Result<(Self, Option<String>), StoreError> {
        if ![MARKER, LOG, KEYS, HEAD].iter().any(|part| path.join(part).exists()) {
            return Err(StoreError::Missing(path.to_owned()));
        }
        let marker = match survey(path, Access::Existing) {
            Ok(Stage::Whole) => None,
            Ok(Stage::New) => Some("it is not there".to_owned()),
            Err(StoreError::NotAStore { why, .. } | StoreError::Corruption(why)) => Some(why),
            Err(error) => return Err(error),
        };
        let (lock, was_left) = lock(path)?;
        Ok((Folder { path: path.to_owned(), lock, stage: Stage::Whole, was_left, leave: false }, marker))
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether whoever had it last was killed, lost its power, or could not note how far it came.
    pub(super) fn was_left(&self) -> bool {
        self.was_left
    }

    /// Has the next one find it as if this one had been killed.
    pub(super) fn leave(&mut self) {
        self.leave = true;
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

    /// Whether it had keys of tree heads at any time.
    pub(super) fn is_signed(&self) -> bool {
        is_signed(&self.path)
    }

    /// Notes that it has keys of tree heads: they are there, and synced.
    pub(super) fn note_signed(&self) -> io::Result<()> {
        crate::integrity::file::replace(&self.path.join(MARKER), marker_text().as_bytes())
    }

    /// Where the note of what was promised goes.
    pub(super) fn head_note(&self) -> PathBuf {
        self.path.join(HEAD)
    }

    /// Where the note of what is in tables goes.
    pub(super) fn anchor(&self) -> PathBuf {
        self.path.join(ANCHOR)
    }

    /// Where a copy of the database goes that may be spoiled.
    pub(super) fn scratch_copy(&self) -> PathBuf {
        self.path.join(SCRATCH_COPY)
    }

    /// Keeps bytes that are about to be cut from the end of a file, which is called `name`.
    pub(super) fn keep_cut(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let when = Utc::now().format("%Y%m%dT%H%M%S%.6fZ");
        let mut file = File::create_new(self.path.join(format!("cut-{when}-{name}")))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        if cfg!(unix) { File::open(&self.path)?.sync_all() } else { Ok(()) }
    }

    /// Gives a new folder its marker, once all else is in it.
    pub(super) fn finish(&mut self) -> Result<(), StoreError> {
        if self.stage == Stage::New {
            // The database leaves the names of its own folders to chance.
            sync_directories(&self.log())?;
            let marker = self.path.join(MARKER);
            fs::rename(self.path.join(UNFINISHED_MARKER), &marker).map_err(fault("write", &marker))?;
            sync_directory(&self.path)?;
            self.stage = Stage::Whole;
        }
        Ok(())
    }

    /// Says that the folder is being made, and takes away what an earlier attempt left.
    fn begin(&self) -> Result<(), StoreError> {
        let unfinished = self.path.join(UNFINISHED_MARKER);
        let write = || {
            let mut file = File::create(&unfinished)?;
            file.write_all(marker_text().as_bytes())?;
            file.sync_all()
        };
        write().map_err(fault("write", &unfinished))?;
        sync_directory(&self.path)?;
        match fs::remove_dir_all(self.log()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(fault("remove", &self.log())(error)),
            _ => Ok(()),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The lock goes with the file; a note left behind says that its writer did not come to this.
        if !self.leave {
            let _ = self.lock.set_len(0);
        }
    }
}

fn marker_text() -> String {
    format!("{FIRST_LINE}\n{FORMAT_KEY}{FORMAT}\n{SIGNED}\n")
}

/// Whether the marker of the store at a path says that it has keys of tree heads, be they lost or not.
pub(super) fn is_signed(path: &Path) -> bool {
    read_note(&path.join(MARKER)).is_ok_and(|text| text.lines().nth(2) == Some(SIGNED))
}

/// Whether there is a store, or room for one.
fn survey(path: &Path, access: Access) -> Result<Stage, StoreError> {
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Stage::New),
        Err(error) => return Err(fault("look at", path)(error)),
        Ok(there) if !there.is_dir() => return Err(not_a_store(path, "it is not a directory")),
        Ok(_) => {}
    }
    let unfinished = |work| StoreError::Unfinished { path: path.to_owned(), work };
    if path.join(HEALING).exists() {
        return Err(unfinished(Work::Heal));
    }
    if path.join(RESTORING).exists() && access != Access::Restoring {
        return Err(unfinished(Work::Restore));
    }
    let marker = path.join(MARKER);
    let stage = match read_note(&marker) {
        Ok(text) => check_marker(path, &text).map(|()| Stage::Whole),
        Err(error) if error.kind() == ErrorKind::NotFound => check_room(path).map(|()| Stage::New),
        Err(error) => Err(fault("read", &marker)(error)),
    };
    match stage {
        Err(StoreError::NotAStore { why, .. }) if holds_all_but_the_marker(path) => Err(marker_lost(path, &why)),
        stage => stage,
    }
}

/// Whether all that a store has is there, and nothing of the making of one: no other directory looks like that.
fn holds_all_but_the_marker(path: &Path) -> bool {
    let there = [LOG, KEYS, HEAD].iter().all(|name| path.join(name).exists());
    there && path.join(LOG).is_dir() && !path.join(UNFINISHED_MARKER).exists()
}

fn marker_lost(path: &Path, why: &str) -> StoreError {
    StoreError::Corruption(format!(
        "`{}` has a log, keys and a note of the head, but {why}. If nothing else is damaged, it opens again, as a copy of \
         it will show, once a file `{MARKER}` there has three lines: `{FIRST_LINE}`, `{FORMAT_KEY}{FORMAT}` and `{SIGNED}`",
        path.display()
    ))
}

fn check_marker(path: &Path, text: &str) -> Result<(), StoreError> {
    let mut lines = text.lines();
    if lines.next() != Some(FIRST_LINE) {
        return Err(not_a_store(path, &format!("the first line of its `{MARKER}` is not `{FIRST_LINE}`")));
    }
    let format = lines.next().and_then(|line| line.strip_prefix(FORMAT_KEY)).and_then(|number| number.parse().ok());
    match format {
        Some(1..=FORMAT) => Ok(()),
        Some(found @ 2..) => Err(StoreError::NewerFormat { path: path.to_owned(), found, known: FORMAT }),
        Some(0) | None => Err(not_a_store(path, &format!("the second line of its `{MARKER}` tells no format"))),
    }
}

/// A directory without marker is room for a store if there is nothing in it but what the making of one leaves, be it
/// one that was cut short or one that goes on at this moment; of the two, the lock tells.
fn check_room(path: &Path) -> Result<(), StoreError> {
    let names = fs::read_dir(path).and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect());
    let names: Vec<OsString> = names.map_err(fault("list", path))?;
    let in_the_making = names.iter().any(|name| name == UNFINISHED_MARKER || name == MARKER);
    let ours = |name: &OsString| {
        [LOCK, FILE_SYSTEM_S_OWN, RESTORING, "RESTORING.new"].iter().any(|ours| name == ours)
            || in_the_making && IN_THE_MAKING.iter().any(|ours| name == ours)
    };
    match names.iter().find(|name| !ours(name)) {
        Some(name) => Err(not_a_store(path, &format!("it has `{}`, but no `{MARKER}`", name.display()))),
        None => Ok(()),
    }
}

/// Takes the lock and says who has it; whether whoever had it before still says so.
pub(crate) fn lock(path: &Path) -> Result<(File, bool), StoreError> {
    let lock_path = path.join(LOCK);
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&lock_path);
    let mut file = open.map_err(fault("open", &lock_path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(StoreError::InUse { path: path.to_owned(), holder: holder(&lock_path) });
        }
        Err(TryLockError::Error(error)) => return Err(fault("lock", &lock_path)(error)),
    }
    let was_left = file.metadata().is_ok_and(|there| there.len() > 0);
    // A courtesy to whoever comes second: a full disk must not keep the store from being opened and read. Synced, so
    // that a loss of power is seen, too.
    let _ = file.set_len(0).and_then(|()| file.write_all(note().as_bytes())).and_then(|()| file.sync_all());
    Ok((file, was_left))
}

/// This process, as others shall name it.
fn note() -> String {
    let since = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
    format!("process {} ({}), since {since}\n", std::process::id(), program())
}

/// The program and its subcommand; no other argument, as those may name what is nobody's business.
fn program() -> String {
    let mut arguments = std::env::args_os();
    let program = arguments.next().map(PathBuf::from);
    let program = program.as_deref().and_then(Path::file_stem).unwrap_or("caseward".as_ref()).display().to_string();
    let word = |word: &String| word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-');
    match arguments.next().and_then(|argument| argument.into_string().ok()).filter(word) {
        Some(subcommand) => format!("{program} {subcommand}"),
        None => program,
    }
}

/// What the process that has the lock wrote, as far as it can be read.
fn holder(lock_path: &Path) -> String {
    let note = read_note(lock_path).unwrap_or_default();
    let line: String = note.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
    if line.is_empty() { "another process".to_owned() } else { line }
}

/// The start of a short text file; bytes that are no text become replacement characters.
fn read_note(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(NOTE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Makes the directory with those above it that are missing, so that a loss of power does not undo it.
pub(crate) fn make_directory(path: &Path) -> Result<(), StoreError> {
    let missing = path.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.exists()).count();
    fs::create_dir_all(path).map_err(fault("create", path))?;
    let real = path.canonicalize().map_err(fault("look at", path))?;
    real.ancestors().skip(1).take(missing).try_for_each(sync_directory)
}

/// Makes the names in a directory durable; only Unix has a way to.
pub(crate) fn sync_directory(path: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        File::open(path).and_then(|directory| directory.sync_all()).map_err(fault("sync", path))?;
    }
    Ok(())
}

/// Likewise in all directories below it.
fn sync_directories(path: &Path) -> Result<(), StoreError> {
    let listing = || fault("list", path);
    for entry in fs::read_dir(path).map_err(listing())? {
        let entry = entry.map_err(listing())?;
        if entry.file_type().map_err(listing())?.is_dir() {
            sync_directories(&entry.path())?;
        }
    }
    sync_directory(path)
}

fn not_a_store(path: &Path, why: &str) -> StoreError {
    StoreError::NotAStore { path: path.to_owned(), why: why.to_owned() }
}

pub(crate) fn fault(verb: &str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let doing = format!("{verb} `{}`", path.display());
    move |error| StoreError::Fault { doing, source: Box::new(error) }
}
