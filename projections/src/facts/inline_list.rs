//! A sorted list whose first items lie in itself, at fixed places: a check looks at all of these without asking how many
//! there are.
//!
//! INVARIANT: keys ascend strictly, from the first place to the last of `more`. A place is vacant only where no item
//! comes after it.

use super::heap_size;
use thin_vec::ThinVec;

/// What such a list holds.
pub(crate) trait Item {
    /// What it is sorted by.
    type Key: Ord;
    /// Lies where no item does; its key is that of no item.
    const VACANT: Self;
    /// Its own.
    fn key(&self) -> Self::Key;
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Few<T, const FEW: usize> {
    few: [T; FEW],
    more: ThinVec<T>,
}

impl<T: Item, const FEW: usize> Default for Few<T, FEW> {
    fn default() -> Self {
        Few { few: [const { T::VACANT }; FEW], more: ThinVec::new() }
    }
}

impl<T: Item, const FEW: usize> Few<T, FEW> {
    /// Those in the list itself, and vacant places.
    #[inline]
    pub(crate) fn few(&self) -> &[T; FEW] {
        &self.few
    }

    /// Those behind.
    #[inline]
    pub(crate) fn more(&self) -> &[T] {
        &self.more
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.few[..self.count_few()].iter().chain(&self.more)
    }

    fn count_few(&self) -> usize {
        self.few.iter().take_while(|item| item.key() != T::VACANT.key()).count()
    }

    /// Where a key is, or where it would go.
    pub(crate) fn search(&self, key: &T::Key) -> Result<usize, usize> {
        let count = self.count_few();
        match self.few[..count].binary_search_by(|item| item.key().cmp(key)) {
            Err(index) if index == FEW => {
                let found = self.more.binary_search_by(|item| item.key().cmp(key));
                found.map(|index| FEW + index).map_err(|index| FEW + index)
            }
            found => found,
        }
    }

    pub(crate) fn get_mut(&mut self, index: usize) -> &mut T {
        match index.checked_sub(FEW) {
            None => &mut self.few[index],
            Some(index) => &mut self.more[index],
        }
    }

    /// At the index that [`Few::search`] gave.
    pub(crate) fn insert(&mut self, index: usize, item: T) {
        let mut pushed_out = item;
        for place in self.few.iter_mut().skip(index) {
            std::mem::swap(place, &mut pushed_out);
        }
        if pushed_out.key() != T::VACANT.key() {
            self.more.insert(index.saturating_sub(FEW), pushed_out);
        }
    }

    pub(crate) fn remove(&mut self, index: usize) {
        if let Some(index) = index.checked_sub(FEW) {
            self.more.remove(index);
        } else {
            self.few[index..].rotate_left(1);
            self.few[FEW - 1] = if self.more.is_empty() { T::VACANT } else { self.more.remove(0) };
        }
        // As if it had never been longer.
        if self.more.is_empty() {
            self.more = ThinVec::new();
        }
    }

    /// Makes room for so many items in all.
    pub(crate) fn reserve(&mut self, items: usize) {
        self.more.reserve_exact(items.saturating_sub(FEW));
    }

    /// Gives back the room that was made for more items.
    pub(crate) fn shrink(&mut self) {
        self.more.shrink_to_fit();
    }

    /// What it takes in memory beside itself, without what its items refer to.
    pub(crate) fn heap(&self) -> usize {
        heap_size::thin(&self.more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    impl Item for u8 {
        type Key = u8;
        const VACANT: u8 = u8::MAX;
        fn key(&self) -> u8 {
            *self
        }
    }

    proptest! {
        #[test]
        fn it_holds_what_a_sorted_set_holds(steps in proptest::collection::vec((any::<bool>(), 0_u8..12), 0..60)) {
            let (mut list, mut set) = (Few::<u8, 3>::default(), BTreeSet::new());
            for (is_in, item) in steps {
                match (is_in, list.search(&item)) {
                    (true, Err(index)) => list.insert(index, item),
                    (false, Ok(index)) => list.remove(index),
                    _ => {}
                }
                if is_in { set.insert(item) } else { set.remove(&item) };
                prop_assert!(list.iter().eq(&set));
                prop_assert_eq!(list.few().iter().filter(|item| **item != u8::VACANT).count(), set.len().min(3));
                let mut again = Few::default();
                set.iter().enumerate().for_each(|(index, item)| again.insert(index, *item));
                prop_assert_eq!(&list, &again, "the same however it came about");
            }
        }
    }
}
