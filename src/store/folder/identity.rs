//! Whether a data directory and the files that a writer has open are still what lies at their paths.
//!
//! A file that was unlinked takes writes and syncs as before, and nothing of them is ever found again. So whoever notes
//! the head looks first. INVARIANT: what cannot be looked at is not taken for gone. Absent on purpose: keeping anybody
//! from doing it; on systems without inodes, the check itself.

use super::names::{HEAD, LOG};
use crate::store::journal;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Of a journal that is compared: the beginning of its first batch.
const START_BYTES: usize = 16;

/// What a path led to at an opening.
#[derive(Clone, Debug)]
pub(in crate::store) struct Identity {
    directory: PathBuf,
    of_directory: FileId,
    of_head: FileId,
    journal: Option<Journal>,
}

/// What tells a file from every other one of its machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId {
    device: u64,
    inode: u64,
}

/// The journal that is written, as it was last seen.
#[derive(Clone, Debug)]
struct Journal {
    path: PathBuf,
    id: FileId,
    bytes: u64,
    start: [u8; START_BYTES],
}

impl Identity {
    /// Of a data directory whose database is open.
    pub(in crate::store) fn of(directory: &Path) -> io::Result<Identity> {
        // The program may go elsewhere meanwhile.
        let directory = std::path::absolute(directory)?;
        let mut identity = Identity {
            of_directory: file_id(&fs::metadata(&directory)?),
            of_head: file_id(&fs::metadata(directory.join(HEAD))?),
            journal: None,
            directory,
        };
        identity.journal = identity.newest_journal()?;
        Ok(identity)
    }

    /// Looks again.
    ///
    /// # Errors
    /// What is gone, or is another one.
    pub(in crate::store) fn check(&mut self) -> Result<(), String> {
        same(&self.directory, self.of_directory)?;
        same(&self.directory.join(HEAD), self.of_head)?;
        let newest = match self.newest_journal() {
            Ok(newest) => newest,
            Err(_) => return Ok(()),
        };
        match (&self.journal, &newest) {
            (Some(before), Some(now)) if before.path == now.path => before.goes_on_as(now)?,
            // The database began another one, with a greater number.
            (Some(before), Some(now)) if journal::number(&before.path) < journal::number(&now.path) => {}
            (Some(before), _) => return Err(format!("`{}` was removed", before.path.display())),
            (None, _) => {}
        }
        self.journal = newest;
        Ok(())
    }

    fn newest_journal(&self) -> io::Result<Option<Journal>> {
        let Some(path) = journal::files(&self.directory.join(LOG))?.pop() else { return Ok(None) };
        let mut file = File::open(&path)?;
        let there = file.metadata()?;
        let mut start = Vec::with_capacity(START_BYTES);
        (&mut file).take(START_BYTES as u64).read_to_end(&mut start)?;
        start.resize(START_BYTES, 0);
        let start = *start.first_chunk().expect("it was made that long");
        Ok(Some(Journal { path, id: file_id(&there), bytes: there.len(), start }))
    }
}

impl Journal {
    fn goes_on_as(&self, now: &Journal) -> Result<(), String> {
        let path = self.path.display();
        if now.id != self.id {
            return Err(format!("`{path}` was replaced by another file"));
        }
        let was_written = self.start != [0; START_BYTES];
        if now.bytes < self.bytes || was_written && now.start != self.start {
            return Err(format!("`{path}` was truncated"));
        }
        Ok(())
    }
}

/// That a path still leads to what it led to.
fn same(path: &Path, id: FileId) -> Result<(), String> {
    match fs::metadata(path) {
        Ok(there) if file_id(&there) == id => Ok(()),
        Ok(_) => Err(format!("`{}` was replaced", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(format!("`{}` was removed or moved away", path.display()))
        }
        Err(_) => Ok(()),
    }
}

#[cfg(unix)]
fn file_id(there: &Metadata) -> FileId {
    use std::os::unix::fs::MetadataExt;
    FileId { device: there.dev(), inode: there.ino() }
}

#[cfg(not(unix))]
fn file_id(_: &Metadata) -> FileId {
    FileId { device: 0, inode: 0 }
}
