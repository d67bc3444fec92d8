//! An inline list: sorted, and its first items lie in itself, at fixed places. A check looks at all of these without
//! asking how many there are.
//!
//! INVARIANT: keys ascend strictly, from the first place to the last of `spilled`. A place is vacant only where no item
//! comes after it.

use super::heap_size;
use thin_vec::ThinVec;

/// What such a list holds.
pub(crate) trait InlineItem {
    /// What it is sorted by.
    type Key: Ord;
    /// Lies where no item does; its key is that of no item.
    const VACANT: Self;
    /// Its own.
    fn key(&self) -> Self::Key;
}

/// A list of few values, kept in place up to `INLINE` of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InlineList<T, const INLINE: usize> {
    inline: [T; INLINE],
    spilled: ThinVec<T>,
}

impl<T: InlineItem, const INLINE: usize> Default for InlineList<T, INLINE> {
    fn default() -> Self {
        InlineList { inline: [const { T::VACANT }; INLINE], spilled: ThinVec::new() }
    }
}

impl<T: InlineItem, const INLINE: usize> InlineList<T, INLINE> {
    /// Those in the list itself, and vacant places.
    #[inline]
    pub(crate) fn inline(&self) -> &[T; INLINE] {
        &self.inline
    }

    /// Those behind.
    #[inline]
    pub(crate) fn spilled(&self) -> &[T] {
        &self.spilled
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.inline[..self.inline_len()].iter().chain(&self.spilled)
    }

    fn inline_len(&self) -> usize {
        self.inline.iter().take_while(|item| item.key() != T::VACANT.key()).count()
    }

    /// Where a key is, or where it would go.
    pub(crate) fn search(&self, key: &T::Key) -> Result<usize, usize> {
        let count = self.inline_len();
        match self.inline[..count].binary_search_by(|item| item.key().cmp(key)) {
            Err(index) if index == INLINE => {
                let found = self.spilled.binary_search_by(|item| item.key().cmp(key));
                found.map(|index| INLINE + index).map_err(|index| INLINE + index)
            }
            found => found,
        }
    }

    pub(crate) fn get_mut(&mut self, index: usize) -> &mut T {
        match index.checked_sub(INLINE) {
            None => &mut self.inline[index],
            Some(index) => &mut self.spilled[index],
        }
    }

    /// At the index that [`InlineList::search`] gave.
    pub(crate) fn insert(&mut self, index: usize, item: T) {
        let mut pushed_out = item;
        for place in self.inline.iter_mut().skip(index) {
            std::mem::swap(place, &mut pushed_out);
        }
        if pushed_out.key() != T::VACANT.key() {
            self.spilled.insert(index.saturating_sub(INLINE), pushed_out);
        }
    }

    pub(crate) fn remove(&mut self, index: usize) {
        if let Some(index) = index.checked_sub(INLINE) {
            self.spilled.remove(index);
        } else {
            self.inline[index..].rotate_left(1);
            self.inline[INLINE - 1] = if self.spilled.is_empty() { T::VACANT } else { self.spilled.remove(0) };
        }
        // As if it had never been longer.
        if self.spilled.is_empty() {
            self.spilled = ThinVec::new();
        }
    }

    /// Makes room for so many items in all.
    pub(crate) fn reserve(&mut self, items: usize) {
        self.spilled.reserve_exact(items.saturating_sub(INLINE));
    }

    /// Gives back the room that was made for more items.
    pub(crate) fn shrink(&mut self) {
        self.spilled.shrink_to_fit();
    }

    /// What it takes in memory beside itself, without what its items refer to.
    pub(crate) fn heap(&self) -> usize {
        heap_size::thin(&self.spilled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    impl InlineItem for u8 {
        type Key = u8;
        const VACANT: u8 = u8::MAX;
        fn key(&self) -> u8 {
            *self
        }
    }

    proptest! {
        #[test]
        fn it_holds_what_a_sorted_set_holds(steps in proptest::collection::vec((any::<bool>(), 0_u8..12), 0..60)) {
            let (mut list, mut set) = (InlineList::<u8, 3>::default(), BTreeSet::new());
            for (is_in, item) in steps {
                match (is_in, list.search(&item)) {
                    (true, Err(index)) => list.insert(index, item),
                    (false, Ok(index)) => list.remove(index),
                    _ => {}
                }
                if is_in { set.insert(item) } else { set.remove(&item) };
                prop_assert!(list.iter().eq(&set));
                prop_assert_eq!(list.inline().iter().filter(|item| **item != u8::VACANT).count(), set.len().min(3));
                let mut again = InlineList::default();
                set.iter().enumerate().for_each(|(index, item)| again.insert(index, *item));
                prop_assert_eq!(&list, &again, "the same however it came about");
            }
        }
    }
}
