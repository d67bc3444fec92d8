//! Rows of cases that a question needs and that have left memory, and what comes back of them.
//!
//! INVARIANT: these are data. Whoever asks learns which rows are missing, fetches them where it likes, puts them back and
//! asks again. Absent on purpose: a way to fetch them from here, which would be I/O.

use crate::tables::case_access::Case;

/// A row of [`crate::tables::table::Table::Cases`] that is not in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowMissing {
    /// Which.
    pub row: u32,
    /// Of its saved bytes, by the engine's account.
    pub digest: u64,
}

/// Why there is no answer: these rows have left memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{} rows of cases have left memory", .0.len())]
pub struct RowsMissing(pub Vec<RowMissing>);

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

    /// As what comes back for a row that was missing.
    #[must_use]
    pub fn returned(self, row: RowMissing) -> RowReturned {
        RowReturned { row, cases: self.0 }
    }
}

/// A row that was missing, to be put back.
#[derive(Clone, Debug)]
pub struct RowReturned {
    pub(super) row: RowMissing,
    pub(super) cases: Vec<Case>,
}

impl RowReturned {
    /// Which row.
    #[must_use]
    pub fn row(&self) -> RowMissing {
        self.row
    }
}
