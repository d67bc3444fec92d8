//! Bounds of how groups lie in one another: where a search need not look, and whether nesting is too deep.
//!
//! INVARIANT: a bound holds for every membership that there ever was, so it holds at every place, and taking a membership
//! off leaves it right. It only ever rises, and by few steps, so what all raises cost is near the number of memberships.
//! Bounds are no facts: two folds of one log may have other ones, so they are neither saved nor compared.

use super::Directory;
use crate::facts::position::Pos32;
use caseward_events::limits::GROUP_NESTING_MAX;
use std::collections::HashMap;

/// Longer chains than this are not told apart: they can only come of groups that changed places.
const CHAIN_MAX: u8 = 127;

/// Of one group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nesting {
    /// A bit for each group that ever was around it and for itself, by the lowest bits of their numbers.
    around: u64,
    /// No chain of groups that ends in it, itself included, is longer.
    below: u8,
    /// No chain of groups that begins with it, itself included, is longer.
    above: u8,
    /// Whether a wall of the organization or a definition ever named it, or a group that ever was around it.
    walled: bool,
}

impl Nesting {
    /// A group alone.
    pub(super) fn of(group: u32) -> Nesting {
        Nesting { around: bit(group), below: 1, above: 1, walled: false }
    }

    /// Takes in that a group is directly in another; which of the two changed.
    fn join(inner: &mut Nesting, outer: &mut Nesting) -> (bool, bool) {
        let (around, above) = (inner.around | outer.around, inner.above.max(one_more(outer.above)));
        let below = outer.below.max(one_more(inner.below));
        let walled = inner.walled || outer.walled;
        let inner_rose = around != inner.around || above != inner.above || walled != inner.walled;
        let changed = (inner_rose, below != outer.below);
        (inner.around, inner.above, inner.walled, outer.below) = (around, above, walled, below);
        changed
    }
}

fn one_more(chain: u8) -> u8 {
    CHAIN_MAX.min(chain + 1)
}

fn bit(group: u32) -> u64 {
    1 << (group % 64)
}

impl Directory {
    /// Whether a group may be in another one, and is not that, at any place.
    #[inline]
    pub(super) fn may_be_within(&self, inner: u32, outer: u32) -> bool {
        let (one, other) = (self.nesting[inner as usize], self.nesting[outer as usize]);
        // Behind the longest chains nothing is known.
        let is_below = one.below < other.below || other.below == CHAIN_MAX;
        let is_above = one.above > other.above || one.above == CHAIN_MAX;
        one.around & bit(outer) != 0 && is_below && is_above
    }

    /// Whether a wall of the organization or a definition may bind whoever is in a group.
    #[inline]
    pub(super) fn is_walled(&self, group: u32) -> bool {
        self.nesting[group as usize].walled
    }

    /// A wall of the organization or a definition names a group.
    pub(crate) fn wall(&mut self, group: u32) {
        if !std::mem::replace(&mut self.nesting[group as usize].walled, true) {
            self.raise(self.group[group as usize].inner.iter().map(|&inner| (inner, group)).collect());
        }
    }

    /// Takes in a membership that never was before.
    pub(super) fn nest(&mut self, inner: u32, outer: u32) {
        self.raise(vec![(inner, outer)]);
    }

    /// Joins memberships, and what is beyond those that change by that.
    fn raise(&mut self, mut left: Vec<(u32, u32)>) {
        while let Some((inner, outer)) = left.pop() {
            let (inner_rose, outer_rose) = self.join(inner, outer);
            if inner_rose {
                left.extend(self.group[inner as usize].inner.iter().map(|&further| (further, inner)));
            }
            if outer_rose {
                left.extend(self.group[outer as usize].memberships.iter().map(|(further, _)| (outer, *further)));
            }
        }
    }

    fn join(&mut self, inner: u32, outer: u32) -> (bool, bool) {
        match self.nesting.get_disjoint_mut([inner as usize, outer as usize]) {
            Ok([inner, outer]) => Nesting::join(inner, outer),
            // A group in itself, which no log holds that was decided here.
            Err(_) => (false, false),
        }
    }

    /// Takes in all memberships that there ever were.
    // Once is enough, but for groups that changed places.
    pub(super) fn derive_nesting(&mut self) {
        let order = self.outermost_first();
        let mut rises = true;
        while rises {
            rises = false;
            for &inner in order.iter().chain(order.iter().rev()) {
                for index in 0..self.group[inner as usize].memberships.len() {
                    let outer = self.group[inner as usize].memberships[index].0;
                    let (inner_rose, outer_rose) = self.join(inner, outer);
                    rises |= inner_rose || outer_rose;
                }
            }
        }
    }

    /// Whether putting `inner` into `outer` would nest groups too deeply.
    #[must_use]
    pub fn would_nest_too_deep(&self, inner: Option<u32>, outer: Option<u32>) -> bool {
        let below = inner.map_or(1, |group| self.nesting[group as usize].below);
        let above = outer.map_or(1, |group| self.nesting[group as usize].above);
        if usize::from(below) + usize::from(above) <= GROUP_NESTING_MAX {
            return false;
        }
        // The bounds know of memberships that are no more.
        let above = outer.map_or(1, |group| self.chain(group, &mut HashMap::new(), Self::outer_now));
        let below = inner.map_or(1, |group| self.chain(group, &mut HashMap::new(), Self::inner_now));
        above + below > GROUP_NESTING_MAX
    }

    /// The groups on the longest chain from a group on, itself included.
    fn chain(&self, group: u32, known: &mut HashMap<u32, usize>, next: fn(&Self, u32) -> Vec<u32>) -> usize {
        if let Some(&length) = known.get(&group) {
            return length;
        }
        let longest = next(self, group).into_iter().map(|group| self.chain(group, known, next)).max();
        let length = 1 + longest.unwrap_or(0);
        known.insert(group, length);
        length
    }

    fn outer_now(&self, group: u32) -> Vec<u32> {
        let memberships = &self.group[group as usize].memberships;
        memberships.iter().filter(|(_, held)| held.is_true(Pos32::LATEST)).map(|(group, _)| *group).collect()
    }

    fn inner_now(&self, group: u32) -> Vec<u32> {
        self.inner_groups(group, Pos32::LATEST).collect()
    }
}
