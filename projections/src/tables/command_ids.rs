//! The ids of the last commands. Older ones leave memory once a checkpoint keeps them; the log has them all.
//!
//! INVARIANT: every id whose first position lies above [`RecentIds::forgotten`] is here. They lie in layers, oldest
//! first, places ascending over all of them; each cut begins a layer, so that old ones go as a whole.

use crate::facts::heap_size;
use crate::facts::position::Pos32;
use caseward_events::{CommandId, Text};
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use smallvec::SmallVec;
use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::hint::black_box;

/// Ids whose slots are looked at together, while an index is made.
const INDEXED_TOGETHER: usize = 128;

/// Ids with the places of their first events. Their texts lie one behind the other, and the table keeps a hash of each, so
/// that a fresh id, as nearly every one is, is known to be fresh without a look at another id.
#[derive(Clone, Debug, Default)]
pub struct IdLayer {
    texts: Vec<u8>,
    /// Where each text ends.
    ends: Vec<usize>,
    firsts: Vec<Pos32>,
    numbers: HashTable<Numbered>,
    hashes: RandomState,
}

#[derive(Clone, Copy, Debug)]
struct Numbered {
    hash: u32,
    number: u32,
}

impl Numbered {
    /// What the table goes by: it looks at the highest bits and the lowest.
    #[inline]
    fn spread(hash: u32) -> u64 {
        u64::from(hash) << 32 | u64::from(hash)
    }
}

impl IdLayer {
    #[inline]
    fn hash(&self, id: &[u8]) -> u32 {
        u32::try_from(self.hashes.hash_one(id) >> 32).expect("it is the upper half")
    }

    #[inline]
    fn text(&self, number: usize) -> &[u8] {
        let from = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.texts[from..self.ends[number]]
    }

    /// A look at where an id would lie, for nothing but to have it at hand.
    #[inline]
    pub(crate) fn look(&self, id: Text<'_>) -> u32 {
        let hash = Numbered::spread(self.hash(id.as_bytes()));
        self.numbers.iter_hash(hash).next().map_or(0, |found| found.number)
    }

    fn get(&self, id: Text<'_>) -> Option<Pos32> {
        let id = id.as_bytes();
        let hash = self.hash(id);
        let is = |found: &Numbered| found.hash == hash && self.text(found.number as usize) == id;
        self.numbers.find(Numbered::spread(hash), is).map(|found| self.firsts[found.number as usize])
    }

    /// False where it is here already.
    fn add(&mut self, id: Text<'_>, place: Pos32) -> bool {
        self.add_bytes(id.as_bytes(), place)
    }

    fn add_bytes(&mut self, id: &[u8], place: Pos32) -> bool {
        let hash = self.hash(id);
        let IdLayer { texts, ends, firsts, numbers, .. } = self;
        let is = |found: &Numbered| {
            let number = found.number as usize;
            let from = number.checked_sub(1).map_or(0, |before| ends[before]);
            found.hash == hash && &texts[from..ends[number]] == id
        };
        match numbers.entry(Numbered::spread(hash), is, |other| Numbered::spread(other.hash)) {
            Entry::Occupied(_) => false,
            Entry::Vacant(free) => {
                let number = u32::try_from(ends.len()).expect("there are no more ids than positions");
                free.insert(Numbered { hash, number });
                texts.extend_from_slice(id);
                ends.push(texts.len());
                firsts.push(place);
                true
            }
        }
    }

    /// Adds an id that is found only when all are indexed.
    #[inline]
    fn append(&mut self, id: Text<'_>, place: Pos32) {
        self.texts.extend_from_slice(id.as_bytes());
        self.ends.push(self.texts.len());
        self.firsts.push(place);
    }

    /// Makes every id that was appended found. One that came twice counts where it came first.
    fn index(&mut self) {
        let mut twice = false;
        let mut numbers = HashTable::with_capacity(self.len());
        let mut from = 0;
        while from < self.len() {
            let batch = from..self.len().min(from + INDEXED_TOGETHER);
            let hashes: SmallVec<[u32; INDEXED_TOGETHER]> =
                batch.clone().map(|number| self.hash(self.text(number))).collect();
            // The slots of a batch are waited for together.
            let look =
                |&hash: &u32| numbers.iter_hash(Numbered::spread(hash)).next().map_or(0, |one: &Numbered| one.hash);
            black_box(hashes.iter().map(look).fold(0, |sum, hash| sum ^ hash));
            for (number, hash) in batch.zip(hashes) {
                let is = |one: &Numbered| one.hash == hash && self.text(one.number as usize) == self.text(number);
                match numbers.entry(Numbered::spread(hash), is, |other| Numbered::spread(other.hash)) {
                    Entry::Occupied(_) => twice = true,
                    Entry::Vacant(free) => {
                        let number = u32::try_from(number).expect("there are no more ids than positions");
                        free.insert(Numbered { hash, number });
                    }
                }
            }
            from += INDEXED_TOGETHER;
        }
        self.numbers = numbers;
        if twice {
            self.drop_repeated();
        }
    }

