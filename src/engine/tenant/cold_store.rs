//! Brings cases back that have left memory: from the saved views or, where these fail, from the log.
//!
//! INVARIANT: a row that is not the one that was saved is never taken. Then the log is folded once, its cases stay in
//! memory until a restart, no more of them leave, and the next opening sets the saved views aside: slow, and more than the
//! bound, but right. Absent on purpose: which cases leave ([`crate::engine::keep::evictor`]).

use crate::engine::replay::{self, OpenError};
use crate::engine::store::{Checkpoints, EventStore, Shelf, StoreError};
use crate::engine::tenant::views_seal::ViewsSeal;
use caseward_projections::Views;
use caseward_projections::checkpoint::{CaseRows, ColdCases, Damage, SavedCases, Table};
use std::fmt;
use std::sync::{Arc, OnceLock};
use tokio::runtime::Handle;
use tracing::warn;

/// Where cases of any organization come back from.
#[derive(Clone)]
pub(in crate::engine) struct ColdSources {
    pub(in crate::engine) store: Arc<dyn EventStore>,
    pub(in crate::engine) checkpoints: Arc<dyn Checkpoints>,
    pub(in crate::engine) seal: ViewsSeal,
    pub(in crate::engine) runtime: Handle,
}

impl ColdSources {
    pub(in crate::engine) fn of(&self, shelf: Shelf) -> Arc<ColdStore> {
        Arc::new(ColdStore { sources: self.clone(), shelf, of_log: OnceLock::new() })
    }
}

/// See the module.
pub(in crate::engine) struct ColdStore {
    sources: ColdSources,
    shelf: Shelf,
    /// Once the saved views have failed.
    of_log: OnceLock<OfLog>,
}

/// All cases as the log has them.
struct OfLog {
    cases: SavedCases,
    why: String,
}

/// Why a row cannot be taken.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Damage(#[from] Damage),
    #[error("a row is missing, damaged or stale")]
    Digest,
}

impl fmt::Debug for ColdStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ColdStore").field("shelf", &self.shelf).finish_non_exhaustive()
    }
}

impl ColdCases for ColdStore {
    fn bring(&self, row: u32, digest: u64) -> SavedCases {
        if let Some(of_log) = self.of_log.get() {
            return of_log.cases.of_row(row);
        }
        match self.saved(row, digest) {
            Ok(cases) => cases,
            Err(why) => self.of_log.get_or_init(|| self.fold(&why)).cases.of_row(row),
        }
    }

    fn try_to_bring(&self, row: u32, digest: u64) -> Option<SavedCases> {
        match self.of_log.get() {
            Some(of_log) => Some(of_log.cases.of_row(row)),
            None => self.saved(row, digest).ok(),
        }
    }
}

impl ColdStore {
    /// The same for views that are saved elsewhere.
    pub(in crate::engine) fn of_shelf(&self, shelf: Shelf) -> Arc<ColdStore> {
        self.sources.of(shelf)
    }

    /// Why cases come from the log, where they do.
    pub(in crate::engine) fn failed(&self) -> Option<&str> {
        self.of_log.get().map(|of_log| of_log.why.as_str())
    }

    fn saved(&self, row: u32, digest: u64) -> Result<SavedCases, Unusable> {
        let mut found = Err(Unusable::Digest);
        let mut take = |number: u32, bytes: &[u8]| {
            // Of a damaged row not even the cases are looked at.
            if self.sources.seal.row_digest(Table::Cases, number, bytes) == digest {
                let mut cases = CaseRows::default();
                found = cases.row(bytes).map(|()| cases.into_cases()).map_err(Unusable::Damage);
            }
            false
        };
        self.sources.checkpoints.rows(self.shelf, Table::Cases as u8, row..row + 1, &mut take)?;
        found
    }

    /// Under a lock of the views, so that no case leaves meanwhile. To the end of what is stored: whatever lies above that,
    /// or came since, has not left memory.
    fn fold(&self, why: &Unusable) -> OfLog {
        let may_pass = matches!(why, Unusable::Store(StoreError::Fault { .. }));
        let why = format!("a case could not be brought back from the saved views: {why}");
        warn!(organization = self.shelf.organization.0, "{why}; all cases come from the log, and stay");
        if !may_pass {
            self.sources.checkpoints.distrust(&why);
        }
        let fold = async {
            let store = &*self.sources.store;
            let head = store.head(self.shelf.organization).await?;
            replay::fold_to(store, self.shelf.organization, Views::default(), head, &mut |_| {}).await
        };
        // On a thread of its own: whoever asks may be one of the runtime, which must not wait for itself.
        let folded: Result<Views, OpenError> = std::thread::scope(|scope| {
            let folding = scope.spawn(|| self.sources.runtime.block_on(fold));
            folding.join().expect("a fold does not panic")
        });
        match folded {
            Ok(views) => OfLog { cases: views.all_cases(), why },
            // Neither has the case: to answer without it would be to lie.
            Err(error) => panic!("{why}; and the log cannot be folded: {error}"),
        }
    }
}
