//! Questions: each is answered as of one position and one instant of one organization.
//!
//! [`Reader`] is where all of them are asked. INVARIANT: a question changes nothing; the views are held for one slice
//! of a walk at a time ([`work`]), never while the log is read, and other tasks of the runtime come in between two
//! slices. Absent on purpose: how a question is decided (`caseward_projections`).

pub(in crate::engine) mod access;
pub(in crate::engine) mod changes;
pub(in crate::engine) mod crowd;
pub(in crate::engine) mod diff;
pub(in crate::engine) mod labels;
pub(in crate::engine) mod lists;
pub(in crate::engine) mod log;
pub(in crate::engine) mod memory_use;
pub(in crate::engine) mod names;
pub(in crate::engine) mod near;
pub(in crate::engine) mod pages;
pub(in crate::engine) mod reader;
pub mod report;
pub(in crate::engine) mod snapshot_for_head;
pub(in crate::engine) mod status;
pub mod timeline;
mod users;
pub(in crate::engine) mod whereabouts;
pub(in crate::engine) mod who_between;
pub(in crate::engine) mod work;

pub use changes::{ChangeFilter, ChangeLimits, Followed, Follower};
pub use reader::Reader;
pub use work::QuestionLimits;

use super::believed_clock::BelievedClock;
use super::clock::Clock;
use super::clock_note::ClockNote;
use super::error::Error;
use super::tenant::Tenant;
use crate::seams::Storage;
use caseward_events::Timestamp;
use caseward_projections::{AsOf, Resolved};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::sync::watch;

/// What questions need beside the views.
pub(in crate::engine) struct Asking {
    pub(in crate::engine) store: Arc<dyn Storage>,
    pub(in crate::engine) clock: Arc<BelievedClock>,
    pub(in crate::engine) note: Arc<ClockNote>,
    /// The number of the last group that is durable or gone.
    pub(in crate::engine) done: watch::Receiver<u64>,
    /// What one question may come to.
    pub(in crate::engine) limits: QuestionLimits,
    /// Rows that all questions have looked at.
    pub(in crate::engine) rows: AtomicU64,
}

impl Asking {
    /// Resolves `as_of` and `at` to a position and an instant. It waits only if the instant lies between the time of
    /// the head and the clock: then until the group that is being written is durable or has failed. From then on no
    /// live commit changes the position that the instant resolves to.
    async fn resolve(&self, tenant: &Tenant, as_of: AsOf, at: Option<Timestamp>) -> Result<Resolved, Error> {
        let now = self.settle(tenant, as_of).await;
        let head = tenant.head();
        Ok(tenant.views().resolve(as_of, at, head, now)?)
    }

    /// What counts as now, once an instant up to it is settled. Where nobody can say what time it is, nothing after the last
    /// event is: what was told of it would hold up live commits if the clock is set back.
    async fn settle(&self, tenant: &Tenant, as_of: AsOf) -> Timestamp {
        let now = tenant.now_at_head(self.clock.now());
        let AsOf::Instant(instant) = as_of else { return now };
        let head = tenant.head();
        let last = tenant.views().timeline.time(head.into());
        if instant < last || now < instant {
            return now;
        }
        if self.clock.opening_doubt().is_some() || now >= Timestamp::LAST {
            return last;
        }
        let group = tenant.tell(instant);
        // So that it stays true after a restart with a clock that was set back.
        self.note.tell(instant).await;
        // Where the writer has gone, nothing is being written.
        let _ = self.done.clone().wait_for(|done| *done >= group).await;
        now
    }
}
