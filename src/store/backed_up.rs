//! When a backup was last taken: noted beside the store by whoever took it.
//!
//! `DIR/views.backed-up`, JSON; disposable as saved views are: without it no backup is known of. INVARIANT: it is replaced
//! as a whole. Absent on purpose: where the backup lies, and any use of the note but telling it. What was taken once may
//! have been lost since.

use crate::integrity::file;
use caseward_events::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

const FILE: &str = "views.backed-up";
const UNFINISHED: &str = "views.backed-up.new";

/// The note of the last backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedUp {
    /// By the clock of whoever took it.
    pub at: Timestamp,
}

impl BackedUp {
    /// What is noted beside a store; none where nothing is that can be read.
    #[must_use]
    pub fn read(data: &Path) -> Option<BackedUp> {
        serde_json::from_slice(&fs::read(data.join(FILE)).ok()?).ok()
    }

    /// Notes it beside a store.
    ///
    /// # Errors
    /// The disk. What was noted before stays.
    pub fn note(&self, data: &Path) -> io::Result<()> {
        let unfinished = data.join(UNFINISHED);
        file::clear(&unfinished)?;
        file::create_private(&unfinished)?.write_all(&serde_json::to_vec(self)?)?;
        fs::rename(unfinished, data.join(FILE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_backup_is_noted_and_a_spoiled_note_is_none() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        assert_eq!(BackedUp::read(folder.path()), None);
        for seconds in [1, 2] {
            let backed_up = BackedUp { at: Timestamp::from_micros(seconds * 1_000_000) };
            backed_up.note(folder.path()).expect("there is room");
            assert_eq!(BackedUp::read(folder.path()), Some(backed_up));
        }
        fs::write(folder.path().join(FILE), b"{").expect("there is room");
        assert_eq!(BackedUp::read(folder.path()), None);
    }
}
