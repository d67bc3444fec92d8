//! Asking the views of a tenant, and folding into them, where cases may have left memory.
//!
//! Everybody asks the same way: run the question under the lock; if rows are missing, release the lock, fetch them, put
//! them back, and run it again. INVARIANT: no lock is held while anything is read, and no answer is given that a
//! missing row had a part in. Every round brings back a row that none before it brought, or finds that somebody else
//! did; so it ends. Absent on purpose: where rows come from ([`super::cold_store`]).

use super::Tenant;
use super::cold_store::ColdStore;
use crate::engine::replay::OpenError;
use crate::seams::StoreError;
use caseward_events::{Position, Recorded};
use caseward_projections::{AtHand, FoldError, RowMissing, RowReturned, RowsMissing, Views};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows that are brought back at once.
const ROWS_AT_ONCE: usize = 512;
/// Rows that are put back under one lock of a writer.
const ROWS_PUT_BACK: usize = 16;
/// Events that are folded under one lock of a writer.
const SLICE_EVENTS: usize = 16;

impl Tenant {
    /// Asks something of the views, with every case that it needs in memory. It may be asked several times.
    ///
    /// # Errors
    /// A case that it needs has left memory, and neither its saved row nor the log can be read.
    #[inline]
    pub(in crate::engine) fn ask<T>(&self, question: impl Fn(AtHand<'_>) -> T) -> Result<T, OpenError> {
        let asked = self.views().ask(&question);
        match asked {
            Ok(answer) => Ok(answer),
            Err(missing) => self.ask_again(question, missing),
        }
    }

    #[cold]
    fn ask_again<T>(&self, question: impl Fn(AtHand<'_>) -> T, missing: RowsMissing) -> Result<T, OpenError> {
        let (mut missing, mut in_hand, mut alone) = (missing, InHand::default(), false);
        loop {
            let lacking = in_hand.lacking(&missing);
            if !lacking.is_empty() {
                in_hand.take(self.fetch(&lacking)?);
            } else if alone {
                return Err(self.cannot_come_back());
            } else {
                // All were brought, and left again before they were asked about: now nobody comes in between.
                alone = true;
            }
            let asked = if alone {
                let mut views = self.views_mut();
                in_hand.put_back(&mut views);
                views.ask(&question)
            } else {
                in_hand.put_back_in_slices(self);
                self.views().ask(&question)
            };
            match asked {
                Ok(answer) => return Ok(answer),
                Err(still) => missing = still,
            }
        }
    }

    /// Folds events above the head, a slice of them under one lock; the position of the last event there is then.
    ///
    /// # Errors
    /// As for [`Tenant::ask`]. Then some of them may be folded, for the caller to take off.
    pub(in crate::engine) fn fold_in(&self, events: &[Recorded]) -> Result<Position, OpenError> {
        for slice in events.chunks(SLICE_EVENTS) {
            let mut views = self.views_mut();
            for event in slice {
                let mut in_hand = InHand::default();
                while let Err(missing) = fold_one(&mut views, event) {
                    drop(views);
                    let lacking = in_hand.lacking(&missing);
                    if lacking.is_empty() {
                        return Err(self.cannot_come_back());
                    }
                    in_hand.take(self.fetch(&lacking)?);
                    views = self.views_mut();
                    in_hand.put_back(&mut views);
                }
            }
        }
        Ok(self.views().tip())
    }

    /// Loads all evicted cases, before their saved rows become outdated. No case may be evicted meanwhile.
    ///
    /// # Errors
    /// As for [`Tenant::ask`].
    pub(in crate::engine) fn all_return(&self) -> Result<(), OpenError> {
        loop {
            let Err(RowsMissing(missing)) = self.views().all_here(ROWS_AT_ONCE) else { return Ok(()) };
            let mut in_hand = InHand::default();
            in_hand.take(self.fetch(&missing)?);
            in_hand.put_back_in_slices(self);
            if missing.iter().all(|&row| self.views().is_missing(row)) {
                return Err(self.cannot_come_back());
            }
        }
    }

    /// Reads rows. Returns none if some have come back meanwhile or belong to another generation now.
    fn fetch(&self, rows: &[RowMissing]) -> Result<Vec<RowReturned>, OpenError> {
        if let Some(original) = self.original() {
            return original.rows_for_twin(rows, self.head());
        }
        let Some(cold) = self.cold() else { return Err(self.cannot_come_back()) };
        if let Some(rows) = cold.of_folded_log(rows) {
            return Ok(rows);
        }
        match cold.saved(rows) {
            Ok(rows) => Ok(rows),
            Err(_) if !self.are_missing(rows, &cold) => Ok(Vec::new()),
            Err(why) => cold.of_log(rows, &why),
        }
    }

    /// Whether rows are still missing as they were, and to be brought from there.
    fn are_missing(&self, rows: &[RowMissing], from: &Arc<ColdStore>) -> bool {
        let views = self.views();
        let still = self.cold().is_some_and(|cold| Arc::ptr_eq(&cold, from));
        still && rows.iter().all(|&row| views.is_missing(row))
    }

    fn cannot_come_back(&self) -> OpenError {
        let why = "what was read in its place is not what left".to_owned();
        let source = StoreError::Corruption("the log has other cases than the views".to_owned());
        OpenError::Cases { organization: self.number(), why, source: Some(Box::new(source.into())) }
    }
}

fn fold_one(views: &mut Views, event: &Recorded) -> Result<(), RowsMissing> {
    match views.apply(event) {
        Ok(()) => Ok(()),
        Err(FoldError::Missing { rows, .. }) => Err(rows),
        Err(other) => panic!("an event decided on these views fits them: {other}"),
    }
}

/// Rows that were read for one question: they are put back each time that it is asked, as they may leave in between.
#[derive(Default)]
struct InHand(BTreeMap<u32, RowReturned>);

impl InHand {
    /// Those that were not read yet, or as they were before they changed.
    fn lacking(&self, RowsMissing(missing): &RowsMissing) -> Vec<RowMissing> {
        let is_lacking = |row: &&RowMissing| self.0.get(&row.row).is_none_or(|read| read.row() != **row);
        missing.iter().filter(is_lacking).copied().collect()
    }

    fn take(&mut self, rows: Vec<RowReturned>) {
        self.0.extend(rows.into_iter().map(|row| (row.row().row, row)));
    }

    fn put_back(&self, views: &mut Views) {
        self.0.values().for_each(|row| put_back(views, row));
    }

    /// In slices, so that readers can take the lock in between.
    fn put_back_in_slices(&self, tenant: &Tenant) {
        let rows: Vec<&RowReturned> = self.0.values().collect();
        for slice in rows.chunks(ROWS_PUT_BACK) {
            let mut views = tenant.views_mut();
            slice.iter().for_each(|row| put_back(&mut views, row));
        }
    }
}

/// Puts a row back if it is still missing; only then is it copied.
fn put_back(views: &mut Views, row: &RowReturned) {
    if views.is_missing(row.row()) {
        views.put_back(row.clone());
    }
}
