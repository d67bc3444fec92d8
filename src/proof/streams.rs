//! The tree over the streams of an organization, which shows that none of their events is missing, and that a stream is
//! not there.
//!
//! Its leaves are sorted by name, bytewise; it is hashed as the one over the events (RFC 6962, SHA-256). A leaf:
//!
//! ```text
//! 2 bytes      length of the name
//! then         the name: `case:4711`, `organization`, `link:x8`
//! 8 bytes      how many events it has
//! 4 bytes      how many positions follow
//! 8 each       of a user, where delegations to that user were made; of a link, where it was made; ascending
//! ```
//! All numbers are little-endian. INVARIANT: the tree follows from the events up to its position alone, so whoever has the
//! log can work it out again. Whoever has not takes the operator's signature for it that the leaves are sorted and right.

use crate::integrity::merkle_proof::{Proven, Prover, Wanted};
use crate::integrity::tree::leaf_hash;
use crate::integrity::tree_head::StreamsRoot;
use crate::seams::tree::Root;
use caseward_projections::StreamLeaf;
use std::collections::BTreeSet;

/// The hash of a leaf.
#[must_use]
pub fn hash(leaf: &StreamLeaf) -> Root {
    let StreamLeaf { name, version, named } = leaf;
    let mut bytes = Vec::with_capacity(64 + named.len() * 8);
    bytes.extend(u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
    bytes.extend(name.as_bytes());
    bytes.extend(version.to_le_bytes());
    bytes.extend(u32::try_from(named.len()).unwrap_or(u32::MAX).to_le_bytes());
    named.iter().for_each(|position| bytes.extend(position.0.to_le_bytes()));
    leaf_hash(&bytes)
}

/// The root over all of them, sorted by name.
#[must_use]
pub fn root(leaves: &[StreamLeaf]) -> StreamsRoot {
    let Proven { size, root, .. } = prove(leaves, &BTreeSet::new());
    StreamsRoot { count: size, root }
}

/// The same, with the proof of the leaves at these places.
#[must_use]
pub fn prove(leaves: &[StreamLeaf], wanted: &BTreeSet<usize>) -> Proven {
    let mut prover = Prover::default();
    for (index, leaf) in leaves.iter().enumerate() {
        prover.push(hash(leaf), if wanted.contains(&index) { Wanted::Yes } else { Wanted::No });
    }
    prover.finish()
}

/// The places that show a stream: its own, or those of the two that lie beside where it would be.
#[must_use]
pub fn places(leaves: &[StreamLeaf], name: &str) -> Vec<usize> {
    match leaves.binary_search_by(|leaf| leaf.name.as_str().cmp(name)) {
        Ok(place) => vec![place],
        Err(place) => {
            let before = place.checked_sub(1);
            before.into_iter().chain((place < leaves.len()).then_some(place)).collect()
        }
    }
}
