//! A copy of the database that may be spoiled, where the store itself must not be touched.
//!
//! The database cannot be opened without it writing: it cuts journals, and drops files that it does not know. So
//! whoever only looks, or cannot vouch, opens this. Tables, which never change, are linked; the rest is copied, and of
//! the journals only what is whole.
//!
//! It lies in the data directory or, where that cannot be written, in a folder for temporary files, the last of which
//! is in memory. INVARIANT: no file of the store changes. It goes when it is dropped; one that was left behind in the
//! data directory is replaced.

use crate::integrity::file;
use crate::store::folder::naming;
use crate::store::journal::{self, End, Journal};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the system keeps files in memory, if it has such a place.
const IN_MEMORY: &str = "/dev/shm";

/// The copy; its files go when it is dropped.
#[derive(Debug)]
pub(in crate::store) struct ScratchCopy(PathBuf);

impl ScratchCopy {
    /// Makes the copy, at a place beside the database if that can be written.
    pub(in crate::store) fn make(database: &Path, beside: &Path, journals: &[Journal]) -> io::Result<Self> {
        let first = ScratchCopy::at(beside.to_owned(), database, journals);
        let elsewhere = [std::env::temp_dir(), PathBuf::from(IN_MEMORY)].into_iter().filter(|place| place.is_dir());
        elsewhere.map(|place| place.join(temporary_name())).fold(first, |copied, place| match copied {
            Ok(copy) => Ok(copy),
            // What is told is why the first place would not do.
            Err(why) => ScratchCopy::at(place, database, journals).map_err(|_| why),
        })
    }

    fn at(place: PathBuf, database: &Path, journals: &[Journal]) -> io::Result<Self> {
        let copy = ScratchCopy(place);
        copy.remove()?;
        copy_folder(database, &copy.0)?;
        for journal in journals {
            let name = journal.path.file_name().unwrap_or_default();
            let mut whole = fs::read(&journal.path)?;
            whole.truncate(usize::try_from(journal.whole_bytes).unwrap_or(usize::MAX));
            fs::write(copy.0.join(name), whole)?;
            if journal.end != End::Clean {
                break;
            }
        }
        Ok(copy)
    }

    pub(in crate::store) fn path(&self) -> &Path {
        &self.0
    }

    fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for ScratchCopy {
    fn drop(&mut self) {
        // What is left behind is replaced by the next one.
        let _ = self.remove();
    }
}

/// Of which there is no second one on this machine.
fn temporary_name() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    format!("caseward-{}-{number}-{:x}", std::process::id(), getrandom::u32().unwrap_or_default())
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    file::create_private_directory(to)?;
    for entry in fs::read_dir(from).map_err(naming(from))? {
        let entry = entry.map_err(naming(from))?;
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy_folder(&path, &copy)?;
        } else if is_table(&path) {
            // Where a file system has no links, it takes a copy.
            fs::hard_link(&path, &copy).or_else(|_| copy_file(&path, &copy))?;
        } else if !journal::is_journal(&path) {
            copy_file(&path, &copy)?;
        }
    }
    Ok(())
}

/// For the owner alone, who may write it, whatever the mode of the file itself.
pub(in crate::store) fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut file = fs::File::open(from).map_err(naming(from))?;
    io::copy(&mut file, &mut file::create_private(to).map_err(naming(to))?).map(drop)
}

/// Tables lie in folders of that name.
fn is_table(path: &Path) -> bool {
    path.parent().and_then(Path::file_name).is_some_and(|folder| folder == "tables")
}
