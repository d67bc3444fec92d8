//! When a backup was last taken: noted beside the store by whoever took it.
//!
//! `DIR/views.backed-up`, JSON; disposable as saved views are: without it no backup is known of. INVARIANT: it is replaced
//! as a whole. Absent on purpose: where the backup lies, and any use of the note but telling it. What was taken once may
//! have been lost since.

use crate::integrity::file;
use caseward_events::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::Path;

const FILE: &str = "views.backed-up";

/// The note of the last backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBackup {
    /// By the clock of whoever took it.
    pub at: Timestamp,
}

impl LastBackup {
    /// What is noted beside a store; none where nothing is that can be read.
    #[must_use]
    pub fn read(data: &Path) -> Option<LastBackup> {
        serde_json::from_slice(&fs::read(data.join(FILE)).ok()?).ok()
    }

    /// Notes it beside a store.
    ///
    /// # Errors
    /// The disk. What was noted before stays.
    pub fn note(&self, data: &Path) -> io::Result<()> {
        file::replace_note(data, FILE, &serde_json::to_vec(self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_backup_is_noted_and_a_spoiled_note_is_none() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        assert_eq!(LastBackup::read(folder.path()), None);
        for seconds in [1, 2] {
            let backed_up = LastBackup { at: Timestamp::from_micros(seconds * 1_000_000) };
            backed_up.note(folder.path()).expect("there is room");
            assert_eq!(LastBackup::read(folder.path()), Some(backed_up));
        }
        fs::write(folder.path().join(FILE), b"{").expect("there is room");
        assert_eq!(LastBackup::read(folder.path()), None);
    }
}