    #[cold]
    fn drop_repeated(&mut self) {
        let all = std::mem::take(self);
        for number in 0..all.len() {
            self.add_bytes(all.text(number), all.firsts[number]);
        }
    }

    fn pop(&mut self) {
        let Some(last) = self.ends.len().checked_sub(1) else { return };
        let hash = Numbered::spread(self.hash(self.text(last)));
        if let Ok(entry) = self.numbers.find_entry(hash, |found| found.number as usize == last) {
            entry.remove();
        }
        self.ends.pop();
        self.firsts.pop();
        self.texts.truncate(self.ends.last().copied().unwrap_or(0));
    }

    fn heap(&self) -> usize {
        let index = heap_size::allocated(self.numbers.allocation_size());
        heap_size::allocated(self.texts.capacity()) + heap_size::vec(&self.ends) + heap_size::vec(&self.firsts) + index
    }

    fn count_at(&self, place: Pos32) -> usize {
        self.firsts.partition_point(|first| *first <= place)
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn last(&self) -> Option<Pos32> {
        self.firsts.last().copied()
    }
}

/// The ids of recent commands, with their first positions.
#[derive(Clone, Debug, Default)]
pub struct RecentIds {
    layers: VecDeque<IdLayer>,
    forgotten: Pos32,
    forgotten_count: u64,
}

impl RecentIds {
    /// Those of a checkpoint: `count` ids up to a place, kept elsewhere.
    pub(crate) fn kept_elsewhere(up_to: Pos32, count: u64) -> Self {
        RecentIds { layers: VecDeque::new(), forgotten: up_to, forgotten_count: count }
    }

    /// The first place of an id, where it is here.
    #[must_use]
    pub fn get(&self, id: &CommandId) -> Option<Pos32> {
        self.layers.iter().rev().find_map(|layer| layer.get(id.text()))
    }

    /// How many ids there ever were.
    #[must_use]
    pub fn known(&self) -> u64 {
        self.forgotten_count + self.layers.iter().map(|layer| layer.len() as u64).sum::<u64>()
    }

    /// How many ids came up to a place, which does not lie below [`RecentIds::forgotten`].
    #[must_use]
    pub fn known_at(&self, place: Pos32) -> u64 {
        let up_to = |layer: &IdLayer| layer.count_at(place) as u64;
        self.forgotten_count + self.layers.iter().map(up_to).sum::<u64>()
    }

    /// Ids up to this place may be gone from here.
    #[must_use]
    pub fn forgotten(&self) -> Pos32 {
        self.forgotten
    }

    /// Ids that came behind a place, oldest first; the first of them is found without a walk.
    pub fn behind(&self, place: Pos32) -> impl Iterator<Item = (&str, Pos32)> {
        self.layers.iter().flat_map(move |layer| {
            let numbers = layer.count_at(place)..layer.len();
            let text = |number| std::str::from_utf8(layer.text(number)).expect("an id is a text");
            numbers.map(move |number| (text(number), layer.firsts[number]))
        })
    }

    /// What they take in memory.
    pub(crate) fn heap(&self) -> usize {
        self.layers.iter().map(IdLayer::heap).sum()
    }

    pub(crate) fn add(&mut self, id: Text<'_>, place: Pos32) -> bool {
        let older = self.layers.len().saturating_sub(1);
        if self.layers.iter().take(older).any(|layer| layer.get(id).is_some()) {
            return false;
        }
        self.newest().add(id, place)
    }

    /// Adds an id that is found only when all are indexed. Behind others that were appended, or as the first of all.
    #[inline]
    pub(crate) fn append(&mut self, id: Text<'_>, place: Pos32) {
        self.newest().append(id, place);
    }

