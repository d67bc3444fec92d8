//! The log of reads of a store that is open: opened when somebody first wants it, and shared.

use super::FjallStore;
use crate::seams::StoreError;
use crate::store::reads::ReadsLog;
use std::sync::{Arc, Mutex, PoisonError};

/// Opened once.
#[derive(Debug, Default)]
pub(super) struct ReadsOnce(Mutex<Option<Arc<ReadsLog>>>);

impl FjallStore {
    /// The log of reads beside it.
    ///
    /// # Errors
    /// The store takes no writes; the disk; `Corruption`: its end is not what was written.
    pub fn reads(&self) -> Result<Arc<ReadsLog>, StoreError> {
        self.writing()?;
        let mut opened = self.reads.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = &*opened {
            return Ok(Arc::clone(opened));
        }
        let log = Arc::new(ReadsLog::open(self.folder.path())?);
        *opened = Some(Arc::clone(&log));
        Ok(log)
    }
}
