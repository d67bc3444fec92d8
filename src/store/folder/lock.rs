//! `LOCK`: keeps other processes out of a data directory, and says who is in.
//!
//! INVARIANT: what keeps out is the lock of the system, which goes with the process; what the file says is a courtesy.

use super::files::{fault, read_note};
use super::names::LOCK;
use crate::integrity::file;
use crate::seams::{StoreError, system_time};
use caseward_events::Timestamp;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Takes the lock and says who has it; whether whoever had it before still says so.
pub(crate) fn lock(path: &Path) -> Result<(File, bool), StoreError> {
    let lock_path = path.join(LOCK);
    let mut file = open(&lock_path).map_err(fault("open", &lock_path))?;
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

/// Keeps others out as far as whoever may only read can; none where there is nothing to lock. Nothing is written.
pub(super) fn lock_to_look(path: &Path) -> Result<Option<File>, StoreError> {
    let lock_path = path.join(LOCK);
    let Ok(file) = File::open(&lock_path) else { return Ok(None) };
    match file.try_lock_shared() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_owned(), holder: holder(&lock_path) }),
        // A file system without locks has no writer that another machine could see either.
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// The file, made for the owner alone where it is not there. A link that lies in its place is not followed.
fn open(path: &Path) -> io::Result<File> {
    match file::create_private(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => return made,
    }
    if fs::symlink_metadata(path)?.is_symlink() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is a symbolic link, which a lock must not be"));
    }
    OpenOptions::new().read(true).write(true).open(path)
}

/// This process, as others shall name it.
fn note() -> String {
    let now = system_time::now();
    let since = Timestamp::from_micros(now.as_micros() - now.as_micros().rem_euclid(1_000_000));
    format!("process {} ({}), since {since}\n", std::process::id(), program())
}

/// What this process was started for, where it has said so.
static STARTED_FOR: OnceLock<String> = OnceLock::new();

/// Says what this process was started for, for whoever finds a store taken by it: a subcommand, and no other argument, as
/// those may name what is nobody's business. The first to say counts.
pub fn started_for(what: impl Into<String>) {
    let _ = STARTED_FOR.set(what.into());
}

/// The program, and what it was started for.
fn program() -> String {
    let program = std::env::args_os().next().map(PathBuf::from);
    let program = program.as_deref().and_then(Path::file_stem).unwrap_or("caseward".as_ref()).display().to_string();
    match STARTED_FOR.get() {
        Some(what) => format!("{program} {what}"),
        None => program,
    }
}

/// What the process that has the lock wrote, as far as it can be read.
fn holder(lock_path: &Path) -> String {
    let note = read_note(lock_path).unwrap_or_default();
    let line: String = note.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
    if line.is_empty() { "another process".to_owned() } else { line }
}
