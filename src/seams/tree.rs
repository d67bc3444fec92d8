//! The seam to the trees over all events of each organization: what the store feeds, and what notes and proofs rest on.
//!
//! `crate::integrity` holds the one that there is. Absent on purpose: which hash, and how a tree is kept.

use super::error::StoreError;
use super::run::OrganizationNumber;
use async_trait::async_trait;
use caseward_events::Position;
use std::collections::BTreeMap;

/// A hash over events. Two logs with the same root at the same position hold the same bytes up to there.
pub type Root = [u8; 32];

/// Of a tree without leaves, as RFC 6962 has it: SHA-256 over nothing.
pub const EMPTY_ROOT: Root = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// The leaves of a subtree whose root is kept for proofs ([`Trees::kept_subtrees`]).
pub const SUBTREE_LEAVES: u64 = 256;

/// The tree of one organization, which only grows.
pub trait Tree {
    /// Adds events as leaves, in the order of their positions, each as the exact bytes that are stored.
    fn add_leaves<'a>(&mut self, events: impl IntoIterator<Item = &'a [u8]>);

    /// The position of the last leaf; 0 for an empty tree.
    fn position(&self) -> Position;

    /// The root over all leaves so far.
    fn root(&self) -> Root;
}

/// How far the log of an organization has come, and the root of the tree over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// The last position; 0 where there is none.
    pub position: Position,
    /// Over everything up to it.
    pub root: Root,
}

impl TreeHead {
    /// Of an organization without events.
    pub const EMPTY: TreeHead = TreeHead { position: Position::ZERO, root: EMPTY_ROOT };
}

/// As much of a tree as it takes to go on with it: how many leaves it has, and the roots of the full subtrees that
/// these make, largest first. It has one root ([`Tree::root`]), so it names the events of its leaves as that does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeState {
    /// The position of the last leaf; 0 for an empty tree.
    pub position: Position,
    /// One for each bit that is set in the position.
    pub subtrees: Vec<Root>,
}

/// Of each organization that has events; it may tell of others, too.
pub type TreeHeads = BTreeMap<OrganizationNumber, TreeHead>;

/// Knows the trees over what it keeps.
#[async_trait]
pub trait Trees: Send + Sync + 'static {
    /// How far all organizations have come at one moment, as the trees over what is durable tell it, not as it is read.
    /// It waits until what is durable is hashed, and blocks meanwhile.
    async fn tree_heads(&self) -> Result<TreeHeads, StoreError> {
        Err(no_trees())
    }

    /// The same of one organization: it costs nothing for the others.
    async fn tree_head(&self, organization: OrganizationNumber) -> Result<TreeHead, StoreError> {
        Ok(self.tree_heads().await?.get(&organization).copied().unwrap_or(TreeHead::EMPTY))
    }

    /// The tree of an organization over what is durable. It waits and blocks as [`Trees::tree_heads`] does.
    async fn tree_state(&self, organization: OrganizationNumber) -> Result<TreeState, StoreError> {
        let _ = organization;
        Err(no_trees())
    }

    /// The tree up to a durable position, from one at or before it: with the events in between added. It reads them.
    async fn tree_at(
        &self,
        organization: OrganizationNumber,
        from: TreeState,
        to: Position,
    ) -> Result<TreeState, StoreError> {
        let _ = (organization, from, to);
        Err(no_trees())
    }

    /// The roots that were kept of the full subtrees of [`SUBTREE_LEAVES`] leaves each, from the first leaf on: perhaps
    /// fewer than there are, or none. Nobody vouches for them: whoever uses them compares the root that they lead to. It
    /// reads the disk.
    async fn kept_subtrees(&self, organization: OrganizationNumber) -> Result<Vec<Root>, StoreError> {
        let _ = organization;
        Ok(Vec::new())
    }

    /// Keeps such roots, in the place of those that were kept before; a store that has no place for them keeps none. They
    /// follow from the log, so that losing them costs only time. It writes to the disk.
    async fn keep_subtrees(&self, organization: OrganizationNumber, subtrees: Vec<Root>) -> Result<(), StoreError> {
        drop((organization, subtrees));
        Ok(())
    }

    /// Whether a tree is that over the first events of an organization's log. It reads the events between that tree and
    /// the next one that the store has proved.
    async fn begins_with(&self, organization: OrganizationNumber, tree: TreeState) -> Result<bool, StoreError> {
        let _ = (organization, tree);
        Err(no_trees())
    }
}

fn no_trees() -> StoreError {
    StoreError::Fault { doing: "work out a tree".to_owned(), source: "this store keeps no trees".into() }
}
