//! The seam to the log: groups of events are appended under one condition, and read by position.
//!
//! The condition is a compare-and-set. A group says which writer it comes from, by its epoch, and which heads it was
//! decided on: of each organization the position before the first of its first run ([`Run::first`]). A log in which
//! either is no longer so answers [`Fenced`] and takes nothing. So two writers never both go on from one head, be the
//! log on this machine or shared by several.
//!
//! INVARIANT: after `append` has answered `Ok`, every event of the group survives a loss of power; after `Err`, the
//! caller must take none of them as stored. A group becomes visible whole. A read waits for no sync. Absent on purpose:
//! an answer "perhaps". A log that does not know asks until it does.

use super::error::StoreError;
use super::run::{Encoded, Epoch, OrganizationNumber, Run};
use async_trait::async_trait;
use caseward_events::Position;
use tokio::sync::watch;

#[cfg(doc)]
use super::error::Fenced;

/// The answer to a group that was appended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The heads that the group moved, as they are now.
    pub heads: Vec<(OrganizationNumber, Position)>,
}

/// Changes whenever a head has moved. The number counts such moments since the log was opened; [`Log::head`] tells
/// where to.
pub type HeadWatch = watch::Receiver<u64>;

/// Keeps the events of all organizations.
#[async_trait]
pub trait Log: Send + Sync + 'static {
    /// Makes the caller the one writer: from now on appends of every earlier epoch are fenced.
    async fn claim(&self) -> Result<Epoch, StoreError>;

    /// Writes all runs with one sync. [`StoreError::Fenced`] where `epoch` is not the newest, or the first position of
    /// a run is not the one after the head. It blocks on the sync: call it from a thread that may wait.
    async fn append(&self, epoch: Epoch, group: Vec<Run>) -> Result<Receipt, StoreError>;

    /// Encoded events from position `from` on, in order: none where it lies above the head, otherwise the first and as
    /// many more as stay within `bytes_max`. 0 counts as 1. It blocks on the disk.
    async fn read(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError>;

    /// The events that [`read`](Self::read) gives, behind those in `into`: what goes through a whole log needs no
    /// buffer for each of them. It blocks on the disk.
    async fn scan(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
        mut into: Encoded,
    ) -> Result<Encoded, StoreError> {
        let events = self.read(organization, from, bytes_max).await?;
        events.iter().for_each(|event| into.push(|bytes| bytes.extend_from_slice(event)));
        Ok(into)
    }

    /// The last position stored; 0 for an organization that has none.
    async fn head(&self, organization: OrganizationNumber) -> Result<Position, StoreError>;

    /// Subscribes to all heads that move from now on.
    fn watch(&self) -> HeadWatch;
}
