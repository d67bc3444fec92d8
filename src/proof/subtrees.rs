//! Going over the tree of a log with most of it known: the roots of its full subtrees of 256 leaves are kept, so only what
//! lies beside the leaves that are wanted is read and hashed.
//!
//! INVARIANT: what is kept is believed only as far as it leads to the root that the store vouches for; the caller compares
//! that. Absent on purpose: smaller and larger subtrees. A proof over ten million events joins some 40,000 roots, which takes
//! some ten milliseconds.

use crate::engine::Organization;
use crate::integrity::tree::Frontier;
use crate::seams::StoreError;
use crate::seams::tree::{Root, SUBTREE_LEAVES, Tree};
use caseward_events::Position;
use std::collections::BTreeSet;
use tracing::warn;

/// So many new roots are worth a write.
const WORTH_KEEPING: usize = 16;

/// What there is of a tree, in the order of its leaves.
pub(super) enum Part<'a> {
    /// A full subtree in which nothing is wanted.
    Subtree(&'a Root),
    /// A leaf.
    Event(Position, &'a [u8]),
}

/// Whether the roots that were kept are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// They are.
    Used,
    /// They have led to another root, or there may be none.
    MadeAnew,
}

/// The subtree that has a leaf.
pub(super) fn subtree_of(position: Position) -> u64 {
    position.0.saturating_sub(1) / SUBTREE_LEAVES
}

/// The roots of all full subtrees up to a position, kept for the next time.
pub(super) async fn roots(organization: &Organization, up_to: Position, kept: Kept) -> Result<Vec<Root>, StoreError> {
    let full = up_to.0 / SUBTREE_LEAVES;
    let mut roots = match kept {
        Kept::Used => organization.kept_subtrees().await?,
        Kept::MadeAnew => Vec::new(),
    };
    roots.truncate(usize::try_from(full).unwrap_or(usize::MAX));
    let (known, mut tree) = (roots.len(), Frontier::default());
    let after = Position(known as u64 * SUBTREE_LEAVES);
    let mut take = |_, event: &[u8]| {
        tree.add_leaves([event]);
        if tree.leaves() == SUBTREE_LEAVES {
            roots.push(std::mem::take(&mut tree).root());
        }
    };
    organization.scan_behind(after, Position(full * SUBTREE_LEAVES), &mut take).await?;
    if roots.len() - known >= WORTH_KEEPING
        && let Err(error) = organization.keep_subtrees(roots.clone()).await
    {
        // The proof needs only those that are here.
        warn!(%error, "what later proofs could be made of is not kept");
    }
    Ok(roots)
}

/// Goes over the leaves up to a position: one by one in the subtrees that are to be opened and behind the last full one.
pub(super) async fn over(
    organization: &Organization,
    (up_to, roots): (Position, &[Root]),
    opened: &BTreeSet<u64>,
    take: &mut (dyn FnMut(Part<'_>) + Send),
) -> Result<(), StoreError> {
    let mut after = Position::ZERO;
    for (subtree, root) in (0..).zip(roots) {
        if opened.contains(&subtree) {
            continue;
        }
        // Those before it that are to be opened are read together.
        let first = Position(subtree * SUBTREE_LEAVES);
        organization.scan_behind(after, first, &mut |at, event| take(Part::Event(at, event))).await?;
        take(Part::Subtree(root));
        after = Position(first.0 + SUBTREE_LEAVES);
    }
    organization.scan_behind(after, up_to, &mut |at, event| take(Part::Event(at, event))).await
}
