//! Merkle inclusion and consistency proofs over a tree of RFC 6962: some leaves are in it; an older tree is a prefix of
//! it.
//!
//! A proof is a list of hashes in the order of the leaves below them, the fewest with which the root can be worked out
//! from the leaves that are proved; for one leaf these are the hashes of the RFC's audit path. Whoever checks splits
//! the tree as the RFC does, and takes the next hash for every part that holds no leaf that is proved.
//!
//! INVARIANT: a proof fits one size, one set of leaves and, unless SHA-256 is broken, one root. Nothing is left over,
//! and no list makes checking panic. Absent on purpose: whether the root is to be trusted (`signed_note` tells).

use super::tree::node_hash;
use crate::seams::tree::{EMPTY_ROOT, Root};

/// Whether a leaf is to be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// It is to be proved.
    Yes,
    /// It is only part of the tree.
    No,
}

/// Takes the leaves of a tree in order, and keeps what proves those that are wanted. It holds no others.
#[derive(Debug, Default)]
pub struct Prover {
    leaves: u64,
    subtrees: Vec<Subtree>,
}

/// A full subtree; the hashes beside the wanted leaves, where it has any.
#[derive(Debug)]
struct Subtree {
    hash: Root,
    beside: Option<Vec<Root>>,
}

impl Subtree {
    fn join(self, right: Subtree) -> Subtree {
        let hash = node_hash(&self.hash, &right.hash);
        let beside = match (self.beside, right.beside) {
            (None, None) => None,
            (left, more) => {
                let mut beside = left.unwrap_or_else(|| vec![self.hash]);
                beside.extend(more.unwrap_or_else(|| vec![right.hash]));
                Some(beside)
            }
        };
        Subtree { hash, beside }
    }
}

/// The result of a [`Prover`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Leaves in all.
    pub size: u64,
    /// Over all of them.
    pub root: Root,
    /// The proof.
    pub nodes: Vec<Root>,
}

impl Prover {
    /// Takes the hash of the next leaf.
    pub fn push(&mut self, leaf: Root, wanted: Wanted) {
        self.join(Subtree { hash: leaf, beside: (wanted == Wanted::Yes).then(Vec::new) }, 1);
    }

    /// Takes the root of the next full subtree, of which no leaf is wanted. Its size is a power of two, and that many leaves
    /// or a multiple of it came before.
    pub fn push_subtree(&mut self, root: Root, size: u64) {
        debug_assert!(size.is_power_of_two() && self.leaves.is_multiple_of(size), "it fits in its place");
        self.join(Subtree { hash: root, beside: None }, size);
    }

    /// A full subtree on the right, as large as the one left of it, makes one of twice the size.
    fn join(&mut self, mut subtree: Subtree, size: u64) {
        for _ in 0..(self.leaves / size).trailing_ones() {
            let left = self.subtrees.pop().expect("there is one for each bit that is set");
            subtree = left.join(subtree);
        }
        self.subtrees.push(subtree);
        self.leaves += size;
    }

    /// From here on it is proved that the tree so far is the beginning of what it grows into. The hashes that the tree
    /// so far is made of, largest first.
    pub fn keep(&mut self) -> Vec<Root> {
        self.subtrees.iter_mut().for_each(|subtree| subtree.beside = Some(Vec::new()));
        self.subtrees.iter().map(|subtree| subtree.hash).collect()
    }

    /// The root over all that was taken, and the proof.
    #[must_use]
    pub fn finish(self) -> Proven {
        let size = self.leaves;
        let whole = self.subtrees.into_iter().rev().reduce(|right, left| left.join(right));
        let empty = || Subtree { hash: EMPTY_ROOT, beside: None };
        let Subtree { hash, beside } = whole.unwrap_or_else(empty);
        Proven { size, root: hash, nodes: beside.unwrap_or_default() }
    }
}

/// The root of a tree of `size` leaves of which these are known, by index from 0, ascending; `None` where the proof
/// does not fit them. At least one must be known.
#[must_use]
pub fn root_with(size: u64, leaves: &[(u64, Root)], nodes: &[Root]) -> Option<Root> {
    let ascend = leaves.windows(2).all(|pair| matches!(pair, [(one, _), (next, _)] if one < next));
    let fits = leaves.last().is_some_and(|(last, _)| *last < size);
    if !ascend || !fits {
        return None;
    }
    let mut nodes = nodes.iter();
    let root = root_of_part(0, size, leaves, &mut nodes)?;
    nodes.next().is_none().then_some(root)
}

