//! What events above the head touched, so that it can be taken off again, newest first.
//!
//! A group that failed to sync goes back to the head; an atomic batch that is refused, or a dry run, back to where it
//! began. INVARIANT: every change that a fold makes to a view is followed by one touch; each view undoes its own.

use crate::facts::heap_size;
use crate::facts::place::Place;
use crate::tables::change::Touch;
use crate::tables::dirty::Marks;
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
    /// Some streams are, each as a whole ([`crate::fold::views::Parts`]): positions have gaps, cases are not gathered, and what
    /// an event names that no folded stream makes is passed over where it decides nothing.
    Parts,
}

/// The touches since the head, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail {
    touches: VecDeque<(Place, Touch)>,
    replaying: Replaying,
    /// For the next checkpoint.
    pub(crate) marks: Marks,
}

impl Trail {
    #[inline]
    pub(crate) fn push(&mut self, place: Place, touch: Touch) {
        if self.replaying == Replaying::Nothing {
            self.touches.push_back((place, touch));
        } else if self.marks.anything_saved() {
            self.marks.touched(&touch);
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
        heap_size::allocated(self.touches.capacity() * size_of::<(Place, Touch)>()) + self.marks.heap()
    }

    /// The newest touch above a place.
    pub(crate) fn pop_above(&mut self, place: Place) -> Option<Touch> {
        match self.touches.back() {
            Some((at, _)) if *at > place => self.touches.pop_back().map(|(_, touch)| touch),
            _ => None,
        }
    }

    /// Forgets what the head has passed, and marks what it changed for the next checkpoint; at most so many touches. Whether
    /// that was all.
    pub(crate) fn settle(&mut self, head: Place, at_most: usize) -> bool {
        for _ in 0..at_most {
            match self.touches.front() {
                Some((at, touch)) if *at <= head => self.marks.touched(touch),
                _ => return true,
            }
            self.touches.pop_front();
        }
        false
    }

    /// The touches above a place, in order.
    pub(crate) fn above(&self, place: Place) -> impl Iterator<Item = &Touch> {
        let from = self.touches.partition_point(|(at, _)| *at <= place);
        self.touches.range(from..).map(|(_, touch)| touch)
    }
}
