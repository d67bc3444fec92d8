//! Ids as numbers. Only the fold gives numbers; a question looks them up and never adds one.
//!
//! INVARIANT: numbers are dense, from 0, in the order in which events name the ids, so that two folds of one log number
//! alike.

pub(crate) mod saved;

use super::heap_size;
use crate::facts::position::Pos32;
use crate::facts::saved::join;
use caseward_events::Text;
use caseward_events::id::BadId;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::borrow::Borrow;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::str::FromStr;

/// Each id of a kind with its number and the first place that names it.
#[derive(Clone)]
pub struct Interner<K> {
    ids: Vec<K>,
    firsts: Vec<Pos32>,
    /// Numbers by the hash of their id: four bytes each, and the ids lie apart.
    numbers: HashTable<u32>,
    hashes: RandomState,
}

/// Numbers by id, made apart from the names that it is of.
#[derive(Debug)]
pub(crate) struct Index(HashTable<u32>);

impl<K> Default for Interner<K> {
    fn default() -> Self {
        Interner { ids: Vec::new(), firsts: Vec::new(), numbers: HashTable::new(), hashes: RandomState::default() }
    }
}

impl<K: Eq + Hash> Interner<K> {
    /// The number of an id, where an event named it.
    #[must_use]
    #[inline]
    pub fn get(&self, id: &K) -> Option<u32> {
        let is = |&number: &u32| self.ids[number as usize] == *id;
        self.numbers.find(self.hashes.hash_one(id), is).copied()
    }

    /// The number of an id; true where this place is the first to name it.
    #[inline]
    pub fn intern(&mut self, id: &K, place: Pos32) -> (u32, bool)
    where
        K: Clone,
    {
        let hash = self.hashes.hash_one(id);
        self.intern_with(hash, |other| other == id, place, || id.clone())
    }

    /// The same for the text of an id.
    #[inline]
    pub fn intern_text(&mut self, id: Text<'_>, place: Pos32) -> (u32, bool)
    where
        K: FromStr<Err = BadId> + Borrow<str>,
    {
        let hash = self.hashes.hash_one(id);
        self.intern_with(hash, |other| other.borrow().as_bytes() == id.as_bytes(), place, || id.to_id())
    }

    #[inline]
    fn intern_with(&mut self, hash: u64, is: impl Fn(&K) -> bool, place: Pos32, id: impl FnOnce() -> K) -> (u32, bool) {
        let Interner { ids, firsts, numbers, hashes } = self;
        let is = |&number: &u32| is(&ids[number as usize]);
        let rehash = |&number: &u32| hashes.hash_one(&ids[number as usize]);
        match numbers.entry(hash, is, rehash) {
            Entry::Occupied(known) => (*known.get(), false),
            Entry::Vacant(free) => {
                let number = number(ids.len());
                free.insert(number);
                ids.push(id());
                firsts.push(place);
                (number, true)
            }
        }
    }

    /// Adds ids that are found only when [`Interner::index`] was made, so that this can be done beside other work.
    pub(crate) fn append(&mut self, ids: Vec<K>, firsts: Vec<Pos32>) {
        join(&mut self.ids, ids);
        join(&mut self.firsts, firsts);
    }

    pub(crate) fn reserve(&mut self, more: usize) {
        self.ids.reserve_exact(more);
        self.firsts.reserve_exact(more);
    }

    /// Numbers by id, of all there are; none where an id comes twice.
    pub(crate) fn index(&self) -> Option<Index> {
        let mut numbers = HashTable::with_capacity(self.ids.len());
        for (number, id) in self.all() {
            let is = |&other: &u32| self.ids[other as usize] == *id;
            let rehash = |&other: &u32| self.hashes.hash_one(&self.ids[other as usize]);
            match numbers.entry(self.hashes.hash_one(id), is, rehash) {
                Entry::Occupied(_) => return None,
                Entry::Vacant(free) => drop(free.insert(number)),
            }
        }
        Some(Index(numbers))
    }

    pub(crate) fn set_index(&mut self, index: Index) {
        self.numbers = index.0;
    }

    /// What they take in memory.
    pub(crate) fn heap(&self) -> usize
    where
        K: Borrow<str>,
    {
        self.heap_with(|id| heap_size::text(id.borrow()))
    }

    /// The same, `text` telling what an id takes beside itself.
    pub(crate) fn heap_with(&self, text: impl Fn(&K) -> usize) -> usize {
        let texts = self.ids.iter().map(text).sum::<usize>();
        heap_size::vec(&self.ids)
            + texts
            + heap_size::vec(&self.firsts)
            + heap_size::allocated(self.numbers.allocation_size())
    }

    /// Forgets the id that came last.
    pub fn pop(&mut self) {
        let Some(id) = self.ids.pop() else { return };
        self.firsts.pop();
        let last = number(self.ids.len());
        if let Ok(entry) = self.numbers.find_entry(self.hashes.hash_one(&id), |&number| number == last) {
            entry.remove();
        }
    }

    /// The id of a number.
    #[must_use]
    #[inline]
    pub fn id(&self, number: u32) -> &K {
        &self.ids[number as usize]
    }

    /// The place that first named the id of a number.
    #[must_use]
    #[inline]
    pub fn first(&self, number: u32) -> Pos32 {
        self.firsts[number as usize]
    }

    /// The ids named up to a place, with their numbers.
    pub fn named(&self, up_to: Pos32) -> impl Iterator<Item = (u32, &K)> {
        let known = self.firsts.partition_point(|first| *first <= up_to);
        self.all().take(known)
    }

    /// Every id, with its number.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u32, &K)> {
        self.ids.iter().enumerate().map(|(index, id)| (number(index), id))
    }

    /// The number of an id by its text, where an event named it.
    #[must_use]
    #[inline]
    pub fn get_text(&self, id: Text<'_>) -> Option<u32>
    where
        K: Borrow<str>,
    {
        self.get_hashed(self.hashes.hash_one(id), id)
    }

    /// The hash by which an id is looked for, and a look at where its number would lie: what comes of it is of no
    /// meaning, and a fold that looks for many ids at once waits for memory once.
    #[inline]
    pub(crate) fn look(&self, id: Text<'_>) -> (u64, u32) {
        let hash = self.hashes.hash_one(id);
        (hash, self.numbers.iter_hash(hash).next().copied().unwrap_or_default())
    }

    /// The same as [`Interner::get_text`], by the hash of [`Interner::look`].
    #[inline]
    pub(crate) fn get_hashed(&self, hash: u64, id: Text<'_>) -> Option<u32>
    where
        K: Borrow<str>,
    {
        let is = |&number: &u32| self.ids[number as usize].borrow().as_bytes() == id.as_bytes();
        self.numbers.find(hash, is).copied()
    }

    /// How many ids were named up to a place.
    #[must_use]
    pub fn count_at(&self, place: Pos32) -> usize {
        self.firsts.partition_point(|first| *first <= place)
    }

    /// The place that named the last of them; `None` where there is none.
    #[must_use]
    pub fn last(&self) -> Option<Pos32> {
        self.firsts.last().copied()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

impl<K: fmt::Debug> fmt::Debug for Interner<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.ids.iter().zip(&self.firsts)).finish()
    }
}

/// Equal where the same ids have the same numbers and first places.
impl<K: PartialEq> PartialEq for Interner<K> {
    fn eq(&self, other: &Self) -> bool {
        self.ids == other.ids && self.firsts == other.firsts
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).expect("there are no more ids than positions")
}
