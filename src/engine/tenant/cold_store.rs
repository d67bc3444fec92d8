//! The source of evicted cases: the saved views or, if these fail, the log.
//!
//! INVARIANT: a row that is not the one that was saved is never taken. Then the log is folded once, its cases stay in
//! memory until a restart, no more of them leave, and the next opening sets the saved views aside: slow, and more than
//! the bound, but right. Where the log cannot be read either, there is no row and so no answer. No lock of views is
//! held while anything is read. Absent on purpose: which cases leave ([`crate::engine::keep::evictor`]), and when they
//! are asked for ([`crate::engine::tenant::asking`]).

use crate::engine::replay::{self, OpenError, RowSource};
use crate::engine::tenant::views_seal::ViewsSeal;
use crate::seams::{Checkpoints, Shelf, Storage, StoreError};
use caseward_projections::{CaseRows, RowDamage, RowMissing, RowReturned, SavedCases, Table, Views};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Handle;
use tracing::warn;

/// The sources of evicted cases, for all organizations.
#[derive(Clone)]
pub(in crate::engine) struct ColdSources {
    pub(in crate::engine) store: Arc<dyn Storage>,
    pub(in crate::engine) checkpoints: Arc<dyn Checkpoints>,
    pub(in crate::engine) seal: ViewsSeal,
    pub(in crate::engine) runtime: Handle,
}

impl ColdSources {
    pub(in crate::engine) fn of(&self, shelf: Shelf) -> Arc<ColdStore> {
        Arc::new(ColdStore { sources: self.clone(), shelf, failed: Mutex::default(), of_log: Mutex::default() })
    }
}

/// The source of the evicted cases of one organization.
pub(in crate::engine) struct ColdStore {
    sources: ColdSources,
    shelf: Shelf,
    /// Why no more cases leave: the saved views have failed. Set before the log is read, so that what left until then
    /// is in the log as it left.
    failed: Mutex<Option<String>>,
    /// All cases as the log has them, once it was folded. Locked while it is.
    of_log: Mutex<Option<SavedCases>>,
}

/// Why a saved row cannot be used.
#[derive(Debug, thiserror::Error)]
pub(in crate::engine) enum Unusable {
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Damage(#[from] RowDamage),
    #[error("a row is missing, damaged or stale")]
    Digest,
}

impl fmt::Debug for ColdStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ColdStore").field("shelf", &self.shelf).finish_non_exhaustive()
    }
}

impl ColdStore {
    /// The same source for views that are saved on another shelf.
    pub(in crate::engine) fn of_shelf(&self, shelf: Shelf) -> Arc<ColdStore> {
        self.sources.of(shelf)
    }

    /// Why cases come from the log, where they do.
    pub(in crate::engine) fn failed(&self) -> Option<String> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Rows as they were saved. One that is not as it was may have come back meanwhile, and been changed and saved, or
    /// it is damaged: only whoever looks whether it is still missing can tell.
    pub(in crate::engine) fn saved(&self, rows: &[RowMissing]) -> Result<Vec<RowReturned>, Unusable> {
        rows.iter().map(|&row| self.saved_row(row).map(|cases| cases.returned(row))).collect()
    }

    fn saved_row(&self, RowMissing { row, digest }: RowMissing) -> Result<SavedCases, Unusable> {
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

    /// Rows out of the log, where it was folded already.
    pub(in crate::engine) fn of_folded_log(&self, rows: &[RowMissing]) -> Option<Vec<RowReturned>> {
        self.failed()?;
        let of_log = self.of_log.lock().unwrap_or_else(PoisonError::into_inner);
        of_log.as_ref().map(|cases| taken_from(cases, rows))
    }

    /// Rows out of the log, which is folded for that once, to the end of what is stored: whatever lies above that, or
    /// came since, has not left memory.
    ///
    /// # Errors
    /// The log cannot be read or folded. Then cases may leave again, and come back once one of the two can be read.
    pub(in crate::engine) fn of_log(&self, rows: &[RowMissing], why: &Unusable) -> Result<Vec<RowReturned>, OpenError> {
        let mut of_log = self.of_log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cases) = &*of_log {
            return Ok(taken_from(cases, rows));
        }
        let may_pass = matches!(why, Unusable::Store(StoreError::Fault { .. }));
        let why = format!("a case could not be brought back from the saved views: {why}");
        warn!(organization = self.shelf.organization.0, "{why}; all cases come from the log, and stay");
        self.set_failed(Some(why.clone()));
        if !may_pass {
            self.sources.checkpoints.distrust(&why);
        }
        match self.fold() {
            Ok(views) => Ok(taken_from(of_log.insert(views.all_cases()), rows)),
            Err(source) => {
                self.set_failed(None);
                let organization = self.shelf.organization;
                Err(OpenError::Cases { organization, why, source: Some(Box::new(source)) })
            }
        }
    }

    fn set_failed(&self, why: Option<String>) {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    fn fold(&self) -> Result<Views, OpenError> {
        let fold = async {
            let store = &*self.sources.store;
            let head = store.head(self.shelf.organization).await?;
            replay::fold_to(store, self.shelf.organization, Views::default(), (head, None), &mut |_| {}).await
        };
        // On a thread of its own: whoever asks may be one of the runtime, which must not wait for itself.
        std::thread::scope(|scope| {
            let folding = std::thread::Builder::new().name("caseward-cold".to_owned());
            let folding = folding.spawn_scoped(scope, || self.sources.runtime.block_on(fold));
            let panicked = |_| StoreError::Fault { doing: "fold the log".to_owned(), source: "it panicked".into() };
            folding.map_err(OpenError::Thread)?.join().map_err(panicked)?
        })
    }
}

fn taken_from(cases: &SavedCases, rows: &[RowMissing]) -> Vec<RowReturned> {
    rows.iter().map(|&row| cases.of_row(row.row).returned(row)).collect()
}

/// For views that are still being folded from the log, where the log cannot serve as the fallback.
impl RowSource for ColdStore {
    fn rows(&self, missing: &[RowMissing]) -> Result<Vec<RowReturned>, OpenError> {
        let organization = self.shelf.organization;
        self.saved(missing).map_err(|why| {
            let told = why.to_string();
            let source = match why {
                // It says nothing of what is saved.
                Unusable::Store(fault @ StoreError::Fault { .. }) => Some(Box::new(OpenError::Store(fault))),
                _ => None,
            };
            OpenError::Cases { organization, why: told, source }
        })
    }
}
