//! A small table of facts of one kind, each with its history: what a group holds, where a wall stands.
//!
//! INVARIANT: keys are sorted; a key stays once it was set, and goes only when its first value is undone.

mod saved;

use super::heap_size;
use crate::facts::history::History;
use crate::facts::position::Pos32;
use thin_vec::ThinVec;

/// A sorted map from keys to histories.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryMap<K, V>(ThinVec<(K, History<V>)>);

impl<K, V> Default for HistoryMap<K, V> {
    fn default() -> Self {
        HistoryMap(ThinVec::new())
    }
}

impl<K: Copy + Ord, V> HistoryMap<K, V> {
    /// The history of a key, if it has one.
    #[must_use]
    #[inline]
    pub fn get(&self, key: K) -> Option<&History<V>> {
        let found = self.0.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(&self.0[found].1)
    }

    /// The value of a key at a place, and since which it is that.
    #[must_use]
    #[inline]
    pub fn at(&self, key: K, place: Pos32) -> Option<(Pos32, &V)> {
        self.get(key)?.at(place)
    }

    /// Every key that ever had a value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (K, &History<V>)> {
        self.0.iter().map(|(key, history)| (*key, history))
    }

    /// The last key that ever had a value.
    pub(crate) fn last(&self) -> Option<K> {
        self.0.last().map(|(key, _)| *key)
    }

    /// How many keys ever had a value.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was ever set.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What it takes in memory beside itself.
    pub(crate) fn heap(&self) -> usize {
        heap_size::thin(&self.0) + self.0.iter().map(|(_, history)| history.heap()).sum::<usize>()
    }

    /// Sets the value of a key; true where it is the first one.
    pub(crate) fn set(&mut self, key: K, place: Pos32, value: V) -> bool {
        match self.0.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(index) => {
                self.0[index].1.push(place, value);
                false
            }
            Err(index) => {
                self.0.insert(index, (key, History::starting(place, value)));
                true
            }
        }
    }

    pub(crate) fn undo(&mut self, key: K) {
        let index = self.0.binary_search_by_key(&key, |(key, _)| *key).expect("what is undone was set");
        if self.0[index].1.pop() {
            self.0.remove(index);
        }
    }
}

impl<K: Copy + Ord> HistoryMap<K, bool> {
    /// Since when a key is true, where it is.
    #[must_use]
    #[inline]
    pub fn true_since(&self, key: K, place: Pos32) -> Option<Pos32> {
        self.get(key)?.true_since(place)
    }

    /// The keys that are true, with since when.
    pub fn held(&self, place: Pos32) -> impl Iterator<Item = (K, Pos32)> {
        self.iter().filter_map(move |(key, history)| history.true_since(place).map(|since| (key, since)))
    }
}
