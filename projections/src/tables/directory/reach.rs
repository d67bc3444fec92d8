//! Whether, and by which groups, a subject is in a group through others: found on the way along direct memberships, as
//! they stood at a place.
//!
//! A search goes from both ends, one membership here and one there: it is over when one end has nothing left, so that a
//! group in many groups, or many in one, costs no more than the lesser side. It turns away where [`super::nesting`] says
//! that nothing can come of it, and what was found is known for a while ([`super::answered`]). INVARIANT: nothing is allocated, but where a search comes upon many of very many groups
//! ([`Marks`]) or goes more than 64 deep.

use super::{Directory, GroupSet, Through};
use crate::facts::history::History;
use crate::facts::number::SubjectKey;
use crate::facts::position::Pos32;
use smallvec::{SmallVec, smallvec};

/// So many groups have a bit each without an allocation.
const INLINE_GROUPS: usize = 64 * 64;
/// Where there are more groups, so many are listed before all get a bit.
const LISTED_MAX: usize = 32;

/// Groups that were come upon.
pub(crate) struct Marks {
    groups: usize,
    /// While there are no bits.
    listed: SmallVec<[u32; LISTED_MAX]>,
    bits: SmallVec<[u64; INLINE_GROUPS / 64]>,
}

impl Marks {
    #[inline]
    pub(super) fn new(groups: usize) -> Marks {
        let bits = if groups <= INLINE_GROUPS { smallvec![0; groups.div_ceil(64)] } else { SmallVec::new() };
        Marks { groups, listed: SmallVec::new(), bits }
    }

    /// Whether a group was.
    #[inline]
    pub(crate) fn has(&self, group: u32) -> bool {
        if self.bits.is_empty() {
            return self.listed.contains(&group);
        }
        self.bits[group as usize / 64] >> (group % 64) & 1 == 1
    }

    /// Whether it was not marked.
    #[inline]
    pub(super) fn mark(&mut self, group: u32) -> bool {
        let is_new = !self.has(group);
        if !self.bits.is_empty() {
            self.set(group);
        } else if is_new {
            self.list(group);
        }
        is_new
    }

    fn set(&mut self, group: u32) {
        self.bits[group as usize / 64] |= 1 << (group % 64);
    }

    fn list(&mut self, group: u32) {
        if self.listed.len() < LISTED_MAX {
            self.listed.push(group);
            return;
        }
        self.bits = smallvec![0; self.groups.div_ceil(64)];
        for group in std::mem::take(&mut self.listed).into_iter().chain([group]) {
            self.set(group);
        }
    }
}

/// A way through groups: those on it, each with how many of its memberships were looked at, and all that it came upon.
struct Walk {
    way: SmallVec<[(u32, u32); 64]>,
    marks: Marks,
    /// How many steps are left.
    steps_max: usize,
}

impl Walk {
    fn new(groups: usize) -> Walk {
        Walk { way: SmallVec::new(), marks: Marks::new(groups), steps_max: usize::MAX }
    }

    /// The group at its end, and which of its memberships comes next.
    #[inline]
    fn next(&mut self) -> Option<(u32, usize)> {
        let (group, next) = self.way.last_mut()?;
        *next += 1;
        Some((*group, *next as usize - 1))
    }

    #[inline]
    fn go_to(&mut self, group: u32) {
        self.way.push((group, 0));
    }
}

/// What one step of a search finds.
#[derive(PartialEq, Eq)]
enum Step {
    GoOn,
    /// Both ends have come upon one group.
    Met,
    /// This end has nothing left.
    Over,
}

/// A search for a way from a group to a group around it.
struct Search<'a> {
    directory: &'a Directory,
    from: u32,
    to: u32,
    through: Through,
    place: Pos32,
    outward: Walk,
    inward: Walk,
}