fn root_of_part(start: u64, len: u64, leaves: &[(u64, Root)], nodes: &mut std::slice::Iter<'_, Root>) -> Option<Root> {
    match (leaves, len) {
        ([], _) => nodes.next().copied(),
        ([(_, hash)], 1) => Some(*hash),
        _ => {
            let left = left_of(len);
            let (before, behind) = leaves.split_at(leaves.partition_point(|(index, _)| *index < start + left));
            let left_root = root_of_part(start, left, before, nodes)?;
            Some(node_hash(&left_root, &root_of_part(start + left, len - left, behind, nodes)?))
        }
    }
}

/// The roots of a tree of `old` leaves and of the one of `size` leaves that it is the beginning of; `None` where the
/// proof does not fit the sizes.
#[must_use]
pub fn roots_of_both(old: u64, size: u64, kept: &[Root], nodes: &[Root]) -> Option<(Root, Root)> {
    if old == 0 || old > size || kept.len() != old.count_ones() as usize {
        return None;
    }
    let (last, larger) = kept.split_last()?;
    let old_root = larger.iter().rev().fold(*last, |right, left| node_hash(left, &right));
    let (mut kept, mut nodes) = (kept.iter(), nodes.iter());
    let root = grown(0, size, old, &mut kept, &mut nodes)?;
    (kept.next().is_none() && nodes.next().is_none()).then_some((old_root, root))
}

fn grown(
    start: u64,
    len: u64,
    old: u64,
    kept: &mut std::slice::Iter<'_, Root>,
    nodes: &mut std::slice::Iter<'_, Root>,
) -> Option<Root> {
    // Without an overflow: a part never reaches beyond the size.
    if start + len <= old && len.is_power_of_two() {
        return kept.next().copied();
    }
    if start >= old {
        return nodes.next().copied();
    }
    if len == 1 {
        return None;
    }
    let left = left_of(len);
    let left_root = grown(start, left, old, kept, nodes)?;
    Some(node_hash(&left_root, &grown(start + left, len - left, old, kept, nodes)?))
}

