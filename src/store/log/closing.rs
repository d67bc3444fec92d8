//! The end of a store: threads joined, the head noted, journals emptied that hold nothing more.
//!
//! INVARIANT: what fails here costs the next opening time, and nothing else.

use super::FjallStore;
use super::writing::Writing;
use crate::store::closing::{Closes, Closing};
use crate::store::journal;
use std::fs::OpenOptions;
use std::path::PathBuf;

impl Closes for FjallStore {
    fn closing(&self) -> &Closing {
        &self.closing
    }
}

impl Drop for FjallStore {
    /// Ends its threads and waits for their ends, notes the head and, where it is worth it, brings everything into
    /// tables. What fails here is found and made good by the next opening, from the journals.
    fn drop(&mut self) {
        let stopped = self.writing.take().map_or(Ok(false), Writing::stop);
        if stopped.is_err() {
            self.folder.leave();
        }
        let emptied = stopped.unwrap_or(false);
        self.spent = emptied.then(|| Spent(self.folder.log()));
    }
}

/// A database whose journals hold nothing that its tables do not: they are emptied once it is closed. The last file
/// itself stays, without which the database would count its batches from 0 again.
pub(super) struct Spent(PathBuf);

impl Drop for Spent {
    fn drop(&mut self) {
        if let Ok(journals) = journal::scan(&self.0)
            && let [journal] = journals.as_slice()
        {
            let empty = || OpenOptions::new().write(true).open(&journal.path)?.set_len(0);
            // One that stays is replayed, to no effect.
            let _ = empty();
        }
    }
}
