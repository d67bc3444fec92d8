//! What a tree head says of an organization, all of one position, and the log below it.
//!
//! INVARIANT: the position is a head that was published, so everything up to it is durable. Absent on purpose: hashes
//! of streams, signatures (`crate::proof`).

use super::Asking;
use crate::engine::tenant::Tenant;
use crate::seams::tree::Root;
use crate::seams::{Encoded, StoreError};
use caseward_events::{Position, PublicKey, Timestamp};
use caseward_projections::{StreamCut, StreamLeaf};

/// How often it is looked whether the views stand where the tree does. They do, unless a group was published between
/// the look at the tree and the look at the views.
const TRIES: usize = 1_000;
/// Streams looked at under one lock of a reader: some hundred microseconds.
const SLICE_STREAMS: u32 = 512;
/// How much of the log is read at once.
const READ_BYTES: usize = 1 << 20;
/// What an event takes about, as it is mostly.
const EVENT_BYTES_ABOUT: usize = 192;

/// What is signed as a tree head, all of one position.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadInput {
    /// The last event.
    pub position: Position,
    /// When that was recorded.
    pub time: Timestamp,
    /// Of the tree over the events.
    pub root: Root,
    /// The counts of all streams ([`crate::engine::Organization::each_stream`]).
    pub streams: StreamCut,
    /// The public key that the log has put in the place of the store's first one.
    pub signing_key: Option<PublicKey>,
}

impl Asking {
    /// What may be signed of an organization now.
    ///
    /// # Errors
    /// The store cannot vouch for its log, or it cannot be read.
    pub(in crate::engine) async fn head_input(&self, organization: &Tenant) -> Result<HeadInput, StoreError> {
        for _ in 0..TRIES {
            let made = self.store.tree_head(organization.number()).await?;
            self.published(organization, made.position).await?;
            let (cut, time, key) = {
                let views = organization.views();
                let head = organization.head();
                let key = views.keys.signing(head.into()).map(|(_, key)| *key);
                (views.cut_streams(head), views.timeline.time(head.into()), key)
            };
            let position = cut.position();
            if position == made.position {
                return Ok(HeadInput { position, time, root: made.root, streams: cut, signing_key: key });
            }
        }
        Err(no_head("the log grows too fast for it; try again"))
    }

    /// Waits until readers see a position that is durable already.
    async fn published(&self, organization: &Tenant, position: Position) -> Result<(), StoreError> {
        let is_published = |_: &u64| organization.head() >= position;
        let published = self.done.clone().wait_for(is_published).await.is_ok();
        let why = "the engine stopped before the last commands could be read";
        if published || organization.head() >= position { Ok(()) } else { Err(no_head(why)) }
    }

    /// Shows the stored bytes of every event behind a position and up to another one.
    ///
    /// # Errors
    /// The log cannot be read.
    pub(in crate::engine) async fn scan(
        &self,
        organization: &Tenant,
        (after, up_to): (Position, Position),
        visit: &mut (dyn FnMut(Position, &[u8]) + Send),
    ) -> Result<(), StoreError> {
        let (mut position, mut read) = (after, Encoded::new());
        while position < up_to {
            let before = position;
            read.truncate(0);
            // About as much as they take; where that is less, it is read on from there.
            let left = usize::try_from(up_to.0 - before.0).unwrap_or(READ_BYTES);
            let bytes_max = left.saturating_mul(EVENT_BYTES_ABOUT).min(READ_BYTES);
            read = self.store.scan(organization.number(), before.next(), bytes_max, read).await?;
            for event in read.iter() {
                if position < up_to {
                    position = position.next();
                    visit(position, event);
                }
            }
            if position == before {
                return Err(StoreError::Corruption(format!("event {} cannot be found", before.next())));
            }
        }
        Ok(())
    }
}

fn no_head(why: &'static str) -> StoreError {
    StoreError::Fault { doing: "take the head of the tree".to_owned(), source: why.into() }
}

/// Shows every stream of a cut, by name, bytewise. What lies up to the cut stays as it is, so it is copied in slices while
/// commands go on.
pub(in crate::engine) async fn each_stream(
    organization: &Tenant,
    cut: &StreamCut,
    visit: &mut (dyn FnMut(StreamLeaf) + Send),
) {
    let mut behind = None;
    loop {
        let leaves = {
            let views = organization.views();
            let places = views.case_places(cut, behind, SLICE_STREAMS as usize);
            let Some(last) = places.last() else { break };
            behind = Some(*last);
            views.stream_leaves(cut, places)
        };
        leaves.into_iter().for_each(&mut *visit);
        tokio::task::yield_now().await;
    }
    for kind in cut.others() {
        let mut leaves = Vec::new();
        for first in kind.clone().step_by(SLICE_STREAMS as usize) {
            let slice = first..kind.end.min(first.saturating_add(SLICE_STREAMS));
            leaves.extend(organization.views().stream_leaves(cut, slice));
            tokio::task::yield_now().await;
        }
        leaves.sort_unstable();
        leaves.into_iter().for_each(&mut *visit);
    }
}
