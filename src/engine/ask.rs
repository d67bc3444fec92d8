//! Asking: every question, each answered at one place of one organization.
//!
//! [`Reader`] is where all of them are asked. INVARIANT: a question changes nothing; the views are held for one slice of a
//! walk at a time ([`in_slices`]), never while the log is read, and other tasks of the runtime come in between two slices.
//! Absent on purpose: how a question is decided (`caseward_projections`).

pub(in crate::engine) mod access;
pub(in crate::engine) mod diff;
pub(in crate::engine) mod lists;
pub(in crate::engine) mod log;
pub(in crate::engine) mod memory_use;
pub(in crate::engine) mod near;
pub(in crate::engine) mod reader;
pub mod report;
pub(in crate::engine) mod snapshot_for_head;
pub(in crate::engine) mod status;
pub mod timeline;

pub use reader::Reader;

use super::clock::Clock;
use super::clock_note::ClockNote;
use super::error::Error;
use super::replay::OpenError;
use super::tenant::Tenant;
use crate::seams::Storage;
use caseward_events::Timestamp;
use caseward_projections::{AsOf, Resolved};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// What questions need beside the views.
pub(in crate::engine) struct Asking {
    pub(in crate::engine) store: Arc<dyn Storage>,
    pub(in crate::engine) clock: Arc<dyn Clock>,
    pub(in crate::engine) note: Arc<ClockNote>,
    /// The number of the last group that is durable or gone.
    pub(in crate::engine) done: watch::Receiver<u64>,
}

impl Asking {
    /// Where and when a question is asked. Waits only for an instant from the time of the head to the clock: until what
    /// is being written is durable or gone. From then on no live commit changes what it resolves to.
    async fn resolve(&self, tenant: &Tenant, as_of: AsOf, at: Option<Timestamp>) -> Result<Resolved, Error> {
        let now = tenant.now_at_head(self.clock.now());
        self.until_settled(tenant, as_of, now).await;
        let head = tenant.head();
        Ok(tenant.views().resolve(as_of, at, head, now)?)
    }

    async fn until_settled(&self, tenant: &Tenant, as_of: AsOf, now: Timestamp) {
        let AsOf::Instant(instant) = as_of else { return };
        let head = tenant.head();
        let settled = tenant.views().timeline.time(head.into());
        if instant < settled || now < instant {
            return;
        }
        let group = tenant.tell(instant);
        // So that it stays true after a restart with a clock that was set back.
        self.note.tell(instant).await;
        // Where the writer has gone, nothing is being written.
        let _ = self.done.clone().wait_for(|done| *done >= group).await;
    }
}

/// How long a question works before other tasks come in between.
const WORK_MAX: Duration = Duration::from_micros(100);

/// Takes a walk slice by slice; `take` holds the views for one, and says whether to go on. Between two slices the views are
/// free, and the task yields where it has worked for a while.
///
/// # Errors
/// Those of the first slice that has one.
pub(super) async fn in_slices<T>(
    slices: impl IntoIterator<Item = T>,
    mut take: impl FnMut(T) -> Result<bool, OpenError>,
) -> Result<(), OpenError> {
    let mut since = Instant::now();
    for slice in slices {
        if since.elapsed() >= WORK_MAX {
            tokio::task::yield_now().await;
            since = Instant::now();
        }
        if !take(slice)? {
            break;
        }
    }
    Ok(())
}
