//! A set of cases in the order of their ids, for lists that are answered in that order, page by page.
//!
//! Cases are numbers; their ids are compared through the names. Held in chunks, so that one more in a set of a million
//! moves a few hundred numbers. INVARIANT: no chunk is empty; ids ascend strictly over all chunks. What a replay adds
//! lies loose, and has its place only when the replay is over: nothing is asked before.

use super::heap_size;
use crate::facts::interner::Interner;
use caseward_events::CaseId;

/// A chunk that grew to this many is halved.
const CHUNK_MAX: usize = 512;

/// A set of cases, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct CaseSet {
    chunks: Vec<Vec<u32>>,
    loose: Vec<u32>,
}

/// Equal where they hold the same; where chunks end depends on the way there.
impl PartialEq for CaseSet {
    fn eq(&self, other: &Self) -> bool {
        self.chunks.iter().flatten().eq(other.chunks.iter().flatten())
    }
}

/// The place of every case in the order of ids.
pub(crate) struct Ranks(Vec<u32>);

impl Ranks {
    pub(crate) fn of(names: &Interner<CaseId>) -> Ranks {
        let mut ranks = vec![0; names.len()];
        for (case, rank) in Ranks::order(names).into_iter().zip(0..) {
            ranks[case as usize] = rank;
        }
        Ranks(ranks)
    }

    /// The cases in the order of their ids.
    pub(crate) fn order(names: &Interner<CaseId>) -> Vec<u32> {
        // The first bytes of an id tell most apart without a look at the id.
        let begins = |id: &CaseId| {
            let mut begin = [0; 8];
            let bytes = id.as_str().as_bytes();
            let length = bytes.len().min(8);
            begin[..length].copy_from_slice(&bytes[..length]);
            u64::from_be_bytes(begin)
        };
        let mut order: Vec<(u64, u32)> = names.all().map(|(case, id)| (begins(id), case)).collect();
        let id = |&(_, case): &(u64, u32)| names.id(case);
        order.sort_unstable_by(|one, two| one.0.cmp(&two.0).then_with(|| id(one).cmp(id(two))));
        order.into_iter().map(|(_, case)| case).collect()
    }

    fn rank(&self, case: u32) -> u32 {
        self.0[case as usize]
    }
}

/// While a replay goes on, and when it ends.
impl CaseSet {
    /// Of cases in the order of their ids, one perhaps twice.
    pub(crate) fn of(cases: &[u32]) -> CaseSet {
        let mut all = cases.to_vec();
        all.dedup();
        CaseSet { chunks: chunks(all), loose: Vec::new() }
    }

    /// Adds a case that may be in already.
    #[inline]
    pub(crate) fn add_loose(&mut self, case: u32) {
        if self.loose.last() != Some(&case) {
            self.loose.push(case);
        }
    }

    /// What was added last; 0 where nothing was.
    #[inline]
    pub(crate) fn last_loose(&self) -> u32 {
        self.loose.last().copied().unwrap_or(0)
    }

    /// How many were added.
    pub(crate) fn loose(&self) -> usize {
        self.loose.len()
    }

    /// Puts in what was added, one by one.
    pub(crate) fn insert_loose(&mut self, names: &Interner<CaseId>) {
        for case in std::mem::take(&mut self.loose) {
            self.insert(case, names);
        }
    }

    /// Puts in what was added, all at once.
    pub(crate) fn sort_loose(&mut self, ranks: &Ranks) {
        if self.loose.is_empty() {
            return;
        }
        let mut all = std::mem::take(&mut self.loose);
        all.extend(self.chunks.drain(..).flatten());
        all.sort_unstable_by_key(|&case| ranks.rank(case));
        all.dedup();
        self.chunks = chunks(all);
    }

    /// What it takes in memory beside itself.
    pub(crate) fn heap(&self) -> usize {
        let numbers = self.chunks.iter().chain([&self.loose]).map(heap_size::vec).sum::<usize>();
        heap_size::vec(&self.chunks) + numbers
    }
}

/// Cut so that each has room for one more; most sets are one.
fn chunks(mut all: Vec<u32>) -> Vec<Vec<u32>> {
    if (1..CHUNK_MAX).contains(&all.len()) {
        all.shrink_to_fit();
        return vec![all];
    }
    all.chunks(CHUNK_MAX - 1).map(<[u32]>::to_vec).collect()
}

