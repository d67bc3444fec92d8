//! The seam to the tree over all events of an organization: what the store feeds, and what notes and proofs rest on.
//!
//! `crate::integrity` holds the one that there is. Absent on purpose: which hash, and how a tree is kept.

use caseward_events::Position;

/// A hash over events. Two logs with the same root at the same position hold the same bytes up to there.
pub type Root = [u8; 32];

/// The tree of one organization, which only grows.
pub trait Tree {
    /// Adds events as leaves, in the order of their positions, each as the exact bytes that are stored.
    fn add_leaves<'a>(&mut self, events: impl IntoIterator<Item = &'a [u8]>);

    /// The position of the last leaf; 0 for an empty tree.
    fn position(&self) -> Position;

    /// The root over all leaves so far.
    fn root(&self) -> Root;
}
