//! The evictor: removes cases from memory, least recently used first, until memory is within its bound.
//!
//! It runs every few milliseconds, between checkpoints and never during one. Under a write lock a few rows of eight
//! cases are removed at a time; their memory is freed after the lock is released. INVARIANT: only cases that a
//! checkpoint contains are evicted, so newer changes and the minimum (everything that is not a case) stay in memory
//! whatever the bound. Absent on purpose: how evicted cases are loaded again ([`crate::engine::tenant::cold_store`]).

use crate::engine::keep::checkpointer::{Checkpointer, Saved};
use crate::engine::keep::memory_bound::{Budgeted, MemoryBound};
use crate::engine::tenant::Tenant;
use crate::engine::workers::Poison;
use caseward_projections::{LOOKS_PER_EVICTION, Table};
use serde::Serialize;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often it compares memory with the bound.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Rows of cases that leave under one lock: half a microsecond each.
const ROWS: usize = 16;
/// Rows that are counted under one lock of a reader.
const COUNTED_ROWS: usize = 128;

const MIB: u64 = 1 << 20;

/// The effect of a memory bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BoundUse {
    /// On views and caches, of all organizations.
    pub bytes: u64,
    /// What of it the caches of the databases may take.
    pub cache_bytes: u64,
    /// The minimum: everything of the views of this organization that is not a case.
    pub floor_bytes: u64,
    /// Cases in memory.
    pub cases_held: usize,
    /// Cases that are evicted.
    pub cases_cold: usize,
    /// How often an evicted case was loaded again.
    pub cases_returned: u64,
    /// Why no more cases are evicted: the saved views failed, and cases are loaded from the log.
    pub suspended: Option<String>,
}

impl Checkpointer {
    /// Starts its thread, which runs until the other end of `stopped` is dropped; `None` without a bound.
    pub(in crate::engine) fn start_evicting(
        self: &Arc<Self>,
        poison: &Arc<Poison>,
        stopped: Receiver<()>,
    ) -> std::io::Result<Option<JoinHandle<()>>> {
        if self.within.is_none() || !self.keeps() {
            return Ok(None);
        }
        let (checkpointer, guard) = (Arc::clone(self), poison.guard("holds memory to its bound"));
        let run = move || {
            let _guard = guard;
            while stopped.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
                checkpointer.hold_to_bound();
            }
        };
        std::thread::Builder::new().name("caseward-evictor".to_owned()).spawn(run).map(Some)
    }

    /// Evicts cases until memory is within the bound, or nothing more can be evicted.
    pub(in crate::engine) fn hold_to_bound(&self) {
        let Some(within) = &self.within else { return };
        let organizations = self.organizations();
        // Mostly nothing is to be done, and no lock of an organization is taken to find that out.
        if organizations.iter().all(|one| is_prepared(one)) && excess(within, &organizations) == 0 {
            return;
        }
        let kept = self.kept();
        organizations.iter().for_each(|organization| prepare(organization, within));
        let mut excess = excess(within, &organizations);
        for organization in &organizations {
            let Some(kept) = kept.get(&organization.number()) else { continue };
            if excess > 0 {
                excess = excess.saturating_sub(self.leave(organization, kept, excess));
            }
        }
    }

    /// The remark for a bound below the minimum.
    pub(in crate::engine) fn too_little(&self) -> Option<String> {
        let bound = self.within.as_ref()?.bound;
        let floors: u64 = self.organizations().iter().map(|organization| organization.floor.bytes()).sum();
        (floors > bound.views_bytes()).then(|| {
            let least = MemoryBound::least_for(floors);
            format!(
                "a memory of {bound} is below the minimum: {} MiB always stay in memory, {} MiB with the caches; the engine \
                 runs with the minimum",
                floors.div_ceil(MIB),
                least.bytes().div_ceil(MIB)
            )
        })
    }

    /// The effect of the bound, if there is one.
    pub(in crate::engine) fn within_bound(&self, organization: &Tenant) -> Option<BoundUse> {
        let bound = self.within.as_ref()?.bound;
        let views = organization.views();
        let whereabouts = views.whereabouts();
        Some(BoundUse {
            bytes: bound.bytes(),
            cache_bytes: 2 * bound.cache_bytes(),
            floor_bytes: views.floor().total() as u64,
            cases_held: whereabouts.here,
            cases_cold: whereabouts.cold,
            cases_returned: whereabouts.returned,
            suspended: organization.cold().and_then(|cold| cold.failed()),
        })
    }
}

/// What is held of all organizations beyond what the bound leaves for cases.
fn excess(within: &Budgeted, organizations: &[Arc<Tenant>]) -> u64 {
    let floors: u64 = organizations.iter().map(|organization| organization.floor.bytes()).sum();
    let held: u64 = organizations.iter().map(|organization| organization.held_bytes()).sum();
    held.saturating_sub(within.bound.views_bytes().saturating_sub(floors))
}

fn is_prepared(organization: &Tenant) -> bool {
    organization.may_leave() && organization.floor.is_of(organization.checkpoint())
}

/// Allows eviction for a new organization, and counts memory anew after a checkpoint.
fn prepare(organization: &Tenant, within: &Budgeted) {
    if !organization.may_leave() {
        organization.set_cold(within.sources.of(organization.shelf()));
        organization.views_mut().let_leave();
    }
    let checkpoint = organization.checkpoint();
    if !organization.floor.is_of(checkpoint) {
        organization.floor.set(checkpoint, organization.views().floor().total() as u64);
        let mut first = 0;
        while organization.views().count_anew(first..first + COUNTED_ROWS) {
            first += COUNTED_ROWS;
        }
        organization.note_held(&organization.views());
    }
}

impl Checkpointer {
    /// Evicts cases of about `bytes` bytes. Returns the bytes that were freed.
    fn leave(&self, organization: &Tenant, kept: &Saved, bytes: u64) -> u64 {
        // What comes back from the log must not leave again: nothing else would have it. While other views are made, which
        // may take the place of these, those that are compared stay.
        let is_rebuilt = self.rebuilding(organization).is_some();
        if is_rebuilt || organization.cold().is_none_or(|cold| cold.failed().is_some()) {
            return 0;
        }
        let before = organization.held_bytes();
        let digests = &kept.digests[Table::Cases as usize];
        // Two rounds without any: one that forgets who asked, and one that finds them all busy.
        let rows = Table::Cases.rows(u32::try_from(organization.views().cases.names.len()).unwrap_or(u32::MAX));
        let idle_max = 2 * rows as usize / (ROWS * LOOKS_PER_EVICTION) + 2;
        let (mut idle, mut now) = (0, before);
        while idle < idle_max && before.saturating_sub(now) < bytes {
            let gone = {
                let mut views = organization.views_mut();
                // Under the lock: what leaves after the log was folded would come back as it was then.
                if organization.cold().is_none_or(|cold| cold.failed().is_some()) {
                    break;
                }
                views.leave(ROWS, |row| digests[row as usize])
            };
            idle = if gone.is_empty() { idle + 1 } else { 0 };
            drop(gone);
            now = organization.held_bytes();
        }
        before.saturating_sub(now)
    }
}