impl Search<'_> {
    fn finds(mut self) -> bool {
        for (walk, group) in [(&mut self.outward, self.from), (&mut self.inward, self.to)] {
            walk.marks.mark(group);
            walk.go_to(group);
        }
        loop {
            for step in [self.step_outward(), self.step_inward()] {
                if step != Step::GoOn {
                    return step == Step::Met;
                }
            }
        }
    }

    fn step_outward(&mut self) -> Step {
        let Some((group, next)) = self.outward.next() else { return Step::Over };
        let Some((outer, held)) = self.directory.group[group as usize].memberships.get(next) else {
            self.outward.way.pop();
            return Step::GoOn;
        };
        let met = self.inward.marks.has(*outer);
        if !met && (self.outward.marks.has(*outer) || !self.directory.may_be_within(*outer, self.to)) {
            return Step::GoOn;
        }
        if held.is_true(self.place) && (met || self.directory.is_open(*outer, self.through, self.place)) {
            if met {
                return Step::Met;
            }
            self.outward.marks.mark(*outer);
            self.outward.go_to(*outer);
        }
        Step::GoOn
    }

    fn step_inward(&mut self) -> Step {
        let Some((group, next)) = self.inward.next() else { return Step::Over };
        let Some(&inner) = self.directory.group[group as usize].inner.get(next) else {
            self.inward.way.pop();
            return Step::GoOn;
        };
        let met = self.outward.marks.has(inner);
        if !met && (self.inward.marks.has(inner) || !self.directory.may_be_within(self.from, inner)) {
            return Step::GoOn;
        }
        let (directory, place) = (self.directory, self.place);
        if directory.is_directly_in(inner, group, place) && (met || directory.is_open(inner, self.through, place)) {
            if met {
                return Step::Met;
            }
            self.inward.marks.mark(inner);
            self.inward.go_to(inner);
        }
        Step::GoOn
    }
}

impl Directory {
    /// Whether a user is in a group, in the user's own right or through other groups.
    // Mostly a few steps on a line of the cache that was just read; histories are asked apart.
    #[must_use]
    #[inline(always)]
    pub fn reaches(&self, user: u32, group: u32, through: Through, place: Pos32) -> bool {
        if self.is_plain(group) {
            let user_cache = &self.user_cache[user as usize];
            if user_cache.is_of(place) {
                return user_cache.is_in(group);
            }
        }
        self.reaches_by_histories(user, group, through, place)
    }

    #[inline(never)]
    fn reaches_by_histories(&self, user: u32, group: u32, through: Through, place: Pos32) -> bool {
        let memberships = &self.user[user as usize].memberships;
        let is_in = |held: &History<bool>| held.is_true(place);
        // Most groups never had a group in them, and then there is no other way in.
        if self.group[group as usize].inner.is_empty() {
            let found = memberships.iter().find(|(direct, _)| *direct == group);
            return found.is_some_and(|(_, held)| is_in(held) && self.is_open(group, through, place));
        }
        if !self.is_open(group, through, place) {
            return false;
        }
        memberships.iter().any(|(direct, held)| {
            if *direct == group {
                return is_in(held);
            }
            let may_be = self.may_be_within(*direct, group) && is_in(held) && self.is_open(*direct, through, place);
            may_be && self.is_around(*direct, group, through, place)
        })
    }

    /// Whether a group is in another one, directly or through others. A group is in itself.
    #[must_use]
    pub fn is_within(&self, inner: u32, outer: u32, through: Through, place: Pos32) -> bool {
        let is_open = |group| self.is_open(group, through, place);
        let may_be = inner == outer || self.may_be_within(inner, outer);
        may_be && is_open(inner) && is_open(outer) && (inner == outer || self.is_around(inner, outer, through, place))
    }

    /// The same of two groups that are open, and the one of which may be in the other.
    fn is_around(&self, inner: u32, outer: u32, through: Through, place: Pos32) -> bool {
        if self.is_directly_in(inner, outer, place) {
            return true;
        }
        let question = self.answered.question(inner, outer, through, place);
        if let Some(answer) = question.and_then(|question| self.answered.get(question)) {
            return answer;
        }
        let (outward, inward) = (Walk::new(self.group.len()), Walk::new(self.group.len()));
        let search = Search { directory: self, from: inner, to: outer, through, place, outward, inward };
        let answer = search.finds();
        if let Some(question) = question {
            self.answered.keep(question, answer);
        }
        answer
    }

    /// Whether a group lets its members through.
    #[inline]
    fn is_open(&self, group: u32, through: Through, place: Pos32) -> bool {
        through == Through::AllGroups
            || self.ever_inactive.is_empty()
            || !self.group[group as usize].inactive.is_true(place)
    }

    #[inline]
    fn is_directly_in(&self, inner: u32, outer: u32, place: Pos32) -> bool {
        let memberships = &self.group[inner as usize].memberships;
        let found = memberships.binary_search_by_key(&outer, |(group, _)| *group);
        found.is_ok_and(|index| memberships[index].1.is_true(place))
    }

    /// The groups that a subject is in, in its own right or through others. A group is in itself.
    #[inline]
    pub fn groups_of(&self, subject: SubjectKey, through: Through, place: Pos32) -> GroupSet {
        let mut groups = GroupSet::new();
        match subject.as_group() {
            Some(group) => {
                let mut walk = Walk::new(self.group.len());
                self.each_from(group, through, place, &mut walk, &mut |group| groups.push(group));
            }
            None => self.each_group(subject.number(), through, place, |group| groups.push(group)),
        }
        groups
    }