    /// After ids were appended.
    pub(crate) fn index(&mut self) {
        self.layers.iter_mut().for_each(IdLayer::index);
    }

    fn newest(&mut self) -> &mut IdLayer {
        if self.layers.is_empty() {
            self.layers.push_back(IdLayer::default());
        }
        self.layers.back_mut().expect("one was just put there")
    }

    /// Makes room for so many more; for those that are appended, none in the index, which is made at once.
    pub(crate) fn reserve(&mut self, more: usize, appended: bool) {
        let newest = self.newest();
        newest.ends.reserve(more);
        newest.firsts.reserve(more);
        if !appended {
            newest.numbers.reserve(more, |other| Numbered::spread(other.hash));
        }
    }

    /// See [`IdLayer::look`].
    #[inline]
    pub(crate) fn look(&self, id: Text<'_>) -> u32 {
        self.layers.back().map_or(0, |layer| layer.look(id))
    }

    /// Forgets the id that came last: undo.
    pub(crate) fn pop(&mut self) {
        while let Some(newest) = self.layers.back_mut() {
            if !newest.is_empty() {
                newest.pop();
                return;
            }
            self.layers.pop_back();
        }
    }

    pub(crate) fn begin_layer(&mut self) {
        if self.layers.back().is_some_and(|layer| !layer.is_empty()) {
            self.layers.push_back(IdLayer::default());
        }
    }

    /// Takes out the layers that lie below a place as a whole, for the caller to drop where nobody waits for it.
    pub(crate) fn forget(&mut self, up_to: Pos32) -> Vec<IdLayer> {
        let mut gone = Vec::new();
        while let Some(oldest) = self.layers.front()
            && oldest.last().is_none_or(|last| last <= up_to)
            && let Some(oldest) = self.layers.pop_front()
        {
            self.forgotten = oldest.last().unwrap_or(self.forgotten);
            self.forgotten_count += oldest.len() as u64;
            gone.push(oldest);
        }
        gone
    }
}

/// Equal where as many are known and those that both still have are the same.
impl PartialEq for RecentIds {
    fn eq(&self, other: &Self) -> bool {
        let forgotten = self.forgotten.max(other.forgotten);
        self.known() == other.known() && self.behind(forgotten).eq(other.behind(forgotten))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use caseward_events::Position;

    fn id(number: u64) -> CommandId {
        format!("c{number}").parse().expect("an id")
    }

    fn ids(up_to: u64) -> RecentIds {
        let mut ids = RecentIds::default();
        for number in 1..=up_to {
            if number % 10 == 0 {
                ids.begin_layer();
            }
            assert!(ids.add(id(number).text(), Position(number).into()));
        }
        ids
    }

    #[test]
    fn an_id_is_found_in_every_layer_and_undone_newest_first() {
        let mut ids = ids(35);
        assert!(!ids.add(id(3).text(), Position(99).into()), "it is known");
        for _ in 0..20 {
            ids.pop();
        }
        assert_eq!(ids.get(&id(15)), Some(Position(15).into()));
        assert_eq!((ids.get(&id(16)), ids.known()), (None, 15));
    }

    #[test]
    fn ids_that_were_appended_are_found_once_they_are_indexed() {
        let mut appended = RecentIds::default();
        for number in 1..=300 {
            // Some come again, as in no log that an engine wrote.
            let id = id(if number % 100 == 0 { number - 5 } else { number });
            appended.append(id.text(), Position(number).into());
        }
        appended.index();
        assert_eq!((appended.get(&id(195)), appended.get(&id(200))), (Some(Position(195).into()), None));
        let mut added = RecentIds::default();
        for number in (1..=300).filter(|number| number % 100 != 0) {
            added.add(id(number).text(), Position(number).into());
        }
        assert_eq!((appended.known(), &appended), (297, &added));
    }

    #[test]
    fn whole_layers_are_forgotten_and_those_left_compare_equal() {
        let whole = ids(35);
        let mut part = ids(35);
        assert_eq!(part.forget(Position(20).into()).len(), 2);
        assert_eq!(part.forgotten(), Position(19).into());
        assert_eq!((part.get(&id(19)), part.get(&id(20))), (None, Some(Position(20).into())));
        assert_eq!((part.known(), part.known_at(Position(20).into())), (35, 20));
        assert_eq!(part.behind(Position(33).into()).count(), 2);
        assert_eq!(part, whole);
        part.pop();
        assert_ne!(part, whole);
    }
}
