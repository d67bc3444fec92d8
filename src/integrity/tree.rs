//! The Merkle tree of RFC 6962 section 2.1 over the events of one organization, with SHA-256.
//!
//! INVARIANT: a [`Frontier`] holds the roots of the full subtrees that its size is made of, at most 64 of them, largest
//! first; that is all it takes to add leaves and to give the root. Absent on purpose: the leaves, and proofs.

use crate::seams::tree::{EMPTY_ROOT, Root, Tree, TreeHead, TreeState};
use caseward_events::Position;
use sha2::{Digest, Sha256};

/// In front of the bytes of a leaf.
const LEAF: [u8; 1] = [0];
/// In front of the hashes of the two halves of a node.
const NODE: [u8; 1] = [1];

/// The hash of one event.
#[must_use]
pub fn leaf_hash(event: &[u8]) -> Root {
    Sha256::new().chain_update(LEAF).chain_update(event).finalize().into()
}

pub(super) fn node_hash(left: &Root, right: &Root) -> Root {
    Sha256::new().chain_update(NODE).chain_update(left).chain_update(right).finalize().into()
}

/// As much of a tree as it takes to go on with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    leaves: u64,
    subtrees: Vec<Root>,
}

impl Frontier {
    /// From what [`Frontier::leaves`] and [`Frontier::subtrees`] gave; `None` where they do not belong together.
    #[must_use]
    pub fn from_parts(leaves: u64, subtrees: Vec<Root>) -> Option<Frontier> {
        (leaves.count_ones() as usize == subtrees.len()).then_some(Frontier { leaves, subtrees })
    }

    /// How many.
    #[must_use]
    pub fn leaves(&self) -> u64 {
        self.leaves
    }

    /// The roots of its full subtrees, largest first: one for each bit that is set in the number of leaves.
    #[must_use]
    pub fn subtrees(&self) -> &[Root] {
        &self.subtrees
    }

    /// From what [`Frontier::state`] gave; `None` where its parts do not belong together.
    #[must_use]
    pub fn from_state(state: TreeState) -> Option<Frontier> {
        Frontier::from_parts(state.position.0, state.subtrees)
    }

    /// Its last position and its root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        TreeHead { position: self.position(), root: self.root() }
    }

    /// What it takes to go on with it.
    #[must_use]
    pub fn state(&self) -> TreeState {
        TreeState { position: Position(self.leaves), subtrees: self.subtrees.clone() }
    }

    fn push(&mut self, leaf: Root) {
        let mut hash = leaf;
        // A full subtree on the right, as large as the one left of it, makes one of twice the size.
        for _ in 0..self.leaves.trailing_ones() {
            let left = self.subtrees.pop().expect("there is one for each bit that is set");
            hash = node_hash(&left, &hash);
        }
        self.subtrees.push(hash);
        self.leaves += 1;
    }
}

impl Tree for Frontier {
    fn add_leaves<'a>(&mut self, events: impl IntoIterator<Item = &'a [u8]>) {
        events.into_iter().for_each(|event| self.push(leaf_hash(event)));
    }

    fn position(&self) -> Position {
        Position(self.leaves)
    }

    fn root(&self) -> Root {
        let mut from_the_right = self.subtrees.iter().rev();
        let Some(&last) = from_the_right.next() else { return EMPTY_ROOT };
        from_the_right.fold(last, |right, left| node_hash(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// The inputs and roots that the implementations of certificate transparency test with.
    const KNOWN: [(&str, &str); 8] = [
        ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ];

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn unhex(text: &str) -> Vec<u8> {
        let digits = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("these are digits");
        (0..text.len()).step_by(2).map(digits).collect()
    }

    /// As the RFC defines it.
    fn recursive(leaves: &[Vec<u8>]) -> Root {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => leaf_hash(leaf),
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node_hash(&recursive(left), &recursive(right))
            }
        }
    }

    #[test]
    fn the_roots_are_those_of_certificate_transparency() {
        let mut tree = Frontier::default();
        assert_eq!(hex(&tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for (leaf, root) in KNOWN {
            tree.add_leaves([unhex(leaf).as_slice()]);
            assert_eq!(hex(&tree.root()), root, "after {} leaves", tree.leaves());
        }
    }

    proptest! {
        #[test]
        fn the_frontier_has_the_root_of_the_recursive_definition(leaves in vec(vec(any::<u8>(), 0..9), 0..40)) {
            let mut tree = Frontier::default();
            for (count, leaf) in leaves.iter().enumerate() {
                prop_assert_eq!(tree.root(), recursive(&leaves[..count]));
                tree.add_leaves([leaf.as_slice()]);
            }
            prop_assert_eq!(tree.root(), recursive(&leaves));
            prop_assert_eq!(tree.position(), Position(leaves.len() as u64));
            let again = Frontier::from_parts(tree.leaves(), tree.subtrees().to_vec());
            prop_assert_eq!(again, Some(tree));
        }
    }

    #[test]
    fn parts_that_do_not_belong_together_make_no_frontier() {
        assert_eq!(Frontier::from_parts(3, vec![[0; 32]]), None);
        assert!(Frontier::from_parts(3, vec![[0; 32]; 2]).is_some());
    }
}
