//! Holding the views that are served against a fold of the log, beside the running writer: a rebuild that swaps nothing.
//!
//! INVARIANT: nothing of what is served, or saved, is changed; the writer waits for the last few events and the rows in doubt
//! alone. A rebuild may swap meanwhile, but not between the comparison of ids and the end.

use super::comparison::{self, Comparison};
use super::{Plan, RebuildError, Rebuilder};
use crate::engine::tenant::Tenant;
use crate::seams::{Generation, Shelf};
use caseward_events::Position;
use caseward_projections::{ViewDifference, Views};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// What comparing the views that are served with a fold of the log came to.
#[derive(Clone, Debug, PartialEq)]
pub struct ServedViews {
    /// Where they were compared.
    pub position: Position,
    /// How many rows of views were compared; ids of commands are none.
    pub rows: u64,
    /// What differs: at most [`super::DIFFERENCES_MAX`].
    pub differences: Vec<ViewDifference>,
}

impl Rebuilder {
    /// Compares them with views that were folded from the start of the log, up to any position of it.
    pub(in crate::engine) async fn compare_served(
        &self,
        tenant: &Arc<Tenant>,
        folded: Views,
    ) -> Result<ServedViews, RebuildError> {
        let (rebuilder, tenant, runtime) = (self.clone(), Arc::clone(tenant), Handle::current());
        let run = move || runtime.block_on(rebuilder.look_at_served(&tenant, folded));
        tokio::task::spawn_blocking(run).await.unwrap_or(Err(RebuildError::Stopped))
    }

    #[expect(clippy::await_holding_lock, reason = "it runs on a thread of its own, and waits for the writer alone")]
    async fn look_at_served(&self, tenant: &Arc<Tenant>, folded: Views) -> Result<ServedViews, RebuildError> {
        let rows = tenant.views().all_rows(&folded).count() as u64;
        let mut comparison = Comparison::new(folded, Plan::default(), Position::ZERO);
        comparison.catch_up(&*self.store, tenant).await?;
        // While it is held no checkpoint is made, and nothing is swapped.
        let _kept = self.checkpointer.kept();
        // All ids of the fold are in memory: none is looked for on this shelf.
        let nowhere = Shelf { organization: tenant.number(), generation: Generation::FIRST };
        let comparison =
            comparison::with_ids(comparison, self.checkpointer.checkpoints(), tenant, (nowhere, Position::ZERO));
        let (done, compared) = oneshot::channel();
        let (store, runtime, of) = (Arc::clone(&self.store), Handle::current(), Arc::clone(tenant));
        let job = move || {
            let judged = runtime.block_on(comparison::judge_at_head(&*store, &of, comparison));
            drop((store, of));
            // Nobody may be waiting any more.
            let _ = done.send(judged);
        };
        if !self.writer.run(tenant, Box::new(job)) {
            return Err(RebuildError::Stopped);
        }
        let (position, differences) = compared.await.map_err(|_| RebuildError::Stopped)??;
        Ok(ServedViews { position, rows, differences })
    }
}
