//! When events were recorded: turns an instant into a position, and a position into its time.
//!
//! Times lie in blocks of a base and 32-bit offsets, so that one takes four bytes; a block that spans more than an hour
//! keeps them whole. INVARIANT: every block is full, so that the time of a position is one look away; what does not fill
//! one is `recent`, and empty only where there is no block.

use crate::facts::heap_size;
use crate::facts::position::Pos32;
use caseward_events::{Position, Timestamp};

/// Times of one block.
const BLOCK: usize = 256;

/// The time of every event, by position. All events of a commit bear one time, so an instant never falls into a commit.
/// Times ascend, not strictly.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    blocks: Vec<Block>,
    recent: Vec<Timestamp>,
}

#[derive(Clone, Debug, PartialEq)]
enum Block {
    Near { base: i64, offsets: Box<[u32]> },
    Far(Box<[Timestamp]>),
}

impl Block {
    fn new(times: &[Timestamp]) -> Block {
        let base = times.first().map_or(0, |time| time.as_micros());
        let offset = |time: &Timestamp| u32::try_from(time.as_micros().checked_sub(base)?).ok();
        match times.iter().map(offset).collect() {
            Some(offsets) => Block::Near { base, offsets },
            None => Block::Far(times.into()),
        }
    }

    #[inline]
    fn time(&self, index: usize) -> Timestamp {
        match self {
            Block::Near { base, offsets } => Timestamp::from_micros(base + i64::from(offsets[index])),
            Block::Far(times) => times[index],
        }
    }

    /// How many lie at or before an instant.
    fn up_to(&self, instant: Timestamp) -> usize {
        match self {
            Block::Near { base, offsets } => match instant.as_micros().checked_sub(*base) {
                Some(within) => offsets.partition_point(|&offset| i64::from(offset) <= within),
                // So far apart that no offset reaches over it.
                None if instant.as_micros() < *base => 0,
                None => offsets.len(),
            },
            Block::Far(times) => times.partition_point(|time| *time <= instant),
        }
    }

    fn times(&self) -> Vec<Timestamp> {
        (0..BLOCK).map(|index| self.time(index)).collect()
    }
}

impl Timeline {
    /// The last position recorded at or before an instant; `head` where nothing came later.
    #[must_use]
    pub fn resolve(&self, instant: Timestamp, head: Pos32) -> Pos32 {
        let begun = self.blocks.partition_point(|block| block.time(0) <= instant);
        let recent = self.recent.partition_point(|time| *time <= instant);
        let up_to = match begun.checked_sub(1) {
            Some(_) if recent > 0 => self.blocks.len() * BLOCK + recent,
            Some(last) => last * BLOCK + self.blocks[last].up_to(instant),
            None => recent,
        };
        Pos32::from(Position(up_to as u64)).min(head)
    }

    /// When the event at a place was recorded; the epoch for place 0.
    #[must_use]
    #[inline]
    pub fn time(&self, place: Pos32) -> Timestamp {
        let Some(index) = place.index().min(self.len()).checked_sub(1) else { return Timestamp::EPOCH };
        match self.blocks.get(index / BLOCK) {
            Some(block) => block.time(index % BLOCK),
            None => self.recent[index % BLOCK],
        }
    }

    /// The time of the last event; `None` where there is none.
    #[must_use]
    pub fn last(&self) -> Option<Timestamp> {
        self.recent.last().copied()
    }

    /// The time of an event by its number, from 0, where there is one.
    pub(crate) fn find(&self, number: u32) -> Option<Timestamp> {
        let there = (number as usize) < self.blocks.len() * BLOCK + self.recent.len();
        there.then(|| self.time(Position(u64::from(number) + 1).into()))
    }

    /// What it takes in memory.
    pub(crate) fn heap(&self) -> usize {
        let whole = |block: &Block| match block {
            Block::Near { offsets, .. } => heap_size::allocated(size_of_val(&**offsets)),
            Block::Far(times) => heap_size::allocated(size_of_val(&**times)),
        };
        heap_size::vec(&self.blocks) + self.blocks.iter().map(whole).sum::<usize>() + heap_size::vec(&self.recent)
    }

    fn len(&self) -> usize {
        self.blocks.len() * BLOCK + self.recent.len()
    }

    #[inline]
    pub(crate) fn push(&mut self, time: Timestamp) {
        self.settle_recent();
        self.recent.push(time);
    }

    /// Adds many: where they fill blocks, they are not copied once more.
    pub(crate) fn extend(&mut self, times: &[Timestamp]) {
        let (ends_block, rest) = times.split_at(times.len().min((BLOCK - self.recent.len()) % BLOCK));
        ends_block.iter().for_each(|&time| self.push(time));
        let (blocks, rest) = rest.as_chunks::<BLOCK>();
        if let Some((last, blocks)) = blocks.split_last() {
            self.settle_recent();
            self.blocks.extend(blocks.iter().map(|block| Block::new(block)));
            self.recent.extend_from_slice(last);
        }
        rest.iter().for_each(|&time| self.push(time));
    }

    fn settle_recent(&mut self) {
        if self.recent.len() == BLOCK {
            self.blocks.push(Block::new(&self.recent));
            self.recent.clear();
        }
    }

    pub(crate) fn undo(&mut self) {
        self.recent.pop();
        if self.recent.is_empty() {
            self.recent = self.blocks.pop().map_or_else(Vec::new, |block| block.times());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_list_of_times(
            steps in proptest::collection::vec(prop_oneof![9 => 0_i64..3, 4 => 0_i64..20_000_000, 1 => any::<i64>()], 0..1_200),
            start in prop_oneof![Just(i64::MIN), -5_i64..5],
            undone in 0_usize..1_200,
            asked in proptest::collection::vec(any::<prop::sample::Index>(), 20),
        ) {
            let mut now = start;
            let mut model: Vec<Timestamp> = Vec::new();
            let mut timeline = Timeline::default();
            for step in steps {
                now = now.saturating_add(step.saturating_abs());
                model.push(Timestamp::from_micros(now));
                timeline.push(Timestamp::from_micros(now));
            }
            for _ in 0..undone.min(model.len()) {
                model.pop();
                timeline.undo();
            }
            prop_assert_eq!(timeline.last(), model.last().copied());
            let place = |index: usize| Pos32::from(Position(index as u64));
            for (index, time) in model.iter().enumerate() {
                prop_assert_eq!(timeline.time(place(index + 1)), *time);
            }
            let mut again = Timeline::default();
            model.iter().for_each(|time| again.push(*time));
            prop_assert_eq!(&timeline, &again, "undone is as if it had never been");
            let (first, rest) = model.split_at(asked[0].index(model.len() + 1));
            let mut at_once = Timeline::default();
            at_once.extend(first);
            at_once.extend(rest);
            prop_assert_eq!(&timeline, &at_once);
            let near = asked.iter().filter(|_| !model.is_empty()).map(|index| index.get(&model).as_micros());
            for instant in near.flat_map(|time| [time.saturating_sub(1), time, time.saturating_add(1)]).chain([i64::MIN, 0, i64::MAX]) {
                let instant = Timestamp::from_micros(instant);
                let expected = model.partition_point(|time| *time <= instant);
                prop_assert_eq!(timeline.resolve(instant, Pos32::LATEST), place(expected));
            }
        }
    }
}