/// The largest power of two below a length of at least two.
fn left_of(len: u64) -> u64 {
    1 << (u64::BITS - 1 - (len - 1).leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::tree::{Frontier, leaf_hash};
    use crate::seams::tree::Tree;
    use proptest::prelude::*;

    fn leaves(count: u64) -> Vec<Root> {
        (0..count).map(|index| leaf_hash(&index.to_le_bytes())).collect()
    }

    fn root(count: u64) -> Root {
        let mut tree = Frontier::default();
        tree.add_leaves(
            (0..count).map(|index| index.to_le_bytes()).collect::<Vec<_>>().iter().map(<[u8; 8]>::as_slice),
        );
        tree.root()
    }

    fn proven(count: u64, wanted: &[u64]) -> (Proven, Vec<(u64, Root)>) {
        let mut prover = Prover::default();
        let mut known = Vec::new();
        for (index, leaf) in (0..).zip(leaves(count)) {
            let is = wanted.contains(&index);
            prover.push(leaf, if is { Wanted::Yes } else { Wanted::No });
            known.extend(is.then_some((index, leaf)));
        }
        (prover.finish(), known)
    }

    /// PATH(m, D[n]) of RFC 6962 section 2.1.1, leaf first.
    fn audit_path(index: u64, leaves: &[Root]) -> Vec<Root> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let half = leaves.len().next_power_of_two() / 2;
        let (left, right) = leaves.split_at(half);
        let over = |part: &[Root]| audit_root(part);
        let (mut path, sibling) = match usize::try_from(index).expect("it is small") {
            index if index < half => (audit_path(index as u64, left), over(right)),
            index => (audit_path((index - half) as u64, right), over(left)),
        };
        path.push(sibling);
        path
    }

    fn audit_root(leaves: &[Root]) -> Root {
        match leaves {
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node_hash(&audit_root(left), &audit_root(right))
            }
        }
    }

    #[test]
    fn the_proof_of_one_leaf_holds_the_hashes_of_the_audit_path_of_the_rfc() {
        for size in 1..=20 {
            for index in 0..size {
                let (Proven { nodes, .. }, _) = proven(size, &[index]);
                let mut path = audit_path(index, &leaves(size));
                let mut sorted = nodes.clone();
                path.sort_unstable();
                sorted.sort_unstable();
                assert_eq!(sorted, path, "leaf {index} of {size}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_proved_has_the_root_and_nothing_else_has(
            (size, wanted) in (1..70_u64).prop_flat_map(|size| (Just(size), prop::collection::btree_set(0..size, 1..9))),
            flipped in any::<prop::sample::Index>(),
        ) {
            let wanted: Vec<u64> = wanted.into_iter().collect();
            let (proof, known) = proven(size, &wanted);
            prop_assert_eq!(proof.root, root(size));
            prop_assert_eq!(root_with(size, &known, &proof.nodes), Some(proof.root));
            let mut other = proof.nodes.clone();
            if !other.is_empty() {
                let at = flipped.index(other.len());
                other[at][7] ^= 1;
                prop_assert_ne!(root_with(size, &known, &other), Some(proof.root));
                prop_assert_ne!(root_with(size, &known, &proof.nodes[1..]), Some(proof.root));
            }
            other.push([0; 32]);
            prop_assert_eq!(root_with(size, &known, &other), None, "nothing is left over");
            let mut moved = known.clone();
            moved[0].1[0] ^= 1;
            prop_assert_ne!(root_with(size, &moved, &proof.nodes), Some(proof.root));
        }

        #[test]
        fn a_proof_is_the_same_whether_leaves_or_full_subtrees_are_taken(
            (size, wanted) in (1..200_u64).prop_flat_map(|size| (Just(size), prop::collection::btree_set(0..size, 1..9))),
            height in 0..6_u32,
        ) {
            let (proof, _) = proven(size, &wanted.iter().copied().collect::<Vec<_>>());
            let (leaves, many) = (leaves(size), 1 << height);
            let (mut prover, mut begin) = (Prover::default(), 0);
            while begin < size {
                let end = begin + many;
                if end <= size && wanted.range(begin..end).next().is_none() {
                    let all: Vec<Vec<u8>> = (begin..end).map(|index| index.to_le_bytes().to_vec()).collect();
                    let mut tree = Frontier::default();
                    tree.add_leaves(all.iter().map(Vec::as_slice));
                    prover.push_subtree(tree.root(), many);
                } else {
                    for (index, leaf) in (0..).zip(&leaves).filter(|(index, _)| (begin..end).contains(index)) {
                        prover.push(*leaf, if wanted.contains(&index) { Wanted::Yes } else { Wanted::No });
                    }
                }
                begin = end;
            }
            prop_assert_eq!(prover.finish(), proof);
        }

        #[test]
        fn an_older_tree_is_the_beginning_of_the_one_it_grew_into((size, old) in (1..70_u64).prop_flat_map(|size| (Just(size), 1..=size))) {
            let mut prover = Prover::default();
            let mut kept = Vec::new();
            for (index, leaf) in (0..).zip(leaves(size)) {
                if index == old {
                    kept = prover.keep();
                }
                prover.push(leaf, Wanted::No);
            }
            if old == size {
                kept = prover.keep();
            }
            let proof = prover.finish();
            prop_assert_eq!(roots_of_both(old, size, &kept, &proof.nodes), Some((root(old), root(size))));
            let mut other = kept.clone();
            other[0][0] ^= 1;
            let both = roots_of_both(old, size, &other, &proof.nodes);
            prop_assert!(both.is_none_or(|(one, two)| one != root(old) && two != root(size)));
            if old < size {
                prop_assert_eq!(roots_of_both(old, size, &kept, &[]), None);
            }
        }

        #[test]
        fn no_list_makes_checking_panic(
            size in any::<u64>(), old in any::<u64>(), at in prop::collection::vec(any::<u64>(), 0..5), count in 0..80_usize,
        ) {
            let leaves: Vec<_> = at.into_iter().map(|index| (index, [1; 32])).collect();
            let nodes = vec![[2; 32]; count];
            let _ = root_with(size, &leaves, &nodes);
            let _ = roots_of_both(old, size, &nodes, &nodes);
            let _ = roots_of_both(size, size, &vec![[1; 32]; size.count_ones() as usize], &nodes);
        }
    }
}
