//! Where cases come back from.

use crate::tables::case_access::Case;
use std::fmt;
use std::sync::Arc;

/// Gives cases back that left memory. It is asked under a lock of the views, unless somebody foresaw that they are
/// [`Missing`]; it must not ask for such a lock itself.
pub trait ColdCases: Send + Sync + fmt::Debug {
    /// The cases of a row of [`crate::tables::table::Table::Cases`]. They left when the saved row had this
    /// digest, by the engine's account. Never anything else for it: where the row cannot be had, the log has the cases.
    fn bring(&self, row: u32, digest: u64) -> SavedCases;

    /// The same, while no lock is held: none, where the row has another digest or cannot be read. It may have come back
    /// meanwhile, and been changed and saved.
    fn try_to_bring(&self, row: u32, digest: u64) -> Option<SavedCases>;
}

/// Cases as rows have them.
#[derive(Clone, Debug)]
pub struct SavedCases(pub(crate) Vec<Case>);

impl SavedCases {
    /// Those of a row, of all cases from the first on.
    #[must_use]
    pub fn of_row(&self, row: u32) -> SavedCases {
        let row = self.0.chunks(super::CHUNK_CASES).nth(row as usize);
        SavedCases(row.unwrap_or_default().to_vec())
    }
}

/// A part of the views that has left memory and will be asked for: to be brought while no lock is held.
#[derive(Debug)]
pub struct Missing {
    pub(super) chunk: usize,
    pub(super) digest: u64,
    pub(super) source: Arc<dyn ColdCases>,
}

impl Missing {
    /// Brings it, if it is still missing.
    #[must_use]
    pub fn bring(self) -> Option<Returned> {
        let Missing { chunk, digest, source } = self;
        let SavedCases(cases) = source.try_to_bring(row_of(chunk), digest)?;
        Some(Returned { chunk, digest, cases })
    }

    /// Brings it under a lock, so that nothing changes meanwhile.
    pub(super) fn bring_now(self) -> Vec<Case> {
        self.source.bring(row_of(self.chunk), self.digest).0
    }
}

fn row_of(chunk: usize) -> u32 {
    u32::try_from(chunk).expect("there are fewer chunks than cases")
}

/// What was missing, to be put back.
#[derive(Debug)]
pub struct Returned {
    pub(super) chunk: usize,
    pub(super) digest: u64,
    pub(super) cases: Vec<Case>,
}
