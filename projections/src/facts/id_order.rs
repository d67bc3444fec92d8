//! The numbers of ids in the order of the ids, for lists that are answered in that order, page by page.
//!
//! It is made beside the names, slice by slice, so that nobody holds these while many are sorted. INVARIANT: it is of the
//! first so many numbers, and whoever makes it sees to it that these are settled: what is named above a head may be taken
//! off again. Absent on purpose: the ids, which lie in the names.

use crate::facts::interner::Interner;
use std::hash::Hash;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdOrder {
    numbers: Vec<u32>,
}

impl IdOrder {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// All of them, in the order of their ids.
    #[must_use]
    pub fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    /// How many stand up to an id, itself included.
    #[must_use]
    pub fn up_to<K: Ord + Eq + Hash>(&self, names: &Interner<K>, id: &K) -> usize {
        self.numbers.partition_point(|&number| names.id(number) <= id)
    }

    /// With more numbers, each behind as many of those that there are as its place says; places ascend.
    #[must_use]
    pub fn with(&self, more: impl IntoIterator<Item = (usize, u32)>) -> IdOrder {
        let more = more.into_iter();
        let mut numbers = Vec::with_capacity(self.numbers.len() + more.size_hint().0);
        let mut taken = 0;
        for (place, number) in more {
            numbers.extend_from_slice(&self.numbers[taken..place]);
            taken = place;
            numbers.push(number);
        }
        numbers.extend_from_slice(&self.numbers[taken..]);
        IdOrder { numbers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::position::Pos32;
    use caseward_events::UserId;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_order_of_ids_however_often_more_are_named(
            ids in proptest::collection::vec(0_u32..500, 0..200),
            slices in 1_usize..40,
            asked in 0_u32..500,
        ) {
            let (mut names, mut order) = (Interner::<UserId>::default(), IdOrder::default());
            for slice in ids.chunks(slices) {
                let known = names.len();
                for id in slice {
                    names.intern(&format!("u{id}").parse().expect("an id"), Pos32::ZERO);
                }
                let mut more: Vec<(UserId, u32)> =
                    names.all().skip(known).map(|(number, id)| (id.clone(), number)).collect();
                more.sort_unstable();
                let placed: Vec<_> = more.iter().map(|(id, number)| (order.up_to(&names, id), *number)).collect();
                order = order.with(placed);
            }
            let mut sorted: Vec<(UserId, u32)> = names.all().map(|(number, id)| (id.clone(), number)).collect();
            sorted.sort_unstable();
            let numbers: Vec<u32> = sorted.iter().map(|(_, number)| *number).collect();
            prop_assert_eq!(order.numbers(), &numbers[..]);
            prop_assert_eq!((order.len(), order.is_empty()), (names.len(), names.is_empty()));
            let asked: UserId = format!("u{asked}").parse().expect("an id");
            prop_assert_eq!(order.up_to(&names, &asked), sorted.iter().filter(|(id, _)| *id <= asked).count());
        }
    }
}
