//! Whether one group is in another one through others, as questions found it: asked again, it is not searched again.
//!
//! Between two changes of how groups lie in one another nothing of it changes, so what is known is known by the number of
//! changes up to a place. INVARIANT: an answer is one word that holds its whole question, so that readers share the words
//! without waiting, and none is mistaken for another. Where numbers do not fit, or another answer took the place, it is
//! searched again. Taking changes off forgets all: their numbers come again. Nothing of it is saved or compared.

use super::Through;
use crate::facts::heap_size;
use crate::facts::position::Pos32;
use crate::facts::search::up_to;
use std::sync::atomic::{AtomicU64, Ordering};

/// No more answers are held: 256 KiB.
const ANSWERS_MAX: usize = 1 << 15;
/// Bits of a group.
const GROUP_BITS: u32 = 20;
/// Bits of how many changes there were. Two are left: for `Through`, and for the answer.
const CHANGES_BITS: u32 = 22;

/// Answers to questions about groups in groups, kept for the next question.
#[derive(Debug, Default)]
pub(super) struct Answered {
    /// Where a membership of a group in a group changed, or a switch of a group.
    changes: Vec<Pos32>,
    /// As many as a power of two; 0 is none.
    answers: Vec<AtomicU64>,
}

/// A question, by its word without the answer.
#[derive(Clone, Copy)]
pub(super) struct Question(u64);

impl Clone for Answered {
    fn clone(&self) -> Answered {
        Answered { changes: self.changes.clone(), answers: none(self.answers.len()) }
    }
}

fn none(many: usize) -> Vec<AtomicU64> {
    (0..many).map(|_| AtomicU64::new(0)).collect()
}

impl Answered {
    /// Something changed; room grows with what there is to ask.
    pub(super) fn changed(&mut self, place: Pos32) {
        self.changes.push(place);
        let room = self.changes.len().next_power_of_two().min(ANSWERS_MAX);
        if room > self.answers.len() {
            self.answers = none(room);
        }
    }

    /// All that changed, in any order.
    pub(super) fn derive(&mut self, mut changes: Vec<Pos32>) {
        changes.sort_unstable();
        self.answers = none(changes.len().next_power_of_two().min(ANSWERS_MAX));
        self.changes = changes;
    }

    /// The last change is taken off.
    pub(super) fn undo(&mut self) {
        self.changes.pop();
        self.answers.iter_mut().for_each(|answer| *answer.get_mut() = 0);
    }

    /// The word of a question, where it has one.
    #[inline]
    pub(super) fn question(&self, inner: u32, outer: u32, through: Through, place: Pos32) -> Option<Question> {
        let changes = match self.changes.last() {
            Some(last) if *last > place => up_to(&self.changes, place.number(), |change| change.number()),
            _ => self.changes.len(),
        };
        let fits = (inner | outer) >> GROUP_BITS == 0 && changes >> CHANGES_BITS == 0 && !self.answers.is_empty();
        let all = u64::from(through == Through::AllGroups);
        let groups = u64::from(inner) << GROUP_BITS | u64::from(outer);
        fits.then_some(Question((groups << CHANGES_BITS | changes as u64) << 2 | all << 1))
    }

    /// What was found, where it is still known.
    #[inline]
    pub(super) fn get(&self, question: Question) -> Option<bool> {
        let answer = self.answers[self.slot(question)].load(Ordering::Relaxed);
        (answer & !1 == question.0).then_some(answer & 1 == 1)
    }

    pub(super) fn keep(&self, question: Question, is: bool) {
        self.answers[self.slot(question)].store(question.0 | u64::from(is), Ordering::Relaxed);
    }

    #[inline]
    fn slot(&self, question: Question) -> usize {
        let spread = question.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        spread as usize & (self.answers.len() - 1)
    }

    pub(super) fn heap(&self) -> usize {
        heap_size::vec(&self.changes) + heap_size::vec(&self.answers)
    }
}