impl CaseSet {
    /// Puts a case in; false where it is in already.
    pub(crate) fn insert(&mut self, case: u32, names: &Interner<CaseId>) -> bool {
        let id = names.id(case);
        let at = self.chunk_of(id, names);
        let Some(chunk) = self.chunks.get_mut(at) else {
            self.chunks.push(vec![case]);
            return true;
        };
        let Err(index) = chunk.binary_search_by(|other| names.id(*other).cmp(id)) else { return false };
        chunk.insert(index, case);
        if chunk.len() >= CHUNK_MAX {
            let upper = chunk.split_off(CHUNK_MAX / 2);
            self.chunks.insert(at + 1, upper);
        }
        true
    }

    pub(crate) fn remove(&mut self, case: u32, names: &Interner<CaseId>) {
        let id = names.id(case);
        let at = self.chunk_of(id, names);
        let Some(chunk) = self.chunks.get_mut(at) else { return };
        if let Ok(index) = chunk.binary_search_by(|other| names.id(*other).cmp(id)) {
            chunk.remove(index);
            if chunk.is_empty() {
                self.chunks.remove(at);
            }
        }
    }

    /// The chunk that holds an id, or would: the last that begins at or before it.
    fn chunk_of(&self, id: &CaseId, names: &Interner<CaseId>) -> usize {
        let later = self.chunks.partition_point(|chunk| chunk.first().is_some_and(|first| names.id(*first) <= id));
        later.saturating_sub(1)
    }

    /// The cases behind an id, in order; all of them without one.
    pub fn behind<'a>(&'a self, id: Option<&CaseId>, names: &Interner<CaseId>) -> impl Iterator<Item = u32> + use<'a> {
        let (chunk, index) = match id {
            None => (0, 0),
            Some(id) => {
                let chunk = self.chunk_of(id, names);
                let within =
                    self.chunks.get(chunk).map_or(0, |cases| cases.partition_point(|&case| names.id(case) <= id));
                (chunk, within)
            }
        };
        self.chunks.iter().skip(chunk).flatten().copied().skip(index)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::position::Pos32;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_is_a_set_in_the_order_of_ids(ids in proptest::collection::vec(0_u32..3_000, 0..2_500), after in 0_u32..3_000) {
            let (mut names, mut ordered, mut model) = (Interner::default(), CaseSet::default(), BTreeSet::new());
            for (turn, id) in ids.iter().enumerate() {
                let id: CaseId = format!("c{id}").parse().expect("an id");
                let (case, _) = names.intern(&id, Pos32::ZERO);
                if turn % 5 == 4 {
                    ordered.remove(case, &names);
                    model.remove(&id);
                } else {
                    prop_assert_eq!(ordered.insert(case, &names), model.insert(id));
                }
            }
            let after: CaseId = format!("c{after}").parse().expect("an id");
            let behind = |id: Option<&CaseId>| -> Vec<CaseId> {
                ordered.behind(id, &names).map(|case| names.id(case).clone()).collect()
            };
            prop_assert_eq!(behind(None), model.iter().cloned().collect::<Vec<_>>());
            prop_assert_eq!(behind(Some(&after)), model.iter().filter(|id| **id > after).cloned().collect::<Vec<_>>());
        }

        #[test]
        fn what_lay_loose_comes_to_its_place(ids in proptest::collection::vec(0_u32..3_000, 0..2_500), before in 0_usize..2_500) {
            let mut names = Interner::default();
            let (mut one_by_one, mut at_once, mut model) = (CaseSet::default(), CaseSet::default(), CaseSet::default());
            for (turn, id) in ids.iter().enumerate() {
                // Longer than what a rank looks at first, so that ids have to be compared.
                let id: CaseId = format!("{:09}", id * 7).parse().expect("an id");
                let (case, _) = names.intern(&id, Pos32::ZERO);
                model.insert(case, &names);
                for ordered in [&mut one_by_one, &mut at_once] {
                    if turn < before {
                        ordered.insert(case, &names);
                    } else {
                        ordered.add_loose(case);
                    }
                }
            }
            one_by_one.insert_loose(&names);
            at_once.sort_loose(&Ranks::of(&names));
            prop_assert_eq!(&one_by_one, &model);
            prop_assert_eq!(&at_once, &model);
        }
    }
}
