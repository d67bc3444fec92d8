//! Cases that leave memory, and come back ([`crate::tables::case_access`]).
//!
//! INVARIANT: a case leaves only while the saved rows have it as it is, so that the same comes back. Absent on purpose: when
//! that is asked for, and how much may be held; the engine knows.

use crate::facts::place::Place;
use crate::fold::views::Views;
use crate::tables::case_access::Case;
use crate::tables::case_access::residency::{ColdCases, Missing, Residency, Returned, SavedCases};
use crate::tables::dirty::DirtyRows;
use crate::tables::table::Table;
use caseward_events::CaseId;
use std::ops::Range;
use std::sync::Arc;

/// How many rows are looked at for each that leaves.
pub const LOOKS_FOR_ONE: usize = 16;

impl Views {
    /// From now on cases may leave memory; they come back from there.
    pub fn may_leave(&mut self, source: Arc<dyn ColdCases>) {
        self.cases.may_leave(source);
    }

    /// Takes some cases out of memory that nobody asked for of late: at most those of so many rows, each saved and unchanged
    /// since. `digest` tells that of a row of cases, as it is saved; no cut may be about to be saved. What comes back is for
    /// dropping without the lock.
    pub fn leave(&mut self, rows: usize, digest: impl Fn(u32) -> u64) -> Vec<Vec<Case>> {
        let Views { cases, undo_log, .. } = self;
        // What the head has not passed, or not settled, is marked nowhere.
        let mut unsettled = DirtyRows::default();
        undo_log.above(Place::ZERO).for_each(|record| unsettled.touched(record));
        let cases_saved = undo_log.dirty.saved[Table::Cases as usize] as usize;
        let marked = |row| undo_log.dirty.has(Table::Cases, row) || unsettled.has(Table::Cases, row);
        let saved = |row, end| (end <= cases_saved && !marked(row)).then(|| digest(row));
        cases.leave(rows, rows * LOOKS_FOR_ONE, saved)
    }

    /// Brings all cases back, before what is saved of them is so no more.
    pub fn all_return(&self) {
        self.cases.all_return();
    }

    /// What has to be brought back before a case can be asked about without waiting for it.
    #[must_use]
    #[inline]
    pub fn missing(&self, case: &CaseId) -> Option<Missing> {
        self.cases.missing(case)
    }

    /// Puts back what was missing, unless that has happened already, or it has changed since.
    pub fn put_back(&self, returned: Returned) {
        self.cases.put_back(returned);
    }

    /// What the cases in memory take, where they may leave, as last counted.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.cases.held_bytes()
    }

    /// Counts the cases of some rows anew: they may have grown. Whether there are more.
    #[must_use]
    pub fn count_anew(&self, rows: Range<usize>) -> bool {
        self.cases.count_anew(rows)
    }

    /// How many cases are in memory, how many not.
    #[must_use]
    pub fn whereabouts(&self) -> Residency {
        self.cases.residency()
    }

    /// A copy of all cases, of views whose cases never leave.
    #[must_use]
    pub fn all_cases(&self) -> SavedCases {
        self.cases.to_saved()
    }
}
