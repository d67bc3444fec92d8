//! Where cases come back from.

use super::super::Case;
use std::fmt;
use std::sync::Arc;

/// Gives cases back that left memory. It is asked under a lock of the views, unless somebody foresaw that they are
/// [`Missing`]; it must not ask for such a lock itself.
pub trait ColdCases: Send + Sync + fmt::Debug {
    /// The cases of a row of [`crate::checkpoint::Table::Cases`]. They left when the saved row had this
    /// digest, by the engine's account. Never anything else for it: where the row cannot be had, the log has the cases.
    fn bring(&self, row: u32, digest: u64) -> SavedCases;
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
    /// Brings it, from wherever it is.
    #[must_use]
    pub fn bring(self) -> Returned {
        let Missing { chunk, digest, source } = self;
        let row = u32::try_from(chunk).expect("there are fewer chunks than cases");
        let SavedCases(cases) = source.bring(row, digest);
        Returned { chunk, digest, cases }
    }
}

/// What was missing, to be put back.
#[derive(Debug)]
pub struct Returned {
    pub(super) chunk: usize,
    pub(super) digest: u64,
    pub(super) cases: Vec<Case>,
}
