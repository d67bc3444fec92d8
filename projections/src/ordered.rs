//! A set of cases in the order of their ids, for lists that are answered in that order, page by page.
//!
//! Cases are numbers; their ids are compared through the names. Held in chunks, so that one more in a set of a million
//! moves a few hundred numbers. INVARIANT: no chunk is empty; ids ascend strictly over all chunks.

use crate::names::Names;
use caseward_events::CaseId;

/// A chunk that grew to this many is halved.
const CHUNK_MAX: usize = 512;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ordered(Vec<Vec<u32>>);

impl Ordered {
    /// Puts a case in; false where it is in already.
    pub(crate) fn insert(&mut self, case: u32, names: &Names<CaseId>) -> bool {
        let id = names.id(case);
        let at = self.chunk_of(id, names);
        let Some(chunk) = self.0.get_mut(at) else {
            self.0.push(vec![case]);
            return true;
        };
        let Err(index) = chunk.binary_search_by(|other| names.id(*other).cmp(id)) else { return false };
        chunk.insert(index, case);
        if chunk.len() >= CHUNK_MAX {
            let upper = chunk.split_off(CHUNK_MAX / 2);
            self.0.insert(at + 1, upper);
        }
        true
    }

    pub(crate) fn remove(&mut self, case: u32, names: &Names<CaseId>) {
        let id = names.id(case);
        let at = self.chunk_of(id, names);
        let Some(chunk) = self.0.get_mut(at) else { return };
        if let Ok(index) = chunk.binary_search_by(|other| names.id(*other).cmp(id)) {
            chunk.remove(index);
            if chunk.is_empty() {
                self.0.remove(at);
            }
        }
    }

    /// The chunk that holds an id, or would: the last that begins at or before it.
    fn chunk_of(&self, id: &CaseId, names: &Names<CaseId>) -> usize {
        let later = self.0.partition_point(|chunk| chunk.first().is_some_and(|first| names.id(*first) <= id));
        later.saturating_sub(1)
    }

    /// The cases behind an id, in order; all of them without one.
    pub fn behind<'a>(&'a self, id: Option<&CaseId>, names: &Names<CaseId>) -> impl Iterator<Item = u32> + use<'a> {
        let (chunk, index) = match id {
            None => (0, 0),
            Some(id) => {
                let chunk = self.chunk_of(id, names);
                let within = self.0.get(chunk).map_or(0, |cases| cases.partition_point(|&case| names.id(case) <= id));
                (chunk, within)
            }
        };
        self.0.iter().skip(chunk).flatten().copied().skip(index)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Place;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_is_a_set_in_the_order_of_ids(ids in proptest::collection::vec(0_u32..3_000, 0..2_500), after in 0_u32..3_000) {
            let (mut names, mut ordered, mut model) = (Names::default(), Ordered::default(), BTreeSet::new());
            for (turn, id) in ids.iter().enumerate() {
                let id: CaseId = format!("c{id}").parse().expect("an id");
                let (case, _) = names.intern(&id, Place::ZERO);
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
    }
}
