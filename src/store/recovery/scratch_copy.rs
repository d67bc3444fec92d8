//! A copy of the database that may be spoiled, where the store itself must not be touched.
//!
//! The database cannot be opened without it writing: it cuts journals, and drops files that it does not know. So whoever
//! only looks, or cannot vouch, opens this. Tables, which never change, are linked; the rest is copied, and of the
//! journals only what is whole.
//!
//! INVARIANT: no file of the store changes. It goes when it is dropped; one that was left behind is replaced.

use crate::store::folder::Folder;
use crate::store::journal::{self, End, Journal};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The copy; its files go when it is dropped.
#[derive(Debug)]
pub(in crate::store) struct ScratchCopy(PathBuf);

impl ScratchCopy {
    /// Makes the copy.
    pub(in crate::store) fn make(folder: &Folder, journals: &[Journal]) -> io::Result<Self> {
        let copy = ScratchCopy(folder.scratch_copy());
        copy.remove()?;
        copy_folder(&folder.log(), &copy.0)?;
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

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy_folder(&path, &copy)?;
        } else if is_table(&path) {
            // Where a file system has no links, it takes a copy.
            fs::hard_link(&path, &copy).or_else(|_| fs::copy(&path, &copy).map(drop))?;
        } else if !journal::is_journal(&path) {
            fs::copy(&path, &copy)?;
        }
    }
    Ok(())
}

/// Tables lie in folders of that name.
fn is_table(path: &Path) -> bool {
    path.parent().and_then(Path::file_name).is_some_and(|folder| folder == "tables")
}
