//! What an organization takes in memory, by part and by projection.
//!
//! INVARIANT: it is counted from what is held, not kept up. Absent on purpose: what the allocator holds beside it.

use crate::engine::keep::checkpointer::Checkpointer;
use crate::engine::keep::evictor::BoundUse;
use crate::engine::tenant::Tenant;
use crate::seams::Storage;
use caseward_projections::{Footprint, FootprintWalk};
use serde::Serialize;
use std::collections::BTreeMap;

/// Cases that are counted under one lock.
const SLICE_CASES: usize = 2_048;

/// What an organization takes in memory.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MemoryUse {
    /// Its views with their indexes, and ids.
    pub views: Footprint,
    /// The same by projection; what is of none of them is left out.
    pub projections: BTreeMap<&'static str, usize>,
    /// All views, in bytes.
    pub bytes: usize,
    /// The same for each event.
    pub bytes_per_event: f64,
    /// Blocks of both databases, of all organizations.
    pub cache_bytes: u64,
    /// What both databases keep in memory of their tables beside these: filters and indexes.
    pub table_bytes: u64,
    /// What came of a bound, where there is one.
    pub within: Option<BoundUse>,
}

/// Looks at every entity, under one lock of a reader for a table or for some cases.
pub(in crate::engine) fn memory_use(tenant: &Tenant, store: &dyn Storage, checkpointer: &Checkpointer) -> MemoryUse {
    let mut walk = FootprintWalk::default();
    while walk.step(&tenant.views(), SLICE_CASES) {}
    let (views, projections) = (walk.footprint(), walk.projections());
    let events = tenant.head().0.max(1);
    let [log, saved] = [store.memory(), checkpointer.memory()];
    MemoryUse {
        views,
        projections: projections.into_iter().map(|(one, bytes)| (one.name(), bytes)).collect(),
        bytes: views.total(),
        bytes_per_event: (views.total() as f64 / events as f64 * 10.0).round() / 10.0,
        cache_bytes: log.cache_bytes + saved.cache_bytes,
        table_bytes: log.table_bytes + saved.table_bytes,
        within: checkpointer.within_bound(tenant),
    }
}
