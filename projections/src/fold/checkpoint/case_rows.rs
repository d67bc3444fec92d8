//! Rows of cases, decoded apart from the rest.

use crate::facts::bytes::{RowDamage, RowReader};
use crate::facts::interner::saved::load_id;
use crate::facts::position::Pos32;
use crate::facts::saved::Saved;
use crate::tables::case_access::Case;
use crate::tables::case_access::build_index::CasesByKey;
use crate::tables::case_access::residency::{CHUNK_CASES, SavedCases};
use crate::tables::table::Table;
use caseward_events::CaseId;
/// Rows of cases, decoded apart from the rest, so that it can be done on several threads.
#[derive(Debug, Default)]
pub struct CaseRows {
    pub(super) ids: Vec<CaseId>,
    pub(super) opened: Vec<Pos32>,
    pub(super) versions: Vec<u32>,
    /// When restrictions were switched on and off.
    pub(super) switches: Vec<(Pos32, bool)>,
    /// The parents of those that have one, and where these were opened.
    pub(super) children: Vec<(u32, Pos32)>,
    pub(super) cases: Vec<Case>,
    pub(super) found: Option<CasesByKey>,
    /// Those that do not stay, by the digests and lengths of their rows.
    pub(super) left: Vec<(u64, usize)>,
}

impl CaseRows {
    /// With room for so many rows.
    #[must_use]
    pub fn with_capacity(rows: usize) -> CaseRows {
        let cases = rows * Table::Cases.row_entities() as usize;
        CaseRows {
            ids: Vec::with_capacity(cases),
            opened: Vec::with_capacity(cases),
            versions: Vec::with_capacity(cases),
            cases: Vec::with_capacity(cases),
            ..CaseRows::default()
        }
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// It is no row of cases.
    pub fn row(&mut self, row: &[u8]) -> Result<(), RowDamage> {
        let mut from = RowReader(row);
        while !from.0.is_empty() {
            let (id, opened) = load_id(&mut from)?;
            self.ids.push(id);
            self.opened.push(opened);
            self.versions.push(from.number_32()?);
            let mut case = Case::load(&mut from)?;
            case.opened = opened;
            self.switches.extend(case.switches());
            self.children.extend(case.parent.map(|parent| (parent, opened)));
            self.cases.push(case);
        }
        Ok(())
    }

    /// How many cases.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// What the cases take in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.cases.iter().map(|case| size_of_val(case) + case.heap()).sum()
    }

    /// Notes what gathers the cases, the first of which is in row `first`.
    pub fn look_through(&mut self, first: u32) {
        let first = first * Table::Cases.row_entities();
        self.found = Some(CasesByKey::among((first..).zip(&self.cases), self.cases.len()));
    }

    /// Leaves out the cases that can come back, once they were [looked through](CaseRows::look_through). `digests` has one
    /// for each row.
    pub fn leave(&mut self, digests: &[u64]) {
        assert!(self.found.is_some(), "nobody could tell any more what gathers them");
        let lengths = self.cases.chunks(CHUNK_CASES).map(<[Case]>::len);
        self.left = digests.iter().copied().zip(lengths).collect();
        self.cases = Vec::new();
    }

    /// The cases alone.
    #[must_use]
    pub fn into_cases(self) -> SavedCases {
        SavedCases(self.cases)
    }
}