    /// Every group that a user is in, each once.
    #[inline]
    pub fn each_group(&self, user: u32, through: Through, place: Pos32, visit: impl FnMut(u32)) {
        let _ = self.some_groups(user, through, place, usize::MAX, visit);
    }

    /// The groups that a user is in, each once, until so many of the groups were seen. What it came upon, where there are
    /// perhaps more.
    #[inline]
    pub(crate) fn some_groups(
        &self,
        user: u32,
        through: Through,
        place: Pos32,
        seen_max: usize,
        mut visit: impl FnMut(u32),
    ) -> Option<Marks> {
        let mut walk = Walk::new(self.group.len());
        walk.steps_max = seen_max;
        for (direct, held) in &self.user[user as usize].memberships {
            if held.is_true(place) {
                self.each_from(*direct, through, place, &mut walk, &mut visit);
            }
            if walk.steps_max == 0 {
                return Some(walk.marks);
            }
        }
        None
    }

    /// A group and all around it that the walk did not come upon yet.
    fn each_from(&self, from: u32, through: Through, place: Pos32, walk: &mut Walk, visit: &mut impl FnMut(u32)) {
        let mut come_upon = |walk: &mut Walk, group: u32| {
            if self.is_open(group, through, place) && walk.marks.mark(group) {
                visit(group);
                if !self.group[group as usize].memberships.is_empty() {
                    walk.go_to(group);
                }
            }
        };
        come_upon(walk, from);
        while walk.steps_max > 0
            && let Some((group, next)) = walk.next()
        {
            walk.steps_max -= 1;
            match self.group[group as usize].memberships.get(next) {
                Some((outer, held)) if !walk.marks.has(*outer) && held.is_true(place) => come_upon(walk, *outer),
                Some(_) => {}
                None => drop(walk.way.pop()),
            }
        }
    }

    /// All groups, each behind those that ever were around it, but for groups that changed places.
    pub(super) fn outermost_first(&self) -> Vec<u32> {
        let mut walk = Walk::new(self.group.len());
        let mut order = Vec::with_capacity(self.group.len());
        for group in (0_u32..).take(self.group.len()) {
            if walk.marks.mark(group) {
                walk.go_to(group);
            }
            while let Some((group, next)) = walk.next() {
                match self.group[group as usize].memberships.get(next) {
                    Some((outer, _)) if walk.marks.mark(*outer) => walk.go_to(*outer),
                    Some(_) => {}
                    None => {
                        walk.way.pop();
                        order.push(group);
                    }
                }
            }
        }
        order
    }

    /// Every group that the user could ever have reached: supersets, over all time and all edges there ever were.
    #[must_use]
    pub fn ever_groups(&self, user: u32) -> Vec<u32> {
        self.ever_around_all(self.ever_direct_groups(user))
    }

    /// Some groups and every group around one of them: over all time and all edges there ever were.
    pub(crate) fn ever_around_any(&self, groups: &[u32]) -> Vec<u32> {
        self.ever_around_all(groups.iter().copied())
    }

    fn ever_around_all(&self, groups: impl IntoIterator<Item = u32>) -> Vec<u32> {
        self.ever_beyond(groups, |group, found| {
            found.extend(self.group[group as usize].memberships.iter().map(|(outer, _)| *outer));
        })
    }

    /// Every group around a group, itself included: over all time and all edges there ever were.
    pub(crate) fn ever_around(&self, group: u32) -> Vec<u32> {
        self.ever_beyond([group], |group, found| {
            found.extend(self.group[group as usize].memberships.iter().map(|(outer, _)| *outer));
        })
    }

    /// Every group in a group, itself included: over all time and all edges there ever were.
    pub(crate) fn ever_within(&self, group: u32) -> Vec<u32> {
        self.ever_beyond([group], |group, found| found.extend_from_slice(self.ever_inner(group)))
    }

    /// Some groups and all that come of them, each once.
    fn ever_beyond(&self, from: impl IntoIterator<Item = u32>, beyond: impl Fn(u32, &mut Vec<u32>)) -> Vec<u32> {
        let mut marks = Marks::new(self.group.len());
        let mut found: Vec<u32> = from.into_iter().collect();
        found.retain(|&group| marks.mark(group));
        let (mut next, mut further) = (0, Vec::new());
        while let Some(&group) = found.get(next) {
            beyond(group, &mut further);
            found.extend(further.drain(..).filter(|&group| marks.mark(group)));
            next += 1;
        }
        found
    }
}
