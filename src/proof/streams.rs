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

use crate::engine::{HeadInput, Organization};
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
    let mut bytes = Vec::with_capacity(14 + name.len() + named.len() * 8);
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
    let mut prover = Prover::default();
    leaves.iter().for_each(|leaf| prover.push(hash(leaf), Wanted::No));
    let Proven { size, root, .. } = prover.finish();
    StreamsRoot { count: size, root }
}

/// The root of a head. It is worked out once for each position.
pub async fn root_of(organization: &Organization, head: &HeadInput) -> StreamsRoot {
    if let Some((count, root)) = organization.kept_streams_root(head.position) {
        return StreamsRoot { count, root };
    }
    let mut prover = Prover::default();
    organization.each_stream(head, &mut |leaf| prover.push(hash(&leaf), Wanted::No)).await;
    let Proven { size, root, .. } = prover.finish();
    organization.keep_streams_root(head.position, size, root);
    StreamsRoot { count: size, root }
}

/// Some streams of a head with their proof.
pub struct Shown {
    /// Over all streams.
    pub root: StreamsRoot,
    /// Those that show the streams, with their places: a stream's own, or the two beside which it would be.
    pub leaves: Vec<(u64, StreamLeaf)>,
    /// The proof of these.
    pub nodes: Vec<Root>,
    /// How many events the streams have.
    pub events: u64,
}

/// Shows streams, or that there are none of these names.
pub async fn shown(organization: &Organization, head: &HeadInput, names: &BTreeSet<String>) -> Shown {
    let mut showing = Showing::new(names);
    organization.each_stream(head, &mut |leaf| showing.take(leaf)).await;
    let shown = showing.finish();
    organization.keep_streams_root(head.position, shown.root.count, shown.root.root);
    shown
}

/// Leaves on their way into a proof, by name. Whether one is wanted is known once the next one has come.
struct Showing<'a> {
    names: std::iter::Peekable<std::collections::btree_set::Iter<'a, String>>,
    prover: Prover,
    count: u64,
    last: Option<(StreamLeaf, Wanted)>,
    leaves: Vec<(u64, StreamLeaf)>,
    events: u64,
}

impl<'a> Showing<'a> {
    fn new(names: &'a BTreeSet<String>) -> Showing<'a> {
        let (prover, leaves) = (Prover::default(), Vec::new());
        Showing { names: names.iter().peekable(), prover, count: 0, last: None, leaves, events: 0 }
    }

    fn take(&mut self, leaf: StreamLeaf) {
        let mut is_wanted = Wanted::No;
        while let Some(name) = self.names.next_if(|name| **name <= leaf.name) {
            is_wanted = Wanted::Yes;
            if *name == leaf.name {
                self.events += leaf.version;
            } else if let Some((_, last)) = &mut self.last {
                *last = Wanted::Yes;
            }
        }
        self.push_last();
        self.last = Some((leaf, is_wanted));
    }

    fn push_last(&mut self) {
        let Some((leaf, is_wanted)) = self.last.take() else { return };
        self.prover.push(hash(&leaf), is_wanted);
        if is_wanted == Wanted::Yes {
            self.leaves.push((self.count, leaf));
        }
        self.count += 1;
    }

    fn finish(mut self) -> Shown {
        if let (Some(_), Some((_, last))) = (self.names.next(), &mut self.last) {
            *last = Wanted::Yes;
        }
        self.push_last();
        let Proven { size, root, nodes } = self.prover.finish();
        Shown { root: StreamsRoot { count: size, root }, leaves: self.leaves, nodes, events: self.events }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::merkle_proof::root_with;
    use proptest::prelude::*;

    fn leaf(name: &str) -> StreamLeaf {
        StreamLeaf { name: name.to_owned(), version: 3, named: Vec::new() }
    }

    proptest! {
        #[test]
        fn streams_are_shown_by_their_own_leaves_or_by_those_beside_them(
            there in proptest::collection::btree_set("[a-d]{1,2}", 1..12),
            names in proptest::collection::btree_set("[a-e]{1,2}", 1..5),
        ) {
            let mut showing = Showing::new(&names);
            there.iter().for_each(|name| showing.take(leaf(name)));
            let shown = showing.finish();
            let all: Vec<&String> = there.iter().collect();
            let places = |name: &String| match all.binary_search(&name) {
                Ok(place) => vec![place],
                Err(place) => [place.checked_sub(1), Some(place)].into_iter().flatten().filter(|at| *at < all.len()).collect(),
            };
            let wanted: BTreeSet<usize> = names.iter().flat_map(places).collect();
            let found: Vec<(u64, &str)> = shown.leaves.iter().map(|(place, leaf)| (*place, leaf.name.as_str())).collect();
            prop_assert_eq!(found, wanted.iter().map(|place| (*place as u64, all[*place].as_str())).collect::<Vec<_>>());
            prop_assert_eq!(shown.events, 3 * names.intersection(&there).count() as u64);
            let leaves: Vec<StreamLeaf> = there.iter().map(|name| leaf(name)).collect();
            prop_assert_eq!(shown.root, root(&leaves));
            let hashed: Vec<(u64, Root)> = shown.leaves.iter().map(|(place, leaf)| (*place, hash(leaf))).collect();
            prop_assert_eq!(root_with(shown.root.count, &hashed, &shown.nodes), Some(shown.root.root));
        }
    }
}
