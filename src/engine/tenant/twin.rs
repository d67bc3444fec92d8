//! Second views of an organization, at one position of its log: commands are tried on them, and nobody else sees it.
//!
//! They are made beside the writer, as a checkpoint is saved: cut at the head, then copied in slices under a read lock.
//! Cases are left out; one comes when it is first asked for, as it was at the position of the twin, from the views that
//! are served. INVARIANT: a twin equals the views that are served at its position, whatever is decided meanwhile: every
//! fact there is a history. A case that is missing has not changed since the twin was made, for whoever folds a change
//! into it has it brought first. Absent on purpose: what is tried on it ([`crate::engine::write`]).

use super::Tenant;
use crate::engine::replay::{self, OpenError};
use crate::seams::{Storage, StoreError};
use caseward_events::Position;
use caseward_projections::{CaseRows, Cut, Loading, RowDamage, RowMissing, RowReturned, Table};
use std::sync::Arc;
use tokio::runtime::Handle;

/// Rows copied under one lock of a reader.
const SLICE_ROWS: usize = 16;
/// Slices of cases that are looked through together.
const SLICES_TOGETHER: usize = 64;
/// What stands for the digest of a row that is fetched from memory.
const NO_DIGEST: u64 = 0;

impl Tenant {
    /// Its twin at its head.
    ///
    /// # Errors
    /// As for [`Tenant::ask`].
    pub(in crate::engine) fn twin(self: &Arc<Self>) -> Result<Arc<Tenant>, OpenError> {
        let cut = {
            let views = self.views();
            // Under the lock: what the writer has settled by now lies at this head or below it.
            views.cut_whole(self.head())
        };
        let mut loading = Loading::new(&cut.header()).map_err(does_not_fit)?;
        loading.let_leave();
        let (cases, others): (Vec<_>, Vec<_>) = cut.rows().partition(|(table, _)| *table == Table::Cases);
        for slice in others.chunks(SLICE_ROWS) {
            for ((table, _), bytes) in slice.iter().zip(self.saved(&cut, slice)?) {
                loading.row(*table, &bytes).map_err(does_not_fit)?;
            }
        }
        for slices in cases.chunks(SLICE_ROWS * SLICES_TOGETHER) {
            loading.cases(self.left_out(&cut, slices)?);
        }
        // The other threads of the machine are not for this.
        let views = loading.finish(&replay::one_by_one).map_err(does_not_fit)?;
        let (name, generations) = (self.name.clone(), self.generations().clone());
        Ok(Arc::new(Tenant { twin_of: Some(Arc::clone(self)), ..Tenant::with(name, self.number, views, generations) }))
    }

    fn saved(&self, cut: &Cut, rows: &[(Table, u32)]) -> Result<Vec<Vec<u8>>, OpenError> {
        self.ask(|views| rows.iter().map(|&(table, row)| views.save_row(cut, table, row)).collect())
    }

    /// What is known of cases that do not come along: their ids, and what gathers them.
    fn left_out(&self, cut: &Cut, rows: &[(Table, u32)]) -> Result<CaseRows, OpenError> {
        let mut cases = CaseRows::with_capacity(rows.len());
        for slice in rows.chunks(SLICE_ROWS) {
            for bytes in self.saved(cut, slice)? {
                cases.row(&bytes).map_err(does_not_fit)?;
            }
        }
        cases.look_through(rows.first().map_or(0, |(_, row)| *row));
        cases.leave(&vec![NO_DIGEST; rows.len()]);
        Ok(cases)
    }

    /// The organization that this is the twin of, if it is one.
    pub(in crate::engine) fn original(&self) -> Option<&Arc<Tenant>> {
        self.twin_of.as_ref()
    }

    /// Cases for a twin, as they were at its position.
    pub(super) fn rows_for_twin(&self, rows: &[RowMissing], up_to: Position) -> Result<Vec<RowReturned>, OpenError> {
        let mut found = Vec::with_capacity(rows.len());
        for slice in rows.chunks(SLICE_ROWS) {
            found.extend(self.ask(|views| {
                let returned = |row: &RowMissing| views.cases_of_row(row.row, up_to).returned(*row);
                slice.iter().map(returned).collect::<Vec<RowReturned>>()
            })?);
        }
        Ok(found)
    }

    /// Goes on to a position, which is stored.
    ///
    /// # Errors
    /// The log cannot be read; as for [`Tenant::ask`].
    pub(in crate::engine) fn go_on_to(
        &self,
        head: Position,
        (store, runtime): (&dyn Storage, &Handle),
    ) -> Result<(), OpenError> {
        while self.head() < head {
            let next = replay::next_events(store, self.number, (self.head(), head), replay::READ_BYTES);
            let events = runtime.block_on(next)?;
            let tip = self.fold_in(&events)?;
            self.views_mut().settle(tip);
            self.publish(tip);
        }
        Ok(())
    }
}

fn does_not_fit(damage: RowDamage) -> OpenError {
    StoreError::Corruption(format!("the views that are served cannot be copied: {damage}")).into()
}
