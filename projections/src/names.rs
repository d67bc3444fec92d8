//! Ids as numbers. Only the fold gives numbers; a question looks them up and never adds one.
//!
//! INVARIANT: numbers are dense, from 0, in the order in which events name the ids, so that two folds of one log number
//! alike.

use crate::history::Place;
use foldhash::fast::RandomState;
use indexmap::IndexMap;
use std::hash::Hash;

/// Each id of a kind with its number and the first place that names it.
#[derive(Clone, Debug)]
pub struct Names<K>(IndexMap<K, Place, RandomState>);

impl<K> Default for Names<K> {
    fn default() -> Self {
        Names(IndexMap::default())
    }
}

impl<K: Clone + Eq + Hash> Names<K> {
    /// The number of an id, where an event named it.
    #[must_use]
    pub fn get(&self, id: &K) -> Option<u32> {
        self.0.get_index_of(id).map(number)
    }

    /// The number of an id; true where this place is the first to name it.
    pub fn intern(&mut self, id: &K, place: Place) -> (u32, bool) {
        match self.get(id) {
            Some(known) => (known, false),
            None => (number(self.0.insert_full(id.clone(), place).0), true),
        }
    }

    /// Forgets the id that came last.
    pub fn pop(&mut self) {
        self.0.pop();
    }

    /// The id of a number.
    #[must_use]
    pub fn id(&self, number: u32) -> &K {
        self.0.get_index(number as usize).expect("numbers come from here").0
    }

    /// The place that first named the id of a number.
    #[must_use]
    pub fn first(&self, number: u32) -> Place {
        *self.0.get_index(number as usize).expect("numbers come from here").1
    }

    /// The ids named up to a place, with their numbers.
    pub fn named(&self, up_to: Place) -> impl Iterator<Item = (u32, &K)> {
        let known = self.0.partition_point(|_, first| *first <= up_to);
        self.0.keys().take(known).enumerate().map(|(index, id)| (number(index), id))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Equal where the same ids have the same numbers and first places.
impl<K: Eq + Hash> PartialEq for Names<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(one, two)| one == two)
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).expect("there are no more ids than positions")
}
