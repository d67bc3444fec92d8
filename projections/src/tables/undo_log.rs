//! The undo log: what events above the head changed, so that it can be taken off again, newest first.
//!
//! A group that failed to sync goes back to the head; an atomic batch that is refused, or a dry run, back to where it
//! began. INVARIANT: every change that a fold makes to a view is followed by one record; each view undoes its own.

use crate::facts::heap_size;
use crate::facts::position::Pos32;
use crate::tables::dirty::DirtyRows;
use crate::tables::undo_record::UndoRecord;
use std::collections::VecDeque;

/// Whether events are folded that the head has passed: none is undone, and nothing is asked before the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Replaying {
    /// They are not.
    #[default]
    Nothing,
    /// They are, behind views that are whole: cases are gathered loose, and put in order at the end.
    Tail,
    /// They are, from the start: all cases are gathered at the end.
    Everything,
    /// Some streams are, each as a whole (a partial replay, see `fold::partial`): positions have gaps, cases are not indexed,
    /// and what an event names that no folded stream makes is passed over where it decides nothing.
    Partial,
}

/// The records since the head, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct UndoLog {
    records: VecDeque<(Pos32, UndoRecord)>,
    replaying: Replaying,
    /// For the next checkpoint.
    pub(crate) dirty: DirtyRows,
}

impl UndoLog {
    #[inline]
    pub(crate) fn push(&mut self, place: Pos32, record: UndoRecord) {
        if self.replaying == Replaying::Nothing {
            self.records.push_back((place, record));
        } else if self.dirty.anything_saved() {
            self.dirty.touched(&record);
        }
    }

    #[inline]
    pub(crate) fn replaying(&self) -> Replaying {
        self.replaying
    }

    pub(crate) fn set_replaying(&mut self, replaying: Replaying) {
        self.replaying = replaying;
    }

    /// What it takes in memory.
    pub(crate) fn heap(&self) -> usize {
        heap_size::allocated(self.records.capacity() * size_of::<(Pos32, UndoRecord)>()) + self.dirty.heap()
    }

    /// The newest touch above a place.
    pub(crate) fn pop_above(&mut self, place: Pos32) -> Option<UndoRecord> {
        match self.records.back() {
            Some((at, _)) if *at > place => self.records.pop_back().map(|(_, record)| record),
            _ => None,
        }
    }

    /// Forgets what the head has passed, and marks what it changed for the next checkpoint; at most so many touches. Whether
    /// that was all.
    pub(crate) fn settle(&mut self, head: Pos32, at_most: usize) -> bool {
        for _ in 0..at_most {
            match self.records.front() {
                Some((at, record)) if *at <= head => self.dirty.touched(record),
                _ => return true,
            }
            self.records.pop_front();
        }
        false
    }

    /// The touches above a place, in order.
    pub(crate) fn above(&self, place: Pos32) -> impl Iterator<Item = &UndoRecord> {
        let from = self.records.partition_point(|(at, _)| *at <= place);
        self.records.range(from..).map(|(_, record)| record)
    }
}
