//! The seam to the tree over all events of an organization: what the store feeds, and what notes and proofs rest on.
//!
//! `crate::integrity` holds the one that there is. Absent on purpose: which hash, and how a tree is kept.

use caseward_events::Position;

/// A hash over events. Two logs with the same root at the same position hold the same bytes up to there.
pub type Root = [u8; 32];

/// Of a tree without leaves, as RFC 6962 has it: SHA-256 over nothing.
pub const EMPTY_ROOT: Root = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// The tree of one organization, which only grows.
pub trait Tree {
    /// Adds events as leaves, in the order of their positions, each as the exact bytes that are stored.
    fn add_leaves<'a>(&mut self, events: impl IntoIterator<Item = &'a [u8]>);

    /// The position of the last leaf; 0 for an empty tree.
    fn position(&self) -> Position;

    /// The root over all leaves so far.
    fn root(&self) -> Root;
}
